"""The office gives money back: the page says what the button will do, and then it is done, once."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib import clock
from alarmdesk.payments.models import Payment
from alarmdesk.payments.permissions import payments, processing
from alarmdesk.payments.settling import settle
from alarmdesk.payments.testing import make_cash_payment, make_method, make_payment, merchant_of
from tests.payments_pages.shop import Shop, make_shop, signed_in

TOKEN = re.compile(r'name="token" value="([^"]+)"')


@pytest.fixture
def paid(shop: Shop) -> Payment:
    """Nora's invoice of $39.95, charged and not settled yet."""
    with inside(shop.company):
        method = make_method(shop.nora)
    return make_payment(shop.company, method, shop.invoice)


def url(shop: Shop, payment: Payment, path: str = "refund/") -> str:
    return shop.url(f"payments/{payment.pk}/{path}")


def give_back(office: Client, shop: Shop, payment: Payment, amount: str = "", token: str = "") -> Any:
    found = TOKEN.search(office.get(url(shop, payment)).content.decode())
    token = token or (found[1] if found else "none")
    return office.post(url(shop, payment), {"token": token, "amount": amount, "note": "Sent twice"})


def statement(shop: Shop, world: Any) -> list[tuple[str, str]]:
    return [(one["type"], one["amount"]) for one in world.statement(merchant_of(shop.company))["transactions"]]


def fresh(shop: Shop, payment: Payment) -> Payment:
    with inside(shop.company):
        return Payment.objects.get(pk=payment.pk)


def refunds(shop: Shop, payment: Payment) -> list[tuple[str, Decimal]]:
    with inside(shop.company):
        return list(payment.refunds.order_by("pk").values_list("status", "amount"))


def due(shop: Shop) -> Decimal:
    with inside(shop.company):
        return Invoice.objects.get(pk=shop.invoice.pk).due


def settled(shop: Shop, world: Any) -> None:
    world.settle()
    settle(shop.company, at=clock.now())


def test_the_button_says_which_verb_it_is(shop: Shop, rosa: Client, paid: Payment, world: Any) -> None:
    page = rosa.get(url(shop, paid)).content.decode()
    assert "Void $39.95" in page
    assert "is never drawn" in page
    said = rosa.post(url(shop, paid, "refund/says/"), {"amount": "10"}).content.decode()
    assert "Queue Refund of $10.00" in said
    assert "queued and goes back once it has" in said
    assert "Only $39.95" in rosa.post(url(shop, paid, "refund/says/"), {"amount": "40"}).content.decode()
    settled(shop, world)
    assert "Refund $39.95" in rosa.get(url(shop, paid)).content.decode()


def test_the_page_says_which_invoice_is_owed_again_and_what_else_could_be_done(
    shop: Shop, rosa: Client, paid: Payment
) -> None:
    page = rosa.get(url(shop, paid)).content.decode()
    assert f"<strong>Invoice {shop.invoice.number} is owed again: $39.95.</strong>" in page
    assert shop.url(f"invoices/{shop.invoice.pk}/credit/") in page
    said = rosa.post(url(shop, paid, "refund/says/"), {"amount": "10"}).content.decode()
    assert f"Invoice {shop.invoice.number} is owed again: $10.00." in said
    with inside(shop.company):
        free = make_cash_payment(shop.nora, "25.00")
    unapplied = rosa.get(url(shop, free)).content.decode()
    assert "is owed again" not in unapplied
    assert "credit lowers the bill" not in unapplied
    refused = give_back(rosa, shop, paid, "40")
    assert refused.status_code == 422
    assert 'id="id_amount_error"' in refused.content.decode()
    assert refused.content.decode().count("write that much or less") >= 1


def test_blank_is_all_and_before_settlement_it_is_a_void(shop: Shop, rosa: Client, paid: Payment, world: Any) -> None:
    answer = give_back(rosa, shop, paid)
    assert answer.url == url(shop, paid, "")
    assert fresh(shop, paid).status == "cancelled"
    assert due(shop) == shop.invoice.total
    page = rosa.get(answer.url).content.decode()
    assert "<strong>VOIDED</strong>" in page
    assert "was voided. Nothing is charged." in page


