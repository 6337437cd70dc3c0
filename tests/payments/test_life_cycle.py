"""What becomes of money after the gateway said yes: given back in parts, voided too late, returned by the bank on the
third day and on the fifty-eighth (acceptance test 8)? At both gateways; the simulator's statement is the judge.
"""

import datetime as dt
import threading
import time
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_invoice, make_recurring, net
from alarmdesk.lib import clock
from alarmdesk.payments.attempts import new_key
from alarmdesk.payments.gateways.choosing import active_gateway, port_of
from alarmdesk.payments.gateways.port import Outcome
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.models import Allocation, AutoPay, BillingMethod, Payment
from alarmdesk.payments.refunding import MoreThanLeft, NotRefundable, send_queued
from alarmdesk.payments.settling import settle
from alarmdesk.payments.taking import InProgress, MethodUnusable
from alarmdesk.payments.testing import make_auto_pay, make_bank_token, make_card_token, make_method, make_payment
from simulators.nmi.rules import card_answering
from tests.payments.dialects import both_dialects, fault
from tests.payments.nights import FIRST, drawn, night_of, run_night
from tests.payments.test_night import assert_books_balance
from tests.payments.test_refunding import assert_balanced, give_back, seen, settled, sold, totals
from tests.payments.test_taking import HOURS, fresh

DAY = dt.timedelta(days=1)
DEBIT = Decimal("89.97")
NEEDS_ITS_HOLDER = "4000002760003184"
"""A card whose bank asks for a confirmation by the holder (Stripe's list)."""


def owing(shop: Company, world: Any, account: str) -> BillingMethod:
    """Somebody who owes $89.97 once, on Auto Pay from a bank account that behaves as the simulator's rules say."""
    token = make_bank_token(world, shop, account)
    with inside(shop):
        customer = make_billed_customer(state="")
        method = make_method(customer, token, kind="ach")
        recurring = make_recurring(customer, anchor_on=FIRST, times=1, term=net(0), lines=[line(price=str(DEBIT))])
        make_auto_pay(recurring, method)
    return method


def live_through(shop: Company, world: Any, days: Iterable[int]) -> list[tuple[int, str, Decimal]]:
    """The nights of these days; on which the newest payment became what, and what the invoice owed then."""
    told: list[tuple[int, str, Decimal]] = []
    for day in days:
        world.set_clock(night_of(FIRST + day * DAY))
        run_night(shop, FIRST + day * DAY)
        with inside(shop):
            now = Payment.objects.latest("pk").status, Invoice.objects.get().due
        if not told or told[-1][1:] != now:
            told.append((day, *now))
    return told


@both_dialects
def test_150_dollars_are_given_back_in_five_parts_and_not_a_cent_more(shop: Company, world: Any) -> None:
    payment, (invoice,) = sold(shop)
    first = give_back(shop, payment, "40.00")
    assert first.status == Payment.Status.QUEUED
    assert totals(world, shop)["refunds"] == "0.00"
    settled(shop, world)
    assert send_queued(shop, now=clock.now).given_back == 1
    assert totals(world, shop)["refunds"] == "40.00"
    for part in ("25.00", "35.50", "40.00", "9.50"):
        assert give_back(shop, payment, part).status == Payment.Status.PENDING
    with pytest.raises((MoreThanLeft, NotRefundable)):
        give_back(shop, payment, "0.01")
    with inside(shop):
        port, sale = port_of(active_gateway()), payment.attempts.get(verb="sale").external_id
    refused = port.refund(key=new_key(), external_id=sale, amount=Decimal("0.01"))
    assert refused.outcome is Outcome.DECLINED
    assert (totals(world, shop)["refunds"], totals(world, shop)["net"]) == ("150.00", "0.00")
    assert fresh(shop, invoice).due == Decimal("150.00")
    settled(shop, world)
    with inside(shop):
        assert set(Payment.objects.values_list("status", flat=True)) == {"complete"}
    assert_balanced(shop)


@both_dialects
def test_a_sale_that_settles_while_it_is_being_voided_is_given_back_once(
    shop: Company, world: Any, dialect: str
) -> None:
    """The batch closes between our look and the void that is on the wire."""
    payment, (invoice,) = sold(shop)
    fault(world, dialect, "delay", "void" if dialect == "nmi" else "refund", seconds=1.0, times=1)
    closing = threading.Thread(target=lambda: (time.sleep(0.4), world.settle()))
    closing.start()
    give_back(shop, payment)
    closing.join()
    with clock.hold(clock.now() + 30 * HOURS):
        world.set_clock(clock.now())
        settle(shop, at=clock.now())
        send_queued(shop, now=clock.now)
        settle(shop, at=clock.now())
        assert totals(world, shop)["net"] == "0.00"
        assert fresh(shop, invoice).due == invoice.total
        with pytest.raises(NotRefundable):
            give_back(shop, payment)
        assert totals(world, shop)["net"] == "0.00"
        assert_balanced(shop)


