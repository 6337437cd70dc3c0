"""Which documents are there, of the company and of one customer (F37)?"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Case, DateField, DecimalField, F, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.search import find
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.queries import owing, paid_in_full
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing
from alarmdesk.lib.money import ZERO

LARGEST_NUMBER = 2**63 - 1


class InvoiceList(Listing):
    """All documents of the company."""

    name, title = "invoices", "Invoices"
    row = "invoicing/invoice_row.html"
    search_label = "Find by number or customer"
    default_sort = "-pk"
    has_menu = True
    columns: ClassVar[Sequence[Column]] = (
        Column("ID", "number"),
        Column("Customer"),
        Column("Sale Date", "sale_on"),
        Column("Due Date", "due_on"),
        Column("Status"),
        Column("Amount", "total", "end"),
        Column("Due", "owed", "end"),
    )
    chips = (
        Chip("open", "Open", owing),
        Chip("past_due", "Past due", lambda rows: owing(rows).filter(due_on__lt=F("today"))),
        Chip("paid", "Paid", paid_in_full),
        Chip("quotes", "Quotes", lambda rows: rows.filter(type=Invoice.Type.QUOTE, voided_at=None)),
        Chip("credits", "Credits", lambda rows: rows.filter(type=Invoice.Type.CREDIT, voided_at=None)),
        Chip("void", "Void", lambda rows: rows.filter(voided_at__isnull=False)),
    )

    def __init__(self, request: HttpRequest, rows: QuerySet[Invoice, Any], *, today: dt.date, **options: Any) -> None:
        """`today`: the company's local date, before which an open invoice is past due (D9)."""
        self.today = today
        super().__init__(request, listed(rows, today), **options)

    def search(self, rows: QuerySet[Invoice, Any], words: str) -> QuerySet[Invoice, Any]:
        """By the document's number, or by anything that finds its customer."""
        hit = Q(customer_id__in=find(words))
        number = words.strip().lstrip("#")
        if number.isdecimal() and int(number) <= LARGEST_NUMBER:
            hit |= Q(number=int(number))
        return rows.filter(hit)


class CustomerInvoiceList(InvoiceList):
    """The documents of one customer (F37)."""

    row = "invoicing/customer_invoice_row.html"
    search_label = ""
    columns = (
        Column("ID", "number"),
        Column("Type"),
        Column("Sale Date", "sale_on"),
        Column("Status"),
        Column("Amount", "total", "end"),
        Column("Due", "owed", "end"),
        Column("Recurring Invoice"),
    )


def listed(rows: QuerySet[Invoice, Any], today: dt.date) -> QuerySet[Invoice, Any]:
    """Documents with what a row shows; `owed` is the unpaid part, `today` the company's date."""
    money = DecimalField(max_digits=12, decimal_places=2)
    standing = Q(type=Invoice.Type.INVOICE, voided_at=None)
    return rows.select_related("customer", "recurring_invoice").annotate(
        owed=Case(When(standing, then=F("total") - F("paid")), default=Value(ZERO), output_field=money),
        today=Value(today, output_field=DateField()),
    )


@staff(may=invoices.view)
def of_company(request: StaffRequest) -> HttpResponse:
    """The list of all documents."""
    today = request.company.local_date(clock.now())
    listing = InvoiceList(
        request,
        request.company.invoices.all(),
        today=today,
        empty=Empty(
            "No invoices yet",
            "Open a customer and write the first one, or let a recurring invoice make it.",
            "file-text",
            "Go to customers",
            at("customers:list"),
            dialog=False,
        ),
        actions="invoicing/list_actions.html",
    )
    return listing.answer("invoicing/list.html", {"today": today})


@staff(may=invoices.view)
def of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer's documents, as a tab of the customer's page."""
    person = get_object_or_404(request.company.customers.prefetch_related("addresses", "phones"), pk=customer)
    request.customer, request.tab = person, "invoices"  # type: ignore[attr-defined]
    today = request.company.local_date(clock.now())
    may_write = request.may(invoices.create)
    listing = CustomerInvoiceList(
        request,
        person.invoices.all(),
        today=today,
        empty=Empty(
            "No quotes yet" if person.is_lead else "No invoices yet",
            "Quotes, invoices and credits of this customer stand here.",
            "file-text",
            ("New quote" if person.is_lead else "New invoice") if may_write else "",
            at("invoicing:new", customer=person.pk) if may_write else "",
        ),
        actions="invoicing/customer_list_actions.html",
    )
    return listing.answer("invoicing/of_customer.html", {"today": today, "customer": person})