def test_parts_go_back_after_settlement_and_never_more_than_the_whole(
    shop: Shop, rosa: Client, paid: Payment, world: Any
) -> None:
    settled(shop, world)
    assert give_back(rosa, shop, paid, "30.00").status_code == 302
    assert "<strong>PARTLY REFUNDED</strong>" in rosa.get(url(shop, paid, "")).content.decode()
    refused = give_back(rosa, shop, paid, "9.96")
    assert refused.status_code == 422
    assert "Only $9.95" in refused.content.decode()
    assert 'value="9.96"' in refused.content.decode()
    assert give_back(rosa, shop, paid, "$9.95").status_code == 302
    assert [amount for _, amount in refunds(shop, paid)] == [Decimal("-30.00"), Decimal("-9.95")]
    assert statement(shop, world) == [("sale", "39.95"), ("refund", "30.00"), ("refund", "9.95")]
    page = rosa.get(url(shop, paid, "")).content.decode()
    assert "<strong>REFUNDED</strong>" in page
    assert "/refund/" not in page
    assert "Nothing of" in rosa.get(url(shop, paid)).content.decode()
    rows = rosa.get(shop.url("payments/?show=refunds")).content.decode()
    assert "Refund Transaction ID: " in rows
    assert "−$30.00" in rows


def test_a_part_before_settlement_waits_and_can_be_called_off(
    shop: Shop, rosa: Client, paid: Payment, world: Any
) -> None:
    give_back(rosa, shop, paid, "10.00")
    with inside(shop.company):
        waiting = paid.refunds.get()
    page = rosa.get(url(shop, waiting, "")).content.decode()
    assert "It is given back as soon as" in page
    assert "Cancel the refund" in page
    rosa.post(url(shop, waiting, "refund/cancel/"))
    assert fresh(shop, waiting).status == "cancelled"
    assert due(shop) == 0
    assert statement(shop, world) == [("sale", "39.95")]


def test_cash_is_handed_out_and_put_on_record(shop: Shop, rosa: Client, world: Any) -> None:
    with inside(shop.company):
        cash = make_cash_payment(shop.nora, "25.00")
    assert "hand it to the customer" in rosa.get(url(shop, cash)).content.decode()
    give_back(rosa, shop, cash, "5.00")
    assert refunds(shop, cash) == [("complete", Decimal("-5.00"))]
    assert statement(shop, world) == []


@pytest.mark.parametrize("typed", ["ten", "-3", "0", "1.234"])
def test_nonsense_is_refused_and_kept(shop: Shop, rosa: Client, paid: Payment, typed: str) -> None:
    answer = give_back(rosa, shop, paid, typed)
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.content.decode()
    assert fresh(shop, paid).status == "pending"


def test_the_same_post_twice_gives_back_once(shop: Shop, rosa: Client, paid: Payment, world: Any) -> None:
    settled(shop, world)
    for _ in range(2):
        give_back(rosa, shop, paid, "10.00", token="the-same")
    assert statement(shop, world) == [("sale", "39.95"), ("refund", "10.00")]


def test_no_answer_is_said_calmly(shop: Shop, rosa: Client, paid: Payment, world: Any) -> None:
    settled(shop, world)
    world.fault("drop_after", path="transact", type="refund", times=1)
    give_back(rosa, shop, paid, "10.00")
    assert [status for status, _ in refunds(shop, paid)] == ["unknown"]
    assert "has not answered yet" in rosa.get(url(shop, paid, "")).content.decode()


def test_refunds_take_a_grant_and_a_rival_finds_none(shop: Shop, paid: Payment, world: Any) -> None:
    clerk = signed_in(make_staff(shop.company, payments.view, processing.create))
    assert clerk.post(url(shop, paid), {"token": "t"}).status_code == 403
    assert "/refund/" not in clerk.get(url(shop, paid, "")).content.decode()
    rival = signed_in(make_shop(world).rosa)
    assert rival.post(url(shop, paid), {"token": "t"}).status_code == 404
    assert fresh(shop, paid).status == "pending"


def test_the_log_tells_it_in_sentences(shop: Shop, rosa: Client, paid: Payment) -> None:
    page = rosa.get(url(shop, paid, "")).content.decode()
    assert "$39.95: the charge was sent to NMI" in page
    assert "NMI approved the charge" in page
    assert "<summary>Word for word</summary>" in page
    give_back(rosa, shop, paid)
    page = rosa.get(url(shop, paid, "")).content.decode()
    assert "$39.95: the void was sent to NMI" in page
