"""What stands on a document, as page, PDF and mail?"""

import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from pypdf import PdfReader

from alarmdesk.customers.testing import make_customer
from alarmdesk.invoicing import documents
from alarmdesk.invoicing.actions import void
from alarmdesk.invoicing.mail import compose_invoice, queue_invoice
from alarmdesk.invoicing.models import InvoiceLine
from alarmdesk.invoicing.testing import line, make_invoice
from alarmdesk.invoicing.words import invoice_mail
from alarmdesk.messaging.outbox import Unwritable, Words

NOW = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)
ODD = [
    '#read("/etc/passwd") #panic() *bold* $x$ @a <b> \\ ]{}',
    "שלום עולם \u202e abc",
    "日本語 😀 Zoë Ångström",
    "x" * 400,
    "<script>alert(1)</script>",
    "%s {} {{ x }} \x07",
]


def complete(shop, invoice):
    return documents.with_document(shop.company.invoices.all()).get(pk=invoice.pk)


def pdf_text(content):
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(re.sub(r"\s+", " ", page.extract_text()) for page in pages)


def test_the_pdf_says_number_customer_lines_and_the_stored_sums(shop):
    with shop.inside():
        lines = [line("55.55"), line("11.1111", "2.5", shop.company.billable_items.get(number=5), description="Labor")]
        invoice = make_invoice(shop.dana, lines=lines, note="Thank you.\nSee you.", po_number="PO-7")
        said = pdf_text(documents.pdf(complete(shop, invoice)))
    for words in (
        f"No. {invoice.number}",
        "Dana Whitfield",
        "2210 E 15th St",
        "Tulsa, OK 74104",
        "PO-7",
        "$11.1111",
        "2.5",
        "Sub Total $83.33",
        "OK sales tax 8.517% $7.10",
        "Grand Total $90.43",
        "Due $90.43",
        "Thank you.",
        "Page 1 of 1",
    ):
        assert words in said
    assert (str(invoice.sub_total), str(invoice.total)) == ("83.33", "90.43")


def test_a_long_document_runs_over_pages_that_are_counted(shop):
    with shop.inside():
        invoice = make_invoice(shop.dana, lines=[line("1")] * 200)
        content = documents.pdf(complete(shop, invoice))
    count = len(PdfReader(io.BytesIO(content)).pages)
    assert count > 3
    assert f"Page {count} of {count}" in pdf_text(content)


@pytest.mark.parametrize("name", ODD)
def test_a_name_is_data_never_source_and_odd_letters_do_not_stop_a_bill(shop, name):
    with shop.inside():
        customer = make_customer(business_name=name[:160].replace("\x07", ""))
        invoice = make_invoice(customer, note=name, lines=[line("1", description=name)])
        content = documents.pdf(complete(shop, invoice))
    assert content.startswith(b"%PDF")
    if name.startswith("#"):
        assert '#read("/etc/passwd")' in pdf_text(content)


def test_a_logo_that_cannot_be_read_does_not_keep_the_bill_back(shop):
    shop.company.logo = b"no picture"
    with shop.inside():
        invoice = complete(shop, make_invoice(shop.dana))
        content = documents.pdf(invoice, shop.company)
    assert f"No. {invoice.number}" in pdf_text(content)


def test_the_pdf_is_shown_inline_or_downloaded(shop):
    with shop.inside():
        invoice = make_invoice(shop.dana)
    shown = shop.client.get(f"{shop.root}/invoices/{invoice.pk}/pdf/")
    assert shown["Content-Type"] == "application/pdf"
    assert shown["Content-Disposition"] == f'inline; filename="invoice-{invoice.number}.pdf"'
    saved = shop.client.get(f"{shop.root}/invoices/{invoice.pk}/pdf/?download=1")
    assert saved["Content-Disposition"].startswith("attachment;")


def test_a_quote_is_never_due(shop):
    with shop.inside():
        quote = complete(shop, make_invoice(shop.dana, type="quote"))
        said = pdf_text(documents.pdf(quote))
        written = invoice_mail(quote, shop.company)
        subject, text = written.subject, written.text
    assert "This is a quote, not a bill. Nothing is due." in said
    assert "Due Date" not in said
    assert subject == f"Quote {quote.number} from Northgate Security"
    assert "Nothing is due." in text


