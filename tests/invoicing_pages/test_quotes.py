"""How does a quote end: replaced, converted, or with the lead who chose it?"""

import datetime as dt
import re

import pytest
from django.db import connection

from alarmdesk.customers.testing import make_lead
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.correcting import AlreadyReplaced
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.quotes import Expired, NotAnswerable, NotConvertible, Reader, accept, convert_quote, decline
from alarmdesk.invoicing.testing import line, make_invoice, make_state_tax, net
from alarmdesk.lib import clock
from tests.invoicing_pages.conftest import NOW, TODAY
from tests.invoicing_pages.test_correcting import correct
from tests.invoicing_pages.test_writing import new_url, text_of, typed

LABOR = (5, "Labor", "2", "10", "")
READER = Reader("203.0.113.7", "A phone")
DAY = dt.timedelta(days=1)


def quoted(shop, customer=None, **fields):
    with shop.inside():
        fields = {"sale_on": TODAY, "at": NOW, "lines": [line("100", tax_rate=None)], **fields}
        return make_invoice(customer or shop.dana, type="quote", **fields)


def sign(shop, quote, today=TODAY):
    with shop.inside():
        return accept(quote, name="Dana", signature="", typed_signature="Dana W", reader=READER, today=today, at=NOW)


def page_of(shop, document):
    return text_of(shop.client.get(f"{shop.root}/invoices/{document.pk}/"))


def test_a_new_quote_is_good_for_as_long_as_the_company_says(shop):
    assert 'name="valid_until" value="2026-12-21"' in shop.client.get(new_url(shop) + "?type=quote").content.decode()
    answer = shop.client.post(f"{shop.root}/settings/quotes/", {"valid_days": "0"})
    assert "from 1 to 365" in text_of(answer)
    shop.client.post(f"{shop.root}/settings/quotes/", {"valid_days": "14"})
    assert 'name="valid_until" value="2026-12-05"' in shop.client.get(new_url(shop) + "?type=quote").content.decode()


def test_a_quote_ends_on_the_day_that_its_writer_says_and_never_before_it_begins(shop):
    early = shop.client.post(new_url(shop), typed(shop, LABOR, type="quote", valid_until="2026-11-20"))
    assert "Choose a day that is not before the Sale Date" in text_of(early)
    blank = shop.client.post(new_url(shop), typed(shop, LABOR, type="quote", valid_until=""))
    assert "Say until when the quote can be accepted." in text_of(blank)
    shop.client.post(new_url(shop), typed(shop, LABOR, type="quote", valid_until="2026-11-21"))
    with shop.inside():
        quote = shop.company.invoices.get()
        assert (quote.offers.get().valid_until, quote.offers.get().author) == (TODAY, shop.rosa.user)
        with pytest.raises(Expired):
            accept(quote, name="D", signature="", typed_signature="D", reader=READER, today=TODAY + DAY, at=NOW + DAY)


def test_an_expired_quote_says_so_in_the_list_and_on_its_page(shop):
    quote = quoted(shop, valid_until=TODAY)
    assert "Quote expired" not in page_of(shop, quote)
    with clock.hold(NOW + DAY):
        assert "Quote expired" in page_of(shop, quote)
        assert "Quote expired" in text_of(shop.client.get(f"{shop.root}/invoices/"))


def test_a_new_version_takes_the_place_of_the_old_one_which_is_answered_no_more(shop):
    quote = quoted(shop)
    url = correct(shop, quote)
    data = typed(shop, LABOR, type="quote", draft_version="1")
    assert shop.client.post(url, data).status_code == 302
    with shop.inside():
        old, new = shop.company.invoices.order_by("pk")
        assert (old.replaced_by, old.void_reason, new.number) == (new, "Replaced by Quote 2", 2)
        assert list(differences()) == []
        with pytest.raises(NotAnswerable, match="was replaced by Quote 2"):
            accept(quote, name="D", signature="", typed_signature="D", reader=READER, today=TODAY, at=NOW)
    assert "Quote replaced" in page_of(shop, old)


