"""Inside which company are we, and who acts? The one way in.

Entering opens a transaction (or joins the open one) and tells PostgreSQL the company and the actor for its length;
the walls (walls.py) then show that company's rows alone. Nobody entered: PostgreSQL raises. There is no way to be in
all companies at once, only a loop over `inside`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from alarmdesk.lib import clock

if TYPE_CHECKING:
    from alarmdesk.company.models import Company


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as the trail keeps it. `kind` is staff, holder, guest, machine or system."""

    kind: str
    name: str
    user_id: int | None = None


SYSTEM = Actor("system", "AlarmDesk")


class NobodyEntered(Exception):
    """A row of a company was asked for before anybody entered one."""


@dataclass(frozen=True, slots=True)
class Entry:
    company: "Company"
    actor: Actor


_entry: ContextVar[Entry | None] = ContextVar("company_entry", default=None)


@contextmanager
def inside(company: "Company", *, actor: Actor = SYSTEM, flushed: bool = True) -> Iterator["Company"]:
    """Be inside one company for the body of the with statement, in a transaction of its own or within the open one.

    What was entered before is restored afterwards. The company's time zone is the current one inside.
    `flushed=False`: the commit does not wait for the disk. A crash of PostgreSQL itself (not of the program) may take
    the transaction back, whole, and never when a flushed one was committed after it.
    """
    outer = _entry.get()
    with transaction.atomic(), timezone.override(company.zone):
        _tell_database(str(company.pk), json.dumps(asdict(actor)), flushed=flushed)
        token = _entry.set(Entry(company, actor))
        try:
            yield company
        finally:
            _entry.reset(token)
        # after an error PostgreSQL takes the settings back itself, with the savepoint
        if not connection.needs_rollback and outer is not None:
            _tell_database(str(outer.company.pk), json.dumps(asdict(outer.actor)))


def _tell_database(company: str, actor: str, *, flushed: bool = True) -> None:
    told = {"alarmdesk.company": company, "alarmdesk.actor": actor, "alarmdesk.now": clock.held()}
    if not flushed:
        told["synchronous_commit"] = "off"
    with connection.cursor() as cursor:
        settings = ", ".join("set_config(%s, %s, true)" for _ in told)
        cursor.execute(f"select {settings}", [each for setting in told.items() for each in setting])


def entered() -> "Company":
    """The company that we are inside of. Raises NobodyEntered."""
    return _current().company


def acting() -> Actor:
    """Who acts inside the entered company. Raises NobodyEntered."""
    return _current().actor


def entered_id() -> int:
    """The entered company's id: the default of every company key, so that a row cannot be made elsewhere."""
    return _current().company.pk


def _current() -> Entry:
    entry = _entry.get()
    if entry is None:
        raise NobodyEntered("No company was entered: use `with inside(company): …`.")
    return entry
