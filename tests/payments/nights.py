"""What do the stories of the night share? Subscribers on Auto Pay, and the gateway's word on what was drawn."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_recurring, net
from alarmdesk.lib import clock
from alarmdesk.payments.models import BillingMethod
from alarmdesk.payments.night import Night, night, open_night
from alarmdesk.payments.testing import make_auto_pay, make_method, merchant_of

FIRST = dt.date(2026, 3, 3)
MIDNIGHT = dt.timedelta(hours=9)


def make_subscribers(company: Company, count: int, *, token: str | None = None) -> list[RecurringInvoice]:
    """Customers billed monthly from March 3, due at once, charged to one stored card each. Amounts differ by a cent."""
    made = []
    with inside(company):
        # one vault entry serves them all: what is told apart here are charges, not cards
        first = make_billed_customer(state="")
        method = make_method(first, **({"token": token} if token else {}))
        for number in range(count):
            customer = first if number == 0 else make_billed_customer(state="", email=f"payer{number}@example.com")
            own = method if number == 0 else copy_of(method, customer.pk)
            recurring = make_recurring(
                customer,
                anchor_on=FIRST,
                term=net(0),
                lines=[line(price=str(Decimal("20.00") + Decimal(number) / 100))],
            )
            make_auto_pay(recurring, own)
            made.append(recurring)
    return made


def copy_of(method: BillingMethod, customer_id: int) -> BillingMethod:
    twin = BillingMethod.objects.get(pk=method.pk)
    twin.pk, twin.customer_id = None, customer_id
    twin.save(force_insert=True)
    return twin


def run_night(company: Company, on: dt.date) -> Night:
    """The night of a date, at three in the morning in Denver."""
    with clock.hold(night_of(on)):
        run = open_night(company, on=on, at=clock.now(), by="test")
        return night(company, on=on, now=clock.now, run=run)


def night_of(on: dt.date) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(10), dt.UTC)


def drawn(world: Any, company: Company) -> Counter[Decimal]:
    """How often the gateway drew which amount."""
    return Counter(
        Decimal(str(row["amount"]))
        for row in world.statement(merchant_of(company))["transactions"]
        if row["type"] == "sale" and row["status"] in ("pending", "settled")
    )


def owed(subscribers: list[RecurringInvoice]) -> Counter[Decimal]:
    """What one month of them comes to, amount by amount."""
    return Counter(recurring.amount for recurring in subscribers)
