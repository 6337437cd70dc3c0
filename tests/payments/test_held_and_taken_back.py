"""What of a payment that the gateway holds for review, and of money that is taken back as a transaction of its own?"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import (
    line,
    make_billed_customer,
    make_furnished_company,
    make_invoice,
    make_recurring,
    net,
)
from alarmdesk.lib import clock
from alarmdesk.payments.attempts import Tally
from alarmdesk.payments.audit import audit
from alarmdesk.payments.charging import charge_due
from alarmdesk.payments.gateways.port import Outcome
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.models import Allocation, Attempt, AutoPay, BillingMethod, Gateway, Payment
from alarmdesk.payments.next_steps import Next, next_steps
from alarmdesk.payments.posting import post_due
from alarmdesk.payments.refunding import RefundUnderWay, refund
from alarmdesk.payments.settling import settle
from alarmdesk.payments.taking import InProgress, Wish, take_payment
from alarmdesk.payments.testing import make_auto_pay
from tests.payments.conftest import NOON
from tests.payments.nights import FIRST, night_of
from tests.payments.plain_gateway import PlainGateway
from tests.payments.test_taking import TODAY

DAY = dt.timedelta(days=1)


class Counter:
    """A company with a plain gateway, one customer, one method and one invoice of $89.97."""

    def __init__(self, gateway: PlainGateway) -> None:
        self.gateway, self.shop = gateway, make_furnished_company()
        with inside(self.shop):
            Gateway.objects.create(credentials={"security_key": "plain"})
            self.customer = make_billed_customer(state="")
            self.method = BillingMethod.objects.create(
                customer=self.customer, kind="ach", gateway=Gateway.objects.get(), vault_id="v", created_at=NOON,
                created_by="test",
            )  # fmt: skip
            self.invoice = make_invoice(self.customer, lines=[line(price="89.97")])

    def pay(self) -> Payment:
        wish = Wish(self.customer.pk, self.method.pk, [self.invoice.pk], receipt_to="nora@example.com")
        return take_payment(self.shop, wish, today=TODAY, now=clock.now, actor=SYSTEM)

    def settled(self) -> Payment:
        payment = self.pay()
        self.gateway.settle()
        settle(self.shop, at=clock.now())
        return payment

    def key(self) -> str:
        with inside(self.shop):
            return Attempt.objects.get(verb="sale").key

    def seen(self) -> tuple[str, Decimal]:
        with inside(self.shop):
            return Payment.objects.get(kind="sale").status, Invoice.objects.get(pk=self.invoice.pk).due

    def assert_balanced(self) -> None:
        assert [str(each) for each in audit(self.shop, now=clock.now()).differences] == []


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    with clock.hold(NOON):
        yield Counter(PlainGateway().rule(monkeypatch))


def test_a_payment_held_for_review_is_not_paid_and_blocks_its_invoice(at: Counter) -> None:
    at.gateway.answers_next = Outcome.HELD
    assert at.pay().status == Payment.Status.HELD
    assert at.seen() == ("held", Decimal("89.97"))
    with pytest.raises(InProgress):
        at.pay()
    with inside(at.shop):
        assert not at.shop.messages.filter(kind="receipt").exists()
    with clock.hold(NOON + DAY):
        resolve_unknown(at.shop, now=clock.now)  # held still
        assert at.seen() == ("held", Decimal("89.97"))
    at.assert_balanced()
    with inside(at.shop):
        assert Attempt.objects.get().checks == 1


@pytest.mark.parametrize(
    ("outcome", "status", "due"),
    [(Outcome.APPROVED, "pending", "0.00"), (Outcome.SETTLED, "complete", "0.00"),
     (Outcome.DECLINED, "failed", "89.97"), (Outcome.VOIDED, "cancelled", "89.97")],
)  # fmt: skip
def test_the_review_of_a_held_payment_is_followed_by_the_janitor(
    at: Counter, outcome: Outcome, status: str, due: str
) -> None:
    at.gateway.answers_next = Outcome.HELD
    at.pay()
    at.gateway.change(at.key(), outcome)
    with clock.hold(NOON + DAY):
        resolve_unknown(at.shop, now=clock.now)
        assert at.seen() == (status, Decimal(due))
        at.assert_balanced()


@pytest.mark.parametrize("is_held", [False, True])
def test_an_automatic_payment_that_was_voided_at_the_gateway_is_no_decline_and_not_drawn_again(
    at: Counter, is_held: bool
) -> None:
    with inside(at.shop):
        monthly = make_recurring(at.customer, anchor_on=FIRST, times=1, term=net(0), lines=[line(price="40.00")])
        make_auto_pay(monthly, at.method)
    at.gateway.loses, at.gateway.answers_next = "" if is_held else "after", Outcome.HELD if is_held else None
    generate_due(at.shop, today=FIRST, at=night_of(FIRST))
    assert charge_due(at.shop, today=FIRST, now=lambda: night_of(FIRST)).unknown == 1
    at.gateway.change(at.key(), Outcome.VOIDED)
    for night in (FIRST + days * DAY for days in range(1, 16)):
        assert resolve_unknown(at.shop, now=lambda: night_of(night)).declined == 0  # noqa: B023 (called at once)
        assert charge_due(at.shop, today=night, now=lambda: night_of(night)) == Tally()  # noqa: B023
    with inside(at.shop):
        payment, invoice = Payment.objects.get(), Invoice.objects.get(recurring_invoice=monthly)
        assert (payment.status, payment.failure) == ("cancelled", "Voided at the gateway.")
        assert invoice.due == Decimal("40.00")
        assert not at.shop.messages.filter(kind="payment_failed").exists()
        (step,) = next_steps([invoice], today=FIRST + 16 * DAY).values()
    assert step.kind is Next.CAME_BACK
    with clock.hold(night_of(FIRST + 16 * DAY)):
        at.assert_balanced()


def test_a_refund_that_was_voided_at_the_gateway_was_not_given(at: Counter) -> None:
    payment = at.settled()
    at.gateway.loses = "after"
    given = refund(at.shop, payment.pk, Decimal("30.00"), today=TODAY, now=clock.now, actor=SYSTEM)
    with inside(at.shop):
        at.gateway.change(given.attempts.get().key, Outcome.VOIDED)
    with clock.hold(NOON + DAY):
        resolve_unknown(at.shop, now=clock.now)
        assert at.seen() == ("complete", Decimal("0.00"))
        at.assert_balanced()


def test_a_return_as_a_new_transaction_is_matched_to_its_original(at: Counter) -> None:
    at.settled()
    rows = _allocations(at.shop)
    at.gateway.take_back(at.key(), Outcome.RETURNED, "R01 Insufficient Funds")
    with clock.hold(NOON + 3 * DAY):
        assert settle(at.shop, at=clock.now()) == 1
        assert settle(at.shop, at=clock.now()) == 0
        assert at.seen() == ("returned", Decimal("89.97"))
        at.assert_balanced()
    with inside(at.shop):
        payment = Payment.objects.get()
        assert (payment.return_code, payment.returned_at) == ("R01", NOON + 3 * DAY)
        assert BillingMethod.objects.get().blocked_at is None
    assert _allocations(at.shop)[: len(rows)] == rows  # taken back by a new row
    assert sum(amount for _, amount in _allocations(at.shop)) == 0


def _allocations(shop: Company) -> list[tuple[int, Decimal]]:
    with inside(shop):
        return list(Allocation.objects.order_by("pk").values_list("pk", "amount"))


@pytest.mark.parametrize(
    ("reason", "blocks", "ends"),
    [("R09 Uncollected Funds", False, False), ("R02 Account Closed", True, False),
     ("R10 Customer Advises Not Authorized", True, True), ("R51 Item Ineligible", True, True)],
)  # fmt: skip
def test_what_a_return_code_means_for_the_account(at: Counter, reason: str, blocks: bool, ends: bool) -> None:
    with inside(at.shop):
        make_auto_pay(make_recurring(at.customer), at.method)
    at.settled()
    at.gateway.change(at.key(), Outcome.RETURNED, reason)
    with clock.hold(NOON + 58 * DAY):
        settle(at.shop, at=clock.now())
    with inside(at.shop):
        assert (BillingMethod.objects.get().blocked_at is not None) == blocks
        assert (AutoPay.objects.get().ended_at is not None) == ends


def test_a_chargeback_opens_the_invoice_again(at: Counter) -> None:
    at.settled()
    at.gateway.take_back(at.key(), Outcome.DISPUTED, "10.4 Fraud")
    settle(at.shop, at=clock.now())
    assert at.seen() == ("disputed", Decimal("89.97"))
    at.assert_balanced()


def test_a_refund_that_is_refused_at_settlement_is_applied_again(at: Counter) -> None:
    payment = at.settled()
    given = refund(at.shop, payment.pk, Decimal("30.00"), today=TODAY, now=clock.now, actor=SYSTEM)
    assert at.seen() == ("complete", Decimal("30.00"))
    with inside(at.shop):
        key = given.attempts.get().key
    at.gateway.change(key, Outcome.RETURNED, "R03 No Account/Unable to Locate Account")
    settle(at.shop, at=clock.now())
    assert at.seen() == ("complete", Decimal("0.00"))
    with inside(at.shop):
        assert Payment.objects.get(kind="refund").status == Payment.Status.FAILED
    at.assert_balanced()


def test_nothing_is_given_back_twice_while_the_first_has_no_answer(at: Counter) -> None:
    payment = at.pay()
    at.gateway.loses = "after"
    refund(at.shop, payment.pk, None, today=TODAY, now=clock.now, actor=SYSTEM)
    with pytest.raises(RefundUnderWay):
        refund(at.shop, payment.pk, Decimal(10), today=TODAY, now=clock.now, actor=SYSTEM)
    with clock.hold(NOON + DAY):
        resolve_unknown(at.shop, now=clock.now)
        assert at.seen() == ("cancelled", Decimal("89.97"))
        at.assert_balanced()


def test_a_void_that_never_got_there_is_a_refund_once_the_payment_has_settled(at: Counter) -> None:
    payment = at.pay()
    at.gateway.loses = "before"
    refund(at.shop, payment.pk, None, today=TODAY, now=clock.now, actor=SYSTEM)
    with clock.hold(NOON + DAY):
        resolve_unknown(at.shop, now=clock.now)
        with inside(at.shop):
            assert Payment.objects.get(kind="refund").status == Payment.Status.QUEUED
        at.gateway.settle()
        settle(at.shop, at=clock.now())
        assert post_due(at.shop, today=TODAY, now=clock.now).given_back == 1
        at.assert_balanced()


def test_the_audit_finds_what_is_wrong_with_a_refund(at: Counter) -> None:
    payment = at.settled()
    refund(at.shop, payment.pk, Decimal("30.00"), today=TODAY, now=clock.now, actor=SYSTEM)
    at.assert_balanced()
    with inside(at.shop):
        key = Attempt.objects.get(verb="refund").key
    given = at.gateway.lines.pop(key)
    assert _found(at) == {"attempt: money moved is 30.00, but comes out as none"}
    at.gateway.lines[key] = given
    at.gateway.lines["extra"] = replace(given, key="extra", amount=Decimal(5))
    assert _found(at) == {"refund: amount in our books is none, but comes out as 5"}


def _found(at: Counter) -> set[str]:
    found = audit(at.shop, now=clock.now()).differences
    return {f"{str(each).split()[0]}: {str(each).split(': ', 1)[1]}" for each in found}
