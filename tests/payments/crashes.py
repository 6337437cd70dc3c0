"""How is a process killed at one certain point, each point in turn, without anybody listing them?

A point lies before and after every commit and every call of the gateway. A child of this process does one thing; it
counts the points that it passes, and at the one that it was told it is killed (SIGKILL), without a word.

A night passes thousands of points at a few dozen places of the program: `Places` kills it once at every place, and
learns of new ones from the children that pass them.
"""

import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

import alarmdesk
from alarmdesk.lib.clients import Clients
from alarmdesk.payments import receipts
from alarmdesk.payments.gateways import choosing

FAILED = 99
SPARED = 0.4
SOURCE = str(Path(alarmdesk.__file__).parent)
DOORS = ("company/entering.py", "lib/clients.py")
"""Through which every commit and every call goes: they say nothing of the place."""

Act = Callable[[], Any]
Point = Callable[[str], None]
"""Told of every point: "before commit" and the like."""


def points_of(act: Act) -> int:
    """How many points there are: a child does it to the end and says so."""
    passed = 0

    def told(_: str) -> None:
        nonlocal passed
        passed += 1

    status, said = _in_child(act, lambda _: told, lambda: str(passed))
    assert status == 0, "what is to be interrupted does not even work"
    assert int(said) > 0
    return int(said)


def die_at(point: int, act: Act) -> bool:
    """Do it in a child that is killed at this point; False when it came to its end before."""
    passed = 0

    def told(_: str) -> None:
        nonlocal passed
        passed += 1
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    status, _ = _in_child(act, lambda _: told)
    assert status in (0, -signal.SIGKILL), f"the child ended with {status}"
    return status != 0


@dataclass
class Places:
    """Where a process has passed a point, and where one was killed. `patience`: how many times at most a child passes a
    new place before it dies there; how many is left to chance. `spares`: how many places chance may spare.
    """

    chance: random.Random
    patience: int = 0
    spares: int = 0
    passed: set[str] = field(default_factory=set)
    died: set[str] = field(default_factory=set)
    spared: set[str] = field(default_factory=set)
    deaths: int = 0

    def __post_init__(self) -> None:
        self.patience_was_given = self.patience > 0

    def die_at_a_new_one(self, act: Act) -> bool:
        """Do it in a child that is killed at a place where none was killed before; False when it came to its end."""
        mortal = _Mortal(self, random.Random(self.chance.random()))
        status, said = _in_child(act, mortal.begin)
        known = {"passed": self.passed, "died": self.died, "spared": self.spared}
        for line in said.splitlines():
            word, _, place = line.partition(" ")
            known[word].add(place)
        assert status in (0, -signal.SIGKILL), f"the child ended with {status}"
        self.deaths += status != 0
        # one that waited in vain for another passage may be the only one left: next time none is waited for
        self.patience = self.patience if status != 0 else 0
        return status != 0

    @property
    def missed(self) -> set[str]:
        return self.passed - self.died


class _Mortal:
    """What a child does at its points: tell of new places, and die at one."""

    def __init__(self, places: Places, chance: random.Random) -> None:
        self.places, self.chance = places, chance
        self.left: dict[str, int] = {}
        self.lock = threading.Lock()

    def begin(self, say: Callable[[str], None]) -> Point:
        self.say = say
        return self.at

    def at(self, what: str) -> None:
        place = f"{what} in {_place()}"
        with self.lock:
            if place not in self.left:
                self._meet(place)
            self.left[place] -= 1
            if self.left[place] == 0:
                self.say(f"died {place}\n")
                os.kill(os.getpid(), signal.SIGKILL)

    def _meet(self, place: str) -> None:
        """How many times it may be passed; for ever, where -1 is begun with."""
        self.left[place] = -1
        if place not in self.places.passed:
            self.say(f"passed {place}\n")
            if len(self.places.spared) < self.places.spares and self.chance.random() < SPARED:
                self.say(f"spared {place}\n")
                self.places.spared.add(place)
                return
        if place not in self.places.died | self.places.spared:
            self.left[place] = 1 + self.chance.randint(0, self.places.patience)


def _place() -> str:
    """Which of our functions led here, and the line of the innermost."""
    names: list[str] = []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(SOURCE):
            name = code.co_filename[len(SOURCE) + 1 :]
            if name not in DOORS:
                names.append(f"{name}:{code.co_name}" + ("" if names else f":{frame.f_lineno}"))
        frame = frame.f_back
    return " < ".join(names)


def _in_child(
    act: Act, begin: Callable[[Callable[[str], None]], Point], end: Callable[[], str] = str
) -> tuple[int, str]:
    """Exit status of a child that did it, and what it said."""
    connection.close()  # no two processes on one connection
    reading, writing = os.pipe()

    def say(word: str) -> None:
        os.write(writing, word.encode())

    pid = os.fork()
    if pid:
        os.close(writing)
        with os.fdopen(reading) as said:
            words = said.read()
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), words
    try:
        choosing._clients.cache_clear()
        choosing._stripe_wire.cache_clear()
        # typst's threads do not live on in a child of a process that has drawn a paper; papers are told elsewhere
        receipts.pdf = lambda *_: b"%PDF"
        _watch(begin(say))
        act()
        say(end())
        os._exit(0)
    except BaseException as error:  # noqa: BLE001  (the parent is told by the exit status)
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(FAILED)


def _watch(point: Point) -> None:
    """From here on every commit and every call of the gateway has a point before and after it."""

    def between_points(function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            point(f"before {name}")
            result = function(*args, **kwargs)
            point(f"after {name}")
            return result

        return watched

    BaseDatabaseWrapper.commit = between_points(BaseDatabaseWrapper.commit, "commit")  # type: ignore[method-assign]
    Clients.send = between_points(Clients.send, "call")  # type: ignore[method-assign]
