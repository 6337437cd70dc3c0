"""A price changes on a day, and the periods of both recurring invoices tile as if they were of one (D1)."""

import datetime as dt
from decimal import Decimal

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.schedules import AlreadyEnded, FollowsAnother, delete, end
from alarmdesk.invoicing.succession import (
    ChangeComing,
    ChangeTooEarly,
    NothingLeft,
    TooLateToUndo,
    chain_of,
    change_price,
    undo_change,
)
from alarmdesk.invoicing.testing import TODAY, line, make_furnished_company, make_recurring
from alarmdesk.office import billing_audit

MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def shop():
    return make_furnished_company()


def change(recurring, on, price="49.95", **fields):
    fields = {"today": TODAY, "at": OPENED, "by": "Rosa", "lines": [line(price)], **fields}
    return change_price(recurring, on=on, **fields)


def night(shop, on):
    return generate_due(shop, today=on, at=OPENED)


def billed(shop):
    """(first day, last day + 1, amount) of all that was billed, in order."""
    rows = shop.billing_periods.order_by("starts_on").values_list("starts_on", "ends_on", "invoice__sub_total")
    return list(rows)


def test_from_1_march_the_price_is_49_95(shop):
    with inside(shop):
        old = make_recurring(anchor_on=dt.date(2026, 1, 15), times=5)
        new = change(old, MARCH)

        assert (old.ended_on, new.begins_on, new.times, new.final_on) == (
            dt.date(2026, 3, 15), dt.date(2026, 3, 15), 3, dt.date(2026, 5, 15),
        )  # fmt: skip
        assert [one.pk for one in chain_of(old)] == [one.pk for one in chain_of(new)] == [old.pk, new.pk]
    night(shop, dt.date(2026, 12, 31))
    with inside(shop):
        days = [dt.date(2026, month, 15) for month in range(1, 7)]
        prices = [Decimal("39.95")] * 2 + [Decimal("49.95")] * 3
        assert billed(shop) == list(zip(days, days[1:], prices, strict=False))
        assert list(differences(today=dt.date(2026, 12, 31))) == []


def test_on_that_very_day_the_period_is_split_and_month_ends_do_not_drift(shop):
    with inside(shop):
        old = make_recurring(times=4)  # January 31
        new = change(old, MARCH, splits=True)
        assert (new.first_seq, new.starts_on, new.times) == (1, MARCH, 3)
    night(shop, dt.date(2026, 12, 31))
    with inside(shop):
        # February 28 to March 31 has 31 days: one at the old price, thirty at the new one
        assert billed(shop) == [
            (dt.date(2026, 1, 31), dt.date(2026, 2, 28), Decimal("39.95")),
            (dt.date(2026, 2, 28), MARCH, Decimal("1.29")),
            (MARCH, dt.date(2026, 3, 31), Decimal("48.34")),
            (dt.date(2026, 3, 31), dt.date(2026, 4, 30), Decimal("49.95")),
            (dt.date(2026, 4, 30), dt.date(2026, 5, 31), Decimal("49.95")),
        ]
        assert list(differences(today=dt.date(2026, 12, 31))) == []


def test_what_is_billed_already_stays_and_the_change_waits_for_the_next_period(shop):
    with inside(shop):
        old = make_recurring(anchor_on=dt.date(2026, 2, 1))
    night(shop, dt.date(2026, 2, 1))
    with inside(shop):
        new = change(old, dt.date(2026, 2, 10), splits=True, today=dt.date(2026, 2, 2))
        assert (new.begins_on, new.starts_on) == (MARCH, None)


def test_a_change_goes_on_from_a_change(shop):
    with inside(shop):
        old = make_recurring(anchor_on=dt.date(2026, 2, 1), times=12)
        second = change(old, dt.date(2026, 4, 1))
        third = change(second, dt.date(2026, 7, 1), "59.95")
        assert [one.times for one in (old, second, third)] == [12, 10, 7]
        with pytest.raises(ChangeComing):
            change(old, dt.date(2026, 5, 1))
    assert night(shop, dt.date(2027, 12, 31)).invoices == 12
    with inside(shop):
        assert {row[2] for row in billed(shop)} == {Decimal("39.95"), Decimal("49.95"), Decimal("59.95")}
        assert list(differences(today=dt.date(2027, 12, 31))) == []


