"""How is an increase of many prices applied, and taken back before its day? Batch by batch, set by set.

Each batch is a transaction that decides anew for its rows, locked (raising.py), and writes a successor for each. What
was committed stands: a killed run is started again and goes on, for who has a successor is not raised twice.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import connection

from alarmdesk.company.entering import acting, entered, entered_id
from alarmdesk.company.numbers import next_numbers
from alarmdesk.invoicing.models import RateIncrease, RecurringInvoice, RecurringLine
from alarmdesk.invoicing.raising import Planner, Raise
from alarmdesk.invoicing.succession import reason_of
from alarmdesk.lib.inserting import insert_rows
from alarmdesk.messaging.models import Message

KIND = "rate_increase"
"""The kind of message that tells a customer; `about_id` is the successor's id."""
SUCCEED = """
insert into invoicing_recurringinvoice (
    company_id, customer_id, number, anchor_on, every, unit, times, first_seq, starts_on, in_arrears, term_id,
    po_number, note, email_on_generation, amount, next_seq, next_on, created_at, created_by, ended_reason, ended_by,
    prorates_end, follows_id, raised_by_id, imported_by_id
)
select r.company_id, r.customer_id, v.number, r.anchor_on, r.every, r.unit, r.times - (v.seq - r.first_seq), v.seq,
    coalesce(v.starts_on, case when v.seq = r.first_seq then r.starts_on end), r.in_arrears, r.term_id, r.po_number,
    r.note, r.email_on_generation, v.amount, v.seq, v.next_on, %(at)s, %(by)s, '', '', false, r.id, %(increase)s,
    r.imported_by_id
from unnest(%(ids)s::bigint[], %(numbers)s::bigint[], %(seqs)s::int[], %(starts)s::date[], %(amounts)s::numeric[],
    %(nexts)s::date[]) as v (id, number, seq, starts_on, amount, next_on)
cross join lateral (
    select r.* from invoicing_recurringinvoice r where r.company_id = %(company)s and r.id = v.id offset 0
) r
order by v.number returning id, follows_id
"""
LINES = """
insert into invoicing_recurringline (
    company_id, recurring_invoice_id, position, item_id, quantity, description, unit_price, amount, tax_rate, tax
)
select l.company_id, v.recurring_id, l.position, l.item_id, l.quantity, l.description, v.unit_price, v.amount,
    l.tax_rate, v.tax
from unnest(%(recurring)s::bigint[], %(lines)s::bigint[], %(prices)s::numeric[], %(amounts)s::numeric[],
    %(taxes)s::numeric[]) as v (recurring_id, line_id, unit_price, amount, tax)
cross join lateral (
    select l.* from invoicing_recurringline l where l.company_id = %(company)s and l.id = v.line_id offset 0
) l
"""
END = """
update invoicing_recurringinvoice r
set ended_on = v.on, ended_reason = v.reason, ended_by = %(by)s, prorates_end = v.splits, next_on = v.next_on
from unnest(%(ids)s::bigint[], %(ons)s::date[], %(reasons)s::text[], %(splits)s::bool[], %(nexts)s::date[])
    as v (id, "on", reason, splits, next_on)
where r.company_id = %(company)s and r.id = v.id and r.id = any(%(ids)s::bigint[])
"""
REOPEN = """
update invoicing_recurringinvoice r
set ended_on = null, ended_reason = '', ended_by = '', prorates_end = false, next_on = v.next_on
from unnest(%(ids)s::bigint[], %(nexts)s::date[]) as v (id, next_on)
where r.company_id = %(company)s and r.id = v.id and r.id = any(%(ids)s::bigint[])
"""
UNDOABLE = """
select r.id, f.id from invoicing_recurringinvoice r
join invoicing_recurringinvoice f on f.company_id = r.company_id and f.id = r.follows_id
where r.company_id = %(company)s and r.raised_by_id = %(increase)s and r.id > %(after)s
  and r.ended_on is null and r.next_seq = r.first_seq
  and not exists (select from invoicing_recurringinvoice s where s.company_id = r.company_id and s.follows_id = r.id)
order by r.id limit %(most)s for update
"""


class NotNow(ValueError):
    """The increase is in another state than the act needs."""


class NobodyToRaise(ValueError):
    """Nobody's price would change."""


def begin(increase: RateIncrease, *, today: dt.date, at: dt.datetime, by: str) -> RateIncrease:
    """Mark an increase as being applied; the batches follow. Raises NotNow, NobodyToRaise."""
    held = _held(increase)
    if held.progress != RateIncrease.State.DRAFT:
        raise NotNow(f"{held} was applied before.")
    if held.effective_on <= today:
        raise NotNow("Its day has come. Choose a later one: what was billed stays as it is.")
    if all(one.reason for one in Planner(held).plan()):
        raise NobodyToRaise("Nobody's price would change. Choose other items, filters or another day.")
    held.progress, held.applied_at, held.applied_by = RateIncrease.State.APPLYING, at, by
    held.save(update_fields=["progress", "applied_at", "applied_by"])
    return held


