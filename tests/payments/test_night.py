"""What does a night do, and what do two nights, a killed one and a gateway in trouble leave behind?"""

import datetime as dt
import os
import random
import signal
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company, Run
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import make_billed_customer, make_recurring, net
from alarmdesk.lib import clock
from alarmdesk.payments.audit import audit
from alarmdesk.payments.models import Attempt, Gateway, Payment
from alarmdesk.payments.testing import make_auto_pay, make_card_token, make_method, merchant_of
from simulators.nmi.rules import card_answering
from tests.house.kennel import Kennel
from tests.payments.dialects import both_dialects
from tests.payments.nights import FIRST, copy_of, drawn, make_subscribers, night_of, owed, run_night

DAY = dt.timedelta(days=1)


def assert_books_balance(company: Company, at: dt.date) -> None:
    finding = audit(company, now=night_of(at))
    assert [str(difference) for difference in finding.differences] == []
    assert finding.unknown == 0


@both_dialects
def test_a_night_bills_charges_and_thanks_every_subscriber_once(shop: Company, world: Any) -> None:
    subscribers = make_subscribers(shop, 20)
    done = run_night(shop, FIRST)
    assert (done.invoices, done.charges.charged, done.problems) == (20, 20, [])
    assert drawn(world, shop) == owed(subscribers)
    again = run_night(shop, FIRST)
    assert (again.invoices, again.charges.charged, again.mails) == (0, 0, 0)
    assert drawn(world, shop) == owed(subscribers)
    receipts = [mail for mail in world.mail("payer7@example.com") if "Receipt" in mail["subject"]]
    assert len(receipts) >= 1
    assert_books_balance(shop, FIRST)


@both_dialects
def test_what_was_charged_is_complete_once_the_gateway_has_settled(shop: Company, world: Any) -> None:
    make_subscribers(shop, 3)
    world.set_clock(night_of(FIRST))
    run_night(shop, FIRST)
    with inside(shop):
        assert set(Payment.objects.values_list("status", flat=True)) == {"pending"}
    world.set_clock(night_of(FIRST + DAY))
    assert run_night(shop, FIRST + DAY).settled == 3
    with inside(shop):
        assert set(Payment.objects.values_list("status", flat=True)) == {"complete"}
    assert_books_balance(shop, FIRST + DAY)


def test_a_declined_card_is_tried_again_on_days_3_7_and_14_and_then_left_alone(shop: Company, world: Any) -> None:
    make_subscribers(shop, 1, token=make_card_token(world, shop, card_answering(202)))
    tried_on = [day for day in range(28) if run_night(shop, FIRST + day * DAY).charges.declined]
    assert tried_on == [0, 3, 7, 14]
    assert drawn(world, shop) == {}
    assert_books_balance(shop, FIRST + 28 * DAY)


@both_dialects
def test_after_an_outage_what_fell_due_is_drawn_together(shop: Company, world: Any) -> None:
    (subscriber,) = make_subscribers(shop, 1)
    world.set_clock(night_of(FIRST + 75 * DAY))
    done = run_night(shop, FIRST + 75 * DAY)
    assert (done.invoices, done.charges.charged) == (3, 1)
    assert drawn(world, shop) == {3 * subscriber.amount: 1}
    assert_books_balance(shop, FIRST + 75 * DAY)


@both_dialects
def test_two_workers_on_one_night_share_the_work(shop: Company, world: Any) -> None:
    subscribers = make_subscribers(shop, 60)
    world.latency(0.05)
    problems: list[BaseException] = []

    def work() -> None:
        try:
            run_night(shop, FIRST)
        except BaseException as error:  # noqa: BLE001
            problems.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert problems == []
    assert drawn(world, shop) == owed(subscribers)
    with inside(shop):
        assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, 61))
    assert_books_balance(shop, FIRST)


