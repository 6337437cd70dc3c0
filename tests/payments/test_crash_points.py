"""What is left when the process dies at any point of a charge, a credit, a void or a refund? The books of the gateway
and ours, in agreement, once the janitor has asked (acceptance test 1).

Every point is tried: how many there are is counted in a run to the end, so that a new step is covered by itself.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.queries import crediting
from alarmdesk.invoicing.testing import line, make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.audit import audit
from alarmdesk.payments.crediting import Destination, Order, make_credit
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.models import BillingMethod, Payment
from alarmdesk.payments.posting import post_due
from alarmdesk.payments.recording import issue_credit
from alarmdesk.payments.refunding import NotRefunded, refund
from alarmdesk.payments.settling import settle
from alarmdesk.payments.taking import NotPaid, Wish, schedule_payment, take_payment
from alarmdesk.payments.testing import make_method, make_payment, merchant_of
from tests.payments.crashes import die_at, points_of
from tests.payments.dialects import both_dialects
from tests.payments.nights import copy_of
from tests.payments.test_taking import TODAY

Act = Callable[[], Any]
MOST_POINTS = 60


class Till:
    """Customers of one shop, each with an amount of their own by which the gateway's statement tells them apart."""

    def __init__(self, shop: Company, world: Any) -> None:
        self.shop, self.world = shop, world
        self.made = 0
        world.merchant(merchant_of(shop), duplicate_seconds=0)
        with inside(shop):
            self.method = make_method(make_billed_customer(state=""))

    def bill(self) -> tuple[Invoice, BillingMethod]:
        self.made += 1
        with inside(self.shop):
            customer = make_billed_customer(state="")
            price = str(Decimal("20.00") + Decimal(self.made) / 100)
            return make_invoice(customer, lines=[line(price=price)]), copy_of(self.method, customer.pk)

    def pay(self, invoice: Invoice, method: BillingMethod) -> Act:
        wish = Wish(method.customer_id, method.pk, [invoice.pk])
        return lambda: take_payment(self.shop, wish, today=TODAY, now=clock.now, actor=SYSTEM)

    def give_back(self, payment: Payment, amount: Decimal | None = None) -> Act:
        return lambda: refund(self.shop, payment.pk, amount, today=TODAY, now=clock.now, actor=SYSTEM)

    def rows(self, kind: str) -> Counter[Decimal]:
        """The amounts that the gateway says moved, and how often each."""
        return Counter(
            Decimal(row["amount"])
            for row in self.world.statement(merchant_of(self.shop))["transactions"]
            if row["type"] == kind and row["status"] in ("pending", "settled")
        )

    def recover(self) -> None:
        """The janitor's rounds and two nights' work, with the clock of both worlds moved two days."""
        start = clock.now()
        for hours in (2, 30, 54):
            with clock.hold(start + dt.timedelta(hours=hours)):
                self.world.set_clock(clock.now())
                resolve_unknown(self.shop, now=clock.now)
                settle(self.shop, at=clock.now())
                post_due(self.shop, today=self.shop.local_date(clock.now()), now=clock.now)
                settle(self.shop, at=clock.now())
                found = audit(self.shop, now=clock.now())
        assert [str(each) for each in found.differences] == []
        assert found.unknown == 0


@pytest.fixture
def till(shop: Company, world: Any) -> Till:
    return Till(shop, world)


def interrupted_everywhere(prepare: Callable[[], Act], tidy_up: Act = lambda: None) -> None:
    """Interrupt the act at each of its points, each time on a customer of its own."""
    count = points_of(prepare())
    assert 8 <= count <= MOST_POINTS
    for point in range(1, count + 1):
        assert die_at(point, prepare())
        tidy_up()
    assert not die_at(count + 1, prepare())


@both_dialects
def test_a_sale_interrupted_at_any_point_is_made_once(till: Till) -> None:
    bills: list[tuple[Invoice, BillingMethod]] = []

    def prepare() -> Act:
        bills.append(till.bill())
        return till.pay(*bills[-1])

    interrupted_everywhere(prepare)
    till.recover()
    sold = till.rows("sale")
    for invoice, method in bills:
        with inside(till.shop):
            paid = Invoice.objects.get(pk=invoice.pk).due == 0
        assert sold[invoice.total] == int(paid)
        if not paid:  # the payer sees that it is owed still, and pays again
            with clock.hold(clock.now() + dt.timedelta(days=3)):
                till.pay(invoice, method)()
    assert set(till.rows("sale").values()) == {1}
    with inside(till.shop):
        assert not [invoice for invoice in Invoice.objects.all() if invoice.due]


@both_dialects
def test_a_void_interrupted_at_any_point_gives_the_money_back_once(till: Till) -> None:
    payments: list[Payment] = []

    def prepare() -> Act:
        invoice, method = till.bill()
        payments.append(make_payment(till.shop, method, invoice))
        return till.give_back(payments[-1])

    interrupted_everywhere(prepare)
    till.recover()
    _given_back_once(till, payments, None)
    assert till.rows("sale") - till.rows("refund") == {}


