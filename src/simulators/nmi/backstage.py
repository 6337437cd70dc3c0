"""What may a test make happen at the gateway that no request of a merchant could?

JSON under /control/nmi:
  chargeback {"transaction_id", "reason", "amount"?} the cardholder disputes it, or a part of it; one
                                                     chargeback.batch.complete
  reverse    {"transaction_id"}                      the latest dispute is won
  review     {"transaction_id", "approve": bool}     a sale that was held for review is let through or refused
  repeat     {"transaction_id"}                      the gateway makes a charge a second time, under the same order id
  charges    {"merchant", "charges": [{order_id, amount, method?}]}  charges of the past, many at once, for benches
How the Query API shows a dispute is not documented. Assumed: an action `chargeback` with minus the amount that it
takes, and the condition failed where that is all; taken back by `chargeback_reversal` with the amount that comes again.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.clock import next_cutoff, stamp
from simulators.nmi import events, rules
from simulators.nmi.accounts import Account, test_account
from simulators.nmi.transact import cents, read_amount
from simulators.world import Universe

COLUMNS = (
    "merchant_id, type, method, amount, order_id, condition, at, due_at, fingerprint, account, vault_id, response,"
    " code, text, authcode, details"
)


class Backstage:
    """The handlers of /control/nmi."""

    def __init__(self, universe: Universe) -> None:
        self.universe, self.memory = universe, universe.memory

    def routes(self) -> list[Route]:
        """Where each handler lives."""
        verbs = (self.chargeback, self.reverse, self.review, self.repeat, self.charges)
        return [Route(f"/control/nmi/{verb.__name__}", Told(verb), methods=["POST"]) for verb in verbs]

    def chargeback(self, sent: dict[str, Any]) -> dict[str, Any]:
        """A settled card sale is disputed."""
        row, now = self._sale(sent), self.universe.clock.now()
        if row["condition"] != "complete":
            raise ValueError("only a settled sale can be disputed")
        reason = str(sent.get("reason", "Fraud - Card Absent Environment"))
        amount = read_amount(str(sent["amount"])) if sent.get("amount") else row["amount"]
        if amount > row["amount"] - row["taken_back"]:
            raise ValueError("more than was charged")
        self._act(row, "chargeback", -amount, reason)
        if amount == row["amount"]:
            self.memory.run("UPDATE txn SET condition = 'failed', due_at = NULL WHERE id = ?", row["id"])
        else:
            self.memory.run("UPDATE txn SET taken_back = taken_back + ? WHERE id = ?", amount, row["id"])
        entry = {
            "id": str(row["id"] % 100_000), "date": stamp(now)[:8], "customer_name": "", "reason": reason,
            "cc_number": Account.load(row["account"]).masked, "amount": cents(amount),
        }  # fmt: skip
        body = {
            "merchant": events.merchant_of(self.memory, row["merchant_id"]), "processor": {"id": "cards"},
            "count": 1, "chargeback_amount": cents(amount), "chargebacks": [entry],
        }  # fmt: skip
        events.tell(self.memory, row["merchant_id"], "chargeback.batch.complete", body, now)
        return {"transaction_id": str(row["id"])}

    def reverse(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The dispute was decided for the merchant."""
        row = self._sale(sent)
        amount = -self.memory.number(
            "SELECT amount FROM action WHERE txn_id = ? AND type = 'chargeback' ORDER BY id DESC LIMIT 1", row["id"]
        )
        if not amount:
            raise ValueError("the sale is not disputed")
        self._act(row, "chargeback_reversal", amount, "Chargeback reversed")
        self.memory.run(
            "UPDATE txn SET taken_back = CASE condition WHEN 'failed' THEN 0 ELSE taken_back - ? END,"
            " condition = 'complete' WHERE id = ?", amount, row["id"],
        )  # fmt: skip
        return {"transaction_id": str(row["id"])}

    def review(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Somebody at the gateway has looked at a held sale."""
        row, now = self._sale(sent), self.universe.clock.now()
        if row["condition"] != rules.IN_REVIEW:
            raise ValueError("the sale is not held for review")
        merchant = self.memory.one("SELECT cutoff FROM merchant WHERE id = ?", row["merchant_id"])
        if sent.get("approve") and merchant is not None:
            self._change(row, "pendingsettlement", "1", rules.APPROVED, next_cutoff(now, merchant["cutoff"]))
        else:
            self._change(row, "failed", "2", rules.verdict_of("200"), None)
        events.tell_of(
            self.memory, row["id"], f"transaction.sale.{'success' if sent.get('approve') else 'failure'}", now
        )
        return {"transaction_id": str(row["id"])}

    def repeat(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The same charge once more, as a gateway's own mistake."""
        row = self._sale(sent)
        number = self.memory.run(
            f"INSERT INTO txn ({COLUMNS}, batch_id) SELECT {COLUMNS}, batch_id FROM txn WHERE id = ?",  # noqa: S608
            row["id"],
        )
        self.memory.run(
            "INSERT INTO action (txn_id, type, amount, at, success, code, text, batch_id)"
            " SELECT ?, type, amount, at, success, code, text, batch_id FROM action WHERE txn_id = ? ORDER BY id",
            number, row["id"],
        )  # fmt: skip
        return {"transaction_id": str(number)}

    def charges(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Approved charges of now, all at once, on the test card; their ids in the order in which they were sent."""
        merchant = self.memory.one("SELECT * FROM merchant WHERE name = ?", str(sent.get("merchant", "")))
        account = test_account(self.memory.setting("salt"), rules.TEST_TOKEN_CARD)
        if merchant is None or account is None:
            raise ValueError("no such merchant")
        now, numbers, marks = self.universe.clock.now(), list[str](), ", ".join("?" * 16)
        for charge in sent["charges"]:
            amount = read_amount(str(charge["amount"]))
            number = self.memory.run(
                f"INSERT INTO txn ({COLUMNS}) VALUES ({marks})",  # noqa: S608
                merchant["id"], "sale", "card", amount, str(charge["order_id"]), "pendingsettlement", now,
                next_cutoff(now, merchant["cutoff"]), account.fingerprint, account.dump(), "", "1", "100", "SUCCESS",
                "000000", "{}",
            )  # fmt: skip
            self.memory.run(
                "INSERT INTO action (txn_id, type, amount, at, success, code, text)"
                " VALUES (?, 'sale', ?, ?, 1, '100', 'SUCCESS')", number, amount, now,
            )  # fmt: skip
            numbers.append(str(number))
        return {"transaction_ids": numbers}

    def _sale(self, sent: dict[str, Any]) -> sqlite3.Row:
        row = self.memory.one("SELECT * FROM txn WHERE id = ? AND type = 'sale'", str(sent.get("transaction_id", "")))
        if row is None:
            raise ValueError("no such sale")
        return row

    def _act(self, row: sqlite3.Row, kind: str, amount: int, text: str) -> None:
        self.memory.run(
            "INSERT INTO action (txn_id, type, amount, at, success, code, text, batch_id)"
            " VALUES (?, ?, ?, ?, 1, '100', ?, ?)",
            row["id"], kind, amount, self.universe.clock.now(), text, row["batch_id"],
        )  # fmt: skip

    def _change(
        self, row: sqlite3.Row, condition: str, response: str, verdict: rules.Verdict, due_at: int | None
    ) -> None:
        self.memory.run(
            "UPDATE txn SET condition = ?, response = ?, code = ?, text = ?, due_at = ? WHERE id = ?",
            condition, response, verdict.code, verdict.text, due_at, row["id"],
        )  # fmt: skip
        self.memory.run(
            "UPDATE action SET success = ?, code = ?, text = ?, at = ? WHERE txn_id = ?",
            int(response == "1"), verdict.code, verdict.text, self.universe.clock.now(), row["id"],
        )  # fmt: skip


class Told:
    """A handler behind a route: JSON in, JSON out, all or nothing; 400 with a sentence for what cannot be."""

    def __init__(self, verb: Any) -> None:
        self.verb = verb

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        memory = self.verb.__self__.memory
        response: Response
        try:
            sent = json.loads(await request.body() or b"{}")
            with memory.transaction():
                answer = self.verb(sent)
            response = JSONResponse(answer)
        except (ValueError, KeyError, TypeError, sqlite3.IntegrityError) as problem:
            response = JSONResponse({"error": str(problem)}, status_code=400)
        await response(scope, receive, send)
