"""What does Stripe answer when it will not?

Docs: the HTTP statuses, `error.type`, `code`, `decline_code`, `param`. `is_kept` tells whether the answer is stored
under the Idempotency-Key: only what happened after the parameters were found to be in order is.
"""

from __future__ import annotations

from typing import Any


class Problem(Exception):
    """A request that is refused; nothing of it is kept."""

    def __init__(
        self, message: str, *, code: str = "", param: str = "", status: int = 400, kind: str = "invalid_request_error",
        is_kept: bool = False, **more: object,
    ) -> None:  # fmt: skip
        super().__init__(message)
        named = {"code": code, "message": message, "param": param, "type": kind, **more}
        self.status, self.is_kept = status, is_kept
        self.body: dict[str, Any] = {"error": {name: value for name, value in named.items() if value}}


class Declined(Exception):
    """The card or account was refused; the intent is kept with its error. Carries the `error` object."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error.get("message")))
        self.error = error


def missing(kind: str, given: str, param: str = "id") -> Problem:
    """No such object."""
    name = kind.replace("_", " ") if kind in ("customer", "charge", "refund") else kind.title().replace("_", "")
    return Problem(f"No such {name}: '{given}'", code="resource_missing", param=param, status=404)


def unexpected_state(doing: str, intent: dict[str, Any]) -> Problem:
    """An intent that is not in a state for this."""
    return Problem(
        f"You cannot {doing} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state", is_kept=True, payment_intent=intent,
    )  # fmt: skip
