"""How does one story reach two gateways? A counter each: the adapter, and the few things in which the worlds differ."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from alarmdesk.lib.clients import Clients
from alarmdesk.payments.gateways.nmi import NMI
from alarmdesk.payments.gateways.port import (
    Answer,
    ChargeRequest,
    GatewayPort,
    StatementLine,
    StoredMethod,
    StoreRequest,
    Token,
)
from alarmdesk.payments.gateways.stripe import Stripe
from alarmdesk.payments.gateways.stripe_wire import Wire
from simulators.client import World

FRIDAY_NOON = dt.datetime(2027, 1, 15, 12, tzinfo=dt.UTC)
VISA = "4111111111111111"
ACCOUNT = "24413815"
ROUTING = "490000018"
PATIENCE = 2.0
turns = itertools.count(1)


@dataclass
class Counter:
    """Shop's account at one gateway of the simulated world."""

    world: World
    dialect: str
    port: GatewayPort
    key: str
    public_key: str
    turn: int = field(default_factory=lambda: next(turns))

    def token(self, number: str = VISA, *, kind: str = "card") -> Token:
        """What the hosted fields give for a card or bank account."""
        form = {"ccnumber": number, "ccexp": "1030", "cvv": "999"}
        if kind == "ach":
            form = {"checkname": "Ann Lee", "checkaba": ROUTING, "checkaccount": number}
        said = self._stripe_token(form, kind) if self.dialect == "stripe" else self._nmi_token(form, kind)
        return Token(said, kind)

    def _nmi_token(self, form: dict[str, str], kind: str) -> str:
        sent = {"tokenization_key": self.public_key, "payment_type": "ck" if kind == "ach" else "cc", "fields": form}
        return str(self._post("/token/create", json=sent)["token"])

    def _stripe_token(self, form: dict[str, str], kind: str) -> str:
        sent = {"key": self.public_key, "type": "card"}
        if kind == "ach":
            sent |= {
                "type": "us_bank_account", "us_bank_account[routing_number]": form["checkaba"],
                "us_bank_account[account_number]": form["checkaccount"], "billing_details[name]": form["checkname"],
                "us_bank_account[account_holder_type]": "individual",
            }  # fmt: skip
        else:
            sent |= {"card[number]": form["ccnumber"], "card[exp_month]": "10", "card[exp_year]": "2030"}
        return str(self._post("/v1/payment_methods", data=sent)["id"])

    def _post(self, path: str, **sent: Any) -> dict[str, Any]:
        answer = httpx.post(self.world.http + path, trust_env=False, **sent)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def stored(self, number: str = VISA, *, kind: str = "card") -> StoredMethod:
        """A method in the vault."""
        return self.port.store(
            StoreRequest(self.token(number, kind=kind), self.fresh("v"), "Ann Lee", "ann@lee.example")
        )

    def fresh(self, letter: str) -> str:
        """A key that no other test has."""
        self.turn = next(turns)
        return f"{letter}{self.turn:08d}"

    def wish(self, method: StoredMethod, amount: str, key: str = "", **more: Any) -> ChargeRequest:
        """A charge of a stored method, by the dealer's own run unless told otherwise."""
        told = {"recurring": True, "by_customer": False} | more
        return ChargeRequest(
            key=key or self.fresh("k"), vault_id=method.vault_id, kind=method.kind, amount=Decimal(amount),
            description="Invoice 1001", **told,
        )  # fmt: skip

    def sale(self, method: StoredMethod, amount: str, key: str = "", **more: Any) -> Answer:
        """Charge a stored method."""
        return self.port.sale(self.wish(method, amount, key, **more))

    def lines(self, *, days: int = 100) -> dict[str, StatementLine]:
        """The statement since the beginning, by our keys."""
        since = FRIDAY_NOON - dt.timedelta(days=1)
        return {line.key: line for line in self.port.statement(since, FRIDAY_NOON + dt.timedelta(days=days))}

    def fault(self, fault: str, *, type_: str = "*", **more: Any) -> None:
        """Script a fault for requests that change something."""
        self.world.fault(fault, path="stripe" if self.dialect == "stripe" else "transact", type=type_, **more)

    def dispute(self, external_id: str, *, is_won: bool = False, amount: str = "") -> None:
        """The cardholder takes a settled sale back, or an amount of it; or the dispute is decided for the dealer."""
        verb, name = ("win", "payment_intent") if is_won else ("dispute", "payment_intent")
        if self.dialect == "nmi":
            verb, name = ("reverse", "transaction_id") if is_won else ("chargeback", "transaction_id")
        self.world.control(f"{self.dialect}/{verb}", {name: external_id, "amount": amount})

    def truth(self) -> dict[str, Any]:
        """The simulator's own totals."""
        return dict(self.world.statement("Shop", summary=True)["totals"])


def open_counter(world: World, dialect: str, *, secret_key: str = "", webhook_key: str = "hook-key") -> Counter:
    """Shop at a gateway, on Friday noon."""
    if dialect == "stripe":
        key, public = "sk_test_shop", "pk_test_shop"
        wire = Wire(connect=PATIENCE, answer=PATIENCE)
        port: GatewayPort = Stripe(secret_key or key, public, webhook_key, wire, world.http, world.http)
    else:
        key, public = "shop-security-key", "shop-public-key"
        http = Clients(connect=PATIENCE, answer=PATIENCE)
        port = NMI(
            url=world.http, security_key=secret_key or key, tokenization_key=public, checks_duplicates=True, http=http,
            webhook_key=webhook_key,
        )  # fmt: skip
    world.merchant("Shop", security_key=key, tokenization_key=public)
    world.set_clock(FRIDAY_NOON)
    return Counter(world, dialect, port, key, public)
