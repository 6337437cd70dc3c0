"""Recurring invoices are set up, shown ahead, ended (F44-F52, D1)."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED
from alarmdesk.invoicing.actions import LeadsGetQuotesOnly, NoLines, ReasonMissing
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.schedules import (
    AlreadyEnded,
    ImpossibleRecurrence,
    NoEmail,
    NotAfterToday,
    delete,
    end,
    lines_of,
    preview,
)
from alarmdesk.invoicing.testing import TODAY, line, make_billed_customer, make_furnished_company, make_recurring
from alarmdesk.lib.recurrence import Recurrence, Unit

DAY = dt.timedelta(days=1)


@pytest.fixture
def shop():
    return make_furnished_company()


def days(*texts):
    return [dt.date.fromisoformat(text) for text in texts]


def test_the_thirty_first_falls_on_the_last_day_of_short_months():
    seen = preview(dt.date(2026, 1, 31), 1, "month", 36, count=5)

    assert seen.dates == days("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31")
    assert (seen.final_on, seen.more) == (dt.date(2028, 12, 31), True)


def test_a_leap_day_falls_on_the_28th_in_other_years():
    seen = preview(dt.date(2028, 2, 29), 1, "year", 5)

    assert seen.dates == days("2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29")
    assert (seen.final_on, seen.more) == (dt.date(2032, 2, 29), False)


def test_without_an_end_there_is_no_final_date():
    seen = preview(dt.date(2026, 1, 5), 2, "week", None, count=3)

    assert seen.dates == days("2026-01-05", "2026-01-19", "2026-02-02")
    assert (seen.final_on, seen.more) == (None, True)


def test_once_is_once():
    assert preview(dt.date(2026, 1, 5), 1, "month", 1).dates == days("2026-01-05")


@pytest.mark.parametrize(
    ("every", "unit", "times"),
    [(0, "month", 1), (-1, "month", 1), (1, "month", 0), (1, "month", 1201), (1, "fortnight", 1), (121, "month", 2)],
)
def test_a_schedule_that_cannot_be_kept_is_refused(every, unit, times):
    with pytest.raises(ImpossibleRecurrence):
        preview(dt.date(2026, 1, 31), every, unit, times)


def test_a_schedule_past_the_end_of_the_calendar_is_refused():
    with pytest.raises(ImpossibleRecurrence, match="year 9999"):
        preview(dt.date(9999, 1, 1), 1, "year", 2)


def test_a_preview_near_the_end_of_the_calendar_stops_there():
    assert preview(dt.date(9999, 11, 30), 1, "month", None).dates == days("9999-11-30"), "the next period has no end"


@given(
    st.dates(dt.date(2023, 1, 1), dt.date(2032, 12, 31)),
    st.integers(1, 36),
    st.sampled_from(list(Unit)),
    st.integers(0, 60),
)
def test_postgresql_counts_the_same_dates(anchor_on, every, unit, n):
    with connection.cursor() as cursor:
        cursor.execute(
            "select (%s::date + %s * %s::interval)::date, (%s::date + %s * %s::interval)::date",
            [anchor_on, n * every, f"1 {unit}", anchor_on, (n + 1) * every, f"1 {unit}"],
        )
        assert Recurrence(anchor_on, every, unit).period(n) == cursor.fetchone()


@given(st.dates(dt.date(2023, 1, 1), dt.date(2032, 12, 31)), st.integers(1, 36), st.sampled_from(list(Unit)))
def test_periods_tile(anchor_on, every, unit):
    recurrence = Recurrence(anchor_on, every, unit)
    periods = [recurrence.period(n) for n in range(40)]

    assert periods[0][0] == anchor_on
    assert all(one[1] == other[0] for one, other in itertools.pairwise(periods))
    assert all(start < stop for start, stop in periods)


def test_a_recurring_invoice_keeps_what_was_written(shop):
    with inside(shop):
        recurring = make_recurring(lines=[line("39.95", tax_rate=Decimal("8.25")), line("-5", "2")])

        assert (recurring.number, recurring.amount, recurring.next_on) == (1, Decimal("33.25"), dt.date(2026, 1, 31))
        assert recurring.final_on == dt.date(2028, 12, 31)
        assert [(one.quantity, one.unit_price, one.tax_rate) for one in lines_of(recurring)] == [
            (1, Decimal("39.95"), Decimal("8.25")),
            (2, -5, None),
        ]


@pytest.mark.parametrize("day", [TODAY, TODAY - DAY])
def test_the_next_invoice_date_is_after_today(shop, day):
    with inside(shop):
        with pytest.raises(NotAfterToday, match="after today"):
            make_recurring(anchor_on=day)

        assert not shop.recurring_invoices.exists()


def test_tomorrow_is_after_today(shop):
    with inside(shop):
        assert make_recurring(anchor_on=TODAY + DAY).next_on == TODAY + DAY


def test_mail_needs_an_address(shop):
    with inside(shop):
        with pytest.raises(NoEmail, match="no e-mail address"):
            make_recurring(make_billed_customer(email=""), email_on_generation=True)

        assert make_recurring(make_billed_customer(email=""), email_on_generation=False).number == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [({"lines": []}, NoLines), ({"times": 0}, ImpossibleRecurrence), ({"every": 0}, ImpossibleRecurrence)],
)
def test_what_cannot_be_scheduled(shop, fields, error):
    with inside(shop), pytest.raises(error):
        make_recurring(**fields)


def test_a_lead_is_not_billed(shop):
    with inside(shop), pytest.raises(LeadsGetQuotesOnly):
        make_recurring(make_billed_customer(stage="lead"))


def test_ended_at_once_it_makes_nothing_more(shop):
    with inside(shop):
        recurring = make_recurring()
        end(recurring, on=TODAY, reason="Moved away", by="Rosa")
        stored = shop.recurring_invoices.get()

        assert (stored.next_on, stored.ended_on, stored.ended_reason, stored.ended_by) == (
            None,
            TODAY,
            "Moved away",
            "Rosa",
        )


def test_ended_later_it_goes_on_until_then(shop):
    with inside(shop):
        recurring = make_recurring()
        end(recurring, on=dt.date(2026, 3, 31), reason="Notice given", by="Rosa")
        assert recurring.next_on == dt.date(2026, 1, 31)
        with pytest.raises(AlreadyEnded):
            end(recurring, on=dt.date(2026, 4, 30), reason="Stays on", by="Rosa")
        end(recurring, on=dt.date(2026, 1, 31), reason="Leaves sooner", by="Rosa")

        assert shop.recurring_invoices.get().next_on is None


def test_ending_asks_why(shop):
    with inside(shop), pytest.raises(ReasonMissing):
        end(make_recurring(), on=TODAY, reason=" ", by="Rosa")


def test_before_its_first_invoice_it_can_be_deleted(shop):
    with inside(shop):
        delete(make_recurring())

        assert not shop.recurring_invoices.exists()
        assert not shop.recurring_lines.exists()


def test_history_tells_who_ended_it_but_not_each_step_of_the_run(shop):
    with inside(shop):
        recurring = make_recurring()
    generate_due(shop, today=dt.date(2026, 2, 1), at=OPENED)
    with inside(shop):
        end(recurring, on=dt.date(2026, 2, 28), reason="Moved", by="Rosa")
        entries = shop.trail.filter(table="invoicing_recurringinvoice", row_id=recurring.pk).order_by("id")

        assert list(entries.values_list("verb", flat=True)) == ["insert", "update"]
        assert entries[1].new == {"ended_on": "2026-02-28", "ended_by": "Rosa", "ended_reason": "Moved"}
