"""What happens next with an invoice that Auto Pay could not collect? For the office and for the customer, in words."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib.furniture import day
from alarmdesk.payments import dunning
from alarmdesk.payments.models import AutoPay, BillingMethod, Payment, PlannedAllocation


class Next(StrEnum):
    """The kinds of what happens next."""

    UNDER_WAY = "under_way"  # a payment has no answer yet
    TRY = "try"
    PROMISED = "promised"  # a try, after the day of a promise
    HARD = "hard"  # the method is dead: another one is needed
    OVER = "over"  # the last try was made
    CAME_BACK = "came_back"  # drawn and taken back: for a person to decide
    ENDED = "ended"  # no Auto Pay any more, or one whose method cannot be charged


OFFICE = {
    Next.UNDER_WAY: "A payment is under way.",
    Next.TRY: "Auto Pay tries {method} again early on {on}.",
    Next.PROMISED: (
        "The customer promised to pay by {until}: nothing is charged or written until then. Auto Pay tries {method} "
        "again early on {on}."
    ),
    Next.HARD: "{method} was refused for good and is not tried again. With another method Auto Pay goes on at once.",
    Next.OVER: "{method} was tried {times} in vain and not again. With another method Auto Pay goes on at once.",
    Next.CAME_BACK: "What was drawn came back, so nothing is drawn again by itself. It is for you to decide.",
    Next.ENDED: "Auto Pay does not draw it any more: nothing is charged by itself.",
}
CUSTOMER = {
    Next.UNDER_WAY: "A payment is under way.",
    Next.TRY: "We will try {method} again on {on}. You can also pay now, and we will not.",
    Next.PROMISED: "You promised to pay by {until}. If nothing has come, we will try {method} again on {on}.",
    Next.HARD: "We will not try {method} again: its bank does not allow it. Please pay with another card or account.",
    Next.OVER: "This was the last try. We will not draw it again by ourselves, so please pay now.",
    Next.CAME_BACK: "We will not draw it again by ourselves, so please pay now.",
    Next.ENDED: "We will not draw it again by ourselves, so please pay now.",
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """`on`: the local date of the next try; `until`: the day of the promise; `declines`: tries so far in vain."""

    kind: Next
    method: str = ""
    on: dt.date | None = None
    until: dt.date | None = None
    declines: int = 0

    @property
    def needs_somebody(self) -> bool:
        """Will nothing happen by itself any more?"""
        return self.kind in (Next.HARD, Next.OVER, Next.CAME_BACK, Next.ENDED)

    @property
    def for_office(self) -> str:
        return self._filled(OFFICE)

    @property
    def for_customer(self) -> str:
        return self._filled(CUSTOMER)

    def _filled(self, words: Mapping[Next, str]) -> str:
        times = "once" if self.declines == 1 else "twice" if self.declines == 2 else f"{self.declines} times"
        dates = {"on": day(self.on) if self.on else "", "until": day(self.until) if self.until else ""}
        return words[self.kind].format(method=self.method, times=times, **dates)


def next_steps(invoices: Iterable[Invoice], *, today: dt.date) -> dict[int, NextStep]:
    """By invoice's id, for those that are owed and that Auto Pay tried in vain, or would draw if what was paid by hand
    had not come back. A handful of queries for all of them. A day that has come already is told as the next night.
    """
    owed = {each.pk: each for each in invoices if each.due > 0 and each.voided_at is None}
    tried = dunning.tried(owed) if owed else {}
    if not tried:
        return {}
    methods = _drawn_on({owed[pk].recurring_invoice_id for pk in tried})
    tried = {pk: each for pk, each in tried.items() if each.is_automatic or owed[pk].recurring_invoice_id in methods}
    under_way = set(
        PlannedAllocation.objects.filter(invoice__in=tried, is_live=True).values_list("invoice_id", flat=True)
    )
    promises = dunning.standing_promises(today).filter(customer__in={owed[pk].customer_id for pk in tried})
    resting = dunning.resting_among({method.pk for method in methods.values()}, today)
    facts = _Facts(today, dunning.policy().gaps, resting, dict(promises.values_list("customer_id", "until")))
    return {
        pk: NextStep(Next.UNDER_WAY)
        if pk in under_way
        else facts.step(before, methods.get(owed[pk].recurring_invoice_id or 0), owed[pk].customer_id)
        for pk, before in tried.items()
    }


def steps_after(payment: Payment, *, today: dt.date) -> list[NextStep]:
    """What happens next with the invoices that an automatic payment was to pay and did not; each step once."""
    if not payment.is_automatic or payment.status in (Payment.Status.PENDING, Payment.Status.COMPLETE):
        return []
    invoices = Invoice.objects.filter(plans__payment=payment, plans__is_live=False).order_by("pk")
    return list(dict.fromkeys(next_steps(invoices, today=today).values()))


def _drawn_on(recurring: set[int | None]) -> dict[int, BillingMethod]:
    """The methods in the vault of the gateway in use: no other is drawn on."""
    running = AutoPay.objects.filter(
        recurring_invoice__in=recurring - {None}, ended_at=None, billing_method__gateway__is_active=True
    )
    return {each.recurring_invoice_id: each.billing_method for each in running.select_related("billing_method")}


@dataclass(frozen=True, slots=True)
class _Facts:
    today: dt.date
    gaps: tuple[int, ...]
    resting: Mapping[int, dt.date]
    promised: Mapping[int, dt.date]

    def step(self, before: dunning.Tried, method: BillingMethod | None, customer_id: int) -> NextStep:
        if before.was_drawn:
            return NextStep(Next.CAME_BACK)
        if method is None or not method.is_processable:
            return NextStep(Next.ENDED)
        declines = len(before.on_method(method.pk))
        if method.refused_at is not None:
            return NextStep(Next.HARD, str(method), declines=declines)
        wanted = before.next_on(method.pk, self.gaps)
        if wanted is None:
            return NextStep(Next.OVER, str(method), declines=declines)
        until = self.promised.get(customer_id)
        earliest = [self.today + dunning.DAY, wanted, self.resting.get(method.pk, wanted)]
        on = max([*earliest, until + dunning.DAY] if until else earliest)
        return NextStep(Next.PROMISED if until else Next.TRY, str(method), on, until, declines)
