"""F23: the History is a comprehensive log of all changes: what, when, who; old and new, and what is asked of it."""

import csv
import datetime as dt
import io
import re
from decimal import Decimal

import psycopg
import pytest
from django.db import connection
from tests.office.test_shell import text

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import TrailEntry
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.models import Customer, Phone
from alarmdesk.customers.permissions import customers, history, notes
from alarmdesk.customers.testing import make_contact, make_customer, make_note
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.testing import make_invoice
from alarmdesk.lib import clock
from alarmdesk.office import trail_reading
from alarmdesk.office.testing import make_open_company, office_of

NOON = dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC)
NORA = Actor("staff", "Nora Whitfield", 4711)


@pytest.fixture
def company():
    return make_open_company()


@pytest.fixture
def customer(company):
    with inside(company):
        return make_customer(last_name="Okoro", mmr=Decimal("39.95"))


def asked(client, company, customer, query="") -> str:
    """What the tab itself says."""
    answer = client.get(f"/{company.slug}/customers/{customer.pk}/history/?{query}")
    assert answer.status_code == 200
    return text_of_tab(answer.content.decode())


def text_of_tab(html: str) -> str:
    found = re.search(r'<section class="card" aria-label="History">.*?</section>', html, re.DOTALL)[0]
    shown = re.sub(r"<form.*?</form>", " ", found, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))


def cells(client, company, customer, query="") -> list[list[str]]:
    answer = client.get(f"/{company.slug}/customers/{customer.pk}/history/history.csv?{query}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_f23_what_when_who_old_and_new_of_a_bulk_change(company, customer):
    with clock.hold(NOON), inside(company, actor=NORA):
        Customer.objects.filter(pk=customer.pk).update(mmr=Decimal("44.95"), status=Customer.Status.SUSPENDED)
        connection.cursor().execute("update customers_phone set kind = 'work' where customer_id = %s", [customer.pk])
    seen = asked(office_of(company), company, customer)
    assert "Account changed Mar 10, 2026, 1:00 PM CDT Nora Whitfield" in seen
    assert "Status Active → became Suspended" in seen
    assert "Monthly monitoring rate $39.95 → became $44.95" in seen
    assert "Kind Mobile → became Work" in seen


def test_f23_a_change_by_hand_in_sql_is_there_and_can_be_asked_for(
    company, customer, owner_connection: psycopg.Connection
):
    owner_connection.execute("update customers_customer set note = 'by hand' where id = %s", [customer.pk])
    client = office_of(company)
    assert "Database" in asked(client, company, customer, "by=sql")
    assert "Note — → became by hand" in asked(client, company, customer, "by=sql")
    assert "Phone added" not in asked(client, company, customer, "by=sql")
    assert "by hand" not in asked(client, company, customer, "by=system")


def test_f23_a_voided_invoice_is_told_with_who_and_why(company, customer):
    with inside(company, actor=NORA):
        invoice = make_invoice(customer)
        invoice.voided_at, invoice.voided_by, invoice.void_reason = NOON, "Nora Whitfield", "Typed twice"
        invoice.save(update_fields=["voided_at", "voided_by", "void_reason"])
    seen = asked(office_of(company), company, customer, "what=invoicing_invoice")
    assert f"Invoice {invoice.number} voided" in seen
    assert "Typed twice" in seen
    seen = asked(office_of(company, customers.view, history.view), company, customer)
    assert "Typed twice" not in seen
    with inside(company):
        assert TrailEntry.objects.filter(table="invoicing_invoice").count() == 1


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("44.95", True),
        ("suspended", True),
        ("SUSPENDED nora", True),
        ("monitoring", True),
        ("43.95", False),
        ("mmr", False),
    ],
)
def test_f23_words_are_looked_for_in_what_is_told(company, customer, words, is_found):
    with inside(company, actor=NORA):
        Customer.objects.filter(pk=customer.pk).update(mmr=Decimal("44.95"), status=Customer.Status.SUSPENDED)
    seen = asked(office_of(company), company, customer, f"q={words}")
    assert ("Account changed" in seen) is is_found
    assert "Phone added" not in seen


def test_f23_a_phone_is_found_as_it_is_written_and_a_passcode_by_nobody(company, customer):
    with inside(company, actor=NORA):
        make_contact(customer, name="Ada Okoro", passcode="maple")
        sealed = TrailEntry.objects.get(table="customers_contact").new["passcode"]
    client = office_of(company)
    assert "Phone added" in asked(client, company, customer, "q=(918) 555-0142")
    assert "Contact added: Ada Okoro" in asked(client, company, customer, "q=ada")
    for secret in ("maple", str(sealed)[:20]):
        assert "Contact added" not in asked(client, company, customer, f"q={secret}")


