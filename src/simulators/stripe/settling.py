"""When does money that Stripe took become available, and what comes back later?

A diary of steps, worked off in their order before any request is answered, each at its own due instant, however late
it is noticed: `send` a debit to the bank, `collect` it (or learn that it failed), `dispute` a charge, finish a bank
refund, and the daily `payout` at the merchant's cut-off of what is available then. Real money takes two days more and
the bank's days vary; a payout a day is what tests need (assumed).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from simulators.clock import next_cutoff
from simulators.memory import Memory
from simulators.stripe import refunding, rules
from simulators.stripe.calls import Desk
from simulators.stripe.charging import book
from simulators.stripe.shelf import Document, Shelf, new_id

DAY = 86_400


def desk_of(memory: Memory, merchant: sqlite3.Row, now: int, request_id: str = "", key: str = "") -> Desk:
    """The desk of a merchant at an instant."""
    shelf = Shelf(memory, merchant["id"])
    return Desk(memory, shelf, merchant["id"], merchant["cutoff"], now, request_id, key)


def settle_due(memory: Memory, now: int) -> int:
    """Do everything that is due at `now`; answers how many steps were taken."""
    if memory.one("SELECT 1 FROM stripe_step WHERE at <= ? LIMIT 1", now) is None:
        return 0
    taken = 0
    with memory.transaction():
        while True:
            step = memory.one("SELECT * FROM stripe_step WHERE at <= ? ORDER BY at, id LIMIT 1", now)
            if step is None:
                return taken
            memory.run("DELETE FROM stripe_step WHERE id = ?", step["id"])
            merchant = memory.one("SELECT * FROM merchant WHERE id = ?", step["merchant_id"])
            if merchant is not None:
                _take(desk_of(memory, merchant, step["at"]), step)
            taken += 1


def close_batches(memory: Memory, now: int, *, checks: bool = False) -> int:
    """Pay out now instead of at the cut-off; with `checks` debits on their way are collected first."""
    with memory.transaction():
        memory.run("UPDATE OR REPLACE stripe_step SET at = ? WHERE what = 'send' AND at > ?", now, now)
    taken = settle_due(memory, now)
    if checks:
        with memory.transaction():
            memory.run("UPDATE OR REPLACE stripe_step SET at = ? WHERE what = 'collect' AND at > ?", now, now)
        taken += settle_due(memory, now)
    with memory.transaction():
        for merchant in memory.all("SELECT * FROM merchant"):
            taken += _pay_out(desk_of(memory, merchant, now), available_by=2**40)
    return taken


def _take(desk: Desk, step: sqlite3.Row) -> None:
    if step["what"] == "payout":
        _pay_out(desk, available_by=desk.now)
        return
    thing = desk.shelf.find(step["object_id"])
    verbs: dict[str, Callable[[Desk, Document], None]] = {
        "send": _send, "collect": _collect, "dispute": refunding.dispute_by_rule, "refunded": refunding.finish,
    }  # fmt: skip
    if thing is not None:
        verbs[step["what"]](desk, thing)


def _send(desk: Desk, charge: Document) -> None:
    """The bank has the debit: it cannot be cancelled any more."""
    desk.memory.run("UPDATE txn SET condition = 'pending' WHERE id = ?", desk.shelf.txn_of(charge["id"]))


def _collect(desk: Desk, charge: Document) -> None:
    """A debit succeeds or fails."""
    intent = desk.shelf.get("payment_intent", charge["payment_intent"])
    behaviour = desk.shelf.account_of(charge["payment_method"]).behaviour
    if behaviour.startswith("fail:"):
        _fail(desk, intent, charge, behaviour.removeprefix("fail:"))
        return
    number, amount = desk.shelf.txn_of(charge["id"]), charge["amount"]
    entry = book(
        desk, charge, kind="payment", amount=amount, fee=rules.fee("ach", amount), txn_id=number,
        available_on=next_cutoff(desk.now, desk.cutoff),
    )  # fmt: skip
    desk.shelf.change(
        charge, status="succeeded", captured=True, amount_captured=amount, balance_transaction=entry["id"]
    )
    desk.shelf.change(intent, status="succeeded", amount_received=amount, processing=None)
    desk.tell("charge.succeeded", charge)
    desk.tell("payment_intent.succeeded", intent)
    kind, _, code = behaviour.partition(":")
    if kind in ("return", "dispute"):
        days = rules.LATE_RETURN_DAYS.get(code, 3) if kind == "return" else 1
        desk.later(entry["available_on"] + days * DAY, "dispute", charge["id"])


def _fail(desk: Desk, intent: Document, charge: Document, code: str) -> None:
    network, message = rules.BANK_FAILURES[code]
    error = {
        "charge": charge["id"], "code": code, "message": message, "network_decline_code": network or None,
        "type": "invalid_request_error",
    }  # fmt: skip
    desk.shelf.change(charge, status="failed", paid=False, failure_code=code, failure_message=message)
    desk.shelf.change(
        intent, status="requires_payment_method", last_payment_error=error, payment_method=None, processing=None
    )
    desk.memory.run(
        "UPDATE txn SET condition = 'failed', return_code = ? WHERE id = ?", network, desk.shelf.txn_of(charge["id"])
    )
    desk.tell("charge.failed", charge)
    desk.tell("payment_intent.payment_failed", intent)


def _pay_out(desk: Desk, *, available_by: int) -> int:
    """One payout of all that is available and was not paid out; answers how many entries it holds."""
    where = (
        "merchant_id = ? AND kind = 'balance_transaction' AND parent = ''"
        " AND json_extract(document, '$.available_on') <= ?"
    )
    sums = desk.memory.one(
        f"SELECT count(*), coalesce(sum(json_extract(document, '$.net')), 0) FROM stripe_object WHERE {where}",  # noqa: S608
        desk.merchant_id, available_by,
    )  # fmt: skip
    if sums is None or not sums[0]:
        return 0
    payout: Document = {
        "id": new_id("payout"), "object": "payout", "amount": sums[1], "arrival_date": desk.now, "automatic": True,
        "balance_transaction": None, "created": desk.now, "currency": "usd", "description": "STRIPE PAYOUT",
        "destination": None, "livemode": False, "metadata": {}, "method": "standard",
        "reconciliation_status": "completed", "status": "paid", "type": "bank_account",
    }  # fmt: skip
    desk.memory.run(
        "UPDATE txn SET batch_id = ?, condition ="  # noqa: S608
        " CASE WHEN condition IN ('pendingsettlement', 'pending') THEN 'complete' ELSE condition END"
        f" WHERE id IN (SELECT txn_id FROM stripe_object WHERE {where})",
        payout["id"], desk.merchant_id, available_by,
    )  # fmt: skip
    desk.memory.run(
        "UPDATE stripe_object SET parent = ?, document = json_set(document, '$.status', 'available')"  # noqa: S608
        f" WHERE {where}",
        payout["id"], desk.merchant_id, available_by,
    )  # fmt: skip
    own: Document = {
        "id": new_id("balance_transaction"), "object": "balance_transaction", "amount": -sums[1],
        "available_on": desk.now, "created": desk.now, "currency": "usd", "description": "STRIPE PAYOUT",
        "exchange_rate": None, "fee": 0, "fee_details": [], "net": -sums[1], "reporting_category": "payout",
        "source": payout["id"], "status": "available", "type": "payout",
    }  # fmt: skip
    payout["balance_transaction"] = own["id"]
    desk.shelf.put(payout)
    desk.shelf.put(own, owner=payout["id"], parent=payout["id"])
    desk.tell("payout.paid", payout)
    return int(sums[0])
