"""What time is it in the simulated world?

Real time until somebody sets it; then it stands still until it is advanced, set again or given back
(`{"real": true}`), so that stories are exact. The set time is durable.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from simulators.memory import Memory

SATURDAY = 5


class Clock:
    """The clock of one simulated world; all instants are whole seconds since 1970 UTC."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.refresh()

    def refresh(self) -> None:
        """Read the durable setting again (after a reset)."""
        value = self._memory.setting("now")
        self._set: int | None = int(value) if value else None

    @property
    def is_real(self) -> bool:
        """True when nobody has set the clock."""
        return self._set is None

    def now(self) -> int:
        """Seconds since 1970 UTC."""
        return int(time.time()) if self._set is None else self._set

    def set(self, instant: int) -> None:
        """Stop the clock at this instant (seconds since 1970 UTC)."""
        self._memory.remember(now=instant)
        self._set = instant

    def advance(self, seconds: int) -> None:
        """Move on by so many seconds, from wherever it is; it stands still afterwards."""
        self.set(self.now() + seconds)

    def make_real(self) -> None:
        """Give the real time back."""
        self._memory.remember(now="")
        self._set = None


def read_iso(text: str) -> int:
    """Seconds since 1970 of an ISO date and time; without a zone it is UTC. Raises ValueError."""
    instant = datetime.fromisoformat(text)
    return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())


def iso(instant: int) -> str:
    """ISO 8601 in UTC, with Z."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp(instant: int) -> str:
    """YYYYMMDDhhmmss in UTC, as the Query API writes dates (docs)."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y%m%d%H%M%S")


def read_stamp(text: str) -> int:
    """Read YYYYMMDDhhmmss, or its date alone (docs: time is optional). Raises ValueError."""
    return int(datetime.strptime(text.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())


def next_cutoff(instant: int, cutoff: str) -> int:
    """The first cut-off ("HH:MM" UTC) after this instant."""
    hour, minute = (int(part) for part in cutoff.split(":"))
    at = datetime.fromtimestamp(instant, UTC)
    edge = at.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return int((edge if edge > at else edge + timedelta(days=1)).timestamp())


def business_days_later(instant: int, days: int) -> int:
    """The same time of day so many bank days later. Saturdays and Sundays rest; holidays are not known (assumed)."""
    at = datetime.fromtimestamp(instant, UTC)
    while days:
        at += timedelta(days=1)
        days -= at.weekday() < SATURDAY
    return int(at.timestamp())
