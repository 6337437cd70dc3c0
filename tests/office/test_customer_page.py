"""What does the office see of a customer?"""

import datetime as dt
import re
from decimal import Decimal

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.permissions import Grant
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers, history, leads
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.invoicing.models import Invoice, RecurringInvoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.testing import line, make_invoice, make_recurring
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message
from alarmdesk.office.testing import make_open_company, office_of
from alarmdesk.payments.models import BillingMethod
from alarmdesk.payments.testing import make_cash_payment

NOON = dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC)
NORA = Actor("staff", "Nora Whitfield", 4711)


def page(client, company, customer, tab=""):
    with clock.hold(NOON):
        answer = client.get(f"/{company.slug}/customers/{customer.pk}/{tab}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def text(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_strip_says_what_is_owed_late_recurring_next_and_left_of_the_contract():
    company = make_open_company()
    with inside(company):
        customer = make_customer(mmr=Decimal("39.95"))
        make_invoice(customer, sale_on=dt.date(2026, 1, 1))
        make_recurring(customer, anchor_on=dt.date(2026, 4, 1), times=12)
        make_cash_payment(customer, "25.00")
    seen = text(page(office_of(company), company, customer))
    assert "$39.95 is 53 days late" in seen  # due January 16, today March 10
    assert "Past due" in seen
    assert "Apr 1" in seen
    assert "12 months left" in seen
    assert "Credit on account $25.00 Unapplied payments" in seen


def test_the_last_payment_is_the_one_that_came_last_and_stayed():
    company = make_open_company()
    with inside(company):
        customer = make_customer()
        make_cash_payment(customer, "25.00", received_on=dt.date(2026, 2, 3))
        make_cash_payment(customer, "12.00", received_on=dt.date(2026, 1, 5))
        for status, amount in (("failed", "77.00"), ("cancelled", "78.00"), ("returned", "79.00"), ("scheduled", "80")):
            make_cash_payment(customer, amount, status=status, received_on=dt.date(2026, 3, 1))
        gone = make_cash_payment(customer, "81.00", received_on=dt.date(2026, 3, 2))
        make_cash_payment(customer, "-81.00", kind="refund", original=gone, received_on=dt.date(2026, 3, 3))
    seen = text(page(office_of(company), company, customer))
    assert "Last payment $25.00 Feb 3, 2026 · Cash · Complete" in seen
    assert "Credit on account $37.00" in seen


def test_where_no_payment_stayed_there_is_no_last_one():
    company = make_open_company()
    with inside(company):
        customer = make_customer()
        make_cash_payment(customer, "77.00", status="failed")
    seen = text(page(office_of(company), company, customer))
    assert "Last payment None Nothing was paid yet" in seen
    assert "Payments 1" in seen


def test_what_recurs_is_told_by_the_month_whatever_its_interval():
    company = make_open_company()
    with inside(company):
        customer = make_customer()
        make_recurring(customer, lines=[line("30.00")])
        make_recurring(customer, lines=[line("120.00")], unit="year")
        make_recurring(customer, lines=[line("60.00")], every=3)
        ended = make_recurring(customer, lines=[line("500.00")])
        RecurringInvoice.objects.filter(pk=ended.pk).update(next_on=None, ended_on=dt.date(2026, 1, 1))
    seen = text(page(office_of(company), company, customer))
    assert "Monthly recurring $60.00 3 recurring invoices" in seen


def test_monitoring_that_nothing_bills_is_pointed_out():
    company = make_open_company()
    with inside(company):
        customer = make_customer(mmr=Decimal("39.95"))
    assert "Not billed: no recurring invoice" in page(office_of(company), company, customer)


def test_a_lead_has_no_recurring_and_payment_tabs():
    """Invoices, payments and credit reports are reached from the customer, each by who may see it (F34)."""
    company = make_open_company()
    with inside(company):
        lead = make_lead()
    html = page(office_of(company), company, lead)
    tabs = re.search(r'aria-label="About this customer">(.*?)</nav>', html)[1]
    assert "Overview" in tabs
    assert "Recurring" not in tabs
    assert "Payments" not in tabs


def test_who_may_not_see_money_sees_none():
    company = make_open_company()
    with inside(company):
        customer = make_customer(mmr=Decimal("39.95"))
        make_invoice(customer, sale_on=dt.date(2026, 1, 1))
        make_cash_payment(customer, "25.00")
    html = page(office_of(company, customers.view, history.view), company, customer)
    assert "Balance due" not in html
    assert "Past due" not in html
    assert "$25.00" not in html
    assert "Invoice 1" not in html


def test_who_may_see_leads_alone_does_not_see_a_customer():
    company = make_open_company()
    with inside(company):
        customer = make_customer()
    client = office_of(company, leads.view)
    assert client.get(f"/{company.slug}/customers/{customer.pk}/").status_code == 403


def test_the_page_asks_as_many_questions_for_a_busy_customer_as_for_a_quiet_one(questions):
    company = make_open_company()
    with inside(company):
        quiet, busy = make_customer(), make_customer()
        for customer, count in ((quiet, 1), (busy, 30)):
            for number in range(count):
                make_invoice(customer)
                make_cash_payment(customer, "5.00")
                make_recurring(customer, anchor_on=dt.date(2026, 4, 1))
                BillingMethod.objects.create(
                    customer=customer, kind="manual", created_at=OPENED, created_by="Rosa", is_default=number == 0
                )
                Message.objects.create(
                    customer=customer, kind="note", to="a@example.com", queued_at=OPENED, due_at=OPENED
                )
    client = office_of(company)
    few = questions(client, f"/{company.slug}/customers/{quiet.pk}/")
    many = questions(client, f"/{company.slug}/customers/{busy.pk}/")
    assert many <= few
    assert many <= 40


def test_the_history_tells_old_and_new_in_the_dealers_words():
    company = make_open_company()
    with inside(company):
        customer = make_customer(mmr=Decimal("39.95"))
    with clock.hold(NOON), inside(company, actor=NORA):
        customer.mmr, customer.status = Decimal("44.95"), Customer.Status.SUSPENDED
        customer.save()
        customer.phones.all().delete()
    seen = text(page(office_of(company), company, customer, "history/"))
    assert "Account changed" in seen
    assert re.search(r"Monthly monitoring rate \$39\.95 → became \$44\.95", seen)
    assert re.search(r"Status Active → became Suspended", seen)
    assert "Phone removed" in seen
    assert "(918) 555-0142" in seen
    assert "Nora Whitfield" in seen
    assert "Mar 10, 2026, 1:00 PM CDT" in seen


def test_the_history_is_filtered_by_what_who_and_when():
    company = make_open_company()
    with inside(company):
        customer = make_customer()
    with clock.hold(NOON), inside(company, actor=NORA):
        customer.email = "new@example.com"
        customer.save()
    client = office_of(company)

    def told(query):
        html = page(client, company, customer, f"history/?{query}")
        return text(html.split('class="columns"')[1].split('class="column-side"')[0])

    assert "new@example.com" not in told("what=customers_phone")
    assert "Phone added" in told("what=customers_phone")
    assert "Phone added" not in told("by=4711")
    assert "Account changed" in told("by=4711")
    assert "Account changed" in told("since=2026-03-10&until=2026-03-10")
    assert "Nothing found" in told("until=2020-01-01")
    assert "Account changed" in told("since=yesterday&by=x&before=y")


def test_a_long_history_comes_fifty_at_a_time_and_loses_none(questions):
    company = make_open_company()
    with inside(company, actor=NORA):
        customer = make_customer()
        for number in range(120):
            Customer.objects.filter(pk=customer.pk).update(note=f"note {number:03}")
    client, seen, path = office_of(company), [], f"/{company.slug}/customers/{customer.pk}/history/"
    found = path
    for _ in range(5):
        html = client.get(found).content.decode()
        seen += re.findall(r"</span> note (\d{3})</dd>", html)
        older = re.search(r'href="(\?before=\d+)"', html)
        if older is None:
            break
        found = path + older[1]
    assert seen == [f"{number:03}" for number in range(119, -1, -1)]
    assert questions(client, path) <= 40


def test_a_neighbours_history_is_not_there():
    company, rival = make_open_company(), make_open_company()
    with inside(company):
        customer = make_customer()
    client = office_of(rival)
    for tab in ("", "history/", "messages/"):
        assert client.get(f"/{rival.slug}/customers/{customer.pk}/{tab}").status_code == 404
        assert client.get(f"/{company.slug}/customers/{customer.pk}/{tab}").status_code == 404


def test_messages_show_what_left_and_what_did_not():
    company = make_open_company()
    with inside(company):
        customer = make_customer()
        for state, subject in (("sent", "Invoice 1042"), ("failed", "Receipt 7")):
            Message.objects.create(
                customer=customer,
                kind="invoice",
                to="a@example.com",
                subject=subject,
                state=state,
                error="Mailbox is full" if state == "failed" else "",
                queued_at=OPENED,
                due_at=OPENED,
            )
    seen = text(page(office_of(company), company, customer, "messages/"))
    assert "Invoice 1042" in seen
    assert "Mailbox is full" in seen


def test_a_voided_invoice_is_not_owed():
    company = make_open_company()
    with inside(company):
        customer = make_customer()
        invoice = make_invoice(customer, sale_on=dt.date(2026, 1, 1))
        Invoice.objects.filter(pk=invoice.pk).update(voided_at=OPENED, voided_by="Rosa", void_reason="typo")
    html = page(office_of(company, customers.view, invoices.view), company, customer)
    assert "Nothing owed" in html
    assert "Past due" not in html


def test_history_takes_its_grant():
    company = make_open_company()
    with inside(company):
        customer = make_customer()
    client = office_of(company, customers.view, Grant("messages", "view"))
    assert client.get(f"/{company.slug}/customers/{customer.pk}/history/").status_code == 403
