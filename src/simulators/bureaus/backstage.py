"""How does a test become a subscriber of a bureau, introduce people to it and read its log?

POST /control/bureaus/subscribers {"bureau": "transunion", "code", "secret"}
POST /control/bureaus/people      {"first", "last", "score"?, "flags"?: "frozen deceased no_hit no_score"}
GET  /control/bureaus/log?code=   what was asked, oldest first
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.bureaus import equifax, transunion
from simulators.bureaus.desk import Endpoint
from simulators.memory import row_values
from simulators.nmi.backstage import Told
from simulators.world import Universe

BUREAUS = {transunion.BUREAU: transunion.answer, equifax.BUREAU: equifax.answer}


class Bureaus:
    """The bureaus' own addresses, and the handlers of /control/bureaus."""

    def __init__(self, universe: Universe) -> None:
        self.universe, self.memory = universe, universe.memory

    def routes(self) -> list[Route]:
        """Where each lives."""
        return [
            *(
                Route(f"/{name}/xml", Endpoint(self.universe, name, work), methods=["POST"])
                for name, work in BUREAUS.items()
            ),
            Route("/control/bureaus/subscribers", Told(self.subscribe), methods=["POST"]),
            Route("/control/bureaus/people", Told(self.introduce), methods=["POST"]),
            Route("/control/bureaus/log", self.log, methods=["GET"]),
        ]

    def subscribe(self, sent: dict[str, Any]) -> dict[str, Any]:
        """A subscriber, or a new secret of one. Raises ValueError."""
        bureau, code, secret = (str(sent.get(name, "")) for name in ("bureau", "code", "secret"))
        if bureau not in BUREAUS or not code or not secret:
            raise ValueError("a subscriber has a bureau, a code and a secret")
        self.memory.run(
            "INSERT INTO bureau_subscriber (bureau, code, secret) VALUES (?, ?, ?)"
            " ON CONFLICT (bureau, code) DO UPDATE SET secret = excluded.secret",
            bureau, code, secret,
        )  # fmt: skip
        return {"bureau": bureau, "code": code}

    def introduce(self, sent: dict[str, Any]) -> dict[str, Any]:
        """A person with a file of their own, or another file of one."""
        first, last = (str(sent.get(name, "")).lower() for name in ("first", "last"))
        score = int(sent["score"]) if sent.get("score") else None
        self.memory.run(
            "INSERT INTO bureau_consumer (first, last, score, flags) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (last, first) DO UPDATE SET score = excluded.score, flags = excluded.flags",
            first, last, score, str(sent.get("flags", "")),
        )  # fmt: skip
        return {"first": first, "last": last}

    async def log(self, request: Request) -> Response:
        """The inquiries of a subscriber, or all."""
        code = request.query_params.get("code", "")
        rows = self.memory.all("SELECT * FROM bureau_inquiry WHERE ? IN ('', code) ORDER BY id", code)
        return JSONResponse({"inquiries": [row_values(row) for row in rows]})
