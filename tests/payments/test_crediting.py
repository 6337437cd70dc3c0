"""What becomes of a credit? It takes off what is due, stays on account, or money goes back; never too much."""

import itertools
import re
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing import audit as invoicing_audit
from alarmdesk.invoicing.actions import Credited, void
from alarmdesk.invoicing.applying import ChargedMeanwhile, MoreThanLeft, apply_credit
from alarmdesk.invoicing.crediting import NotCreditable, credit_invoice
from alarmdesk.invoicing.models import CreditApplication, Invoice, LineReversal
from alarmdesk.invoicing.testing import line, make_billed_customer, make_invoice, make_recurring, make_state_tax
from alarmdesk.lib import clock
from alarmdesk.payments.allocating import TooMuch, allocate
from alarmdesk.payments.audit import audit
from alarmdesk.payments.crediting import Destination, Order, apply_oldest_first, bring_credit_to, make_credit
from alarmdesk.payments.models import Payment
from alarmdesk.payments.taking import InProgress, Wish, schedule_payment, take_payment
from alarmdesk.payments.testing import make_auto_pay, make_cash_payment, make_method, make_payment, merchant_of
from tests.payments.conftest import NOON
from tests.payments.nights import night_of, run_night
from tests.payments.test_taking import TODAY

ZERO = Decimal("0.00")


def order(company: Company, invoice: Invoice, to: Destination, parts: Any = None, payment: Any = None) -> Any:
    told = Order(invoice.pk, parts, to, payment_id=payment and payment.pk)
    return make_credit(company, told, today=TODAY, now=clock.now, actor=SYSTEM)


def fresh(thing: Any) -> Any:
    return type(thing).objects.get(pk=thing.pk)


def is_whole(company: Company) -> bool:
    return [str(each) for each in audit(company, now=clock.now()).differences] == []


@pytest.fixture
def taxed(shop: Company) -> Invoice:
    """100.05 and 50.00 less a discount of 10.00, at 8.25 percent."""
    with inside(shop):
        make_state_tax("OK")
        customer = make_billed_customer(state="OK")
        return make_invoice(customer, lines=[line("100.05"), line("50.00"), line("-10.00")])


def test_a_full_credit_is_exactly_the_invoice_and_nothing_is_due(shop: Company, taxed: Invoice) -> None:
    made = order(shop, taxed, Destination.OFFSET).credit
    with inside(shop):
        assert (made.total, made.tax_total, made.sub_total) == (taxed.total, taxed.tax_total, taxed.sub_total)
        invoice = fresh(taxed)
        assert (invoice.due, invoice.credited, invoice.received) == (ZERO, taxed.total, ZERO)
        with pytest.raises(NotCreditable, match="credits nothing"):
            credit_invoice(invoice, sale_on=TODAY, at=NOON, by="Rosa")
    assert is_whole(shop)


def test_ten_parts_and_then_the_rest_are_exactly_the_invoice(shop: Company, taxed: Invoice) -> None:
    with inside(shop):
        first = taxed.lines.get(position=1)
    for cents in (333, 1, 17, 999, 1250, 7, 3, 501, 2, 77):
        order(shop, taxed, Destination.OFFSET, {first.pk: Decimal(cents) / 100})
    order(shop, taxed, Destination.OFFSET)
    with inside(shop):
        made = Invoice.objects.filter(type="credit")
        assert made.count() == 11
        assert sum((each.total for each in made), ZERO) == taxed.total
        assert sum((each.tax_total for each in made), ZERO) == taxed.tax_total
        assert fresh(taxed).due == ZERO
    assert is_whole(shop)


def test_a_discount_is_credited_with_its_line_or_not_beyond_the_invoice(shop: Company, taxed: Invoice) -> None:
    with inside(shop):
        one, two, _ = (each.pk for each in taxed.lines.order_by("position"))
        with pytest.raises(NotCreditable, match="Credit its discounts too"):
            credit_invoice(taxed, {one: Decimal("100.05"), two: Decimal("50.00")}, sale_on=TODAY, at=NOON, by="Rosa")
        with pytest.raises(NotCreditable) as refused:
            credit_invoice(taxed, {one: Decimal("100.06")}, sale_on=TODAY, at=NOON, by="Rosa")
        assert list(refused.value.lines) == [one]
        assert not Invoice.objects.filter(type="credit").exists()


