"""Is a night that did not end begun again the same day, by itself, and only then? What does a demo's future count?"""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from alarmdesk import cli
from alarmdesk.company import runs
from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company, Run
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib import clock
from alarmdesk.payments.night import night, open_night
from alarmdesk.payments.tasks import MOST_TRIES_A_DAY, _begin_night

from .conftest import NOON
from .nights import FIRST, make_subscribers

TODAY = dt.date(2026, 3, 2)
HALF_AN_HOUR = dt.timedelta(minutes=30)


def nights(company: Company) -> list[Run]:
    with inside(company):
        return list(company.runs.filter(kind=Run.Kind.NIGHT).order_by("pk"))


def begin(company: Company, at: dt.datetime = NOON) -> list[Run]:
    """What the periodic job does for one company."""
    with clock.hold(at):
        _begin_night(company, at)
    return nights(company)


def job(run: Run, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = %s where args->>'run_id' = %s", [status, str(run.pk)])


def fail(company: Company, run: Run, at: dt.datetime) -> None:
    """The worker tried three times and gave up."""
    with inside(company):
        runs.start(run, at=at)
        runs.fail(run, "OSError: no space left", at=at)
    job(run, "failed")


def test_a_night_that_failed_is_begun_again_half_an_hour_later(shop: Company) -> None:
    [run] = begin(shop)
    fail(shop, run, NOON)
    assert len(begin(shop, NOON + HALF_AN_HOUR - dt.timedelta(seconds=1))) == 1
    first, again = begin(shop, NOON + HALF_AN_HOUR)
    assert (first.state, first.error) == ("failed", "OSError: no space left")
    assert (again.state, again.on, again.started_by) == ("waiting", TODAY, "AlarmDesk")


def test_a_night_that_fails_all_day_is_not_begun_for_ever(shop: Company) -> None:
    at = NOON
    for _ in range(MOST_TRIES_A_DAY + 3):
        fail(shop, begin(shop, at)[-1], at)
        at += HALF_AN_HOUR
    assert shop.local_date(at) == TODAY
    assert len(nights(shop)) == MOST_TRIES_A_DAY


def test_a_night_of_the_command_line_that_was_killed_is_begun_again(shop: Company) -> None:
    killed = open_night(shop, on=TODAY, at=NOON, by="command line")
    with inside(shop):
        runs.start(killed, at=NOON)
        runs.advance(killed, 100, at=NOON + HALF_AN_HOUR)
    assert len(begin(shop, NOON + HALF_AN_HOUR)) == 1
    silent, again = begin(shop, NOON + 2 * HALF_AN_HOUR)
    assert silent.state == "failed"
    assert silent.error.startswith("It fell silent")
    assert again.state == "waiting"


@pytest.mark.parametrize("status", ["todo", "doing"])
def test_a_night_that_a_worker_has_or_will_have_is_left_to_it(shop: Company, status: str) -> None:
    [run] = begin(shop)
    job(run, status)
    assert len(begin(shop, NOON + 10 * HALF_AN_HOUR)) == 1


def test_a_night_that_ended_is_not_begun_again_whatever_else_failed(shop: Company) -> None:
    [run] = begin(shop)
    with inside(shop):
        runs.finish(run, {}, at=NOON)
    fail(shop, open_night(shop, on=TODAY, at=NOON, by="Rosa Marin"), NOON)
    assert len(begin(shop, NOON + 10 * HALF_AN_HOUR)) == 2


def test_a_night_that_was_begun_again_bills_what_the_first_had_not(shop: Company, monkeypatch: Any) -> None:
    make_subscribers(shop, 2)
    at = NOON + dt.timedelta(days=1)
    [run] = begin(shop, at)
    with monkeypatch.context() as broken, clock.hold(at):
        broken.setattr("alarmdesk.payments.night.generate_due", _no_space)
        with pytest.raises(OSError, match="no space"):
            night(shop, on=FIRST, now=clock.now, run=run)
    job(run, "failed")
    *_, again = begin(shop, at + HALF_AN_HOUR)
    with clock.hold(at + HALF_AN_HOUR):
        assert night(shop, on=FIRST, now=clock.now, run=again).invoices == 2
    with inside(shop):
        assert Invoice.objects.count() == 2


def test_the_nights_that_a_demo_ran_ahead_do_not_stand_for_those_of_their_days(shop: Company, monkeypatch: Any) -> None:
    monkeypatch.setattr(settings, "ENVIRONMENT", "demo")
    with clock.hold(NOON - dt.timedelta(days=3)):
        cli._one_night(shop, TODAY)
        cli._one_night(shop, TODAY + dt.timedelta(days=14))
    today, ahead, real = begin(shop)
    assert {today.state, ahead.state} == {"finished"}
    assert today.created_at == ahead.created_at == NOON - dt.timedelta(days=3)
    assert (real.on, real.state) == (TODAY, "waiting")


def _no_space(*_: Any, **__: Any) -> None:
    raise OSError("no space left")
