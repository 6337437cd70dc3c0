"""Which documents are there, of the company and of one customer (F37)?"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Case, DateField, DecimalField, F, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.search import find
from alarmdesk.invoicing.draft_prices import priced_drafts
from alarmdesk.invoicing.models import Draft, Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.queries import owing, paid_in_full, with_quote_facts
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing, ShownChip, capped_count
from alarmdesk.lib.money import ZERO

LARGEST_NUMBER = 2**63 - 1
DRAFTS = "drafts"


class InvoiceList(Listing):
    """All documents of the company."""

    name, title = "invoices", "Invoices"
    row = "invoicing/invoice_row.html"
    search_label = "Find by number or customer"
    default_sort = "-pk"
    has_menu = True
    draft_count = ""
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

    @cached_property
    def shown_chips(self) -> list[ShownChip]:
        """The chips of documents, and one for what is still being written."""
        is_drafts = self.values.get("show") == DRAFTS
        chips = [replace(chip, current=chip.current and not is_drafts) for chip in super().shown_chips]
        return [*chips, ShownChip("Drafts", self.url(show=DRAFTS), self.draft_count, is_drafts)]

    @property
    def is_bare(self) -> bool:
        """Nothing there at all, not even a draft."""
        return super().is_bare and self.draft_count in ("", "0")

    def search(self, rows: QuerySet[Invoice, Any], words: str) -> QuerySet[Invoice, Any]:
        """By the document's number, or by anything that finds its customer."""
        hit = Q(customer_id__in=find(words))
        number = words.strip().lstrip("#")
        if number.isdecimal() and int(number) <= LARGEST_NUMBER:
            hit |= Q(number=int(number))
        return rows.filter(hit)


class DraftList(Listing):
    """What is still being written, in the place of the list of documents and with its chips."""

    name, title = "invoices", "Invoices"
    row = "invoicing/draft_row.html"
    search_label = InvoiceList.search_label
    default_sort = "-pk"
    columns = (
        Column("Draft"),
        Column("Customer"),
        Column("Saved", "saved_at"),
        Column("By"),
        Column("Amount so far", align="end"),
    )

    def __init__(self, request: HttpRequest, rows: QuerySet[Draft, Any], *, beside: InvoiceList) -> None:
        """`rows`: the open drafts; `beside`: the list of documents whose place it takes."""
        self.beside = beside
        super().__init__(request, rows.select_related("customer", "corrects"), actions=beside.actions)

    @cached_property
    def current_chip(self) -> Chip | None:
        """Always the drafts'."""
        return Chip(DRAFTS, "Drafts", lambda rows: rows)

    @property
    def shown_chips(self) -> list[ShownChip]:
        """Those of the documents."""
        return self.beside.shown_chips

    @cached_property
    def rows(self) -> list[Draft]:
        """The drafts of this page, each with its `priced`: what it comes to as it stands, None while it does not."""
        drafts: list[Draft] = super().rows
        for draft, totals in zip(drafts, priced_drafts(drafts), strict=True):
            draft.priced = totals  # type: ignore[attr-defined]  # for the row's template
        return drafts

    def search(self, rows: QuerySet[Draft, Any], words: str) -> QuerySet[Draft, Any]:
        """By anything that finds the customer."""
        return rows.filter(customer_id__in=find(words))


class CustomerDraftList(DraftList):
    """What is still being written for one customer."""

    search_label = ""


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
    return (
        with_quote_facts(rows)
        .select_related("customer", "recurring_invoice")
        .annotate(
            owed=Case(When(standing, then=F("total") - F("paid")), default=Value(ZERO), output_field=money),
            today=Value(today, output_field=DateField()),
        )
    )


def with_drafts(listing: InvoiceList, drafts: QuerySet[Draft, Any]) -> Listing:
    """The list with a chip for drafts; the list of drafts where the address asks for it."""
    open_ones = drafts.filter(closed_at=None)
    listing.draft_count = capped_count(open_ones)
    if listing.values.get("show") != DRAFTS:
        return listing
    kind = DraftList if listing.search_label else CustomerDraftList
    return kind(listing.request, open_ones, beside=listing)


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
    return with_drafts(listing, request.company.drafts.all()).answer("invoicing/list.html", {"today": today})


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
    shown = with_drafts(listing, person.drafts.all())
    return shown.answer("invoicing/of_customer.html", {"today": today, "customer": person})
