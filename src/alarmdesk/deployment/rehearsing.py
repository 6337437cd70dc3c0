"""Which steps of the rehearsal need the house from inside? Opening a dealer, holding the clock, owing something.

Run as `python -m alarmdesk.deployment.rehearsing STEP …` in the rehearsal's environment; prints JSON where the step has
something to tell.
"""

import datetime as dt
import json
import sys
from decimal import Decimal

import django
import httpx
from django.conf import settings


def open_dealer(first: str) -> None:
    """A dealer with a merchant account at the simulator, opened on the first day."""
    from alarmdesk.company.entering import inside
    from alarmdesk.company.models import User
    from alarmdesk.deployment.smoke import SLUG
    from alarmdesk.office.opening import open_company
    from alarmdesk.payments.models import Gateway

    at = dt.datetime.fromisoformat(f"{first}T12:00+00:00")
    owner = User.objects.create_user(email="owner@dealer.example", name="Owner")
    company = open_company(name="Rehearsal Alarm", slug=SLUG, time_zone="America/Denver", at=at, owner=owner)
    key, tokens = f"{SLUG}-key", f"{SLUG}-tokens"
    _outside("merchants", {"name": SLUG, "security_key": key, "tokenization_key": tokens})
    _outside("clock", {"now": at.isoformat()})
    with inside(company):
        Gateway.objects.create(credentials={"security_key": key}, tokenization_key=tokens)


def live_a_month(first: str, last: str) -> None:
    """Every night from the first date to the last at its own hour, here and outside; prints their counts."""
    from alarmdesk.company.models import Company
    from alarmdesk.deployment.smoke import SLUG
    from alarmdesk.lib import clock
    from alarmdesk.payments.night import night, open_night, starts

    company = Company.objects.get(slug=SLUG)
    day, end, counts = dt.date.fromisoformat(first), dt.date.fromisoformat(last), []
    while day <= end:
        at = min(starts(day, company), clock.now())
        _outside("clock", {"now": at.isoformat()})
        with clock.hold(at):
            run = open_night(company, on=day, at=at, by="rehearsal")
            counts.append(night(company, on=day, now=clock.now, run=run).counts())
        day += dt.timedelta(days=1)
    _outside("clock", {"real": True})
    json.dump(counts, sys.stdout)


def owe_something() -> None:
    """An account holder with a card on file, and an invoice by hand that is due."""
    from alarmdesk.company.entering import inside
    from alarmdesk.company.models import Company, User
    from alarmdesk.deployment.smoke import EMAIL, PASSWORD, SLUG
    from alarmdesk.invoicing.actions import issue
    from alarmdesk.invoicing.models import MMR_NUMBER, BillableItem, Term
    from alarmdesk.invoicing.pricing import LineInput
    from alarmdesk.lib import clock
    from alarmdesk.payments.models import BillingMethod
    from alarmdesk.portal.models import AccountHolder

    company, now = Company.objects.get(slug=SLUG), clock.now()
    payer = User.objects.create_user(email=EMAIL, name="Payer", password=PASSWORD)
    with inside(company):
        method = BillingMethod.objects.filter(kind=BillingMethod.Kind.CARD).order_by("pk").first()
        if method is None:
            sys.exit("Nobody pays by card.")
        AccountHolder.objects.create(
            customer=method.customer, email=EMAIL, user=payer, invited_at=now, invited_by="rehearsal", accepted_at=now
        )
        item = BillableItem.objects.get(number=MMR_NUMBER)
        issue(
            customer=method.customer,
            type="invoice",
            sale_on=company.local_date(now),
            term=Term.objects.get(days=0),
            lines=[LineInput(item, Decimal(1), "Service call", Decimal("85.00"))],
            at=now,
            by="rehearsal",
        )


def _outside(path: str, payload: dict[str, object]) -> None:
    answer = httpx.post(f"{settings.NMI_URL}/control/{path}", json=payload, trust_env=False, timeout=30)
    answer.raise_for_status()


STEPS = {step.__name__: step for step in (open_dealer, live_a_month, owe_something)}

if __name__ == "__main__":
    django.setup()
    STEPS[sys.argv[1]](*sys.argv[2:])
