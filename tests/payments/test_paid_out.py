"""Can a customer have money twice that was on account: once pushed to their card (F58), once off an invoice?"""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.actions import SomethingPaid, void
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.accounts import accounts
from alarmdesk.payments.allocating import TooMuch, apply
from alarmdesk.payments.audit import audit
from alarmdesk.payments.crediting import apply_oldest_first
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.models import Allocation, PaidOut, Payment
from alarmdesk.payments.on_account import can_pay_out, pay_from_account
from alarmdesk.payments.queries import on_account
from alarmdesk.payments.recording import issue_credit
from alarmdesk.payments.refunding import NotRefundable, refund
from alarmdesk.payments.settling import settle
from alarmdesk.payments.taking import Declined, Wish, take_payment
from alarmdesk.payments.testing import make_bank_token, make_card_token, make_cash_payment, make_method
from simulators.nmi.rules import card_answering
from tests.payments.test_recording import ROSA
from tests.payments.test_taking import TODAY, bill

DAY = dt.timedelta(days=1)


class Held:
    """A customer with 30.00 of a credit and 20.00 of a check on account, and a card."""

    def __init__(self, shop: Company, token: str | None = None, kind: str = "card") -> None:
        self.shop, self.at = shop, clock.now()
        _, self.method = bill(shop)
        with inside(shop):
            self.customer = Customer.objects.get(pk=self.method.customer_id)
            if token:
                self.method = make_method(self.customer, token, kind=kind)
            self.credit = make_invoice(self.customer, type="credit", lines=[line(price="30.00")])
            self.check = make_cash_payment(self.customer, "20.00", method="check")

    def push(self, amount: str) -> Payment:
        return issue_credit(
            self.shop, self.customer.pk, self.method.pk, Decimal(amount), today=TODAY, now=lambda: self.at, actor=ROSA
        )

    @property
    def left(self) -> tuple[Decimal, Decimal]:
        """What is on account of the credit and of the check; open items and the balance must agree, and the audit."""
        with inside(self.shop):
            self.credit.refresh_from_db()
            self.check.refresh_from_db()
            assert on_account(self.customer).total == self.credit.left + self.check.unapplied
            account = accounts([self.customer.pk], TODAY - 90 * DAY, TODAY + 30 * DAY)[self.customer.pk]
            assert account.closing == sum((item.due for item in account.items), Decimal(0)) - account.on_account
            assert account.on_account == self.credit.left + self.check.unapplied
        assert audit(self.shop, now=clock.now()).differences == []
        return self.credit.left, self.check.unapplied


def test_what_is_pushed_to_a_card_is_used_up_credits_first(shop: Company, world: Any) -> None:
    held = Held(shop)
    held.push("35.00")
    assert held.left == (0, 15)
    with inside(shop), pytest.raises(SomethingPaid, match="paid out"):
        void(held.credit, reason="Typo", at=clock.now(), by="Rosa")
    assert apply_oldest_first(shop, held.credit.pk, at=clock.now(), actor=ROSA) == 0
    with inside(shop):
        owed = Invoice.objects.get(type="invoice")
    with pytest.raises(TooMuch, match=r"Only \$15.00"):
        apply(shop, held.check.pk, {owed.pk: Decimal("15.01")}, at=clock.now(), actor=ROSA)
    refund(shop, held.check.pk, None, today=TODAY, now=clock.now, actor=ROSA)
    with pytest.raises(NotRefundable):
        refund(shop, held.check.pk, None, today=TODAY, now=clock.now, actor=ROSA)
    assert held.left == (0, 0)


def test_beyond_what_is_on_account_it_is_a_gift_and_nobody_owes_it(shop: Company, world: Any) -> None:
    held = Held(shop)
    pushed = held.push("60.00")
    assert held.left == (0, 0)
    with inside(shop):
        assert sum(row.amount for row in PaidOut.objects.filter(payout=pushed)) == 50
    held.push("5.00")
    assert held.left == (0, 0)


def test_when_it_is_declined_it_is_on_account_again(shop: Company, world: Any) -> None:
    held = Held(shop, make_card_token(world, shop, card_answering(202)))
    with pytest.raises(Declined):
        held.push("35.00")
    assert held.left == (30, 20)


def test_when_the_bank_sends_it_back_it_is_on_account_again(shop: Company, world: Any) -> None:
    held = Held(shop, make_bank_token(world, shop, "10000001"), kind="ach")
    held.push("35.00")
    world.settle(checks=True)
    settle(shop, at=clock.now())
    assert held.left == (0, 15)
    world.advance(7 * 24 * 60 * 60)
    with clock.hold(clock.now() + 7 * DAY):
        settle(shop, at=clock.now())
        with inside(shop):
            assert Payment.objects.get(kind="credit").status == Payment.Status.RETURNED
        assert held.left == (30, 20)


