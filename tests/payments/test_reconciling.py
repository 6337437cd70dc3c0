"""The gateway's books are held against ours: every difference is found, none is invented, and gone ones close."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.testing import line, make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.models import Attempt, Deposit, Discrepancy, Payment
from alarmdesk.payments.reconciling import close, reconcile
from alarmdesk.payments.settling import settle
from alarmdesk.payments.testing import make_method, make_payment
from tests.payments.conftest import NOON
from tests.payments.dialects import both_dialects, deaf, repeat

DAY = dt.timedelta(days=1)
ROSA = Actor("staff", "Rosa Diaz")


def make_paid(shop: Company, *prices: str) -> list[Payment]:
    """A customer's invoices of these prices, each paid by a card payment of its own."""
    with inside(shop):
        customer = make_billed_customer(state="")
        method = make_method(customer)
        invoices = [make_invoice(customer, lines=[line(price=price)]) for price in prices]
    return [make_payment(shop, method, invoice) for invoice in invoices]


def days_later(world: Any, days: int) -> dt.datetime:
    at = NOON + days * DAY
    world.set_clock(at)
    return at


def differences(shop: Company) -> list[tuple[str, str, str]]:
    with inside(shop):
        standing = Discrepancy.objects.filter(settled_at=None).order_by("pk")
        return [(each.kind, each.ours, each.theirs) for each in standing]


def settled(shop: Company, at: dt.datetime) -> None:
    settle(shop, at=at)


@both_dialects
def test_a_day_without_trouble_is_a_deposit_that_matches(shop: Company, world: Any) -> None:
    make_paid(shop, "20.00", "30.00", "40.05")
    at = days_later(world, 1)
    settled(shop, at)
    done = reconcile(shop, at=at)
    assert (done.lines, done.deposits, done.standing) == (3, 1, 0)
    with inside(shop):
        deposit = Deposit.objects.get()
        assert (deposit.count, deposit.amount) == (3, Decimal("90.05"))
        assert (deposit.matched_count, deposit.matched_amount) == (3, Decimal("90.05"))
    again = reconcile(shop, at=at + DAY)
    assert (again.standing, again.deposits) == (0, 1)
    with inside(shop):
        assert Deposit.objects.count() == 1


@both_dialects
def test_every_kind_of_difference_is_found_and_closes_when_it_is_gone(shop: Company, world: Any, dialect: str) -> None:
    paid = make_paid(shop, "20.00", "30.00", "40.00", "50.00", "60.00")
    at = days_later(world, 1)
    settled(shop, at)
    with inside(shop):
        extra, missing, amount, status, twice = (payment.attempts.get() for payment in paid)
        Attempt.objects.filter(pk=extra.pk).update(key="was-" + extra.key[:16], state="declined")
        Attempt.objects.filter(pk=missing.pk).update(key="not-at-the-gateway")
        Attempt.objects.filter(pk=amount.pk).update(amount=Decimal("40.01"))
        Payment.objects.filter(pk=status.payment_id).update(status="pending")
    repeat(world, dialect, twice.external_id)
    at += 2 * DAY
    reconcile(shop, at=at)
    assert sorted(differences(shop)) == [
        ("amount", "40.01", "40.00"),
        ("extra", "", "20.00"),
        ("extra", "", "30.00"),
        ("missing", "30.00", ""),
        ("status", "pending", "settled"),
        ("twice", "1", "2"),
    ]
    with inside(shop):
        Attempt.objects.filter(pk=extra.pk).update(key=extra.key, state="approved")
        Attempt.objects.filter(pk=missing.pk).update(key=missing.key)
        Attempt.objects.filter(pk=amount.pk).update(amount=amount.amount)
        Payment.objects.filter(pk=status.payment_id).update(status="complete")
    done = reconcile(shop, at=at + DAY)
    assert (done.gone, done.standing) == (5, 1)
    assert differences(shop) == [("twice", "1", "2")]


def test_what_a_person_has_closed_stays_closed_until_it_says_something_new(shop: Company, world: Any) -> None:
    (payment,) = make_paid(shop, "20.00")
    at = days_later(world, 1)
    settled(shop, at)
    with inside(shop):
        attempt = payment.attempts.get()
        Attempt.objects.filter(pk=attempt.pk).update(amount=Decimal("21.00"))
    assert reconcile(shop, at=at).new == 1
    assert reconcile(shop, at=at).new == 0
    with inside(shop, actor=ROSA):
        (difference,) = Discrepancy.objects.all()
        assert close(difference, note="A typing error of the bank", at=at, actor=ROSA)
        assert not close(difference, note="Twice", at=at, actor=ROSA)
    assert reconcile(shop, at=at + DAY).standing == 0
    with inside(shop):
        Attempt.objects.filter(pk=attempt.pk).update(amount=Decimal("22.00"))
    assert reconcile(shop, at=at + 2 * DAY).standing == 1


