"""Who is told that a card expires, and how often?"""

import datetime as dt
from typing import Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.payments.expiring import tell_expiring
from alarmdesk.payments.models import BillingMethod, DunningPolicy
from alarmdesk.payments.testing import make_card_token
from tests.payments.nights import FIRST, make_subscribers, night_of, run_night

DAY = dt.timedelta(days=1)
TEST_VISA = "4111111111111111"
LAST_GOOD_DAY = dt.date(2026, 4, 30)


@pytest.fixture
def card(shop: Company, world: Any) -> BillingMethod:
    """A card on Auto Pay that is good through April 2026."""
    make_subscribers(shop, 1, token=make_card_token(world, shop, TEST_VISA, expires="0426"))
    with inside(shop):
        return BillingMethod.objects.get()


def told_on(shop: Company, days: range) -> list[int]:
    """On which days before the last good day a letter was put into the outbox, each day's night run twice."""
    told = []
    for left in days:
        today = LAST_GOOD_DAY - left * DAY
        told += [left] * tell_expiring(shop, today=today, at=night_of(today))
        told += [left] * tell_expiring(shop, today=today, at=night_of(today))
    return told


def test_a_card_is_told_of_30_and_7_days_before_its_last_day_each_once(shop: Company, card: BillingMethod) -> None:
    assert told_on(shop, range(40, -3, -1)) == [30, 7]


def test_a_letter_that_the_nights_missed_is_made_up_for_by_one(shop: Company, card: BillingMethod) -> None:
    assert told_on(shop, range(20, 9, -1)) == [20]
    assert told_on(shop, range(3, -2, -1)) == [3]


def test_the_next_expiry_of_the_same_card_is_told_of_again(shop: Company, card: BillingMethod) -> None:
    assert told_on(shop, range(31, 0, -1)) == [30, 7]
    with inside(shop):
        BillingMethod.objects.update(expires_on=LAST_GOOD_DAY + 30 * DAY)
    assert told_on(shop, range(0, -31, -1)) == [0, -23]


@pytest.mark.parametrize("change", ["removed", "blocked", "refused", "no auto pay", "no address", "not wanted"])
def test_who_need_not_know_is_not_told(shop: Company, card: BillingMethod, change: str) -> None:
    with inside(shop):
        if change == "no auto pay":
            card.auto_pays.update(ended_at=night_of(FIRST))
        elif change == "no address":
            type(card.customer).objects.update(email="")
        elif change == "not wanted":
            DunningPolicy.objects.create(days=[3], tells_expiry=False)
        else:
            BillingMethod.objects.update(**{f"{change}_at": night_of(FIRST)})
    assert told_on(shop, range(31, 0, -1)) == []


def test_the_night_sends_the_letter(shop: Company, world: Any, card: BillingMethod) -> None:
    world.clear_mail()
    run_night(shop, LAST_GOOD_DAY - 30 * DAY)
    (mail,) = world.mail("nora@example.com", subject="expires soon")
    assert mail["subject"] == "Your Visa ending 1111 expires soon"
    assert "good through Apr 30, 2026" in mail["text"]
