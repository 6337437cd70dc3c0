"""How is one story told at two gateways? The fixture `dialect` says whose words the shop's gateway speaks; what no port
covers, the hand behind the curtain of the simulated world, has its two names here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.payments.gateways import choosing
from alarmdesk.payments.gateways.stripe import WEBHOOK_EVENTS
from alarmdesk.payments.models import Gateway
from alarmdesk.payments.testing import merchant_of

both_dialects = pytest.mark.parametrize("dialect", ["nmi", "stripe"])
mostly_slow = pytest.mark.parametrize("dialect", ["nmi", pytest.param("stripe", marks=pytest.mark.slow)])
"""For long stories: at NMI always, at Stripe in `make test-slow`."""
PATHS = {"nmi": "transact", "stripe": "stripe"}
QUESTIONS = {"nmi": "query", "stripe": "stripe-query"}
NAMES = {"nmi": "transaction_id", "stripe": "payment_intent"}
DISPUTES = {"nmi": "chargeback", "stripe": "dispute"}


def fault(world: Any, dialect: str, what: str, kind: str = "*", **more: Any) -> None:
    """Script a fault for requests that change something: `kind` is sale, refund, void ..."""
    world.fault(what, path=PATHS[dialect], type=kind, **more)


def deaf(world: Any, dialect: str, **more: Any) -> None:
    """The gateway answers no question any more."""
    world.fault("drop_before", path=QUESTIONS[dialect], **more)


def repeat(world: Any, dialect: str, external_id: str) -> None:
    """The gateway makes a charge a second time, by its own mistake."""
    world.control(f"{dialect}/repeat", {NAMES[dialect]: external_id})


def dispute(world: Any, dialect: str, external_id: str, **more: Any) -> None:
    """The cardholder takes a settled sale back."""
    world.control(f"{dialect}/{DISPUTES[dialect]}", {NAMES[dialect]: external_id, **more})


def moved(world: Any, company: Company, kind: str = "sale") -> list[dict[str, Any]]:
    """The rows of the gateway's statement that stand: what was drawn and what was given back."""
    rows = world.statement(merchant_of(company))["transactions"]
    return [row for row in rows if row["type"] == kind and row["status"] in ("pending", "settled")]


def amounts(world: Any, company: Company, kind: str = "sale") -> list[Decimal]:
    """What these rows come to, one by one."""
    return [Decimal(row["amount"]) for row in moved(world, company, kind)]


def listen(world: Any, company: Company, site: str, *, key: str = "the signing key of the merchant") -> None:
    """The gateway sends what it has to say to the company's address, signed with the key."""
    with inside(company):
        gateway = Gateway.objects.get(is_active=True)
        gateway.webhook_code = f"code-{company.pk}"
        gateway.credentials = {**gateway.credentials, "webhook_key": key}
        gateway.save()
    kinds = WEBHOOK_EVENTS if gateway.kind == Gateway.Kind.STRIPE else ("*",)
    world.webhooks(merchant_of(company), f"{site}/hooks/{company.slug}/code-{company.pk}/", secret=key, events=kinds)


@contextmanager
def impatient(seconds: float) -> Iterator[None]:
    """Nobody waits longer than that for an answer of the gateway."""
    usual, settings.GATEWAY_ANSWER_SECONDS = settings.GATEWAY_ANSWER_SECONDS, seconds
    wires = (choosing._clients, choosing._stripe_wire)
    try:
        for wire in wires:
            wire.cache_clear()
        yield
    finally:
        settings.GATEWAY_ANSWER_SECONDS = usual
        for wire in wires:
            wire.cache_clear()