def test_what_is_still_on_the_wire_is_no_difference(shop: Company, world: Any) -> None:
    (payment,) = make_paid(shop, "20.00")
    with inside(shop):
        Attempt.objects.filter(payment=payment).update(state="unknown")
    assert reconcile(shop, at=clock.now()).standing == 0
    with inside(shop):
        Attempt.objects.filter(payment=payment).update(state="approved", key="sent-a-moment-ago")
    assert reconcile(shop, at=clock.now()).standing == 1  # the charge that nobody knows, not the one on the wire


@both_dialects
def test_a_gateway_out_of_reach_closes_nothing(shop: Company, world: Any, dialect: str) -> None:
    from alarmdesk.payments.gateways.port import NoAnswer

    make_paid(shop, "20.00")
    with inside(shop):
        Attempt.objects.update(amount=Decimal("19.00"))
    reconcile(shop, at=clock.now())
    deaf(world, dialect)
    with pytest.raises(NoAnswer):
        reconcile(shop, at=clock.now())
    assert differences(shop) == [("amount", "19.00", "20.00")]


def test_what_was_matched_is_not_read_again_and_what_changes_late_is_found_still(shop: Company, world: Any) -> None:
    paid = make_paid(shop, "20.00", "30.00", "40.00", "50.00")
    at = days_later(world, 1)
    settled(shop, at)
    with inside(shop):
        back, twice, wrong, missing = (payment.attempts.get() for payment in paid)
        Attempt.objects.filter(pk=wrong.pk).update(amount=Decimal("40.01"))
        Attempt.objects.filter(pk=missing.pk).update(key="not-at-the-gateway")
    assert reconcile(shop, at=at).lines == 4
    reconcile(shop, at=days_later(world, 3))  # the overlap
    at = days_later(world, 20)
    done = reconcile(shop, at=at)
    assert (done.lines, done.standing) == (0, 3)  # what differs stands, and nobody needed to be asked for all of it
    world.control("nmi/chargeback", {"transaction_id": back.external_id})
    world.control("nmi/repeat", {"transaction_id": twice.external_id})
    at = days_later(world, 21)
    reconcile(shop, at=at)
    assert ("status", "complete", "disputed") in differences(shop)
    settled(shop, at)
    reconcile(shop, at=at)
    with inside(shop):
        Attempt.objects.filter(pk=wrong.pk).update(amount=Decimal("40.00"))
        Attempt.objects.filter(pk=missing.pk).update(key=missing.key)
    done = reconcile(shop, at=days_later(world, 22))
    assert done.lines >= 4  # what is to close is read again, with its whole deposit
    assert differences(shop) == [("twice", "1", "2")]
    with inside(shop):
        deposit = Deposit.objects.get()
        assert (deposit.matched_count, deposit.matched_amount) == (4, Decimal("140.00"))


def test_what_is_decided_late_is_compared_though_it_was_sent_long_ago(shop: Company, world: Any) -> None:
    (payment, _) = make_paid(shop, "20.00", "30.00")
    with inside(shop):
        Attempt.objects.filter(payment=payment).update(state="unknown", answered_at=None)
    reconcile(shop, at=days_later(world, 1))
    at = days_later(world, 20)
    reconcile(shop, at=at)
    with inside(shop):  # somebody says that it was made; the gateway has it under another key
        Attempt.objects.filter(payment=payment).update(state="approved", answered_at=at, key="invented")
    reconcile(shop, at=at + DAY)
    assert ("missing", "20.00", "") in differences(shop)


@both_dialects
def test_25_planted_differences_among_many_charges_are_found_and_no_other(world: Any, dialect: str) -> None:
    """What `make bench-payments` does with 60,000: five of each kind (acceptance test 10)."""
    from bench.payments import Books

    world.set_clock(None)
    books = Books(120, dialect)
    planted = books.furnish()
    assert len(planted) == 25
    assert reconcile(books.company, at=books.now).standing == 25
    assert books.found() == planted
    assert reconcile(books.company, at=books.now).new == 0
    books.control.close()
