"""What will a night charge, and what of what it makes will nobody be charged for? Asked by the night's own functions
(autopay.py), over what is owed and what invoicing says that the night will make (invoicing/coming.py).

A night that lies ahead is seen as if what the nights before it charge went through: it charges what can be charged on
its day less what could be charged the day before.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, Sum

from alarmdesk.company.models import Run
from alarmdesk.invoicing import coming as invoicing
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.queries import owing
from alarmdesk.lib.money import ZERO
from alarmdesk.payments import dunning
from alarmdesk.payments.autopay import chargeable, owing_now, represented
from alarmdesk.payments.gateways.choosing import NoGateway, active_gateway
from alarmdesk.payments.models import AutoPay, BillingMethod, Gateway, PlannedAllocation
from alarmdesk.payments.on_account import Owed, in_hand, would_pay
from alarmdesk.payments.taking import scheduled_for

SOON = dt.timedelta(days=30)
Drawn = tuple[int, int, int]


class Care(StrEnum):
    """Why an invoice will not be drawn by itself, or may soon not be."""

    NONE = "No billing method"
    BLOCKED = "Method blocked"
    REFUSED = "Method refused for good"
    REMOVED = "Method removed"
    EXPIRED = "Card expired"
    EXPIRING = "Card expires soon"
    RESTING = "Too many declines lately"
    PROMISED = "Promised to pay"
    NO_GATEWAY = "No gateway takes it"
    ELSEWHERE = "Kept at another gateway"


@dataclass(frozen=True, slots=True)
class Charge:
    """One payment that the night will make: all that is due of a customer on one method."""

    customer_id: int
    method_id: int
    amount: Decimal
    invoices: int


@dataclass(slots=True)
class ComingNight:
    """What a night will make, charge and leave aside. `cares`: by recurring invoice that it bills. `applied`: what
    credit on account pays, by customer.
    """

    made: invoicing.Coming
    difference: invoicing.Difference
    charges: list[Charge] = field(default_factory=list)
    cares: dict[int, Care] = field(default_factory=dict)
    applied: dict[int, Decimal] = field(default_factory=dict)
    scheduled: int = 0
    scheduled_amount: Decimal = ZERO
    has_gateway: bool = True

    @property
    def from_account(self) -> Decimal:
        """The sum of what credit on account pays."""
        return sum(self.applied.values(), ZERO)

    @property
    def charged(self) -> Decimal:
        """The sum of what it charges by Auto Pay."""
        return sum((charge.amount for charge in self.charges), ZERO)


def next_night(today: dt.date) -> dt.date:
    """The date of the night that comes next: today's, until it has finished."""
    finished = Run.objects.filter(kind=Run.Kind.NIGHT, on=today, state=Run.State.FINISHED).exists()
    return today + dt.timedelta(days=1) if finished else today


def coming_night(on: dt.date, *, first: dt.date) -> ComingNight:
    """The night of `on` in the entered company; `first` is the next one. Writes and locks nothing."""
    made = invoicing.coming(on, first=first)
    found = ComingNight(made, invoicing.compare(made))
    paid, applied = _from_account(made, on)
    if on > first:
        _, before = _from_account(made, on - dt.timedelta(days=1))
        applied = {customer: amount - before.get(customer, ZERO) for customer, amount in applied.items()}
    found.applied = {customer: amount for customer, amount in applied.items() if amount}
    try:
        gateway = active_gateway()
    except NoGateway:
        found.has_gateway = False
        found.cares = {making.recurring_id: Care.NO_GATEWAY for making in made.makes}
        return found
    found.charges = _charges(gateway, made, on, first, paid)
    found.cares = _cares(gateway, {making.recurring_id: making.customer_id for making in made.makes}, on)
    posted = scheduled_for(on) if on == first else scheduled_for(on).exclude(pk__in=scheduled_for(on - dt.timedelta(1)))
    sums = posted.aggregate(sum=Sum("amount"))
    found.scheduled, found.scheduled_amount = posted.count(), sums["sum"] or ZERO
    return found


def _to_come(made: invoicing.Coming) -> dict[int, invoicing.Making]:
    """Invoices to come have no id yet: they count up from 1 here and go by minus that."""
    return dict(enumerate((*made.before, *made.makes), start=1))


