"""What is the office told of money that the gateway holds for review, and a customer of money that is sent?"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.lib import clock
from alarmdesk.messaging.outbox import Words
from alarmdesk.payments.gateways.port import Outcome
from alarmdesk.payments.letters import deliver_all, receipt
from alarmdesk.payments.models import BillingMethod, Payment
from alarmdesk.payments.taking import Wish, schedule_payment
from tests.payments.plain_gateway import PlainGateway
from tests.payments_pages.shop import Shop

NOON = dt.datetime(2026, 3, 2, 19, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 2)
TOKEN = re.compile(r'name="token" value="([^"]+)"')
HOLDS = "The gateway holds $39.95 for review. Nothing moves until it has decided."


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlainGateway]:
    with clock.hold(NOON):
        yield PlainGateway().rule(monkeypatch)


@pytest.fixture
def visa(shop: Shop, gateway: PlainGateway) -> BillingMethod:
    with inside(shop.company):
        return BillingMethod.objects.create(
            customer=shop.nora, kind="card", brand="Visa", last_four="1111", gateway=shop.gateway, vault_id="v",
            created_at=NOON, created_by="test",
        )  # fmt: skip


def told(answer: Any) -> str:
    assert answer.redirect_chain
    return str(answer.content.decode())


def recorded(office: Client, shop: Shop, visa: BillingMethod, **fields: str) -> str:
    found = TOKEN.search(office.get(shop.of_nora("payments/take/")).content.decode())
    assert found
    sent = {"token": found[1], "method": f"on-file-{visa.pk}", "amount": "39.95", "spread": "oldest"}
    sent |= {"transaction_type": "sale", "process_now": "on", **fields}
    return told(office.post(shop.of_nora("payments/take/"), sent, follow=True))


def test_a_held_payment_of_a_form_is_not_told_as_charged(
    shop: Shop, rosa: Client, gateway: PlainGateway, visa: BillingMethod
) -> None:
    gateway.answers_next = Outcome.HELD
    page = recorded(rosa, shop, visa)
    assert HOLDS in page
    assert "was charged" not in page


def test_a_held_credit_is_not_told_as_sent(
    shop: Shop, rosa: Client, gateway: PlainGateway, visa: BillingMethod
) -> None:
    gateway.answers_next = Outcome.HELD
    page = recorded(rosa, shop, visa, transaction_type="credit", again="39.95")
    assert HOLDS in page
    assert "was sent to Visa" not in page


def test_whole_invoices_that_are_held_are_not_told_as_charged(
    shop: Shop, rosa: Client, gateway: PlainGateway, visa: BillingMethod
) -> None:
    gateway.answers_next = Outcome.HELD
    address = shop.of_nora(f"payments/pay/?invoice={shop.invoice.pk}")
    page = told(rosa.post(address, {"method": str(visa.pk), "amount": "39.95"}, follow=True))
    assert HOLDS in page
    assert "was charged" not in page


def test_a_scheduled_payment_that_is_held_when_processed_is_not_told_as_charged(
    shop: Shop, rosa: Client, gateway: PlainGateway, visa: BillingMethod
) -> None:
    wish = Wish(shop.nora.pk, visa.pk, [shop.invoice.pk])
    payment = schedule_payment(shop.company, wish, TODAY + dt.timedelta(days=5), at=NOON, actor=SYSTEM)
    gateway.answers_next = Outcome.HELD
    page = told(rosa.post(shop.url(f"payments/{payment.pk}/process/"), follow=True))
    assert HOLDS in page
    assert "was charged" not in page


def test_a_receipt_of_a_credit_leaves_once_it_is_approved_and_says_which_way_the_money_went(
    shop: Shop, rosa: Client, gateway: PlainGateway, visa: BillingMethod
) -> None:
    page = recorded(
        rosa,
        shop,
        visa,
        transaction_type="credit",
        amount="7.00",
        again="7.00",
        email_receipt="on",
        receipt_to="nora@example.com",
    )
    assert "$7.00 was sent to" in page
    with inside(shop.company):
        assert Payment.objects.get().receipt_to == "nora@example.com"
    assert deliver_all(shop.company, now=clock.now) == 1
    assert deliver_all(shop.company, now=clock.now) == 0
    with inside(shop.company):
        letter = shop.company.messages.get(kind="receipt")
        written = receipt(letter)
    assert (letter.to, letter.state) == ("nora@example.com", "sent")
    assert letter.subject == f"{shop.company.name} has sent you $7.00"
    assert isinstance(written, Words)
    assert f"{shop.company.name} has sent you $7.00 on Mar 2, 2026 (Visa ending 1111)." in written.text
    assert [name.partition("-")[0] for name, _, _ in written.attachments] == ["refund"]


def test_a_credit_that_is_refused_has_no_receipt(
    shop: Shop, rosa: Client, gateway: PlainGateway, visa: BillingMethod
) -> None:
    gateway.answers_next = Outcome.DECLINED
    found = TOKEN.search(rosa.get(shop.of_nora("payments/take/")).content.decode())
    assert found
    sent = {"token": found[1], "method": f"on-file-{visa.pk}", "amount": "7.00", "transaction_type": "credit"}
    sent |= {"again": "7.00", "email_receipt": "on", "receipt_to": "nora@example.com", "spread": "oldest"}
    assert rosa.post(shop.of_nora("payments/take/"), sent).status_code == 422
    with inside(shop.company):
        assert not shop.company.messages.exists()
