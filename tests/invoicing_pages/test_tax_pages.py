"""How does the office keep rates and certificates, and what does the sales tax report say (D13)?"""

import csv
import datetime as dt
import io
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from alarmdesk.company.entering import entered_id
from alarmdesk.invoicing.actions import void
from alarmdesk.invoicing.models import CustomerTax, StateExemption, StateTax, TaxCertificate
from alarmdesk.invoicing.rate_files import TEMPLATE, read
from alarmdesk.invoicing.testing import BY, line, make_billed_customer, make_invoice, make_item, make_state_tax

NOW = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)
FILE = "state,rate,effective_on,name\nTX,6.25,2026-01-01,Texas tax\nKS,6.5%,7/1/2026,\nOK,8.517,2020-01-01,\n"


def rates(shop):
    with shop.inside():
        rows = shop.company.state_taxes.order_by("state", "effective_on")
        return [(one.state, str(one.rate), one.effective_on.isoformat(), one.name) for one in rows]


# --- rates


def test_a_rate_that_a_document_bears_is_superseded_and_never_changed(shop):
    with shop.inside():
        tax = shop.company.state_taxes.get()
        make_invoice(shop.dana)
    root = f"{shop.root}/settings/taxes"
    shown = shop.client.get(f"{root}/{tax.pk}/").content.decode()
    assert "Issued documents bear this rate" in shown
    assert f"{root}/new/?state=OK" in shown
    changed = shop.client.post(f"{root}/{tax.pk}/", {"state": "OK", "rate": "9", "effective_on": "2020-01-01"})
    assert changed.status_code == 422
    assert "so it stays. Add a rate from a later day instead." in changed.content.decode()
    assert shop.client.post(f"{root}/{tax.pk}/delete/").status_code == 422
    later = {"state": "OK", "rate": "9", "effective_on": "2027-01-01"}
    assert shop.client.post(f"{root}/new/", later).status_code == 302
    assert rates(shop) == [("OK", "8.5170", "2020-01-01", ""), ("OK", "9.0000", "2027-01-01", "")]
    page = shop.client.get(f"{root}/").content.decode()
    assert "To come" in page
    assert "In force" in page
    # nobody bears the one to come: it may still be changed, and deleted
    with shop.inside():
        coming = shop.company.state_taxes.get(rate=9)
    assert shop.client.post(f"{root}/{coming.pk}/", {**later, "rate": "9.5"}).status_code == 302
    assert shop.client.post(f"{root}/{coming.pk}/delete/").status_code == 302
    assert rates(shop) == [("OK", "8.5170", "2020-01-01", "")]


def test_a_rate_put_before_used_ones_by_mistake_can_be_taken_back(shop):
    with shop.inside():
        make_invoice(shop.dana)
        wrong = make_state_tax("OK", "85.17", dt.date(2025, 1, 1))
    assert shop.client.post(f"{shop.root}/settings/taxes/{wrong.pk}/delete/").status_code == 302
    assert len(rates(shop)) == 1


def test_a_documents_tax_is_called_what_the_state_calls_it(shop):
    with shop.inside():
        StateTax.objects.create(
            state="TX", rate=Decimal("6.25"), effective_on=dt.date(2020, 1, 1), name="Texas sales and use tax"
        )
        invoice = make_invoice(make_billed_customer(state="TX"))
        assert invoice.lines.get().taxes.get().name == "Texas sales and use tax"


