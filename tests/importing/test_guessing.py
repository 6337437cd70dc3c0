"""How much of a mapping is there before anybody has typed a word?"""

import datetime as dt
from html import unescape

import pytest
from tests.importing.test_bad_files import HEAD, row
from tests.importing.test_importing import BILLED
from tests.importing.test_pages import bring, choices, office, upload, work

from alarmdesk.company.entering import inside
from alarmdesk.office.importing.cells import Months, Unreadable, times
from alarmdesk.office.importing.guessing import guess, meanings
from alarmdesk.office.importing.testing import PLAIN, TODAY

__all__ = ["office", "work"]


def test_the_columns_of_an_old_program_are_known_by_their_names():
    header = ["Acct", "Company", "First", "Last", "Email", "Cell", "Street", "City", "ST", "Zip", "RMR", "Start"]
    header += ["Agreement", "Pays by", "Standing"]
    found = {column: codes[0] for column, codes in guess(header).items()}
    assert found == {
        "Acct": "account_number",
        "Company": "business_name",
        "First": "first_name",
        "Last": "last_name",
        "Email": "email",
        "Cell": "phone_mobile",
        "Street": "service_street",
        "City": "service_city",
        "ST": "service_state",
        "Zip": "service_zip",
        "RMR": "mmr",
        "Start": "customer_since",
        "Agreement": "recurring_times",
        "Pays by": "billing_method",
        "Standing": "status",
    }


@pytest.mark.parametrize(
    ("code", "values", "meant"),
    [
        ("status", ["Active", "Canceled", "On hold"], ["active", "cancelled", "suspended"]),
        ("status", ["Active", "Blue"], ["active", "?"]),
        ("kind", ["RES", "COM"], ["person", "business"]),
        ("recurring_unit", ["Monthly", "Annual"], ["month", "year"]),
        ("term", ["Net 30 days", "At once"], ["Net 30", "?"]),
        ("recurring_times", ["36 months", "No contract"], ["36 months", "until ended"]),
    ],
)
def test_values_are_given_the_meaning_that_other_programs_have_for_them(code, values, meant):
    found = meanings(code, values, terms=["Net 15", "Net 30"], has_vault=False)
    assert found == dict(zip(values, meant, strict=True))


def test_values_that_are_understood_as_they_stand_need_no_translation():
    assert meanings("status", ["Active", "cancelled"], terms=[], has_vault=False) == {}


def test_a_card_is_guessed_only_where_the_file_has_references_of_the_vault():
    values = ["Visa", "Check"]
    assert meanings("billing_method", values, terms=[], has_vault=True) == {"Visa": "card", "Check": "manual"}
    assert meanings("billing_method", values, terms=[], has_vault=False) == {"Visa": "?", "Check": "manual"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("60", 60),
        ("60 times", 60),
        ("60 months", Months(60)),
        ("36-Month", Months(36)),
        ("5 years", Months(60)),
        ("Two year", Months(24)),
        ("Month-to-month", None),
        ("until ended", None),
    ],
)
def test_the_length_of_a_contract_is_read_as_people_write_it(text, found):
    assert times(text) == found


@pytest.mark.parametrize("text", ["soon", "-3", "1201", "60 weeks of rain"])
def test_what_is_no_length_is_refused(text):
    with pytest.raises(Unreadable):
        times(text)


LENGTHS = {
    "columns": PLAIN["columns"] | {"times": "recurring_times", "unit": "recurring_unit", "every": "recurring_every"}
}


def with_length(account, times, unit="month", every="1"):
    return row(account, **BILLED).strip() + f",{times},{unit},{every}\n"


def test_sixty_months_are_sixty_monthly_twenty_quarterly_or_five_yearly_invoices(desk):
    head = HEAD.strip() + ",times,unit,every\n"
    text = head + with_length("A-1", "60 months") + with_length("A-2", "60 months", every="3")
    kept = desk.check(text + with_length("A-3", "5 years", "year") + with_length("A-4", "60"), LENGTHS)
    assert desk.problems(kept) == []
    desk.start(kept)
    desk.carry(kept)
    with inside(desk.company):
        found = desk.company.recurring_invoices.values_list("customer__account_number", "times")
        assert dict(found) == {"A-1": 60, "A-2": 20, "A-3": 5, "A-4": 60}


def test_months_that_do_not_divide_are_pointed_out(desk):
    head = HEAD.strip() + ",times,unit,every\n"
    text = head + with_length("A-1", "30 months", "year") + with_length("A-2", "60 months", "week", "2")
    said = [(line, column, message) for line, column, _, message in desk.problems(desk.check(text, LENGTHS))]
    assert said == [
        (2, "times", "30 months cannot be divided into invoices every year."),
        (3, "times", "60 months cannot be divided into invoices every 2 weeks."),
    ]


def test_a_cancelled_customer_is_cancelled_on_the_files_date_or_the_day_of_the_import(desk):
    rules = {"columns": PLAIN["columns"] | {"Standing": "status", "Left": "cancelled_on"}}
    head = HEAD.strip() + ",Standing,Left\n"
    kept = desk.check(
        head
        + (row("A-1").strip() + ",cancelled,2025-03-31\n")
        + (row("A-2").strip() + ",cancelled,\n")
        + (row("A-3").strip() + ",active,2025-03-31\n"),
        rules,
    )
    desk.start(kept)
    desk.carry(kept)
    with inside(desk.company):
        found = dict(desk.company.customers.values_list("account_number", "cancelled_on"))
    assert found == {"A-1": dt.date(2025, 3, 31), "A-2": TODAY, "A-3": None}


def test_the_mapping_page_fills_in_what_the_values_mean_and_asks_where_it_cannot_tell(office, desk, work):
    page = upload(office, desk, "Acct,Standing\nA-1,Active\nA-2,Canceled\nA-3,Blue\n")
    held = choices(page)
    assert held["v_status"].splitlines() == ["Active = active", "Canceled = cancelled", "Blue = ?"]
    address = page.redirect_chain[-1][0]

    refused = office.post(address, held)
    assert refused.status_code == 422
    assert "Say what “Blue” means" in refused.content.decode()

    office.post(address, held | {"v_status": held["v_status"].replace("?", "suspended")})
    work()
    with inside(desk.company):
        kept = desk.company.imports.get()
    assert (kept.rows, kept.bad_rows) == (3, 0)


def test_what_is_in_no_column_is_folded_away(office, desk):
    page = upload(office, desk, "Acct,Standing\nA-1,Active\n").content.decode()
    assert page.count('<details class="stack" open>') == 1  # the customer
    assert page.count('<details class="stack">') == 4
    assert "2 of 17 in the file" in page


def test_the_same_thing_wrong_in_many_rows_is_told_once(office, desk, work):
    rows = "".join(row(f"A-{n}", phone_mobile="12") for n in range(1, 38)) + row("B-1", mmr="x")
    page = unescape(office.get(bring(office, desk, work, HEAD + rows)).content.decode())
    told = "This is not a phone number. Write it like (918) 555-0142."
    assert page.count(told) == 1
    assert f'<td>phone_mobile</td><td>{told}</td><td class="end num">37</td>' in page
    assert "First on line 2 (“12”), line 3 (“12”), line 4 (“12”)" in page
    assert page.index(told) < page.index("This is not a sum of money")
    assert "38 of 38 rows are bad" in page