def test_wrong_credentials_stop_the_charging_with_a_reason_and_nothing_half_written(shop: Company) -> None:
    make_subscribers(shop, 4)
    with inside(shop):
        gateway = Gateway.objects.get()
        right = gateway.credentials
        gateway.credentials = {"security_key": "wrong"}
        gateway.save()
    done = run_night(shop, FIRST)
    assert done.invoices == 4
    assert len(done.problems) == 1
    assert "Invalid credentials" in done.problems[0]
    with inside(shop):
        assert not Payment.objects.exists()
        assert "Invalid credentials" in str(Run.objects.latest("pk").counts["problems"])
        gateway.credentials = right
        gateway.save()
    assert run_night(shop, FIRST).charges.charged == 4
    assert_books_balance(shop, FIRST)


def story_of_a_worker_killed(shop: Company, world: Any, *, subscribers: int, kills: int) -> None:
    """Kill -9 at random instants, start again, move the clock 48 hours: every subscriber is charged exactly once."""
    expected = owed(make_subscribers(shop, subscribers))
    world.set_clock(night_of(FIRST))
    world.latency(0.1)
    chance = random.Random(20260303)
    # few in flight, so that a kill leaves work for the next one
    with Kennel(GATEWAY_CALLS_IN_FLIGHT="6") as kennel:
        killed = 0
        for _ in range(kills):
            pid = kennel.start(company=shop.slug, on=FIRST, now=night_of(FIRST))
            time.sleep(chance.uniform(0.01, 0.6))
            with suppress(ProcessLookupError):  # it may have finished
                os.kill(pid, signal.SIGKILL)
            killed += kennel.ended() == -signal.SIGKILL
        assert killed > kills / 2
        world.latency(0)
        for days in (0, 2, 4):
            world.set_clock(night_of(FIRST + days * DAY))
            kennel.start(company=shop.slug, on=FIRST + days * DAY, now=night_of(FIRST + days * DAY))
            assert kennel.ended() == 0
    assert drawn(world, shop) == expected
    with inside(shop):
        assert not Attempt.objects.filter(state__in=("created", "sent", "unknown")).exists()
        receipts = shop.messages.filter(kind="receipt")
        assert receipts.count() == subscribers
        assert not receipts.exclude(state="sent").exists()
    assert world.statement(merchant_of(shop), summary=True)["totals"]["sales_count"] == subscribers
    assert_books_balance(shop, FIRST + 4 * DAY)


def test_a_worker_killed_at_random_instants_charges_nobody_twice(shop: Company, world: Any) -> None:
    story_of_a_worker_killed(shop, world, subscribers=100, kills=10)


@pytest.mark.slow
@both_dialects
def test_a_worker_killed_at_30_random_instants_charges_500_subscribers_once(shop: Company, world: Any) -> None:
    story_of_a_worker_killed(shop, world, subscribers=500, kills=30)


def test_a_night_asks_for_the_clock_of_the_company_and_not_for_the_servers(shop: Company) -> None:
    """02:00 in Denver does not exist on March 8, 2026: the night starts at the first moment after it (D10)."""
    from alarmdesk.payments.night import starts

    at = starts(dt.date(2026, 3, 8), shop)
    assert at == dt.datetime(2026, 3, 8, 9, tzinfo=dt.UTC)
    assert shop.local_date(at) == dt.date(2026, 3, 8)
    with clock.hold(at):
        assert clock.today(shop.zone) == dt.date(2026, 3, 8)


@both_dialects
def test_one_card_that_pays_for_many_accounts_of_one_price_is_drawn_for_each(shop: Company, world: Any) -> None:
    """The gateway's duplicate check would refuse all but the first: same card, same amount, same minutes."""
    with inside(shop):
        first = make_billed_customer(state="")
        method = make_method(first)
        for number in range(4):
            customer = first if number == 0 else make_billed_customer(state="")
            own = method if number == 0 else copy_of(method, customer.pk)
            make_auto_pay(make_recurring(customer, anchor_on=FIRST, term=net(0)), own)
    assert run_night(shop, FIRST).charges.charged == 4
    assert list(drawn(world, shop).values()) == [4]
    assert_books_balance(shop, FIRST)
