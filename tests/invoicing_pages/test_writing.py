"""How is a document written in the office: by whom (F36), its head (F38), its lines (F39) and its foot (F40)?"""

import re
from decimal import Decimal

from django.test import Client

from alarmdesk.company.testing import make_staff
from alarmdesk.customers.testing import make_lead
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.testing import line, make_invoice

HTMX = {"HTTP_HX_REQUEST": "true"}
DIALOG = {**HTMX, "HTTP_HX_TARGET": "dialog-body"}


def typed(shop, *lines, **fields):
    """A form as the browser sends it; a line is (item number, description, quantity, unit price, tax rate)."""
    with shop.inside():
        items = {item.number: item.pk for item in shop.company.billable_items.all()}
        term = shop.company.terms.get(days=15).pk
    data = {"type": "invoice", "sale_on": "2026-11-21", "term": term, "po_number": "", "note": "", "line": []}
    data["valid_until"] = "2026-12-21"
    for key, (number, description, quantity, price, rate) in enumerate(lines):
        data["line"].append(key)
        data |= {
            f"line-{key}-item": items.get(number, ""),
            f"line-{key}-description": description,
            f"line-{key}-quantity": quantity,
            f"line-{key}-unit_price": price,
            f"line-{key}-tax_rate": rate,
        }
    return data | fields


def new_url(shop, customer=None):
    return f"{shop.root}/customers/{(customer or shop.dana).pk}/invoices/new/"


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_form_opens_as_a_page_and_as_a_dialog(shop):
    page = shop.client.get(new_url(shop))
    assert page.status_code == 200
    assert b"<h1>New invoice</h1>" in page.content
    assert b'value="2026-11-21"' in page.content
    dialog = shop.client.get(new_url(shop), **DIALOG)
    assert dialog["HX-Trigger-After-Swap"] == "dialog:open"
    assert b"<html" not in dialog.content


def test_saving_issues_the_invoice_with_the_taxes_of_the_state(shop):
    lines = [(3, "Monthly monitoring", "1", "49.95", "0"), (5, "Labor", "4", "$9.50", ""), (1, "", "1", "12", "")]
    answer = shop.client.post(new_url(shop), typed(shop, *lines, po_number="PO-7", note="Thank you"))
    with shop.inside():
        invoice = shop.company.invoices.get()
        assert answer["Location"] == f"{shop.root}/customers/{shop.dana.pk}/invoices/", "back to the list (F41)"
        assert (str(invoice.sub_total), str(invoice.tax_total), str(invoice.total)) == ("99.95", "4.26", "104.21")
        assert (invoice.po_number, invoice.note, str(invoice.due_on)) == ("PO-7", "Thank you", "2026-12-06")
        assert [row.description for row in invoice.lines.all()] == ["Monthly monitoring", "Labor", "Equipment"]


def test_in_the_dialog_saving_sends_the_browser_to_the_invoice(shop):
    answer = shop.client.post(new_url(shop), typed(shop, (3, "", "1", "", "")), **DIALOG)
    with shop.inside():
        invoice = shop.company.invoices.get()
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == f"{shop.root}/customers/{shop.dana.pk}/invoices/"
    assert invoice.total == 0, "the Monthly Monitoring Rate has no default price"


def test_errors_stand_beside_the_line_and_what_was_typed_stays(shop):
    lines = [(3, "Monthly monitoring", "1", "abc", "0"), (5, "Labor", "4", "9.50", "101"), (1, "x", "0", "1", "")]
    answer = shop.client.post(new_url(shop), typed(shop, *lines, sale_on="31 Feb"), **DIALOG)
    assert answer.status_code == 422
    said = text_of(answer)
    assert "Unit price must be a number, such as 49.95." in said
    assert "Tax must be between 0 and 100 percent." in said
    assert "Quantity cannot be 0" in said
    assert "Enter a valid date." in said
    for kept in (b'value="abc"', b'value="101"', b'value="31 Feb"', b'value="9.50"'):
        assert kept in answer.content
    assert answer.content.count(b'aria-invalid="true"') >= 4
    with shop.inside():
        assert not shop.company.invoices.exists()


def test_a_document_without_a_line_is_refused(shop):
    answer = shop.client.post(new_url(shop), typed(shop, (0, "", "1", "", "")))
    assert answer.status_code == 422
    assert "Add at least one line." in text_of(answer)


def test_a_negative_document_is_refused_in_words(shop):
    answer = shop.client.post(new_url(shop), typed(shop, (8, "Discount", "-1", "10", "")))
    assert answer.status_code == 422
    assert "Make a credit with positive amounts instead." in text_of(answer)


def test_a_sum_that_no_invoice_can_hold_is_refused_beside_the_price(shop):
    answer = shop.client.post(new_url(shop), typed(shop, (5, "Labor", "999999999", "9999999999", "")))
    assert answer.status_code == 422
    assert "more than an invoice can hold" in text_of(answer)


def test_a_lead_gets_quotes_only(shop):
    with shop.inside():
        lead = make_lead()
    page = shop.client.get(new_url(shop, lead))
    assert b"<h1>New quote</h1>" in page.content
    assert b'value="invoice"' not in page.content
    forced = shop.client.post(new_url(shop, lead), typed(shop, (5, "Labor", "1", "10", ""), type="invoice"))
    assert forced.status_code == 422
    shop.client.post(new_url(shop, lead), typed(shop, (5, "Labor", "1", "10", ""), type="quote"))
    with shop.inside():
        assert [row.type for row in shop.company.invoices.all()] == [Invoice.Type.QUOTE]


