"""Whose card expires soon, and were they told? Cards that Auto Pay draws on: a letter 30 days before their last good
day and another one 7 days before, each once, whatever is stopped or run twice between (billing.md 2.4).
"""

import datetime as dt

from django.conf import settings
from django.db.models import F, Q

from alarmdesk.company.entering import SYSTEM, Actor, entered, inside
from alarmdesk.company.models import Company
from alarmdesk.lib.furniture import day
from alarmdesk.messaging import catalogue
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.texts import Link, Wording, facts_of, wording
from alarmdesk.payments.dunning import policy
from alarmdesk.payments.models import AutoPay, BillingMethod

KIND = "card_expiring"
STEPS = (7, 30)
"""Days before the last good day, the nearest first."""
AT_ONCE = 200


def tell_expiring(company: Company, *, today: dt.date, at: dt.datetime, actor: Actor = SYSTEM) -> int:
    """Put the letters that are due on a day into the outbox. Answers how many. A card that is told of late (the nights
    stood still, or it is new) gets the nearest step only.
    """
    told = 0
    while batch := _tell_some(company, today=today, at=at, actor=actor):
        told += batch
    return told


def _tell_some(company: Company, *, today: dt.date, at: dt.datetime, actor: Actor) -> int:
    """The mark and the letter are one transaction; whoever comes second finds the mark."""
    with inside(company, actor=actor):
        if not policy().tells_expiry:
            return 0
        methods = _untold(today)
        letters = []
        words = wording(catalogue.CARD_EXPIRING)
        for method in methods:
            method.expiry_told_for, method.expiry_told_days = method.expires_on, _step(method, today)
            letters.append(_letter(words, method, at))
        BillingMethod.objects.bulk_update(methods, ["expiry_told_for", "expiry_told_days"])
        Message.objects.bulk_create(letters)
        return len(letters)


def _untold(today: dt.date) -> list[BillingMethod]:
    in_time = Q()
    for step in STEPS:
        untold = ~Q(expiry_told_for=F("expires_on")) | Q(expiry_told_for=None) | Q(expiry_told_days__gt=step)
        in_time |= Q(expires_on__lte=today + dt.timedelta(days=step)) & untold
    soon = BillingMethod.objects.filter(
        in_time, kind=BillingMethod.Kind.CARD, expires_on__gte=today, removed_at=None, blocked_at=None, refused_at=None
    )
    # by lists of ids, not by joins (decision 8)
    running = AutoPay.objects.filter(billing_method__in=list(soon.values_list("pk", flat=True)), ended_at=None)
    drawn = sorted(set(running.values_list("billing_method_id", flat=True)))
    reachable = soon.filter(pk__in=drawn, customer__no_reminders=False).exclude(customer__email="")
    reachable = reachable.select_related("customer")
    return list(reachable.select_for_update(of=("self",), no_key=True, skip_locked=True).order_by("pk")[:AT_ONCE])


def _step(method: BillingMethod, today: dt.date) -> int:
    assert method.expires_on is not None  # noqa: S101  `_untold` left the others out
    left = (method.expires_on - today).days
    return next(step for step in STEPS if left <= step)


def _letter(words: Wording, method: BillingMethod, at: dt.datetime) -> Message:
    """Its words are written now: they speak of this expiry, whatever the method says later."""
    company = entered()
    written = words.write(
        {
            **facts_of(company, method.customer.name),
            "method": str(method),
            "date": day(method.expires_on),
            "portal": Link("Put a new card on file", f"{settings.SITE_URL}/{company.slug}/portal/"),
        }
    )
    return Message(
        kind=KIND,
        customer_id=method.customer_id,
        to=method.customer.email,
        subject=written.subject,
        text=written.text,
        html=written.html,
        queued_at=at,
        due_at=at,
    )
