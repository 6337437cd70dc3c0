"""What no request of a merchant can do: disputes, reviews, mistakes of the gateway, and the webhooks about it all."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest

from simulators.client import World
from simulators.nmi.rules import card_answering
from tests.simulators.shop import CARD, CHECK, Query, Transact

SECRET = "the signing key"


class Ear:
    """Somebody who listens to webhooks: what came, as (header, body)."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((self.headers.get("Webhook-Signature", ""), body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def events(self) -> list[dict[str, object]]:
        return [json.loads(body) for _, body in self.heard]

    @property
    def kinds(self) -> list[object]:
        return [event["event_type"] for event in self.events]


@pytest.fixture
def ear(world: World) -> Iterator[Ear]:
    listener = Ear()
    world.webhooks("Shop", listener.url, secret=SECRET)
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


def test_every_step_of_a_sale_is_told_and_signed(world: World, transact: Transact, ear: Ear) -> None:
    sale = transact(type="sale", amount="30.00", orderid="S-1", **CARD)["transactionid"]
    transact(type="sale", amount="0.50", orderid="S-2", **CARD)
    world.settle()
    transact(type="refund", transactionid=sale, amount="10.00", orderid="R-1")
    world.deliveries("Shop", send=True)
    assert ear.kinds == [
        "transaction.sale.success",
        "transaction.sale.failure",
        "settlement.batch.complete",
        "transaction.refund.success",
    ]
    told = ear.events[0]["event_body"]
    assert isinstance(told, dict)
    assert (told["transaction_id"], told["order_id"], told["condition"]) == (sale, "S-1", "pendingsettlement")
    assert CARD["ccnumber"] not in str(ear.heard)
    batch = ear.events[2]["event_body"]
    assert isinstance(batch, dict)
    assert (batch["count"], batch["amount"], batch["transaction_ids"]) == (1, "30.00", [sale])
    for header, body in ear.heard:
        parts = dict(part.split("=", 1) for part in header.split(","))
        meant = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert parts["s"] == meant


@pytest.mark.parametrize(("account", "kind"), [("10000001", "return"), ("10000010", "latereturn")])
def test_bank_payments_tell_of_settlement_and_return(
    world: World, transact: Transact, ear: Ear, account: str, kind: str
) -> None:
    transact(type="sale", amount="30.00", orderid="A-1", **CHECK | {"checkaccount": account})
    world.set_clock("2027-06-01T00:00:00")
    world.deliveries("Shop", send=True)
    assert ear.kinds == [
        "transaction.sale.success",
        "settlement.batch.complete",
        "transaction.check.status.settle",
        f"transaction.check.status.{kind}",
    ]


def test_a_dispute_names_no_transaction_and_can_be_won(
    world: World, transact: Transact, query: Query, ear: Ear
) -> None:
    sale = transact(type="sale", amount="30.00", **CARD)["transactionid"]
    with pytest.raises(httpx.HTTPStatusError):
        world.control("nmi/chargeback", {"transaction_id": sale})  # not settled yet
    world.settle()
    world.control("nmi/chargeback", {"transaction_id": sale, "reason": "Goods not received"})
    world.deliveries("Shop", send=True)
    body = ear.events[-1]["event_body"]
    assert isinstance(body, dict)
    assert ear.kinds[-1] == "chargeback.batch.complete"
    assert (body["count"], body["chargeback_amount"]) == (1, "30.00")
    assert sale not in str(body)
    last = query(transaction_id=sale)[0].findall("action")[-1]
    assert (last.findtext("action_type"), last.findtext("amount")) == ("chargeback", "-30.00")
    assert world.statement("Shop")["totals"]["net"] == "0.00"
    world.control("nmi/reverse", {"transaction_id": sale})
    assert query(transaction_id=sale)[0].findtext("condition") == "complete"
    assert world.statement("Shop")["totals"]["net"] == "30.00"


@pytest.mark.parametrize(("approve", "condition"), [(True, "complete"), (False, "failed")])
def test_a_held_sale_waits_until_somebody_decides(
    world: World, transact: Transact, query: Query, ear: Ear, approve: bool, condition: str
) -> None:
    card = CARD | {"ccnumber": card_answering(900)}
    held = transact(type="sale", amount="30.00", **card)
    assert (held["response"], held["responsetext"]) == ("1", "Held for review")
    world.settle()
    assert query(transaction_id=held["transactionid"])[0].findtext("condition") == "in_progress"
    world.control("nmi/review", {"transaction_id": held["transactionid"], "approve": approve})
    world.settle()
    assert query(transaction_id=held["transactionid"])[0].findtext("condition") == condition
    world.deliveries("Shop", send=True)
    assert ear.kinds[0] == f"transaction.sale.{'success' if approve else 'failure'}"


def test_a_gateway_that_repeats_itself_is_on_its_own_statement(world: World, transact: Transact, query: Query) -> None:
    sale = transact(type="sale", amount="30.00", orderid="S-1", **CARD)["transactionid"]
    world.control("nmi/repeat", {"transaction_id": sale})
    assert len(query(order_id="S-1")) == 2
    assert world.statement("Shop")["totals"]["sales"] == "60.00"


def test_charges_of_a_bench_are_like_any_other(world: World, query: Query) -> None:
    charges = [{"order_id": f"B-{number}", "amount": "20.00"} for number in range(3)]
    made = world.control("nmi/charges", {"merchant": "Shop", "charges": charges})["transaction_ids"]
    world.settle()
    assert query(transaction_id=made[1])[0].findtext("order_id") == "B-1"
    assert world.statement("Shop")["totals"]["net"] == "60.00"
