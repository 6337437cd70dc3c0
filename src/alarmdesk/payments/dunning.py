"""When is a declined automatic payment tried again, and when never?

On the days of the company's policy after the first decline, unless a hard decline ended the matter for that method, the
networks' caps are reached, or the customer promised to pay. Each method of an invoice has a schedule of its own: a new
card is tried at once. Source: domain.md F2, billing.md 2.4; test 9 of billing.md section 8.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from alarmdesk.company.entering import entered, entered_id
from alarmdesk.lib import furniture
from alarmdesk.payments.models import Attempt, BillingMethod, DunningPolicy, Payment, Promise
from alarmdesk.payments.nacha import MERELY_EMPTY, Returned, may_represent

DEFAULT_DAYS = (3, 7, 14)
MOST_IN_30_DAYS = 15
"""Visa's cap of tries after declines on one card, in any 30 days."""
MOST_IN_24_HOURS = 10
"""Mastercard's cap of declines on one card; kept over two local dates, which are never less than 24 hours."""
WINDOW = dt.timedelta(days=30)
DAY = dt.timedelta(days=1)
WANT_OF_FUNDS = "R01"

TRIED = """
    with plans as materialized (
        select invoice_id, payment_id from payments_plannedallocation
        where company_id = %(company)s and invoice_id = any(%(invoices)s) and not is_live
    )
    select d.invoice_id, p.is_automatic, p.billing_method_id, t.state, p.received_on,
        case when p.method = 'ach' then p.return_code else '' end, (p.returned_at at time zone %(zone)s)::date
    from plans d
    join payments_payment p on p.company_id = %(company)s and p.id = d.payment_id
    join payments_attempt t on t.company_id = %(company)s and t.payment_id = d.payment_id and t.verb = 'sale'
    where t.state in ('approved', 'declined') and p.is_automatic
      or t.state = 'approved' and p.status not in ('pending', 'complete')
      or t.state = 'approved' and p.refunded > 0 and exists (
        select from payments_allocation f
        where f.company_id = %(company)s and f.payment_id = p.id and f.invoice_id = d.invoice_id
          and f.for_refund_id is not null
        having sum(f.amount) < 0
      )
"""
"""Sales that were made by themselves; of those by hand the ones that were approved and came back: returned, disputed,
voided, or refunded as far as they had paid the invoice. A decline by hand is the customer's own affair.
"""
# by the partial index of declines: the many that were approved are not read
DECLINED = """
    with declined as materialized (
        select payment_id from payments_attempt
        where company_id = %(company)s and state = 'declined' and verb = 'sale' and created_at >= %(since)s
    )
    select p.billing_method_id, p.received_on
    from declined d
    join payments_payment p on p.company_id = %(company)s and p.id = d.payment_id
    where p.billing_method_id is not null and p.received_on > %(after)s
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """`days`: on which days after the first decline another try is made; none = never. What is written meanwhile.
    `uses_credit`: what a customer has on account pays what falls due, before anything is charged.
    """

    days: tuple[int, ...] = DEFAULT_DAYS
    writes: bool = True
    tells_expiry: bool = True
    uses_credit: bool = True

    @property
    def gaps(self) -> tuple[int, ...]:
        """Days to wait after the first, second, third decline: a night that was missed never bunches two tries."""
        return tuple(day - before for before, day in zip((0, *self.days), self.days, strict=False))


def policy() -> Policy:
    """The entered company's policy; the default where it has none of its own."""
    row = DunningPolicy.objects.first()
    return Policy(tuple(row.days), row.writes, row.tells_expiry, row.uses_credit) if row else Policy()


@dataclass(slots=True)
class Tried:
    """What was tried before to collect an invoice: (method's id, local date) of each failure, and by method the days of
    the bank debits among them that came back for want of funds, which are failures as of their return.

    Of payments by hand only what came back counts: what it came back for, and the bounds of the ACH network, are the
    same whoever drew it. `is_automatic`: was it tried by itself at all?
    """

    is_automatic: bool = False
    was_drawn: bool = False
    failures: list[tuple[int, dt.date]] = field(default_factory=list)
    returned: dict[int, list[dt.date]] = field(default_factory=dict)

    def on_method(self, method_id: int) -> list[dt.date]:
        """The days on which this method failed, in order."""
        return sorted(day for method, day in self.failures if method == method_id)

    def next_on(self, method_id: int, gaps: Sequence[int]) -> dt.date | None:
        """The earliest day of another try with the method: the dawn of time where it was not tried yet, None for never.

        What was drawn and came back is open again and for a person to decide: drawing again by itself would go round
        for ever, and after most return codes is forbidden. Want of funds alone may be tried again, within the bounds of
        the ACH network (nacha.py).
        """
        days = self.on_method(method_id)
        if self.was_drawn or len(days) > len(gaps):
            return None
        if not days:
            return dt.date.min
        on = days[-1] + dt.timedelta(days=gaps[len(days) - 1])
        return on if self._may_represent(method_id, on) else None

    def may_go_on(self, method_id: int, gaps: Sequence[int], today: dt.date) -> bool:
        """Is the method to be tried on that day, or was it to be tried before?"""
        next_on = self.next_on(method_id, gaps)
        return next_on is not None and next_on <= today and self._may_represent(method_id, today)

    def _may_represent(self, method_id: int, on: dt.date) -> bool:
        debits = self.returned.get(method_id, [])
        return not debits or may_represent(Returned(WANT_OF_FUNDS, min(debits), len(debits)), on)