def test_a_file_of_rates_is_looked_at_then_comes_in_and_is_taken_back(shop):
    url = f"{shop.root}/settings/taxes/import/"
    looked = shop.client.post(url, {"file": SimpleUploadedFile("rates.csv", FILE.encode("utf-8-sig"))})
    assert looked.status_code == 200
    said = looked.content.decode()
    assert "2 new rates, 1 in the list already, 0 bad rows. Nothing is written yet." in said
    assert "Import 2 rates" in said
    assert len(rates(shop)) == 1
    came = shop.client.post(url, {"text": FILE, "file_name": "rates.csv", "do": "import"})
    assert came.status_code == 302
    assert rates(shop) == [
        ("KS", "6.5000", "2026-07-01", ""),
        ("OK", "8.5170", "2020-01-01", ""),
        ("TX", "6.2500", "2026-01-01", "Texas tax"),
    ]
    again = shop.client.post(url, {"text": FILE, "do": "import"})
    assert "The file has no new rate." in again.content.decode()
    with shop.inside():
        made = shop.company.rate_imports.get()
        assert (made.file_name, made.rows, made.imported_by) == ("rates.csv", 2, shop.rosa.user.get_full_name())
    undo = f"{shop.root}/settings/taxes/imports/{made.pk}/undo/"
    assert shop.client.post(undo).status_code == 302
    assert len(rates(shop)) == 1
    twice = shop.client.post(undo)
    assert (twice.status_code, "was taken back before" in twice.content.decode()) == (422, True)


def test_a_file_whose_rates_are_borne_or_changed_is_not_taken_back_behind_anybodys_back(shop):
    url = f"{shop.root}/settings/taxes/import/"
    shop.client.post(url, {"text": FILE, "do": "import"})
    with shop.inside():
        make_invoice(make_billed_customer(state="TX"), sale_on=dt.date(2026, 2, 1))
        made = shop.company.rate_imports.get()
        kansas = shop.company.state_taxes.get(state="KS")
    undo = f"{shop.root}/settings/taxes/imports/{made.pk}/undo/"
    refused = shop.client.post(undo)
    assert refused.status_code == 422
    assert "Issued documents bear TX 6.25% from Jan 1, 2026" in refused.content.decode()
    assert len(rates(shop)) == 3
    by_hand = {"state": "KS", "rate": "6.6", "effective_on": "2026-07-01"}
    assert shop.client.post(f"{shop.root}/settings/taxes/{kansas.pk}/", by_hand).status_code == 302
    with shop.inside():
        assert [one.state for one in made.rates.all()] == ["TX"]


def test_every_bad_row_is_told_with_row_and_column_and_nothing_is_written(shop):
    bad = (
        "State;Rate;Effective date\nOK;9;2020-01-01\nXX;abc;2026-13-01\nTX;101;2026-01-01\n\nTX;6.12345;2026-01-01\n"
        "KS;-1;1/1/2026\nKS;5;1/1/1492\nAZ;5.6;2026-01-01\nAZ;5.7;2026-01-01\n"
    )
    answer = shop.client.post(f"{shop.root}/settings/taxes/import/", {"text": bad, "do": "import"})
    assert answer.status_code == 422
    problems = answer.context["problems"]
    assert [(one.line, one.column, one.value) for one in problems] == [
        (2, "rate", "9"), (3, "state", "XX"), (3, "rate", "abc"), (3, "effective_on", "2026-13-01"), (4, "rate", "101"),
        (6, "rate", "6.12345"), (7, "rate", "-1"), (8, "effective_on", "1/1/1492"), (10, "effective_on", "2026-01-01"),
    ]  # fmt: skip
    assert "OK has 8.517% from Jan 1, 2020 already." in answer.content.decode()
    assert "7 bad rows" in answer.content.decode()
    assert bad.splitlines()[1] in answer.content.decode()  # what was pasted stays
    assert len(rates(shop)) == 1


def test_what_is_no_file_of_rates_is_told_so(shop):
    url = f"{shop.root}/settings/taxes/import/"
    for data, says in (
        ({}, "Choose a file with at least one rate"),
        ({"text": "place,percent\nOK,4"}, "There is no column “state”."),
        ({"file": SimpleUploadedFile("a.csv", b"\0\1\2")}, "This is not a text file."),
        ({"file": SimpleUploadedFile("a.csv", b"x" * 1_000_001)}, "The file is larger than 1 MB."),
        ({"text": "state,rate,effective_on\n" + "OK,4,2026-01-01\n" * 3}, "Line 2 has a rate of OK"),
    ):
        answer = shop.client.post(url, data)
        assert answer.status_code == 422
        assert says in answer.content.decode()


