"""What is one ticket about, where does it stand, and what was said about it (F24)?"""

from collections.abc import Callable
from typing import cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import sent
from alarmdesk.customers import ticketing
from alarmdesk.customers.fetching import PageRequest, check_may_see
from alarmdesk.customers.models import Customer, Ticket
from alarmdesk.customers.permissions import customers, leads, tickets
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.lib.versions import Version
from alarmdesk.office.ticketing.forms import TextForm, TicketForm
from alarmdesk.office.ticketing.letters import tell_assignees
from alarmdesk.office.ticketing.tasks import send_tickets

SAID = 200
PAGE, FORM = "office/tickets/ticket.html", "office/tickets/form.html"


def visible(request: StaffRequest) -> QuerySet[Ticket]:
    """The company's tickets of accounts that the group may see."""
    stages = {Customer.Stage.CUSTOMER: customers.view, Customer.Stage.LEAD: leads.view}
    rows = request.company.tickets.select_related("customer", "note", "assignee")
    seen = [stage for stage, grant in stages.items() if request.may(grant)]
    return rows if len(seen) == len(stages) else rows.filter(customer__stage__in=seen)


def _ticket(request: StaffRequest, pk: int) -> Ticket:
    ticket = get_object_or_404(request.company.tickets.select_related("customer", "note", "assignee"), pk=pk)
    check_may_see(request, ticket.customer)
    return ticket


@staff(may=tickets.view)
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """A ticket: what it is about, who does it, and what was said."""
    return _page(request, _ticket(request, pk), TextForm(label="Comment", rows=3))


def _page(request: StaffRequest, ticket: Ticket, form: TextForm) -> HttpResponse:
    place = cast("PageRequest", request)
    place.customer, place.tab = ticket.customer, "notes"
    said = list(ticket.comments.order_by("-pk")[:SAID])
    context = {
        "ticket": ticket, "customer": ticket.customer, "comments": said[::-1], "form": form,
        "is_invalid": form.is_bound, "today": request.company.local_date(clock.now()),
    }  # fmt: skip
    return show(request, PAGE, context, 422 if form.is_bound else 200)


@staff(may=tickets.modify)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Give it to somebody, another day, another priority."""
    ticket = _ticket(request, pk)
    version = Version({"": TicketForm(instance=ticket)}, request.POST)
    if version.changes:
        version.by = last_author(of_row(ticket._meta.db_table, pk))
    form = TicketForm(sent(request), instance=ticket)
    back = at("tickets:ticket", pk=pk)
    if form.is_bound and form.is_valid() and not version.is_overtaken:
        done = ticketing.change_tickets([ticket], form.cleaned_data)
        return go(request, back, tell(request, done, f"{ticket} is saved."))
    context = {"form": form, "customer": ticket.customer, "title": str(ticket), "back": back, "version": version}
    return show_form(request, FORM, context, invalid=form.is_bound)


def tell(request: StaffRequest, done: ticketing.Done, said: str) -> str:
    """Write to whoever was given something; the sentence, with who is told."""
    told = tell_assignees(done.given, at=clock.now())
    if not told:
        return said
    send_tickets.defer(company_id=request.company.pk)
    names = " and ".join(str(person) for person in told)
    return f"{said} {names} {'is' if len(told) == 1 else 'are'} told by mail."


@staff(may=tickets.modify)
def comment(request: StaffRequest, pk: int) -> HttpResponse:
    """Add to a ticket."""
    return require_POST(_comment)(request, pk)


def _comment(request: StaffRequest, pk: int) -> HttpResponse:
    ticket = _ticket(request, pk)
    form = TextForm(request.POST, label="Comment", rows=3)
    if form.is_valid():
        try:
            ticketing.comment(ticket, form.cleaned_data["text"], at=clock.now(), by=acting().name)
        except ticketing.BadText as refused:
            form.add_error("text", str(refused))
        else:
            return go(request, at("tickets:ticket", pk=pk), "Your comment is added.")
    return _page(request, ticket, form)


@staff(may=tickets.modify)
def wait(request: StaffRequest, pk: int) -> HttpResponse:
    """Let it wait for somebody else."""
    return require_POST(_turned)(
        request, pk, lambda row: ticketing.let_wait(row, at=clock.now(), by=acting().name), "waits"
    )


@staff(may=tickets.modify)
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """It is done."""
    return require_POST(_turned)(request, pk, _close, "is done")


def _close(ticket: Ticket) -> None:
    if not ticketing.close_tickets([ticket], at=clock.now(), by=acting().name).changed:
        raise ticketing.NotNow(f"{ticket} is done already.")


@staff(may=tickets.modify)
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    """It is to be worked on again."""
    return require_POST(_turned)(request, pk, ticketing.reopen, "is open again")


def _turned(request: StaffRequest, pk: int, turn: Callable[[Ticket], None], told: str) -> HttpResponse:
    ticket = _ticket(request, pk)
    undo = at("tickets:reopen", pk=pk) if turn is not ticketing.reopen else None
    try:
        turn(ticket)
    except ticketing.NotNow as refused:
        return go(request, at("tickets:ticket", pk=pk), str(refused))
    return go(request, at("tickets:ticket", pk=pk), f"{ticket} {told}.", undo=undo)