@pytest.mark.slow
@both_dialects
def test_a_debit_that_comes_back_for_want_of_funds_is_presented_twice_more_at_most(shop: Company, world: Any) -> None:
    owing(shop, world, "10000001")
    told = live_through(shop, world, range(16))
    assert [each[1:] for each in told[:3]] == [("pending", 0), ("complete", 0), ("returned", DEBIT)]
    settled_on, returned_on = told[1][0], told[2][0]
    assert returned_on - settled_on == 3
    with inside(shop):
        payment = Payment.objects.earliest("pk")
        rows = list(payment.allocations.order_by("pk").values_list("amount", "reverses"))
        assert rows == [(DEBIT, None), (-DEBIT, payment.allocations.earliest("pk").pk)]
        assert (payment.return_code, payment.applied) == ("R01", 0)
        assert BillingMethod.objects.get().blocked_at is None
    live_through(shop, world, [*range(16, 45), 60, 90, 120])
    with inside(shop):
        debits = list(Payment.objects.order_by("pk").values_list("status", "reference"))
        assert debits == [("returned", ""), ("returned", "RETRY PYMT"), ("returned", "RETRY PYMT")]
        assert Invoice.objects.get().due == DEBIT
    assert drawn(world, shop) == {}
    assert totals(world, shop)["net"] == "0.00"
    assert_books_balance(shop, FIRST + 120 * DAY)


@both_dialects
def test_a_debit_that_nobody_agreed_to_comes_back_on_day_58_and_ends_auto_pay(
    shop: Company, world: Any, dialect: str
) -> None:
    method = owing(shop, world, "10000010")
    told = live_through(shop, world, [0, 8, 30, 55, *range(58, 70), 75, 90])
    assert [each[1:] for each in told] == [("pending", 0), ("complete", 0), ("returned", DEBIT)]
    assert 58 <= told[2][0] <= 68
    with inside(shop):
        method.refresh_from_db()
        assert method.blocked_at is not None
        assert "R10" in method.blocked_reason
        assert AutoPay.objects.get().ended_at is not None
        assert Payment.objects.count() == 1
        assert sum(Allocation.objects.values_list("amount", flat=True)) == 0
    assert totals(world, shop)["net"] == "0.00"
    assert_alerted(shop, method)
    assert_books_balance(shop, FIRST + 90 * DAY)


def assert_alerted(shop: Company, method: BillingMethod) -> None:
    """The dealer reads it on the first page and on the customer's."""
    from django.test import Client

    from alarmdesk.company.testing import make_staff

    rosa = Client()
    rosa.force_login(make_staff(shop, administrator=True).user)
    for path in ("", f"customers/{method.customer_id}/"):
        assert "R10" in rosa.get(f"/{shop.slug}/{path}", follow=True).content.decode(), path


def test_a_sale_that_is_held_for_review_never_shows_as_paid(shop: Company, world: Any) -> None:
    """NMI's risk filters take it in and decide later; nothing of it is money before."""
    with inside(shop):
        customer = make_billed_customer(state="")
        method = make_method(customer, make_card_token(world, shop, card_answering(900)))
        invoice = make_invoice(customer, lines=[line(price=str(DEBIT))])
    payment = make_payment(shop, method, invoice)
    for hours in (0, 2, 30, 80):
        with clock.hold(night_of(FIRST) + hours * HOURS):
            world.set_clock(clock.now())
            resolve_unknown(shop, now=clock.now)
            settle(shop, at=clock.now())
            assert (seen(shop, payment).status, fresh(shop, invoice).due) == ("held", DEBIT)
            with pytest.raises(InProgress):
                make_payment(shop, method, invoice)
            assert_balanced(shop)
    with inside(shop):
        assert not shop.messages.filter(kind="receipt").exists()


@pytest.mark.parametrize("dialect", ["stripe"])
def test_a_card_whose_bank_wants_to_ask_its_holder_is_not_paid_and_not_tried_again(shop: Company, world: Any) -> None:
    """Stripe holds nothing that it has charged; what is not charged until somebody confirms it is refused there."""
    with inside(shop):
        customer = make_billed_customer(state="")
        method = make_method(customer, make_card_token(world, shop, NEEDS_ITS_HOLDER))
        recurring = make_recurring(customer, anchor_on=FIRST, times=1, term=net(0), lines=[line(price=str(DEBIT))])
        make_auto_pay(recurring, method)
    told = live_through(shop, world, [0, 1, 3, 7, 14])
    assert told == [(0, "failed", DEBIT)]
    with inside(shop):
        assert Payment.objects.count() == 1
    with pytest.raises(MethodUnusable), clock.hold(night_of(FIRST + 14 * DAY)):
        make_payment(shop, method, _only(shop), at=clock.now())
    assert drawn(world, shop) == {}
    assert_books_balance(shop, FIRST + 14 * DAY)


def _only(shop: Company) -> Invoice:
    with inside(shop):
        return Invoice.objects.get()