def test_a_signed_quote_is_not_edited_any_more(shop):
    quote = quoted(shop)
    sign(shop, quote)
    asked = shop.client.get(f"{shop.root}/invoices/{quote.pk}/correct/")
    assert "Quote 1 is signed. Duplicate it to offer something else." in text_of(asked)
    assert "Quote accepted" in page_of(shop, quote)
    assert "Dana W" in page_of(shop, quote)
    copied = shop.client.get(new_url(shop) + f"?copy={quote.pk}&type=quote")
    assert b'value="100.00"' in copied.content


def test_a_quote_that_is_signed_while_its_new_version_is_written_stays(shop):
    quote = quoted(shop)
    url = correct(shop, quote)
    sign(shop, quote)
    refused = shop.client.post(url, typed(shop, LABOR, type="quote", draft_version="1"))
    assert "Quote 1 is signed." in text_of(refused)
    with shop.inside():
        assert shop.company.invoices.get().voided_at is None


def test_a_quote_becomes_one_invoice_with_the_chosen_term(shop):
    with shop.inside():
        lines = [line("100"), line("-10", description="Discount")]
    quote = quoted(shop, lines=lines, po_number="PO-7")
    sign(shop, quote)
    asked = shop.client.get(f"{shop.root}/invoices/{quote.pk}/convert/")
    assert "Quote 1, $97.67, becomes an invoice of $97.67. It can be done once." in text_of(asked)
    with shop.inside():
        term = net(30).pk
    data = {"term": term, "sale_on": "2026-11-21"}
    no_term = shop.client.post(f"{shop.root}/invoices/{quote.pk}/convert/", data | {"term": ""})
    assert no_term.status_code == 422
    first = shop.client.post(f"{shop.root}/invoices/{quote.pk}/convert/", data)
    again = shop.client.post(f"{shop.root}/invoices/{quote.pk}/convert/", data)
    assert (first.status_code, again.status_code) == (302, 422)
    assert "Invoice 1 has taken the place of Quote 1 already." in text_of(again)
    with shop.inside():
        invoice = shop.company.invoices.get(type="invoice")
        assert (str(invoice.total), invoice.due_on, invoice.po_number) == ("97.67", dt.date(2026, 12, 21), "PO-7")
        assert (quote.replaced_by, invoice.replaces) == (invoice, quote)
        assert list(differences()) == []
    assert "Quote invoiced" in page_of(shop, quote)
    assert "Made of Quote 1" in page_of(shop, invoice)


def test_when_the_rates_have_changed_the_dialog_says_so(shop):
    quote = quoted(shop)
    assert str(quote.total) == "108.52"
    with shop.inside():
        make_state_tax("OK", "10", TODAY + DAY)
    with clock.hold(NOW + DAY):
        asked = text_of(shop.client.get(f"{shop.root}/invoices/{quote.pk}/convert/"))
    assert "becomes an invoice of $110.00" in asked
    assert "Tax rates have changed since the quote" in asked


def test_a_declined_quote_a_void_one_and_a_leads_do_not_become_invoices(shop):
    with shop.inside():
        lead = make_lead()
    declined, of_lead = quoted(shop), quoted(shop, lead)
    with shop.inside():
        decline(declined, name="", reason="Too dear", reader=READER, today=TODAY, at=NOW)
        for quote, says in ((declined, "was declined"), (of_lead, "is still a lead")):
            with pytest.raises(NotConvertible, match=says):
                convert_quote(quote, term=net(15), sale_on=TODAY, at=NOW, by="Rosa")
    assert "Too dear" in page_of(shop, declined)
    assert "Make a customer" in text_of(shop.client.get(f"{shop.root}/invoices/{of_lead.pk}/convert/"))


