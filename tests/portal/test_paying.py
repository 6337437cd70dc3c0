"""A holder sees what is due and pays it in three clicks."""

from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from alarmdesk.company.entering import inside
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message
from alarmdesk.payments.models import BillingMethod, DunningPolicy, Gateway, Payment
from alarmdesk.payments.on_account import pay_from_account
from alarmdesk.payments.tasks import send_letters
from alarmdesk.payments.testing import (
    TEST_ACCOUNT,
    make_card_token,
    make_cash_payment,
    make_method,
    make_payment,
    merchant_of,
)
from simulators.nmi.rules import card_answering
from tests.payments_pages.shop import Shop


@pytest.fixture
def visa(shop: Shop) -> BillingMethod:
    with inside(shop.company):
        return make_method(shop.nora)


def pay_url(shop: Shop, *invoices: Invoice) -> str:
    return shop.url("portal/pay/?" + "&".join(f"invoice={invoice.pk}" for invoice in invoices or (shop.invoice,)))


def sent(method: BillingMethod, amount: str = "39.95") -> dict[str, str]:
    return {"method": str(method.pk), "amount": amount}


def sales(shop: Shop, world: Any) -> list[str]:
    return [each["amount"] for each in world.statement(merchant_of(shop.company))["transactions"]]


def all_payments(shop: Shop) -> list[Payment]:
    with inside(shop.company):
        return list(shop.company.payments.order_by("pk"))


def test_the_first_page_shows_what_is_due(shop: Shop, nora: Client, visa: BillingMethod) -> None:
    page = nora.get(shop.url("portal/")).content.decode()
    assert "$39.95 is past due" in page
    assert f'name="invoice" value="{shop.invoice.pk}" checked' in page
    assert f"/companies/{shop.company.slug}/brand.css" in page


def test_a_method_on_file_comes_first(shop: Shop, nora: Client) -> None:
    page = nora.get(shop.url("portal/")).content.decode()
    assert "Pay…" not in page
    assert f"{shop.url('portal/methods/card/')}?next={shop.url('portal/')}" in page
    assert "Add a way to pay first" in nora.get(pay_url(shop)).content.decode()


def test_several_invoices_are_paid_together(shop: Shop, nora: Client, visa: BillingMethod, world: Any) -> None:
    with inside(shop.company):
        second = make_invoice(shop.nora)
    total = nora.get(shop.url(f"portal/total/?invoice={shop.invoice.pk}&invoice={second.pk}"))
    assert "$79.90" in total.content.decode()
    confirm = nora.get(pay_url(shop, shop.invoice, second)).content.decode()
    assert "Pay $79.90 now" in confirm
    receipt = nora.post(pay_url(shop, shop.invoice, second), sent(visa, "79.90"), follow=True)
    assert "Thank you. $79.90 is paid." in receipt.content.decode()
    assert sales(shop, world) == ["79.90"]
    (payment,) = all_payments(shop)
    assert payment.created_by == "Nora Whitfield"
    with inside(shop.company):
        assert list(Message.objects.filter(kind="receipt").values_list("to", flat=True)) == [payment.receipt_to]
    assert "You are all paid up" in nora.get(shop.url("portal/")).content.decode()
    assert str(second) in nora.get(shop.url("portal/paid/")).content.decode()
    assert str(payment) in nora.get(shop.url("portal/receipts/")).content.decode()


def test_a_refusal_is_told_kindly(shop: Shop, nora: Client, world: Any) -> None:
    token = make_card_token(world, shop.company, card_answering(202))
    with inside(shop.company):
        broke = make_method(shop.nora, token)
    answer = nora.post(pay_url(shop), sent(broke))
    assert answer.status_code == 422
    assert "No money moved." in answer.content.decode()
    assert "Insufficient funds." in answer.content.decode()
    assert sales(shop, world) == []
    assert "Receipts" in nora.get(shop.url("portal/receipts/")).content.decode()
    assert "No payments yet" in nora.get(shop.url("portal/receipts/")).content.decode()


def test_a_second_click_pays_nothing_more(shop: Shop, nora: Client, visa: BillingMethod, world: Any) -> None:
    nora.post(pay_url(shop), sent(visa))
    assert "Nothing to pay here" in nora.post(pay_url(shop), sent(visa)).content.decode()
    assert sales(shop, world) == ["39.95"]


def test_an_unknown_outcome_asks_for_patience(shop: Shop, nora: Client, visa: BillingMethod, world: Any) -> None:
    world.fault("drop_after", path="transact", type="sale", times=1)
    answer = nora.post(pay_url(shop), sent(visa), follow=True)
    assert "We are asking the payment processor" in answer.content.decode()
    page = nora.get(shop.url("portal/")).content.decode()
    assert "is under way" in page
    assert "pay-bar" not in page, "there is nothing to tick"
    nora.post(pay_url(shop), sent(visa))
    assert sales(shop, world) == ["39.95"]
    asked = {"HX-Request": "true", "HX-Target": "receipt-status"}
    assert nora.get(answer.redirect_chain[-1][0], headers=asked).status_code == 200


