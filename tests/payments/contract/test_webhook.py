"""Is a webhook believed only when the gateway signed it, and does it say which operation it is about?"""

from __future__ import annotations

import datetime as dt
import http.server
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest

from alarmdesk.payments.gateways.port import Event, Forged
from tests.payments.contract.counters import FRIDAY_NOON, Counter

SECRET = "hook-key"
Heard = list[tuple[dict[str, str], bytes]]


@pytest.fixture
def ear(counter: Counter) -> Iterator[Heard]:
    """What the gateway sends to Shop's address: headers and body."""
    heard: Heard = []

    class Door(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    counter.world.webhooks("Shop", f"http://127.0.0.1:{server.server_address[1]}/hook", secret=SECRET)
    yield heard
    counter.world.control("webhooks", method="DELETE")
    server.shutdown()
    server.server_close()


def read(counter: Counter, heard: Heard, *, at: dt.datetime = FRIDAY_NOON) -> list[Event]:
    """Read all that came."""
    counter.world.deliveries(send=True)
    return [counter.port.read_webhook(headers, body, at=at) for headers, body in heard]


def test_a_sale_is_told_by_our_key_and_the_gateways_id(counter: Counter, ear: Heard) -> None:
    kept = counter.stored()
    answer = counter.sale(kept, "10.00", "k1")
    events = read(counter, ear)
    assert [each.external_id for each in events if each.key == "k1"][-1] == answer.external_id
    assert len({each.event_id for each in events}) == len(events)
    assert {each.at for each in events} == {FRIDAY_NOON}


def test_a_refund_is_told_by_its_own_key(counter: Counter, ear: Heard) -> None:
    sale = counter.sale(counter.stored(), "10.00", "k1")
    read(counter, ear)
    ear.clear()
    counter.world.advance(86_400)
    refund = counter.port.refund(key="r1", external_id=sale.external_id, amount=Decimal("4.00"))
    events = read(counter, ear, at=FRIDAY_NOON + dt.timedelta(days=1))
    assert refund.external_id in [each.external_id for each in events if each.key == "r1"]


def test_a_debit_that_comes_back_is_told(counter: Counter, ear: Heard) -> None:
    sale = counter.sale(counter.stored("10000001", kind="ach"), "10.00", "k1")
    read(counter, ear)
    ear.clear()
    counter.world.advance(30 * 86_400)
    events = read(counter, ear, at=FRIDAY_NOON + dt.timedelta(days=30))
    late = [each for each in events if "return" in each.kind or "dispute" in each.kind]
    assert late
    assert {each.external_id for each in late} == {sale.external_id}


def test_what_the_gateway_did_not_sign_is_forged(counter: Counter, ear: Heard) -> None:
    counter.sale(counter.stored(), "10.00", "k1")
    read(counter, ear)
    headers, body = ear[-1]
    for strange in (body.replace(b"k1", b"k2"), body + b" ", b"", b"{}"):
        with pytest.raises(Forged):
            counter.port.read_webhook(headers, strange, at=FRIDAY_NOON)
    for name in list(headers):
        if "signature" in name.lower():
            for value in ("", "t=1,v1=00", "t=x,s=y", "nonsense", headers[name].replace("1=", "0=")[:-1]):
                with pytest.raises(Forged):
                    counter.port.read_webhook({**headers, name: value}, body, at=FRIDAY_NOON)
    with pytest.raises(Forged):
        counter.port.read_webhook({}, body, at=FRIDAY_NOON)


def test_an_old_signature_of_stripe_is_not_taken_again(counter: Counter, ear: Heard) -> None:
    if counter.dialect != "stripe":
        pytest.skip("NMI signs a nonce and no time")
    counter.sale(counter.stored(), "10.00", "k1")
    read(counter, ear)
    headers, body = ear[-1]
    counter.port.read_webhook(headers, body, at=FRIDAY_NOON + dt.timedelta(seconds=300))
    for away in (301, -301):
        with pytest.raises(Forged):
            counter.port.read_webhook(headers, body, at=FRIDAY_NOON + dt.timedelta(seconds=away))
