"""How does money get into the books by hand, on a later day, or to somebody who was never charged (F43, F53-F58)?"""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.allocating import TooMuch, apply, apply_on_invoice
from alarmdesk.payments.audit import audit
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import Token
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.letters import receipt
from alarmdesk.payments.models import Allocation, Attempt, BillingMethod, Gateway, Payment
from alarmdesk.payments.posting import post_due
from alarmdesk.payments.recording import Received, issue_credit, record_payment
from alarmdesk.payments.settling import settle
from alarmdesk.payments.taking import (
    AmountChanged,
    Declined,
    InProgress,
    NothingDue,
    Wish,
    cancel_scheduled,
    process_now,
    schedule_payment,
    take_payment,
)
from alarmdesk.payments.testing import TEST_ACCOUNT, make_card_token, make_cash_payment, merchant_of
from simulators.nmi.rules import card_answering
from tests.payments.test_taking import HOURS, TODAY, bill, fresh, sales

ROSA = Actor("staff", "Rosa Dealer")
NEXT_WEEK = TODAY + dt.timedelta(days=7)


def owed(shop: Company, *prices: str) -> list[Invoice]:
    """Invoices of one customer, the first due first."""
    with inside(shop):
        customer = make_billed_customer(state="")
        return [make_invoice(customer, lines=[line(price=price)]) for price in prices]


def receive(shop: Company, invoice: Invoice, amount: str, **fields: Any) -> Payment:
    received = Received(invoice.customer_id, fields.pop("method", "check"), Decimal(amount), TODAY, **fields)
    return record_payment(shop, received, at=clock.now(), actor=ROSA)


def dues(shop: Company, *invoices: Invoice) -> list[str]:
    return [str(fresh(shop, invoice).due) for invoice in invoices]


def assert_balanced(shop: Company) -> None:
    assert [str(each) for each in audit(shop, now=clock.now()).differences] == []


def test_a_check_pays_the_oldest_invoice_first_and_the_rest_stays_credit(shop: Company) -> None:
    first, second = owed(shop, "40.00", "60.00")
    payment = receive(shop, first, "90.00", reference="1017", receipt_to="nora@example.com")
    assert (payment.status, payment.applied) == ("complete", Decimal(90))
    assert dues(shop, first, second) == ["0.00", "10.00"]
    more = receive(shop, first, "25.00", method="cash")
    assert more.unapplied == Decimal(15)
    with inside(shop):
        told = receipt(shop.messages.get(kind="receipt", about_id=payment.pk))
    assert f"Invoice {first.number}" in told.text  # type: ignore[union-attr]
    assert f"Invoice {second.number}" in told.text  # type: ignore[union-attr]
    assert_balanced(shop)


def test_a_sheet_that_pays_more_than_is_due_is_refused_as_a_whole(shop: Company) -> None:
    first, second = owed(shop, "40.00", "60.00")
    with pytest.raises(TooMuch) as refused:
        receive(shop, first, "200.00", allocations={first.pk: Decimal(40), second.pk: Decimal("60.01")})
    assert list(refused.value.rows) == [second.pk]
    with inside(shop):
        assert not Payment.objects.exists()
    receive(shop, first, "200.00", allocations={})
    assert dues(shop, first, second) == ["40.00", "60.00"]
    assert_balanced(shop)


def test_what_no_hand_received_is_not_recorded(shop: Company) -> None:
    (invoice,) = owed(shop, "40.00")
    for method, amount in (("card", "40.00"), ("cash", "0.00"), ("cash", "-1.00"), ("cash", "1.001")):
        with pytest.raises(ValueError, match=r"hand|dollars and cents"):
            receive(shop, invoice, amount, method=method)


def test_payments_on_an_invoice_are_managed_by_new_rows(shop: Company) -> None:
    first, second = owed(shop, "40.00", "60.00")
    cash = receive(shop, first, "50.00", allocations={first.pk: Decimal(40)})
    check = receive(shop, first, "30.00", allocations={second.pk: Decimal(30)})
    before = _rows(shop)
    apply_on_invoice(shop, second.pk, {cash.pk: Decimal(10), check.pk: Decimal(20)}, at=clock.now(), actor=ROSA)
    assert dues(shop, first, second) == ["0.00", "30.00"]
    assert _rows(shop)[: len(before)] == before
    with pytest.raises(TooMuch) as refused:
        apply_on_invoice(shop, second.pk, {cash.pk: Decimal("10.01")}, at=clock.now(), actor=ROSA)
    assert list(refused.value.rows) == [cash.pk]
    assert dues(shop, first, second) == ["0.00", "30.00"]
    apply(shop, cash.pk, {second.pk: Decimal(40)}, at=clock.now(), actor=ROSA)
    assert dues(shop, first, second) == ["40.00", "0.00"]
    apply(shop, cash.pk, {}, at=clock.now(), actor=ROSA)
    assert dues(shop, first) == ["40.00"]
    assert_balanced(shop)


def _rows(shop: Company) -> list[tuple[int, Decimal]]:
    with inside(shop):
        return list(Allocation.objects.order_by("pk").values_list("pk", "amount"))


