"""How does a bureau take an inquiry, in whatever dialect? It knows its subscribers and writes down whom they ask about.

The log is the judge of every test: what is not in it was never asked, and a hard inquiry in it was seen by lenders.
No Social Security number is kept, only whether one was given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulators.bureaus.people import File, Subject, file_of
from simulators.memory import Memory
from simulators.nmi.wire import loses_answer
from simulators.world import Universe


class Unknown(Exception):
    """No subscriber has this code with this secret."""


class Unreadable(Exception):
    """The request lacks something; the text says what."""


@dataclass(frozen=True)
class Asked:
    """An inquiry as a dialect has read it."""

    code: str
    secret: str
    reference: str
    is_hard: bool
    purpose: str
    subject: Subject


@dataclass(frozen=True)
class Answered:
    """What the bureau found, its number of the inquiry, and when (seconds since 1970)."""

    number: str
    file: File
    at: int


def check(memory: Memory, bureau: str, code: str, secret: str) -> None:
    """Raises Unknown for a stranger."""
    row = memory.one("SELECT secret FROM bureau_subscriber WHERE bureau = ? AND code = ?", bureau, code)
    if row is None or row["secret"] != secret:
        raise Unknown


def inquire(memory: Memory, bureau: str, asked: Asked, now: int) -> Answered:
    """Find the file and write the inquiry down; committed when this returns. Raises Unknown, Unreadable."""
    check(memory, bureau, asked.code, asked.secret)
    subject = asked.subject
    if not (subject.first and subject.last and subject.address):
        raise Unreadable("Name and current address are required")
    if not asked.purpose:
        raise Unreadable("Permissible purpose is required")
    found = file_of(memory, subject)
    with memory.transaction():
        row = memory.run(
            "INSERT INTO bureau_inquiry (bureau, code, reference, at, is_hard, first, last, address, previous, has_ssn,"
            " has_birth_date, purpose, finding, score, number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
            bureau, asked.code, asked.reference, now, int(asked.is_hard), subject.first, subject.last, subject.address,
            subject.previous, int(bool(subject.ssn)), int(bool(subject.birth_date)), asked.purpose, found.finding,
            found.score,
        )  # fmt: skip
        number = f"{bureau[:2].upper()}{100_000 + row}"
        memory.run("UPDATE bureau_inquiry SET number = ? WHERE id = ?", number, row)
    return Answered(number, found, now)


Work = Callable[[Memory, bytes, int], Response]


class Endpoint:
    """One bureau's address, with the faults that tests script for its path ("transunion", "equifax")."""

    def __init__(self, universe: Universe, path: str, work: Work) -> None:
        self.universe, self.path, self.work = universe, path, work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, perhaps wait, perhaps fail, work, answer."""
        body = await Request(scope, receive).body()
        plan = self.universe.faults.plan(self.path)
        if plan.delay:
            await asyncio.sleep(plan.delay)
        response = Response("Internal Server Error", status_code=500)
        if not plan.fault.endswith("_before"):
            try:
                done = self.work(self.universe.memory, body, self.universe.clock.now())
            except ParseError:
                done = Response("Bad Request", status_code=400)
            response = done if not plan.fault else response
        if not await loses_answer(plan, scope, receive):
            await response(scope, receive, send)