def begin_undo(increase: RateIncrease, *, today: dt.date, at: dt.datetime, by: str) -> RateIncrease:
    """Mark an increase as being taken back. Raises NotNow from its day on."""
    held = _held(increase)
    if held.progress != RateIncrease.State.APPLIED:
        raise NotNow(f"{held} is not applied.")
    if held.effective_on <= today:
        raise NotNow("Its day has come. Invoices may bear the new prices: nothing was undone.")
    held.progress, held.undone_at, held.undone_by = RateIncrease.State.UNDOING, at, by
    held.save(update_fields=["progress", "undone_at", "undone_by"])
    return held


def _held(increase: RateIncrease) -> RateIncrease:
    return entered().rate_increases.select_for_update(of=("self",)).get(pk=increase.pk)


def settle(increase: RateIncrease, progress: RateIncrease.State) -> None:
    """The last batch is done."""
    entered().rate_increases.filter(pk=increase.pk).update(progress=progress)


def apply_batch(
    increase: RateIncrease, planner: Planner, *, after: int, most: int, at: dt.datetime
) -> tuple[int | None, dict[int, int]]:
    """Raise the next ones with ids above `after`: the last id looked at (None: no more), successors' ids by the ids of
    those before them.
    """
    with connection.cursor() as cursor:
        # decided only once they are locked: the night, or somebody in the office, may be at them
        cursor.execute(
            "select id from invoicing_recurringinvoice where company_id = %s and id > %s and next_on is not null "
            "order by id limit %s for update",
            [entered_id(), after, most],
        )
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return None, {}
    _do("discard plans")  # as in batches.write: foreign keys of young tables are checked by a plan for small ones
    good = [one for one in planner.plan(after=after, until=ids[-1]) if not one.reason]
    successors = _succeed(increase, good, at) if good else {}
    return ids[-1], successors


def _succeed(increase: RateIncrease, good: Sequence[Raise], at: dt.datetime) -> dict[int, int]:
    made = [(one, one.turn) for one in good if one.turn is not None]
    rows = _rows(
        SUCCEED,
        ids=[one.found.id for one, _ in made],
        numbers=list(next_numbers("recurring", len(made))),
        seqs=[turn.seq for _, turn in made],
        starts=[turn.on if turn.splits else None for _, turn in made],
        amounts=[one.new for one, _ in made],
        nexts=[one.found.schedule.due(turn.seq) for one, turn in made],
        at=at,
        by=acting().name,
        increase=increase.pk,
    )
    successors = {before: pk for pk, before in rows}
    lines = [(successors[one.found.id], *line) for one, _ in made for line in one.lines]
    _do(
        LINES,
        recurring=[recurring for recurring, _, _, _ in lines],
        lines=[line_id for _, line_id, _, _ in lines],
        prices=[unit_price for _, _, unit_price, _ in lines],
        amounts=[priced.amount for _, _, _, priced in lines],
        taxes=[sum(tax.amount for tax in priced.taxes) for _, _, _, priced in lines],
    )
    ended = [replace(one.found.schedule, ended_on=turn.on, prorates_end=turn.splits) for one, turn in made]
    _do(
        END,
        ids=[one.found.id for one, _ in made],
        ons=[turn.on for _, turn in made],
        reasons=[reason_of(turn) for _, turn in made],
        splits=[turn.splits for _, turn in made],
        nexts=[schedule.due(one.found.next_seq) for schedule, (one, _) in zip(ended, made, strict=True)],
        by=acting().name,
    )
    if increase.tells:
        _tell([(successors[one.found.id], one.found) for one, _ in made if one.found.email], at)
    return successors


def _tell(told: Sequence[tuple[int, Any]], at: dt.datetime) -> None:
    """Put a letter about each successor into the outbox; the words are written when it leaves (letters.py)."""
    rows = [(successor, found.customer_id, found.email) for successor, found in told]
    insert_rows(
        Message, ("about_id", "customer_id", "to"), rows, same={"kind": KIND, "queued_at": at, "due_at": at},
        on_conflict="on conflict do nothing",
    )  # fmt: skip


def undoable(increase: RateIncrease, *, after: int, most: int) -> dict[int, int]:
    """The next successors of an increase, locked, that can be taken back: ids of those before them by their ids. Left
    out is what was ended or changed again since.
    """
    return dict(_rows(UNDOABLE, increase=increase.pk, after=after, most=most))


def undo_batch(pairs: dict[int, int]) -> None:
    """Take successors back (ids of those before them by their ids); nothing of the rooms above points to them now."""
    ids = list(pairs)
    _do("discard plans")
    waiting = Message.objects.filter(kind=KIND, about_id__in=ids, state=Message.State.QUEUED)
    gone = RecurringInvoice.objects.filter(pk__in=ids)
    for rows in (waiting, RecurringLine.objects.filter(recurring_invoice__in=ids), gone):
        rows._raw_delete(rows.db)
    before = list(RecurringInvoice.objects.filter(pk__in=list(pairs.values())))
    going_on = [replace(old.schedule, ended_on=None, prorates_end=False) for old in before]
    _do(
        REOPEN,
        ids=[old.pk for old in before],
        nexts=[schedule.due(old.next_seq) for schedule, old in zip(going_on, before, strict=True)],
    )


def _rows(sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"company": entered_id(), **parameters})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _do(sql: str, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"company": entered_id(), **parameters})
