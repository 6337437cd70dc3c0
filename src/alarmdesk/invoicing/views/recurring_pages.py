"""Which recurring invoices are there, what did one of them make, and how does it end (F44, D1)?"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.search import find
from alarmdesk.invoicing import ending, schedules
from alarmdesk.invoicing.forms.numbers import day_typed
from alarmdesk.invoicing.forms.schedule import EndForm
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.permissions import recurring as recurring_invoices
from alarmdesk.invoicing.queries import ended, running
from alarmdesk.invoicing.succession import chain_of
from alarmdesk.invoicing.views.ahead import SHOWN_DATES
from alarmdesk.invoicing.views.asking import confirmed
from alarmdesk.invoicing.views.listing import LARGEST_NUMBER, listed
from alarmdesk.invoicing.waiving import waived
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day, money
from alarmdesk.lib.lists import Chip, Column, Empty, Listing
from alarmdesk.lib.money import ZERO
from alarmdesk.lib.pages import go, is_htmx, show, show_form

Recurring = QuerySet[RecurringInvoice, Any]
SHOWN_INVOICES = 50


class RecurringList(Listing):
    """All recurring invoices of the company."""

    name, title = "recurring", "Recurring invoices"
    row = "invoicing/recurring_row.html"
    search_label = "Find by number or customer"
    default_sort = "-pk"
    columns: ClassVar[Sequence[Column]] = (
        Column("ID", "number"),
        Column("Customer"),
        Column("Schedule"),
        Column("Next invoice", "next_on"),
        Column("Invoices", "invoices_made", "end"),
        Column("Status"),
        Column("Amount", "amount", "end"),
    )
    chips: ClassVar[Sequence[Chip]] = (
        Chip("active", "Active", running),
        Chip("parked", "Parked", lambda rows: rows.filter(parked__released_at=None, parked__isnull=False)),
        Chip("ended", "Ended", ended),
    )

    def __init__(self, request: HttpRequest, rows: Recurring, *, today: dt.date, **options: Any) -> None:
        """`today`: the company's local date."""
        self.today = today
        super().__init__(
            request, rows.select_related("customer").annotate(invoices_made=F("next_seq") - F("first_seq")), **options
        )

    def search(self, rows: Recurring, words: str) -> Recurring:
        """By its number, or by anything that finds its customer."""
        hit = Q(customer_id__in=find(words))
        number = words.strip().lstrip("#")
        if number.isdecimal() and int(number) <= LARGEST_NUMBER:
            hit |= Q(number=int(number))
        return rows.filter(hit)


class CustomerRecurringList(RecurringList):
    """The recurring invoices of one customer (F44): Sale Date is that of the first invoice, Due the amount of each."""

    row = "invoicing/customer_recurring_row.html"
    search_label = ""
    chips = ()
    columns = (
        Column("ID", "number"),
        Column("Type"),
        Column("Sale Date", "anchor_on"),
        Column("Schedule"),
        Column("Next invoice", "next_on"),
        Column("Status"),
        Column("Amount", "amount", "end"),
        Column("Due", "", "end"),
    )


@staff(may=recurring_invoices.view)
def of_company(request: StaffRequest) -> HttpResponse:
    """The list of all recurring invoices."""
    today = request.company.local_date(clock.now())
    empty = Empty(
        "No recurring invoices yet",
        "Open a customer to set up what is billed each month.",
        "repeat",
        "Go to customers",
        at("customers:list"),
        dialog=False,
    )
    listing = RecurringList(request, request.company.recurring_invoices.all(), today=today, empty=empty)
    return listing.answer("invoicing/recurring_list.html", {"today": today})


