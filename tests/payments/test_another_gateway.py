"""What is charged once the dealer has chosen another gateway? Nothing that is kept at the old one, until it is chosen
again; and the preview says so.
"""

import datetime as dt
from typing import Any

import pytest

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib import clock
from alarmdesk.payments import autopay
from alarmdesk.payments.attempts import mark_next_sent
from alarmdesk.payments.charging import charge_due
from alarmdesk.payments.coming import Care, coming_night
from alarmdesk.payments.models import Attempt, Gateway, Payment
from alarmdesk.payments.next_steps import Next, next_steps
from alarmdesk.payments.posting import post_due
from alarmdesk.payments.taking import MethodUnusable, Wish, schedule_payment, take_payment
from alarmdesk.payments.testing import make_auto_pay, make_card_token, make_gateway, make_method
from simulators.nmi.rules import card_answering
from tests.payments.nights import FIRST, drawn, make_subscribers, night_of, owed, run_night
from tests.payments.test_night import assert_books_balance
from tests.payments.test_taking import TODAY, bill, fresh, sales

DAY = dt.timedelta(days=1)


def move_to_stripe(shop: Company, world: Any) -> Gateway:
    """The dealer's account is at Stripe from now on, and no more at NMI."""
    with inside(shop):
        Gateway.objects.update(is_active=False)
    return make_gateway(shop, world, kind=Gateway.Kind.STRIPE)


def test_a_card_that_is_kept_at_the_gateway_before_is_not_charged_and_the_preview_says_why(
    shop: Company, world: Any
) -> None:
    asked, stays = make_subscribers(shop, 2)
    now = move_to_stripe(shop, world)
    with inside(shop):
        seen = coming_night(FIRST, first=FIRST)
    assert seen.charges == []
    assert seen.cares == {asked.pk: Care.ELSEWHERE, stays.pk: Care.ELSEWHERE}
    world.set_clock(night_of(FIRST))
    assert run_night(shop, FIRST).charges.declined == 0
    assert drawn(world, shop) == {}
    with inside(shop):
        assert not Attempt.objects.exists()
        assert not shop.messages.filter(kind="payment_failed").exists()
        make_auto_pay(asked, make_method(asked.customer))  # the customer was asked for a new card
    run_night(shop, FIRST)
    assert drawn(world, shop) == {asked.amount: 1}
    with inside(shop):
        assert Attempt.objects.get().gateway_id == now.pk
        assert Invoice.objects.get(recurring_invoice=stays).due == stays.amount
    assert_books_balance(shop, FIRST)


def test_what_a_killed_night_had_prepared_is_given_up_and_drawn_when_the_gateway_before_is_chosen_again(
    shop: Company, world: Any
) -> None:
    subscribers = make_subscribers(shop, 2)
    world.set_clock(night_of(FIRST))
    generate_due(shop, today=FIRST, at=night_of(FIRST))
    with inside(shop):
        before = Gateway.objects.get()
        due = [invoice for _, invoice in autopay.due_now(before, autopay.owing_now(today=FIRST), today=FIRST)]
        assert autopay.prepare(before, due, today=FIRST, at=night_of(FIRST), run=None) == 2
        Gateway.objects.update(is_active=False)
        now = Gateway.objects.create(kind=Gateway.Kind.STRIPE)
        assert mark_next_sent(now, limit=10, at=night_of(FIRST)) == []
    assert charge_due(shop, today=FIRST, now=lambda: night_of(FIRST)).charged == 0
    with inside(shop):
        assert set(Attempt.objects.values_list("gateway", "state")) == {(before.pk, "aborted")}
        assert set(Payment.objects.values_list("status", flat=True)) == {"failed"}
        Gateway.objects.filter(pk=now.pk).update(is_active=False)
        Gateway.objects.filter(pk=before.pk).update(is_active=True)
    run_night(shop, FIRST)
    assert drawn(world, shop) == owed(subscribers)
    assert_books_balance(shop, FIRST)


def test_nobody_can_pay_with_it_and_what_was_scheduled_fails_with_the_reason(shop: Company, world: Any) -> None:
    (first, second), method = bill(shop, invoices=2)
    wish = Wish(method.customer_id, method.pk, [first.pk])
    payment = schedule_payment(shop, wish, TODAY + DAY, at=clock.now(), actor=SYSTEM)
    move_to_stripe(shop, world)
    other = Wish(method.customer_id, method.pk, [second.pk])
    with pytest.raises(MethodUnusable, match="kept at another gateway than the one in use"):
        take_payment(shop, other, today=TODAY, now=clock.now, actor=SYSTEM)
    assert post_due(shop, today=TODAY + DAY, now=clock.now).charged == 0
    with inside(shop):
        payment.refresh_from_db()
        assert (payment.status, "kept at another gateway" in payment.failure) == ("failed", True)
        assert not Attempt.objects.exists()
    assert fresh(shop, first).due == first.total
    assert sales(world, shop) == []


def test_after_a_decline_at_the_gateway_before_no_try_is_promised(shop: Company, world: Any) -> None:
    make_subscribers(shop, 1, token=make_card_token(world, shop, card_answering(202)))
    world.set_clock(night_of(FIRST))
    assert run_night(shop, FIRST).charges.declined == 1
    move_to_stripe(shop, world)
    with inside(shop):
        (step,) = next_steps(Invoice.objects.all(), today=FIRST + DAY).values()
    assert step.kind is Next.ENDED