def test_another_amount_than_was_shown_is_never_charged(
    shop: Shop, nora: Client, visa: BillingMethod, world: Any
) -> None:
    answer = nora.post(pay_url(shop), sent(visa, "10.00"))
    assert "What is due has changed to $39.95. Nothing was charged." in answer.content.decode()
    assert sales(shop, world) == []


def test_trouble_at_the_dealers_gateway_is_not_the_payers(shop: Shop, nora: Client, visa: BillingMethod) -> None:
    with inside(shop.company):
        Gateway.objects.update(is_active=False)
    answer = nora.post(pay_url(shop), sent(visa)).content.decode()
    assert "Please call the office." in answer
    assert "Settings" not in answer


def test_nobody_pays_with_or_for_a_neighbour(shop: Shop, nora: Client, visa: BillingMethod, world: Any) -> None:
    with inside(shop.company):
        other = make_billed_customer(first_name="Omar", last_name="Reyes")
        theirs, card = make_invoice(other), make_method(other)
    account = make_payment(shop.company, card, theirs)
    before = sales(shop, world)
    assert nora.post(pay_url(shop), sent(card)).status_code == 422
    assert "Nothing to pay here" in nora.post(pay_url(shop, theirs), sent(visa)).content.decode()
    assert nora.get(shop.url(f"portal/receipts/{account.pk}/")).status_code == 404
    assert nora.get(shop.url(f"portal/invoices/{theirs.pk}/pdf/")).status_code == 404
    assert sales(shop, world) == before


def test_an_invoice_comes_as_pdf(shop: Shop, nora: Client) -> None:
    answer = nora.get(shop.url(f"portal/invoices/{shop.invoice.pk}/pdf/"))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_bank_payment_says_that_it_takes_days(shop: Shop, nora: Client) -> None:
    with inside(shop.company):
        account = make_method(shop.nora, TEST_ACCOUNT)
    page = nora.post(pay_url(shop), sent(account), follow=True).content.decode()
    assert "Your bank settles it within a few business days." in page


def test_many_invoices_take_no_more_queries_than_one(shop: Shop, nora: Client, visa: BillingMethod) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert nora.get(shop.url("portal/")).status_code == 200
        return len(caught)

    queries()
    few = queries()
    with inside(shop.company):
        for _ in range(20):
            make_invoice(shop.nora)
    assert queries() <= few


def test_who_ticks_nothing_is_told_to_tick(shop: Shop, nora: Client, visa: BillingMethod) -> None:
    page = nora.get(shop.url("portal/pay/")).content.decode()
    assert "No invoice is ticked" in page
    assert "not due any more" not in page


def test_the_receipt_leaves_at_once(
    shop: Shop, nora: Client, visa: BillingMethod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    monkeypatch.setattr(mail, "outbox", [], raising=False)
    nora.post(pay_url(shop), sent(visa))
    jobs = ProcrastinateJob.objects.filter(task_name="alarmdesk.payments.tasks.send_letters", status="todo")
    [args] = [job.args for job in jobs if job.args["company_id"] == shop.company.pk]
    send_letters(**args)
    assert [sent.subject for sent in mail.outbox] == ["Receipt for your payment of $39.95"]


def on_account(shop: Shop, amount: str) -> Payment:
    with inside(shop.company):
        return make_cash_payment(shop.nora, amount)


def test_what_is_on_account_is_not_asked_for_again(shop: Shop, nora: Client, visa: BillingMethod, world: Any) -> None:
    on_account(shop, "15.00")
    with inside(shop.company):
        second = make_invoice(shop.nora)
    page = nora.get(shop.url("portal/")).content.decode()
    assert "$79.90" in page
    assert "It pays $15.00 of this by itself" in page
    assert '<strong class="num">$64.90</strong> remains to pay' in page
    only = nora.get(shop.url(f"portal/total/?invoice={second.pk}")).content.decode()
    assert "$39.95" in only  # the older one takes the credit
    both = pay_url(shop, shop.invoice, second)
    assert "Pay $64.90 now" in nora.get(both).content.decode()
    refused = nora.post(both, sent(visa, "79.90"))
    assert "What is due has changed to $64.90" in refused.content.decode()
    assert sales(shop, world) == []
    assert "Thank you. $64.90 is paid." in nora.post(both, sent(visa, "64.90"), follow=True).content.decode()
    assert sales(shop, world) == ["64.90"]
    with inside(shop.company):
        assert [invoice.due for invoice in shop.nora.invoices.order_by("pk")] == [Decimal("15.00"), 0]
    after = nora.get(shop.url("portal/")).content.decode()
    assert "From your account" in after
    assert "Nothing remains to pay" in nora.get(pay_url(shop)).content.decode()
    pay_from_account(shop.company, today=shop.company.local_date(clock.now()), at=clock.now())
    with inside(shop.company):
        assert [invoice.due for invoice in shop.nora.invoices.order_by("pk")] == [0, 0]


def test_where_credit_is_applied_by_hand_all_that_is_due_is_asked_for(
    shop: Shop, nora: Client, visa: BillingMethod
) -> None:
    on_account(shop, "15.00")
    with inside(shop.company):
        DunningPolicy.objects.create(uses_credit=False)
    assert "Pay $39.95 now" in nora.get(pay_url(shop)).content.decode()
