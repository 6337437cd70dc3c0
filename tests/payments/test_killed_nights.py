"""What is left of a night whose process is killed before and after every commit and every call of the gateway? One sale
for each subscriber, whose receipt left once: nobody is charged twice, nobody is forgotten (acceptance test 1).

Nobody lists the places: a child that passes one where none was killed yet is killed there, and a new step of the
night is a new place. The gateway's statement is the judge.
"""

import datetime as dt
import random
from collections import Counter
from typing import Any

import pytest
from django.conf import settings

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company, Run
from alarmdesk.lib import clock
from alarmdesk.payments.audit import audit
from alarmdesk.payments.models import Attempt, Payment
from alarmdesk.payments.night import night, open_night
from alarmdesk.payments.testing import merchant_of
from tests.payments.crashes import Places
from tests.payments.dialects import both_dialects
from tests.payments.nights import FIRST, drawn, make_subscribers, night_of, owed

LEAST_PLACES = 40
"""At so many different places at least each night is killed."""
SEEDS = 25
DIALECTS = ("nmi", "stripe")


class KilledNight:
    """The night of March 3 of so many subscribers, killed and begun again, and two more nights to recover."""

    def __init__(self, shop: Company, world: Any, places: Places, *, subscribers: int) -> None:
        self.shop, self.world, self.chance = shop, world, places.chance
        self.expected = owed(make_subscribers(shop, subscribers))
        self.places = places
        self.at = night_of(FIRST)
        world.clear_mail()

    def work(self) -> None:
        """What the worker does each time: begin the night, or go on with it."""
        with clock.hold(self.at):
            with inside(self.shop):
                run = Run.objects.filter(on=FIRST).first()
            run = run or open_night(self.shop, on=FIRST, at=self.at, by="test")
            night(self.shop, on=FIRST, now=clock.now, run=run)

    def until_nothing_kills_it(self) -> None:
        self.world.set_clock(self.at)
        while self.places.die_at_a_new_one(self.work):
            self.at += dt.timedelta(minutes=self.chance.randint(1, 12))
            self.world.set_clock(self.at)

    def go(self) -> None:
        """Killed wherever it was not yet, recovered 48 hours later, and killed at every new place of that, too."""
        for _ in range(2):
            self.until_nothing_kills_it()  # the second time without patience
        for hours in (2, 48, 96):
            self.at = max(self.at, night_of(FIRST) + dt.timedelta(hours=hours))
            self.until_nothing_kills_it()
            self.until_nothing_kills_it()

    def judge(self) -> None:
        count = self.expected.total()
        assert drawn(self.world, self.shop) == self.expected
        totals = self.world.statement(merchant_of(self.shop), summary=True)["totals"]
        assert (totals["sales_count"], totals["voids"], totals["refunds"]) == (count, "0.00", "0.00")
        with inside(self.shop):
            assert not Attempt.objects.filter(state__in=("created", "sent", "unknown", "held")).exists()
            paid = Payment.objects.filter(status__in=("pending", "complete"))
            assert Counter(paid.values_list("amount", flat=True)) == self.expected
            receipts = self.shop.messages.filter(kind="receipt")
            assert (receipts.count(), receipts.filter(state="sent").count()) == (count, count)
        self.judge_receipts(count)
        found = audit(self.shop, now=self.at)
        assert ([str(each) for each in found.differences], found.unknown, found.charges) == ([], 0, count)

    def judge_receipts(self, count: int) -> None:
        """Each receipt is one message; one that left in the instant of a death may leave again under its own name."""
        names = Counter(mail["headers"]["Message-ID"] for mail in self.world.mail(subject="Receipt"))
        assert len(names) == count
        assert names.total() - count <= self.places.deaths


def told(shop: Company, world: Any, monkeypatch: pytest.MonkeyPatch, places: Places, *, subscribers: int) -> None:
    # fewer in flight than usual, so that a death leaves work for the next one
    monkeypatch.setattr(settings, "GATEWAY_CALLS_IN_FLIGHT", 16)
    story = KilledNight(shop, world, places, subscribers=subscribers)
    story.go()
    story.judge()
    assert len(places.died) == places.deaths
    if not places.patience_was_given:
        assert places.missed == places.spared


@both_dialects
def test_a_night_killed_at_half_its_places_charges_everybody_once(
    shop: Company, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = Places(random.Random(7), spares=50)
    told(shop, world, monkeypatch, places, subscribers=12)
    assert places.deaths >= 25


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "dialect"), [(seed, DIALECTS[seed % len(DIALECTS)]) for seed in range(SEEDS)], ids=map(str, range(SEEDS))
)
def test_a_night_of_1000_killed_at_40_places_and_more_charges_everybody_once(
    shop: Company, world: Any, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """The first seed of each dialect dies at the first passage of every place there is; the others somewhere on the
    way, at most of them.
    """
    is_whole = seed < len(DIALECTS)
    places = Places(random.Random(seed)) if is_whole else Places(random.Random(seed), patience=12, spares=25)
    told(shop, world, monkeypatch, places, subscribers=1_000)
    assert places.deaths >= LEAST_PLACES
