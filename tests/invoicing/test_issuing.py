"""Invoices, quotes and credits come into force, and out of it (F35)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.actions import (
    AlreadyVoid,
    LeadsGetQuotesOnly,
    NoLines,
    NothingOnTheLine,
    ReasonMissing,
    SomethingPaid,
    TotalNegative,
    void,
)
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.furnishing import furnish
from alarmdesk.invoicing.models import CustomerTax, Invoice
from alarmdesk.invoicing.queries import balance, is_activation_fee_open, owing, past_due
from alarmdesk.invoicing.testing import (
    line,
    make_billed_customer,
    make_furnished_company,
    make_invoice,
    make_state_tax,
    net,
)


@pytest.fixture
def shop():
    company = make_furnished_company()
    with inside(company):
        make_state_tax()
    return company


def test_an_invoice_is_priced_numbered_and_due(shop):
    with inside(shop):
        invoice = make_invoice(lines=[line("55.55"), line("11.11", tax_rate=Decimal(0))], term=net(30))
        stored = Invoice.objects.get(pk=invoice.pk)
        lines = list(stored.lines.all())

        assert (stored.number, stored.due_on, stored.paid) == (1, dt.date(2026, 1, 31), 0)
        assert (stored.sub_total, stored.tax_total, stored.total) == (
            Decimal("66.66"),
            Decimal("4.58"),
            Decimal("71.24"),
        )
        assert [(one.position, one.amount) for one in lines] == [(1, Decimal("55.55")), (2, Decimal("11.11"))]
        assert [(tax.name, tax.rate, tax.amount) for tax in lines[0].taxes.all()] == [
            ("OK sales tax", 8.25, Decimal("4.58"))
        ]
        assert not lines[1].taxes.exists()
        assert list(differences()) == []


def test_it_keeps_its_customer_as_it_was(shop):
    with inside(shop):
        invoice = make_invoice()
        Customer.objects.filter(pk=invoice.customer_id).update(last_name="Moved")

        assert invoice.bill_to["name"] == "Nora Whitfield"
        assert invoice.bill_to["address"] == ["2210 E 15th St", "Tulsa, OK 74104"]


def test_every_type_has_its_own_numbers(shop):
    with inside(shop):
        made = [make_invoice(type=kind) for kind in ("invoice", "quote", "invoice", "credit", "quote")]

        assert [one.number for one in made] == [1, 1, 2, 1, 2]


def test_a_number_that_was_not_used_is_given_out_again(shop):
    with inside(shop):
        make_invoice()
        with pytest.raises(DatabaseError), transaction.atomic():
            make_invoice(po_number="x" * 41)

        assert make_invoice().number == 2


def test_a_quote_is_never_due(shop):
    with inside(shop):
        quote = make_invoice(type="quote")

        assert (quote.due_on, quote.due) == (None, 0)
        assert not owing(shop.invoices.all()).exists()


def test_a_lead_gets_quotes_only(shop):
    with inside(shop):
        lead = make_billed_customer(stage="lead")
        for kind in ("invoice", "credit"):
            with pytest.raises(LeadsGetQuotesOnly, match="still a lead"):
                make_invoice(lead, type=kind)

        assert make_invoice(lead, type="quote").number == 1
        assert lead.invoices.count() == 1


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([], NoLines),
        ([("1", "0")], NothingOnTheLine),
        ([("10", "1"), ("-10.01", "1")], TotalNegative),
    ],
)
def test_what_bills_nothing_is_refused(shop, lines, error):
    with inside(shop):
        with pytest.raises(error):
            make_invoice(lines=[line(*written) for written in lines])

        assert not shop.invoices.exists()


def test_a_discount_lowers_the_total(shop):
    with inside(shop):
        invoice = make_invoice(lines=[line("100"), line("-10")])

        assert (invoice.sub_total, invoice.tax_total, invoice.total) == (Decimal(90), Decimal("7.42"), Decimal("97.42"))


def test_an_exempt_customer_bears_no_tax(shop):
    with inside(shop):
        customer = make_billed_customer()
        CustomerTax.objects.create(customer=customer, rate=0, reason="School")

        assert make_invoice(customer).tax_total == 0


def test_an_issued_document_does_not_change(shop):
    with inside(shop):
        invoice = make_invoice()
    changes = (
        lambda: Invoice.objects.filter(pk=invoice.pk).update(note="x"),
        lambda: Invoice.objects.filter(pk=invoice.pk).update(total=1, sub_total=1, tax_total=0),
        lambda: invoice.lines.update(description="x"),
        lambda: invoice.lines.all().delete(),
        lambda: Invoice.objects.filter(pk=invoice.pk).delete(),
    )
    for change in changes:
        with pytest.raises(DatabaseError), inside(shop):
            change()


def test_a_void_invoice_is_not_owed_and_stays_to_be_seen(shop):
    with inside(shop):
        invoice = make_invoice()
        void(invoice, reason=" Wrong customer ", at=OPENED, by="Rosa")
        stored = Invoice.objects.get(pk=invoice.pk)

        assert (stored.voided_at, stored.voided_by, stored.void_reason) == (OPENED, "Rosa", "Wrong customer")
        assert (stored.due, invoice.due) == (0, 0)
        assert balance(shop.invoices.all()) == 0
        with pytest.raises(AlreadyVoid):
            void(invoice, reason="Again", at=OPENED, by="Rosa")


def test_voiding_asks_why(shop):
    with inside(shop):
        invoice = make_invoice()
        with pytest.raises(ReasonMissing):
            void(invoice, reason="  ", at=OPENED, by="Rosa")

        assert Invoice.objects.get(pk=invoice.pk).voided_at is None


def test_an_invoice_with_money_on_it_is_not_voided(shop):
    with inside(shop):
        invoice = make_invoice()
        Invoice.objects.filter(pk=invoice.pk).update(paid=Decimal("10.00"))
        with pytest.raises(SomethingPaid, match=r"\$10.00 is paid on invoice 1"):
            void(invoice, reason="x", at=OPENED, by="Rosa")

        assert Invoice.objects.get(pk=invoice.pk).voided_at is None


def test_past_due_is_strictly_before_today(shop):
    with inside(shop):
        made = [make_invoice(sale_on=dt.date(2026, month, 3), term=net(0)) for month in (1, 2, 3)]

        assert list(past_due(shop.invoices.order_by("id"), dt.date(2026, 3, 3))) == made[:2]
        assert balance(shop.invoices.all()) == 3 * made[0].total


def test_the_activation_fee_is_billed_once(shop):
    with inside(shop):
        customer = make_billed_customer()
        fee = shop.billable_items.get(number=2)
        assert is_activation_fee_open(customer)
        make_invoice(customer, type="quote", lines=[line("99", item=fee)])
        assert is_activation_fee_open(customer)
        invoice = make_invoice(customer, lines=[line("99", item=fee)])
        assert not is_activation_fee_open(customer)
        void(invoice, reason="x", at=OPENED, by="Rosa")
        assert is_activation_fee_open(customer)
        customer.activation_fee_paid = True
        assert not is_activation_fee_open(customer)


def test_a_company_is_furnished_once(shop):
    with inside(shop):
        shop.billable_items.filter(number=3).update(default_price=Decimal("39.95"))
        furnish()

        assert list(
            shop.billable_items.filter(number__in=(2, 3)).order_by("number").values_list("code", flat=True)
        ) == [
            "Activation Fee",
            "Monthly Monitoring Rate",
        ]
        assert shop.billable_items.get(number=3).default_price == Decimal("39.95")
        assert shop.terms.get(is_default=True).days == 15
