"""How does the office set up items, terms and taxes, and release what was parked?"""

import datetime as dt

from django.test import Client

from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing import generation
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.invoicing.testing import make_invoice, make_poisoned_recurring

NOW = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)
ITEM = {"code": "Camera", "item_class": "product", "description": "Camera", "default_price": "$1,199.50"}
ITEM |= {"taxable": "if_not_exempt", "is_active": "on"}


def test_an_item_is_added_with_the_next_number_changed_and_deleted(shop):
    root = f"{shop.root}/settings/items"
    assert shop.client.post(f"{root}/new/", ITEM).status_code == 302
    with shop.inside():
        item = shop.company.billable_items.get(code="Camera")
        assert (item.number, str(item.default_price)) == (9, "1199.5000")
    twice = shop.client.post(f"{root}/new/", {**ITEM, "code": "camera"})
    assert twice.status_code == 422
    assert "Another item is called “camera”." in twice.content.decode()
    negative = shop.client.post(f"{root}/{item.pk}/", {**ITEM, "default_price": "-1"})
    assert negative.status_code == 422
    shop.client.post(f"{root}/{item.pk}/delete/")
    with shop.inside():
        assert not shop.company.billable_items.filter(pk=item.pk).exists()


def test_the_monthly_monitoring_rate_keeps_its_name_and_stays(shop):
    with shop.inside():
        mmr = shop.company.billable_items.get(number=3)
    root = f"{shop.root}/settings/items/{mmr.pk}"
    shop.client.post(f"{root}/", {**ITEM, "code": "Something else", "default_price": "39.95"})
    refused = shop.client.post(f"{root}/delete/")
    assert refused.status_code == 422
    with shop.inside():
        mmr.refresh_from_db()
        assert (mmr.code, mmr.number, str(mmr.default_price)) == ("Monthly Monitoring Rate", 3, "39.9500")


def test_there_is_one_default_term_and_a_used_one_is_not_deleted(shop):
    with shop.inside():
        make_invoice(shop.dana)
        used, other = shop.company.terms.get(days=15), shop.company.terms.get(days=30)
    root = f"{shop.root}/settings/terms"
    term = {"name": other.name, "days": "30", "is_default": "on", "is_active": "on"}
    shop.client.post(f"{root}/{other.pk}/", term)
    with shop.inside():
        assert [row.days for row in shop.company.terms.filter(is_default=True)] == [30]
    refused = shop.client.post(f"{root}/{used.pk}/delete/")
    assert refused.status_code == 422
    assert "is on invoices. Turn it off instead." in refused.content.decode()
    assert shop.client.post(f"{root}/new/", {"name": "Net 400", "days": "400"}).status_code == 422


def test_rates_and_exemptions_of_a_state(shop):
    root = f"{shop.root}/settings/taxes"
    assert (
        shop.client.post(f"{root}/new/", {"state": "TX", "rate": "6.25%", "effective_on": "2026-01-01"}).status_code
        == 302
    )
    again = shop.client.post(f"{root}/new/", {"state": "TX", "rate": "7", "effective_on": "2026-01-01"})
    assert again.status_code == 422
    assert "TX has a rate from that day already." in again.content.decode()
    shop.client.post(f"{root}/exemptions/", {"state": "TX", "item_classes": ["service", "labor"]})
    shop.client.post(f"{root}/exemptions/", {"state": "TX", "item_classes": ["service"]})
    with shop.inside():
        assert [(row.state, row.item_class) for row in shop.company.state_exemptions.all()] == [("TX", "service")]
        tax = shop.company.state_taxes.get(state="TX")
    page = shop.client.get(f"{root}/").content.decode()
    assert "6.25%" in page
    shop.client.post(f"{root}/{tax.pk}/delete/")
    with shop.inside():
        assert not shop.company.state_taxes.filter(state="TX").exists()


def test_a_customers_own_rate_is_set_and_taken_back(shop):
    url = f"{shop.root}/customers/{shop.dana.pk}/tax/"
    shop.client.post(url, {"rate": "0", "reason": "Certificate 1178"})
    with shop.inside():
        assert make_invoice(shop.dana).tax_total == 0
    assert "Certificate 1178" in shop.client.get(f"{shop.root}/settings/taxes/").content.decode()
    shop.client.post(url, {"rate": "", "reason": ""})
    with shop.inside():
        assert str(make_invoice(shop.dana).tax_total) == "3.40"


def test_a_parked_account_is_listed_with_its_reason_and_released(shop):
    with shop.inside():
        make_poisoned_recurring(shop.dana, anchor_on=dt.date(2026, 11, 1))
    generation.generate_due(shop.company, today=dt.date(2026, 11, 21), at=NOW)
    root = f"{shop.root}/settings/parked"
    with shop.inside():
        parked = shop.company.parked_accounts.get()
    page = shop.client.get(f"{root}/").content.decode()
    assert "Dana Whitfield" in page
    assert shop.client.get(f"{root}/{parked.pk}/release/").status_code == 405
    shop.client.post(f"{root}/{parked.pk}/release/")
    with shop.inside():
        parked.refresh_from_db()
        assert (parked.released_by, parked.released_at) == ("Rosa Calderon", NOW)
    assert "Nothing is parked" in shop.client.get(f"{root}/").content.decode()
    assert shop.client.post(f"{root}/{parked.pk}/release/").status_code == 302, "twice is harmless"


def test_who_may_only_look_sees_no_buttons(shop):
    clerk = make_staff(shop.company, billing_admin.view)
    client = Client()
    client.force_login(clerk.user)
    for page in ("items", "terms", "taxes", "parked"):
        answer = client.get(f"{shop.root}/settings/{page}/")
        assert answer.status_code == 200
        assert "data-dialog" not in answer.content.decode().split('id="main"')[1]
    assert client.get(f"{shop.root}/settings/items/new/").status_code == 403
