"""Is a day drawn right when it has 23 or 25 hours (F32)?"""

import datetime as dt
from itertools import pairwise
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alarmdesk.scheduling.board import draw
from alarmdesk.scheduling.free import free_times
from alarmdesk.scheduling.hours import NoSuchTime, Off, Week, day_of, exact

TULSA = ZoneInfo("America/Chicago")
ALL_DAY = Week(dict.fromkeys(range(7), (dt.time(0), dt.time(23, 45))))
SPRING, AUTUMN, PLAIN = dt.date(2026, 3, 8), dt.date(2026, 11, 1), dt.date(2026, 11, 23)
LUIS: Any = SimpleNamespace(pk=1)


def booked(starts: str, minutes: int, **facts: Any) -> Any:
    """An assignment from a UTC instant on."""
    at = dt.datetime.fromisoformat(starts).replace(tzinfo=dt.UTC)
    appointment = SimpleNamespace(kind="service", done_at=None, is_over=False, is_late=lambda _: False, **facts)
    return SimpleNamespace(
        technician_id=1, appointment_id=id(appointment), appointment=appointment, starts_at=at,
        ends_at=at + dt.timedelta(minutes=minutes),
    )  # fmt: skip


def drawn(on: dt.date, *assignments: Any, week: Week = ALL_DAY, whole: bool = True, at: str = "2026-01-01") -> Any:
    now = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    return draw(on, TULSA, [LUIS], {1: week}, list(assignments), at=now, whole=whole)


def test_a_day_of_23_hours_has_no_two_o_clock_and_one_of_25_has_one_o_clock_twice():
    assert [drawn(on).quarters for on in (SPRING, PLAIN, AUTUMN)] == [92, 96, 100]
    assert [tick.label for tick in drawn(SPRING).ticks][:4] == ["12 AM", "1 AM", "3 AM", "4 AM"]
    assert [tick.label for tick in drawn(AUTUMN).ticks][:4] == ["12 AM", "1 AM CDT", "1 AM CST", "2 AM"]
    assert {b.at - a.at for a, b in pairwise(drawn(AUTUMN).ticks)} == {4}


def test_a_bar_stands_where_its_instant_is_on_every_day():
    noon = {SPRING: "2026-03-08 17:00", PLAIN: "2026-11-23 18:00", AUTUMN: "2026-11-01 18:00"}
    at = {on: drawn(on, booked(starts, 60)).rows[0].bars[0].block for on, starts in noon.items()}
    assert {on: (block.at, block.length) for on, block in at.items()} == {
        SPRING: (44, 4), PLAIN: (48, 4), AUTUMN: (52, 4),
    }  # fmt: skip
    through = drawn(AUTUMN, booked("2026-11-01 06:00", 120)).rows[0].bars[0].block
    assert (through.at, through.length) == (4, 8), "from the first one o'clock to two: two hours"


def test_the_hours_shown_grow_with_what_is_booked_and_worked():
    nine_to_five = Week(dict.fromkeys(range(7), (dt.time(9), dt.time(17))))
    usual = drawn(PLAIN, week=nine_to_five, whole=False)
    assert (usual.ticks[0].label, usual.quarters) == ("7 AM", 48)
    early = drawn(PLAIN, booked("2026-11-23 11:30", 60), week=nine_to_five, whole=False)
    assert (early.ticks[0].label, early.rows[0].bars[0].block.at) == ("5 AM", 2)
    closed = [(block.at, block.length) for block in usual.rows[0].closed]
    assert closed == [(0, 8), (40, 8)], "until nine, and from five on"


def test_what_runs_over_midnight_is_cut_off_at_both_days():
    night = booked("2026-11-24 04:00", 240)  # 10 PM to 2 AM
    assert [drawn(on, night).rows[0].bars[0].block.length for on in (PLAIN, dt.date(2026, 11, 24))] == [8, 8]


def test_bars_that_overlap_stand_below_each_other():
    bars = drawn(PLAIN, *(booked(f"2026-11-23 {at}", 60) for at in ("15:00", "15:30", "16:00"))).rows[0].bars
    assert [bar.lane for bar in bars] == [0, 1, 0]


def test_now_is_a_line_on_its_own_day_alone():
    assert drawn(PLAIN, at="2026-11-23 18:10").now_at == 48
    assert drawn(PLAIN, at="2026-11-24 18:10").now_at is None


def test_a_skipped_time_is_refused_and_the_first_of_two_is_meant():
    with pytest.raises(NoSuchTime):
        exact(SPRING, dt.time(2, 30), TULSA)
    assert exact(AUTUMN, dt.time(1, 30), TULSA) == dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.UTC)
    assert [(end - start) / dt.timedelta(hours=1) for start, end in (day_of(on, TULSA) for on in (SPRING, AUTUMN))] == [
        23, 25,
    ]  # fmt: skip


def test_free_times_keep_to_the_clocks_over_the_change():
    week = Week({5: (dt.time(9), dt.time(12)), 6: (dt.time(9), dt.time(12))}, [Off(dt.date(2026, 11, 7), PLAIN)])
    after = dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC)
    found = free_times(week, [], minutes=180, zone=TULSA, after=after, most=3)
    assert [f"{at.astimezone(TULSA):%a %H:%M %z}" for at in found] == [
        "Sat 09:00 -0500", "Sun 09:00 -0600", "Sat 09:00 -0600",
    ]  # fmt: skip