def test_totals_are_the_servers_while_one_types(shop):
    lines = [(3, "M", "1", "49.95", "0"), (5, "L", "4", "9.5", ""), (1, "E", "1", "bad", ""), (1, "E", "1", "12", "")]
    answer = shop.client.post(new_url(shop) + "sheet/", typed(shop, *lines), **HTMX)
    said = text_of(answer)
    assert "Sub Total $99.95 Tax Total $4.26 Grand Total $104.21" in said
    assert b'<output id="amount-1" hx-swap-oob="true">$38.00</output>' in answer.content
    assert b'<output id="amount-2" hx-swap-oob="true">$0.00</output>' in answer.content
    assert b"<select" not in answer.content, "the boxes under the hands are left alone"


def test_choosing_an_item_fills_description_price_and_rate(shop):
    data = typed(shop, (4, "old words", "1", "1", "3"), do="choose-0")
    answer = shop.client.post(new_url(shop) + "sheet/", data, **HTMX)
    assert b'value="Service Call"' in answer.content
    assert b'value="95.00"' in answer.content
    assert b'value="" placeholder="8.517"' in answer.content
    own = shop.client.post(new_url(shop) + "sheet/", typed(shop, (3, "", "1", "", ""), do="choose-0"), **HTMX)
    assert b'value="49.95"' in own.content, "the customer's own monitoring rate"


def test_the_buttons_work_without_javascript(shop):
    first = shop.client.post(
        new_url(shop), typed(shop, (5, "Labor", "2", "10", ""), do="add", note="kept", po_number="P")
    )
    assert first.status_code == 200
    assert b'name="line-1-item"' in first.content
    assert b"kept" in first.content
    assert "Grand Total $21.70" in text_of(first)
    removed = shop.client.post(
        new_url(shop), typed(shop, (5, "A", "1", "1", ""), (5, "B", "1", "2", ""), do="remove-0")
    )
    assert b'name="line-0-item"' not in removed.content
    assert b'value="B"' in removed.content


def test_the_monthly_charge_and_the_activation_fee_come_at_one_press(shop):
    answer = shop.client.post(new_url(shop) + "sheet/", typed(shop, (0, "", "1", "", ""), do="mmr"), **HTMX)
    assert b'value="49.95"' in answer.content
    assert b"Add Activation Fee" in answer.content
    answer = shop.client.post(new_url(shop) + "sheet/", typed(shop, (0, "", "1", "", ""), do="fee"), **HTMX)
    assert b'value="99.00"' in answer.content
    assert b"Add Activation Fee" not in answer.content, "it is on this document now"


def test_the_activation_fee_is_offered_once(shop):
    with shop.inside():
        fee = shop.company.billable_items.get(number=2)
        billed = make_invoice(shop.dana, lines=[line("99", item=fee)])
    assert b"Add Activation Fee" not in shop.client.get(new_url(shop)).content
    shop.client.post(f"{shop.root}/invoices/{billed.pk}/void/", {"reason": "Wrong customer"})
    assert b"Add Activation Fee" in shop.client.get(new_url(shop)).content
    with shop.inside():
        type(shop.dana).objects.filter(pk=shop.dana.pk).update(activation_fee_paid=True)
    assert b"Add Activation Fee" not in shop.client.get(new_url(shop)).content


def test_save_and_email_puts_the_invoice_into_the_outbox(shop):
    shop.client.post(new_url(shop), typed(shop, (5, "Labor", "1", "10", ""), email="1"))
    with shop.inside():
        invoice = shop.company.invoices.get()
        mail = shop.company.messages.get()
        assert (mail.kind, mail.about_id, mail.to) == ("invoice", invoice.pk, "dana.whitfield@example.com")


def test_a_copy_begins_with_the_lines_of_the_other_document(shop):
    with shop.inside():
        other = make_invoice(shop.dana, lines=[line("12.50", "3", description="Batteries", tax_rate=Decimal(0))])
    page = shop.client.get(new_url(shop) + f"?copy={other.pk}")
    assert b'value="Batteries"' in page.content
    assert b'value="12.50"' in page.content
    assert b'value="0" placeholder="8.517"' in page.content, "a typed exemption goes along"


def test_who_may_not_write_invoices_is_told_so(shop):
    clerk = make_staff(shop.company, invoices.view)
    client = Client()
    client.force_login(clerk.user)
    assert client.get(new_url(shop)).status_code == 403
    assert client.post(new_url(shop) + "sheet/", typed(shop, (5, "x", "1", "1", ""))).status_code == 403


def test_two_hundred_lines_take_as_many_queries_as_one(shop, queries):
    one, many = ([(5, "Labor", "1", "10", "")] * count for count in (1, 200))
    url = new_url(shop) + "sheet/"
    shop.client.post(url, typed(shop, *one), **HTMX)  # the first asks once more, for the session
    with queries() as few:
        shop.client.post(url, typed(shop, *one), **HTMX)
    with queries() as lots:
        answer = shop.client.post(url, typed(shop, *many), **HTMX)
    assert "Sub Total $2,000.00 Tax Total $170.00" in text_of(answer), "tax per line, rounded per line"
    assert len(lots) == len(few)
