"""What is kept of a document while somebody writes it, and what becomes of it?"""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client

from alarmdesk.company.testing import make_staff
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.models import Draft, Invoice
from alarmdesk.invoicing.testing import line, make_draft, make_invoice
from tests.invoicing_pages.test_writing import DIALOG, HTMX, new_url, text_of, typed

LABOR = (5, "Labor", "2", "10", "")


def key_of(answer):
    return re.search(r'name="key" value="([^"]+)"', answer.content.decode()).group(1)


def version_of(answer):
    return re.search(r'name="draft_version" value="(\d+)"', answer.content.decode()).group(1)


def begun(shop, *lines, **fields):
    """A draft that Rosa has begun, as the address of its page."""
    answer = shop.client.post(new_url(shop), typed(shop, *(lines or (LABOR,)), stay="1", **fields))
    assert answer.status_code == 302
    return answer["Location"]


@pytest.fixture
def luis(shop):
    client = Client()
    client.force_login(make_staff(shop.company, administrator=True, name="Luis Ferrer").user)
    return client


def test_save_and_stay_keeps_every_word_valid_or_not(shop):
    odd = (5, "مرحبا " + "x" * 10_240, "0", "ten", "1000")
    url = begun(shop, odd, po_number="PO " + "9" * 60, sale_on="31 Feb", note="half a nul\0")
    page = shop.client.get(url)
    assert page.status_code == 200
    for word in (
        "مرحبا " + "x" * 10_240,
        'value="0"',
        'value="ten"',
        'value="1000"',
        "PO " + "9" * 60,
        'value="31 Feb"',
    ):
        assert word in page.content.decode(), word[:40]
    assert "half a nul" in page.content.decode()
    with shop.inside():
        assert not shop.company.invoices.exists()
        assert list(differences()) == [], "a draft is in no series and no sum"
    refused = shop.client.post(url, typed(shop, odd, sale_on="31 Feb", draft_version="1"))
    assert refused.status_code == 422
    said = text_of(refused)
    assert "Description has at most 500 characters; this one has 10246." in said
    assert "Quantity cannot be 0." in said
    assert "Unit price must be a number, such as 49.95." in said
    assert said.count("Tax must be between 0 and 100 percent.") == 1


@pytest.mark.parametrize(
    ("quantity", "price", "says"),
    [
        ("1e9", "1", "Quantity must be a number"),
        ("1000000000", "1", "Quantity must be less than a billion."),
        ("1.2345", "1", "Quantity has at most 3 decimals."),
        ("1", "0.12345", "Unit price has at most 4 decimals."),
        ("999999999", "9999", "more than an invoice can hold"),
        ("", "1", "Write a quantity."),
        ("NaN", "1", "Quantity must be a number"),
    ],
)
def test_what_no_line_can_hold_is_said_beside_it(shop, quantity, price, says):
    answer = shop.client.post(new_url(shop), typed(shop, (5, "Labor", quantity, price, "")))
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert f'value="{quantity}"' in answer.content.decode()


def test_a_discount_is_a_negative_line_by_its_price_or_its_quantity(shop):
    lines = [(5, "Labor", "1", "100", "0"), (8, "Discount", "1", "-10", "0"), (8, "More", "-1", "5", "0")]
    shop.client.post(new_url(shop), typed(shop, *lines))
    with shop.inside():
        assert str(shop.company.invoices.get().total) == "85.00"


def test_issuing_a_draft_makes_the_document_and_takes_it_off_the_lists(shop):
    url = begun(shop)
    assert "Drafts 1" in text_of(shop.client.get(f"{shop.root}/invoices/"))
    answer = shop.client.post(url, typed(shop, LABOR, draft_version="1"))
    assert answer["Location"] == f"{shop.root}/customers/{shop.dana.pk}/invoices/"
    with shop.inside():
        invoice = shop.company.invoices.get()
        draft = shop.company.drafts.get()
        assert (draft.issued_as, str(invoice.total)) == (invoice, "21.70")
    assert "Drafts 0" in text_of(shop.client.get(f"{shop.root}/invoices/"))
    gone = shop.client.get(url)
    assert gone["Location"] == f"{shop.root}/invoices/{invoice.pk}/"


def test_two_clicks_on_save_make_one_document(shop):
    data = typed(shop, LABOR, key=key_of(shop.client.get(new_url(shop))))
    assert [shop.client.post(new_url(shop), data).status_code for _ in range(2)] == [302, 302]
    with shop.inside():
        assert shop.company.invoices.count() == 1


