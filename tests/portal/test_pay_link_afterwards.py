"""What becomes of a payment by link later: silence that ends, a bank that returns it, money that is given back."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message
from alarmdesk.payments.audit import audit
from alarmdesk.payments.janitor import NEVER_HEARD_AFTER, resolve_unknown
from alarmdesk.payments.models import Payment
from alarmdesk.payments.refunding import refund
from alarmdesk.payments.settling import settle
from alarmdesk.payments.taking import Wish, schedule_payment
from alarmdesk.payments.testing import make_bank_token, make_card_token, make_method, merchant_of
from alarmdesk.portal.pay_links import link_for
from tests.payments_pages.shop import Shop

NOON = dt.datetime(2026, 3, 2, 19, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(world: Any) -> Iterator[None]:
    """Noon of March 2, 2026, in Denver: for us and for the outside world."""
    world.set_clock(NOON)
    with clock.hold(NOON):
        yield
    world.set_clock(None)
    world.clear_faults()


@pytest.fixture
def aunt() -> Client:
    return Client(REMOTE_ADDR="10.3.3.3")


def link_to(shop: Shop) -> str:
    with inside(shop.company):
        return urlsplit(link_for(shop.invoice, today=TODAY)).path


def paid_by_card(shop: Shop, world: Any, aunt: Client) -> tuple[str, int]:
    """Where the receipt stands, and the payment's id."""
    token = make_card_token(world, shop.company, "4111111111111111")
    sent = {"token": token, "amount": "39.95", "receipt_to": "aunt@example.net"}
    answer = aunt.post(link_to(shop), sent)
    with inside(shop.company):
        return answer["Location"], Payment.objects.get(kind="sale").pk


def sales(shop: Shop, world: Any) -> list[str]:
    return [each["amount"] for each in world.statement(merchant_of(shop.company))["transactions"]]


def assert_books_balance(shop: Shop, at: dt.datetime) -> None:
    finding = audit(shop.company, now=at)
    assert [str(difference) for difference in finding.differences] == []


def test_silence_ends_with_a_receipt_and_one_charge(shop: Shop, aunt: Client, world: Any) -> None:
    world.fault("drop_after", path="transact", type="sale", times=1)
    receipt, _ = paid_by_card(shop, world, aunt)
    assert "Please do not pay again" in aunt.get(receipt).content.decode()
    with inside(shop.company):
        assert not Message.objects.filter(kind="receipt").exists()
    later = NOON + dt.timedelta(minutes=10)
    world.set_clock(later)
    resolve_unknown(shop.company, now=lambda: later)
    assert "Thank you. $39.95 is paid." in aunt.get(receipt).content.decode()
    with inside(shop.company):
        assert Message.objects.get(kind="receipt").to == "aunt@example.net"
    assert sales(shop, world) == ["39.95"]
    assert_books_balance(shop, later)


def test_a_charge_that_was_never_made_can_be_paid_again(shop: Shop, aunt: Client, world: Any) -> None:
    world.fault("drop_before", path="transact", type="sale", times=1)
    receipt, _ = paid_by_card(shop, world, aunt)
    later = NOON + NEVER_HEARD_AFTER + dt.timedelta(minutes=10)
    world.set_clock(later)
    resolve_unknown(shop.company, now=lambda: later)
    assert "The payment did not go through" in aunt.get(receipt).content.decode()
    token = make_card_token(world, shop.company, "4111111111111111")
    again = aunt.post(link_to(shop), {"token": token, "amount": "39.95", "receipt_to": ""}, follow=True)
    assert "Thank you. $39.95 is paid." in again.content.decode()
    assert sales(shop, world) == ["39.95"]


def test_a_debit_that_the_bank_returns_is_due_again(shop: Shop, aunt: Client, world: Any) -> None:
    token = make_bank_token(world, shop.company, "10000001")
    sent = {"token": token, "amount": "39.95", "receipt_to": "", "agreed": "on"}
    receipt = aunt.post(f"{link_to(shop)}bank-account/", sent)["Location"]
    assert f"Invoice {shop.invoice.number} is paid" in aunt.get(link_to(shop)).content.decode()
    for days in range(1, 12):
        world.set_clock(NOON + days * DAY)
        settle(shop.company, at=NOON + days * DAY)
    with inside(shop.company):
        payment = Payment.objects.get()
        assert (payment.status, payment.return_code, payment.applied) == ("returned", "R01", 0)
    assert "This payment was taken back" in aunt.get(receipt).content.decode()
    assert "$39.95" in aunt.get(link_to(shop)).content.decode()
    assert_books_balance(shop, NOON + 12 * DAY)


def test_money_given_back_makes_the_invoice_due_again(shop: Shop, aunt: Client, world: Any) -> None:
    receipt, payment_id = paid_by_card(shop, world, aunt)
    refund(shop.company, payment_id, None, today=TODAY, now=clock.now, actor=SYSTEM)
    assert "This payment was cancelled" in aunt.get(receipt).content.decode()
    assert f"Pay invoice {shop.invoice.number}" in aunt.get(link_to(shop)).content.decode()
    assert_books_balance(shop, NOON)


def test_a_payment_that_is_arranged_for_later_is_told(shop: Shop, aunt: Client, world: Any) -> None:
    with inside(shop.company):
        method = make_method(shop.nora)
    wish = Wish(shop.nora.pk, method.pk, [shop.invoice.pk])
    schedule_payment(shop.company, wish, TODAY + 5 * DAY, at=NOON, actor=SYSTEM)
    page = aunt.get(link_to(shop)).content.decode()
    assert "will be charged on Mar 7, 2026" in page
    assert "Visa" not in page
    token = make_card_token(world, shop.company, "4111111111111111")
    assert aunt.post(link_to(shop), {"token": token, "amount": "39.95"}).status_code == 302
    assert sales(shop, world) == []
