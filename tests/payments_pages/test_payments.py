"""The list of payments, the customer's tab, and the page of one."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.lib import clock
from alarmdesk.payments.models import GatewayEvent, Payment
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.settling import settle
from alarmdesk.payments.testing import make_cash_payment, make_method, make_payment
from tests.payments_pages.shop import Shop, make_shop, signed_in


@pytest.fixture
def payment(shop: Shop) -> Payment:
    with inside(shop.company):
        method = make_method(shop.nora)
    return make_payment(shop.company, method, shop.invoice)


def test_processing_info_says_when_by_whom_and_the_gateways_number(shop: Shop, rosa: Client, payment: Payment) -> None:
    with inside(shop.company):
        number = payment.attempts.get().external_id
    for url in (shop.url("payments/"), shop.of_nora("payments/")):
        page = rosa.get(url).content.decode()
        assert f"{payment.created_at.astimezone(shop.company.zone):%m/%d/%Y} | " in page
        assert "by AlarmDesk" in page
        assert f"Sale Transaction ID: {number}" in page


def test_a_voided_payment_says_so(shop: Shop, rosa: Client, payment: Payment) -> None:
    with inside(shop.company):
        Payment.objects.filter(pk=payment.pk).update(status="cancelled")
    assert "<strong>VOIDED</strong>" in rosa.get(shop.url("payments/")).content.decode()


def test_the_page_shows_attempts_and_the_gateways_own_words(shop: Shop, rosa: Client, payment: Payment) -> None:
    page = rosa.get(shop.url(f"payments/{payment.pk}/")).content.decode()
    with inside(shop.company):
        attempt, event = payment.attempts.get(), GatewayEvent.objects.get()
    assert attempt.key in page
    assert event.raw.replace("&", "&amp;") in page
    assert f"/invoices/{shop.invoice.pk}/" in page
    assert "becomes Complete when the gateway settles it" in page


def test_a_settled_payment_is_complete(shop: Shop, rosa: Client, payment: Payment, world: Any) -> None:
    world.settle()
    settle(shop.company, at=clock.now())
    assert "This payment is complete." in rosa.get(shop.url(f"payments/{payment.pk}/")).content.decode()


def test_a_page_that_asks_is_told_when_it_is_over(shop: Shop, rosa: Client, payment: Payment) -> None:
    asked = {"HX-Request": "true", "HX-Target": "payment-status"}
    assert rosa.get(shop.url(f"payments/{payment.pk}/"), headers=asked).status_code == 286
    with inside(shop.company):
        Payment.objects.filter(pk=payment.pk).update(status="unknown")
    assert rosa.get(shop.url(f"payments/{payment.pk}/"), headers=asked).status_code == 200


def test_chips_and_search_narrow_the_list(shop: Shop, rosa: Client, payment: Payment) -> None:
    with inside(shop.company):
        cash = make_cash_payment(shop.nora, "12.50")
    assert f"/payments/{payment.pk}/" not in rosa.get(shop.url("payments/?show=unapplied")).content.decode()
    assert f"/payments/{cash.pk}/" in rosa.get(shop.url("payments/?show=unapplied")).content.decode()
    assert f"/payments/{cash.pk}/" in rosa.get(shop.url(f"payments/?q={cash.number}")).content.decode()
    assert "Nothing found" in rosa.get(shop.url("payments/?q=reyes")).content.decode()
    assert f"/payments/{cash.pk}/" in rosa.get(shop.url("payments/?show=complete")).content.decode()


def test_fifty_rows_take_no_more_queries_than_one(shop: Shop, rosa: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert rosa.get(shop.url("payments/")).status_code == 200
        return len(caught)

    with inside(shop.company):
        make_cash_payment(shop.nora, "1.00")
    queries()
    few = queries()
    with inside(shop.company):
        for _ in range(49):
            make_cash_payment(shop.nora, "1.00")
    assert queries() <= few


def test_a_rivals_payment_is_not_there(shop: Shop, payment: Payment, world: Any) -> None:
    rival = make_shop(world)
    theirs = signed_in(rival.rosa)
    assert theirs.get(shop.url(f"payments/{payment.pk}/")).status_code == 404
    assert theirs.get(rival.url(f"payments/{payment.pk}/")).status_code == 404
    assert "No payments yet" in theirs.get(rival.url("payments/")).content.decode()


def test_payments_take_a_grant(shop: Shop, payment: Payment) -> None:
    assert signed_in(make_staff(shop.company)).get(shop.url("payments/")).status_code == 403
    viewer = signed_in(make_staff(shop.company, payments.view))
    assert viewer.get(shop.url("payments/")).status_code == 200
    assert viewer.get(shop.url(f"payments/{payment.pk}/")).status_code == 200
