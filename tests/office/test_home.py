"""What does the home page show, to whom, and is it true?"""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.permissions import Grant
from alarmdesk.company.testing import make_staff
from alarmdesk.customers.models import Customer, Opportunity
from alarmdesk.customers.permissions import customers, leads, tickets
from alarmdesk.customers.pipeline import move_lead, stages
from alarmdesk.customers.testing import make_customer, make_lead, make_ticket
from alarmdesk.invoicing.permissions import invoices, recurring
from alarmdesk.invoicing.testing import make_invoice
from alarmdesk.lib import clock
from alarmdesk.office.subscribers import subscribers
from alarmdesk.office.testing import make_open_company, office_of, signed_in
from alarmdesk.payments.permissions import payments
from alarmdesk.scheduling.permissions import OWN, appointments
from alarmdesk.scheduling.testing import make_appointment, make_technician

NOON = dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 10)
CARDS = {
    "Monthly recurring", "New and cancelled", "Billed and collected", "Past due", "Open leads", "My tickets",
    "Where you go today", "Today's appointments", "Getting started", "Last nightly run", "Parked accounts",
}  # fmt: skip


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def home(client: Client, company) -> str:
    with clock.hold(NOON):
        answer = client.get(f"/{company.slug}/")
    assert answer.status_code == 200
    return answer.content.decode()


def cards(html: str) -> list[str]:
    found = re.findall(r'<section class="card" aria-label="([^"]+)"', html)
    return [one.replace("&#x27;", "'") for one in found]


def make_former(on: dt.date, **fields) -> None:
    """Somebody who has cancelled, on that day."""
    gone = make_customer(**fields)
    Customer.objects.filter(pk=gone.pk).update(status=Customer.Status.CANCELLED, cancelled_on=on)


@pytest.fixture
def dealer():
    """Five who were with the dealer before, of whom one left last month and one in this; two who are new."""
    company = make_open_company()
    with inside(company):
        old = {"customer_since": dt.date(2020, 5, 1), "mmr": Decimal("40.00")}
        for fields in ({}, {}, {"customer_since": None}):
            make_customer(**{**old, **fields})
        # the last one neither counts: it left before the window
        for on in (dt.date(2026, 2, 28), dt.date(2026, 3, 1), dt.date(2024, 1, 1)):
            make_former(on, **old)
        make_customer(customer_since=dt.date(2026, 3, 2), mmr=Decimal("50.00"))
        make_customer(customer_since=dt.date(2026, 1, 31), mmr=Decimal("30.00"))
        # not installed yet, and a lead
        make_customer(status="pending", mmr=Decimal("99.00"))
        make_lead(mmr=Decimal("99.00"))
    return company


def test_the_months_are_walked_back_from_how_it_stands(dealer):
    with inside(dealer):
        months = subscribers(dealer, TODAY).months
    assert len(months) == 12
    assert [(month.on.month, month.came, month.left, month.count, month.mmr) for month in months[-4:]] == [
        (12, 0, 0, 5, Decimal("200.00")),
        (1, 1, 0, 6, Decimal("230.00")),
        (2, 0, 1, 5, Decimal("190.00")),
        (3, 1, 1, 5, Decimal("200.00")),
    ]
    assert all((month.count, month.mmr) == (5, Decimal("200.00")) for month in months[:9])
    assert [str(month.attrition) for month in months[-2:]] == ["16.7", "20.0"]


def test_who_comes_and_goes_in_one_month_and_who_is_still_to_come_leave_no_trace_in_the_months_before():
    company = make_open_company()
    with inside(company):
        make_former(dt.date(2026, 2, 20), customer_since=dt.date(2026, 2, 3), mmr=Decimal("20.00"))
        make_customer(customer_since=dt.date(2026, 4, 1), mmr=Decimal("35.00"))
        found = subscribers(company, TODAY).months
    assert [(month.came, month.left, month.count) for month in found[-3:]] == [(0, 0, 0), (1, 1, 0), (1, 0, 1)]
    assert found[-1].mmr == Decimal("35.00")
    assert found[-2].attrition is None


def test_the_owner_sees_what_comes_in_each_month_and_who_left(dealer):
    html = home(office_of(dealer), dealer)
    seen = text(html)
    assert "Monthly recurring $200.00 MMR of 5 active customers" in seen
    assert "Active customers 5 1 new this month" in seen
    assert "Cancelled this month 1 20.0 % attrition" in seen
    assert "Mar $200.00" in seen  # the chart's table
    assert "Feb 0 1" in seen
    assert set(cards(html)) >= {
        "Monthly recurring",
        "New and cancelled",
        "Billed and collected",
        "Open leads",
        "My tickets",
    }
    assert "Getting started" not in cards(html)[:1]


