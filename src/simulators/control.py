"""How do tests, benches and the demo set the simulated world up and look behind its curtain?

JSON in, JSON out, under /control. There is no key: the process listens on the loopback address unless told otherwise.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from simulators import mail, statement
from simulators.clock import iso, read_iso
from simulators.nmi import settlement
from simulators.stripe import settling
from simulators.stripe.delivering import Postman
from simulators.stripe.webhooks import Webhooks
from simulators.world import Universe

NO_LIMIT = 2**40
MERCHANT_FIELDS = {
    "security_key": str, "tokenization_key": str, "username": str, "password": str, "duplicate_seconds": int,
    "duplicate_code": str, "duplicate_includes_order_id": int, "refunds_before_settlement": int, "cutoff": str,
}  # fmt: skip
Handler = Callable[[Request], Awaitable[Response]]


class Wrong(Exception):
    """The caller asked for something that cannot be; answered with 400 and the text."""


class Control:
    """The handlers of /control."""

    def __init__(self, universe: Universe, postman: Postman) -> None:
        self.universe = universe
        self.memory = universe.memory
        self.webhooks = Webhooks(universe, postman)

    def routes(self) -> list[Route]:
        """Where each handler lives."""
        return [
            Route("/control/merchants", _checked(self.merchants), methods=["GET", "POST"]),
            Route("/control/clock", _checked(self.clock), methods=["GET", "POST"]),
            Route("/control/settle", _checked(self.settle), methods=["POST"]),
            Route("/control/statement", _checked(self.statement), methods=["GET"]),
            Route("/control/faults", _checked(self.faults), methods=["GET", "POST", "DELETE"]),
            Route("/control/settings", _checked(self.settings), methods=["GET", "POST"]),
            Route("/control/webhooks", _checked(self.webhooks.answer), methods=["GET", "POST", "DELETE"]),
            Route("/control/reset", _checked(self.reset), methods=["POST"]),
            Route("/control/mail", _checked(self.mail), methods=["GET", "DELETE"]),
        ]

    async def merchants(self, request: Request) -> Response:
        """Make a merchant or change the named fields of one (by name); GET lists them without their keys."""
        if request.method == "POST":
            sent = await _sent(request)
            name, fields = str(sent.get("name") or ""), {k: v for k, v in sent.items() if k != "name"}
            if not name or set(fields) - set(MERCHANT_FIELDS):
                raise Wrong(f"a merchant has a name and may have {', '.join(MERCHANT_FIELDS)}")
            self._save_merchant(name, {key: MERCHANT_FIELDS[key](value) for key, value in fields.items()})
        rows = self.memory.all("SELECT * FROM merchant ORDER BY id")
        shown = ("name", "tokenization_key", "duplicate_seconds", "cutoff")
        return JSONResponse({"merchants": [{key: row[key] for key in shown} for row in rows]})

    def _save_merchant(self, name: str, fields: dict[str, Any]) -> None:
        with self.memory.transaction():
            if self.memory.one("SELECT 1 FROM merchant WHERE name = ?", name) is None:
                key = fields.get("security_key")
                if not key:
                    raise Wrong("a new merchant needs a security_key")
                self.memory.run("INSERT INTO merchant (name, security_key) VALUES (?, ?)", name, key)
            for field, value in fields.items():
                self.memory.run(f"UPDATE merchant SET {field} = ? WHERE name = ?", value, name)  # noqa: S608

    async def clock(self, request: Request) -> Response:
        """{"now": ISO}, {"advance_seconds": n} or {"real": true}; what became due is settled before the answer."""
        clock = self.universe.clock
        if request.method == "POST":
            sent = await _sent(request)
            if "now" in sent:
                clock.set(read_iso(str(sent["now"])))
            elif "advance_seconds" in sent:
                clock.advance(int(sent["advance_seconds"]))
            elif sent.get("real"):
                clock.make_real()
            else:
                raise Wrong("say now, advance_seconds or real")
            self._catch_up()
        return JSONResponse({"now": iso(clock.now()), "real": clock.is_real})

    async def settle(self, request: Request) -> Response:
        """Close the batches now; {"checks": true} also settles bank payments without their two business days."""
        sent = await _sent(request)
        checks, now = bool(sent.get("checks")), self.universe.clock.now()
        moved = settlement.close_batches(self.memory, now, checks=checks)
        return JSONResponse({"moved": moved + settling.close_batches(self.memory, now, checks=checks)})

    def _catch_up(self) -> None:
        """Do what is due in every dialect."""
        now = self.universe.clock.now()
        settlement.settle_due(self.memory, now)
        settling.settle_due(self.memory, now)

    async def statement(self, request: Request) -> Response:
        """The true money of ?merchant=NAME; &summary=1 totals only; &after=ID&limit=N for pages."""
        asked = request.query_params
        row = self.memory.one("SELECT id FROM merchant WHERE name = ?", asked.get("merchant", ""))
        if row is None:
            return JSONResponse({"error": "no such merchant"}, status_code=404)
        self._catch_up()
        if asked.get("summary"):
            return JSONResponse({"totals": statement.totals(self.memory.db, row["id"])})
        after, limit = int(asked.get("after", 0)), int(asked.get("limit", NO_LIMIT))
        return StreamingResponse(
            statement.stream(self.memory, row["id"], after=after, limit=limit), media_type="application/json"
        )

    async def faults(self, request: Request) -> Response:
        """POST a list to add, DELETE to clear, GET to see how often each fired."""
        if request.method == "POST":
            sent = json.loads(await request.body())
            self.universe.faults.add(sent if isinstance(sent, list) else [sent])
        elif request.method == "DELETE":
            self.universe.faults.clear()
        return JSONResponse({"faults": self.universe.faults.listing()})

    async def settings(self, request: Request) -> Response:
        """{"default_latency": seconds} for every request to the gateway."""
        if request.method == "POST":
            self.universe.faults.set_default_latency(float((await _sent(request)).get("default_latency", 0)))
        return JSONResponse({"default_latency": float(self.memory.setting("default_latency") or 0)})

    async def reset(self, _request: Request) -> Response:
        """Forget everything: merchants, money, vault, faults, clock and mail."""
        self.universe.reset()
        return JSONResponse({"reset": True})

    async def mail(self, request: Request) -> Response:
        """The messages, oldest first; ?to= and ?subject= narrow; DELETE forgets all."""
        if request.method == "DELETE":
            self.memory.run("DELETE FROM mail")
        found = mail.find(self.memory, to=request.query_params.get("to"), subject=request.query_params.get("subject"))
        return JSONResponse({"mail": [mail.as_json(row) for row in reversed(found)]})


async def _sent(request: Request) -> dict[str, Any]:
    body = await request.body()
    sent = json.loads(body) if body else {}
    if not isinstance(sent, dict):
        raise Wrong("expected a JSON object")
    return sent


def _checked(handler: Handler) -> Handler:
    """Answer 400 with a sentence for what cannot be understood."""

    async def checked(request: Request) -> Response:
        try:
            return await handler(request)
        except (Wrong, ValueError, TypeError, sqlite3.IntegrityError) as problem:
            return JSONResponse({"error": str(problem)}, status_code=400)

    return checked
