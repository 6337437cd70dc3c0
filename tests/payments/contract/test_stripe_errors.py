"""Which of Stripe's answers leave it open whether money moved? Canned answers, one for each that the world can give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import stripe

from alarmdesk.payments.gateways.port import Answer, BadCredentials, ChargeRequest, NoAnswer, Outcome
from alarmdesk.payments.gateways.stripe import Stripe
from alarmdesk.payments.gateways.stripe_wire import Wire

CHARGE = ChargeRequest(
    key="k1", vault_id="cus_1/pm_1", kind="card", amount=Decimal("89.97"), description="Invoice 1001", recurring=True,
    by_customer=False,
)  # fmt: skip


class Canned(Wire):
    """A wire with one answer; remembers what was sent."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(connect=1, answer=1)
        self.answer, self.sent = (status, body), list[tuple[str, str, dict[str, str], str]]()

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: object
    ) -> tuple[str, int, Mapping[str, str]]:
        self.sent.append((method, url, dict(headers or {}), post_data or ""))
        status, body = self.answer
        if not status:
            raise stripe.APIConnectionError(body)
        return body, status, {}


def sell(status: int, body: str) -> tuple[Answer, Canned]:
    """One sale whose answer is canned."""
    wire = Canned(status, body)
    return Stripe("sk_test", "pk_test", "whsec", wire, "http://stripe.example").sale(CHARGE), wire


def error(kind: str, **more: object) -> str:
    return json.dumps({"error": {"type": kind, "message": "Said so", **more}})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (0, "ReadTimeout"),
        (500, error("api_error")),
        (502, "<html>Bad Gateway</html>"),
        (503, ""),
        (200, "<html>Welcome to the hotel</html>"),
        (200, ""),
        (200, "{}"),
        (200, "[]"),
        (402, "<html>Payment Required</html>"),
        (409, error("idempotency_error", code="idempotency_key_in_use")),
        (400, error("idempotency_error")),
        (429, error("invalid_request_error", code="rate_limit")),
    ],
)
def test_no_answer(status: int, body: str) -> None:
    with pytest.raises(NoAnswer):
        sell(status, body)


@pytest.mark.parametrize("status", [401, 403])
def test_bad_credentials(status: int) -> None:
    with pytest.raises(BadCredentials):
        sell(status, error("invalid_request_error"))


def test_what_stripe_will_not_do_moved_nothing() -> None:
    answer, _ = sell(400, error("invalid_request_error", code="resource_missing"))
    assert (answer.outcome, answer.message, answer.is_hard) == (Outcome.DECLINED, "Said so.", False)


@pytest.mark.parametrize(
    ("told", "code", "is_hard"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, "insufficient_funds", False),
        ({"code": "card_declined", "decline_code": "stolen_card"}, "stolen_card", True),
        ({"code": "authentication_required"}, "authentication_required", True),
        ({"code": "expired_card", "decline_code": "expired_card"}, "expired_card", False),
        ({}, "declined", False),
    ],
)
def test_declines_keep_the_intent_that_they_left_behind(told: dict[str, str], code: str, is_hard: bool) -> None:
    answer, _ = sell(402, error("card_error", payment_intent={"id": "pi_1"}, **told))
    assert (answer.outcome, answer.external_id, answer.code, answer.is_hard) == (
        Outcome.DECLINED, "pi_1", code, is_hard,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("succeeded", Outcome.APPROVED), ("processing", Outcome.APPROVED), ("requires_capture", Outcome.HELD),
        ("requires_action", Outcome.HELD), ("canceled", Outcome.VOIDED), ("requires_payment_method", Outcome.DECLINED),
        ("a_word_of_tomorrow", None),
    ],
)  # fmt: skip
def test_every_status_has_a_meaning_and_an_unknown_one_is_no_answer(status: str, outcome: Outcome | None) -> None:
    intent = json.dumps({"id": "pi_1", "object": "payment_intent", "status": status, "latest_charge": "ch_1"})
    if outcome is None:
        with pytest.raises(NoAnswer):
            sell(200, intent)
    else:
        assert sell(200, intent)[0].outcome is outcome


def test_one_call_carries_our_key_twice_and_is_not_repeated_by_the_package() -> None:
    intent = json.dumps({"id": "pi_1", "object": "payment_intent", "status": "succeeded", "latest_charge": "ch_1"})
    _, wire = sell(200, intent)
    [(method, url, headers, body)] = wire.sent
    assert (method, url) == ("post", "http://stripe.example/v1/payment_intents")
    assert headers["Idempotency-Key"] == "k1"
    assert headers["Authorization"] == "Bearer sk_test"
    assert "metadata[attempt_id]=k1" in body
    assert "amount=8997" in body
    assert "telemetry" not in json.dumps(headers).lower()
    wire = Canned(500, error("api_error"))
    with pytest.raises(NoAnswer):
        Stripe("sk_test", "pk_test", "whsec", wire, "http://stripe.example").sale(CHARGE)
    assert len(wire.sent) == 1


def test_two_dealers_share_a_wire_and_no_key() -> None:
    intent = json.dumps({"id": "pi_1", "object": "payment_intent", "status": "succeeded", "latest_charge": "ch_1"})
    wire = Canned(200, intent)
    ours, theirs = (Stripe(key, "pk", "whsec", wire, "http://stripe.example") for key in ("sk_ours", "sk_theirs"))
    for each in (ours, theirs, ours):
        each.sale(CHARGE)
    assert [headers["Authorization"] for _, _, headers, _ in wire.sent] == [
        "Bearer sk_ours", "Bearer sk_theirs", "Bearer sk_ours",
    ]  # fmt: skip
    assert stripe.api_key is None
    assert "sk_ours" not in repr(ours)