def test_two_people_who_issue_one_draft_make_one_document_and_nothing_is_lost(shop, luis):
    url = begun(shop)
    assert luis.post(url, typed(shop, LABOR, draft_version="1")).status_code == 302
    same = shop.client.post(url, typed(shop, LABOR, draft_version="1"))
    assert same["Location"] == f"{shop.root}/customers/{shop.dana.pk}/invoices/"
    other = shop.client.post(
        url, typed(shop, (5, "Labor, and the wiring", "2", "10", ""), draft_version="1"), follow=True
    )
    with shop.inside():
        assert shop.company.invoices.count() == 1
    assert "Luis Ferrer issued this draft as Invoice 1" in text_of(other)
    assert "What you typed is kept in this new draft." in text_of(other)
    assert "Labor, and the wiring" in other.content.decode()


def test_the_second_to_save_hears_who_saved_what_and_both_versions_are_kept(shop, luis):
    url = begun(shop)
    luis.post(url, typed(shop, (5, "Labor", "3", "10", ""), draft_version="1", stay="1"))
    mine = typed(shop, (5, "Labor", "2", "12.50", ""), draft_version="1", note="Mine")
    answer = shop.client.post(url, mine | {"stay": "1"})
    assert answer.status_code == 422
    said = unescape(text_of(answer))
    assert "Luis Ferrer saved this draft Nov 21, 2026" in said
    assert "Line 1: Quantity 3 2 Line 1: Unit price 10 12.50" in said
    assert 'value="12.50"' in answer.content.decode(), "what I typed stays in the boxes"
    with shop.inside():
        draft = shop.company.drafts.get()
        assert (draft.version, draft.saved_by, draft.content["lines"][0]["quantity"]) == (2, "Luis Ferrer", "3")
        assert [saved.content["lines"][0]["unit_price"] for saved in draft.versions.all()] == ["10", "10", "12.50"]
    issued = shop.client.post(url, mine)
    assert issued.status_code == 422, "nor is a document made of what the other has not seen"
    kept = shop.client.post(url, mine | {"stay": "1", "draft_version": version_of(answer)})
    assert kept["Location"] == url
    with shop.inside():
        draft.refresh_from_db()
        assert (draft.saved_by, draft.content["lines"][0]["unit_price"]) == ("Rosa Calderon", "12.50")
        assert not shop.company.invoices.exists()
    assert 'value="3"' in shop.client.get(f"{url}?version=2").content.decode(), "the other's words can be had again"


def test_in_the_page_save_and_stay_changes_nothing_but_its_line(shop, luis):
    url = begun(shop)
    stay = {**HTMX, "HTTP_HX_TARGET": "draft-state"}
    answer = shop.client.post(url, typed(shop, (5, "Labor", "9", "10", ""), draft_version="1", stay="1"), **stay)
    assert answer.status_code == 200
    assert b"<form" not in answer.content
    assert version_of(answer) == "2"
    late = luis.post(url, typed(shop, LABOR, draft_version="1", note="Luis", stay="1"), **stay)
    assert (late.status_code, late["HX-Retarget"], late["HX-Reselect"]) == (422, "#editor", "#editor")
    assert "Rosa Calderon saved this draft" in text_of(late)


def test_a_draft_that_was_deleted_meanwhile_comes_back_as_a_new_one(shop, luis):
    url = begun(shop)
    assert "Nothing was issued" in text_of(luis.get(url + "delete/"))
    luis.post(url + "delete/")
    answer = shop.client.post(url, typed(shop, LABOR, draft_version="1", stay="1"), follow=True)
    assert "Luis Ferrer deleted this draft" in text_of(answer)
    with shop.inside():
        assert [draft.closed_by for draft in Draft.objects.order_by("pk")] == ["Luis Ferrer", ""]
        assert list(differences()) == []


def test_a_refused_draft_stays_and_a_refused_document_leaves_none(shop):
    too_little = (8, "Discount", "-1", "10", "")
    assert shop.client.post(new_url(shop), typed(shop, too_little)).status_code == 422
    with shop.inside():
        assert not shop.company.drafts.exists()
    url = begun(shop)
    answer = shop.client.post(url, typed(shop, too_little, draft_version="1"))
    assert answer.status_code == 422
    assert "Make a credit with positive amounts instead." in text_of(answer)
    with shop.inside():
        assert shop.company.drafts.get().closed_at is None
        assert list(differences()) == [], "no number was used up"


def test_save_and_print_leads_to_the_pdf(shop):
    answer = shop.client.post(new_url(shop), typed(shop, LABOR, print="1"), **DIALOG)
    with shop.inside():
        invoice = shop.company.invoices.get()
    assert answer["HX-Redirect"] == f"{shop.root}/invoices/{invoice.pk}/pdf/"


def test_create_recurring_invoice_takes_head_and_lines_along(shop):
    url = f"{shop.root}/customers/{shop.dana.pk}/recurring/new/auto-pay/"
    page = shop.client.post(url, typed(shop, LABOR, po_number="PO-7", note="Thanks", do="begin"))
    assert page.status_code == 200
    for word in ('value="Labor"', 'value="PO-7"', "Thanks", 'value="2026-12-01"', "$21.70 each"):
        assert word in page.content.decode(), word


