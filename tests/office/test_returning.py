"""A customer comes back: are the months of the absence billed only when somebody says so?"""

import datetime as dt
import re
from decimal import Decimal

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED
from alarmdesk.customers import actions
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers
from alarmdesk.invoicing import ending, schedules
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.permissions import recurring
from alarmdesk.invoicing.succession import change_price
from alarmdesk.invoicing.testing import TODAY, line, make_billed_customer, make_recurring
from alarmdesk.lib import clock
from alarmdesk.office.testing import make_open_company, office_of

JUNE = dt.date(2026, 6, 10)
NOON = dt.datetime(2026, 6, 10, 18, tzinfo=dt.UTC)


@pytest.fixture
def left():
    """Billed on February 1 and gone on February 15; what recurs was not ended."""
    company = make_open_company()
    with inside(company):
        customer = make_billed_customer(state="")
        make_recurring(customer, anchor_on=dt.date(2026, 2, 1), times=12)
    night(company, dt.date(2026, 2, 1))
    with inside(company):
        actions.cancel(customer, on=dt.date(2026, 2, 15), by="Rosa")
    night(company, JUNE)
    return company, customer


def night(company, on):
    return generate_due(company, today=on, at=OPENED).invoices


def come_back(client, company, customer, **fields):
    with clock.hold(NOON):
        path = f"/{company.slug}/customers/{customer.pk}/reinstate/"
        return client.post(path, fields) if fields else client.get(path)


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def is_back(company, customer):
    with inside(company):
        return not Customer.objects.get(pk=customer.pk).is_cancelled


def test_the_dialog_says_how_many_and_how_much_and_undo_asks_too(left):
    company, customer = left
    client = office_of(company)
    told = text(come_back(client, company, customer))
    assert "4 invoices for $159.80, Mar 1, 2026 to Jun 1, 2026; the next one is of Jul 1, 2026" in told
    undone = come_back(client, company, customer, undo="")
    assert (undone.status_code, "4 invoices for $159.80" in text(undone)) == (200, True)
    assert come_back(client, company, customer, missed="perhaps").status_code == 422
    assert not is_back(company, customer)


def test_the_months_of_the_absence_are_waived_and_it_goes_on_in_july(left):
    company, customer = left
    assert come_back(office_of(company), company, customer, missed="waive").status_code == 302
    assert is_back(company, customer)
    with inside(company):
        page = f"/{company.slug}/recurring/{company.recurring_invoices.get().pk}/"
    assert "4 periods, begun from Mar 1, 2026 to Jun 1, 2026, are never billed" in text(office_of(company).get(page))
    assert night(company, JUNE) == 0
    assert night(company, dt.date(2026, 7, 1)) == 1
    with inside(company):
        days = list(customer.invoices.order_by("pk").values_list("sale_on", flat=True))
        assert days == [dt.date(2026, 2, 1), dt.date(2026, 7, 1)]
        waived = company.billing_periods.exclude(waived_at=None)
        assert [(one.starts_on.month, one.invoice_id, one.waived_by != "") for one in waived.order_by("seq")] == [
            (month, None, True) for month in (3, 4, 5, 6)
        ]  # fmt: skip
        again = company.recurring_invoices.get()
        assert (again.made, again.next_on) == (6, dt.date(2026, 8, 1))
        assert [one.total for one in ending.unused(again, dt.date(2026, 2, 15))] == [Decimal("19.97"), Decimal("39.95")]
        schedules.end(again, on=dt.date(2026, 2, 15), reason="Gone after all", by="Rosa")
        assert list(differences(today=dt.date(2026, 7, 1))) == []
    assert night(company, dt.date(2027, 12, 31)) == 0


def test_a_price_that_changed_during_the_absence_goes_on_at_the_new_one():
    company = make_open_company()
    with inside(company):
        customer = make_billed_customer(state="")
        old = make_recurring(customer, anchor_on=dt.date(2026, 2, 1), times=12)
        change_price(old, on=dt.date(2026, 4, 1), lines=[line("50.00")], today=TODAY, at=OPENED, by="Rosa")
        actions.cancel(customer, on=dt.date(2026, 1, 15), by="Rosa")
    client = office_of(company)
    told = text(come_back(client, company, customer))
    assert "2 invoices for $79.90, Feb 1, 2026 to Mar 1, 2026; none follows" in told
    assert "3 invoices for $150.00, Apr 1, 2026 to Jun 1, 2026; the next one is of Jul 1, 2026" in told
    come_back(client, company, customer, missed="waive")
    assert night(company, dt.date(2027, 12, 31)) == 7  # July to January: twelve less five
    with inside(company):
        assert {one.total for one in customer.invoices.all()} == {Decimal("50.00")}
        assert list(differences(today=dt.date(2027, 12, 31))) == []


def test_told_to_bill_them_the_night_does(left):
    company, customer = left
    come_back(office_of(company), company, customer, missed="bill")
    assert is_back(company, customer)
    assert night(company, JUNE) == 4


def test_who_may_not_decide_it_does_not_reinstate(left):
    company, customer = left
    client = office_of(company, customers.view, customers.modify, recurring.view)
    assert "Ask somebody who may change recurring invoices" in text(come_back(client, company, customer))
    assert come_back(client, company, customer, missed="bill").status_code == 422
    assert not is_back(company, customer)


def test_where_nothing_was_missed_one_press_is_enough(left):
    company, customer = left
    with inside(company):
        schedules.end(company.recurring_invoices.get(), on=dt.date(2026, 2, 15), reason="Gone", by="Rosa")
    client = office_of(company, customers.view, customers.modify)
    assert "missed" not in come_back(client, company, customer).content.decode()
    assert come_back(client, company, customer, undo="").status_code == 302
    assert is_back(company, customer)
