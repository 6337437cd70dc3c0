"""How does a price change on a date, if a recurring invoice is never edited? A successor takes over on that day (D1).

The old one ends and the new one begins on the same day, with the same anchor: the periods of both tile, as if they were
of one. The successor makes the invoices that the old one had left. Both know each other, and until its day the change
can be undone. Whether a period under way is split on the day or the change waits for the next one is asked each time.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from alarmdesk.company.entering import entered, entered_id
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.invoicing.periods import Schedule
from alarmdesk.invoicing.pricing import LineInput
from alarmdesk.invoicing.schedules import AlreadyEnded, next_date, set_up
from alarmdesk.lib.furniture import day

LONGEST_CHAIN = 200
CHAIN = f"""
with recursive before as (
    select r.id, r.follows_id, 0 as place from invoicing_recurringinvoice r
    where r.company_id = %(company)s and r.id = %(id)s
    union all
    select r.id, r.follows_id, b.place - 1 from before b
    join invoicing_recurringinvoice r on r.company_id = %(company)s and r.id = b.follows_id
    where b.place > -{LONGEST_CHAIN}
), after as (
    select b.id, b.place from before b where b.place = 0
    union all
    select r.id, a.place + 1 from after a
    join invoicing_recurringinvoice r on r.company_id = %(company)s and r.follows_id = a.id
    where a.place < {LONGEST_CHAIN}
)
select id from (select id, place from before union select id, place from after) x order by place
"""  # noqa: S608  numbers of our own


class ChangeTooEarly(ValueError):
    """A change for today or a day that has passed: what was billed stays."""


class NothingLeft(ValueError):
    """It makes no invoice from that day on."""


class ChangeComing(ValueError):
    """Another change of it is on its way."""


class TooLateToUndo(ValueError):
    """The change is in force, or somebody built on it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a successor takes over: its first period, and the day, which lies inside that period when `splits`."""

    seq: int
    on: dt.date
    splits: bool = False


def turn_of(schedule: Schedule, next_seq: int, on: dt.date, *, splits: bool) -> Turn:
    """The first day on or after `on` from which nothing is billed yet: the beginning of a period, or with `splits` the
    very day, where its period is not billed yet. Raises NothingLeft.
    """
    seq = max(next_seq, schedule.recurrence.first_from(on))
    before = schedule.period(seq - 1)
    if splits and seq > next_seq and before.starts_on < on < before.ends_on:
        seq, at = seq - 1, on
    else:
        splits, at = False, schedule.period(seq).starts_on
    if schedule.due(seq) is None:
        raise NothingLeft(f"It makes no invoice for days from {day(on)} on.")
    return Turn(seq, at, splits)


def successor_of(recurring: RecurringInvoice, turn: Turn, *, at: dt.datetime, by: str) -> RecurringInvoice:
    """A successor as it will be written, without number, amount and lines: all but the price is taken over."""
    left = None if recurring.times is None else recurring.times - (turn.seq - recurring.first_seq)
    keeps_start = turn.seq == recurring.first_seq
    return RecurringInvoice(
        customer=recurring.customer, anchor_on=recurring.anchor_on, every=recurring.every, unit=recurring.unit,
        times=left, first_seq=turn.seq,
        starts_on=turn.on if turn.splits else recurring.starts_on if keeps_start else None,
        in_arrears=recurring.in_arrears, term=recurring.term, po_number=recurring.po_number, note=recurring.note,
        email_on_generation=recurring.email_on_generation, follows=recurring, imported_by_id=recurring.imported_by_id,
        created_at=at, created_by=by,
    )  # fmt: skip


def reason_of(turn: Turn) -> str:
    """What the old one says of its end."""
    return f"The price changes on {day(turn.on)}."


def refuse_unchangeable(recurring: RecurringInvoice) -> None:
    """Raises ChangeComing, AlreadyEnded."""
    if recurring.successors.exists():
        raise ChangeComing(f"A change of {recurring} is on its way already. Undo it first, or change what follows.")
    if recurring.ended_on is not None:
        raise AlreadyEnded(f"{recurring} ends on {day(recurring.ended_on)}.")


def change_price(
    recurring: RecurringInvoice, *, on: dt.date, lines: Iterable[LineInput], splits: bool = False, today: dt.date,
    at: dt.datetime, by: str,
) -> RecurringInvoice:  # fmt: skip
    """The successor that bills these lines from `on` (see turn_of) on.

    Raises ChangeTooEarly, ChangeComing, AlreadyEnded, NothingLeft, NotIssuable, Unpriceable.
    """
    if on <= today:
        raise ChangeTooEarly("A price can change from tomorrow on: what was billed stays as it is.")
    held = entered().recurring_invoices.select_for_update(of=("self",)).select_related("customer", "term")
    old = held.get(pk=recurring.pk)
    refuse_unchangeable(old)
    turn = turn_of(old.schedule, old.next_seq, on, splits=splits)
    for row in (old, recurring):
        row.ended_on, row.ended_reason, row.ended_by = turn.on, reason_of(turn), by
        row.prorates_end = turn.splits
    old.next_on = recurring.next_on = next_date(old, old.next_seq)
    old.save(update_fields=["ended_on", "ended_reason", "ended_by", "prorates_end", "next_on"])
    return set_up(successor_of(old, turn, at=at, by=by), lines)


def undo_change(successor: RecurringInvoice, *, today: dt.date) -> RecurringInvoice:
    """Take a change back before its day: the successor is gone, the old one goes on, and is answered.

    Raises TooLateToUndo.
    """
    held = entered().recurring_invoices.select_for_update().get(pk=successor.pk)
    old = entered().recurring_invoices.select_for_update().get(pk=held.follows_id or 0) if held.follows_id else None
    if old is None:
        raise TooLateToUndo(f"{held} follows no other recurring invoice.")
    if held.made or held.periods.exists() or held.begins_on <= today:
        raise TooLateToUndo(f"{held} bills since {day(held.begins_on)}. Change the price again instead.")
    if old.ended_on != held.begins_on or held.ended_on is not None or held.successors.exists():
        raise TooLateToUndo(f"{held} or {old} was ended or changed since. Nothing was undone.")
    held.delete()
    old.ended_on, old.ended_reason, old.ended_by, old.prorates_end = None, "", "", False
    old.next_on = next_date(old, old.next_seq)
    old.save(update_fields=["ended_on", "ended_reason", "ended_by", "prorates_end", "next_on"])
    return old


def chain_of(recurring: RecurringInvoice) -> list[RecurringInvoice]:
    """It and all that it followed and was followed by, the oldest first. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(CHAIN, {"company": entered_id(), "id": recurring.pk})
        ids = [row[0] for row in cursor.fetchall()]
    found = entered().recurring_invoices.in_bulk(ids)
    return [found[pk] for pk in ids]