def test_drafts_are_listed_with_what_they_come_to(shop, queries):
    with shop.inside():
        make_draft(shop.dana, lines=[line("49.95")])
        other = make_customer(business_name="Prairie Feed & Seed", last_name="", first_name="")
        make_draft(other, lines=[], type="quote")
        lead = make_lead()
        make_draft(lead, type="quote")
    page = text_of(shop.client.get(f"{shop.root}/invoices/?show=drafts"))
    assert "Drafts 3" in page
    assert "Draft of invoice Dana Whitfield" in page
    assert "$54.20" in page, "49.95 and the tax of Oklahoma"
    found = text_of(shop.client.get(f"{shop.root}/invoices/?show=drafts&q=prairie"))
    assert "Prairie Feed" in found
    assert "Dana Whitfield" not in found
    mine = text_of(shop.client.get(f"{shop.root}/customers/{shop.dana.pk}/invoices/?show=drafts"))
    assert "Draft of invoice" in mine
    assert "Prairie" not in mine
    with queries() as few:
        shop.client.get(f"{shop.root}/invoices/?show=drafts")
    with shop.inside():
        for _ in range(9):
            make_draft(make_customer())
    with queries() as many:
        shop.client.get(f"{shop.root}/invoices/?show=drafts")
    assert len(many) == len(few)


def test_an_item_that_was_turned_off_meanwhile_is_named_and_all_else_stays(shop):
    url = begun(shop, LABOR, (1, "Panel", "1", "199", ""))
    with shop.inside():
        labor = shop.company.billable_items.get(number=5)
        labor.is_active = False
        labor.save()
    page = shop.client.get(url)
    assert "Labor (turned off)" in text_of(page)
    refused = shop.client.post(url, typed(shop, LABOR, (1, "Panel", "1", "199", ""), draft_version="1"))
    assert "Labor was turned off. Choose another item." in text_of(refused)
    assert 'value="199"' in refused.content.decode()
    assert "Labor (turned off)" not in text_of(shop.client.get(new_url(shop)))


def test_an_item_that_was_deleted_meanwhile_is_asked_for_again(shop):
    data = typed(shop, LABOR)
    data["line-0-item"] = "999999"
    refused = shop.client.post(new_url(shop), data)
    assert "The item of this line is not there any more. Choose another." in text_of(refused)
    assert 'value="Labor"' in refused.content.decode()


def test_an_item_on_a_draft_is_not_deleted(shop):
    with shop.inside():
        from alarmdesk.invoicing.testing import make_item

        item = make_item(code="Camera")
        make_draft(shop.dana, lines=[line("10", item=item)])
    answer = shop.client.post(f"{shop.root}/settings/items/{item.pk}/delete/")
    assert "Camera is on drafts. Turn it off instead." in text_of(answer)


def test_more_than_two_hundred_lines_are_refused_and_kept(shop):
    answer = shop.client.post(new_url(shop), typed(shop, *[LABOR] * 201))
    assert answer.status_code == 422
    assert "A document has at most 200 lines." in text_of(answer)
    assert b'name="line-200-item"' in answer.content


def test_two_hundred_lines_are_saved_in_as_many_queries_as_one(shop, queries):
    shop.client.post(new_url(shop), typed(shop, LABOR))
    with queries() as few:
        shop.client.post(new_url(shop), typed(shop, LABOR))
    with queries() as many:
        shop.client.post(new_url(shop), typed(shop, *[LABOR] * 200))
    assert len(many) == len(few)
    with shop.inside():
        assert str(Invoice.objects.latest("pk").total) == "4340.00"


def test_who_may_not_write_sees_drafts_and_opens_none(shop):
    from alarmdesk.invoicing.permissions import invoices

    url = begun(shop)
    clerk = Client()
    clerk.force_login(make_staff(shop.company, invoices.view).user)
    assert clerk.get(url).status_code == 403
    assert "Draft of invoice" in text_of(clerk.get(f"{shop.root}/invoices/?show=drafts"))


def test_a_draft_is_in_no_balance_and_never_due(shop):
    begun(shop)
    with shop.inside():
        make_invoice(shop.dana)
    page = text_of(shop.client.get(f"{shop.root}/customers/{shop.dana.pk}/"))
    assert "$43.35" in page
    assert "21.70" not in page


def test_what_was_saved_is_never_rewritten(shop):
    begun(shop)
    with shop.inside(), pytest.raises(Exception, match="insert-only"), connection.cursor() as cursor:
        cursor.execute("update invoicing_draftversion set saved_by = 'me'")
