"""How is a recurring invoice written, seen and ended in the office?"""

import datetime as dt
import re

import pytest

from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.invoicing import generation
from alarmdesk.invoicing.testing import line, make_invoice, make_recurring

NOW = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)
HTMX = {"HTTP_HX_REQUEST": "true"}


def typed(shop, **fields):
    with shop.inside():
        item = shop.company.billable_items.get(number=3).pk
        term = shop.company.terms.get(days=15).pk
    data = {"anchor_on": "2026-12-01", "every": "1", "unit": "month", "times": "36", "term": term, "po_number": ""}
    data |= {"note": "", "line": ["0"], "line-0-item": item, "line-0-description": "Monitoring"}
    return data | {"line-0-quantity": "1", "line-0-unit_price": "49.95", "line-0-tax_rate": ""} | fields


def new_url(shop, customer=None):
    return f"{shop.root}/customers/{(customer or shop.dana).pk}/recurring/new/"


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_saving_sets_it_up(shop):
    shop.client.post(new_url(shop), typed(shop, email_on_generation="on", po_number="PO-7"))
    with shop.inside():
        recurring = shop.company.recurring_invoices.get()
        assert (recurring.anchor_on, recurring.every, recurring.unit, recurring.times) == (
            dt.date(2026, 12, 1),
            1,
            "month",
            36,
        )
        assert recurring.final_on == dt.date(2029, 11, 1)
        assert (str(recurring.amount), recurring.email_on_generation, recurring.po_number) == ("54.20", True, "PO-7")
        assert recurring.lines.get().tax_rate is None, "the rate is left to the rules of each date"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"anchor_on": "2026-11-21"}, "The Next Invoice Date must be after today."),
        ({"anchor_on": ""}, "This field is required."),
        ({"times": "0"}, "Write 1 or more."),
        ({"times": "1201"}, "Write 1200 or less."),
        ({"every": "0"}, "Write 1 or more."),
        ({"unit": "fortnight"}, "Select a valid choice."),
        ({"unit": "year", "every": "999"}, "Recur every 1 to 10 years, not 999."),
        ({"line-0-quantity": "two"}, "Quantity must be a number"),
        ({"line": []}, "Add at least one line."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(shop, fields, said):
    answer = shop.client.post(new_url(shop), typed(shop, **fields))
    assert answer.status_code == 422
    assert said in words(answer)
    with shop.inside():
        assert not shop.company.recurring_invoices.exists()


def test_a_mail_at_generation_needs_an_address(shop):
    with shop.inside():
        silent = make_customer(email="")
    answer = shop.client.post(new_url(shop, silent), typed(shop, email_on_generation="on"))
    assert answer.status_code == 422
    assert "The customer has no e-mail address to send invoices to." in words(answer)


def test_a_lead_has_nothing_that_recurs(shop):
    with shop.inside():
        lead = make_lead()
    answer = shop.client.post(new_url(shop, lead), typed(shop))
    assert answer.status_code == 422
    assert "Convert the lead before billing it." in words(answer)


def test_the_schedule_is_shown_ahead_by_the_server(shop):
    answer = shop.client.post(
        new_url(shop) + "sheet/", typed(shop, anchor_on="2027-01-31", times="3", **{"line-0-quantity": "2"}), **HTMX
    )
    said = words(answer)
    assert "Final Invoice Date Mar 31, 2027" in said
    assert "Jan 31, 2027 Feb 28, 2027 Mar 31, 2027" in said
    assert "Grand Total $108.41" in said
    endless = words(shop.client.post(new_url(shop) + "sheet/", typed(shop, times=""), **HTMX))
    assert "Final Invoice Date until ended" in endless
    broken = words(shop.client.post(new_url(shop) + "sheet/", typed(shop, every="", times="x"), **HTMX))
    assert "Final Invoice Date —" in broken


def test_a_button_of_the_table_keeps_the_schedule_as_typed(shop):
    answer = shop.client.post(new_url(shop), typed(shop, do="add", anchor_on="2027-02-03", times="7"))
    assert answer.status_code == 200
    assert b'value="2027-02-03"' in answer.content
    assert b'name="line-1-item"' in answer.content


def test_an_invoice_becomes_a_recurring_invoice(shop):
    with shop.inside():
        invoice = make_invoice(shop.dana, lines=[line("12.50", description="Cellular backup")], note="Hello")
    page = shop.client.get(new_url(shop) + f"?copy={invoice.pk}").content
    assert b'value="Cellular backup"' in page
    assert b"Hello" in page


def test_it_is_deleted_before_its_first_invoice_and_ended_after(shop):
    with shop.inside():
        fresh = make_recurring(shop.dana, anchor_on=dt.date(2026, 12, 1))
        billed = make_recurring(shop.dana, anchor_on=dt.date(2026, 11, 1))
    generation.generate_due(shop.company, today=dt.date(2026, 11, 21), at=NOW)
    root = f"{shop.root}/recurring"
    assert b"Delete" in shop.client.get(f"{root}/{fresh.pk}/").content
    shop.client.post(f"{root}/{fresh.pk}/delete/")
    refused = shop.client.post(f"{root}/{billed.pk}/delete/")
    assert refused.status_code == 422
    assert "End it instead" in words(refused)
    with shop.inside():
        assert list(shop.company.recurring_invoices.values_list("pk", flat=True)) == [billed.pk]
    page = words(shop.client.get(f"{root}/{billed.pk}/"))
    assert "1 made, 1 open" in page
    shop.client.post(f"{root}/{billed.pk}/end/", {"on": "2027-01-01", "reason": "Moved away"})
    page = words(shop.client.get(f"{root}/{billed.pk}/"))
    assert "Moved away" in page
    assert "To come Dec 1, 2026" in page
    assert "To come Dec 1, 2026 Jan 1, 2027" not in page
    later = shop.client.post(f"{root}/{billed.pk}/end/", {"on": "2027-05-01", "reason": "Later"})
    assert later.status_code == 422
    shop.client.post(f"{root}/{billed.pk}/end/", {"on": "2026-11-21", "reason": "Now"})
    assert "End</span>" not in shop.client.get(f"{root}/{billed.pk}/").content.decode()


def test_a_duplicate_begins_with_lines_and_schedule(shop):
    with shop.inside():
        old = make_recurring(shop.dana, anchor_on=dt.date(2026, 12, 1), every=3, times=8)
    page = shop.client.get(new_url(shop) + f"?again={old.pk}").content.decode()
    assert 'name="every" value="3"' in page
    assert 'name="times" value="8"' in page
    assert 'value="39.95"' in page