def test_postgresql_refuses_more_than_the_line_whoever_asks(shop: Company, taxed: Invoice) -> None:
    with inside(shop):
        credit = credit_invoice(taxed, sale_on=TODAY, at=NOON, by="Rosa")
        again = LineReversal.objects.filter(credit=credit).first()
        other = make_invoice(taxed.customer, type="credit", lines=[line("100.05")])
        row = other.lines.get()
        with pytest.raises(IntegrityError, match="more than the line"), transaction.atomic():
            LineReversal.objects.create(
                credit=other, invoice=taxed, credit_line=row, line=again.line, amount=row.amount, tax=other.tax_total
            )  # fmt: skip
        with pytest.raises(IntegrityError, match="what stands on the line"), transaction.atomic():
            LineReversal.objects.create(
                credit=other, invoice=taxed, credit_line=row, line=again.line, amount=Decimal("1.00"), tax=ZERO
            )  # fmt: skip


def test_on_account_it_is_applied_oldest_first_and_by_hand(shop: Company, taxed: Invoice) -> None:
    made = order(shop, taxed, Destination.BALANCE).credit
    with inside(shop):
        assert fresh(taxed).due == taxed.total
        older = make_invoice(taxed.customer, sale_on=TODAY.replace(year=2025), lines=[line("20.00", tax_rate=ZERO)])
        other = make_invoice(lines=[line("20.00")])
    assert apply_oldest_first(shop, made.pk, at=NOON, actor=SYSTEM) == made.total
    with inside(shop):
        assert (fresh(older).due, fresh(taxed).due) == (ZERO, Decimal("20.00"))
        assert fresh(made).left == ZERO
    bring_credit_to(shop, made.pk, {older.pk: Decimal("5.00")}, at=NOON, actor=SYSTEM)
    with inside(shop):
        assert (fresh(older).due, fresh(taxed).due) == (Decimal("15.00"), taxed.total)
        assert fresh(made).left == made.total - 5
    for wanted, why in (
        ({older.pk: Decimal("20.01")}, "Only $15.00 more is due"),
        ({taxed.pk: made.total, older.pk: Decimal("0.01")}, "is left of Credit"),
        ({other.pk: Decimal("1.00")}, "not of one customer"),
        ({older.pk: Decimal("0.001")}, "dollars and cents"),
    ):
        with pytest.raises(TooMuch, match=re.escape(why)):
            bring_credit_to(shop, made.pk, wanted, at=NOON, actor=SYSTEM)
    assert is_whole(shop)


def test_a_refund_lets_the_credit_take_the_place_of_the_money(shop: Company, world: Any) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        method = make_method(customer)
        invoice = make_invoice(customer, lines=[line("60.00"), line("40.00")])
        second = invoice.lines.get(position=2)
    paid = make_payment(shop, method, invoice)
    made = order(shop, invoice, Destination.REFUND, {second.pk: Decimal("40.00")}, paid)
    assert (made.problem, made.refund.status, made.refund.amount) == ("", "queued", Decimal("-40.00"))
    with inside(shop):
        now, kept = fresh(invoice), fresh(paid)
        assert (now.due, now.credited, now.received) == (ZERO, Decimal("40.00"), Decimal("60.00"))
        assert (kept.applied, kept.refunded, kept.unapplied) == (Decimal("60.00"), Decimal("40.00"), ZERO)
    assert is_whole(shop)
    with pytest.raises(NotCreditable, match="can be refunded"):
        order(shop, invoice, Destination.REFUND, None, make_other(shop, customer))
    assert len(world.statement(merchant_of(shop))["transactions"]) == 1


def make_other(company: Company, customer: Any) -> Payment:
    with inside(company):
        return make_cash_payment(customer, "500.00")


def test_a_whole_refund_before_settlement_voids_the_payment(shop: Company, world: Any) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        method = make_method(customer)
        invoice = make_invoice(customer, lines=[line("60.00")])
    paid = make_payment(shop, method, invoice)
    order(shop, invoice, Destination.REFUND, None, paid)
    with inside(shop):
        assert fresh(paid).status == "cancelled"
        assert fresh(invoice).due == ZERO
    assert is_whole(shop)


def test_a_void_credit_takes_its_applications_back(shop: Company, taxed: Invoice) -> None:
    made = order(shop, taxed, Destination.OFFSET).credit
    with inside(shop):
        with pytest.raises(Credited, match="Void the credit first"):
            void(taxed, reason="Typing error", at=NOON, by="Rosa")
        void(made, reason="Wrong customer", at=NOON, by="Rosa")
        assert (fresh(taxed).due, fresh(made).used) == (taxed.total, ZERO)
        with pytest.raises(MoreThanLeft):
            apply_credit(made, taxed, Decimal("1.00"), at=NOON)
        again = credit_invoice(taxed, sale_on=TODAY, at=NOON, by="Rosa")
        assert again.total == taxed.total
        void(again, reason="Wrong customer", at=NOON, by="Rosa")
        void(taxed, reason="Typing error", at=NOON, by="Rosa")
        assert [each.amount for each in CreditApplication.objects.order_by("pk")] == [taxed.total, -taxed.total]
    assert is_whole(shop)


