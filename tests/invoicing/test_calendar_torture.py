"""Ten thousand schedules against PostgreSQL's own calendar: no period is billed twice, none is left out (test 5).

The oracle is independent of our arithmetic: anchor + n * interval as PostgreSQL counts it, and the days that its
generate_series walks. In one statement for all, so that ten thousand take seconds.
"""

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from alarmdesk.company.entering import inside
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.periods import Schedule
from alarmdesk.invoicing.schedules import end, preview, schedule_of
from alarmdesk.invoicing.succession import change_price, turn_of
from alarmdesk.invoicing.testing import line, make_billed_customer, make_furnished_company, make_recurring, net
from alarmdesk.lib.money import part_of
from alarmdesk.payments.night import starts

ZONES = ("America/Denver", "America/New_York", "America/Phoenix", "Pacific/Honolulu", "America/Halifax")
DAY = dt.timedelta(days=1)
MOST = {"day": 36, "week": 36, "month": 36, "year": 10}
ORACLE = """
select s.place, array_agg((s.anchor + n * s.step)::date order by n)
from unnest(%(places)s::int[], %(anchors)s::date[], %(steps)s::interval[]) as s (place, anchor, step)
cross join generate_series(-1, %(most)s) n
group by s.place
"""
COUNTED = 13


@dataclass(frozen=True)
class Case:
    """One random schedule, and PostgreSQL's dates of its occurrences from -1 on."""

    anchor: dt.date
    every: int
    unit: str
    times: int
    in_arrears: bool
    starts_in: float | None
    ends_in: float | None
    dates: list[dt.date]


def cases(count, seed):
    chance = random.Random(seed)
    first, last = dt.date(2023, 1, 1), dt.date(2032, 12, 31)
    drawn = []
    for number in range(count):
        anchor = first + DAY * chance.randrange((last - first).days + 1)
        if number % 7 == 0:  # month ends and leap days more often than chance would have it
            anchor = dt.date(chance.choice((2024, 2028, 2032)), 2, 29) if number % 2 else _last_of_month(anchor)
        unit = chance.choice(list(MOST))
        every = chance.randint(1, MOST[unit])
        partly = [chance.random() if chance.random() < 0.3 else None for _ in range(2)]
        drawn.append((anchor, every, unit, chance.randint(1, 12), chance.random() < 0.3, *partly))
    with connection.cursor() as cursor:
        cursor.execute(
            ORACLE,
            {
                "places": list(range(count)),
                "anchors": [one[0] for one in drawn],
                "steps": [f"{one[1]} {one[2]}" for one in drawn],
                "most": COUNTED,
            },
        )
        dates = dict(cursor.fetchall())
    return [Case(*one, dates[place]) for place, one in enumerate(drawn)]


def _last_of_month(day):
    return (day.replace(day=1) + 31 * DAY).replace(day=1) - DAY


def inner(begin, stop, share):
    """A day strictly inside [begin, stop), or None where there is none."""
    days = (stop - begin).days
    return begin + DAY * (1 + int(share * (days - 1))) if days > 1 and share is not None else None


def check(case):
    """The dates and days of one schedule are those that PostgreSQL counts, and its form says the same."""
    at = {n: case.dates[n + 1] for n in range(-1, COUNTED + 1)}
    starts_on = inner(at[-1], at[0], case.starts_in)
    planned = schedule_of(
        case.anchor, case.every, case.unit, case.times, starts_on=starts_on, in_arrears=case.in_arrears
    )
    first = -1 if case.in_arrears or starts_on else 0
    expected = [(at[n], at[n + 1]) for n in range(first, first + case.times)]
    expected[0] = (starts_on or expected[0][0], expected[0][1])
    made = [planned.due(seq) for seq in range(planned.first_seq, planned.first_seq + case.times + 2)]
    assert made == [stop if case.in_arrears else begin for begin, stop in expected] + [None, None], case
    billed = [planned.period(seq) for seq in range(planned.first_seq, planned.first_seq + case.times)]
    assert [(one.starts_on, one.ends_on) for one in billed] == expected, case
    assert sum((one.ends_on - one.starts_on).days for one in billed) == (expected[-1][1] - expected[0][0]).days
    seen = preview(case.anchor, case.every, case.unit, case.times, 40, starts_on=starts_on, in_arrears=case.in_arrears)
    assert (seen.dates, seen.final_on, seen.more) == (made[:-2], made[-3], False), case
    check_turn(case, planned, expected)
    check_end(case, planned, expected)


