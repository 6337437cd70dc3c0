"""A payment without an answer is decided by hand, after the gateway was asked once more, and the trail says by whom."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib import clock
from alarmdesk.payments.models import Attempt, Gateway, GatewayEvent, Payment
from alarmdesk.payments.permissions import gateways
from alarmdesk.payments.refunding import refund
from alarmdesk.payments.settling import settle
from alarmdesk.payments.testing import make_method, make_payment
from tests.payments_pages.shop import Shop, signed_in

AN_HOUR = dt.timedelta(hours=1, minutes=1)


def stuck(shop: Shop, world: Any, fault: str = "drop_after", *, age: dt.timedelta = AN_HOUR) -> Payment:
    """A payment that the gateway has not answered, sent a while ago."""
    with inside(shop.company):
        method = make_method(shop.nora)
    world.fault(fault, path="transact", type="sale", times=1)
    payment = make_payment(shop.company, method, shop.invoice, at=clock.now() - age)
    assert payment.status == "unknown"
    return payment


def exchange_account(shop: Shop, world: Any) -> None:
    """The old merchant account is closed: its key is good for nothing."""
    with inside(shop.company):
        Gateway.objects.update(credentials={"security_key": "closed"})


def attempt_of(shop: Shop, payment: Payment) -> Attempt:
    with inside(shop.company):
        return payment.attempts.get()


def decide_url(shop: Shop, payment: Payment) -> str:
    return shop.url(f"settings/gateway/unanswered/{attempt_of(shop, payment).pk}/")


def due(shop: Shop) -> Any:
    with inside(shop.company):
        return Invoice.objects.get(pk=shop.invoice.pk).due


def test_it_was_charged_by_hand(shop: Shop, rosa: Client, world: Any) -> None:
    payment = stuck(shop, world)
    exchange_account(shop, world)
    assert "Decide by hand" in rosa.get(shop.url("settings/gateway/unanswered/")).content.decode()
    page = rosa.get(decide_url(shop, payment)).content.decode()
    assert "does not accept the key of this account any more" in page
    assert attempt_of(shop, payment).key in page
    said = {"decision": "charged", "charged-external_id": "900777", "charged-note": "Seen in the merchant portal."}
    assert rosa.post(decide_url(shop, payment), said).status_code == 302
    attempt = attempt_of(shop, payment)
    assert (attempt.state, attempt.external_id, attempt.code) == ("approved", "900777", "by-hand")
    assert due(shop) == 0
    with inside(shop.company):
        assert "Decided by hand by Rosa Calderon" in GatewayEvent.objects.order_by("-pk")[0].raw
        payment.refresh_from_db()
    assert payment.status == "pending"


def test_it_was_not_made_by_hand_and_the_invoice_can_be_paid_again(shop: Shop, rosa: Client, world: Any) -> None:
    payment = stuck(shop, world, "drop_before")
    exchange_account(shop, world)
    refused = rosa.post(decide_url(shop, payment), {"decision": "not_made", "not_made-note": ""})
    assert refused.status_code == 422
    rosa.post(decide_url(shop, payment), {"decision": "not_made", "not_made-note": "Not in the portal."})
    with inside(shop.company):
        payment.refresh_from_db()
    assert payment.status == "failed"
    assert "Decided by hand by Rosa Calderon: it was not made. Not in the portal." in payment.failure
    assert due(shop) > 0
    assert "Every payment has its answer" in rosa.get(shop.url("settings/gateway/unanswered/")).content.decode()


def test_what_the_gateway_knows_goes_before_what_a_person_says(shop: Shop, rosa: Client, world: Any) -> None:
    payment = stuck(shop, world)
    page = rosa.get(decide_url(shop, payment)).content.decode()
    assert "Write down what the gateway says" in page
    assert "It was not made" not in page
    refused = rosa.post(decide_url(shop, payment), {"decision": "not_made", "not_made-note": "I am sure."})
    assert refused.status_code == 422
    assert attempt_of(shop, payment).state == "unknown"
    rosa.post(decide_url(shop, payment), {"decision": "follow"})
    assert attempt_of(shop, payment).state == "approved"
    assert due(shop) == 0


def test_nobody_decides_while_the_gateway_may_still_answer(shop: Shop, rosa: Client, world: Any) -> None:
    payment = stuck(shop, world, age=dt.timedelta(minutes=5))
    exchange_account(shop, world)
    answer = rosa.post(decide_url(shop, payment), {"decision": "not_made", "not_made-note": "Surely."})
    assert "less than an hour ago" in answer.content.decode()
    assert attempt_of(shop, payment).state == "unknown"


@pytest.mark.parametrize("decision", ["charged", "not_made"])
def test_deciding_takes_the_grant(shop: Shop, world: Any, decision: str) -> None:
    payment = stuck(shop, world)
    viewer = signed_in(make_staff(shop.company, gateways.view))
    assert viewer.post(decide_url(shop, payment), {"decision": decision}).status_code == 403
    assert viewer.get(shop.url("settings/gateway/unanswered/")).status_code == 403


@pytest.mark.parametrize(
    ("decision", "status", "left"),
    [("charged", "pending", Decimal("10.00")), ("not_made", "failed", Decimal("0.00"))],
    ids=["it was refunded", "it was not made"],
)
def test_a_refund_without_an_answer_is_decided_by_hand(
    shop: Shop, rosa: Client, world: Any, decision: str, status: str, left: Decimal
) -> None:
    with inside(shop.company):
        method = make_method(shop.nora)
    paid = make_payment(shop.company, method, shop.invoice, at=clock.now() - 2 * AN_HOUR)
    world.settle()
    settle(shop.company, at=clock.now())
    world.fault("drop_before", path="transact", type="refund", times=1)
    sent_at = clock.now() - AN_HOUR
    refunded = refund(
        shop.company, paid.pk, Decimal("10.00"), today=shop.company.local_date(sent_at), now=lambda: sent_at,
        actor=shop.rosa.actor(),
    )  # fmt: skip
    assert refunded.status == "unknown"
    exchange_account(shop, world)
    assert "It was refunded" in rosa.get(decide_url(shop, refunded)).content.decode()
    said = {"charged-external_id": "900778", "charged-note": "Seen.", "not_made-note": "Not there."}
    assert rosa.post(decide_url(shop, refunded), {"decision": decision, **said}).status_code == 302
    with inside(shop.company):
        refunded.refresh_from_db()
        paid.refresh_from_db()
    assert (refunded.status, paid.refunded) == (status, left)
    assert due(shop) == left


def test_a_void_without_an_answer_is_decided_by_hand(shop: Shop, rosa: Client, world: Any) -> None:
    with inside(shop.company):
        method = make_method(shop.nora)
    paid = make_payment(shop.company, method, shop.invoice, at=clock.now() - 2 * AN_HOUR)
    world.fault("drop_before", path="transact", type="void", times=1)
    sent_at = clock.now() - AN_HOUR
    refund(
        shop.company, paid.pk, None, today=shop.company.local_date(sent_at), now=lambda: sent_at,
        actor=shop.rosa.actor(),
    )  # fmt: skip
    exchange_account(shop, world)
    with inside(shop.company):
        void = paid.attempts.get(verb="void")
    url = shop.url(f"settings/gateway/unanswered/{void.pk}/")
    assert "It was voided" in rosa.get(url).content.decode()
    rosa.post(url, {"decision": "charged", "charged-external_id": "900779", "charged-note": "Seen as voided."})
    with inside(shop.company):
        paid.refresh_from_db()
    assert paid.status == "cancelled"
    assert due(shop) == shop.invoice.total