@staff(may=recurring_invoices.view)
def of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer's recurring invoices, as a tab of the customer's page."""
    person = get_object_or_404(request.company.customers.prefetch_related("addresses", "phones"), pk=customer)
    request.customer, request.tab = person, "recurring"  # type: ignore[attr-defined]
    today = request.company.local_date(clock.now())
    may_write = request.may(recurring_invoices.create) and not person.is_lead
    listing = CustomerRecurringList(
        request,
        person.recurring_invoices.all(),
        today=today,
        empty=Empty(
            "Nothing recurs yet",
            "A recurring invoice bills the same lines each month, by itself.",
            "repeat",
            "New recurring invoice" if may_write else "",
            at("payments:recurring_new", customer=person.pk) if may_write else "",
        ),
        actions="invoicing/customer_recurring_actions.html",
    )
    return listing.answer("invoicing/recurring_of_customer.html", {"today": today, "customer": person})


@staff(may=recurring_invoices.view)
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """One recurring invoice: its lines, its schedule, the invoices made from it."""
    recurring = _recurring(request, pk)
    request.recurring_invoice = recurring  # type: ignore[attr-defined]  # the room of payments looks for it
    today = request.company.local_date(clock.now())
    made = listed(recurring.invoices.all(), today)
    chain = chain_of(recurring)
    context = {
        "recurring": recurring,
        "customer": recurring.customer,
        "lines": recurring.lines.select_related("item"),
        "coming": list(coming(recurring, SHOWN_DATES)),
        "made": made.order_by("-pk")[:SHOWN_INVOICES],
        "counts": made.aggregate(all=Count("pk"), owing=Count("pk", filter=Q(owed__gt=0))),
        "parked": recurring.parked.filter(released_at=None).first(),
        "waived": waived(recurring),
        "may_delete": not recurring.made and recurring.follows_id is None and len(chain) == 1,
        "chain": chain,
        "may_change": recurring.next_on is not None and recurring.ended_on is None,
        "may_undo": recurring.follows_id is not None and not recurring.made and recurring.begins_on > today,
        "today": today,
    }
    return show(request, "invoicing/recurring.html", context)


def coming(recurring: RecurringInvoice, count: int) -> list[dt.date]:
    """The dates of its next invoices, at most `count`."""
    dates: list[dt.date] = []
    schedule, seq = recurring.schedule, recurring.next_seq
    on = recurring.next_on
    while on is not None and len(dates) < count:
        dates.append(on)
        seq += 1
        on = schedule.due(seq)
    return dates


@staff(may=recurring_invoices.modify)
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """From a day on it bills nothing more; what was billed beyond that day may be credited."""
    recurring = _recurring(request, pk)
    today = request.company.local_date(clock.now())
    may_credit = request.may(invoices.create)
    form = EndForm(request.POST or None, initial={"on": today, "credits": may_credit}, may_credit=may_credit)
    on = day_typed(request.GET.get("on") or request.POST.get("on") or "") or today
    found = ending.unused(recurring, on) if may_credit else []
    back = at("invoicing:recurring", pk=pk)
    context = {
        "form": form,
        "recurring": recurring,
        "unused": found[:SHOWN_INVOICES],
        "more": len(found) - SHOWN_INVOICES,
        "sum": sum((one.total for one in found), ZERO),
        "cancel_url": back,
    }
    if is_htmx(request, "unused"):
        return show(request, "invoicing/recurring_end.html#unused", context)
    if request.method == "POST" and form.is_valid():
        try:
            said = _end(recurring, form, today)
        except ValueError as refused:
            form.add_error("on" if isinstance(refused, schedules.AlreadyEnded) else None, str(refused))
        else:
            return go(request, back, said)
    return show_form(request, "invoicing/recurring_end.html", context, invalid=form.is_bound)


def _end(recurring: RecurringInvoice, form: EndForm, today: dt.date) -> str:
    """End it, credit what is unused where that is wanted; the sentence that says so."""
    on, by = form.cleaned_data["on"], acting().name
    with transaction.atomic():
        schedules.end(
            recurring, on=on, reason=form.cleaned_data["reason"], by=by, prorated=form.cleaned_data["prorated"]
        )
        said = f"{recurring} ends on {day(on)}."
        if form.cleaned_data.get("credits"):
            for made in ending.credit_unused(recurring, on, today=today, at=clock.now(), by=by):
                said = f"{said} {made} for {money(made.total)} is issued."
    return said


@staff(may=recurring_invoices.delete)
def delete(request: StaffRequest, pk: int) -> HttpResponse:
    """Remove one that has made no invoice yet."""
    recurring = _recurring(request, pk)
    says = (
        f"{recurring} of {recurring.customer.name}, {money(recurring.amount)} each, is removed. It has made no invoice."
    )
    back = at("invoicing:recurring_of_customer", customer=recurring.customer_id)
    return confirmed(
        request,
        lambda: schedules.delete(recurring),
        title=f"Delete recurring invoice {recurring.number}",
        says=says,
        action="Delete",
        back=at("invoicing:recurring", pk=pk),
        done=(back, f"{recurring} is deleted."),
    )


def _recurring(request: StaffRequest, pk: int) -> RecurringInvoice:
    found: RecurringInvoice = get_object_or_404(
        request.company.recurring_invoices.select_related("customer", "term"), pk=pk
    )
    return found
