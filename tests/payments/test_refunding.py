"""What when money is to be given back? The simulator's statement is the judge (F61, D3; acceptance test 8)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.audit import audit
from alarmdesk.payments.gateways.choosing import active_gateway, port_of
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.models import Allocation, Attempt, Payment
from alarmdesk.payments.recording import Received, record_payment
from alarmdesk.payments.refunding import (
    MoreThanLeft,
    NotRefundable,
    RefundDeclined,
    Way,
    cancel_queued,
    refund,
    send_queued,
    what_refund_does,
)
from alarmdesk.payments.settling import settle
from alarmdesk.payments.testing import make_method, make_payment, merchant_of
from tests.payments.conftest import NOON
from tests.payments.dialects import both_dialects, fault
from tests.payments.test_taking import HOURS, TODAY, fresh

ROSA = Actor("staff", "Rosa Dealer")


def sold(shop: Company, price: str = "150.00", invoices: int = 1) -> tuple[Payment, list[Invoice]]:
    """A card payment of that much for each of some invoices."""
    with inside(shop):
        customer = make_billed_customer(state="")
        method = make_method(customer)
        made = [make_invoice(customer, lines=[line(price=price)]) for _ in range(invoices)]
    return make_payment(shop, method, *made), made


def settled(shop: Company, world: Any) -> None:
    world.settle()
    settle(shop, at=clock.now())


def give_back(shop: Company, payment: Payment, amount: str | None = None) -> Payment:
    asked = None if amount is None else Decimal(amount)
    return refund(shop, payment.pk, asked, today=TODAY, now=clock.now, actor=ROSA)


def seen(shop: Company, payment: Payment) -> Payment:
    with inside(shop):
        return Payment.objects.get(pk=payment.pk)


def totals(world: Any, shop: Company) -> dict[str, str]:
    found: dict[str, str] = world.statement(merchant_of(shop), summary=True)["totals"]
    return found


def assert_balanced(shop: Company) -> None:
    assert [str(each) for each in audit(shop, now=clock.now()).differences] == []


@both_dialects
def test_a_whole_refund_before_settlement_is_a_void_and_the_invoice_is_open_again(shop: Company, world: Any) -> None:
    payment, (invoice,) = sold(shop)
    with inside(shop):
        assert what_refund_does(payment, None).way is Way.VOID
    assert give_back(shop, payment).pk == payment.pk
    assert seen(shop, payment).status == Payment.Status.CANCELLED
    assert fresh(shop, invoice).due == invoice.total
    assert totals(world, shop)["net"] == "0.00"
    assert_balanced(shop)


def test_a_cent_more_than_is_left_is_refused_by_postgresql_too(shop: Company, world: Any) -> None:
    payment, _ = sold(shop)
    settled(shop, world)
    give_back(shop, payment, "100.00")
    with pytest.raises(MoreThanLeft, match=r"50\.00"):
        give_back(shop, payment, "50.01")
    with pytest.raises(IntegrityError, match="applied_and_refunded"), inside(shop):
        Payment.objects.create(
            customer_id=payment.customer_id, number=99, kind="refund", method="card", amount=Decimal("-50.01"),
            status="pending", original=payment, received_on=TODAY, created_at=NOON, created_by="test",
        )  # fmt: skip


def test_a_refund_frees_unapplied_money_first_and_then_the_newest_allocation(shop: Company, world: Any) -> None:
    payment, (older, newer) = sold(shop, "60.00", invoices=2)
    settled(shop, world)
    give_back(shop, payment, "70.00")
    assert fresh(shop, newer).due == Decimal("60.00")
    assert fresh(shop, older).due == Decimal("10.00")
    with inside(shop):
        assert Payment.objects.get(pk=payment.pk).applied == Decimal("50.00")
        assert Allocation.objects.filter(amount__lt=0).count() == 2
    assert_balanced(shop)


def test_a_refund_that_the_gateway_declines_puts_back_what_it_had_freed(shop: Company, world: Any) -> None:
    payment, (invoice,) = sold(shop)
    with inside(shop):  # our books believe too early that it has settled
        Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.COMPLETE)
    with pytest.raises(RefundDeclined, match="settled"):
        give_back(shop, payment, "40.00")
    with inside(shop):
        failed = Payment.objects.get(kind="refund")
        assert (failed.status, failed.attempts.get().state) == ("failed", "declined")
        assert Payment.objects.get(pk=payment.pk).refunded == 0
    assert fresh(shop, invoice).due == 0
    assert totals(world, shop)["refunds"] == "0.00"


def test_what_was_freed_and_paid_meanwhile_stays_unapplied_when_the_refund_fails(shop: Company, world: Any) -> None:
    payment, (invoice,) = sold(shop)
    queued = give_back(shop, payment, "40.00")
    with inside(shop):
        record_payment(shop, Received(payment.customer_id, "cash", Decimal(30), TODAY), at=clock.now(), actor=ROSA)
    assert fresh(shop, invoice).due == Decimal("10.00")
    cancel_queued(shop, queued.pk, at=clock.now(), actor=ROSA)
    assert fresh(shop, invoice).due == 0
    assert seen(shop, payment).unapplied == Decimal("30.00")
    with pytest.raises(NotRefundable):
        cancel_queued(shop, queued.pk, at=clock.now(), actor=ROSA)
    assert_balanced(shop)


@both_dialects
def test_a_void_that_comes_too_late_is_a_refund_of_the_whole(shop: Company, world: Any) -> None:
    payment, (invoice,) = sold(shop)
    world.settle()  # and nobody has told us
    given = give_back(shop, payment)
    assert (given.kind, given.amount, given.status) == ("refund", Decimal("-150.00"), "pending")
    assert seen(shop, payment).status == Payment.Status.COMPLETE
    assert fresh(shop, invoice).due == invoice.total
    assert totals(world, shop)["net"] == "0.00"
    assert_balanced(shop)


@both_dialects
@pytest.mark.parametrize("what", ["drop_after", "error_500_after", "drop_before"])
@pytest.mark.parametrize("verb", ["void", "refund"])
def test_a_lost_answer_is_asked_about_until_it_is_definite(
    shop: Company, world: Any, dialect: str, verb: str, what: str
) -> None:
    payment, (invoice,) = sold(shop)
    if verb == "refund":
        settled(shop, world)
    # at Stripe a void is the refund of the whole
    fault(world, dialect, what, verb if dialect == "nmi" else "refund", times=1)
    give_back(shop, payment)
    with inside(shop):
        assert Attempt.objects.get(verb=verb).state == Attempt.State.UNKNOWN
    with clock.hold(clock.now() + 2 * HOURS):
        resolve_unknown(shop, now=clock.now)
    with clock.hold(clock.now() + 30 * HOURS):
        world.set_clock(clock.now())
        settle(shop, at=clock.now())
        send_queued(shop, now=clock.now)
        assert totals(world, shop)["net"] == "0.00"
        assert_balanced(shop)
    assert fresh(shop, invoice).due == invoice.total
    with inside(shop):
        assert not Attempt.objects.filter(state__in=("created", "sent", "unknown")).exists()


def test_cash_is_given_back_by_a_row_alone(shop: Company, world: Any) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        invoice = make_invoice(customer, lines=[line(price="80.00")])
        cash = record_payment(shop, Received(customer.pk, "cash", Decimal(100), TODAY), at=clock.now(), actor=ROSA)
        assert what_refund_does(cash, Decimal(30)).way is Way.RECORD
    given = give_back(shop, cash, "30.00")
    assert (given.status, given.amount) == ("complete", Decimal(-30))
    assert fresh(shop, invoice).due == Decimal("10.00")
    assert_balanced(shop)


@both_dialects
def test_a_queued_refund_of_a_payment_that_comes_to_nothing_is_cancelled(shop: Company, world: Any) -> None:
    payment, _ = sold(shop)
    queued = give_back(shop, payment, "40.00")
    with inside(shop):
        attempt = payment.attempts.get()
        port = port_of(active_gateway())
    port.void(key="by-the-dealer", external_id=attempt.external_id)
    settle(shop, at=clock.now())
    send_queued(shop, now=clock.now)
    assert seen(shop, queued).status == Payment.Status.CANCELLED
    assert totals(world, shop)["refunds"] == "0.00"
    assert_balanced(shop)
