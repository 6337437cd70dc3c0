"""Do our books do what a plain model of money does, whatever comes in whatever order?

Charges (some without an answer), amounts of one's own, cash, partial refunds, voids (some too late), allocations by
hand, settlement and returns: after each step every invoice, payment and sum is as in the model, and in the end the
audit finds nothing.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_furnished_company, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.allocating import TooMuch, apply
from alarmdesk.payments.audit import audit
from alarmdesk.payments.gateways.port import Outcome
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.models import BillingMethod, Gateway, Payment
from alarmdesk.payments.recording import Received, record_payment
from alarmdesk.payments.refunding import MoreThanLeft, NotRefundable, RefundDeclined, refund, send_queued
from alarmdesk.payments.settling import settle
from alarmdesk.payments.taking import Wish, take_payment
from tests.payments.conftest import NOON
from tests.payments.plain_gateway import PlainGateway
from tests.payments.test_taking import TODAY

CENTS = st.integers(1, 20_000).map(lambda cents: Decimal(cents) / 100)
PICK = st.integers(0, 10**6)
ZERO = Decimal("0.00")
Parts = dict[int, Decimal]


@dataclass
class Money:
    """One payment of the model. `parts` are its allocations in the order of their rows: [invoice, amount]."""

    pk: int
    amount: Decimal
    status: str
    is_cash: bool = False
    is_settled: bool = False  # at the gateway, whether we know or not
    is_returned: bool = False
    parts: list[tuple[int, Decimal]] = field(default_factory=list)
    plan: Parts = field(default_factory=dict)
    refunded: Decimal = ZERO
    queued: Decimal = ZERO

    @property
    def is_good(self) -> bool:
        return self.status in ("pending", "complete")

    @property
    def applied(self) -> Decimal:
        return sum((amount for _, amount in self.parts), ZERO)

    def of(self, invoice: int) -> Decimal:
        return sum((amount for each, amount in self.parts if each == invoice), ZERO)

    def give(self, amount: Decimal) -> list[tuple[int, Decimal]]:
        """Count a refund; what had to be freed for it, the newest allocation first."""
        free = max(ZERO, self.applied - (self.amount - self.refunded - amount))
        freed: dict[int, Decimal] = {}
        self.refunded += amount
        while free > 0:
            invoice, part = self.parts.pop()
            taken = min(part, free)
            if part > taken:
                self.parts.append((invoice, part - taken))
            freed[invoice] = freed.get(invoice, ZERO) + taken
            free -= taken
        return sorted(freed.items())


class Books(RuleBasedStateMachine):
    """The model beside the books of one new company."""

    gateway: PlainGateway

    def __init__(self) -> None:
        super().__init__()
        self.gateway.__init__()  # type: ignore[misc]
        self.now = NOON
        self.shop = make_furnished_company()
        with inside(self.shop):
            Gateway.objects.create(credentials={"security_key": "plain"})
            self.customer = make_billed_customer(state="")
            self.method = BillingMethod.objects.create(
                customer=self.customer, kind="card", gateway=Gateway.objects.get(), vault_id="v", created_at=NOON,
                created_by="test",
            )  # fmt: skip
        self.totals: Parts = {}
        self.money: list[Money] = []

    # what the model knows

    def due(self, invoice: int) -> Decimal:
        return self.totals[invoice] - sum((each.of(invoice) for each in self.money), ZERO)

    def reserved(self) -> set[int]:
        return {invoice for each in self.money if each.status == "unknown" for invoice in each.plan}

    def open(self) -> list[int]:
        return [each for each in self.totals if self.due(each) > 0 and each not in self.reserved()]

    def pick(self, number: int, *, cash: bool = True) -> Money | None:
        known = [each for each in self.money if each.status != "unknown" and (cash or not each.is_cash)]
        return known[number % len(known)] if known else None

    def pay_plan(self, money: Money) -> None:
        for invoice, amount in sorted(money.plan.items()):
            part = min(amount, self.due(invoice))
            if part > 0:
                money.parts.append((invoice, part))

    def row(self, money: Money) -> str:
        with inside(self.shop):
            return Payment.objects.get(pk=money.pk).attempts.get(verb="sale").key

    # what happens

    @rule(total=CENTS)
    def bill(self, total: Decimal) -> None:
        with inside(self.shop):
            invoice = make_invoice(self.customer, lines=[line(price=str(total))])
        self.totals[invoice.pk] = invoice.total

    @precondition(lambda self: self.open())
    @rule(number=PICK, several=st.booleans(), loses=st.sampled_from(["", "", "before", "after"]))
    def charge(self, number: int, several: bool, loses: str) -> None:
        invoices = self.open() if several else [self.open()[number % len(self.open())]]
        self.take(Wish(self.customer.pk, self.method.pk, invoices), {each: self.due(each) for each in invoices}, loses)

    @rule(amount=CENTS)
    def pay_own_amount(self, amount: Decimal) -> None:
        wish = Wish(self.customer.pk, self.method.pk, amount=amount, oldest_first=True)
        self.take(wish, self.spread(amount), "", amount)

    def spread(self, amount: Decimal) -> Parts:
        plan: Parts = {}
        for invoice in sorted(self.open()):
            if amount > 0:
                plan[invoice] = min(amount, self.due(invoice))
                amount -= plan[invoice]
        return plan

    def take(self, wish: Wish, plan: Parts, loses: str, amount: Decimal | None = None) -> None:
        self.gateway.loses = loses
        payment = take_payment(self.shop, wish, today=TODAY, now=lambda: self.now, actor=SYSTEM)
        money = Money(payment.pk, amount or sum(plan.values(), ZERO), "unknown" if loses else "pending", plan=plan)
        self.money.append(money)
        if not loses:
            self.pay_plan(money)

    @rule(amount=CENTS)
    def receive_cash(self, amount: Decimal) -> None:
        plan = self.spread(amount)
        received = Received(self.customer.pk, "cash", amount, TODAY)
        payment = record_payment(self.shop, received, at=self.now, actor=SYSTEM)
        self.money.append(Money(payment.pk, amount, "complete", is_cash=True, parts=sorted(plan.items())))

    @rule(number=PICK, amount=st.none() | CENTS)
    def give_back(self, number: int, amount: Decimal | None) -> None:
        money = self.pick(number)
        if money is None:
            return
        left = money.amount - money.refunded if money.is_good else ZERO
        asked = left if amount is None else amount
        outcome = self.asked_back(money, asked)
        if left <= 0:
            outcome = NotRefundable
        elif asked > left:
            outcome = MoreThanLeft
        if outcome is None:
            refund(self.shop, money.pk, amount, today=TODAY, now=lambda: self.now, actor=SYSTEM)
            self.was_given(money, asked)
            return
        with pytest.raises(outcome):
            refund(self.shop, money.pk, amount, today=TODAY, now=lambda: self.now, actor=SYSTEM)
        if outcome is RefundDeclined and money.status == "complete":
            freed = money.give(asked)
            money.refunded -= asked
            money.parts += freed

    def asked_back(self, money: Money, asked: Decimal) -> type[Exception] | None:
        """What the gateway will not do, because it has gone further than we know."""
        is_void = money.status == "pending" and asked == money.amount
        at_once = money.status == "complete" and not money.is_cash
        return RefundDeclined if money.is_returned and (is_void or at_once) else None

    def was_given(self, money: Money, asked: Decimal) -> None:
        if money.status == "pending" and asked == money.amount and not money.is_settled:
            money.status, money.parts = "cancelled", []
            return
        if money.status == "pending" and asked == money.amount:
            money.status = "complete"  # the void came too late
        elif money.status == "pending":
            money.queued += asked
        money.give(asked)

    @rule(number=PICK, shares=st.lists(CENTS, max_size=3))
    def apply_by_hand(self, number: int, shares: list[Decimal]) -> None:
        money = self.pick(number)
        if money is None:
            return
        wanted = dict(zip(sorted(self.totals), shares, strict=False))
        changes = {
            invoice: wanted.get(invoice, ZERO) - money.of(invoice)
            for invoice in {*wanted, *(i for i, _ in money.parts)}
        }
        grows = {invoice: change for invoice, change in changes.items() if change > 0}
        rest = money.amount - money.applied - money.refunded
        fits = money.is_good and sum(changes.values(), ZERO) <= rest
        is_free = not self.reserved() & set(grows)
        if grows and not (is_free and fits and all(change <= self.due(invoice) for invoice, change in grows.items())):
            with pytest.raises(TooMuch):
                apply(self.shop, money.pk, wanted, at=self.now, actor=SYSTEM)
            return
        apply(self.shop, money.pk, wanted, at=self.now, actor=SYSTEM)
        less = {invoice for invoice, change in changes.items() if change < 0}
        money.parts = [part for part in money.parts if part[0] not in less]
        for invoice, change in sorted(changes.items()):
            amount = wanted.get(invoice, ZERO) if change < 0 else change
            if amount > 0:
                money.parts.append((invoice, amount))

    @rule()
    def the_gateway_settles(self) -> None:
        self.gateway.settle()
        for money in self.money:
            if not money.is_cash and money.status != "cancelled" and self.gateway.look_up(self.row(money)):
                money.is_settled = True

    @rule(number=PICK, is_new=st.booleans())
    def the_bank_returns(self, number: int, is_new: bool) -> None:
        money = self.pick(number, cash=False)
        if money is None or not money.is_settled or money.is_returned or not money.is_good:
            return
        if is_new and money.refunded == 0:
            self.gateway.take_back(self.row(money), Outcome.RETURNED, "R01 Insufficient Funds")
            self.learn()  # the old line stands: nobody can tell from it that the money is gone
            money.status, money.parts, money.is_returned = "returned", [], True
        else:
            self.gateway.change(self.row(money), Outcome.RETURNED, "R01 Insufficient Funds")
            money.is_returned = True

    @rule()
    def we_read_the_statement(self) -> None:
        self.learn()

    def learn(self) -> None:
        settle(self.shop, at=self.now)
        send_queued(self.shop, now=lambda: self.now)
        for money in self.money:
            if not money.is_good or money.is_cash or not money.is_settled:
                continue
            if money.is_returned:
                money.status, money.parts = "returned", []
                money.refunded -= money.queued
            else:
                money.status = "complete"
            money.queued = ZERO

    @rule()
    def the_janitor_asks(self) -> None:
        self.now += dt.timedelta(hours=2)
        resolve_unknown(self.shop, now=lambda: self.now)
        for money in self.money:
            if money.status == "unknown":
                was_made = self.gateway.look_up(self.row(money)) is not None
                money.status = ("complete" if money.is_settled else "pending") if was_made else "failed"
                if was_made:
                    self.pay_plan(money)

    # what must be so

    @invariant()
    def our_books_are_the_model(self) -> None:
        with inside(self.shop):
            paid = {each.pk: each.due for each in Invoice.objects.all()}
            rows = Payment.objects.filter(kind="sale").values_list("pk", "status", "applied", "refunded")
            ours = {pk: tuple(told) for pk, *told in rows}
        assert paid == {invoice: self.due(invoice) for invoice in self.totals}
        assert ours == {each.pk: (each.status, each.applied, each.refunded) for each in self.money}

    def teardown(self) -> None:
        self.the_janitor_asks()
        self.learn()
        self.our_books_are_the_model()
        found = audit(self.shop, now=self.now)
        assert ([str(each) for each in found.differences], found.unknown) == ([], 0)


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Books]]:
    with clock.hold(NOON):
        yield type("Books", (Books,), {"gateway": PlainGateway().rule(monkeypatch)})


def told_apart(books: Any, *, examples: int, steps: int) -> None:
    quiet = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, derandomize=examples < 100,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(books, settings=quiet)


def test_whatever_comes_our_books_are_those_of_a_plain_model(books: Any) -> None:
    told_apart(books, examples=25, steps=15)


@pytest.mark.slow
def test_whatever_comes_2000_times_our_books_are_those_of_a_plain_model(books: Any) -> None:
    told_apart(books, examples=2_000, steps=20)
