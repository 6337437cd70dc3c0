"""When does a technician work? Weekdays and days off, by the company's clocks, on days of 23, 24 or 25 hours.

Everything here is pure. Instants are aware; a span is (start, end), without its end.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from alarmdesk.lib.furniture import day

Span = tuple[dt.datetime, dt.datetime]
Times = tuple[dt.time, dt.time]


class NoSuchTime(ValueError):
    """The clocks of the company's zone skip that time on that day."""


@dataclass(frozen=True, slots=True)
class Off:
    """Days without work, from the first to the last."""

    first_on: dt.date
    last_on: dt.date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """A technician's working hours by weekday (0 is Monday), and the days off."""

    hours: Mapping[int, Times] = field(default_factory=dict)
    off: Sequence[Off] = ()

    def off_on(self, on: dt.date) -> Off | None:
        """Why nobody comes that day, if it is a day off."""
        return next((each for each in self.off if each.first_on <= on <= each.last_on), None)

    def span(self, on: dt.date, zone: ZoneInfo) -> Span | None:
        """The hours of that day as instants; None on a day without work."""
        times = self.hours.get(on.weekday())
        if times is None or self.off_on(on) is not None:
            return None
        return wall(on, times[0], zone), wall(on, times[1], zone)

    def why_not(self, starts_at: dt.datetime, ends_at: dt.datetime, zone: ZoneInfo) -> str:
        """Why this time is outside of working hours, as the end of a sentence; "" where it is not."""
        on = starts_at.astimezone(zone).date()
        if (off := self.off_on(on)) is not None:
            return f"is off on {day(on)}{f' ({off.reason})' if off.reason else ''}"
        span = self.span(on, zone)
        if span is None:
            return f"does not work on {on:%A}s"
        if span[0] <= starts_at and ends_at <= span[1]:
            return ""
        return f"works from {' to '.join(map(time_words, self.hours[on.weekday()]))} on {on:%A}s"


def wall(on: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """A wall time as an instant; one that is skipped is moved on by the hour that is missing."""
    return dt.datetime.combine(on, time, zone).astimezone(dt.UTC)


def exact(on: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """A wall time as an instant, the first of two in autumn. Raises NoSuchTime for one that is skipped in spring."""
    instant = wall(on, time, zone)
    back = instant.astimezone(zone)
    if (back.date(), back.time()) != (on, time):
        raise NoSuchTime(f"There is no {time_words(time)} on {day(on)}: the clocks go forward.")
    return instant


def day_of(on: dt.date, zone: ZoneInfo) -> Span:
    """The local day: 23, 24 or 25 hours."""
    return wall(on, dt.time(), zone), wall(on + dt.timedelta(days=1), dt.time(), zone)


def time_words(time: dt.time) -> str:
    """A wall time: 8:00 AM."""
    return f"{time.hour % 12 or 12}:{time:%M} {'AM' if time.hour < 12 else 'PM'}"