def test_f23_filters_work_together(company, customer):
    with clock.hold(NOON), inside(company, actor=NORA):
        make_note(customer, "Gate code changed")
        Customer.objects.filter(pk=customer.pk).update(note="Gate code changed")
    client = office_of(company)
    both = asked(client, company, customer, "q=gate&by=4711")
    assert "Note added" in both
    assert "Account changed" in both
    one = asked(client, company, customer, "q=gate&by=4711&what=customers_note&since=2026-03-10&until=2026-03-10")
    assert "Note added" in one
    assert "Account changed" not in one
    assert "Nothing found" in asked(client, company, customer, "q=gate&by=customer")


def test_f23_what_one_may_not_see_is_neither_listed_nor_offered_as_a_choice(company, customer):
    with inside(company, actor=NORA):
        make_note(customer, "Secret of the house")
    client = office_of(company, customers.view, history.view)
    html = client.get(f"/{company.slug}/customers/{customer.pk}/history/?what=customers_note").content.decode()
    assert "Secret of the house" not in html
    assert 'value="customers_note"' not in html
    assert all("Secret of the house" not in cell for row in cells(client, company, customer) for cell in row)
    allowed = office_of(company, customers.view, history.view, notes.view)
    assert "Secret of the house" in asked(allowed, company, customer)


def test_f23_the_csv_is_what_is_filtered_and_no_cell_is_a_formula(company, customer):
    evil = '=HYPERLINK("http://example.com","x")'
    with clock.hold(NOON), inside(company, actor=Actor("staff", "+Nora", 4711)):
        Customer.objects.filter(pk=customer.pk).update(note=evil, mmr=Decimal("44.95"))
        Phone.objects.filter(customer=customer).delete()
    rows = cells(office_of(company), company, customer, "by=4711&q=account")
    assert rows == [
        ["when", "who", "what", "field", "before", "after"],
        ["2026-03-10 13:00:00", "'+Nora", "Account changed", "Monthly monitoring rate", "$39.95", "$44.95"],
        ["2026-03-10 13:00:00", "'+Nora", "Account changed", "Note", "", f"'{evil}"],
    ]
    whole = cells(office_of(company), company, customer)
    assert {row[2] for row in whole} >= {"Account added", "Phone removed", "Account changed"}


def test_f23_the_csv_takes_the_grant_and_the_house(company, customer):
    path = f"/{company.slug}/customers/{customer.pk}/history/history.csv"
    assert office_of(company, customers.view).get(path).status_code == 403
    assert office_of(company, history.view).get(path).status_code == 403
    rival = make_open_company()
    assert office_of(rival).get(path.replace(company.slug, rival.slug)).status_code == 404


def test_f23_words_in_a_very_long_history_are_looked_for_piece_by_piece(company, customer, monkeypatch):
    """A press reads so much and no more; the next goes on where it ended, and nothing is lost between them."""
    monkeypatch.setattr(trail_reading, "BATCH", 10)
    monkeypatch.setattr(trail_reading, "MOST_READ", 20)
    with inside(company, actor=NORA):
        for number in range(45):
            Customer.objects.filter(pk=customer.pk).update(note="needle" if number in (0, 44) else f"hay {number}")
    client, path = office_of(company), f"/{company.slug}/customers/{customer.pk}/history/?q=needle"
    found, presses = 0, 0
    address = path
    while True:
        html = client.get(address).content.decode()
        found += text_of_tab(html).count("Account changed")
        older = re.search(r'href="\?q=needle&amp;before=(\d+)"', html)
        if older is None:
            break
        presses += 1
        address = f"{path}&before={older[1]}"
    assert found == 3  # in and out, and in again
    assert presses >= 2


def test_f23_the_history_asks_as_much_for_many_changes_as_for_few(company, questions):
    with inside(company, actor=NORA):
        quiet, busy = make_customer(), make_customer()
        for one, times in ((quiet, 1), (busy, 30)):
            for number in range(times):
                Customer.objects.filter(pk=one.pk).update(note=f"note {number}")
                make_note(one)
                make_contact(one, name=f"Contact {number}")
    client = office_of(company)
    asked_of = [questions(client, f"/{company.slug}/customers/{one.pk}/history/?q=contact") for one in (quiet, busy)]
    assert asked_of[1] <= asked_of[0]


def test_f23_a_portal_users_change_is_told_as_the_customers(company, customer):
    with inside(company, actor=Actor("holder", "Dana Okoro", 9)):
        Customer.objects.filter(pk=customer.pk).update(email="new@example.com")
    seen = asked(office_of(company), company, customer, "by=customer")
    assert "Dana Okoro" in seen
    assert "new@example.com" in seen
    assert "Phone added" not in seen


def test_f23_money_is_told_to_those_who_may_see_money(company, customer):
    with inside(company):
        invoice = make_invoice(customer)
        type(invoice).objects.filter(pk=invoice.pk).update(voided_at=OPENED, voided_by="Rosa", void_reason="Typo")
    assert "Typo" in asked(office_of(company, customers.view, history.view, invoices.view), company, customer)
    assert "Typo" not in text(office_of(company, customers.view).get(f"/{company.slug}/customers/{customer.pk}/"))
