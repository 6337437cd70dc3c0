"""What does the office show of one customer by itself? The overview, the history and the mail sent."""

import datetime as dt
from typing import Any

from django.http import HttpResponse

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.credit.queries import rules_of_company
from alarmdesk.credit.sides import side_of
from alarmdesk.customers.fetching import fetch_customer
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import history
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.queries import with_quote_facts
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing, Rows
from alarmdesk.lib.pages import is_htmx, show
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.permissions import messages
from alarmdesk.office.activity import seen, trail_of
from alarmdesk.office.figures import billed_and_collected
from alarmdesk.office.history import TABLES, tell
from alarmdesk.payments.permissions import payments

PAGE = 50
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
    """Every change of the customer's records: who, when, old and new; fifty a page, the older by a link."""
    customer = fetch_customer(request, pk, "history")
    entries = seen(trail_of(request.company, customer), request.may, credit=_tells_of_credit(request, customer))
    asked = {name: request.GET.get(name, "") for name in ("what", "by", "since", "until", "before")}
    window = list(_filtered(entries, asked, request)[: PAGE + 1])
    context = {
        "changes": tell(window[:PAGE]),
        "older": window[PAGE - 1].pk if len(window) > PAGE else None,
        "asked": asked,
        "tables": TABLES,
        "people": request.company.staff.select_related("user").order_by("user__name"),
        "is_filtered": any(asked[name] for name in ("what", "by", "since", "until")),
    }
    if is_htmx(request, "history-older"):
        return show(request, "office/history.html#changes", context)
    return show(request, "office/history.html", context)


def _filtered(entries: Any, asked: dict[str, str], request: StaffRequest) -> Any:
    """The entries that the address asks for; nonsense in it asks for nothing."""
    if asked["what"] in TABLES:
        entries = entries.filter(table=asked["what"])
    if asked["by"] == "system":
        entries = entries.filter(actor__kind="system")
    elif asked["by"].isdecimal():
        entries = entries.filter(actor__user_id=int(asked["by"][:18]))
    zone = request.company.zone
    if since := _date(asked["since"]):
        entries = entries.filter(at__gte=dt.datetime.combine(since, dt.time(), zone))
    if until := _date(asked["until"]):
        entries = entries.filter(at__lt=dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), zone))
    if asked["before"].isdecimal():
        entries = entries.filter(pk__lt=int(asked["before"][:18]))
    return entries


def _date(text: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year < 9999 else None


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
