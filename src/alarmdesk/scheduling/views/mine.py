"""What has somebody on the road to do today, and where is their calendar?"""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show
from alarmdesk.scheduling import queries, technicians
from alarmdesk.scheduling.hours import day_of
from alarmdesk.scheduling.permissions import OWN, appointments
from alarmdesk.scheduling.views.appointments import page
from alarmdesk.scheduling.views.boards import around, asked_day
from alarmdesk.scheduling.views.calendars import calendar_page

DAYS = 7


@staff(may=OWN)
def mine(request: StaffRequest) -> HttpResponse:
    """One's own appointments of a week from today: a list for a phone, with On my way, On site and Done."""
    technician = queries.technician_of(request.staff)
    on = asked_day(request)
    days = [on + dt.timedelta(days=ahead) for ahead in range(DAYS)]
    context: dict[str, Any] = {"technician": technician, "now": clock.now(), "may_report": True, "shown_in": "mine"}
    if technician is not None:
        span = day_of(days[0], request.company.zone)[0], day_of(days[-1], request.company.zone)[1]
        found = list(queries.own(technician, span))
        own: dict[dt.date, list[Any]] = {each: [] for each in days}
        for each in found:
            own[max(request.company.local_date(each.starts_at), on)].append(each)  # type: ignore[arg-type]
        context["days"] = [{"on": each, "own": rows} for each, rows in own.items() if rows or each == on]
    context |= around(request, "mine", on, step=dt.timedelta(days=DAYS))
    return show(request, "scheduling/mine.html", context)


@staff(may=OWN)
def job(request: StaffRequest, pk: int) -> HttpResponse:
    """One of one's own appointments."""
    rows = queries.with_crew(request.company.appointments.all())
    found = get_object_or_404(rows.prefetch_related("customer__addresses", "customer__phones"), pk=pk)
    if not request.may(appointments.view) and not queries.is_on(queries.technician_of(request.staff), found):
        raise PermissionDenied("You are not on this appointment.")
    return page(request, found, at("scheduling:mine"), "My appointments")


@staff(may=OWN)
def calendar(request: StaffRequest) -> HttpResponse:
    """The secret address of one's own calendar: shown, given out, renewed."""
    technician, back = queries.technician_of(request.staff), at("scheduling:mine")
    if technician is None:
        return HttpResponseRedirect(back)
    return calendar_page(request, technician, back=back, revoke=at("scheduling:my_calendar_revoke"))


@staff(may=OWN)
def revoke(request: StaffRequest) -> HttpResponse:
    """Let the address of one's own calendar work no more."""
    return require_POST(_revoke)(request)


def _revoke(request: StaffRequest) -> HttpResponse:
    technician = queries.technician_of(request.staff)
    if technician is None:
        return HttpResponseRedirect(at("scheduling:mine"))
    technicians.revoke_feed(technician)
    return go(request, at("scheduling:my_calendar"), "The address does not work any more.")