def test_fifty_applications_of_one_credit_at_once_never_go_over(shop: Company) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        invoices = [make_invoice(customer, lines=[line("30.00")]) for _ in range(50)]
        credit = make_invoice(customer, type="credit", lines=[line("100.00")])
    done, refused, wrong = list[int](), list[int](), list[BaseException]()

    def apply(invoice: Invoice) -> None:
        try:
            with inside(shop):
                apply_credit(credit, invoice, Decimal("30.00"), at=NOON)
            done.append(invoice.pk)
        except MoreThanLeft:
            refused.append(invoice.pk)
        except BaseException as error:  # noqa: BLE001
            wrong.append(error)
        finally:
            connection.close()

    in_threads([lambda each=each: apply(each) for each in invoices])
    assert (wrong, len(done), len(refused)) == ([], 3, 47)
    with inside(shop):
        assert fresh(credit).left == Decimal("10.00")
        assert sum(1 for each in Invoice.objects.filter(type="invoice") if not each.due) == 3
    assert is_whole(shop)


class Crash(Exception):
    """The program ends at this statement."""


@pytest.mark.parametrize("to", [Destination.OFFSET, Destination.REFUND])
def test_a_crash_at_any_statement_leaves_the_books_whole(shop: Company, taxed: Invoice, to: Destination) -> None:
    cash = None
    with inside(shop):
        first = taxed.lines.get(position=1).pk
        if to is Destination.REFUND:
            cash = make_cash_payment(taxed.customer, str(taxed.total))
            allocate(payment=cash, invoice=taxed, amount=taxed.total, at=NOON)
    crashes = 0
    for at in itertools.count(1):
        seen = itertools.count(1)

        def fall(execute: Any, *asked: Any, at: int = at, seen: Any = seen) -> Any:
            if next(seen) == at:
                raise Crash
            return execute(*asked)

        try:
            with connection.execute_wrapper(fall):
                order(shop, taxed, to, {first: Decimal("0.10")}, cash)
            break
        except Crash:
            crashes += 1
        with inside(shop):
            assert list(invoicing_audit.differences()) == []
            assert all(each.left == 0 for each in Invoice.objects.filter(type="credit"))
    assert crashes > 15
    assert is_whole(shop)


def in_threads(works: list[Callable[[], None]]) -> None:
    for start in range(0, len(works), 10):
        threads = [threading.Thread(target=work) for work in works[start : start + 10]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)


def test_what_is_being_charged_is_not_credited(shop: Company, world: Any) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        method = make_method(customer)
        invoice = make_invoice(customer, lines=[line("60.00")])
        later = make_invoice(customer, lines=[line("50.00")])
    world.fault("drop_after", path="transact", type="sale", times=1)
    unknown = take_payment(
        shop, Wish(customer.pk, method.pk, [invoice.pk]), today=TODAY, now=clock.now, actor=SYSTEM
    )  # fmt: skip
    assert unknown.status == "unknown"
    with pytest.raises(ChargedMeanwhile):
        order(shop, invoice, Destination.OFFSET)
    wish = Wish(customer.pk, method.pk, [later.pk])
    schedule_payment(shop, wish, TODAY.replace(day=9), at=NOON, actor=SYSTEM)
    with inside(shop):
        assert not Invoice.objects.filter(type="credit").exists()
        part = {later.lines.get().pk: Decimal("20.00")}
    order(shop, later, Destination.OFFSET, part)
    with inside(shop):
        assert fresh(later).due == Decimal("30.00")
    with pytest.raises(InProgress):
        take_payment(shop, Wish(customer.pk, method.pk, [later.pk]), today=TODAY, now=clock.now, actor=SYSTEM)


def test_the_night_charges_what_a_credit_has_left(shop: Company, world: Any) -> None:
    with inside(shop):
        make_state_tax("OK", "8.25")
        customer = make_billed_customer(state="OK")
        method = make_method(customer)
        recurring = make_recurring(customer, anchor_on=TODAY, today=TODAY.replace(day=1), lines=[line("49.95")])
        make_auto_pay(recurring, method)
    run_night(shop, TODAY)
    with inside(shop):
        invoice = Invoice.objects.get(type="invoice")
        assert invoice.total == Decimal("54.07")
        part = {invoice.lines.get().pk: Decimal("20.00")}
    made = order(shop, invoice, Destination.OFFSET, part).credit
    assert made.total == Decimal("21.65")
    due_on = invoice.due_on
    with clock.hold(night_of(due_on)):
        world.set_clock(clock.now())
        run_night(shop, due_on)
        run_night(shop, due_on)
        lines = world.statement(merchant_of(shop))["transactions"]
        assert [str(each["amount"]) for each in lines] == ["32.42"]
        assert is_whole(shop)
    with inside(shop):
        assert fresh(invoice).due == ZERO
