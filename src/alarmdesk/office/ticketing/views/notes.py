"""What is remembered of a customer, the latest first, and what of it is work (F24)?"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import confirmed, form_page, sent
from alarmdesk.customers import ticketing
from alarmdesk.customers.fetching import check_may_see, fetch_customer
from alarmdesk.customers.models import Customer, Note, Ticket
from alarmdesk.customers.permissions import notes, tickets
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, is_htmx, show, show_form
from alarmdesk.lib.versions import Version
from alarmdesk.office.ticketing.forms import NoteForm, TextForm, TicketForm
from alarmdesk.office.ticketing.letters import tell_assignees
from alarmdesk.office.ticketing.tasks import send_tickets

PAGE = 30
TIMELINE = "office/tickets/notes.html"
FORM = "office/tickets/form.html"


@staff(may=notes.view)
def of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer's notes and tickets in one timeline, the latest first; thirty a page."""
    person = fetch_customer(request, customer, "notes")
    return _timeline(request, person, _note_form(request), status=200)


def _note_form(request: StaffRequest, data: Any = None) -> NoteForm:
    return NoteForm(data, may_open=request.may(tickets.create))


def _timeline(request: StaffRequest, person: Customer, form: NoteForm, status: int) -> HttpResponse:
    before = request.GET.get("before", "")
    rows = person.notes.order_by("-pk")
    if request.may(tickets.view):
        work = Ticket.objects.select_related("assignee").annotate(said=Count("comments"))
        rows = rows.prefetch_related(Prefetch("ticket_rows", work))
    if before.isascii() and before.isdecimal():
        rows = rows.filter(pk__lt=int(before[:18]))
    window = list(rows[: PAGE + 1])
    context = {
        "customer": person,
        "notes": window[:PAGE],
        "older": window[PAGE - 1].pk if len(window) > PAGE else None,
        "sees_tickets": request.may(tickets.view),
        "today": request.company.local_date(clock.now()),
        "form": form,
        "is_invalid": form.is_bound,
    }
    if is_htmx(request, "notes-older"):
        return show(request, f"{TIMELINE}#notes", context)
    return show(request, TIMELINE, context, status)


@staff(may=notes.create)
def new(request: StaffRequest, customer: int) -> HttpResponse:
    """Write a note; a ticket from the start, where that is wished."""
    person = fetch_customer(request, customer, "notes")
    form = _note_form(request, sent(request))
    if not form.is_bound or not form.is_valid():
        return _timeline(request, person, form, status=422 if form.is_bound else 200)
    said, now, by = form.cleaned_data, clock.now(), acting().name
    try:
        note = ticketing.write_note(customer=person, text=said["text"], at=now, by=by)
    except ticketing.BadText as refused:
        form.add_error("text", str(refused))
        return _timeline(request, person, form, status=422)
    told = "The note is kept."
    if said.get("is_ticket"):
        told = _open(request, note, {name: said[name] for name in ("assignee", "due_on", "priority")})
    return go(request, at("tickets:of_customer", customer=customer), told)


def _open(request: StaffRequest, note: Note, said: dict[str, Any]) -> str:
    """Make it a ticket and tell whoever is to do it; a sentence about both."""
    now = clock.now()
    ticket = ticketing.open_ticket(note, **said, at=now, by=acting().name)
    told = tell_assignees([ticket], at=now)
    if told:
        send_tickets.defer(company_id=request.company.pk)
    return f"{ticket} is opened." + (f" {told[0]} is told by mail." if told else "")


def _note(request: StaffRequest, pk: int) -> Note:
    rows = request.company.notes.select_related("customer")
    note = get_object_or_404(rows.select_for_update(of=("self",)) if request.method == "POST" else rows, pk=pk)
    check_may_see(request, note.customer)
    return note


@staff(may=notes.modify)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Another text for a note; History keeps the one before."""
    note = _note(request, pk)
    version = Version({"": TextForm(initial={"text": note.text}, label="Note")}, request.POST)
    if version.changes:
        version.by = last_author(of_row(note._meta.db_table, pk))
    form = TextForm(sent(request), initial={"text": note.text}, label="Note", rows=10)
    has_ticket = note.ticket_rows.exists()
    drop_url = at("tickets:note_remove", pk=pk) if request.may(notes.delete) and not has_ticket else ""
    return form_page(
        request, form, lambda: ticketing.change_note(note, form.cleaned_data["text"]), title="Change the note",
        back=at("tickets:of_customer", customer=note.customer_id), done="The note is saved.", beside="text",
        template=FORM, customer=note.customer, delete_url=drop_url, version=version,
    )  # fmt: skip


@staff(may=notes.delete)
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a note away."""
    note = _note(request, pk)
    back = at("tickets:of_customer", customer=note.customer_id)
    return confirmed(
        request, lambda: ticketing.remove_note(note), title="Delete the note",
        says=f"“{note.title}” is taken away. History keeps what it said.", action="Delete", back=back,
        done=(back, "The note is deleted."),
    )  # fmt: skip


@staff(may=tickets.create)
def become_ticket(request: StaffRequest, pk: int) -> HttpResponse:
    """Make a note work for somebody."""
    if not request.may(notes.view):
        raise PermissionDenied("Your group may not see notes.")
    note = _note(request, pk)
    back = at("tickets:of_customer", customer=note.customer_id)
    form = TicketForm(sent(request))
    if form.is_bound and form.is_valid():
        try:
            return go(request, back, _open(request, note, form.cleaned_data))
        except ticketing.AlreadyATicket as refused:
            form.add_error(None, str(refused))
    context = {"form": form, "customer": note.customer, "title": "Make it a ticket", "back": back, "note": note}
    return show_form(request, FORM, context, invalid=form.is_bound)
