"""What does the gateway say by itself when something happened to a transaction?

Webhooks as NMI sends them: `{"event_id", "event_type", "event_body"}`, signed `Webhook-Signature: t=NONCE,s=HEX`, where
HEX is HMAC-SHA256 over "NONCE.body" under the merchant's signing key (docs). Kinds: transaction.{sale, auth, credit,
refund, void, capture}.{success, failure}; transaction.check.status.{settle, return, latereturn} for bank payments;
settlement.batch.complete, which names the transactions of the batch; chargeback.batch.complete, which names none: only
dates, amounts and last digits (seen). They go where /control/webhooks says, by the same postman as Stripe's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
import uuid
from fnmatch import fnmatchcase
from typing import Any

from simulators.clock import stamp
from simulators.memory import Memory
from simulators.nmi.accounts import Account

HEADER = "Webhook-Signature"


def sign(body: str, key: str) -> str:
    """The value of Webhook-Signature."""
    nonce = secrets.token_hex(8)
    return f"t={nonce},s={hmac.new(key.encode(), f'{nonce}.{body}'.encode(), hashlib.sha256).hexdigest()}"


def tell_of(memory: Memory, number: int, kind: str, now: int) -> None:
    """Something happened to a transaction: say so with its newest action, to whoever wants to know."""
    row = memory.one("SELECT t.*, m.name FROM txn t JOIN merchant m ON m.id = t.merchant_id WHERE t.id = ?", number)
    if row is None or not wants(memory, row["merchant_id"], kind):
        return
    action = memory.one("SELECT * FROM action WHERE txn_id = ? ORDER BY id DESC LIMIT 1", number)
    tell(memory, row["merchant_id"], kind, _transaction(row, action), now)


def tell(memory: Memory, merchant_id: int, kind: str, body: dict[str, Any], now: int) -> None:
    """Line an event up for every address that wants its kind."""
    event = {"event_id": str(uuid.uuid4()), "event_type": kind, "event_body": body}
    for endpoint in wants(memory, merchant_id, kind):
        memory.run(
            "INSERT INTO delivery (merchant_id, event_id, kind, url, secret, body, first_at, due_at, is_forged, status)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 'new')",
            merchant_id, event["event_id"], kind, endpoint["url"], endpoint["_secret"], json.dumps(event), now, now,
        )  # fmt: skip


def wants(memory: Memory, merchant_id: int, kind: str) -> list[dict[str, Any]]:
    """The addresses of a merchant that want this kind of event."""
    rows = memory.all(
        "SELECT document FROM stripe_object WHERE merchant_id = ? AND kind = 'webhook_endpoint'", merchant_id
    )
    endpoints = [json.loads(row["document"]) for row in rows]
    return [each for each in endpoints if any(fnmatchcase(kind, pattern) for pattern in each["enabled_events"])]


def merchant_of(memory: Memory, merchant_id: int) -> dict[str, str]:
    """Who the event is for, as its body says."""
    row = memory.one("SELECT name FROM merchant WHERE id = ?", merchant_id)
    return {"id": str(merchant_id), "name": row["name"] if row is not None else ""}


def _transaction(row: sqlite3.Row, action: sqlite3.Row | None) -> dict[str, Any]:
    is_card, account = row["method"] == "card", Account.load(row["account"])
    shown = {"cc_number": account.masked, "cc_exp": account.exp} if is_card else {"check_account": account.masked}
    return {
        "merchant": {"id": str(row["merchant_id"]), "name": row["name"]},
        "transaction_id": str(row["id"]),
        "transaction_type": "cc" if is_card else "ck",
        "condition": row["condition"],
        "order_id": row["order_id"],
        "authorization_code": row["authcode"],
        "card" if is_card else "check": shown,
        "action": _action(action) if action is not None else {},
    }


def _action(row: sqlite3.Row) -> dict[str, str]:
    sign_, cents = "-" if row["amount"] < 0 else "", abs(row["amount"])
    return {
        "amount": f"{sign_}{cents // 100}.{cents % 100:02d}",
        "action_type": row["type"],
        "date": stamp(row["at"]),
        "success": str(row["success"]),
        "response_text": row["text"],
        "response_code": row["code"],
    }
