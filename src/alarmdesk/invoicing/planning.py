"""What does a period of a recurring invoice come to? The step that a run and its preview share: pure, it writes nothing
and asks nothing (batches.py takes and writes, coming.py looks ahead).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from alarmdesk.invoicing.actions import NoLines, refuse_negative
from alarmdesk.invoicing.models import BillableItem
from alarmdesk.invoicing.periods import Period, Schedule, step_of
from alarmdesk.invoicing.pricing import LineInput, PricedLine, price
from alarmdesk.invoicing.taxes import RuleBook, own_tax
from alarmdesk.lib.money import Totals, line_amount


class ScheduleBroken(ValueError):
    """The stored next date is not the date of the next occurrence: billing on would bill the wrong period."""


@dataclass(frozen=True, slots=True)
class Due:
    """A recurring invoice that is due on its `next_on`, locked; what Python needs of it."""

    id: int
    seq: int
    next_on: dt.date
    customer_id: int
    is_mailed: bool
    state: str
    customer_rate: Decimal | None
    certificates: str  # as JSON, "" for none: most customers have none, and equal texts are priced once
    schedule: Schedule

    def period(self) -> Period:
        """What the invoice of `next_on` bills. Raises ScheduleBroken."""
        step = step_of(self.schedule, self.seq)
        if step.made_on != self.next_on:
            raise ScheduleBroken(f"Its next date is {self.next_on}, but the schedule says {step.made_on}.")
        return step.period

    def after(self) -> dt.date | None:
        """The next `next_on`: the date of the invoice after this one, if there is one."""
        return step_of(self.schedule, self.seq).next_on

    def following(self) -> "Due | None":
        """The same recurring invoice once this period is billed, if anything is left."""
        next_on = self.after()
        return None if next_on is None else replace(self, seq=self.seq + 1, next_on=next_on)


Priced = tuple[list[PricedLine], Totals]
Texts = Mapping[int, tuple[Sequence[int], Sequence[str]]]


@dataclass(slots=True)
class Pricer:
    """Prices lines of one sale date; the same lines for the same state and rate are priced once."""

    book: RuleBook
    day: dt.date = dt.date.min
    _known: dict[tuple[object, ...], Priced] = field(default_factory=dict)

    def turn_to(self, day: dt.date) -> None:
        """From here on prices are those of this day."""
        if day != self.day:
            self.day = day
            self._known.clear()

    def price(self, due: Due, period: Period, lines: Sequence[str]) -> Priced:
        """Lines as texts, priced for what is billed and added up. Raises Unpriceable, NotIssuable."""
        cut = (period.starts_on, period.ends_on, period.whole) if period.is_partial else None
        key = (due.state, due.customer_rate, due.certificates, cut, *lines)
        priced = self._known.get(key)
        if priced is None:
            inputs = [_line(text) for text in lines]
            if cut:
                inputs = [in_part(line, period) for line in inputs]
            priced = price(inputs, self.book.on(self.day), due.state, own_tax(due.customer_rate, due.certificates))
            refuse_negative(priced[1])
            self._known[key] = priced
        return priced


def _line(text: str) -> LineInput:
    item_class, taxable, quantity, unit_price, rate = text.split("|")
    item = BillableItem(item_class=item_class, taxable=taxable)
    return LineInput(item, Decimal(quantity), "", Decimal(unit_price), Decimal(rate) if rate else None)


def in_part(line: LineInput, period: Period) -> LineInput:
    """The line of a period that was cut: one piece of the part of the amount."""
    return replace(line, quantity=Decimal(1), unit_price=period.part(line_amount(line.quantity, line.unit_price)))


@dataclass(frozen=True, slots=True)
class Planned:
    """One invoice as a run will write it: what is due, the days that it bills, its lines by id, and their prices."""

    due: Due
    period: Period
    lines: Sequence[int]
    priced: Priced

    @property
    def total(self) -> Decimal:
        return self.priced[1].total


def plan(batch: Sequence[Due], texts: Texts, pricer: Pricer) -> list[Planned]:
    """What a batch of one day comes to: the one step that a run and its preview share. Writes nothing.

    Raises Unpriceable, NotIssuable, ScheduleBroken.
    """
    pricer.turn_to(batch[0].next_on)
    planned = []
    for due in batch:
        if due.id not in texts:
            raise NoLines("It has no lines.")
        lines, said = texts[due.id]
        period = due.period()
        planned.append(Planned(due, period, lines, pricer.price(due, period, said)))
    return planned
