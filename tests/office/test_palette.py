"""What does Ctrl+K find in each room, for whom, and does it know where somebody was lately?"""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from alarmdesk.company.entering import inside
from alarmdesk.customers.permissions import customers, leads, tickets
from alarmdesk.customers.testing import make_customer, make_lead, make_ticket
from alarmdesk.invoicing.permissions import invoices, recurring
from alarmdesk.invoicing.testing import make_invoice, make_recurring
from alarmdesk.monitoring.permissions import systems
from alarmdesk.monitoring.testing import make_system
from alarmdesk.office.palette import COOKIE, FINDABLE, ON_A_PAGE, SHOWN
from alarmdesk.office.testing import make_open_company, office_of
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.testing import make_cash_payment

ROOMS = Path(__file__).parents[2] / "src" / "alarmdesk"


@pytest.fixture(scope="module")
def company():
    made = make_open_company()
    with inside(made):
        customer = make_customer(last_name="Whitfield", first_name="Dana")
        make_lead(last_name="Whitfield", first_name="Lee")
        make_invoice(customer)
        make_invoice(customer, type="quote")
        make_recurring(customer)
        make_cash_payment(customer, "25.00")
        make_ticket(customer)
        make_system(customer)
    return made


def found(client, company, words) -> dict[str, list[str]]:
    """The groups of the palette, each with the labels in it."""
    answer = client.get(f"/{company.slug}/search/", {"q": words}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    groups = re.split(r'<p id="palette-group-\d+" class="palette-group">', answer.content.decode())[1:]
    return {part.partition("</p>")[0]: re.findall(r"<strong>(.*?)</strong>", part) for part in groups}


@pytest.mark.parametrize(
    ("words", "group", "label", "grant"),
    [
        ("whitf", "Customers", "Dana Whitfield", customers.view),
        ("whitf", "Leads", "Lee Whitfield", leads.view),
        ("inv 1", "Invoices", "Invoice 1", invoices.view),
        ("Quote #1", "Quotes", "Quote 1", invoices.view),
        ("recurring 1", "Recurring invoices", "Recurring invoice 1", recurring.view),
        ("payment 1", "Payments", "Payment 1", payments.view),
    ],
)
def test_every_room_is_found_in_its_group_and_by_its_own_grant_alone(company, words, group, label, grant):
    everything = found(office_of(company), company, words)
    assert everything[group] == [label]
    assert found(office_of(company, grant), company, words)[group] == [label]
    others = {customers.view, leads.view, invoices.view, recurring.view, payments.view, tickets.view, systems.view}
    assert group not in found(office_of(company, *(others - {grant})), company, words)


def test_a_ticket_is_found_by_its_number_and_while_it_is_open_by_its_words(company):
    with inside(company):
        ticket = company.tickets.get()
        title = ticket.note.title
    label = f"Ticket {ticket.number}: {title}"
    client = office_of(company, tickets.view, customers.view)
    assert found(client, company, f"ticket {ticket.number}")["Tickets"] == [label]
    assert found(client, company, title[:6].upper())["Tickets"] == [label]
    assert "Tickets" not in found(office_of(company, customers.view), company, f"ticket {ticket.number}")
    # whose customer one may not see, that customer's ticket neither
    assert "Tickets" not in found(office_of(company, tickets.view, leads.view), company, f"ticket {ticket.number}")


def test_a_bare_number_is_asked_of_every_room(company):
    groups = found(office_of(company), company, "1")
    assert {"Invoices", "Quotes", "Recurring invoices", "Payments", "Tickets"} <= set(groups)


def test_who_is_watched_is_found_by_the_stations_number_for_those_who_may_see_the_customer(company):
    with inside(company):
        number = company.systems.get().account_number
    assert found(office_of(company), company, number.lower())["Monitored accounts"] == ["Dana Whitfield"]
    assert "Monitored accounts" not in found(office_of(company, customers.view), company, number)
    assert "Monitored accounts" not in found(office_of(company, systems.view), company, number)


def test_more_than_there_is_room_for_leads_to_the_list_with_the_same_words():
    many = make_open_company()
    with inside(many):
        for number in range(ON_A_PAGE + 1):
            make_customer(last_name="Ostrander", first_name=f"N{number}")
    client = office_of(many)
    labels = found(client, many, "ostrander")["Customers"]
    assert len(labels) == SHOWN + 1
    assert labels[-1] == "All customers for “ostrander”"
    whole = client.get(f"/{many.slug}/search/", {"q": "ostrander"}).content.decode()
    assert whole.count("Ostrander</strong>") == ON_A_PAGE
    assert f'href="/{many.slug}/customers/?q=ostrander"' in whole


def test_the_pages_where_one_was_come_first_and_the_last_one_first(company):
    client = office_of(company)
    with inside(company):
        customer, invoice = company.customers.get(stage="customer"), company.invoices.get(type="invoice")
    for path in (f"customers/{customer.pk}/", f"invoices/{invoice.pk}/", f"customers/{customer.pk}/invoices/"):
        assert client.get(f"/{company.slug}/{path}").status_code == 200
    groups = found(client, company, "")
    assert next(iter(groups)) == "Recent"
    assert groups["Recent"] == ["Invoice 1", "Dana Whitfield"]
    client.get(f"/{company.slug}/customers/{customer.pk}/")
    assert found(client, company, "")["Recent"] == ["Dana Whitfield", "Invoice 1"]
    assert "Recent" not in found(client, company, "whitf")


def test_what_one_may_not_see_any_more_is_not_told_of_as_recent(company):
    rival = make_open_company()
    with inside(rival):
        theirs = make_customer(last_name="Okoro")
    client = office_of(rival)
    client.get(f"/{rival.slug}/customers/{theirs.pk}/")
    cookie = client.cookies[COOKIE]
    assert cookie["path"] == f"/{rival.slug}/"
    for visitor, place in ((office_of(company), company), (office_of(rival, invoices.view), rival)):
        visitor.cookies[COOKIE] = cookie.value
        assert "Recent" not in found(visitor, place, "")


@pytest.mark.parametrize("nonsense", ["x", "0-", "-1_", "99-1", "0-999999999999999999999", "_" * 400])
def test_nonsense_in_the_cookie_is_nothing(company, nonsense):
    client = office_of(company)
    client.cookies[COOKIE] = nonsense
    assert "Recent" not in found(client, company, "")


def test_commands_are_found_and_only_those_that_one_may(company):
    assert found(office_of(company), company, "new cust")["Commands"] == ["New customer"]
    assert "Commands" not in found(office_of(company, customers.view), company, "new cust")
    assert found(office_of(company, customers.view), company, "home")["Commands"] == ["Home"]


def test_no_room_that_lets_itself_be_found_is_forgotten():
    """Every palette.py of a room is listed, and what it names is there."""
    declared = {path.parent.name for path in ROOMS.glob("*/palette.py")} - {"company", "office"}
    source = (ROOMS / "office" / "palette.py").read_text()
    assert {room for room in declared if f"alarmdesk.{room} import palette" not in source} == set()
    for noun in FINDABLE:
        assert reverse(noun.page, kwargs={"company": "a", "pk": 1})
        assert not noun.listed or reverse(noun.listed, kwargs={"company": "a"})


def test_the_palette_asks_as_much_for_many_hits_as_for_one(questions):
    """A bounded number of questions, however much is found."""
    few, many = make_open_company(), make_open_company()
    for one, rows in ((few, 1), (many, 15)):
        with inside(one):
            for _ in range(rows):
                customer = make_customer(last_name="Ostrander")
                make_ticket(customer)
    asked = [questions(office_of(one), f"/{one.slug}/search/?q=ostrander") for one in (few, many)]
    assert asked[1] <= asked[0]
