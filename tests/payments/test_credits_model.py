"""Do credits do what a plain model of them does, whatever comes in whatever order?

Invoices with taxes and discounts, credits in parts and of the rest, by hand, applied, voided, cash that pays: after
each step every due and every credit is as in the model and none is below zero; a line that is credited whole was
credited its tax to the cent, and in the end the audit finds nothing.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.invoicing.actions import Credited, SomethingPaid, void
from alarmdesk.invoicing.crediting import NotCreditable
from alarmdesk.invoicing.models import Invoice, LineReversal
from alarmdesk.invoicing.testing import line, make_billed_customer, make_furnished_company, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.allocating import TooMuch
from alarmdesk.payments.audit import audit
from alarmdesk.payments.crediting import Destination, Order, apply_oldest_first, bring_credit_to, make_credit
from alarmdesk.payments.recording import Received, record_payment
from tests.payments.conftest import NOON
from tests.payments.test_taking import TODAY

CENTS = st.integers(1, 20_000).map(lambda cents: Decimal(cents) / 100)
RATES = st.sampled_from(["0", "8.25", "9.975", "23"])
PICK = st.integers(0, 10**6)
ZERO = Decimal("0.00")


@dataclass
class Bill:
    """An invoice of the model: what it came to, and per line what is left to credit of [amount, tax]."""

    pk: int
    total: Decimal
    left: dict[int, list[Decimal]]
    cash: Decimal = ZERO
    is_void: bool = False


@dataclass
class Credit:
    """A credit of the model: what it takes back of which line, and what it takes off which invoice."""

    pk: int
    total: Decimal
    of: Bill | None = None
    parts: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    applied: dict[int, Decimal] = field(default_factory=dict)
    is_void: bool = False

    @property
    def rest(self) -> Decimal:
        return ZERO if self.is_void else self.total - sum(self.applied.values(), ZERO)


class Books(RuleBasedStateMachine):
    """The model beside the books of one new company."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = make_furnished_company()
        with inside(self.shop):
            self.customer = make_billed_customer(state="")
        self.bills: list[Bill] = []
        self.credits: list[Credit] = []

    def due(self, bill: Bill) -> Decimal:
        taken = sum((each.applied.get(bill.pk, ZERO) for each in self.credits), ZERO)
        return ZERO if bill.is_void else bill.total - bill.cash - taken

    def spread(self, amount: Decimal) -> dict[int, Decimal]:
        parts = {}
        for bill in self.bills:
            if amount > 0 and self.due(bill) > 0:
                parts[bill.pk] = min(amount, self.due(bill))
                amount -= parts[bill.pk]
        return parts

    @rule(prices=st.lists(st.tuples(CENTS, RATES), min_size=1, max_size=3), discount=st.booleans())
    def bill(self, prices: list[tuple[Decimal, str]], discount: bool) -> None:
        with inside(self.shop):
            lines = [line(str(price), tax_rate=Decimal(rate)) for price, rate in prices]
            if discount:
                lines.append(line(str(-prices[0][0] / 2), tax_rate=Decimal(prices[0][1])))
            made = make_invoice(self.customer, lines=lines)
            left = {
                each.pk: [each.amount, sum((tax.amount for tax in each.taxes.all()), ZERO)] for each in made.lines.all()
            }
        self.bills.append(Bill(made.pk, made.total, left))

    @precondition(lambda self: self.bills)
    @rule(number=PICK, shares=st.lists(st.integers(0, 100), min_size=4, max_size=4), offset=st.booleans())
    def credit_in_part(self, number: int, shares: list[int], offset: bool) -> None:
        bill = self.bills[number % len(self.bills)]
        parts = {
            pk: (left[0] * share / 100).quantize(Decimal("0.01"))
            for (pk, left), share in zip(bill.left.items(), shares, strict=False)
        }
        self.credit(bill, parts, offset)

    @precondition(lambda self: self.bills)
    @rule(number=PICK, offset=st.booleans())
    def credit_the_rest(self, number: int, offset: bool) -> None:
        bill = self.bills[number % len(self.bills)]
        if (made := self.credit(bill, None, offset)) is not None:
            assert all(left == [ZERO, ZERO] for left in bill.left.values())
            live = [each.total for each in self.credits if each.of is bill and not each.is_void]
            assert sum(live, ZERO) == bill.total, made

    def credit(self, bill: Bill, parts: dict[int, Decimal] | None, offset: bool) -> Credit | None:
        order = Order(bill.pk, parts, Destination.OFFSET if offset else Destination.BALANCE)
        try:
            made = make_credit(self.shop, order, today=TODAY, now=lambda: NOON, actor=SYSTEM).credit
        except NotCreditable:
            wanted = {pk: left[0] for pk, left in bill.left.items()} if parts is None else parts
            taken = sum((each.total for each in self.credits if each.of is bill and not each.is_void), ZERO)
            worth = sum(wanted.values(), ZERO)
            # refused with reason: void, nothing to credit, or more than the invoice without its discounts
            assert bill.is_void or worth <= 0 or any(left[0] < 0 for left in bill.left.values()) or taken == bill.total
            return None
        assert not bill.is_void
        assert made.total > 0
        kept = Credit(made.pk, made.total, bill)
        with inside(self.shop):
            for row in LineReversal.objects.filter(credit=made):
                kept.parts[row.line_id] = (row.amount, row.tax)
                left = bill.left[row.line_id]
                left[0], left[1] = left[0] - row.amount, left[1] - row.tax
                assert left[0] != 0 or left[1] == 0
        if offset and (off := min(made.total, self.due(bill))) > 0:
            kept.applied[bill.pk] = off
        self.credits.append(kept)
        return kept

    @rule(amount=CENTS)
    def credit_by_hand(self, amount: Decimal) -> None:
        with inside(self.shop):
            made = make_invoice(self.customer, type="credit", lines=[line(str(amount))])
        self.credits.append(Credit(made.pk, made.total))

    @precondition(lambda self: self.credits)
    @rule(number=PICK)
    def apply_to_the_oldest(self, number: int) -> None:
        credit = self.credits[number % len(self.credits)]
        parts = self.spread(credit.rest)
        done = apply_oldest_first(self.shop, credit.pk, at=NOON, actor=SYSTEM)
        assert done == sum(parts.values(), ZERO)
        for pk, part in parts.items():
            credit.applied[pk] = credit.applied.get(pk, ZERO) + part

    @precondition(lambda self: self.credits and self.bills)
    @rule(number=PICK, amounts=st.lists(CENTS, max_size=3))
    def apply_by_hand(self, number: int, amounts: list[Decimal]) -> None:
        credit = self.credits[number % len(self.credits)]
        wanted = dict(zip([each.pk for each in self.bills], amounts, strict=False))
        grows = {bill.pk: wanted.get(bill.pk, ZERO) - credit.applied.get(bill.pk, ZERO) for bill in self.bills}
        fits = all(grows[bill.pk] <= self.due(bill) for bill in self.bills if grows[bill.pk] > 0)
        if any(grow > 0 for grow in grows.values()) and not (fits and sum(grows.values(), ZERO) <= credit.rest):
            with pytest.raises(TooMuch):
                bring_credit_to(self.shop, credit.pk, wanted, at=NOON, actor=SYSTEM)
            return
        bring_credit_to(self.shop, credit.pk, wanted, at=NOON, actor=SYSTEM)
        credit.applied = wanted

    @rule(amount=CENTS)
    def receive_cash(self, amount: Decimal) -> None:
        parts = self.spread(amount)
        record_payment(self.shop, Received(self.customer.pk, "cash", amount, TODAY), at=NOON, actor=SYSTEM)
        for bill in self.bills:
            bill.cash += parts.get(bill.pk, ZERO)

    @precondition(lambda self: self.credits)
    @rule(number=PICK)
    def void_a_credit(self, number: int) -> None:
        credit = self.credits[number % len(self.credits)]
        if credit.is_void:
            return
        with inside(self.shop):
            void(Invoice.objects.get(pk=credit.pk), reason="Wrong", at=NOON, by="Rosa")
        credit.is_void, credit.applied = True, {}
        for pk, (amount, tax) in credit.parts.items():
            if credit.of is not None:
                credit.of.left[pk][0] += amount
                credit.of.left[pk][1] += tax

    @precondition(lambda self: self.bills)
    @rule(number=PICK)
    def void_an_invoice(self, number: int) -> None:
        bill = self.bills[number % len(self.bills)]
        live = any(each.of is bill and not each.is_void for each in self.credits)
        with inside(self.shop):
            invoice = Invoice.objects.get(pk=bill.pk)
            if bill.is_void:
                return
            if live or self.due(bill) != bill.total:
                with pytest.raises((Credited, SomethingPaid)):
                    void(invoice, reason="Wrong", at=NOON, by="Rosa")
                return
            void(invoice, reason="Wrong", at=NOON, by="Rosa")
        bill.is_void = True

    @invariant()
    def our_books_are_the_model(self) -> None:
        with inside(self.shop):
            ours = {each.pk: each for each in Invoice.objects.all()}
        for bill in self.bills:
            assert ours[bill.pk].due == self.due(bill) >= 0
            assert ours[bill.pk].received == bill.cash
        for credit in self.credits:
            assert (ours[credit.pk].total, ours[credit.pk].left) == (credit.total, credit.rest)
            assert credit.rest >= 0

    def teardown(self) -> None:
        found = audit(self.shop, now=NOON)
        assert [str(each) for each in found.differences] == []


def told_apart(*, examples: int, steps: int) -> None:
    quiet: Any = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, derandomize=examples < 100,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    with clock.hold(NOON):
        run_state_machine_as_test(Books, settings=quiet)


def test_whatever_comes_credits_are_those_of_a_plain_model() -> None:
    told_apart(examples=15, steps=15)


@pytest.mark.slow
def test_whatever_comes_1000_times_credits_are_those_of_a_plain_model() -> None:
    told_apart(examples=1_000, steps=20)