def test_the_mail_brings_words_and_pdf_and_says_what_is_due_as_it_leaves(shop):
    with shop.inside():
        invoice = make_invoice(shop.dana, sale_on=dt.date(2026, 11, 21))
        message = queue_invoice(invoice, to="dana@example.com", at=NOW)
        words = compose_invoice(message)
    assert isinstance(words, Words)
    assert words.subject == f"Invoice {invoice.number} from Northgate Security"
    assert "$43.35 is due by Dec 6, 2026." in words.text
    assert "<strong>$43.35 is due by Dec 6, 2026.</strong>" in words.html
    name, content, kind = words.attachments[0]
    assert (name, kind) == (f"invoice-{invoice.number}.pdf", "application/pdf")
    assert "Grand Total $43.35" in pdf_text(content)


def test_the_words_escape_what_a_customer_is_called(shop):
    with shop.inside():
        customer = make_customer(business_name="<b>Hollis & Vance</b>")
        written = invoice_mail(complete(shop, make_invoice(customer)), shop.company)
        text, html = written.text, written.html
    assert "<b>Hollis" not in html
    assert "Hello <b>Hollis & Vance</b>," in text


def test_a_void_document_is_not_mailed(shop):
    with shop.inside():
        invoice = make_invoice(shop.dana)
        message = queue_invoice(invoice, to="dana@example.com", at=NOW)
        void(invoice, reason="Wrong customer", at=NOW, by="Rosa Calderon")
        assert isinstance(compose_invoice(message), Unwritable)


def test_asking_twice_for_the_same_address_is_one_message(shop):
    with shop.inside():
        invoice = make_invoice(shop.dana)
    for _ in range(2):
        answer = shop.client.post(f"{shop.root}/invoices/{invoice.pk}/email/", {"to": "dana@example.com"})
        assert answer.status_code == 302
    with shop.inside():
        assert shop.company.messages.count() == 1
    bad = shop.client.post(f"{shop.root}/invoices/{invoice.pk}/email/", {"to": "dana"})
    assert bad.status_code == 422


def test_the_page_shows_the_document_and_who_voided_it(shop):
    with shop.inside():
        invoice = make_invoice(shop.dana)
    url = f"{shop.root}/invoices/{invoice.pk}/"
    assert b"$43.35" in shop.client.get(url).content
    asked = shop.client.get(url + "void/")
    assert b"will be void. $43.35 will no longer be due. This cannot be undone." in asked.content
    assert shop.client.post(url + "void/", {"reason": " "}).status_code == 422
    assert shop.client.post(url + "void/", {"reason": "Wrong customer"})["Location"] == url
    page = shop.client.get(url).content.decode()
    assert "Rosa Calderon: Wrong customer" in page
    again = shop.client.post(url + "void/", {"reason": "Again"})
    assert again.status_code == 422
    assert "was voided before" in again.content.decode()


def test_a_page_of_two_hundred_lines_takes_as_many_queries_as_one(shop, queries):
    with shop.inside():
        few, many = (make_invoice(shop.dana, lines=[line("1")] * count) for count in (1, 200))
        assert InvoiceLine.objects.filter(invoice=many).count() == 200
    shop.client.get(f"{shop.root}/invoices/{few.pk}/")
    counts = []
    for invoice in (few, many):
        with queries() as made:
            assert shop.client.get(f"{shop.root}/invoices/{invoice.pk}/").status_code == 200
        counts.append(len(made))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("price", "shown"),
    [("49.95", "$49.95"), ("0.0125", "$0.0125"), ("1234.5", "$1,234.50"), ("9.999", "$9.999"), ("-0.005", "−$0.005")],
)
def test_a_unit_price_shows_the_decimals_that_it_has(price, shown):
    assert documents.unit_price(Decimal(price).quantize(Decimal("0.0001")), "USD") == shown
