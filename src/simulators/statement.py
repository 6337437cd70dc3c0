"""How much money really moved, whatever the books of AlarmDesk say?

The judge of the payment tests: every approved sale, captured authorization, refund and unlinked credit of a merchant,
also those whose answer was lost, and what became of it. Declined requests moved nothing and are not here.
`status`: pending, settled, voided, returned (by the bank, or charged back whole); `taken_back` is what a dispute took
of one that stands otherwise. `dialect` is whose words were spoken, and
`transaction_id`, `order_id` (Stripe: `metadata[attempt_id]`) and `batch_id` are in them. Amounts are text with two
places; instants ISO in UTC.
Totals: sales counts everything approved, voided and returned ones too, and
net = sales - voids - returns - refunds - credits (voided refunds and credits count nowhere but in their rows).
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

from simulators.clock import iso
from simulators.memory import Memory
from simulators.nmi.transact import cents

PAGE = 1000
COLUMNS = (
    "id, order_id, type, amount, method, condition, batch_id, at, refunded, taken_back, vault_id, original_id, dialect,"
    " external_id, (SELECT o.external_id FROM txn o WHERE o.id = txn.original_id) AS original_external"
)
MONEY = "response = '1' AND type IN ('sale', 'capture', 'refund', 'credit')"
STATUS = {"pendingsettlement": "pending", "pending": "pending", "complete": "settled", "canceled": "voided"}
TOTALS = f"""SELECT
  coalesce(sum(type IN ('sale', 'capture')), 0) AS sales_count,
  coalesce(sum(amount) FILTER (WHERE type IN ('sale', 'capture')), 0) AS sales,
  coalesce(sum(amount) FILTER (WHERE type IN ('sale', 'capture') AND condition = 'canceled'), 0) AS voids,
  coalesce(sum(CASE condition WHEN 'failed' THEN amount ELSE taken_back END) FILTER (WHERE type IN ('sale', 'capture')),
    0) AS returns,
  coalesce(sum(amount) FILTER (WHERE type = 'refund' AND condition != 'canceled'), 0) AS refunds,
  coalesce(sum(amount) FILTER (WHERE type = 'credit' AND condition != 'canceled'), 0) AS credits
  FROM txn WHERE merchant_id = ? AND {MONEY}"""  # noqa: S608 (no outside text in it)


def totals(db: sqlite3.Connection, merchant_id: int) -> dict[str, Any]:
    """The sums of one merchant."""
    row = db.execute(TOTALS, (merchant_id,)).fetchone()
    net = row["sales"] - row["voids"] - row["returns"] - row["refunds"] - row["credits"]
    sums = {name: cents(row[name]) for name in ("sales", "refunds", "voids", "returns", "credits")}
    return {"sales_count": row["sales_count"], **sums, "net": cents(net)}


def lines(db: sqlite3.Connection, merchant_id: int, *, after: int, limit: int) -> list[sqlite3.Row]:
    """The next `limit` money movements after this transaction id, oldest first."""
    sql = f"SELECT {COLUMNS} FROM txn WHERE merchant_id = ? AND {MONEY} AND id > ? ORDER BY id LIMIT ?"  # noqa: S608
    return db.execute(sql, (merchant_id, after, limit)).fetchall()


def line(row: sqlite3.Row) -> dict[str, Any]:
    """One movement as JSON."""
    return {
        "transaction_id": row["external_id"] or str(row["id"]), "dialect": row["dialect"],
        "order_id": row["order_id"], "type": row["type"],
        "amount": cents(row["amount"]), "method": row["method"],
        "status": STATUS.get(row["condition"], "returned"), "batch_id": row["batch_id"], "at": iso(row["at"]),
        "refunded": cents(row["refunded"]), "taken_back": cents(row["taken_back"]),
        "customer_vault_id": row["vault_id"],
        "original_transaction_id": row["original_external"] or str(row["original_id"] or ""),
    }  # fmt: skip


async def stream(memory: Memory, merchant_id: int, *, after: int, limit: int) -> AsyncIterator[str]:
    """The whole statement as JSON text, piece by piece, out of one consistent moment."""
    with memory.snapshot() as db:
        yield '{"transactions": ['
        separator, left = "", limit
        while left > 0:
            rows = lines(db, merchant_id, after=after, limit=min(PAGE, left))
            if not rows:
                break
            yield separator + ",\n".join(json.dumps(line(row)) for row in rows)
            await asyncio.sleep(0)  # a long statement must not keep the gateway waiting
            separator, after, left = ",\n", rows[-1]["id"], left - len(rows)
        yield f'], "totals": {json.dumps(totals(db, merchant_id))}}}'
