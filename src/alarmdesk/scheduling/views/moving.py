"""What happens when a bar is dropped, put back, taken back or called off? The server decides, the board is redrawn."""

import datetime as dt
import json
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import sent
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import clock_time, day
from alarmdesk.lib.pages import UNPROCESSABLE, go, is_htmx, show, show_form
from alarmdesk.scheduling import actions, queries, words
from alarmdesk.scheduling.forms import CancelForm, MoveForm
from alarmdesk.scheduling.models import Appointment
from alarmdesk.scheduling.moving import read, replaced, state_of, token_of
from alarmdesk.scheduling.permissions import appointments
from alarmdesk.scheduling.views.boards import asked_day, day_context

BOARD = "board"
UNREADABLE = "That move could not be read. Load the page again."
MEANWHILE = "It was changed meanwhile. The board shows how it is now."


def fetch(request: StaffRequest, pk: int) -> Appointment:
    """An appointment of the entered company. Raises Http404."""
    rows = request.company.appointments.select_related("customer").prefetch_related(
        "customer__addresses", "customer__phones"
    )
    return get_object_or_404(rows, pk=pk)


@staff(may=appointments.modify)
def move(request: StaffRequest, pk: int) -> HttpResponse:
    """A bar was dropped on the board: another time, length or technician."""
    return require_POST(_move)(request, pk)


def _move(request: StaffRequest, pk: int) -> HttpResponse:
    appointment = fetch(request, pk)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _refused(request, UNREADABLE)
    said = form.cleaned_data
    if said["seen"] and said["seen"] != seen(appointment, said["instead_of"]):
        return _refused(request, MEANWHILE)
    technician = get_object_or_404(request.company.technicians.select_related("staff__user"), pk=said["technician"])
    starts_at = dt.datetime.fromtimestamp(said["starts"], dt.UTC)
    before = state_of(appointment)
    crew = replaced(queries.crew_of(appointment), technician, said["instead_of"])
    try:
        actions.move(appointment, crew=crew, starts_at=starts_at, minutes=said["minutes"], at=clock.now())
    except actions.OutsideHours as outside:
        moved = {"technician": technician.pk, "starts": said["starts"], "minutes": said["minutes"]}
        ask = f"{at('scheduling:edit', pk=pk)}?{urlencode({**moved, 'instead_of': said['instead_of'] or ''})}"
        return _refused(request, str(outside), ask=ask)
    except ValueError as refused:
        return _refused(request, str(refused))
    back = f"{at('scheduling:day')}?on={request.company.local_date(starts_at)}"
    undo = _undo(appointment, before, back)
    return _moved(request, f"Moved to {technician}, {clock_time(starts_at)}", back, undo)


def seen(appointment: Appointment, technician: int | None) -> str:
    """What a board shows of a bar: whose row, when, how long. What it has shown must still be so when it is dropped."""
    if appointment.starts_at is None:
        return "queue"
    is_there = appointment.assignments.filter(technician=technician).exists()
    return f"{technician}-{int(appointment.starts_at.timestamp())}-{appointment.minutes}" if is_there else "elsewhere"


def _undo(appointment: Appointment, before: list[object], back: str) -> str:
    appointment.refresh_from_db()
    return at("scheduling:move_back", pk=appointment.pk, token=token_of(before, state_of(appointment), back))


def _moved(request: StaffRequest, says: str, back: str, undo: str) -> HttpResponse:
    if not is_htmx(request, BOARD):
        return go(request, back, says, undo=undo)
    return _board(request, says, "success", undo=undo)


def _refused(request: StaffRequest, says: str, *, ask: str = "") -> HttpResponse:
    """The board as it is, and why; with `ask` the form opens on which the time can be meant all the same."""
    if not is_htmx(request, BOARD):
        if ask:
            return HttpResponseRedirect(ask)
        messages.error(request, says)
        return HttpResponseRedirect(f"{at('scheduling:day')}?on={asked_day(request)}")
    answer = _board(request, "" if ask else says, "error", status=UNPROCESSABLE)
    if ask:
        answer["HX-Trigger-After-Settle"] = json.dumps({"board:ask": {"url": ask}})
    return answer


def _board(request: StaffRequest, says: str, kind: str, *, undo: str = "", status: int = 200) -> HttpResponse:
    """The board drawn again, with a toast beside it."""
    answer = show(request, "scheduling/day.html#board", day_context(request, asked_day(request)), status=status)
    if says:
        toast = render_to_string("scheduling/toast.html", {"text": says, "kind": kind, "undo": undo}, request)
        answer.content += toast.encode()
    return answer


@staff(may=appointments.modify)
def move_back(request: StaffRequest, pk: int, token: str) -> HttpResponse:
    """Take a move back, if nothing else has happened since."""
    return require_POST(_move_back)(request, pk, token)


def _move_back(request: StaffRequest, pk: int, token: str) -> HttpResponse:
    appointment = fetch(request, pk)
    told = read(token)
    if told is None:
        messages.error(request, UNREADABLE)
        return HttpResponseRedirect(at("scheduling:appointment", pk=pk))
    before, after, back = told
    if state_of(appointment) != after:
        messages.error(request, "It was changed meanwhile, so it stays where it is.")
        return HttpResponseRedirect(back)
    try:
        says = _put(request, appointment, *before)
    except ValueError as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(back)
    return go(request, back, says)


def _put(
    request: StaffRequest, appointment: Appointment, technicians: list[int], starts: int | None, minutes: int
) -> str:
    """As it was before; answers the sentence."""
    if starts is None:
        actions.put_back(appointment, at=clock.now())
        return "It is to be scheduled again."
    rows = request.company.technicians.select_related("staff__user").filter(pk__in=technicians)
    crew = sorted(rows, key=lambda one: technicians.index(one.pk))
    starts_at = dt.datetime.fromtimestamp(starts, dt.UTC)
    actions.move(appointment, crew=crew, starts_at=starts_at, minutes=minutes, anyway=True, at=clock.now())
    return f"Moved back to {day(starts_at)}, {clock_time(starts_at)}."


@staff(may=appointments.modify)
def put_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Take time and technician away: it waits in the queue again."""
    return require_POST(_put_back)(request, pk)


def _put_back(request: StaffRequest, pk: int) -> HttpResponse:
    appointment = fetch(request, pk)
    back = at("scheduling:appointment", pk=pk)
    before = state_of(appointment)
    try:
        actions.put_back(appointment, at=clock.now())
    except ValueError as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(back)
    return go(request, back, "It is to be scheduled again.", undo=_undo(appointment, before, back))


@staff(may=appointments.delete)
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Call an appointment off, with the reason."""
    appointment = fetch(request, pk)
    back = at("scheduling:appointment", pk=pk)
    form = CancelForm(sent(request))
    if form.is_bound and form.is_valid():
        try:
            actions.cancel(appointment, reason=form.cleaned_data["reason"], at=clock.now(), by=acting().name)
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            return go(request, back, "The appointment is cancelled.")
    context = {"form": form, "appointment": appointment, "back": back, "hours": words.hours(appointment)}
    return show_form(request, "scheduling/cancel.html", context, invalid=form.is_bound)