def test_a_lead_becomes_a_customer_and_its_chosen_quote_an_invoice(shop):
    with shop.inside():
        lead = make_lead()
        term = net(30)
    chosen, other = quoted(shop, lead), quoted(shop, lead)
    sign(shop, chosen)
    url = f"{shop.root}/leads/{lead.pk}/convert/"
    page = shop.client.get(url)
    checked = re.findall(r'name="quote" value="(\d*)"[^>]*checked', page.content.decode())
    assert checked == [str(chosen.pk)], "the signed one"
    assert "Quote 1 of Nov 21, 2026, $108.52, signed" in text_of(page)
    no_term = shop.client.post(url, {"status": "pending", "quote": chosen.pk, "term": ""})
    assert "Choose the term of the invoice." in text_of(no_term)
    with shop.inside():
        lead.refresh_from_db()
        assert lead.is_lead
    answer = shop.client.post(url, {"status": "active", "quote": chosen.pk, "term": term.pk}, follow=True)
    assert "is a customer now, Quote 1 is Invoice 1." in text_of(answer)
    with shop.inside():
        lead.refresh_from_db()
        invoice = shop.company.invoices.get(type="invoice")
        assert (lead.stage, lead.status, invoice.customer, invoice.term) == ("customer", "active", lead, term)
        assert (chosen.replaced_by, other.replaced_by) == (invoice, None)
    again = shop.client.post(url, {"status": "active", "quote": other.pk, "term": term.pk})
    assert "is a customer already" in text_of(again)
    with shop.inside():
        assert shop.company.invoices.filter(type="invoice").count() == 1


def test_a_lead_may_be_converted_without_a_quote(shop):
    with shop.inside():
        lead = make_lead()
    quoted(shop, lead)
    shop.client.post(f"{shop.root}/leads/{lead.pk}/convert/", {"status": "pending", "quote": "", "term": ""})
    with shop.inside():
        lead.refresh_from_db()
        assert not lead.is_lead
        assert [row.type for row in shop.company.invoices.all()] == [Invoice.Type.QUOTE]


def test_whose_group_may_not_write_invoices_converts_the_lead_alone(shop):
    from django.test import Client

    from alarmdesk.company.testing import make_staff
    from alarmdesk.customers.permissions import customers

    with shop.inside():
        lead = make_lead()
    quote = quoted(shop, lead)
    clerk = Client()
    clerk.force_login(make_staff(shop.company, customers.create, customers.view).user)
    url = f"{shop.root}/leads/{lead.pk}/convert/"
    assert "Quote that the customer has chosen" not in text_of(clerk.get(url))
    clerk.post(url, {"status": "pending", "quote": quote.pk, "term": "1"})
    with shop.inside():
        assert not shop.company.invoices.filter(type="invoice").exists()


def test_an_answer_is_kept_as_it_was_given(shop):
    quote = quoted(shop)
    sign(shop, quote)
    with shop.inside(), pytest.raises(Exception, match="insert-only"), connection.cursor() as cursor:
        cursor.execute("update invoicing_quoteanswer set name = 'Somebody else'")
    with shop.inside():
        convert_quote(quote, term=net(15), sale_on=TODAY, at=NOW, by="Rosa")
        with pytest.raises(AlreadyReplaced):
            convert_quote(quote, term=net(15), sale_on=TODAY, at=NOW, by="Rosa")


def test_the_audit_finds_an_answer_whose_words_are_others(shop, owner_connection):
    quote = quoted(shop)
    answer = sign(shop, quote)
    with shop.inside():
        assert list(differences()) == []
    owner_connection.execute("alter table invoicing_quoteanswer disable trigger frozen")
    owner_connection.execute(
        """update invoicing_quoteanswer set document = jsonb_set(document, '{number}', '"99"') where id = %s""",
        [answer.pk],
    )
    owner_connection.execute("alter table invoicing_quoteanswer enable trigger frozen")
    with shop.inside():
        assert [(one.noun, one.what) for one in differences()] == [("answer to quote", "digest")]
