"""A customer leaves: does the dialog say what goes on billing, and end it when asked?"""

import datetime as dt
import re

from alarmdesk.company.entering import inside
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers
from alarmdesk.customers.testing import make_customer
from alarmdesk.invoicing.permissions import recurring
from alarmdesk.invoicing.schedules import end
from alarmdesk.invoicing.testing import make_recurring
from alarmdesk.lib import clock
from alarmdesk.office.testing import make_open_company, office_of

NOON = dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 10)


def leave(client, company, customer, **fields):
    with clock.hold(NOON):
        path = f"/{company.slug}/customers/{customer.pk}/cancel/"
        return client.post(path, {"on": TODAY, **fields}) if fields else client.get(path)


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def make_billed():
    company = make_open_company()
    with inside(company):
        customer = make_customer()
        first = make_recurring(customer, anchor_on=dt.date(2026, 4, 1))
        ended = make_recurring(customer, anchor_on=dt.date(2026, 3, 20))
        end(ended, on=dt.date(2026, 3, 1), reason="Moved", by="Rosa")
    return company, customer, first


def ends(company):
    with inside(company):
        return list(company.recurring_invoices.order_by("pk").values_list("ended_on", "ended_reason"))


def test_the_dialog_names_what_goes_on_billing_and_offers_to_end_it():
    company, customer, first = make_billed()
    answer = leave(office_of(company), company, customer)
    assert f"{first}: $39.95, next on Apr 1, 2026" in text(answer)
    assert text(answer).count("next on") == 1
    assert re.search(r'name="ends_recurring"[^>]* checked', answer.content.decode())


def test_it_ends_what_recurs_on_the_day_of_leaving():
    company, customer, _ = make_billed()
    assert leave(office_of(company), company, customer, ends_recurring="on").status_code == 302
    assert ends(company) == [(TODAY, "The account was cancelled."), (dt.date(2026, 3, 1), "Moved")]
    with inside(company):
        assert Customer.objects.get(pk=customer.pk).cancelled_on == TODAY
        assert not company.recurring_invoices.filter(next_on__isnull=False).exists()


def test_without_the_tick_billing_goes_on():
    company, customer, _ = make_billed()
    leave(office_of(company), company, customer, note="")
    assert ends(company)[0] == (None, "")
    with inside(company):
        assert Customer.objects.get(pk=customer.pk).is_cancelled


def test_who_may_not_end_recurring_invoices_is_told_and_ends_none():
    company, customer, _ = make_billed()
    client = office_of(company, customers.view, customers.modify, recurring.view)
    assert "Your group may not end them" in text(leave(client, company, customer))
    leave(client, company, customer, ends_recurring="on")
    assert ends(company)[0] == (None, "")


def test_where_nothing_recurs_nothing_is_offered():
    company = make_open_company()
    with inside(company):
        customer = make_customer()
    answer = leave(office_of(company), company, customer)
    assert "Nothing bills it again by itself" in text(answer)
    assert "ends_recurring" not in answer.content.decode()
