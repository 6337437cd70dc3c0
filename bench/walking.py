"""How long does the server take for an answer, in a small crowd and in a large one?

One person at a time: the whole of Django in this process, from the address to the last byte, and PostgreSQL in its own.
The wall clock tells what a person waits for; the processor time of both, what it costs whoever else uses the machine.
The crowds are asked in turns, so that a machine that is busy for a while is busy for both.
"""

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.crowd import Crowd, enter, explained

ROUNDS = 4
WARM_UP = 6
LIMIT_MS, GROWTH = 50, 1.5
LINES_OF_A_PLAN = 24


@dataclass
class Times:
    """What was measured of one walk in one crowd, in milliseconds each."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def share(self, of: str, part: float) -> float:
        """A percentile: 0.5 is the median."""
        values = sorted(getattr(self, of))
        return float(values[math.ceil(len(values) * part) - 1])

    def __str__(self) -> str:
        return "".join(f"{self.share(of, part):8.1f}" for of in ("wall", "cpu") for part in (0.5, 0.99))


@dataclass(frozen=True)
class Walk:
    """Something that people do: its name, and the addresses for each crowd. `is_judged`: the limits hold for it."""

    name: str
    paths: Callable[[Crowd], Sequence[str]]
    is_judged: bool = True
    headers: dict[str, str] = field(default_factory=dict)


class Visitors:
    """The owner of a company, signed in, in each of the crowds."""

    def __init__(self, crowds: Sequence[Crowd], *, company: str = "large") -> None:
        self.crowds = crowds
        self.company = company
        self._clients: dict[str, Any] = {}
        self.ids: dict[str, int] = {}
        for crowd in crowds:
            enter(crowd)
            self._clients[crowd.name] = self._signed_in()
            self.ids[crowd.name] = self._id()

    def _signed_in(self) -> Any:
        from alarmdesk.company.models import Company
        from alarmdesk.office.testing import office_of

        return office_of(Company.objects.get(slug=self.company))

    def _id(self) -> int:
        from alarmdesk.company.models import Company

        return int(Company.objects.get(slug=self.company).pk)

    def walk(self, walk: Walk, times: int) -> list[Times]:
        """Each crowd's times; the rounds alternate."""
        found = [Times() for _ in self.crowds]
        for turn in range(ROUNDS):
            for crowd, kept in zip(self.crowds, found, strict=True):
                enter(crowd)
                paths = walk.paths(crowd)
                for number in range(WARM_UP if turn == 0 else 1):
                    self._ask(crowd, walk, paths[-1 - number % len(paths)], Times())
                share = range(turn, times, ROUNDS)
                for number in share:
                    self._ask(crowd, walk, paths[number % len(paths)], kept)
        return found

    def _ask(self, crowd: Crowd, walk: Walk, path: str, kept: Times) -> None:
        client = self._clients[crowd.name]
        theirs = _backend_seconds()
        begun, ours = time.perf_counter(), time.thread_time()
        answer = client.get(path, headers=walk.headers)
        kept.wall.append((time.perf_counter() - begun) * 1000)
        kept.cpu.append((time.thread_time() - ours + _backend_seconds() - theirs) * 1000)
        assert answer.status_code == 200, (path, answer.status_code)

    def plan_of_the_slowest(self, walk: Walk) -> str:
        """The statement of this walk that took longest in the last crowd, with its plan."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        crowd = self.crowds[-1]
        enter(crowd)
        path = walk.paths(crowd)[0]
        self._clients[crowd.name].get(path, headers=walk.headers)
        with CaptureQueriesContext(connection) as captured:
            self._clients[crowd.name].get(path, headers=walk.headers)
        asked = [query for query in captured.captured_queries if query["sql"].lstrip().upper().startswith("SELECT")]
        slowest = max(asked, key=lambda query: float(query["time"]))
        plan = explained(crowd, slowest["sql"], self.ids[crowd.name]).splitlines()
        return "\n".join((f"{len(asked)} questions; the slowest:", slowest["sql"][:600], *plan[:LINES_OF_A_PLAN]))


def report(visitors: Visitors, walks: Sequence[Walk], *, times: int, shows_plans: bool) -> bool:
    """Measure and print a line for each walk; whether all that are judged stay within the limits."""
    small, large = visitors.crowds[0], visitors.crowds[-1]
    columns = f"{'p50':>8}{'p99':>8}{'CPU50':>8}{'CPU99':>8}"
    print(f"A loop of a million steps takes {_yardstick():.0f} ms of this processor now.")
    print(f"{'milliseconds':<32}{f'{small.size:,} customers':>32}{f'{large.size:,} customers':>32}{'growth':>16}")
    print(f"{'':<32}{columns}{columns}{'p50':>8}{'CPU50':>8}")
    is_good = True
    for walk in walks:
        found = visitors.walk(walk, times)
        first, last = found[0], found[-1]
        growth, costs = (last.share(of, 0.5) / first.share(of, 0.5) for of in ("wall", "cpu"))
        is_within = last.share("wall", 0.99) < LIMIT_MS and growth <= GROWTH
        verdict = "" if not walk.is_judged else "  ok" if is_within else "  OVER"
        is_good &= is_within or not walk.is_judged
        print(f"{walk.name:<32}{first}{last}{growth:8.2f}{costs:8.2f}{verdict}", flush=True)
    for walk in walks if shows_plans else ():
        print(f"\n--- {walk.name}: {visitors.plan_of_the_slowest(walk)}", flush=True)
    return is_good


def _yardstick() -> float:
    """Processor milliseconds of a piece of plain Python: how fast this machine is, as busy as it is now."""
    begun, total = time.thread_time(), 0
    for number in range(1_000_000):
        total += number & 3
    return (time.thread_time() - begun) * 1000


def _backend_seconds() -> float:
    """Processor time that PostgreSQL has spent for our connection, to the nanosecond where Linux tells it."""
    from django.db import connection

    connection.ensure_connection()
    place = Path(f"/proc/{connection.connection.info.backend_pid}")
    try:
        return int((place / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        fields = (place / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
