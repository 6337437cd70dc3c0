"""The list of payments, the customer's tab (F59), and the page of one (F60)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.testing import make_staff
from alarmdesk.lib import clock
from alarmdesk.payments.allocating import reverse_all
from alarmdesk.payments.models import BillingMethod, GatewayEvent, Payment
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.refunding import refund
from alarmdesk.payments.settling import settle
from alarmdesk.payments.testing import make_cash_payment, make_method, make_payment
from alarmdesk.portal.testing import make_holder
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


@pytest.mark.parametrize(("back", "word"), [("10.00", "Partly refunded"), ("25.00", "Refunded")])
def test_what_was_given_back_says_so_wherever_it_stands(shop: Shop, rosa: Client, back: str, word: str) -> None:
    with inside(shop.company):
        cash = make_cash_payment(shop.nora, "25.00")
        holder = make_holder(shop.nora)
    refund(
        shop.company, cash.pk, Decimal(back), today=shop.company.local_date(clock.now()), now=clock.now, actor=SYSTEM
    )  # fmt: skip
    pill = f">{word}</span>"
    for url in ("payments/", "payments/?show=refunds", f"payments/{cash.pk}/", f"customers/{shop.nora.pk}/payments/"):
        assert pill in rosa.get(shop.url(url)).content.decode(), url
    assert f"/payments/{cash.pk}/" not in rosa.get(shop.url("payments/?show=complete")).content.decode()
    page = rosa.get(shop.url(f"payments/{cash.pk}/")).content.decode()
    assert "This payment is complete." not in page
    assert "of this payment was given back." in page
    portal = Client()
    portal.force_login(holder.user)
    assert pill in portal.get(shop.url("portal/receipts/")).content.decode()


def test_the_page_of_a_dispute_says_what_it_is_what_follows_and_where_to_answer(
    shop: Shop, rosa: Client, payment: Payment
) -> None:
    now = clock.now()
    with inside(shop.company):
        reverse_all(payment, at=now)
        Payment.objects.filter(pk=payment.pk).update(
            status="disputed", returned_at=now, disputed_by="dp_1042", failure="Charged back: Fraudulent."
        )
        BillingMethod.objects.update(blocked_at=now, blocked_reason="Charged back: Fraudulent.")
    page = rosa.get(shop.url(f"payments/{payment.pk}/")).content.decode()
    assert "Charged back: Fraudulent." in page
    assert "(case dp_1042)" in page
    assert "the last day to answer stands there" in page
    assert f'$39.95 of <a href="{shop.url(f"invoices/{shop.invoice.pk}/")}">Invoice {shop.invoice.number}</a>' in page
    assert "is owed again" in page
    assert 'href="#processing-details"' in page
    assert 'id="processing-details"' in page
    methods = shop.of_nora("billing/")
    assert "/unblock/" not in rosa.get(methods).content.decode()
    with inside(shop.company):
        Payment.objects.filter(pk=payment.pk).update(status="complete", dispute_won_at=clock.now())
        own = BillingMethod.objects.get()
    unblock = shop.url(f"billing-methods/{own.pk}/unblock/")
    assert unblock in rosa.get(methods).content.decode()
    assert unblock in rosa.get(shop.url(f"payments/{payment.pk}/")).content.decode()
    assert "ask the customer first" in rosa.get(unblock).content.decode()
    assert rosa.post(unblock).url == methods
    with inside(shop.company):
        assert BillingMethod.objects.get().is_processable
    assert unblock not in rosa.get(methods).content.decode()


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
