"""What does every endpoint get to know, and how does it tell the world what happened?"""

from __future__ import annotations

from dataclasses import dataclass, field

from simulators.memory import Memory
from simulators.stripe import delivering
from simulators.stripe.forms import Params
from simulators.stripe.shelf import Document, Shelf, new_id

API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class Desk:
    """The place where something happens to one merchant at an instant (seconds since 1970)."""

    memory: Memory
    shelf: Shelf
    merchant_id: int
    cutoff: str
    now: int
    request_id: str = ""
    idempotency_key: str = ""
    noticed: list[Document] = field(default_factory=list)

    def tell(self, kind: str, thing: Document) -> None:
        """Write an event; it is sent to every endpoint that wants its kind, after the commit."""
        event: Document = {
            "id": new_id("event"), "object": "event", "api_version": API_VERSION, "created": self.now,
            "data": {"object": thing}, "livemode": False, "pending_webhooks": 0, "type": kind,
            "request": {"id": self.request_id or None, "idempotency_key": self.idempotency_key or None},
        }  # fmt: skip
        event["pending_webhooks"] = delivering.line_up(self.memory, self.merchant_id, event, self.now)
        self.shelf.put(event, owner=kind)

    def later(self, at: int, what: str, identity: str = "") -> None:
        """Put a step into the diary of `settling`."""
        self.memory.run(
            "INSERT OR IGNORE INTO stripe_step (merchant_id, at, what, object_id) VALUES (?, ?, ?, ?)",
            self.merchant_id, at, what, identity,
        )  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One authenticated request: its desk, its parameters and the ids in its path."""

    desk: Desk
    params: Params
    path: str
    ids: tuple[str, ...]
    is_public: bool = False  # with the publishable key, from Stripe.js

    @property
    def shelf(self) -> Shelf:
        """The merchant's objects."""
        return self.desk.shelf
