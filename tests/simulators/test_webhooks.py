"""Do webhooks arrive signed, at least once, also late, twice, out of order and beside forged ones?"""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from simulators.client import World
from tests.simulators.test_stripe import DAY, Till

SECRET = "whsec_shop"


class Ear:
    """Listens for webhooks; answers `status`, and keeps what came: (type, is the signature good, event id)."""

    def __init__(self) -> None:
        self.status, self.heard = 200, []
        ear = self

        class Door(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                ear.hear(self.rfile.read(int(self.headers["Content-Length"])), self.headers["Stripe-Signature"])
                self.send_response(ear.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    heard: list[tuple[str, bool, str]]

    def hear(self, body: bytes, signature: str) -> None:
        try:
            stripe.WebhookSignature.verify_header(body, signature, SECRET)
            is_good = True
        except stripe.SignatureVerificationError:
            is_good = False
        event: dict[str, Any] = json.loads(body)
        self.heard.append((event["type"], is_good, event["id"]))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.heard]


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.server.shutdown()
    ear.server.server_close()


@pytest.fixture
def till(world: World, ear: Ear) -> Till:
    world.merchant("Shop", security_key="sk_test_shop", tokenization_key="pk_test_shop")
    world.webhooks("Shop", ear.url, secret=SECRET, events=["charge.*", "payment_intent.*"])
    return Till(world)


def test_events_arrive_signed_and_in_order(till: Till, ear: Ear) -> None:
    intent = till.charge(till.stored("pm_card_visa"), 1000, "A1")
    till.world.deliveries(send=True)
    assert [(kind, is_good) for kind, is_good, _ in ear.heard] == [
        ("charge.succeeded", True), ("payment_intent.succeeded", True),
    ]  # fmt: skip
    event = till.client.events.retrieve(ear.heard[1][2])
    assert event.data.object["id"] == intent.id


def test_a_door_that_is_shut_is_knocked_at_again_with_growing_pauses(till: Till, ear: Ear) -> None:
    ear.status = 500
    till.charge(till.stored("pm_card_visa"), 1000, "A1")
    till.world.deliveries(send=True)
    assert len(ear.heard) == 2
    till.world.advance(299)
    till.world.deliveries(send=True)
    assert len(ear.heard) == 2
    till.world.advance(1)
    till.world.deliveries(send=True)
    assert len(ear.heard) == 4
    ear.status = 200
    till.world.advance(1800)
    assert [each["status"] for each in till.world.deliveries(send=True)] == ["sent", "sent"]
    assert len(ear.heard) == 6


def test_it_gives_up_after_three_days(till: Till, ear: Ear) -> None:
    ear.status = 500
    till.charge(till.stored("pm_card_visa"), 1000, "A1")
    for _ in range(16):
        till.world.deliveries(send=True)
        till.world.advance(DAY // 4)
    assert {(each["status"], each["tries"]) for each in till.world.deliveries()} == {("given up", 10)}


def test_late_twice_reordered_lost_and_forged(till: Till, ear: Ear) -> None:
    method = till.stored("pm_card_visa")
    till.world.fault("reordered", path="webhook", type="charge.succeeded", order_id="A1")
    till.world.fault("twice", path="webhook", type="payment_intent.succeeded", order_id="A2")
    till.world.fault("late", seconds=600, path="webhook", type="charge.succeeded", order_id="A2")
    till.world.fault("forged", path="webhook", type="payment_intent.succeeded", order_id="A3")
    till.world.fault("lost", path="webhook", type="charge.succeeded", order_id="A3")
    till.charge(method, 1000, "A1")
    till.world.deliveries(send=True)
    assert ear.kinds == ["payment_intent.succeeded", "charge.succeeded"]
    ear.heard.clear()
    till.charge(method, 1001, "A2")
    till.world.deliveries(send=True)
    assert ear.kinds == ["payment_intent.succeeded"] * 2
    assert len({event_id for _, _, event_id in ear.heard}) == 1
    ear.heard.clear()
    till.world.advance(600)
    till.world.deliveries(send=True)
    assert ear.kinds == ["charge.succeeded"]
    ear.heard.clear()
    till.charge(method, 1002, "A3")
    till.world.deliveries(send=True)
    assert [(kind, is_good) for kind, is_good, _ in ear.heard] == [
        ("payment_intent.succeeded", False), ("payment_intent.succeeded", True),
    ]  # fmt: skip
    assert ear.heard[0][2] != ear.heard[1][2]


def test_an_event_can_be_sent_again(till: Till, ear: Ear) -> None:
    till.charge(till.stored("pm_card_visa"), 1000, "A1")
    till.world.deliveries(send=True)
    event_id = ear.heard[1][2]
    till.world.resend(event_id, times=20)
    assert [each[2] for each in ear.heard[2:]] == [event_id] * 20
    assert all(is_good for _, is_good, _ in ear.heard)


def test_what_a_killed_process_had_not_sent_the_next_one_sends(own_world: World, ear: Ear) -> None:
    own_world.merchant("Shop", security_key="sk_test_shop")
    own_world.webhooks("Shop", ear.url, secret=SECRET, events=["payment_intent.succeeded"])
    own_world.fault("late", seconds=600, path="webhook")
    till = Till(own_world)
    till.charge(till.stored("pm_card_visa"), 1000, "A1")
    own_world.deliveries(send=True)
    own_world.kill()
    own_world.restart()
    assert ear.heard == []
    own_world.advance(600)
    own_world.deliveries(send=True)
    assert ear.kinds == ["payment_intent.succeeded"]