def test_a_change_is_undone_before_its_day_and_not_after(shop):
    with inside(shop):
        old = make_recurring(anchor_on=dt.date(2026, 1, 15))
        new = change(old, MARCH)
        with pytest.raises(FollowsAnother):
            delete(new)
        assert undo_change(new, today=dt.date(2026, 3, 14)).next_on == dt.date(2026, 1, 15)
        stored = shop.recurring_invoices.get()
        assert (stored.ended_on, stored.ended_reason, stored.prorates_end) == (None, "", False)
        again = change(stored, MARCH)
        with pytest.raises(TooLateToUndo):
            undo_change(again, today=dt.date(2026, 3, 15))
        assert list(differences()) == []


def test_what_cannot_change(shop):
    with inside(shop):
        recurring = make_recurring(anchor_on=dt.date(2026, 1, 15), times=2)
        with pytest.raises(ChangeTooEarly):
            change(recurring, TODAY)
        with pytest.raises(NothingLeft):
            change(recurring, dt.date(2026, 2, 16))
        end(recurring, on=dt.date(2026, 2, 1), reason="Moved", by="Rosa")
        with pytest.raises(AlreadyEnded):
            change(recurring, dt.date(2026, 1, 10))


def test_ending_the_old_one_before_the_change_ends_both(shop):
    with inside(shop):
        old = make_recurring(anchor_on=dt.date(2026, 1, 15))
        new = change(old, MARCH)
        end(old, on=dt.date(2026, 2, 10), reason="Moved", by="Rosa")
        new.refresh_from_db()
        assert (new.next_on, new.ended_on) == (None, dt.date(2026, 2, 10))
    assert night(shop, dt.date(2026, 12, 31)).invoices == 1
    with inside(shop):
        assert list(differences(today=dt.date(2026, 12, 31))) == []


@pytest.mark.parametrize("column", ["times = times + 1", "anchor_on = anchor_on + 1", "first_seq = 0, next_seq = 0"])
def test_a_chain_that_does_not_tile_is_found(shop, column):
    from django.db import connection

    with inside(shop):
        new = change(make_recurring(anchor_on=dt.date(2026, 1, 15)), MARCH)
        assert list(differences()) == []
        with connection.cursor() as cursor:
            cursor.execute(f"update invoicing_recurringinvoice set {column} where id = %s", [new.pk])
        assert any("follows 1" in str(one) for one in differences())


def test_the_accounts_mmr_follows_once_the_new_price_is_billed(shop):
    with inside(shop):
        old = make_recurring(anchor_on=dt.date(2026, 2, 15))
        kept = make_recurring(anchor_on=dt.date(2026, 2, 15))
        for recurring, mmr in ((old, "39.95"), (kept, "12.00")):  # the second is billed otherwise than its account says
            recurring.customer.mmr = Decimal(mmr)
            recurring.customer.save(update_fields=["mmr"])
            change(recurring, MARCH)

    def rates():
        with inside(shop):
            return [shop.customers.get(pk=one.customer_id).mmr for one in (old, kept)]

    night(shop, dt.date(2026, 3, 14))
    assert rates() == [Decimal("39.95"), Decimal("12.00")]
    night(shop, dt.date(2026, 3, 15))
    assert rates() == [Decimal("49.95"), Decimal("12.00")]
    night(shop, dt.date(2026, 4, 15))
    assert rates() == [Decimal("49.95"), Decimal("12.00")]


def test_a_price_to_come_is_not_monitoring_twice(shop):
    with inside(shop):
        old = make_recurring(anchor_on=dt.date(2026, 2, 15))
        old.customer.mmr = Decimal("39.95")
        old.customer.save(update_fields=["mmr"])
        before = [one.kind.code for one in billing_audit.findings(today=TODAY)]
        change(old, MARCH)
        assert [one.kind.code for one in billing_audit.findings(today=TODAY)] == before
        make_recurring(old.customer, anchor_on=dt.date(2026, 2, 15))
        assert "duplicate" in [one.kind.code for one in billing_audit.findings(today=TODAY)]
