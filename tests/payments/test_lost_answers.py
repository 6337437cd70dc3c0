"""What when answers are lost by the dozen, and webhooks come twice, late and out of order? Each charge is made once, no
other one is tried while one has no answer, and all is known within three days (acceptance test 2).

At NMI no key keeps a charge from being made again; at Stripe one does, for a day. The statement is the judge.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company
from alarmdesk.lib import clock
from alarmdesk.payments.audit import audit
from alarmdesk.payments.inbound import work_off
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.models import Attempt, InboundEvent, Payment, PlannedAllocation
from alarmdesk.payments.taking import InProgress, Wish, take_payment
from alarmdesk.payments.testing import merchant_of
from tests.payments.dialects import both_dialects, fault, impatient, listen
from tests.payments.nights import FIRST, drawn, make_subscribers, night_of, owed, run_night

HOUR = dt.timedelta(hours=1)
LOST = {"drop_after": 0.10, "hang": 0.05, "error_500_after": 0.03, "drop_before": 0.05}
"""What share of the sales gets no answer, and why; all but the last were made."""
WEBHOOKS = {"twice": 0.10, "late": 0.10, "reordered": 0.10}
CHECKED_AT = (1, 2, 4, 8, 24, 26, 48, 50, 72)
"""Hours after the night at which somebody looks: the janitor, the job of webhooks, at 24, 48 and 72 the next night."""


class Storm:
    """The night of March 3 in bad weather, and three days after it. Until `asleep_until` hours have gone by, nobody
    asks the gateway anything.
    """

    def __init__(self, shop: Company, world: Any, dialect: str, site: str, *, charges: int, asleep_until: int) -> None:
        self.shop, self.world, self.dialect = shop, world, dialect
        self.asleep_until = asleep_until
        self.subscribers = make_subscribers(shop, charges)
        listen(world, shop, site)
        for seed, (what, share) in enumerate(LOST.items()):
            fault(world, dialect, what, "sale", probability=share, seed=seed, seconds=60)
        for seed, (what, share) in enumerate(WEBHOOKS.items()):
            world.fault(what, path="webhook", probability=share, seed=seed, seconds=30 * 3600)

    def at(self, hours: int) -> dt.datetime:
        return night_of(FIRST) + hours * HOUR

    def open(self) -> int:
        with inside(self.shop):
            return Attempt.objects.filter(state__in=("created", "sent", "unknown")).count()

    def rage(self) -> int:
        """The night itself; how many charges have no answer afterwards."""
        with impatient(4.0):
            done = run_night(self.shop, FIRST)
        assert done.charges.declined == 0
        self.world.clear_faults()
        return done.charges.unknown

    def try_to_pay_again(self) -> None:
        """The night begun again, and a payer who presses the button: nothing is sent while there is no answer."""
        with inside(self.shop):
            before = set(Attempt.objects.values_list("key", flat=True))
            waiting = PlannedAllocation.objects.filter(payment__attempts__state="unknown", is_live=True)
            first = waiting.select_related("payment").first()
        assert first is not None
        assert run_night(self.shop, FIRST).charges.charged == 0
        wish = Wish(first.payment.customer_id, first.payment.billing_method_id, [first.invoice_id])
        with clock.hold(self.at(0)), pytest.raises(InProgress):
            take_payment(self.shop, wish, today=FIRST, now=clock.now, actor=SYSTEM)
        with inside(self.shop):
            assert set(Attempt.objects.values_list("key", flat=True)) == before

    def pass_by(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Three days: webhooks come in as they like, and what has no answer is asked about."""
        for hours in CHECKED_AT:
            monkeypatch.setenv("ALARMDESK_NOW", self.at(hours).isoformat())  # for the web process, too
            self.world.set_clock(self.at(hours))
            self.world.deliveries(merchant_of(self.shop), send=True)
            if hours < self.asleep_until:
                continue
            with clock.hold(self.at(hours)):
                work_off(self.shop, now=clock.now)
                resolve_unknown(self.shop, now=clock.now)
            if hours % 24 == 0:
                run_night(self.shop, FIRST + dt.timedelta(days=hours // 24))

    def judge(self) -> None:
        charges = len(self.subscribers)
        assert self.open() == 0
        assert drawn(self.world, self.shop) == owed(self.subscribers)
        totals = self.world.statement(merchant_of(self.shop), summary=True)["totals"]
        assert (totals["sales_count"], totals["voids"], totals["refunds"]) == (charges, "0.00", "0.00")
        self.judge_keys()
        with inside(self.shop):
            assert Payment.objects.filter(status="complete").count() == charges
            told = InboundEvent.objects.exclude(key="")  # the others name no operation, but a batch
            assert told.count() == charges  # however often they came
            assert set(told.values_list("state", flat=True)) == {"done"}
            assert not InboundEvent.objects.filter(state__in=("received", "failed")).exists()
        found = audit(self.shop, now=self.at(72))
        assert ([str(each) for each in found.differences], found.unknown, found.charges) == ([], 0, charges)

    def judge_keys(self) -> None:
        """A key follows another only after a definite answer: the gateway's own, or that it never heard of it."""
        tried: dict[int, list[tuple[dt.datetime, dt.datetime | None]]] = defaultdict(list)
        with inside(self.shop):
            of = dict(PlannedAllocation.objects.values_list("payment_id", "invoice_id"))
            for payment, sent, answered in Attempt.objects.order_by("pk").values_list(
                "payment_id", "sent_at", "answered_at"
            ):
                tried[of[payment]].append((sent, answered))
        assert max(map(len, tried.values())) > 1  # what was dropped before it was made was tried again
        for several in tried.values():
            for (_, answered), (sent, _) in pairwise(several):
                assert answered is not None
                assert answered < sent


@pytest.fixture
def story(shop: Company, world: Any, dialect: str, site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Tells the whole of it, of so many charges."""

    def tell(*, charges: int, asleep_until: int) -> None:
        storm = Storm(shop, world, dialect, site, charges=charges, asleep_until=asleep_until)
        monkeypatch.setenv("ALARMDESK_NOW", storm.at(0).isoformat())
        world.set_clock(storm.at(0))
        lost = storm.rage()
        assert lost > 0.12 * charges
        assert storm.open() == lost
        storm.try_to_pay_again()
        storm.pass_by(monkeypatch)
        storm.judge()

    yield tell
    world.control("webhooks", method="DELETE")


@both_dialects
def test_lost_answers_are_all_found_and_nothing_is_charged_twice(story: Any) -> None:
    story(charges=80, asleep_until=0)


@pytest.mark.parametrize("dialect", ["stripe"])
def test_a_key_that_stripe_has_forgotten_is_not_used_again(story: Any) -> None:
    """Its keys live for a day; whoever asks later and sent the same key again would charge again."""
    story(charges=40, asleep_until=25)


@pytest.mark.slow
@both_dialects
@pytest.mark.parametrize("asleep_until", [0, 25])
def test_the_lost_answers_of_2000_charges_are_all_found(story: Any, asleep_until: int) -> None:
    story(charges=2_000, asleep_until=asleep_until)
