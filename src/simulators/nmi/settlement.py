"""When does approved money really move?

Cards: in the merchant's daily batch at its cut-off (22:00 UTC unless set); `pendingsettlement`, then `complete`.
Bank accounts: handed to the bank at the cut-off (`pendingsettlement`, may still be voided), then `pending` for two
business days, then `complete`. The magic accounts of `rules` come back days later: an action `check_return`, after more
than five days `check_late_return`, and the condition `failed` (assumed; the docs name them, not their meeting).
Everything due is worked off set by set before any request is answered, each thing at its own due instant, however late
it is noticed.
"""

from __future__ import annotations

import sqlite3

from simulators.clock import business_days_later
from simulators.memory import Memory
from simulators.nmi import events
from simulators.nmi.rules import LATE_AFTER_DAYS, RETURN_TEXTS

ACH_BUSINESS_DAYS = 2
DAY = 86_400
SAME = "merchant_id = ? AND method = ? AND condition = ? AND due_at = ?"


def settle_due(memory: Memory, now: int) -> int:
    """Do everything that is due at `now`; answers how many groups of transactions moved."""
    if memory.one("SELECT 1 FROM txn WHERE due_at <= ? LIMIT 1", now) is None:
        return 0
    moved = 0
    with memory.transaction():
        while True:
            group = memory.one(
                "SELECT merchant_id, method, condition, due_at FROM txn WHERE due_at <= ? ORDER BY due_at, id LIMIT 1",
                now,
            )
            if group is None:
                return moved
            _move(memory, group)
            moved += 1


def close_batches(memory: Memory, now: int, *, checks: bool = False) -> int:
    """Close the batches now instead of at the cut-off; with `checks` bank payments settle at once as well."""
    with memory.transaction():
        memory.run("UPDATE txn SET due_at = ? WHERE condition = 'pendingsettlement' AND due_at > ?", now, now)
    moved = settle_due(memory, now)
    if checks:
        with memory.transaction():
            memory.run("UPDATE txn SET due_at = ? WHERE condition = 'pending' AND due_at > ?", now, now)
        moved += settle_due(memory, now)
    return moved


def _move(memory: Memory, group: sqlite3.Row) -> None:
    """The next step of all transactions of one merchant, method, condition and due instant."""
    key = tuple(group)
    if group["condition"] == "complete":
        _return_checks(memory, key)
    elif group["method"] == "ach" and group["condition"] == "pendingsettlement":
        settles_at = business_days_later(group["due_at"], ACH_BUSINESS_DAYS)
        memory.run(f"UPDATE txn SET condition = 'pending', due_at = ? WHERE {SAME}", settles_at, *key)  # noqa: S608
    else:
        _settle(memory, group, key)


def _settle(memory: Memory, group: sqlite3.Row, key: tuple[object, ...]) -> None:
    batch = memory.run(
        "INSERT INTO batch (merchant_id, method, at) VALUES (?, ?, ?)",
        group["merchant_id"], group["method"], group["due_at"],
    )  # fmt: skip
    memory.run(
        "INSERT INTO action (txn_id, type, amount, at, success, code, text, batch_id)"  # noqa: S608
        " SELECT id, 'settle', CASE WHEN type IN ('refund', 'credit') THEN -amount ELSE amount END, due_at, 1, '100',"
        f" 'ACCEPTED', ? FROM txn WHERE {SAME}",
        batch, *key,
    )  # fmt: skip
    memory.run(
        "UPDATE txn SET condition = 'complete', batch_id = ?,"  # noqa: S608
        f" due_at = CASE WHEN return_days IS NULL THEN NULL ELSE due_at + return_days * {DAY} END WHERE {SAME}",
        batch, *key,
    )  # fmt: skip
    _tell_of_batch(memory, group, batch)


def _return_checks(memory: Memory, key: tuple[object, ...]) -> None:
    texts = " ".join(f"WHEN '{code}' THEN '{code} {text}'" for code, text in RETURN_TEXTS.items())
    memory.run(
        "INSERT INTO action (txn_id, type, amount, at, success, code, text, batch_id)"  # noqa: S608
        f" SELECT id, CASE WHEN return_days > {LATE_AFTER_DAYS} THEN 'check_late_return' ELSE 'check_return' END,"
        " CASE type WHEN 'credit' THEN amount ELSE -amount END, due_at, 1, '100',"
        f" CASE return_code {texts} END, batch_id"
        f" FROM txn WHERE {SAME}",
        *key,
    )
    back = memory.all(f"SELECT id, due_at, return_days FROM txn WHERE {SAME}", *key)  # noqa: S608
    memory.run(f"UPDATE txn SET condition = 'failed', due_at = NULL WHERE {SAME}", *key)  # noqa: S608
    for row in back:
        kind = "latereturn" if row["return_days"] > LATE_AFTER_DAYS else "return"
        events.tell_of(memory, row["id"], f"transaction.check.status.{kind}", row["due_at"])


def _tell_of_batch(memory: Memory, group: sqlite3.Row, batch: int) -> None:
    """Say that a batch was settled, and of bank payments one by one."""
    kind, merchant, at = "settlement.batch.complete", group["merchant_id"], group["due_at"]
    if not events.wants(memory, merchant, kind) and not events.wants(
        memory, merchant, "transaction.check.status.settle"
    ):
        return
    rows = memory.all("SELECT id, type, amount FROM txn WHERE merchant_id = ? AND batch_id = ?", merchant, batch)
    total = sum(-row["amount"] if row["type"] in ("refund", "credit") else row["amount"] for row in rows)
    body = {
        "merchant": events.merchant_of(memory, merchant), "processor": {"id": group["method"]}, "batch_id": str(batch),
        "count": len(rows), "amount": f"{total / 100:.2f}", "transaction_ids": [str(row["id"]) for row in rows],
    }  # fmt: skip
    events.tell(memory, merchant, kind, body, at)
    if group["method"] == "ach":
        for row in rows:
            events.tell_of(memory, row["id"], "transaction.check.status.settle", at)