def test_two_credits_and_an_application_at_once_use_it_up_once(shop: Company, world: Any) -> None:
    held = Held(shop)
    gate = threading.Barrier(3)

    def push(amount: str) -> None:  # two amounts: the gateway takes two equal ones for a repeat
        gate.wait()
        held.push(amount)
        connection.close()

    def pay() -> None:
        gate.wait()
        apply_oldest_first(shop, held.credit.pk, at=held.at, actor=ROSA)
        connection.close()

    with ThreadPoolExecutor(3) as pool:
        for each in [pool.submit(push, "40.00"), pool.submit(push, "41.00"), pool.submit(pay)]:
            each.result()
    assert held.left == (0, 0)
    with inside(shop):
        paid = Invoice.objects.get(type="invoice").paid
        assert sum(row.amount for row in PaidOut.objects.all()) + paid == 50


def test_postgresql_refuses_what_is_not_theirs_or_not_there(shop: Company, world: Any) -> None:
    held, other = Held(shop), Held(shop)
    pushed = held.push("10.00")
    wrong: list[dict[str, Any]] = [
        {"payout": pushed, "credit": held.credit, "amount": "0.01"},  # more than the credit
        {"payout": pushed, "credit": other.credit, "amount": "1.00"},
        {"payout": held.check, "credit": held.credit, "amount": "1.00"},
        {"payout": pushed, "amount": "1.00"},
        {"payout": pushed, "credit": held.credit, "payment": held.check, "amount": "1.00"},
    ]
    for row in wrong:
        with inside(shop), pytest.raises(IntegrityError), transaction.atomic():
            PaidOut.objects.create(at=clock.now(), by="Rosa", **row)
    for change in (lambda: PaidOut.objects.update(amount=1), lambda: PaidOut.objects.all().delete()):
        with inside(shop), pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            change()
    assert held.left == (20, 20)


class Dies(BaseException):
    """The process ends here."""


def test_a_payment_that_is_in_flight_is_on_nobodys_account(
    shop: Company, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was written down and the process died: nobody knows whether it is drawn. Had any of it been applied or paid
    out, its answer could never be recorded.
    """
    (paid, other), method = bill(shop, invoices=2)
    wish = Wish(method.customer_id, method.pk, [paid.pk])
    with monkeypatch.context() as patch:
        patch.setattr("alarmdesk.payments.taking.carry_out", lambda *_, **__: (_ for _ in ()).throw(Dies()))
        with pytest.raises(Dies):
            take_payment(shop, wish, today=TODAY, now=clock.now, actor=ROSA)
    with inside(shop):
        customer, (flying,) = Customer.objects.get(), Payment.objects.all()
        assert (flying.status, on_account(customer).total, can_pay_out(customer)) == ("pending", 0, 0)
        with pytest.raises(IntegrityError), transaction.atomic():
            Allocation.objects.create(payment=flying, invoice=other, amount=Decimal(1), at=clock.now(), by="Rosa")
    with pytest.raises(TooMuch, match="is under way"):
        apply(shop, flying.pk, {other.pk: Decimal("1.00")}, at=clock.now(), actor=ROSA)
    assert pay_from_account(shop, today=TODAY + 60 * DAY, at=clock.now()) == 0
    issue_credit(shop, customer.pk, method.pk, Decimal(10), today=TODAY, now=clock.now, actor=ROSA)
    with inside(shop):
        assert not PaidOut.objects.exists()
    with clock.hold(clock.now() + DAY):
        resolve_unknown(shop, now=clock.now)
        with inside(shop):
            flying.refresh_from_db()
            assert flying.status == Payment.Status.FAILED  # it was never sent
        assert audit(shop, now=clock.now()).differences == []


def test_a_payment_whose_void_has_no_answer_is_not_paid_out(shop: Company, world: Any) -> None:
    held = Held(shop)
    with inside(shop):
        invoice = Invoice.objects.get(type="invoice")
    payment = take_payment(
        shop, Wish(held.customer.pk, held.method.pk, [invoice.pk]), today=TODAY, now=clock.now, actor=ROSA
    )
    apply(shop, payment.pk, {}, at=clock.now(), actor=ROSA)
    with inside(shop):
        assert on_account(held.customer).total == 50 + payment.amount
    world.fault("drop_after", path="transact", type="void", times=1)
    refund(shop, payment.pk, None, today=TODAY, now=clock.now, actor=ROSA)
    with inside(shop):
        assert on_account(held.customer).total == 50
    held.push("80.00")
    with inside(shop):
        assert sum(row.amount for row in PaidOut.objects.all()) == 50
    with clock.hold(clock.now() + DAY):
        resolve_unknown(shop, now=clock.now)
        with inside(shop):
            payment.refresh_from_db()
            assert (payment.status, payment.refunded) == (Payment.Status.CANCELLED, 0)
        assert audit(shop, now=clock.now()).differences == []


def test_what_has_not_settled_is_not_paid_out(shop: Company, world: Any) -> None:
    held = Held(shop)
    with inside(shop):
        invoice = Invoice.objects.get(type="invoice")
    payment = take_payment(
        shop, Wish(held.customer.pk, held.method.pk, [invoice.pk]), today=TODAY, now=clock.now, actor=ROSA
    )
    apply(shop, payment.pk, {}, at=clock.now(), actor=ROSA)
    with inside(shop):
        assert can_pay_out(held.customer) == 50
    held.push("80.00")
    with inside(shop):
        assert on_account(held.customer).total == payment.amount