def tried(invoice_ids: Collection[int]) -> dict[int, Tried]:
    """What was tried by itself, or drawn by hand and came back, for those of the invoices for which anything was, by
    invoice's id.
    """
    with connection.cursor() as cursor:
        told: dict[str, Any] = {
            "company": entered_id(),
            "invoices": list(invoice_ids),
            "zone": entered().time_zone,
        }
        cursor.execute(TRIED, told)
        return _gathered(cursor.fetchall())


def _gathered(rows: Iterable[tuple[int, bool, int | None, str, dt.date, str, dt.date | None]]) -> dict[int, Tried]:
    found: dict[int, Tried] = {}
    for invoice, is_automatic, method, state, day, return_code, returned_on in rows:
        before = found.setdefault(invoice, Tried())
        before.is_automatic |= is_automatic
        if method is None:
            before.was_drawn = True  # a guest's, from an account that nobody knows: perhaps the one of Auto Pay
        elif state != Attempt.State.APPROVED:
            before.failures.append((method, day))
        elif return_code in MERELY_EMPTY and returned_on is not None:
            before.failures.append((method, returned_on))
            before.returned.setdefault(method, []).append(day)
        else:
            before.was_drawn = True
    return found


def rests_until(declined_on: Sequence[dt.date], today: dt.date) -> dt.date | None:
    """The first day on which a method may be tried again under the networks' caps; None when that is today. The
    declines count that happened by themselves and by hand, for whatever invoice.
    """
    day = today
    while _is_capped(declined_on, day):
        day += DAY
    return day if day > today else None


def _is_capped(declined_on: Sequence[dt.date], day: dt.date) -> bool:
    in_window = sum(day - WINDOW < each <= day for each in declined_on)
    lately = sum(day - DAY <= each <= day for each in declined_on)
    return in_window >= MOST_IN_30_DAYS or lately >= MOST_IN_24_HOURS


def resting(today: dt.date) -> dict[int, dt.date]:
    """The methods that the caps forbid to try on a day, each with the day from which it may be tried again."""
    window = {"since": today - WINDOW - 2 * DAY, "after": today - WINDOW}
    with connection.cursor() as cursor:
        cursor.execute(DECLINED, {"company": entered_id(), **window})
        return _resting(cursor.fetchall(), today)


def resting_among(methods: Collection[int], today: dt.date) -> dict[int, dt.date]:
    """The same for a few methods: by their own payments, not by all that was declined in the company."""
    recent = Payment.objects.filter(billing_method__in=methods, received_on__gt=today - WINDOW)
    # two look-ups by lists of ids: PostgreSQL joins what it cannot know the size of row by row (decision 8)
    of_payment = {pk: (method, day) for pk, method, day in recent.values_list("pk", "billing_method_id", "received_on")}
    declined = Attempt.objects.filter(
        payment__in=list(of_payment), state=Attempt.State.DECLINED, verb=Attempt.Verb.SALE
    ).values_list("payment_id", flat=True)
    return _resting([of_payment[payment] for payment in declined], today)


def _resting(declines: Iterable[tuple[int, dt.date]], today: dt.date) -> dict[int, dt.date]:
    days: dict[int, list[dt.date]] = defaultdict(list)
    for method, day in declines:
        days[method].append(day)
    return {method: free for method, each in days.items() if (free := rests_until(each, today)) is not None}


@dataclass(frozen=True, slots=True)
class Bar:
    """Why a method must not be charged now: a mark for the list, and the sentence."""

    mark: str
    sentence: str


def bars(methods: Iterable[BillingMethod], on: dt.date) -> dict[int, Bar]:
    """Those of the methods that a hard decline or the networks' caps forbid to charge on a day, by whomever."""
    every = list(methods)
    resting = resting_among([method.pk for method in every], on) if every else {}
    found = {}
    for method in every:
        if method.refused_at is not None:
            said = f"{method} was refused for good: its bank allows no other try. Use another card or account."
            found[method.pk] = Bar("refused for good", said)
        elif until := resting.get(method.pk):
            said = f"{method} was declined too often: the card networks allow the next try on {furniture.day(until)}."
            found[method.pk] = Bar(f"not before {furniture.day(until)}", f"{said} Use another card or account.")
    return found


def standing_promises(today: dt.date) -> QuerySet[Promise]:
    """Promises to pay that hold off tries and reminders: through their day, so that the customer has all of it."""
    return Promise.objects.filter(ended_at=None, until__gte=today)
