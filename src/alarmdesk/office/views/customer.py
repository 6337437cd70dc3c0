"""What does the office show of one customer by itself? The overview, the history and the mail sent."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.text import slugify

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.credit.queries import rules_of_company
from alarmdesk.credit.sides import side_of
from alarmdesk.customers.fetching import fetch_customer
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import history
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.queries import with_quote_facts
from alarmdesk.lib import clock
from alarmdesk.lib.cells import BOM, table
from alarmdesk.lib.lists import Chip, Column, Empty, Listing, Rows
from alarmdesk.lib.pages import is_htmx, show
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.permissions import messages
from alarmdesk.office.figures import billed_and_collected
from alarmdesk.office.history_words import TABLES
from alarmdesk.office.trail_reading import HEADER, KINDS, Asked, hidden, page_of, rows_of, seen, trail_of
from alarmdesk.payments.permissions import payments

OPEN_SHOWN = 5


@staff(may=None)
def customer_page(request: StaffRequest, pk: int) -> HttpResponse:
    """The customer at a glance. Customers or leads must be visible to the group, whichever this one is."""
    customer = fetch_customer(request, pk, "overview")
    context: dict[str, Any] = {"customer": customer}
    if request.may(invoices.view):
        today = request.company.local_date(clock.now())
        latest = with_quote_facts(customer.invoices.order_by("-pk"))[:OPEN_SHOWN]
        context |= {"latest": latest, "today": today}
        if request.may(payments.view) and not customer.is_lead:
            context["chart"] = billed_and_collected(customer.invoices.all(), customer.payments.all(), today)[0]
    return show(request, "office/customer.html", context)


def _tells_of_credit(request: StaffRequest, customer: Customer) -> bool:
    """Whether credit checks are on, and the person may see this one's."""
    return request.may(side_of(customer).resource.view) and rules_of_company().is_on


@staff(may=history.view)
def customer_history(request: StaffRequest, pk: int) -> HttpResponse:
    """Every change of the customer's records: who, when, old and new; fifty a page, the older by a link (F23)."""
    customer = fetch_customer(request, pk, "history")
    credit = _tells_of_credit(request, customer)
    asked = Asked.of(request.GET.dict())
    entries = seen(trail_of(request.company, customer), request.may, credit=credit)
    away = hidden(request.may, credit=credit)
    context = {
        "page": page_of(asked.of_these(entries, request.company), asked.words),
        "asked": asked,
        "tables": {table: label for table, label in TABLES.items() if table not in away},
        "kinds": {code: label for code, (label, _) in KINDS.items()},
        "people": request.company.staff.select_related("user").order_by("user__name"),
    }
    if is_htmx(request, "history-older"):
        return show(request, "office/history.html#changes", context)
    return show(request, "office/history.html", context)


@staff(may=history.view, outside=True)
def history_csv(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Exactly the changes that the page shows, all its pages, as CSV; read piece by piece."""
    with inside(request.company, actor=request.staff.actor()):
        customer = fetch_customer(request, pk, "history")
        credit = _tells_of_credit(request, customer)
    answer = StreamingHttpResponse(_csv(request, customer, credit=credit), content_type="text/csv; charset=utf-8")
    name = f"{request.company.slug}-{slugify(customer.account_number)}-history.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _csv(request: StaffRequest, customer: Customer, *, credit: bool) -> Iterator[bytes]:
    asked = replace(Asked.of(request.GET.dict()), before="")
    yield (BOM + table([HEADER])).encode()
    with inside(request.company, actor=request.staff.actor()):
        entries = seen(trail_of(request.company, customer), request.may, credit=credit)
        for rows in rows_of(asked.of_these(entries, request.company), asked.words, request.company):
            yield table(rows).encode()


class MessageList(Listing):
    """The mail to one customer."""

    name, title = "messages", "Messages"
    row = "office/message_row.html"
    search_label = "Find a subject or address"
    default_sort = "-queued_at"
    columns = (Column("Subject", "subject"), Column("To"), Column("Queued", "queued_at"), Column("Status"))
    chips = (
        Chip("waiting", "Waiting", lambda rows: rows.filter(state__in=[Message.State.QUEUED, Message.State.SENDING])),
        Chip("sent", "Sent", lambda rows: rows.filter(state=Message.State.SENT)),
        Chip("failed", "Failed", lambda rows: rows.filter(state=Message.State.FAILED)),
    )

    def search(self, rows: Rows, words: str) -> Rows:
        return rows.filter(subject__icontains=words) | rows.filter(to__icontains=words)


@staff(may=messages.view)
def customer_messages(request: StaffRequest, pk: int) -> HttpResponse:
    """What mail this customer was sent, and whether it left."""
    customer = fetch_customer(request, pk, "messages")
    empty = Empty(
        "No messages yet", "Invoices, receipts and reminders to this customer are listed here, and what you write.",
        "mail", "Write a mail", at("office:write", pk=pk) if request.may(messages.create) else "",
    )  # fmt: skip
    return MessageList(request, customer.messages.defer("text", "html"), empty=empty).answer("office/messages.html")
