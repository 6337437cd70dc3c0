"""When is a technician free? The next times at which an appointment fits, in working hours, beside what is booked."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice
from zoneinfo import ZoneInfo

from alarmdesk.scheduling.hours import Span, Week
from alarmdesk.scheduling.models import QUARTER

OFFERED = 5
DAYS_AHEAD = 60
APART = dt.timedelta(hours=1)
"""Two offers in one gap begin at least so far apart: five quarter hours in a row are no choice."""


def free_times(
    week: Week, busy: Sequence[Span], *, minutes: int, zone: ZoneInfo, after: dt.datetime, most: int = OFFERED
) -> list[dt.datetime]:
    """The next starts, all after `after` and within 60 days. `busy` are the booked spans, in order of their starts."""
    length = dt.timedelta(minutes=minutes)
    return list(islice(_starts(week, busy, length, zone, after), most))


def _starts(
    week: Week, busy: Sequence[Span], length: dt.timedelta, zone: ZoneInfo, after: dt.datetime
) -> Iterator[dt.datetime]:
    first = after.astimezone(zone).date()
    for ahead in range(DAYS_AHEAD):
        hours = week.span(first + dt.timedelta(days=ahead), zone)
        if hours is None:
            continue
        for starts, ends in _gaps((max(hours[0], _next_quarter(after)), hours[1]), busy):
            fitting = (ends - starts - length) // max(length, APART) + 1
            yield from (starts + max(length, APART) * place for place in range(fitting))


def _gaps(hours: Span, busy: Sequence[Span]) -> Iterator[Span]:
    """What is left of the hours beside what is booked."""
    free_from = hours[0]
    for starts, ends in busy:
        if ends <= free_from or starts >= hours[1]:
            continue
        yield free_from, starts
        free_from = max(free_from, _next_quarter(ends))
    yield free_from, hours[1]


def _next_quarter(at: dt.datetime) -> dt.datetime:
    """The instant itself on a quarter hour, else the next one."""
    past = dt.timedelta(seconds=at.timestamp() % QUARTER.total_seconds())
    return at if not past else at + (QUARTER - past)
