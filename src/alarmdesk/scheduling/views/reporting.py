"""Which buttons does somebody on the road press? On my way, On site, Done; the office may press them for others."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import sent
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show_form
from alarmdesk.scheduling import queries, reporting
from alarmdesk.scheduling.forms import DoneForm
from alarmdesk.scheduling.models import Appointment
from alarmdesk.scheduling.permissions import OWN, appointments
from alarmdesk.scheduling.views.moving import fetch


@staff(may=OWN)
def set_out(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody is on the way."""
    return require_POST(_say)(request, pk, reporting.set_out, "On my way.")


@staff(may=OWN)
def arrive(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody is on site."""
    return require_POST(_say)(request, pk, reporting.arrive, "On site.")


def _say(request: StaffRequest, pk: int, verb: Callable[..., None], says: str) -> HttpResponse:
    appointment = _own(request, pk)
    try:
        verb(appointment, at=clock.now(), by=acting().name)
    except ValueError as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(_back(request, pk))
    return go(request, _back(request, pk), says, undo=at("scheduling:take_back", pk=pk))


@staff(may=OWN)
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """It was pressed too soon."""
    return require_POST(_take_back)(request, pk)


def _take_back(request: StaffRequest, pk: int) -> HttpResponse:
    appointment = _own(request, pk)
    try:
        taken = reporting.take_back(appointment)
    except ValueError as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(_back(request, pk))
    return go(request, _back(request, pk), f"{taken} is taken back.")


@staff(may=OWN)
def finish(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what was done, and how long it took."""
    appointment = _own(request, pk)
    now = clock.now()
    spent = reporting.minutes_on_site(appointment, at=now)
    form = DoneForm(sent(request), initial={"minutes": spent})
    if form.is_bound and form.is_valid():
        try:
            reporting.finish(appointment, **form.cleaned_data, at=now, by=acting().name)
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            return go(request, _back(request, pk), f"Done: {appointment.customer.name}.")
    context = {"form": form, "appointment": appointment, "back": _back(request, pk)}
    return show_form(request, "scheduling/done.html", context, invalid=form.is_bound)


def _own(request: StaffRequest, pk: int) -> Appointment:
    """One that the person is on, or may change. Raises Http404, PermissionDenied."""
    appointment = fetch(request, pk)
    if not request.may(appointments.modify) and not queries.is_on(queries.technician_of(request.staff), appointment):
        raise PermissionDenied("You are not on this appointment.")
    return appointment


def _back(request: StaffRequest, pk: int) -> str:
    """Where it was pressed: the list of one's own, or the appointment's page."""
    if "mine" in {request.POST.get("shown_in"), request.GET.get("shown_in")}:
        return at("scheduling:mine")
    return at("scheduling:appointment" if request.may(appointments.view) else "scheduling:job", pk=pk)
