"""Where do Stripe's objects live, and how are they found, listed and expanded?

Each is one JSON document in the durable memory. Beside it stand the few things that lists filter by: `owner` (the
customer; of a balance transaction its source) and `parent` (the payment intent; of a balance transaction its
payout). Lists are newest first and consistent at once (docs).
"""

from __future__ import annotations

import json
import secrets
import string
from dataclasses import dataclass
from typing import Any

from simulators.memory import Memory
from simulators.nmi.accounts import Account
from simulators.stripe.forms import Params, listing
from simulators.stripe.problems import Problem, missing

LETTERS = string.ascii_letters + string.digits
PREFIXES = {
    "customer": "cus_", "payment_method": "pm_1", "setup_intent": "seti_1", "payment_intent": "pi_3", "charge": "ch_3",
    "payment": "py_3", "refund": "re_3", "balance_transaction": "txn_3", "payout": "po_1", "dispute": "dp_1",
    "event": "evt_1", "webhook_endpoint": "we_1", "mandate": "mandate_1", "request": "req_",
}  # fmt: skip
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
Document = dict[str, Any]


def new_id(kind: str) -> str:
    """An id that looks like Stripe's."""
    length = 14 if kind in ("customer", "request") else 23
    return PREFIXES[kind] + "".join(secrets.choice(LETTERS) for _ in range(length))


@dataclass(frozen=True)
class Shelf:
    """The objects of one merchant."""

    memory: Memory
    merchant_id: int

    def put(
        self, document: Document, *, owner: str = "", parent: str = "", txn_id: int | None = None, account: str = ""
    ) -> Document:
        """Keep a new object; `account` is what is known of a payment method beside its document."""
        self.memory.run(
            "INSERT INTO stripe_object (id, merchant_id, kind, owner, parent, created, txn_id, account, document)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            document["id"], self.merchant_id, document["object"], owner, parent, document["created"], txn_id, account,
            json.dumps(document),
        )  # fmt: skip
        return document

    def change(self, document: Document, *, owner: str | None = None, **fields: object) -> Document:
        """Write an object again, with these fields; answers it."""
        document.update(fields)
        self.memory.run(
            "UPDATE stripe_object SET document = ?, owner = coalesce(?, owner) WHERE id = ?",
            json.dumps(document), owner, document["id"],
        )  # fmt: skip
        return document

    def drop(self, document: Document) -> None:
        """Forget an object."""
        self.memory.run("DELETE FROM stripe_object WHERE id = ?", document["id"])

    def find(self, identity: str, kind: str = "") -> Document | None:
        """An object by its id, of this merchant only."""
        row = self.memory.one(
            "SELECT kind, document FROM stripe_object WHERE id = ? AND merchant_id = ?", identity, self.merchant_id
        )
        if row is None or (kind and row["kind"] != kind):
            return None
        found: Document = json.loads(row["document"])
        return found

    def get(self, kind: str, identity: str, param: str = "id") -> Document:
        """An object of this kind. Raises Problem when there is none."""
        found = self.find(identity, kind)
        if found is None:
            raise missing(kind, identity, param)
        return found

    def txn_of(self, identity: str) -> int:
        """The statement's row that belongs to an object."""
        return self.memory.number("SELECT txn_id FROM stripe_object WHERE id = ?", identity)

    def account_of(self, identity: str) -> Account:
        """The card or bank account behind a payment method."""
        row = self.memory.one("SELECT account FROM stripe_object WHERE id = ?", identity)
        if row is None:
            raise missing("payment_method", identity)
        return Account.load(row["account"])

    def page(self, kind: str, params: Params, *, path: str, **filters: str) -> Document:
        """A list object: newest first, `limit` (10, at most 100), `starting_after`, `created[gte]` and the like."""
        where, values = ["merchant_id = ?", "kind = ?"], [self.merchant_id, kind]
        for column, value in filters.items():
            if value:
                where.append(f"{column} = ?")
                values.append(value)
        for sign, instant in self._created(params):
            where.append(f"created {sign} ?")
            values.append(instant)
        for name, sign in (("starting_after", "<"), ("ending_before", ">")):
            if params.get(name):
                where.append(f"number {sign} (SELECT number FROM stripe_object WHERE id = ?)")  # noqa: S608
                values.append(self.get(kind, str(params[name]), name)["id"])
        limit = int(params.get("limit") or 10)
        if not 1 <= limit <= 100:
            raise Problem("This value must be between 1 and 100.", code="parameter_invalid_integer", param="limit")
        order = "ASC" if params.get("ending_before") else "DESC"
        sql = f"SELECT document FROM stripe_object WHERE {' AND '.join(where)} ORDER BY number {order} LIMIT ?"  # noqa: S608
        rows = self.memory.all(sql, *values, limit + 1)
        shown = [json.loads(row["document"]) for row in rows[:limit]]
        shown = shown if order == "DESC" else shown[::-1]
        return {"object": "list", "url": path, "has_more": len(rows) > limit, "data": shown}

    def _created(self, params: Params) -> list[tuple[str, int]]:
        given = params.get("created") or {}
        if isinstance(given, str):
            return [("=", int(given))]
        return [(COMPARISONS[name], int(value)) for name, value in given.items() if name in COMPARISONS]

    def expand(self, document: Document, params: Params) -> Document:
        """The document with the ids that `expand` names replaced by their objects. Raises Problem."""
        for path in listing(params, "expand"):
            self._expand(document, path.split("."), path)
        return document

    def _expand(self, value: Any, path: list[str], whole: str) -> None:
        if isinstance(value, list):
            for each in value:
                self._expand(each, path, whole)
        elif isinstance(value, dict):
            if path[0] not in value:
                raise Problem(f"This property cannot be expanded ({whole}).", code="property_expansion", param="expand")
            if isinstance(value[path[0]], str):
                value[path[0]] = self.find(value[path[0]]) or value[path[0]]
            if path[1:]:
                self._expand(value[path[0]], path[1:], whole)