def check_turn(case, planned, expected):
    """A price that changes inside: both together bill the same days, and the same number of times."""
    if case.times < 2:
        return
    seq = planned.first_seq + case.times // 2
    begin, stop = expected[case.times // 2]
    on = inner(begin, stop, case.ends_in)
    turn = turn_of(planned, planned.first_seq, on or begin, splits=True)
    assert turn.on == (on or begin), case
    assert turn.seq == seq, case
    old = Schedule(
        case.anchor, case.every, case.unit, case.times, planned.first_seq, planned.starts_on, case.in_arrears,
        turn.on, turn.splits,
    )  # fmt: skip
    left = case.times - (seq - planned.first_seq)
    new = Schedule(case.anchor, case.every, case.unit, left, seq, turn.on if turn.splits else None, case.in_arrears)
    both = [one.period(n) for one in (old, new) for n in range(planned.first_seq, seq + left + 2) if is_its(one, n)]
    days = [(one.starts_on, one.ends_on) for one in both]
    assert all(before[1] == after[0] for before, after in pairwise(days)), case
    assert (days[0][0], days[-1][1]) == (expected[0][0], expected[-1][1]), case
    assert len(days) == case.times + turn.splits, case
    if turn.splits:
        whole = Decimal("39.99")
        cut = [one for one in both if one.is_partial and one.whole[0] <= turn.on < one.whole[1]]
        days_of = (stop - (planned.starts_on if seq == planned.first_seq and planned.starts_on else begin)).days
        total = (cut[0].whole[1] - cut[0].whole[0]).days
        assert sum(one.part(whole) for one in cut) == part_of(whole, total - days_of, total, total), case


def is_its(schedule, seq):
    return seq >= schedule.first_seq and schedule.due(seq) is not None


def check_end(case, planned, expected):
    """Ended inside a period: billed up to that day when prorated, else whole (advance) or not at all (arrears)."""
    on = inner(*expected[-1], case.ends_in)
    if on is None:
        return
    for prorated in (False, True):
        cut = Schedule(
            case.anchor, case.every, case.unit, case.times, planned.first_seq, planned.starts_on, case.in_arrears, on,
            prorated,
        )  # fmt: skip
        seqs = [n for n in range(planned.first_seq, planned.first_seq + case.times + 1) if cut.due(n) is not None]
        last = cut.period(seqs[-1]).ends_on if seqs else expected[0][0]
        right = on if prorated else expected[-1][0] if case.in_arrears else expected[-1][1]
        assert last == right, (case, prorated)


def test_a_thousand_schedules_are_those_that_postgresql_counts():
    for case in cases(1_000, seed=5):
        check(case)


@pytest.mark.slow
def test_ten_thousand_schedules_are_those_that_postgresql_counts():
    for case in cases(10_000, seed=2026):
        check(case)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("sunday", [dt.date(2026, 3, 8), dt.date(2026, 11, 1)])
def test_an_hourly_clock_over_a_change_of_the_clocks_bills_each_period_once(zone, sunday):
    shop = make_furnished_company(time_zone=zone)
    with inside(shop):
        daily = make_recurring(
            anchor_on=sunday - DAY, every=1, unit="day", times=5, today=sunday - 3 * DAY, term=net(0)
        )
        monthly = make_recurring(
            make_billed_customer(),
            anchor_on=sunday,
            every=1,
            unit="month",
            times=2,
            today=sunday - 3 * DAY,
            term=net(0),
        )
        late = make_recurring(
            make_billed_customer(), anchor_on=sunday, every=1, unit="week", times=1, in_arrears=True,
            starts_on=sunday - 3 * DAY, today=sunday - 4 * DAY, term=net(0),
        )  # fmt: skip
    begin = dt.datetime.combine(sunday - 2 * DAY, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)
    for hour in range(24 * 6):
        at = begin + hour * dt.timedelta(hours=1)
        today = shop.local_date(at)
        if at >= starts(today, shop):  # as the worker's clock does it (payments/tasks.py)
            generate_due(shop, today=today, at=at)
    with inside(shop):
        made = list(daily.invoices.order_by("number"))
        assert [one.sale_on for one in made] == [sunday + n * DAY for n in range(-1, 4)]
        assert [one.due_on for one in made] == [one.sale_on for one in made]
        assert [shop.local_date(one.issued_at) for one in made] == [one.sale_on for one in made]
        assert monthly.invoices.get().sale_on == sunday
        assert (late.invoices.get().sale_on, late.invoices.get().sub_total) == (sunday, Decimal("17.12"))
        assert list(differences(today=sunday + 3 * DAY)) == []


def test_36_times_are_exactly_36_and_the_final_date_is_that_of_the_form():
    shop = make_furnished_company()
    with inside(shop):
        told = {
            "plain": {},
            "arrears": {"in_arrears": True},
            "begun": {"starts_on": dt.date(2026, 1, 10)},
            "arrears begun": {"in_arrears": True, "starts_on": dt.date(2026, 1, 5)},
        }
        made = {name: make_recurring(make_billed_customer(), **fields) for name, fields in told.items()}
        forms = {name: preview(dt.date(2026, 1, 31), 1, "month", 36, **fields) for name, fields in told.items()}
    generate_due(shop, today=dt.date(2031, 1, 1), at=dt.datetime(2031, 1, 1, 12, tzinfo=dt.UTC))
    with inside(shop):
        for name, recurring in made.items():
            dates = list(recurring.invoices.order_by("number").values_list("sale_on", flat=True))
            assert (name, len(dates), dates[-1]) == (name, 36, forms[name].final_on)
        first = made["begun"].invoices.order_by("number").first()
        assert (first.sale_on, first.sub_total) == (dt.date(2026, 1, 10), Decimal("27.06"))  # 21 of 31 days of 39.95
        assert first.lines.get().description.endswith("(Jan 10, 2026 to Jan 30, 2026, 21 of 31 days)")
        assert list(differences(today=dt.date(2031, 1, 1))) == []


def test_three_parts_of_39_99_are_39_99():
    assert [part_of(Decimal("39.99"), day, day + 10, 30) for day in (0, 10, 20)] == [Decimal("13.33")] * 3
    assert sum(part_of(Decimal("39.98"), day, day + 1, 31) for day in range(31)) == Decimal("39.98")


def test_a_period_cut_in_three_bills_the_whole():
    """Begun on the 11th, its price changed on the 21st, ended on the 31st: three parts of $39.99, to the cent."""
    shop = make_furnished_company()
    today = dt.date(2026, 4, 1)
    with inside(shop):
        recurring = make_recurring(
            anchor_on=dt.date(2026, 5, 1), starts_on=dt.date(2026, 4, 2), times=1, today=today, lines=[line("39.99")]
        )
        second = change_price(
            recurring, on=dt.date(2026, 4, 12), lines=[line("39.99")], splits=True, today=today,
            at=recurring.created_at, by="Rosa",
        )  # fmt: skip
        third = change_price(
            second, on=dt.date(2026, 4, 22), lines=[line("39.99")], splits=True, today=today, at=recurring.created_at,
            by="Rosa",
        )  # fmt: skip
        end(third, on=dt.date(2026, 4, 28), reason="Moved", by="Rosa", prorated=True)
    generate_due(shop, today=dt.date(2026, 6, 1), at=dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC))
    with inside(shop):
        billed = list(shop.invoices.order_by("number").values_list("sub_total", flat=True))
        assert len(billed) == 3
        assert sum(billed) == part_of(Decimal("39.99"), 1, 27, 30)
        assert list(differences(today=dt.date(2026, 6, 1))) == []
