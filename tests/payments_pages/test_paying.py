"""The office takes a payment: the exact amount, once, and what the gateway said."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import make_billed_customer, make_invoice
from alarmdesk.messaging.models import Message
from alarmdesk.payments.allocating import allocate
from alarmdesk.payments.models import BillingMethod, Gateway, Payment
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.testing import make_card_token, make_cash_payment, make_method, merchant_of
from simulators.nmi.rules import card_answering
from tests.payments_pages.shop import Shop, make_shop, signed_in


@pytest.fixture
def visa(shop: Shop) -> BillingMethod:
    with inside(shop.company):
        return make_method(shop.nora)


def pay_url(shop: Shop, *invoices: Invoice) -> str:
    chosen = "&".join(f"invoice={invoice.pk}" for invoice in invoices or (shop.invoice,))
    return shop.of_nora(f"payments/pay/?{chosen}")


def sent(method: BillingMethod, amount: str = "39.95", **fields: str) -> dict[str, str]:
    return {"method": str(method.pk), "amount": amount, **fields}


def sales(shop: Shop, world: Any) -> list[str]:
    found = world.statement(merchant_of(shop.company))["transactions"]
    return [each["amount"] for each in found if each["type"] == "sale"]


def all_payments(shop: Shop) -> list[Payment]:
    with inside(shop.company):
        return list(shop.company.payments.order_by("pk"))


def due(shop: Shop) -> Decimal:
    with inside(shop.company):
        return Invoice.objects.get(pk=shop.invoice.pk).due


def test_a_payment_moves_exactly_what_the_page_said(shop: Shop, rosa: Client, visa: BillingMethod, world: Any) -> None:
    receipt = {"email_receipt": "on", "receipt_to": "office@example.com"}
    answer = rosa.post(pay_url(shop), sent(visa, **receipt))
    (payment,) = all_payments(shop)
    assert answer.url == shop.url(f"payments/{payment.pk}/")
    assert (payment.status, payment.amount, payment.created_by) == ("pending", Decimal("39.95"), "Rosa Calderon")
    assert due(shop) == 0
    assert sales(shop, world) == ["39.95"]
    with inside(shop.company):
        assert list(Message.objects.filter(kind="receipt").values_list("to", flat=True)) == ["office@example.com"]
        shop.nora.refresh_from_db()
    assert shop.nora.email == "nora@example.com"


def test_a_refusal_is_told_in_the_gateways_words(shop: Shop, rosa: Client, world: Any) -> None:
    token = make_card_token(world, shop.company, card_answering(202))
    with inside(shop.company):
        broke = make_method(shop.nora, token)
    answer = rosa.post(pay_url(shop), sent(broke))
    assert answer.status_code == 422
    assert "Insufficient funds." in answer.content.decode()
    assert [payment.status for payment in all_payments(shop)] == ["failed"]
    assert due(shop) == Decimal("39.95")
    assert sales(shop, world) == []


def test_a_second_click_charges_nothing_more(shop: Shop, rosa: Client, visa: BillingMethod, world: Any) -> None:
    rosa.post(pay_url(shop), sent(visa))
    again = rosa.post(pay_url(shop), sent(visa))
    assert "Nothing more was charged" in again.content.decode()
    assert sales(shop, world) == ["39.95"]


def test_two_clicks_at_once_are_one_charge(shop: Shop, visa: BillingMethod, world: Any) -> None:
    world.fault("delay", seconds=1, path="transact", type="sale", times=2)
    answers = []

    def click() -> None:
        try:
            answers.append(signed_in(shop.rosa).post(pay_url(shop), sent(visa)).status_code)
        finally:
            connections.close_all()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    world.clear_faults()
    assert sorted(answers) in ([200, 302], [302, 422])
    assert sales(shop, world) == ["39.95"]
    assert len(all_payments(shop)) == 1


def test_an_unknown_outcome_is_a_calm_page_and_blocks_a_second_charge(
    shop: Shop, rosa: Client, visa: BillingMethod, world: Any
) -> None:
    world.fault("drop_after", path="transact", type="sale", times=1)
    page = rosa.post(pay_url(shop), sent(visa), follow=True).content.decode()
    assert "We are asking the gateway what became of this payment." in page
    assert [payment.status for payment in all_payments(shop)] == ["unknown"]
    again = rosa.post(pay_url(shop), sent(visa)).content.decode()
    assert "is under way" in again
    assert sales(shop, world) == ["39.95"]
    assert "under way" in rosa.get(shop.url(f"invoices/{shop.invoice.pk}/")).content.decode()


def test_another_amount_than_the_page_said_is_never_charged(
    shop: Shop, rosa: Client, visa: BillingMethod, world: Any
) -> None:
    with inside(shop.company):
        cash = make_cash_payment(shop.nora, "10.00")
        allocate(payment=cash, invoice=shop.invoice, amount=Decimal("10.00"), at=cash.created_at)
    answer = rosa.post(pay_url(shop), sent(visa, "39.95"))
    assert answer.status_code == 422
    assert "What is due has changed to $29.95. Nothing was charged." in answer.content.decode()
    assert 'value="29.95"' in answer.content.decode()
    assert sales(shop, world) == []


def test_wrong_credentials_charge_nothing(shop: Shop, rosa: Client, visa: BillingMethod) -> None:
    with inside(shop.company):
        Gateway.objects.update(credentials={"security_key": "wrong"})
    assert "Invalid credentials" in rosa.post(pay_url(shop), sent(visa)).content.decode()
    assert due(shop) == Decimal("39.95")


def test_somebody_elses_invoice_or_method_is_not_charged(
    shop: Shop, rosa: Client, visa: BillingMethod, world: Any
) -> None:
    with inside(shop.company):
        other = make_billed_customer(first_name="Omar", last_name="Reyes")
        theirs, card = make_invoice(other), make_method(other)
    assert "Nothing more was charged" in rosa.post(pay_url(shop, theirs), sent(visa)).content.decode()
    refused = rosa.post(pay_url(shop), sent(card))
    assert refused.status_code == 422
    assert "Select a valid choice" in refused.content.decode()
    assert sales(shop, world) == []


def test_the_invoice_page_offers_the_card(shop: Shop, rosa: Client, visa: BillingMethod) -> None:
    url = shop.url(f"invoices/{shop.invoice.pk}/")
    assert "Pay with Visa ending 1111" in rosa.get(url).content.decode()
    rosa.post(pay_url(shop), sent(visa))
    page = rosa.get(url).content.decode()
    assert "Pay with" not in page
    assert "Payment 1" in page


def test_who_may_not_process_does_not_pay(shop: Shop, visa: BillingMethod, world: Any) -> None:
    viewer = signed_in(make_staff(shop.company, payments.view))
    assert viewer.post(pay_url(shop), sent(visa)).status_code == 403
    rival = make_shop(world)
    assert signed_in(rival.rosa).post(pay_url(shop), sent(visa)).status_code == 404
    assert sales(shop, world) == []
