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
SEEDS = range(25)


class KilledNight:
    """The night of March 3 of so many subscribers, killed and begun again, and two more nights to recover."""

    def __init__(self, shop: Company, world: Any, *, subscribers: int, seed: int) -> None:
        self.shop, self.world, self.chance = shop, world, random.Random(seed)
        self.expected = owed(make_subscribers(shop, subscribers))
        # the first seed dies at the first passage of every place, the others somewhere on the way
        self.places = Places(self.chance, patience=12 if seed else 0)
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
        """Killed at every place, recovered 48 hours later, and killed at every new place of that, too."""
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


def told(shop: Company, world: Any, monkeypatch: pytest.MonkeyPatch, *, subscribers: int, seed: int) -> Places:
    # fewer in flight than usual, so that a death leaves work for the next one
    monkeypatch.setattr(settings, "GATEWAY_CALLS_IN_FLIGHT", 16)
    story = KilledNight(shop, world, subscribers=subscribers, seed=seed)
    story.go()
    story.judge()
    assert len(story.places.died) == story.places.deaths >= LEAST_PLACES
    if seed == SEEDS[0]:
        assert story.places.missed == set()
    return story.places


@both_dialects
def test_a_night_killed_at_every_place_charges_everybody_once(
    shop: Company, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(shop, world, monkeypatch, subscribers=60, seed=0)
