"""What time is it? Only views, tasks and commands may ask; rules are handed `today` or `at`.

The clock can be set for the process (`hold`) or for all processes of a run (the variable ALARMDESK_NOW,
an ISO instant), so that a demo or a test lives through a month in a minute.
"""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

_held: ContextVar[dt.datetime | None] = ContextVar("held_clock", default=None)


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    held = _held.get()
    if held is not None:
        return held
    if told := os.environ.get("ALARMDESK_NOW"):
        return dt.datetime.fromisoformat(told).astimezone(dt.UTC)
    return dt.datetime.now(dt.UTC)


def held() -> str:
    """The ISO instant at which the clock was set, for PostgreSQL's triggers; "" while it runs by itself."""
    at = _held.get()
    return at.isoformat() if at else os.environ.get("ALARMDESK_NOW", "")


def today(zone: ZoneInfo) -> dt.date:
    """The local date in a time zone: it decides what is due, never a wall-clock hour (D10)."""
    return now().astimezone(zone).date()


@contextmanager
def hold(at: dt.datetime) -> Iterator[None]:
    """Let the clock stand at an instant for the body of the with statement."""
    if at.tzinfo is None:
        raise ValueError("The clock needs an aware instant.")
    token = _held.set(at.astimezone(dt.UTC))
    try:
        yield
    finally:
        _held.reset(token)


def noon(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Noon of a local date as an instant: a moment that exists on every day in every zone."""
    return dt.datetime.combine(day, dt.time(12), zone).astimezone(dt.UTC)
