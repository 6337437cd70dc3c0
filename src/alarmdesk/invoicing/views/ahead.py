"""Which invoices will a schedule make? All dates, days and amounts while somebody types it, by the night's own rules
(F46-F48): where a tax rate changes, so do the amounts.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.forms.lines import Lines
from alarmdesk.invoicing.forms.numbers import day_typed
from alarmdesk.invoicing.periods import Period
from alarmdesk.invoicing.planning import in_part
from alarmdesk.invoicing.pricing import LineInput, Unpriceable, price
from alarmdesk.invoicing.queries import tax_facts
from alarmdesk.invoicing.schedules import ImpossibleRecurrence, SchedulePreview, preview
from alarmdesk.invoicing.taxes import load_book
from alarmdesk.lib.money import ZERO
from alarmdesk.lib.recurrence import Unit

SHOWN_DATES = 12
MOST_SHOWN = 120


@dataclass(frozen=True)
class Ahead:
    """One invoice to come: its place from 1, its date, the days that it bills, its total."""

    place: int
    date: dt.date
    period: Period
    total: Decimal | None

    @property
    def last_day(self) -> dt.date:
        """The last day that it bills."""
        return self.period.ends_on - dt.timedelta(days=1)


@dataclass(frozen=True)
class ShownSchedule:
    """The invoices that a schedule would make, whether more follow, and the last date."""

    rows: Sequence[Ahead] = ()
    final_on: dt.date | None = None
    more: bool = False
    problem: str = ""
    times: int | None = None
    changes: Sequence[Ahead] = field(default_factory=tuple)

    @property
    def dates(self) -> list[dt.date]:
        """The first dates."""
        return [row.date for row in self.rows[:SHOWN_DATES]]

    @property
    def goes_on(self) -> bool:
        """Are there more than the first dates?"""
        return self.more or len(self.rows) > SHOWN_DATES

    @property
    def sum(self) -> Decimal | None:
        """What all of them come to; None while that cannot be said."""
        if self.more or not self.rows or any(row.total is None for row in self.rows):
            return None
        return sum((row.total or ZERO for row in self.rows), ZERO)

    @property
    def has_one_amount(self) -> bool:
        """Do all shown come to the same?"""
        return len({row.total for row in self.rows}) == 1


def schedule_ahead(customer: Customer, lines: Lines, values: Mapping[str, str]) -> ShownSchedule:
    """What the typed boxes (anchor_on, every, unit, times, starts_on, in_arrears) and lines would make; empty while
    they make no schedule.
    """
    anchor_on = day_typed(values.get("anchor_on", ""))
    every, times = values.get("every", ""), values.get("times", "").strip()
    whole = every.isdecimal() and int(every[:6]) > 0 and (not times or (times.isdecimal() and int(times[:6]) > 0))
    unit = values.get("unit", "")
    if anchor_on is None or not whole or unit not in set(Unit):
        return ShownSchedule()
    count = int(times[:6]) if times else None
    in_arrears = values.get("in_arrears", "") not in ("", "False")
    try:
        seen = preview(
            anchor_on, int(every[:6]), unit, count, MOST_SHOWN, starts_on=day_typed(values.get("starts_on", "")),
            in_arrears=in_arrears,
        )  # fmt: skip
    except ImpossibleRecurrence as impossible:
        return ShownSchedule(problem=str(impossible))
    inputs = [row.form.line_input() for row in lines.valid]
    rows = _priced(customer, inputs, seen)
    changes = [row for before, row in pairwise(rows) if before.total != row.total]
    return ShownSchedule(rows, seen.final_on, seen.more, "", count, changes[:3])


def _priced(customer: Customer, lines: Sequence[LineInput], seen: SchedulePreview) -> list[Ahead]:
    book = load_book()
    state, own = tax_facts(customer)
    rows = []
    for place, (date, period) in enumerate(zip(seen.dates, seen.periods, strict=True), start=1):
        billed = [in_part(line, period) for line in lines] if period.is_partial else lines
        try:
            total: Decimal | None = price(billed, book.on(date), state, own)[1].total
        except Unpriceable:
            total = None
        rows.append(Ahead(place, date, period, total))
    return rows