def _from_account(made: invoicing.Coming, on: dt.date) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    """What credit on account pays until the night of `on`, as the nights do it (on_account.py): of which invoice, and
    for which customer.
    """
    held = in_hand()
    if not held:
        return {}, {}
    live = PlannedAllocation.objects.filter(company=OuterRef("company"), invoice=OuterRef("pk"), is_live=True)
    found = owing(Invoice.objects.filter(customer__in=held, due_on__lte=on)).filter(~Exists(live))
    owed: dict[int, list[Owed]] = defaultdict(list)
    for invoice in found.only("customer", "due_on", "total", "paid", "type", "voided_at").order_by("due_on", "pk"):
        owed[invoice.customer_id].append((invoice.due_on or on, invoice.pk, invoice.due))
    for key, making in _to_come(made).items():
        if making.customer_id in held and making.due_on <= on and making.sale_on <= on and making.total > 0:
            owed[making.customer_id].append((making.due_on, -key, making.total))
    paid = would_pay(held, owed)
    return paid, {customer: sum((paid.get(pk, ZERO) for _, pk, _ in rows), ZERO) for customer, rows in owed.items()}


def _charges(
    gateway: Gateway, made: invoicing.Coming, on: dt.date, first: dt.date, paid: Mapping[int, Decimal]
) -> list[Charge]:
    to_come = _to_come(made)
    drawn = chargeable(gateway, [*owing_now(today=on), *_new(to_come, on)], today=on)
    if on > first:
        eve = on - dt.timedelta(days=1)
        earlier = [(key, one) for key, one in to_come.items() if max(one.sale_on, first) <= eve]
        before = chargeable(gateway, [*owing_now(today=eve), *_new(dict(earlier), eve)], today=eve)
        done = {(invoice, method) for _, invoice, method in before}
        drawn = [each for each in drawn if each[1:] not in done]
    dues = dict(
        Invoice.objects.filter(pk__in=[i for _, i, _ in drawn if i > 0]).values_list("pk", F("total") - F("paid"))
    )
    dues |= {-key: making.total for key, making in to_come.items()}
    dues = {key: due - paid.get(key, ZERO) for key, due in dues.items()}
    drawn = [each for each in drawn if dues[each[1]] > 0]
    return _together(drawn, dues)


def _new(to_come: dict[int, invoicing.Making], day: dt.date) -> list[Drawn]:
    return [
        (making.customer_id, -key, making.recurring_id)
        for key, making in to_come.items()
        if making.due_on <= day and making.total > 0
    ]


def _together(drawn: Sequence[tuple[int, int, int]], dues: dict[int, Decimal]) -> list[Charge]:
    """One payment per customer and method; a bank debit that came back is presented again on its own (autopay.py)."""
    ach = set(BillingMethod.objects.filter(kind="ach", pk__in={m for _, _, m in drawn}).values_list("pk", flat=True))
    again = represented({invoice: method for _, invoice, method in drawn if method in ach and invoice > 0})
    pieces: dict[tuple[int, int, bool], list[Decimal]] = defaultdict(list)
    for customer, invoice, method in drawn:
        pieces[customer, method, (invoice, method) in again].append(dues[invoice])
    return [Charge(customer, method, sum(sums, ZERO), len(sums)) for (customer, method, _), sums in pieces.items()]


def _cares(gateway: Gateway, recurring: dict[int, int], on: dt.date) -> dict[int, Care]:
    """What keeps the invoices of recurring ones (customers' ids by their ids) from being drawn, or soon will."""
    enrolled = dict(AutoPay.objects.filter(ended_at=None).values_list("recurring_invoice_id", "billing_method_id"))
    methods = BillingMethod.objects.in_bulk({enrolled[pk] for pk in recurring if pk in enrolled})
    promised = set(dunning.standing_promises(on).values_list("customer_id", flat=True))
    resting = dunning.resting(on)
    found = {}
    for pk, customer_id in recurring.items():
        method = methods.get(enrolled.get(pk, 0))
        care = Care.NONE if method is None else _care(gateway, method, on, customer_id in promised, resting)
        if care:
            found[pk] = care
    return found


def _care(
    gateway: Gateway, method: BillingMethod, on: dt.date, is_promised: bool, resting: Iterable[int]
) -> Care | None:
    takes = {"card": gateway.takes_cards, "ach": gateway.takes_ach}
    told = (
        (method.removed_at is not None, Care.REMOVED),
        (method.blocked_at is not None, Care.BLOCKED),
        (method.refused_at is not None, Care.REFUSED),
        (not takes.get(method.kind, False), Care.NO_GATEWAY),
        (method.gateway_id != gateway.pk, Care.ELSEWHERE),
        (is_promised, Care.PROMISED),
        (method.pk in resting, Care.RESTING),
        (method.is_expired(on), Care.EXPIRED),
        (method.is_expired(on + SOON), Care.EXPIRING),
    )
    return next((care for holds, care in told if holds), None)


def is_within_reach(on: dt.date, *, first: dt.date) -> bool:
    """Can the night of a date be seen? From the next one to a year ahead."""
    return first <= on <= first + dt.timedelta(days=366)
