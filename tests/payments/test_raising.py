"""Many prices are raised at once, looked at before, and taken back until their day."""

import datetime as dt
import itertools
import time
from decimal import Decimal
from typing import Any

import pytest

from alarmdesk.company import runs
from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.invoicing import raises
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.models import MMR_NUMBER, RateIncrease
from alarmdesk.invoicing.raising import Planner, rounded, sums_of
from alarmdesk.invoicing.schedules import end
from alarmdesk.invoicing.testing import line, make_billed_customer, make_item, make_recurring, make_state_tax
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message
from alarmdesk.payments.coming import coming_night
from alarmdesk.payments.methods import enrol
from alarmdesk.payments.models import AutoPay
from alarmdesk.payments.night import night, open_night
from alarmdesk.payments.raising import carry_out
from alarmdesk.payments.testing import make_method
from tests.house.many import make_due
from tests.payments.nights import make_subscribers

TODAY = dt.date(2026, 3, 1)
JULY = dt.date(2026, 7, 1)
NOON = dt.datetime(2026, 3, 1, 19, tzinfo=dt.UTC)


def make_increase(shop: Company, **fields: Any) -> RateIncrease:
    mmr = shop.billable_items.get(number=MMR_NUMBER)
    fields = {"value": Decimal(5), "items": [mmr.pk], "effective_on": JULY, "rounding": "nickel", **fields}
    fields = {"created_at": NOON, "created_by": "Rosa", "spares_months": 0, **fields}
    return RateIncrease.objects.create(**fields)


def noon() -> dt.datetime:
    return NOON


def carried(shop: Company, increase: RateIncrease, begin: Any = raises.begin, batch: int = 3, now: Any = noon) -> int:
    with inside(shop):
        held = begin(increase, today=TODAY, at=NOON, by="Rosa")
        held.run = runs.open_run(kind=Run.Kind.INCREASE, on=JULY, at=NOON, started_by="Rosa")
        held.save(update_fields=["run"])
    return carry_out(shop, increase.pk, now=now, actor=SYSTEM, batch=batch)


@pytest.mark.parametrize(
    ("price", "rule", "new"),
    [
        ("41.9475", "cent", "41.95"), ("41.92", "nickel", "41.90"), ("41.925", "nickel", "41.95"),
        ("41.87", "quarter", "41.75"), ("41.50", "dollar", "42.00"), ("41.95", "95", "41.95"),
        ("41.96", "95", "42.95"), ("41.9951", "99", "42.99"), ("0.10", "95", "0.95"),
    ],
)  # fmt: skip
def test_prices_are_rounded_by_a_rule(price: str, rule: str, new: str) -> None:
    assert rounded(Decimal(price), RateIncrease.Rounding(rule)) == Decimal(new)


def test_an_increase_makes_successors_with_auto_pay_and_letters_and_tiles(shop: Company, world: Any) -> None:
    subscribers = make_subscribers(shop, 7)
    with inside(shop):
        increase = make_increase(shop)
        sums = sums_of(Planner(increase).plan())
    assert (sums.raised, sums.left_out) == (7, {})
    assert carried(shop, increase) == 7
    with inside(shop):
        made = list(shop.recurring_invoices.filter(raised_by=increase).order_by("pk"))
        assert [one.follows_id for one in made] == [one.pk for one in subscribers]
        assert {one.begins_on for one in made} == {dt.date(2026, 7, 3)}
        assert [one.amount for one in made] == [Decimal("21.00")] * 3 + [Decimal("21.05")] * 4
        assert sum(one.amount for one in made) == sums.new
        assert AutoPay.objects.filter(ended_at=None).count() == 14
        assert Message.objects.filter(kind=raises.KIND).count() == 7
        assert list(differences()) == []
    generate_due(shop, today=dt.date(2026, 12, 31), at=NOON)
    with inside(shop):
        assert shop.invoices.count() == 7 * 10
        assert made[0].invoices.count() == 6
        assert list(differences(today=dt.date(2026, 12, 31))) == []
        increase.refresh_from_db()
        assert (increase.progress, increase.run.counts) == ("applied", {"raised": 7})


def test_a_card_that_changes_before_the_day_is_the_successors_too(shop: Company, world: Any) -> None:
    (subscriber,) = make_subscribers(shop, 1)
    with inside(shop):
        increase = make_increase(shop)
    carried(shop, increase)
    with inside(shop):
        new = make_method(subscriber.customer)
        enrol(recurring_invoice=subscriber, method=new, email_on_attempt=False, at=NOON, by="Rosa")
        running = AutoPay.objects.filter(ended_at=None)
        assert set(running.values_list("billing_method_id", flat=True)) == {new.pk}
        assert running.count() == 2


def test_who_is_left_out_is_told_why(shop: Company) -> None:
    with inside(shop):
        make_state_tax()
        make_recurring(make_billed_customer(customer_since=dt.date(2025, 12, 1)))
        make_recurring(make_billed_customer(customer_since=dt.date(2020, 12, 1)))
        ending = make_recurring(make_billed_customer())
        end(ending, on=dt.date(2026, 9, 1), reason="Moved", by="Rosa")
        make_recurring(make_billed_customer(status="cancelled", cancelled_on=TODAY))
        make_recurring(make_billed_customer(customer_since=dt.date(2020, 1, 1)), times=2)
        make_recurring(make_billed_customer(), lines=[line(item=make_item())])  # another item: not spoken of
        make_recurring(make_billed_customer(), lines=[line("0.00"), line("5", item=make_item())])
        plans = Planner(make_increase(shop, spares_months=12)).plan()
        assert sums_of(plans).left_out == {
            "Signed lately": 2, "Ends anyway": 1, "The customer has left": 1, "Nothing left": 1,
        }  # fmt: skip
        good = [one for one in plans if not one.reason]
        assert [(one.old, one.new) for one in good] == [(Decimal("43.25"), Decimal("45.41"))]


