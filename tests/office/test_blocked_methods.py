"""The bank has returned a draft and the method is not charged any more: who in the office hears of it?"""

import datetime as dt
import re
from html import unescape

from alarmdesk.company.entering import inside
from alarmdesk.customers.permissions import customers
from alarmdesk.customers.testing import make_customer
from alarmdesk.office.testing import make_open_company, office_of
from alarmdesk.payments.models import BillingMethod

RETURNED = dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC)
SAYS = "is not charged since Mar 10, 2026: Returned by the bank: R02 Account closed."


def make_blocked(company, **fields):
    with inside(company):
        customer = make_customer(last_name="Whitfield")
        fields = {"blocked_at": RETURNED, "blocked_reason": "Returned by the bank: R02 Account closed", **fields}
        BillingMethod.objects.create(
            customer=customer, kind="ach", vault_id="v1", last_four="3815", created_at=RETURNED, created_by="", **fields
        )
    return customer


def seen(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(re.sub(r"\s+", " ", answer.content.decode()))


def test_every_tab_of_the_customer_says_that_the_account_is_not_charged():
    company = make_open_company()
    customer = make_blocked(company)
    client = office_of(company)
    methods = f"/{company.slug}/customers/{customer.pk}/billing/"
    for tab in ("", "billing/", "invoices/"):
        page = seen(client, f"/{company.slug}/customers/{customer.pk}/{tab}")
        assert f"Bank account ending 3815 {SAYS}" in page
        assert f'<a href="{methods}">Billing methods</a>' in page


def test_home_lists_who_is_not_charged_any_more():
    company = make_open_company()
    customer = make_blocked(company)
    page = seen(office_of(company), f"/{company.slug}/")
    assert "Needs attention" in page
    assert f'<a href="/{company.slug}/customers/{customer.pk}/billing/">' in page
    assert "R02 Account closed" in page


def test_what_is_removed_or_not_blocked_needs_nobody():
    company = make_open_company()
    make_blocked(company, removed_at=RETURNED)
    customer = make_blocked(company, blocked_at=None)
    client = office_of(company)
    assert "Needs attention" not in seen(client, f"/{company.slug}/")
    assert "is not charged" not in seen(client, f"/{company.slug}/customers/{customer.pk}/")


def test_who_may_not_see_billing_methods_hears_nothing_of_them():
    company = make_open_company()
    customer = make_blocked(company)
    client = office_of(company, customers.view)
    assert "Needs attention" not in seen(client, f"/{company.slug}/")
    assert "is not charged" not in seen(client, f"/{company.slug}/customers/{customer.pk}/")
