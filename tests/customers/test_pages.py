"""Lists of leads and customers, and the sheet on which one is written."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED, make_bare_company
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers, leads
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.lib import clock

SHEET = {
    "kind": "person",
    "first_name": "Dana",
    "last_name": "Whitfield",
    "email": "dana@example.com",
    "account_number": "",
    "status": "pending",
    "customer_since": "2026-02-01",
    "mmr": "$1,039.95",
    "activation_fee": "",
    "note": "Two dogs",
    "billing_same": "on",
    "phones": "2",
    "phone-0-number": "918.555.0142",
    "phone-0-kind": "home",
    "phone-1-number": "",
    "phone-1-kind": "mobile",
    "service-street": "2210 E 15th St",
    "service-city": "Tulsa",
    "service-state": "ok",
    "service-zip_code": "741041234",
}
HTMX = {"HX-Request": "true", "HX-Target": "dialog-body"}


def _names(page):
    return re.findall(r'<td role="cell" class="main"><a [^>]*>([^<]+)</a>', page.content.decode())


def _errors(page):
    return re.findall(r'<ul class="errorlist"[^>]*><li>([^<]+)</li>', page.content.decode())


def test_a_typed_customer_is_kept_with_addresses_and_phones(office):
    with clock.hold(OPENED):
        answer = office.post("customers/new/", SHEET)
    with inside(office.company):
        customer = Customer.objects.get()

        assert (answer.status_code, answer.url) == (302, f"/{office.company.slug}/customers/{customer.pk}/")
        assert (customer.account_number, customer.status, customer.stage) == ("C-10001", "pending", "customer")
        assert (customer.mmr, customer.activation_fee) == (Decimal("1039.95"), 0)
        assert (customer.created_at, customer.created_by) == (OPENED, "Rosa Calderon")
        assert customer.customer_since == dt.date(2026, 2, 1)
        assert [address.one_line for address in customer.addresses.all()] == ["2210 E 15th St, Tulsa, OK 74104-1234"]
        assert [(phone.number, phone.kind) for phone in customer.phones.all()] == [("+19185550142", "home")]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"last_name": ""}, "Give a last name or a business name."),
        ({"mmr": "-1"}, "This is never below zero."),
        ({"activation_fee": "free"}, "Write a number, such as 39.95."),
        ({"mmr": "NaN"}, "Write a number, such as 39.95."),
        ({"service-zip_code": "7410"}, "“7410” is not a ZIP code. Write five digits, like 74104."),
        ({"service-state": "XX"}, "“XX” is not a state. Write its two letters, like OK."),
        ({"service-street": ""}, "Write the street and house number."),
        ({"phone-1-number": "555-01"}, "“555-01” has the wrong number of digits. Write it like (918) 555-0142."),
        ({"email": "dana(at)example"}, "Write an e-mail address, like dana@example.com."),
        ({"billing_same": ""}, "Write the street and house number."),
        ({"status": "cancelled"}, "Select a valid choice. cancelled is not one of the available choices."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(office, wrong, error):
    page = office.post("customers/new/", SHEET | wrong)

    assert page.status_code == 422
    assert _errors(page) == [error]
    for text in ("Dana", "Two dogs", "918.555.0142", "Tulsa"):
        assert text in page.content.decode()
    with inside(office.company):
        assert not Customer.objects.exists()


def test_a_taken_account_number_is_told_beside_the_field(office):
    with inside(office.company):
        make_customer(account_number="WX-77")
    page = office.post("customers/new/", SHEET | {"account_number": "wx-77"}, headers=HTMX)

    assert page.status_code == 422
    assert _errors(page) == ["Account number wx-77 is taken."]
    assert 'aria-invalid="true"' in page.content.decode()
    assert "<html" not in page.content.decode()


def test_phones_are_added_and_removed_without_losing_or_judging_what_is_typed(office):
    typed = SHEET | {"last_name": "", "phone-1-number": "918 555 0199", "mmr": "abc"}
    more = office.post("customers/new/", typed | {"add_phone": "1"})
    less = office.post("customers/new/", typed | {"remove_phone": "0"})

    assert (more.status_code, less.status_code) == (200, 200)
    assert _errors(more) == _errors(less) == []
    assert 'name="phones" value="3"' in more.content.decode()
    assert 'name="phone-2-number"' in more.content.decode()
    assert 'name="phones" value="1"' in less.content.decode()
    assert 'value="918 555 0199"' in less.content.decode()
    assert "918.555.0142" not in less.content.decode()
    assert 'value="abc"' in less.content.decode()
    with inside(office.company):
        assert not Customer.objects.exists()


def test_bills_may_go_elsewhere(office):
    opened = office.post("customers/new/", {**SHEET, "billing_same": "", "toggle_billing": "1"})
    assert 'name="billing-street"' in opened.content.decode()
    assert _errors(opened) == []

    office.post("customers/new/", {**SHEET, "billing_same": "", "billing-street": "PO Box 8", "billing-city": "Tulsa"})
    with inside(office.company):
        customer = Customer.objects.get()
        assert {address.kind: address.one_line for address in customer.addresses.all()} == {
            "service": "2210 E 15th St, Tulsa, OK 74104-1234",
            "billing": "PO Box 8, Tulsa",
        }
    page = office.get(f"customers/{customer.pk}/edit/").content.decode()
    assert 'value="PO Box 8"' in page

    office.post(f"customers/{customer.pk}/edit/", SHEET | {"account_number": "C-10001"})
    with inside(office.company):
        assert [address.kind for address in customer.addresses.all()] == ["service"]


def test_the_edit_sheet_shows_what_is_there_and_saves_what_is_typed(office):
    with inside(office.company):
        customer = make_customer(mmr=Decimal("39.95"), sales_rep=office.staff.user)
    page = office.get(f"customers/{customer.pk}/edit/").content.decode()
    for text in ("Whitfield", "39.95", "(918) 555-0142", "2210 E 15th St", "C-10001", "2026-01-01"):
        assert f'value="{text}"' in page
    assert f'value="{office.staff.user_id}" selected' in page

    answer = office.post(
        f"customers/{customer.pk}/edit/", SHEET | {"account_number": "", "last_name": "Whitfield-Ochoa"}
    )
    assert _errors(answer) == ["This field is required."]
    answer = office.post(
        f"customers/{customer.pk}/edit/", SHEET | {"account_number": "C-7", "last_name": "Whitfield-Ochoa"}
    )
    assert answer.status_code == 302
    with inside(office.company):
        customer.refresh_from_db()
        assert (customer.last_name, customer.account_number, customer.sales_rep) == ("Whitfield-Ochoa", "C-7", None)


def test_a_lead_is_typed_edited_and_converted(office):
    office.post("leads/new/", SHEET)
    with inside(office.company):
        lead = Customer.objects.get()
        assert (lead.stage, lead.customer_since) == ("lead", None)
    assert _names(office.get("leads/")) == ["Dana Whitfield"]
    assert office.get("customers/new/?stage=lead").url == f"/{office.company.slug}/leads/new/"
    assert office.get(f"customers/{lead.pk}/edit/").url == f"/{office.company.slug}/leads/{lead.pk}/edit/"
    assert office.get(f"leads/{lead.pk}/convert/").status_code == 200

    assert office.post(f"leads/{lead.pk}/convert/", {"status": "active"}).status_code == 302
    again = office.post(f"leads/{lead.pk}/convert/", {"status": "active"})
    assert again.status_code == 422
    assert "Dana Whitfield is a customer already." in again.content.decode()
    with inside(office.company):
        lead.refresh_from_db()
        assert (lead.stage, lead.status, lead.converted_by) == ("customer", "active", "Rosa Calderon")
    assert _names(office.get("leads/")) == []
    assert office.get(f"leads/{lead.pk}/edit/").status_code == 404


def test_an_account_is_cancelled_and_comes_back(office):
    with inside(office.company):
        customer = make_customer()
    office.post(f"customers/{customer.pk}/cancel/", {"on": "2026-02-28"})
    with inside(office.company):
        customer.refresh_from_db()
        assert (customer.status, customer.cancelled_on) == ("cancelled", dt.date(2026, 2, 28))
    assert 'name="status"' not in office.get(f"customers/{customer.pk}/edit/").content.decode()
    assert office.post(f"customers/{customer.pk}/cancel/", {"on": "2026-03-01"}).status_code == 422
    office.post(f"customers/{customer.pk}/edit/", SHEET | {"account_number": "C-10001", "first_name": "Dan"})
    office.post(f"customers/{customer.pk}/reinstate/")
    with inside(office.company):
        customer.refresh_from_db()
        assert (customer.status, customer.first_name) == ("active", "Dan")


def test_the_list_is_searched_chosen_and_sorted_in_the_address(office):
    with inside(office.company):
        make_customer(last_name="Abbott", mmr=Decimal(50), account_number="Z-1")
        make_customer(business_name="Baker Locks", kind="business", mmr=Decimal(20), account_number="y-2")
        make_customer(last_name="Chavez", mmr=Decimal(30), account_number="X-3", status=Customer.Status.SUSPENDED)
        make_lead(last_name="Dorsey")
    abbott, baker, chavez = "Dana Abbott", "Baker Locks", "Dana Chavez"

    assert _names(office.get("customers/")) == [chavez, baker, abbott]
    assert _names(office.get("customers/?sort=name")) == [abbott, baker, chavez]
    assert _names(office.get("customers/?sort=-name")) == [chavez, baker, abbott]
    assert _names(office.get("customers/?sort=account")) == [chavez, baker, abbott]
    assert _names(office.get("customers/?sort=mmr")) == [baker, chavez, abbott]
    assert _names(office.get("customers/?sort=password")) == [chavez, baker, abbott]
    assert _names(office.get("customers/?show=suspended")) == [chavez]
    assert _names(office.get("customers/?kind=business")) == [baker]
    assert _names(office.get("customers/?kind=business&show=suspended")) == []
    assert _names(office.get("customers/?q=x-3")) == [chavez]
    assert _names(office.get("customers/?q=dana")) == [abbott, chavez, baker]
    assert _names(office.get("customers/?q=dana&sort=-mmr")) == [abbott, chavez, baker]
    assert _names(office.get("customers/?q=dorsey")) == []
    assert _names(office.get("leads/?q=dorsey")) == ["Dana Dorsey"]


def test_a_typed_search_answers_with_the_rows_alone_and_keeps_the_box(office):
    with inside(office.company):
        make_customer()
    part = office.get("customers/?q=whit", headers={"HX-Request": "true", "HX-Target": "customers-body"})

    assert _names(part) == ["Dana Whitfield"]
    assert "customers-q" not in part.content.decode()
    assert "<html" not in part.content.decode()


def test_pages_hold_fifty_and_every_row_stands_on_one_of_them(office):
    with inside(office.company):
        for n in range(53):
            make_customer(first_name="", last_name=f"N{n}", mmr=Decimal(n % 2))
    first = _names(office.get("customers/?sort=mmr"))
    second = _names(office.get("customers/?sort=mmr&page=2"))

    assert (len(first), len(second)) == (50, 3)
    assert len({*first, *second}) == 53


def test_fifty_rows_ask_as_many_queries_as_one(office):
    def asked(path):
        with CaptureQueriesContext(connection) as queries:
            assert office.get(path).status_code == 200
        return len(queries)

    paths = ["customers/?sort=name", "customers/?q=dana", "leads/"]
    with inside(office.company):
        make_customer()
        make_lead(sales_rep=office.staff.user)
    asked(paths[0])  # the first request of a session writes it
    few = [asked(path) for path in paths]
    with inside(office.company):
        for n in range(52):
            make_customer(account_number=f"X-{n}")
            make_lead(account_number=f"Y-{n}", sales_rep=office.staff.user)

    # a second page makes the total a query of its own
    assert [asked(path) - before for path, before in zip(paths, few, strict=True)] == [1, 1, 1]


def test_an_empty_list_has_one_button_that_works_for_those_who_may(office):
    page = office.get("customers/").content.decode()
    assert "No customers yet" in page
    assert f'href="/{office.company.slug}/customers/new/"' in page
    reader = office.colleague(customers.view, leads.view)
    assert "customers/new/" not in reader.get("customers/").content.decode()
    assert "leads/new/" not in reader.get("leads/").content.decode()


@pytest.mark.parametrize(
    ("path", "grant"),
    [
        ("customers/", customers.view),
        ("customers/new/", customers.create),
        ("customers/{customer}/edit/", customers.modify),
        ("customers/{customer}/cancel/", customers.modify),
        ("leads/", leads.view),
        ("leads/new/", leads.create),
        ("leads/{lead}/edit/", leads.modify),
        ("leads/{lead}/convert/", customers.create),
    ],
)
def test_each_page_asks_its_grant_and_a_neighbour_finds_nothing(office, path, grant):
    with inside(office.company):
        path = path.format(customer=make_customer().pk, lead=make_lead().pk)
    rival = type(office)(make_bare_company(), office.staff)

    assert office.colleague(grant).get(path).status_code == 200
    assert office.colleague(customers.delete).get(path).status_code == 403
    assert rival.get(path).status_code == 404


def test_a_neighbours_customer_is_404_under_ones_own_company(office):
    with inside(make_bare_company()):
        theirs, lead = make_customer().pk, make_lead().pk

    for path in (f"customers/{theirs}/edit/", f"customers/{theirs}/cancel/", f"leads/{lead}/convert/"):
        assert office.get(path).status_code == 404
        assert office.post(path, SHEET).status_code == 404
    assert office.post(f"customers/{theirs}/reinstate/").status_code == 404


def test_what_people_type_is_shown_and_never_run(office):
    with inside(office.company):
        make_customer(last_name="<script>alert(1)</script>", note="</textarea><b>x")
    page = office.get("customers/?q=<script>").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
