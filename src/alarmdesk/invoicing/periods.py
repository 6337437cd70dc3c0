"""Which days does invoice n of a recurring invoice bill, and when is it made? The one place that says so, for the form,
the night and the audit alike (F46-F48, D1, D10).

Period n runs from occurrence n to occurrence n + 1 of the anchor: periods tile. The first may begin later (a start that
is no billing day) and the last may stop earlier (an end that is none); only then is a part of the amount billed. In
advance an invoice bears the first day of its period, in arrears the day on which it ends. So the Next Invoice Date is
always occurrence 0, and what was billed before it is period -1.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from alarmdesk.lib.furniture import day
from alarmdesk.lib.money import part_of
from alarmdesk.lib.recurrence import Recurrence, Unit


@dataclass(frozen=True, slots=True)
class Period:
    """The days [starts_on, ends_on) that one invoice bills, of the whole period that they lie in."""

    starts_on: dt.date
    ends_on: dt.date
    whole: tuple[dt.date, dt.date]

    @property
    def is_partial(self) -> bool:
        return (self.starts_on, self.ends_on) != self.whole

    def part(self, amount: Decimal) -> Decimal:
        """What the days bear of an amount for the whole period, in cents; the parts of a period sum to the whole."""
        first, last = self.whole
        return part_of(amount, (self.starts_on - first).days, (self.ends_on - first).days, (last - first).days)

    @property
    def says(self) -> str:
        """The days in words, such as “Mar 10, 2026 to Mar 31, 2026, 22 of 31 days”."""
        first, last = self.whole
        return (
            f"{day(self.starts_on)} to {day(self.ends_on - dt.timedelta(days=1))}, "
            f"{(self.ends_on - self.starts_on).days} of {(last - first).days} days"
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a recurring invoice bills what. `times` invoices from `first_seq` on, None: until it is ended.

    `starts_on` lies in the first period; `ended_on` is the first day that is not billed any more. A period that it cuts
    is billed whole in advance and not at all in arrears, unless `prorates_end`: then up to that day.
    """

    anchor_on: dt.date
    every: int
    unit: str
    times: int | None = None
    first_seq: int = 0
    starts_on: dt.date | None = None
    in_arrears: bool = False
    ended_on: dt.date | None = None
    prorates_end: bool = False

    @property
    def recurrence(self) -> Recurrence:
        return Recurrence(self.anchor_on, self.every, Unit(self.unit))

    def period(self, seq: int) -> Period:
        """What invoice `seq` bills, if there is one. Raises OverflowError outside the calendar."""
        whole = self.recurrence.period(seq)
        begin, stop = whole
        if self.starts_on is not None and seq == self.first_seq:
            begin = self.starts_on
        if self.prorates_end and self.ended_on is not None and begin < self.ended_on < stop:
            stop = self.ended_on
        return Period(begin, stop, whole)

    def made_on(self, period: Period) -> dt.date:
        """The date of the invoice for a period."""
        return period.ends_on if self.in_arrears else period.starts_on

    def due(self, seq: int) -> dt.date | None:
        """The date of invoice `seq`, or None when there is none."""
        if self.times is not None and seq >= self.first_seq + self.times:
            return None
        period = self.period(seq)
        if self.ended_on is None:
            return self.made_on(period)
        if self.in_arrears:
            return period.ends_on if period.starts_on < self.ended_on >= period.ends_on else None
        return period.starts_on if period.starts_on < self.ended_on else None

    @property
    def final_on(self) -> dt.date | None:
        """The Final Invoice Date (F48), None for one that recurs until it is ended."""
        return None if self.times is None else self.made_on(self.period(self.first_seq + self.times - 1))

    @property
    def begins_on(self) -> dt.date:
        """The first day that it bills."""
        return self.period(self.first_seq).starts_on


# a dealer's recurring invoices share a few hundred schedules: a night works each of them out once
MOST_KEPT = 4096
schedule_like = lru_cache(MOST_KEPT)(Schedule)
"""A schedule of these facts; the same one for the same facts."""


class Step(NamedTuple):
    """One invoice of a schedule: what it bills, its date, and the date of the next one, if there is one."""

    period: Period
    made_on: dt.date
    next_on: dt.date | None


@lru_cache(MOST_KEPT)
def step_of(schedule: Schedule, seq: int) -> Step:
    """Invoice `seq` of a schedule. Raises OverflowError outside the calendar."""
    period = schedule.period(seq)
    return Step(period, schedule.made_on(period), schedule.due(seq + 1))
