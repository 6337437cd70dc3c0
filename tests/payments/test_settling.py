"""What becomes of a payment after the gateway said yes? Returns, voids and failures at settlement (D14)."""

import datetime as dt
from typing import Any

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_recurring, net
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.models import BillingMethod, DunningPolicy, Gateway, Payment
from alarmdesk.payments.testing import make_auto_pay, make_bank_token, make_card_token, make_method
from simulators.nmi.rules import card_answering
from tests.payments.dialects import both_dialects
from tests.payments.nights import FIRST, drawn, make_subscribers, night_of, run_night
from tests.payments.test_night import assert_books_balance

DAY = dt.timedelta(days=1)


def make_payer_by_ach(shop: Company, world: Any, account: str, *, times: int = 1) -> None:
    """Somebody on Auto Pay from a bank account that behaves as the simulator's rules say."""
    token = make_bank_token(world, shop, account)
    with inside(shop):
        customer = make_billed_customer(state="")
        method = make_method(customer, token, kind="ach")
        recurring = make_recurring(customer, anchor_on=FIRST, times=times, term=net(0), lines=[line(price="40.00")])
        make_auto_pay(recurring, method)


def nights(shop: Company, world: Any, days: range) -> None:
    for day in days:
        world.set_clock(night_of(FIRST + day * DAY))
        run_night(shop, FIRST + day * DAY)


def test_a_bank_return_after_complete_opens_the_invoice_again_and_is_not_drawn_again_by_itself(
    shop: Company, world: Any
) -> None:
    """Where the company tries once only; else want of funds is presented again (test_dunning.py)."""
    make_payer_by_ach(shop, world, "10000001")
    with inside(shop):
        DunningPolicy.objects.create(days=[])
    nights(shop, world, range(4))
    with inside(shop):
        assert Payment.objects.get().status == Payment.Status.COMPLETE
    nights(shop, world, range(4, 21))
    with inside(shop):
        payment = Payment.objects.get()  # one, however many nights went by
        assert (payment.status, payment.failure) == ("returned", "Returned by the bank: R01 Insufficient Funds")
        assert (payment.return_code, payment.returned_at) == ("R01", night_of(FIRST + 6 * DAY))
        assert payment.applied == 0
        assert Invoice.objects.get().due == payment.amount
        assert BillingMethod.objects.get().blocked_at is None
    assert drawn(world, shop) == {}
    assert_books_balance(shop, FIRST + 21 * DAY)


def test_a_return_without_authorization_blocks_the_method(shop: Company, world: Any) -> None:
    make_payer_by_ach(shop, world, "10000029", times=3)
    nights(shop, world, range(10))
    with inside(shop):
        assert "R29" in BillingMethod.objects.get().blocked_reason
    for month in (1, 2):
        day = FIRST + dt.timedelta(days=31 * month)
        world.set_clock(night_of(day))
        run_night(shop, day)
    with inside(shop):
        assert Payment.objects.count() == 1
        assert Invoice.objects.count() == 3


@both_dialects
def test_a_charge_voided_at_the_gateway_is_not_made_again_the_same_night(shop: Company, world: Any) -> None:
    make_subscribers(shop, 1)
    world.set_clock(night_of(FIRST))
    run_night(shop, FIRST)
    with inside(shop):
        port = port_of(Gateway.objects.get())
        external_id = Payment.objects.get().attempts.get().external_id
    port.void(key="by-the-dealer", external_id=external_id)
    run_night(shop, FIRST + DAY)
    with inside(shop):
        assert Payment.objects.get().status == Payment.Status.CANCELLED
        assert Invoice.objects.get().paid == 0
    assert drawn(world, shop) == {}


@both_dialects
def test_a_new_card_is_tried_at_once_after_the_old_one_was_declined_for_good(shop: Company, world: Any) -> None:
    (subscriber,) = make_subscribers(shop, 1, token=make_card_token(world, shop, card_answering(202)))
    for day in (0, 3, 7, 14):
        assert run_night(shop, FIRST + day * DAY).charges.declined == 1
    with inside(shop):
        make_auto_pay(subscriber, make_method(subscriber.customer))
    assert run_night(shop, FIRST + 15 * DAY).charges.charged == 1