def test_the_template_can_be_imported(shop):
    got = shop.client.get(f"{shop.root}/settings/taxes/import/template.csv").content.decode()
    assert got == TEMPLATE
    assert (len(read(got).rows), read(got).problems) == (2, [])


# --- certificates


CERTIFICATE = {"number": "R-9", "kind": "school", "states": "ok, tx", "valid_from": "2026-01-01"}


def test_a_certificate_is_entered_corrected_and_withdrawn(shop):
    root = f"{shop.root}/customers/{shop.dana.pk}/certificates/"
    for wrong, says in (
        ({"states": "OK, Texas"}, "“Texas” is not a state."),
        ({"valid_until": "2025-12-31"}, "The last day is before the first one."),
        ({"number": ""}, "This field is required."),
    ):
        answer = shop.client.post(f"{root}new/", {**CERTIFICATE, **wrong})
        assert answer.status_code == 422
        assert says in answer.content.decode()
    assert shop.client.post(f"{root}new/", {**CERTIFICATE, "valid_until": "2026-12-31"}).status_code == 302
    with shop.inside():
        made = TaxCertificate.objects.get()
        assert (made.states, made.item_classes, made.entered_by) == (["OK", "TX"], [], shop.rosa.user.get_full_name())
    one = f"{shop.root}/settings/taxes/certificates/{made.pk}/"
    version = shop.client.get(one).context["version"].token
    assert shop.client.post(one, {**CERTIFICATE, "states": "", "version": version}).status_code == 302
    with shop.inside():
        made.refresh_from_db()
        assert (made.states, made.valid_until) == ([], None)
        assert make_invoice(shop.dana).tax_total == 0
    assert shop.client.post(f"{one}withdraw/", {"reason": ""}).status_code == 422
    assert shop.client.post(f"{one}withdraw/", {"reason": "Not theirs"}).status_code == 302
    assert "Withdrawn" in shop.client.get(root).content.decode()
    with shop.inside():
        assert make_invoice(shop.dana).tax_total == Decimal("3.40")


def test_what_expires_is_listed_and_told_on_the_customers_page(shop):
    today = dt.date(2026, 11, 21)
    with shop.inside():
        for number, days in (("GONE", -1), ("TODAY", 0), ("SOON", 60), ("LATER", 61)):
            TaxCertificate.objects.create(
                customer=shop.dana if number == "GONE" else make_billed_customer(), number=number,
                valid_from=dt.date(2020, 1, 1), valid_until=today + dt.timedelta(days=days), entered_at=NOW,
                entered_by=BY,
            )  # fmt: skip
    root = f"{shop.root}/settings/taxes/certificates/"

    def listed(query):
        page = shop.client.get(root + query).content.decode()
        return [number for number in ("GONE", "TODAY", "SOON", "LATER") if number in page]

    assert listed("") == ["GONE", "TODAY", "SOON", "LATER"]
    assert listed("?show=expiring") == ["TODAY", "SOON"]
    assert listed("?show=expired") == ["GONE"]
    assert listed("?q=soo") == ["SOON"]
    settings = shop.client.get(f"{shop.root}/settings/taxes/").content.decode()
    assert "1 expired" in settings
    assert "2 expire within 60 days" in settings
    told = shop.client.get(f"{shop.root}/customers/{shop.dana.pk}/").content.decode()
    assert "Certificate GONE has expired on Nov 20, 2026: sales tax is charged since." in told


# --- the reason, where one looks


def test_a_line_tells_why_it_is_taxed_in_the_editor_and_on_the_page(shop):
    with shop.inside():
        item = shop.company.billable_items.get(number=3)
        invoice = make_invoice(shop.dana)
    lines = {"line": "0", "line-0-item": item.pk, "line-0-quantity": "1", "line-0-unit_price": "10"}
    sheet = f"{shop.root}/customers/{shop.dana.pk}/invoices/new/sheet/"
    said = shop.client.post(sheet, {**lines, "do": "rates", "sale_on": "2026-11-21"}).content.decode()
    assert 'title="OK state 8.517% from Jan 1, 2020"' in said
    page = shop.client.get(f"{shop.root}/invoices/{invoice.pk}/").content.decode()
    assert "OK state 8.517% from Jan 1, 2020" in page