@pytest.mark.parametrize(
    ("grants", "shown"),
    [
        ((leads.view, tickets.view), {"Open leads", "My tickets"}),  # sales
        ((OWN, tickets.view), {"Where you go today", "My tickets"}),  # who goes out
        ((appointments.view, tickets.view, customers.view), {"Today's appointments", "My tickets"}),  # the dispatcher
        ((customers.view, recurring.view), {"Monthly recurring", "New and cancelled"}),
        ((invoices.view,), {"Past due"}),
        ((invoices.view, payments.view), {"Past due", "Billed and collected"}),  # the books
    ],
)
def test_each_sees_what_their_grants_show(dealer, grants: tuple[Grant, ...], shown: set[str]):
    assert set(cards(home(office_of(dealer, *grants), dealer))) & CARDS == shown


def test_money_is_not_told_to_who_may_see_customers_alone(dealer):
    seen = text(home(office_of(dealer, customers.view), dealer))
    assert "Active customers 5" in seen
    assert "$" not in seen


def test_whoever_goes_out_sees_their_own_day_and_nobody_elses():
    company = make_open_company()
    luis = make_staff(company, OWN)
    with inside(company):
        mine, other = make_technician(staff=luis), make_technician()
        here, there = make_customer(last_name="Okoro"), make_customer(last_name="Whitfield")
        make_appointment(here, mine, at="2026-03-10 15:00")
        make_appointment(there, other, at="2026-03-10 15:00")
        make_appointment(make_customer(last_name="Tomorrow"), mine, at="2026-03-11 09:00")
    seen = text(home(signed_in(luis), company))
    assert "Okoro" in seen
    assert "3:00 PM" in seen
    assert "Whitfield" not in seen
    assert "Tomorrow" not in seen


def test_my_tickets_are_mine_open_and_the_late_ones_first():
    company = make_open_company()
    nora, luis = make_staff(company, tickets.view, customers.view), make_staff(company, tickets.view, customers.view)
    with inside(company):
        customer = make_customer()
        make_ticket(customer, "No day", assignee=nora.user)
        make_ticket(customer, "Later", assignee=nora.user, due_on=dt.date(2026, 3, 20))
        make_ticket(customer, "Too late", assignee=nora.user, due_on=dt.date(2026, 3, 1))
        make_ticket(customer, "Another's", assignee=luis.user)
        make_ticket(make_lead(), "Of a lead", assignee=nora.user)
    seen = text(home(signed_in(nora), company))
    order = [seen.index(title) for title in ("Too late", "Later", "No day")]
    assert order == sorted(order)
    assert "Late since Mar 1" in seen
    assert "Another's" not in seen
    assert "Of a lead" not in seen


def test_open_leads_stand_by_the_companys_stages():
    company = make_open_company()
    with inside(company):
        first, contacted, *_, won, lost = stages()
        gone, *open_ones = (make_lead() for _ in range(3))
        for lead, expected in ((gone, "99.00"), (open_ones[0], "39.95"), (open_ones[1], "10.00")):
            Opportunity.objects.filter(customer=lead).update(expected_mmr=Decimal(expected))
        move_lead(gone, lost, at=clock.now(), lost_reason="Moved away")
    seen = text(home(office_of(company, leads.view), company))
    assert f"{first.name} 2 $49.95" in seen
    assert f"{contacted.name} 0 $0.00" in seen
    assert f"{won.name} 0" not in seen
    assert "$99.00" not in seen


def test_a_company_that_has_just_opened_says_what_to_do_first():
    company = make_open_company()
    html = home(office_of(company), company)
    assert cards(html)[0] == "Getting started"
    assert "Add or import your customers" in html
    assert not {"Monthly recurring", "Billed and collected"} & set(cards(html))
    for_sales = home(office_of(company, leads.view, leads.create), company)
    assert "No leads yet" in for_sales
    assert f'href="/{company.slug}/leads/new/"' in for_sales or "New lead" in text(for_sales)
    assert "Add or import your customers" not in for_sales


def test_home_asks_as_much_for_a_busy_day_as_for_a_quiet_one(questions):
    companies = [make_open_company(), make_open_company()]
    for company, rows in zip(companies, (1, 12), strict=True):
        with inside(company):
            owner = company.staff.get().user
            for number in range(rows):
                customer = make_customer(customer_since=dt.date(2025, 4 + number % 9, 1))
                make_ticket(customer, assignee=owner)
                make_invoice(make_lead(), type="quote")
                make_appointment(customer, make_technician(), at="2026-03-10 15:00")
    with clock.hold(NOON):
        few, many = (questions(office_of(company), f"/{company.slug}/") for company in companies)
    assert many <= few
