"""What becomes of a payment that the cardholder disputes, whole or in part, and when it is won? At either gateway."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_furnished_company, make_invoice
from alarmdesk.payments.audit import audit
from alarmdesk.payments.models import Allocation, BillingMethod, Discrepancy, Payment
from alarmdesk.payments.processing_log import log_of
from alarmdesk.payments.reconciling import reconcile
from alarmdesk.payments.refunding import refund
from alarmdesk.payments.settling import settle
from alarmdesk.payments.statements import Period, make_statement
from alarmdesk.payments.testing import make_cash_payment, make_gateway, make_method, make_payment, merchant_of
from alarmdesk.payments.unblocking import StaysBlocked, unblock
from tests.payments.at_stripe import make_shop_at_stripe, make_stripe_card
from tests.payments.conftest import NOON
from tests.payments.test_taking import TODAY

DAY = dt.timedelta(days=1)


class Case:
    """Two invoices of $60 and $40 that one card payment of $100 has paid and that has settled."""

    def __init__(self, world: Any, dialect: str) -> None:
        self.world, self.dialect, self.at = world, dialect, NOON
        self.shop: Company = make_shop_at_stripe(world) if dialect == "stripe" else make_furnished_company()
        if dialect == "nmi":
            make_gateway(self.shop, world)
        with inside(self.shop):
            self.customer = make_billed_customer(state="")
            own = make_stripe_card(world, self.customer) if dialect == "stripe" else make_method(self.customer)
            self.invoices = [make_invoice(self.customer, lines=[line(price=price)]) for price in ("60.00", "40.00")]
        self.payment = make_payment(self.shop, own, *self.invoices)
        self.follow(days=3)

    def follow(self, *, days: int = 1) -> int:
        self.at += days * DAY
        self.world.set_clock(self.at)
        return settle(self.shop, at=self.at)

    def says(self, *, amount: str = "", is_won: bool = False) -> None:
        verb = ("win" if is_won else "dispute") if self.dialect == "stripe" else "reverse" if is_won else "chargeback"
        name = "payment_intent" if self.dialect == "stripe" else "transaction_id"
        with inside(self.shop):
            number = self.payment.attempts.get(verb="sale").external_id
        self.world.control(f"{self.dialect}/{verb}", {name: number, "amount": amount})

    def seen(self) -> tuple[str, Decimal, Decimal, list[Decimal]]:
        """Status, what is applied and given back of the payment, and what the invoices owe."""
        with inside(self.shop):
            payment = Payment.objects.get(pk=self.payment.pk)
            due = [Invoice.objects.get(pk=each.pk).due for each in self.invoices]
            return payment.status, payment.applied, payment.refunded, due

    def log(self) -> str:
        with inside(self.shop):
            return " | ".join(entry.says for entry in log_of(Payment.objects.get(pk=self.payment.pk)))

    def assert_balanced(self) -> None:
        assert [str(each) for each in audit(self.shop, now=self.at).differences] == []
        reconcile(self.shop, at=self.at)
        with inside(self.shop):
            assert not Discrepancy.objects.filter(settled_at=None).exists()

    @property
    def net(self) -> str:
        return str(self.world.statement(merchant_of(self.shop))["totals"]["net"])


@pytest.fixture(params=["nmi", "stripe"])
def case(request: pytest.FixtureRequest, world: Any, held_clock: None) -> Case:
    return Case(world, request.param)


def test_a_won_dispute_sets_the_payment_back_and_pays_its_invoices_again(case: Case) -> None:
    case.says()
    assert case.follow() == 1
    assert case.seen() == ("disputed", 0, 0, [Decimal(60), Decimal(40)])
    case.assert_balanced()
    with inside(case.shop):
        rows = list(Allocation.objects.order_by("pk").values_list("pk", "amount"))
    case.says(is_won=True)
    assert case.follow() == 1
    assert case.follow() == 0
    assert case.seen() == ("complete", Decimal(100), 0, [Decimal(0), Decimal(0)])
    case.assert_balanced()
    with inside(case.shop):
        payment = Payment.objects.get()
        assert (payment.failure, payment.dispute_won_at) == ("", case.at - DAY)
        assert list(Allocation.objects.order_by("pk").values_list("pk", "amount"))[: len(rows)] == rows
        own = BillingMethod.objects.get()
        assert own.blocked_at is not None  # whoever disputes is asked before the next charge
        unblock(own)
        own.refresh_from_db()
        assert (own.blocked_at, own.blocked_reason, own.is_processable) == (None, "", True)
    assert "disputes the charge" in case.log()
    assert "The dispute was won: $100.00 is back." in case.log()
    assert case.net == "100.00"


def test_what_was_paid_otherwise_meanwhile_is_not_paid_twice_when_the_dispute_is_won(case: Case) -> None:
    case.says()
    case.follow()
    with inside(case.shop):
        from alarmdesk.payments.allocating import allocate

        cash = make_cash_payment(case.customer, "60.00")
        allocate(payment=cash, invoice=case.invoices[0], amount=Decimal(60), at=case.at)
    case.says(is_won=True)
    case.follow()
    assert case.seen() == ("complete", Decimal(40), 0, [Decimal(0), Decimal(0)])
    with inside(case.shop):
        assert Payment.objects.get(pk=case.payment.pk).unapplied == Decimal(60)
    case.assert_balanced()


def test_statements_of_the_days_between_say_what_was_so_when_a_dispute_is_won(case: Case) -> None:
    days: list[tuple[dt.date, str]] = []

    def told(on: dt.date) -> tuple[str, str]:
        with inside(case.shop):
            period = Period("forward", TODAY - 30 * DAY, on)
            made = make_statement(case.customer, period, today=case.shop.local_date(case.at), at=case.at)
        return str(made.balance), made.snapshot["closing"]

    for act in (lambda: None, case.says, lambda: case.says(is_won=True)):
        act()
        case.follow(days=2)
        days.append((case.shop.local_date(case.at), told(case.shop.local_date(case.at))[0]))
    case.follow(days=2)
    assert [balance for _, balance in days] == ["0.00", "100.00", "0.00"]
    assert [told(on) for on, _ in days] == [(balance, balance) for _, balance in days]


def test_a_card_stays_blocked_while_its_dispute_stands(case: Case) -> None:
    case.says()
    case.follow()
    with inside(case.shop):
        own = BillingMethod.objects.get()
        with pytest.raises(StaysBlocked, match="Charged back"):
            unblock(own)
        own.refresh_from_db()
        assert own.blocked_at is not None


def test_a_dispute_of_a_part_takes_back_that_part_and_gives_it_back_when_won(case: Case) -> None:
    case.says(amount="30.00")
    assert case.follow() == 1
    assert case.follow() == 0
    assert case.seen() == ("complete", Decimal(70), Decimal(30), [Decimal(0), Decimal(30)])
    with inside(case.shop):
        part = Payment.objects.get(kind="refund")
        assert (part.status, part.amount, part.original_id) == ("disputed", Decimal(-30), case.payment.pk)
    case.assert_balanced()
    assert "$30.00 of $100.00" in case.log()
    case.says(is_won=True)
    assert case.follow() == 1
    assert case.follow() == 0
    assert case.seen() == ("complete", Decimal(100), 0, [Decimal(0), Decimal(0)])
    case.assert_balanced()
    with inside(case.shop):
        assert Payment.objects.get(kind="refund").status == Payment.Status.CANCELLED


def test_a_dispute_never_takes_what_a_refund_gave_back_before(case: Case) -> None:
    refund(case.shop, case.payment.pk, Decimal("80.00"), today=TODAY, now=lambda: case.at, actor=SYSTEM)
    case.follow(days=2)
    case.says(amount="30.00")
    case.follow()
    assert case.seen() == ("complete", 0, Decimal(100), [Decimal(60), Decimal(40)])
    with inside(case.shop):
        assert Payment.objects.get(kind="refund", status="disputed").amount == Decimal(-20)
    reconcile(case.shop, at=case.at)
    with inside(case.shop):
        assert Discrepancy.objects.get().kind == Discrepancy.Kind.STATUS  # ten dollars too many, for a person to see