@pytest.mark.parametrize(
    ("fields", "count"),
    [({}, 3), ({"state": "KS"}, 1), ({"price_from": Decimal(40)}, 1), ({"price_to": Decimal("39.95")}, 2),
     ({"kind": "business"}, 1), ({"since_before": dt.date(2022, 1, 1)}, 1)],
)  # fmt: skip
def test_filters_narrow_whom_it_is_for(shop: Company, fields: Any, count: int) -> None:
    with inside(shop):
        make_recurring(make_billed_customer(state="KS"))
        make_recurring(make_billed_customer(kind="business"))
        make_recurring(make_billed_customer(customer_since=dt.date(2021, 1, 1)), lines=[line("59.95")])
        assert len(Planner(make_increase(shop, **fields)).plan()) == count


def test_an_increase_is_undone_whole_before_its_day(shop: Company, world: Any) -> None:
    make_subscribers(shop, 7)
    with inside(shop):
        before = list(shop.recurring_invoices.order_by("pk").values())
        increase = make_increase(shop, splits=True)
    carried(shop, increase)
    assert carried(shop, increase, raises.begin_undo) == 0
    with inside(shop):
        assert list(shop.recurring_invoices.order_by("pk").values()) == before
        assert (Message.objects.filter(kind=raises.KIND).count(), AutoPay.objects.count()) == (0, 7)
        assert list(differences()) == []
        increase.refresh_from_db()
        assert increase.progress == "undone"


def test_after_its_day_it_stays(shop: Company, world: Any) -> None:
    make_subscribers(shop, 1)
    with inside(shop):
        increase = make_increase(shop)
    carried(shop, increase)
    with inside(shop), pytest.raises(raises.NotNow, match="Its day has come"):
        raises.begin_undo(increase, today=JULY, at=NOON, by="Rosa")


def test_a_killed_increase_goes_on_and_raises_nobody_twice(shop: Company, world: Any) -> None:
    make_subscribers(shop, 7)
    with inside(shop):
        increase = make_increase(shop)
    calls = itertools.count(1)

    def until_killed() -> dt.datetime:
        if next(calls) == 5:  # the second batch has begun
            raise KeyboardInterrupt
        return NOON

    with pytest.raises(KeyboardInterrupt):
        carried(shop, increase, batch=4, now=until_killed)
    with inside(shop):
        assert shop.recurring_invoices.filter(raised_by=increase).count() == 4
    assert carry_out(shop, increase.pk, now=noon, actor=SYSTEM, batch=2) == 7
    with inside(shop):
        assert shop.recurring_invoices.filter(raised_by=increase).values("follows").distinct().count() == 7
        assert AutoPay.objects.filter(ended_at=None).count() == 14


def test_the_letter_says_from_when_on_and_both_prices(shop: Company, world: Any) -> None:
    make_subscribers(shop, 1)
    with inside(shop):
        increase = make_increase(shop, letter="Costs rose & we are sorry.")
    carried(shop, increase)
    with clock.hold(NOON):
        run = open_night(shop, on=TODAY, at=NOON, by="test")
        night(shop, on=TODAY, now=clock.now, run=run)
    mails = [mail for mail in world.mail("nora@example.com") if mail["subject"] == "Your price from Jul 3, 2026"]
    assert mails
    text = str(mails[-1])
    assert "Costs rose & we are sorry." in text
    assert "$20.00" in text
    assert "$21.00" in text


@pytest.mark.slow
def test_twenty_thousand_are_raised_and_taken_back(shop: Company) -> None:
    """The test does not judge the seconds, it says them: about 100 for a person to wait would be too many."""
    many = make_due(20_000)
    spent = {}

    def timed(what: str, do: Any) -> Any:
        begun = time.perf_counter()
        answer = do()
        spent[what] = round(time.perf_counter() - begun, 1)
        return answer

    with inside(many):
        increase = make_increase(many)
        sums = timed("planned", lambda: sums_of(Planner(increase).plan()))
        timed("seen", lambda: coming_night(JULY.replace(day=31), first=JULY.replace(day=31)))
    assert (sums.raised, sums.left_out) == (19_999, {"Cannot be billed": 1})
    assert timed("raised", lambda: carried(many, increase, batch=1_000)) == 19_999
    with inside(many):
        raised = many.recurring_invoices.filter(raised_by=increase)
        assert raised.count() == 19_999
        assert sum(raised.values_list("amount", flat=True)) == sums.new
        assert many.messages.filter(kind=raises.KIND).count() == 19_999
        found = [one for one in differences() if one.noun != "line of recurring invoice"]
        assert found == []
    assert timed("undone", lambda: carried(many, increase, raises.begin_undo, batch=1_000)) == 0
    with inside(many):
        assert many.recurring_invoices.filter(ended_on=None, next_on=dt.date(2026, 1, 31)).count() == 20_000
        assert not many.messages.filter(kind=raises.KIND).exists()
    print(spent)