def test_a_strangers_invoice_is_not_paid(shop: Company) -> None:
    (mine,), (theirs,) = owed(shop, "40.00"), owed(shop, "40.00")
    cash = receive(shop, mine, "80.00")
    with pytest.raises(TooMuch, match="one customer"):
        apply(shop, cash.pk, {theirs.pk: Decimal(1)}, at=clock.now(), actor=ROSA)


def test_200_allocations_of_60_at_once_over_100_invoices_of_100_go_over_none(shop: Company) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        invoices = [make_invoice(customer, lines=[line(price="100.00")]) for _ in range(100)]
        payments = [make_cash_payment(customer, "60.00") for _ in range(200)]
    at = clock.now()

    def put(number: int) -> bool:
        try:
            with clock.hold(at):
                apply(shop, payments[number].pk, {invoices[number // 2].pk: Decimal(60)}, at=at, actor=ROSA)
        except TooMuch:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(put, range(200)))
    assert sum(done) == 100
    with inside(shop):
        assert set(Invoice.objects.values_list("paid", flat=True)) == {Decimal(60)}
        assert Allocation.objects.count() == 100
    assert_balanced(shop)


def test_50_clicks_on_pay_at_once_are_one_charge(shop: Company, world: Any) -> None:
    (invoice,), method = bill(shop)
    wish, at, start = Wish(method.customer_id, method.pk, [invoice.pk]), clock.now(), threading.Barrier(25)

    def click(_: int) -> str:
        start.wait(30)
        try:
            with clock.hold(at):
                take_payment(shop, wish, today=TODAY, now=lambda: at, actor=ROSA)
        except (InProgress, NothingDue) as refused:
            return type(refused).__name__
        finally:
            connection.close()
        return "paid"

    with ThreadPoolExecutor(25) as pool:
        said = list(pool.map(click, range(50)))
    assert said.count("paid") == 1
    assert sales(world, shop) == [invoice.total]
    assert_balanced(shop)


def test_an_amount_of_ones_own_pays_the_oldest_first_and_the_rest_is_credit(shop: Company, world: Any) -> None:
    (first, second), method = bill(shop, invoices=2)
    wish = Wish(method.customer_id, method.pk, amount=Decimal("50.00"), oldest_first=True)
    payment = take_payment(shop, wish, today=TODAY, now=clock.now, actor=ROSA)
    assert dues(shop, first, second) == ["0.00", "29.90"]
    wish = Wish(method.customer_id, method.pk, amount=Decimal("40.00"), allocations={second.pk: Decimal("20.00")})
    payment = take_payment(shop, wish, today=TODAY, now=clock.now, actor=ROSA)
    assert payment.unapplied == Decimal("20.00")
    assert dues(shop, second) == ["9.90"]
    wish = Wish(method.customer_id, method.pk, allocations={second.pk: Decimal("9.91")})
    with pytest.raises(AmountChanged):
        take_payment(shop, wish, today=TODAY, now=clock.now, actor=ROSA)
    assert sales(world, shop) == [Decimal("50.00"), Decimal("40.00")]
    assert_balanced(shop)


def test_a_guest_pays_with_a_token_that_is_on_no_row(shop: Company, world: Any) -> None:
    (invoice,), _ = bill(shop)
    token = Token(make_card_token(world, shop, "4111111111111111"), "card")
    wish = Wish(invoice.customer_id, None, [invoice.pk], token=token)
    payment = take_payment(shop, wish, today=TODAY, now=clock.now, actor=ROSA)
    assert (payment.status, payment.method, payment.billing_method_id) == ("pending", "card", None)
    assert dues(shop, invoice) == ["0.00"]
    assert_balanced(shop)


def test_a_scheduled_payment_waits_for_its_day_and_reserves_its_invoices(shop: Company, world: Any) -> None:
    (invoice,), method = bill(shop)
    wish = Wish(method.customer_id, method.pk, [invoice.pk], receipt_to="nora@example.com")
    payment = schedule_payment(shop, wish, NEXT_WEEK, at=clock.now(), actor=ROSA)
    assert payment.status == Payment.Status.SCHEDULED
    with pytest.raises(InProgress):
        take_payment(shop, wish, today=TODAY, now=clock.now, actor=ROSA)
    post_due(shop, today=NEXT_WEEK - dt.timedelta(days=1), now=clock.now)
    assert sales(world, shop) == []
    assert_balanced(shop)
    assert post_due(shop, today=NEXT_WEEK, now=clock.now).charged == 1
    assert post_due(shop, today=NEXT_WEEK, now=clock.now).charged == 0
    assert sales(world, shop) == [invoice.total]
    assert dues(shop, invoice) == ["0.00"]
    assert_balanced(shop)


def test_a_payment_on_its_day_is_told_to_the_gateway_as_the_dealers_and_not_as_the_payers(
    shop: Company, world: Any
) -> None:
    """The gateway's own word: WEB is a bank debit whose payer is at the keyboard, PPD one that the dealer presents."""
    (first, second), method = bill(shop, TEST_ACCOUNT, invoices=2)
    take_payment(shop, Wish(method.customer_id, method.pk, [first.pk]), today=TODAY, now=clock.now, actor=ROSA)
    schedule_payment(shop, Wish(method.customer_id, method.pk, [second.pk]), NEXT_WEEK, at=clock.now(), actor=ROSA)
    later = clock.now() + dt.timedelta(days=7)
    world.set_clock(later)
    assert post_due(shop, today=NEXT_WEEK, now=lambda: later).charged == 1
    with inside(shop):
        port = port_of(Gateway.objects.get())
        made = [port._query(order_id=each.key)[0] for each in Attempt.objects.order_by("pk")]
    assert [each.findtext("sec_code") for each in made] == ["WEB", "PPD"]


def test_a_scheduled_payment_takes_no_more_than_is_still_due_on_its_day(shop: Company, world: Any) -> None:
    (first, second), method = bill(shop, invoices=2)
    wish = Wish(method.customer_id, method.pk, [first.pk, second.pk])
    payment = schedule_payment(shop, wish, NEXT_WEEK, at=clock.now(), actor=ROSA)
    receive(shop, first, "49.95", allocations={first.pk: first.total, second.pk: Decimal("10.00")})
    assert process_now(shop, payment.pk, now=clock.now, actor=ROSA).amount == Decimal("29.95")
    assert sales(world, shop) == [Decimal("29.95")]
    assert dues(shop, first, second) == ["0.00", "0.00"]
    assert_balanced(shop)


def test_a_scheduled_payment_is_cancelled_or_comes_to_nothing(shop: Company, world: Any) -> None:
    (first, second), method = bill(shop, invoices=2)
    mine = schedule_payment(
        shop, Wish(method.customer_id, method.pk, [first.pk]), NEXT_WEEK, at=clock.now(), actor=ROSA
    )
    other = schedule_payment(
        shop, Wish(method.customer_id, method.pk, [second.pk]), NEXT_WEEK, at=clock.now(), actor=ROSA
    )
    cancel_scheduled(shop, mine.pk, at=clock.now(), actor=ROSA)
    with pytest.raises(InProgress):
        process_now(shop, mine.pk, now=clock.now, actor=ROSA)
    receive(shop, second, "39.95", allocations={second.pk: second.total})
    with pytest.raises(NothingDue):
        process_now(shop, other.pk, now=clock.now, actor=ROSA)
    with inside(shop):
        assert set(Payment.objects.filter(method="card").values_list("status", flat=True)) == {"cancelled"}
    assert sales(world, shop) == []
    assert_balanced(shop)


def test_a_scheduled_payment_whose_method_is_gone_fails_with_the_reason(shop: Company, world: Any) -> None:
    (invoice,), method = bill(shop)
    schedule_payment(shop, Wish(method.customer_id, method.pk, [invoice.pk]), NEXT_WEEK, at=clock.now(), actor=ROSA)
    with inside(shop):
        BillingMethod.objects.filter(pk=method.pk).update(removed_at=clock.now())
    post_due(shop, today=NEXT_WEEK, now=clock.now)
    with inside(shop):
        payment = Payment.objects.get()
        assert (payment.status, "cannot be charged" in payment.failure) == ("failed", True)
        assert not payment.plans.filter(is_live=True).exists()


def test_a_credit_pushes_money_to_a_card_that_was_never_charged(shop: Company, world: Any) -> None:
    _, method = bill(shop)
    credit = issue_credit(shop, method.customer_id, method.pk, Decimal("25.00"), today=TODAY, now=clock.now, actor=ROSA)
    assert (credit.kind, credit.amount, credit.status) == ("credit", Decimal(-25), "pending")
    world.settle()
    settle(shop, at=clock.now())
    with inside(shop):
        assert Payment.objects.get().status == Payment.Status.COMPLETE
    assert world.statement(merchant_of(shop), summary=True)["totals"]["credits"] == "25.00"
    assert_balanced(shop)


def test_a_credit_that_is_declined_moves_nothing(shop: Company, world: Any) -> None:
    _, method = bill(shop, make_card_token(world, shop, card_answering(202)))
    with pytest.raises(Declined):
        issue_credit(shop, method.customer_id, method.pk, Decimal(25), today=TODAY, now=clock.now, actor=ROSA)
    with inside(shop):
        assert Payment.objects.get().status == Payment.Status.FAILED
    assert_balanced(shop)


def test_a_credit_without_an_answer_is_asked_about(shop: Company, world: Any) -> None:
    _, method = bill(shop)
    world.fault("drop_after", path="transact", type="credit", times=1)
    credit = issue_credit(shop, method.customer_id, method.pk, Decimal(25), today=TODAY, now=clock.now, actor=ROSA)
    assert credit.status == Payment.Status.UNKNOWN
    with clock.hold(clock.now() + HOURS):
        assert resolve_unknown(shop, now=clock.now).given_back == 1
    with inside(shop):
        assert Attempt.objects.get().state == Attempt.State.APPROVED
    assert_balanced(shop)