@both_dialects
def test_a_refund_interrupted_at_any_point_gives_the_money_back_once(till: Till) -> None:
    part = Decimal("10.00")
    payments: list[Payment] = []
    for _ in range(MOST_POINTS // 2):
        invoice, method = till.bill()
        payments.append(make_payment(till.shop, method, invoice))
    till.world.settle()
    settle(till.shop, at=clock.now())
    waiting = iter(payments)

    def prepare() -> Act:
        payment = next(waiting)
        return till.give_back(payment, payment.amount - part)

    interrupted_everywhere(prepare)
    till.recover()
    _given_back_once(till, payments, part)
    assert till.rows("refund") == Counter(payment.amount - part for payment in payments)


@pytest.mark.parametrize("settled", [False, True], ids=["void", "refund"])
def test_a_credit_that_refunds_interrupted_at_any_point_gives_the_money_back_or_was_never_made(
    till: Till, *, settled: bool
) -> None:
    bills: list[Invoice] = []

    def prepare() -> Act:
        invoice, method = till.bill()
        payment = make_payment(till.shop, method, invoice)
        if settled:
            till.world.settle()
            settle(till.shop, at=clock.now())
        bills.append(invoice)
        order = Order(invoice.pk, None, Destination.REFUND, payment_id=payment.pk)
        return lambda: make_credit(till.shop, order, today=TODAY, now=clock.now, actor=SYSTEM)

    interrupted_everywhere(prepare)
    till.recover()
    kept = till.rows("sale") - till.rows("refund")
    with inside(till.shop):
        credited = {invoice.total for invoice in bills if crediting(invoice).exists()}
    assert kept == Counter(invoice.total for invoice in bills if invoice.total not in credited)
    assert 0 < len(kept) < len(bills) / 2


def _given_back_once(till: Till, payments: list[Payment], keep: Decimal | None) -> None:
    """Whoever finds that nothing was given back asks again; nobody is given more than they were to have."""
    with inside(till.shop):
        now = Payment.objects.in_bulk([payment.pk for payment in payments])
    with clock.hold(clock.now() + dt.timedelta(days=3)):
        for payment in now.values():
            if payment.status == Payment.Status.COMPLETE and payment.refunded == 0:
                till.give_back(payment, None if keep is None else payment.amount - keep)()
            elif keep is not None:
                with pytest.raises(NotRefunded):
                    till.give_back(payment, payment.amount - keep)()


def test_a_credit_interrupted_at_any_point_is_pushed_at_most_once(till: Till) -> None:
    amounts: list[Decimal] = []

    def prepare() -> Act:
        amounts.append(Decimal("5.00") + Decimal(len(amounts)) / 100)
        amount = amounts[-1]
        return lambda: issue_credit(
            till.shop, till.method.customer_id, till.method.pk, amount, today=TODAY, now=clock.now, actor=SYSTEM
        )

    interrupted_everywhere(prepare)
    till.recover()
    pushed = till.rows("credit")
    with inside(till.shop):
        good = Payment.objects.filter(kind="credit", status__in=["pending", "complete"])
        assert Counter(-payment.amount for payment in good) == pushed
    assert set(pushed.values()) == {1}


@pytest.mark.slow
@both_dialects
def test_the_queues_of_the_night_interrupted_at_any_point_are_worked_off_once(till: Till) -> None:
    """A scheduled payment and a refund that waited for settlement, whatever point the night died at."""
    invoices: list[Invoice] = []
    tomorrow = TODAY + dt.timedelta(days=1)

    def prepare() -> Act:
        invoice, method = till.bill()
        payment = make_payment(till.shop, method, invoice)
        till.give_back(payment, Decimal("10.00"))()
        till.world.settle()
        settle(till.shop, at=clock.now())
        invoice, method = till.bill()
        invoices.append(invoice)
        wish = Wish(method.customer_id, method.pk, [invoice.pk])
        schedule_payment(till.shop, wish, tomorrow, at=clock.now(), actor=SYSTEM)
        return post

    def post() -> None:
        post_due(till.shop, today=tomorrow, now=clock.now)

    interrupted_everywhere(prepare, tidy_up=post)
    till.recover()
    assert till.rows("refund") == {Decimal("10.00"): len(invoices)}
    sold = till.rows("sale")
    with inside(till.shop):
        for invoice in Invoice.objects.filter(pk__in=[invoice.pk for invoice in invoices]):
            payment = Payment.objects.get(plans__invoice=invoice)
            assert (payment.status == "complete") == (invoice.due == 0) == (sold[invoice.total] == 1)
            assert payment.status in ("complete", "failed")  # never heard of: a person is told


def test_a_payer_who_was_interrupted_is_told_that_it_is_under_way(till: Till) -> None:
    invoice, method = till.bill()
    act = till.pay(invoice, method)
    assert die_at(points_of(till.pay(*till.bill())) // 2, act)
    with pytest.raises(NotPaid, match="under way"):
        act()