# --- the report

STORED = """
select coalesce(sum(case i.type when 'credit' then -t.amount else t.amount end), 0) from invoicing_linetax t
join invoicing_invoiceline l on l.company_id = t.company_id and l.id = t.line_id
join invoicing_invoice i on i.company_id = l.company_id and i.id = l.invoice_id
where t.company_id = %s and i.type <> 'quote' and i.voided_at is null
  and i.sale_on between '2026-10-01' and '2026-10-31'
"""


def test_the_sales_tax_report_is_the_sum_of_the_stored_taxes(shop):
    october = dt.date(2026, 10, 15)
    with shop.inside():
        make_state_tax("TX", "6.25")
        StateExemption.objects.create(state="TX", item_class="labor")
        texan, own = make_billed_customer(state="TX"), make_billed_customer(state="TX")
        CustomerTax.objects.create(customer=own, rate=Decimal("8.25"))
        labor, never = make_item(item_class="labor"), make_item(taxable="never")
        mixed = [line("100"), line("40", item=labor), line("7", item=never)]
        for on in (dt.date(2026, 10, 1), dt.date(2026, 10, 31)):
            make_invoice(texan, sale_on=on, lines=mixed)
        make_invoice(own, sale_on=october, lines=[line("50")])
        make_invoice(texan, sale_on=october, lines=[line("10")], type="credit")
        make_invoice(texan, sale_on=october, lines=[line("999")], type="quote")
        void(make_invoice(texan, sale_on=october, lines=[line("999")]), reason="Wrong", at=NOW, by=BY)
        for on in (dt.date(2026, 9, 30), dt.date(2026, 11, 1)):
            make_invoice(texan, sale_on=on, lines=[line("999")])
        make_invoice(shop.dana, sale_on=october, lines=[line("33.33")])
        with connection.cursor() as cursor:
            cursor.execute(STORED, [entered_id()])
            stored = cursor.fetchone()[0]
    page = shop.client.get(f"{shop.root}/reports/sales-tax/")  # the month before
    found = page.context["report"]
    assert [(row.state, row.rate, row.reason, row.taxable, row.exempt, row.tax) for row in found.rows] == [
        ("OK", Decimal("8.517"), "", Decimal("33.33"), Decimal("0.00"), Decimal("2.84")),
        ("TX", Decimal("6.25"), "", Decimal("190.00"), Decimal("0.00"), Decimal("11.87")),
        ("TX", Decimal("8.25"), "", Decimal("50.00"), Decimal("0.00"), Decimal("4.13")),
        ("TX", None, "Class exempt in the state", Decimal("0.00"), Decimal("80.00"), Decimal("0.00")),
        ("TX", None, "Item never taxed", Decimal("0.00"), Decimal("14.00"), Decimal("0.00")),
    ]
    assert found.total.tax == stored == Decimal("18.84")
    address = f"{shop.root}/reports/sales-tax/sales-tax.csv?from=2026-10-01&to=2026-10-31"
    rows = list(csv.DictReader(io.StringIO(shop.client.get(address).content.decode())))
    assert sum(Decimal(row["tax"]) for row in rows) == stored
    assert [row["rate"] for row in rows] == ["8.517", "6.25", "8.25", "", ""]
    wrong = shop.client.get(f"{shop.root}/reports/sales-tax/?from=2026-10-31&to=2026-10-01")
    assert (wrong.status_code, "This day is before the first one." in wrong.content.decode()) == (422, True)
    assert "Nothing was sold in this period" in (
        shop.client.get(f"{shop.root}/reports/sales-tax/?from=2001-01-01&to=2001-01-31").content.decode()
    )
