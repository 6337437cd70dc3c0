"""When does something that repeats fall due? Occurrence n = anchor + n intervals, clamped to the month's end.

Never iterated from the last date (the 31st would drift to the 28th for ever) and never an RRULE
(MONTHLY from the 31st skips the short months). Source: architecture, section 8; billing.md 1.5.
"""

import calendar
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Every `every` units from `anchor_on`, which is occurrence 0."""

    anchor_on: dt.date
    every: int
    unit: Unit

    def occurrence(self, n: int) -> dt.date:
        """The date of occurrence n (0, 1, 2 …). Raises OverflowError past the year 9999."""
        steps = n * self.every
        if self.unit is Unit.DAY:
            return self.anchor_on + dt.timedelta(days=steps)
        if self.unit is Unit.WEEK:
            return self.anchor_on + dt.timedelta(weeks=steps)
        return add_months(self.anchor_on, steps * (12 if self.unit is Unit.YEAR else 1))

    def period(self, n: int) -> tuple[dt.date, dt.date]:
        """The half-open period [occurrence n, occurrence n+1): periods tile without gap or overlap."""
        return self.occurrence(n), self.occurrence(n + 1)

    def first_from(self, on: dt.date) -> int:
        """The smallest n, also below 0, whose occurrence is on or after a day."""
        if self.unit in (Unit.DAY, Unit.WEEK):
            step = self.every * (7 if self.unit is Unit.WEEK else 1)
            return -((self.anchor_on - on).days // step)
        step = self.every * (12 if self.unit is Unit.YEAR else 1)
        months = (on.year - self.anchor_on.year) * 12 + on.month - self.anchor_on.month
        n = months // step
        return n if self.occurrence(n) >= on else n + 1


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month `months` later, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise OverflowError("The date is out of range.")
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
