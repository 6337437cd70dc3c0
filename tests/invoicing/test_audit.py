"""The audit finds what is wrong, and nothing else."""

import datetime as dt

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.models import BillingPeriod, RecurringInvoice
from alarmdesk.invoicing.testing import (
    line,
    make_furnished_company,
    make_invoice,
    make_recurring,
    make_state_tax,
    skip_numbers,
)
from alarmdesk.lib import clock

TODAY = dt.date(2026, 3, 1)


@pytest.fixture
def shop():
    """Three invoices by hand, two by the run."""
    company = make_furnished_company()
    with inside(company):
        make_state_tax()
        make_recurring(lines=[line("39.95"), line("8")])
        make_invoice(lines=[line("55.55"), line("11.11")])
        make_invoice(type="quote")
        make_invoice(type="credit")
    generate_due(company, today=TODAY, at=clock.noon(TODAY, company.zone))
    return company


@pytest.fixture
def meddle(owner_connection):
    """Change rows as only the owner of the tables could, with no trigger watching."""

    def change(table, sql, company):
        owner_connection.execute(f"alter table {table} disable trigger user")
        try:
            done = owner_connection.execute(f"{sql} and company_id = %s", [company.pk])
        finally:
            owner_connection.execute(f"alter table {table} enable trigger user")
        assert done.rowcount > 0

    return change


def found(company, today=None):
    with inside(company):
        return [str(one) for one in differences(today=today)]


def test_good_books_show_no_difference(shop):
    assert found(shop, TODAY) == []


@pytest.mark.parametrize(
    ("table", "sql", "difference"),
    [
        (
            "invoicing_invoiceline",
            "update invoicing_invoiceline set amount = 55.56 where unit_price = 55.55",
            "line of invoice 1: amount is 55.56, but comes out as 55.55",
        ),
        (
            "invoicing_linetax",
            "update invoicing_linetax set amount = 4.59 where amount = 4.58",
            "line of invoice 1: tax at 8.2500 % is 4.59, but comes out as 4.58",
        ),
        (
            "invoicing_invoice",
            "update invoicing_invoice set sub_total = 1, total = 1 + tax_total where type = 'credit'",
            "credit 1: sub total is 1.00, but comes out as 39.95",
        ),
        (
            "invoicing_invoice",
            "update invoicing_invoice set due_on = due_on + 1 where number = 2",
            "invoice 2: due date is 2026-02-16, but comes out as 2026-02-15",
        ),
        (
            "invoicing_billingperiod",
            "update invoicing_billingperiod set ends_on = ends_on - 1 where seq = 0",
            "recurring invoice 1: period 0 is 2026-01-31 to 2026-02-27, but comes out as 2026-01-31 to 2026-02-28",
        ),
        (
            "invoicing_billingperiod",
            "delete from invoicing_billingperiod where seq = 0",
            "recurring invoice 1: periods is [1], but comes out as 0 to 0",
        ),
        (
            "invoicing_recurringinvoice",
            "update invoicing_recurringinvoice set amount = amount + 1 where true",
            "recurring invoice 1: amount is 52.91, but comes out as 51.91",
        ),
        (
            "invoicing_recurringinvoice",
            "update invoicing_recurringinvoice set starts_on = anchor_on + 3 where true",
            "recurring invoice 1: period 0 is 2026-01-31 to 2026-02-28, but comes out as 2026-02-03 to 2026-02-28",
        ),
        (
            "invoicing_recurringinvoice",
            "update invoicing_recurringinvoice set in_arrears = true where true",
            "recurring invoice 1: next date is 2026-03-31, but comes out as 2026-04-30",
        ),
    ],
)
def test_a_changed_row_is_found(shop, meddle, table, sql, difference):
    meddle(table, sql, shop)

    assert difference in found(shop)


def test_a_lost_number_is_found(shop):
    with inside(shop):
        skip_numbers("quote", 1)
        make_invoice(type="quote")

    assert found(shop) == ["quote numbers: last, count and highest is 3, 2, 3, but comes out as one number"]


@pytest.mark.parametrize(
    ("change", "what"), [({"next_seq": 1}, "next period is 1"), ({"next_on": None}, "next date is None")]
)
def test_a_schedule_that_went_astray_is_found(shop, change, what):
    with inside(shop):
        RecurringInvoice.objects.update(**change)

    assert len(found(shop)) == 1
    assert what in found(shop)[0]


def test_what_the_run_left_undone_is_found_on_that_day_only(shop):
    assert found(shop, dt.date(2026, 3, 30)) == []
    assert found(shop, dt.date(2026, 3, 31)) == [
        "recurring invoice 1: next date is 2026-03-31, but comes out as after 2026-03-31"
    ]


def test_an_invoice_of_no_period_is_found(shop, meddle):
    with inside(shop):
        period = BillingPeriod.objects.get(seq=1)
    meddle("invoicing_billingperiod", f"delete from invoicing_billingperiod where id = {period.pk}", shop)

    assert any("billing periods is 0, but comes out as 1" in one for one in found(shop))
