"""What needs attention about payments? Cards that are not charged any more, cards whose holder is to be asked, and
disputes, taken or won; the latest first.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from alarmdesk.company.addresses import at
from alarmdesk.company.models import Company
from alarmdesk.company.permissions import Grant
from alarmdesk.customers.models import Customer
from alarmdesk.lib.furniture import money
from alarmdesk.payments.models import Payment
from alarmdesk.payments.permissions import billing_methods, payments

MOST = 7
"""One more than is shown, which tells that there are more."""
RECENT = dt.timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Notice:
    """One line: about whom, when, in a sentence, and where to go. `is_good`: news that needs nobody."""

    customer: Customer
    at: dt.datetime
    says: str
    url: str
    is_good: bool = False


def notices(company: Company, may: Callable[[Grant], bool], *, now: dt.datetime) -> list[Notice]:
    """The latest ones, for a group that may see their rows. Four queries at most."""
    found: list[Notice] = []
    if may(billing_methods.view):
        found += _methods(company)
    if may(payments.view):
        found += _disputes(company, now - RECENT)
    return sorted(found, key=lambda each: each.at, reverse=True)[:MOST]


def _methods(company: Company) -> list[Notice]:
    on_file = company.billing_methods.filter(removed_at=None).select_related("customer")
    blocked = on_file.filter(blocked_at__isnull=False).order_by("-blocked_at")[:MOST]
    asked = on_file.filter(contact_at__isnull=False, blocked_at=None).order_by("-contact_at")[:MOST]
    rows = [(each, each.blocked_at, f"{each} is not charged any more: {each.blocked_reason}") for each in blocked]
    rows += [(each, each.contact_at, f"{each}: its bank asks that the cardholder is asked.") for each in asked]
    return [
        Notice(method.customer, instant, says, at("payments:methods", customer=method.customer_id))
        for method, instant, says in rows
        if instant is not None
    ]


def _disputes(company: Company, since: dt.datetime) -> list[Notice]:
    rows = company.payments.exclude(disputed_by="").select_related("customer", "original")
    taken = rows.filter(status=Payment.Status.DISPUTED, returned_at__gte=since).order_by("-returned_at")[:MOST]
    won = rows.filter(dispute_won_at__gte=since).order_by("-dispute_won_at")[:MOST]
    return [_dispute(each, each.returned_at, "was charged back", is_good=False) for each in taken] + [
        _dispute(each, each.dispute_won_at, "is back: the dispute was won", is_good=True) for each in won
    ]


def _dispute(payment: Payment, instant: dt.datetime | None, what: str, *, is_good: bool) -> Notice:
    shown = payment.original or payment
    assert instant is not None  # noqa: S101  (the queries ask for it)
    says = f"{money(abs(payment.amount))} of {shown} {what}."
    return Notice(payment.customer, instant, says, at("payments:payment", pk=shown.pk), is_good)
