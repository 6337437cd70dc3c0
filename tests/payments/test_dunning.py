"""What is tried again after a decline, when, and what never? The gateway's own list of tries is the judge."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.models import Invoice, RecurringInvoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_recurring, net
from alarmdesk.lib import clock
from alarmdesk.payments import autopay
from alarmdesk.payments.charging import charge_due
from alarmdesk.payments.dunning import Policy, Tried, rests_until
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import Outcome
from alarmdesk.payments.models import Attempt, BillingMethod, DunningPolicy, Gateway, Payment
from alarmdesk.payments.next_steps import Next, NextStep, next_steps
from alarmdesk.payments.promises import NotAPromise, end_promise, make_promise
from alarmdesk.payments.recording import Received, record_payment
from alarmdesk.payments.taking import Declined, Wish, take_payment
from alarmdesk.payments.testing import make_auto_pay, make_card_token, make_method
from simulators.nmi.rules import card_answering
from tests.payments.dialects import both_dialects, mostly_slow
from tests.payments.nights import FIRST, drawn, make_subscribers, night_of, run_night
from tests.payments.test_night import assert_books_balance
from tests.payments.test_settling import make_payer_by_ach

DAY = dt.timedelta(days=1)
ROSA = Actor("staff", "Rosa")
EMPTY, STOLEN = card_answering(202), card_answering(252)


def nights(shop: Company, world: Any, days: Iterable[int]) -> None:
    """The nights of so many days after the first, for us and for the gateway."""
    for number in days:
        world.set_clock(night_of(FIRST + number * DAY))
        run_night(shop, FIRST + number * DAY)


def tries(shop: Company) -> list[tuple[int, Decimal, bool]]:
    """Every sale that the gateway was asked for: days after the first, amount, approved."""
    with inside(shop):
        port = port_of(Gateway.objects.get())
    lines = port.statement(night_of(FIRST - 30 * DAY), night_of(FIRST + 90 * DAY))
    asked = sorted(
        (each for each in lines if each.verb == "sale"),
        key=lambda each: (each.at, each.outcome is not Outcome.DECLINED),
    )
    assert len({each.key for each in asked}) == len(asked)
    return [
        ((shop.local_date(each.at) - FIRST).days, each.amount, each.outcome is not Outcome.DECLINED) for each in asked
    ]


def tried_on(shop: Company) -> list[int]:
    return [day for day, _, _ in tries(shop)]


def subscriber_with(shop: Company, world: Any, card: str) -> RecurringInvoice:
    (subscriber,) = make_subscribers(shop, 1, token=make_card_token(world, shop, card))
    return subscriber


def money_comes_in(shop: Company) -> None:
    """The account behind the card is filled: the same method is good from now on."""
    with inside(shop):
        method = BillingMethod.objects.get()
        good = make_method(method.customer)
        BillingMethod.objects.filter(pk=method.pk).update(vault_id=good.vault_id)
        good.delete()


def by_check(shop: Company, amount: str, on: dt.date) -> None:
    with inside(shop):
        invoice = Invoice.objects.get()
    received = Received(invoice.customer_id, "check", Decimal(amount), on, allocations={invoice.pk: Decimal(amount)})
    record_payment(shop, received, at=night_of(on), actor=ROSA)


def step_of(shop: Company, on: dt.date) -> NextStep:
    with inside(shop):
        (step,) = next_steps(Invoice.objects.all(), today=on).values()
    return step


@both_dialects
def test_two_declines_for_want_of_funds_and_the_third_try_on_its_day_is_paid(shop: Company, world: Any) -> None:
    subscriber = subscriber_with(shop, world, EMPTY)
    nights(shop, world, range(6))
    assert tried_on(shop) == [0, 3]
    assert step_of(shop, FIRST + 5 * DAY).on == FIRST + 7 * DAY
    money_comes_in(shop)
    nights(shop, world, range(6, 16))
    assert tries(shop) == [(0, subscriber.amount, False), (3, subscriber.amount, False), (7, subscriber.amount, True)]
    with inside(shop):
        assert Invoice.objects.get().due == 0
        assert sorted(shop.messages.values_list("kind", flat=True)) == ["payment_failed", "payment_failed", "receipt"]
    assert_books_balance(shop, FIRST + 16 * DAY)


@both_dialects
def test_after_a_hard_decline_the_card_is_never_tried_again_and_a_new_one_at_once(shop: Company, world: Any) -> None:
    subscriber = subscriber_with(shop, world, STOLEN)
    nights(shop, world, [0, 1, 3, 4, 7, 14, 15])
    assert tried_on(shop) == [0]
    assert step_of(shop, FIRST + 15 * DAY).kind is Next.HARD
    with inside(shop):
        make_auto_pay(subscriber, make_method(subscriber.customer))
    nights(shop, world, [16])
    assert tries(shop)[1:] == [(16, subscriber.amount, True)]
    assert_books_balance(shop, FIRST + 16 * DAY)


@both_dialects
def test_a_new_card_is_tried_on_the_very_day_on_which_the_old_one_was_declined(shop: Company, world: Any) -> None:
    subscriber = subscriber_with(shop, world, EMPTY)
    nights(shop, world, [0])
    with inside(shop):
        make_auto_pay(subscriber, make_method(subscriber.customer))
    nights(shop, world, [0])
    assert [approved for _, _, approved in tries(shop)] == [False, True]


@mostly_slow
def test_one_card_is_declined_15_times_in_30_days_at_most_for_all_invoices_together(shop: Company, world: Any) -> None:
    first = subscriber_with(shop, world, EMPTY)
    with inside(shop):
        DunningPolicy.objects.create(days=list(range(1, 11)))
        method = BillingMethod.objects.get()
        for days in (5, 10, 15):
            more = make_recurring(first.customer, anchor_on=FIRST + days * DAY, term=net(0), lines=[line(price="9.00")])
            make_auto_pay(more, method)
    nights(shop, world, range(18))
    assert tried_on(shop) == list(range(15))
    assert step_of_each(shop, FIRST + 17 * DAY) <= {FIRST + 30 * DAY, None}
    nights(shop, world, [29, 30])
    assert tried_on(shop) == [*range(15), 30]


def step_of_each(shop: Company, on: dt.date) -> set[dt.date | None]:
    with inside(shop):
        return {step.on for step in next_steps(Invoice.objects.all(), today=on).values()}


def test_a_card_that_was_declined_ten_times_in_a_day_by_hand_rests_for_a_night(shop: Company, world: Any) -> None:
    subscriber = subscriber_with(shop, world, EMPTY)
    with clock.hold(night_of(FIRST)):
        generate_due(shop, today=FIRST, at=clock.now())
    with inside(shop):
        invoice, method = Invoice.objects.get(), BillingMethod.objects.get()
    wish = Wish(subscriber.customer_id, method.pk, [invoice.pk])
    world.set_clock(night_of(FIRST))
    for _ in range(10):
        with pytest.raises(Declined):
            take_payment(shop, wish, today=FIRST, now=lambda: night_of(FIRST), actor=ROSA)
    nights(shop, world, [0, 1])
    assert tried_on(shop) == [0] * 10
    nights(shop, world, [2])
    assert tried_on(shop) == [0] * 10 + [2]


@both_dialects
def test_what_was_paid_in_part_lowers_the_next_try_to_what_is_still_due(shop: Company, world: Any) -> None:
    """The simulator declines 90,202.00 for want of funds, and no other amount of this card."""
    with inside(shop):
        customer = make_billed_customer(state="")
        large = make_recurring(customer, anchor_on=FIRST, term=net(0), lines=[line(price="90202.00")])
        make_auto_pay(large, make_method(customer))
    nights(shop, world, [0, 1])
    by_check(shop, "100.00", FIRST + DAY)
    nights(shop, world, [2, 3, 4])
    assert tries(shop) == [(0, Decimal("90202.00"), False), (3, Decimal("90102.00"), True)]
    assert_books_balance(shop, FIRST + 4 * DAY)


@both_dialects
def test_what_was_paid_in_full_meanwhile_is_not_tried_again(shop: Company, world: Any) -> None:
    subscriber_with(shop, world, EMPTY)
    nights(shop, world, [0])
    by_check(shop, "20.00", FIRST + DAY)
    nights(shop, world, [1, 3, 7, 14])
    assert tried_on(shop) == [0]
    with inside(shop):
        assert next_steps(Invoice.objects.all(), today=FIRST + 14 * DAY) == {}


def test_a_promise_to_pay_holds_off_tries_through_its_day(shop: Company, world: Any) -> None:
    subscriber = subscriber_with(shop, world, EMPTY)
    nights(shop, world, [0])
    promise(shop, subscriber, days=5)
    step = step_of(shop, FIRST + DAY)
    assert (step.kind, step.until, step.on) == (Next.PROMISED, FIRST + 5 * DAY, FIRST + 6 * DAY)
    nights(shop, world, range(1, 9))
    assert tried_on(shop) == [0, 6]


def test_a_promise_that_was_taken_back_holds_off_nothing(shop: Company, world: Any) -> None:
    subscriber = subscriber_with(shop, world, EMPTY)
    nights(shop, world, [0])
    promise(shop, subscriber, days=30)
    nights(shop, world, [3])
    with inside(shop):
        end_promise(subscriber.customer, at=night_of(FIRST + 3 * DAY))
    nights(shop, world, [4])
    assert tried_on(shop) == [0, 4]


@pytest.mark.parametrize("days", [-1, 91])
def test_a_promise_is_for_a_day_to_come_and_not_for_ever(shop: Company, world: Any, days: int) -> None:
    (subscriber,) = make_subscribers(shop, 1)
    with pytest.raises(NotAPromise):
        promise(shop, subscriber, days=days)


def promise(shop: Company, subscriber: RecurringInvoice, *, days: int) -> None:
    with inside(shop):
        make_promise(
            subscriber.customer, until=FIRST + days * DAY, note="", today=FIRST, at=night_of(FIRST), by=ROSA.name
        )


@pytest.mark.parametrize("change", ["promised", "refused"])
def test_what_a_killed_night_had_prepared_is_not_sent_after_a_promise_or_a_hard_decline(
    shop: Company, world: Any, change: str
) -> None:
    changed, stays = make_subscribers(shop, 2)
    generate_due(shop, today=FIRST, at=night_of(FIRST))
    with inside(shop):
        gateway = Gateway.objects.get()
        due = [invoice for _, invoice in autopay.due_now(gateway, autopay.owing_now(today=FIRST), today=FIRST)]
        assert autopay.prepare(gateway, due, today=FIRST, at=night_of(FIRST), run=None) == 2
        if change == "refused":
            changed.customer.billing_methods.update(refused_at=night_of(FIRST), refused_code="252")
    if change == "promised":
        promise(shop, changed, days=2)
    charge_due(shop, today=FIRST, now=lambda: night_of(FIRST))
    assert drawn(world, shop) == {stays.amount: 1}
    assert_books_balance(shop, FIRST)


@pytest.mark.parametrize(("days", "expected"), [([], [0]), ([1], [0, 1]), ([2, 4], [0, 2, 4])])
def test_a_company_has_a_schedule_of_its_own(shop: Company, world: Any, days: list[int], expected: list[int]) -> None:
    subscriber_with(shop, world, EMPTY)
    with inside(shop):
        DunningPolicy.objects.create(days=days)
    nights(shop, world, range(8))
    assert tried_on(shop) == expected
    assert step_of(shop, FIRST + 8 * DAY).kind is Next.OVER


def test_a_night_that_was_missed_does_not_bunch_two_tries(shop: Company, world: Any) -> None:
    subscriber_with(shop, world, EMPTY)
    nights(shop, world, [0, 10, 11, 12, 13, 14])
    assert tried_on(shop) == [0, 10, 14]


def test_each_decline_is_told_with_what_happens_next_and_a_link_and_the_last_says_so(shop: Company, world: Any) -> None:
    subscriber_with(shop, world, EMPTY)
    with inside(shop):
        DunningPolicy.objects.create(days=[3])
    world.clear_mail()
    nights(shop, world, range(5))
    first, last = [mail for mail in world.mail("nora@example.com") if "payment" in mail["subject"]]
    assert first["subject"] == "Your payment of $20.00 did not go through"
    assert "again on Mar 6" in first["text"]
    assert last["subject"] == "Last notice: your payment of $20.00 did not go through"
    assert "This was the last try" in last["text"]
    for mail in (first, last):
        assert f"/{shop.slug}/pay/" in mail["text"]


def test_nothing_is_written_where_the_company_says_so_nor_of_the_gateways_own_troubles(
    shop: Company, world: Any
) -> None:
    (subscriber,) = make_subscribers(shop, 1, token=make_card_token(world, shop, card_answering(411)))
    with inside(shop):
        make_auto_pay(subscriber, BillingMethod.objects.get(), email_on_attempt=False)
    world.clear_mail()
    nights(shop, world, [0])
    with inside(shop):
        assert shop.messages.get(kind="payment_failed").state == "failed"
        DunningPolicy.objects.create(days=[3], writes=False)
    nights(shop, world, [3])
    assert tried_on(shop) == [0, 3]
    with inside(shop):
        assert shop.messages.filter(kind="payment_failed").count() == 1
    assert world.mail("nora@example.com", subject="payment") == []


def test_a_bank_debit_without_funds_is_presented_twice_more_on_the_schedule_under_its_own_name(
    shop: Company, world: Any
) -> None:
    make_payer_by_ach(shop, world, "10000001")
    nights(shop, world, [0, 6, 9, *range(14, 30), 40])
    with inside(shop):
        debits = list(Payment.objects.order_by("pk").values_list("received_on", "returned_at", "reference", "amount"))
        port = port_of(Gateway.objects.get())
        said = [
            port._query(order_id=each.key)[0].findtext("order_description") for each in Attempt.objects.order_by("pk")
        ]
    assert said == ["Payment 1", "RETRY PYMT", "RETRY PYMT"]
    assert [reference for _, _, reference, _ in debits] == ["", "RETRY PYMT", "RETRY PYMT"]
    assert {amount for *_, amount in debits} == {Decimal("40.00")}
    gaps = [drawn_on - shop.local_date(came_back) for (_, came_back, *_), (drawn_on, *_) in pairwise(debits)]
    assert gaps == [3 * DAY, 4 * DAY]
    assert step_of(shop, FIRST + 40 * DAY).kind is Next.OVER
    assert drawn(world, shop) == {}
    assert_books_balance(shop, FIRST + 40 * DAY)


def test_a_debit_is_not_presented_again_more_than_180_days_after_the_first() -> None:
    before = Tried(failures=[(1, FIRST + 176 * DAY)], returned={1: [FIRST]})
    assert before.next_on(1, (3,)) == FIRST + 179 * DAY
    assert before.may_go_on(1, (3,), FIRST + 180 * DAY)
    assert not before.may_go_on(1, (3,), FIRST + 181 * DAY)
    assert before.next_on(1, (5,)) is None


@pytest.mark.parametrize(
    ("declined_on", "free_on"),
    [
        ([], None),
        ([0] * 9, None),
        ([0] * 10, 2),
        (list(range(-14, 1)), 16),
        (list(range(-29, 0, 2)), 1),
        ([-30] * 20, None),
    ],
)
def test_the_networks_caps_say_until_when_a_card_rests(declined_on: list[int], free_on: int | None) -> None:
    days = [FIRST + number * DAY for number in declined_on]
    assert rests_until(days, FIRST) == (None if free_on is None else FIRST + free_on * DAY)


def test_the_days_of_a_policy_are_gaps_between_tries() -> None:
    assert Policy().gaps == (3, 4, 7)
    assert Policy(days=()).gaps == ()
