"""What is asked about an attempt, by its key and since when, whoever asks: the janitor or a webhook."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.testing import line, make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.autopay import due_now, owing_now
from alarmdesk.payments.charging import charge_due
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.inbound import work_off
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.models import Attempt, Gateway, InboundEvent, Payment, PlannedAllocation
from alarmdesk.payments.posting import post_due
from alarmdesk.payments.refunding import refund
from alarmdesk.payments.taking import NotPaid, Wish, process_now, schedule_payment
from alarmdesk.payments.testing import make_payment, merchant_of
from tests.payments.at_stripe import make_shop_at_stripe, make_stripe_card
from tests.payments.conftest import NOON
from tests.payments.nights import FIRST, make_subscribers, run_night
from tests.payments.test_taking import TODAY, bill, fresh, sales

HOUR = dt.timedelta(hours=1)
SOON = TODAY + dt.timedelta(days=3)


def test_a_void_whose_answer_was_lost_is_known_from_its_webhook(world: Any, held_clock: None) -> None:
    """At Stripe a void is a refund that carries its own key; what became of it is asked of its sale."""
    shop = make_shop_at_stripe(world)
    with inside(shop):
        customer = make_billed_customer(state="")
        method, invoice = make_stripe_card(world, customer), make_invoice(customer, lines=[line(price="40.00")])
    payment = make_payment(shop, method, invoice)
    world.fault("drop_after", path="stripe", type="refund", times=1)
    refund(shop, payment.pk, None, today=TODAY, now=clock.now, actor=SYSTEM)
    with inside(shop):
        void = Attempt.objects.get(verb="void")
        assert void.state == Attempt.State.UNKNOWN
        InboundEvent.objects.create(
            gateway=void.gateway, event_id="evt_1", kind="refund.created", key=void.key, at=NOON, received_at=NOON,
            body="{}",
        )  # fmt: skip
    assert work_off(shop, now=clock.now) == 1
    with inside(shop):
        assert Attempt.objects.get(verb="void").state == Attempt.State.APPROVED
        assert Payment.objects.get().status == Payment.Status.CANCELLED
        assert InboundEvent.objects.get().state == InboundEvent.State.DONE
    assert fresh(shop, invoice).due == Decimal("40.00")
    assert world.statement(merchant_of(shop))["totals"]["net"] == "0.00"


def scheduled(shop: Company) -> tuple[Payment, Any]:
    (invoice,), method = bill(shop)
    wish = Wish(invoice.customer_id, method.pk, [invoice.pk])
    return schedule_payment(shop, wish, SOON, at=clock.now(), actor=SYSTEM), invoice


def test_a_scheduled_payment_that_the_gateway_never_heard_of_waits_for_another_try(shop: Company, world: Any) -> None:
    payment, invoice = scheduled(shop)
    world.fault("drop_before", path="transact", type="sale", times=1)
    on = NOON + 3 * 24 * HOUR
    world.set_clock(on)
    assert post_due(shop, today=SOON, now=lambda: on).unknown == 1
    later = on + 2 * HOUR
    world.set_clock(later)
    assert resolve_unknown(shop, now=lambda: later).aborted == 1
    with inside(shop):
        payment.refresh_from_db()
        assert (payment.status, payment.failure) == ("scheduled", "")
        assert PlannedAllocation.objects.get().is_live  # nobody else charges its invoice meanwhile
    assert post_due(shop, today=SOON, now=lambda: later).charged == 1
    assert fresh(shop, invoice).due == 0
    assert sales(world, shop) == [payment.amount]


def test_a_gateway_that_does_not_know_us_leaves_a_payment_scheduled(shop: Company, world: Any) -> None:
    payment, _ = scheduled(shop)
    with inside(shop):
        Gateway.objects.update(credentials={"security_key": "wrong"})
    with pytest.raises(NotPaid, match="Invalid credentials"):
        process_now(shop, payment.pk, now=clock.now, actor=SYSTEM)
    with inside(shop):
        payment.refresh_from_db()
        assert payment.status == Payment.Status.SCHEDULED
    assert sales(world, shop) == []


def test_without_a_gateway_a_night_complains_only_when_something_waits_to_be_charged(shop: Company) -> None:
    make_subscribers(shop, 1)
    with inside(shop):
        Gateway.objects.update(is_active=False)
    assert charge_due(shop, today=TODAY, now=clock.now).charged == 0
    assert any("No processing gateway" in problem for problem in run_night(shop, FIRST).problems)
    with pytest.raises(NoGateway):
        charge_due(shop, today=FIRST, now=clock.now)
    with inside(shop):
        Gateway.objects.update(is_active=True)
        gateway = Gateway.objects.get()
        assert len(due_now(gateway, owing_now(today=FIRST), today=FIRST)) == 1
