"""How do webhooks reach AlarmDesk, and what can go wrong on their way?

Signed as Stripe signs (docs: `Stripe-Signature: t=,v1=`, HMAC-SHA256 over "t.body"), at least once, in no promised
order, tried again with growing pauses for three days of the simulator's clock until a 2xx answers. Durable: what a
killed process had not delivered is delivered by the next one.

Faults with path `webhook` (`type` is the event's, `order_id` its attempt_id): `late` by `seconds` of the clock,
`twice`, `reordered` (after the next one, or after a minute), `forged` (an invented event with a wrong signature goes
before the true one), `lost`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sqlite3
from fnmatch import fnmatchcase
from typing import Any

import httpx

from simulators.memory import Memory
from simulators.nmi import events
from simulators.world import Universe

PAUSES = (300, 1800, 7200, 18_000, 36_000, 43_200, 43_200, 43_200, 43_200)  # seconds between tries, docs: up to 3 days
AT_ONCE = 64
REORDER_PATIENCE = 60
TURN = 0.05
COPY = "INSERT INTO delivery (merchant_id, event_id, kind, url, secret, body, first_at, due_at, is_forged, status)"


def line_up(memory: Memory, merchant_id: int, event: dict[str, Any], now: int) -> int:
    """Write a delivery for every endpoint that wants the event; answers how many."""
    endpoints = memory.all(
        "SELECT document FROM stripe_object WHERE merchant_id = ? AND kind = 'webhook_endpoint'", merchant_id
    )
    wanted = [json.loads(row["document"]) for row in endpoints]
    wanted = [each for each in wanted if any(fnmatchcase(event["type"], pattern) for pattern in each["enabled_events"])]
    for endpoint in wanted:
        memory.run(
            COPY + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 'new')", merchant_id, event["id"], event["type"],
            endpoint["url"], endpoint["_secret"], json.dumps(event, indent=2), now, now,
        )  # fmt: skip
    return len(wanted)


def sign(body: str, secret: str, at: int) -> str:
    """The value of Stripe-Signature."""
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Postman:
    """Sends what is due, endpoint by endpoint in order."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.memory = universe.memory
        self._busy = asyncio.Lock()

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            if not await self.send_due():
                await asyncio.sleep(TURN)

    async def send_due(self) -> int:
        """Send one round of what is due now; answers how many were tried."""
        if self.memory.one("SELECT 1 FROM delivery WHERE due_at <= ? LIMIT 1", self.universe.clock.now()) is None:
            return 0
        async with self._busy, httpx.AsyncClient(timeout=10, trust_env=False) as client:
            self._plan()
            rows = self.memory.all(
                "SELECT * FROM delivery WHERE due_at <= ? ORDER BY due_at, id LIMIT ?",
                self.universe.clock.now(), AT_ONCE,
            )  # fmt: skip
            by_url: dict[str, list[sqlite3.Row]] = {}
            for row in rows:
                by_url.setdefault(row["url"], []).append(row)
            await asyncio.gather(*(self._send_all(client, each) for each in by_url.values()))
        return len(rows)

    async def flush(self) -> None:
        """Send until nothing is due any more."""
        while await self.send_due():
            pass

    def _plan(self) -> None:
        """Ask the script of faults once for each new delivery."""
        now = self.universe.clock.now()
        with self.memory.transaction():
            for row in self.memory.all("SELECT * FROM delivery WHERE status = 'new' AND due_at <= ? ORDER BY id", now):
                plan = self.universe.faults.plan("webhook", kind=row["kind"], order_id=_attempt_id(row["body"]))
                due_at, status = now, "waiting"
                if plan.fault == "late":
                    due_at = now + int(plan.seconds)
                elif plan.fault == "reordered":
                    due_at, status = now + REORDER_PATIENCE, "reordered"
                elif plan.fault == "lost":
                    self.memory.run("UPDATE delivery SET due_at = NULL, status = 'lost' WHERE id = ?", row["id"])
                    continue
                self.memory.run("UPDATE delivery SET due_at = ?, status = ? WHERE id = ?", due_at, status, row["id"])
                if plan.fault in ("twice", "forged"):
                    self._copy(row, now, is_forged=plan.fault == "forged")

    def _copy(self, row: sqlite3.Row, now: int, *, is_forged: bool) -> None:
        body, event_id = row["body"], row["event_id"]
        if is_forged:
            forged_id = "evt_forged" + hashlib.sha256(event_id.encode()).hexdigest()[:14]
            body, event_id = body.replace(event_id, forged_id), forged_id
        self.memory.run(
            COPY + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')", row["merchant_id"], event_id, row["kind"],
            row["url"], row["secret"], body, now, now - is_forged, int(is_forged),
        )  # fmt: skip

    async def _send_all(self, client: httpx.AsyncClient, rows: list[sqlite3.Row]) -> None:
        for row in rows:
            now = self.universe.clock.now()
            secret = "whsec_somebody_elses" if row["is_forged"] else row["secret"]
            headers = _headers(row["body"], secret, now)
            try:
                answer = await client.post(row["url"], content=row["body"].encode(), headers=headers)
                status = answer.status_code
            except httpx.HTTPError:
                status = 0
            self._note(row, status, now)

    def _note(self, row: sqlite3.Row, status: int, now: int) -> None:
        tries = row["tries"] + 1
        if httpx.codes.is_success(status) or row["is_forged"]:
            due_at, state = None, "sent"
        elif tries > len(PAUSES):
            due_at, state = None, "given up"
        else:
            due_at, state = now + PAUSES[tries - 1], "failed"
        with self.memory.transaction():
            self.memory.run(
                "UPDATE delivery SET tries = ?, due_at = ?, status = ? WHERE id = ?", tries, due_at, state, row["id"]
            )
            if not row["is_forged"]:
                self.memory.run(
                    "UPDATE delivery SET due_at = ?, status = 'waiting' WHERE status = 'reordered' AND merchant_id = ?",
                    now, row["merchant_id"],
                )  # fmt: skip


def _headers(body: str, secret: str, now: int) -> dict[str, str]:
    """As the gateway whose event it is sends it."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    if "event_body" in json.loads(body):
        return kind | {events.HEADER: events.sign(body, secret)}
    agent = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
    return kind | {"Stripe-Signature": sign(body, secret, now), "User-Agent": agent}


def _attempt_id(body: str) -> str:
    """What faults know the event's operation by: NMI's order_id, Stripe's metadata."""
    event = json.loads(body)
    if "event_body" in event:
        return str(event["event_body"].get("order_id", ""))
    thing = event["data"]["object"]
    return str((thing.get("metadata") or {}).get("attempt_id", ""))
