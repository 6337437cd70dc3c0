"""How does a test say where webhooks go, send them again, and see what became of them?

/control/webhooks: GET (`?merchant=NAME`) lists the deliveries; DELETE forgets endpoints and deliveries; POST takes
  {"merchant", "url", "secret", "events": ["*"]}  sends this merchant's events there; answers the secret,
  {"resend": "evt_...", "times": 20}              sends an event again, so many times,
  {"send": true}                                  answers when nothing is due any more.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulators.clock import iso
from simulators.stripe.delivering import Postman
from simulators.stripe.shelf import Shelf, new_id
from simulators.world import Universe

SHOWN = ("event_id", "kind", "url", "tries", "status")


class Webhooks:
    """The handler of /control/webhooks."""

    def __init__(self, universe: Universe, postman: Postman) -> None:
        self.universe, self.memory, self.postman = universe, universe.memory, postman

    async def answer(self, request: Request) -> Response:
        """One of the verbs above. Raises ValueError for what cannot be understood."""
        if request.method == "DELETE":
            with self.memory.transaction():
                self.memory.run("DELETE FROM stripe_object WHERE kind = 'webhook_endpoint'")
                self.memory.run("DELETE FROM delivery")
        told: dict[str, Any] = {}
        if request.method == "POST":
            told = await self._do(json.loads(await request.body()))
        rows = self.memory.all(
            "SELECT d.*, m.name FROM delivery d JOIN merchant m ON m.id = d.merchant_id"
            " WHERE ? IN ('', m.name) ORDER BY d.id", request.query_params.get("merchant", ""),
        )  # fmt: skip
        listing = [
            {"merchant": row["name"], "is_forged": bool(row["is_forged"]),
             "due_at": iso(row["due_at"]) if row["due_at"] is not None else None, **{name: row[name] for name in SHOWN}}
            for row in rows
        ]  # fmt: skip
        return JSONResponse(told | {"deliveries": listing})

    async def _do(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent.get("url"):
            return {"secret": self._open(sent)}
        if sent.get("resend"):
            self._resend(str(sent["resend"]), int(sent.get("times", 1)))
        elif not sent.get("send"):
            raise ValueError("say url, resend or send")
        await self.postman.flush()
        return {}

    def _open(self, sent: dict[str, Any]) -> str:
        row = self.memory.one("SELECT id FROM merchant WHERE name = ?", str(sent.get("merchant", "")))
        if row is None:
            raise ValueError("no such merchant")
        secret = str(sent.get("secret") or f"whsec_{secrets.token_hex(16)}")
        Shelf(self.memory, row["id"]).put(
            {
                "id": new_id("webhook_endpoint"), "object": "webhook_endpoint", "created": self.universe.clock.now(),
                "livemode": False, "description": None, "metadata": {}, "status": "enabled", "url": str(sent["url"]),
                "enabled_events": [str(each) for each in sent.get("events", ["*"])], "_secret": secret,
            }
        )  # fmt: skip
        return secret

    def _resend(self, event_id: str, times: int) -> None:
        now = self.universe.clock.now()
        with self.memory.transaction():
            row = self.memory.one("SELECT * FROM delivery WHERE event_id = ? ORDER BY id LIMIT 1", event_id)
            if row is None:
                raise ValueError("no such event was ever sent")
            for _ in range(times):
                self.memory.run(
                    "INSERT INTO delivery (merchant_id, event_id, kind, url, secret, body, first_at, due_at, status)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting')",
                    row["merchant_id"], event_id, row["kind"], row["url"], row["secret"], row["body"],
                    row["first_at"], now,
                )  # fmt: skip
