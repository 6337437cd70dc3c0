"""How does the office keep its technicians: who goes out, when they work, their days off and their calendars?"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import confirmed, form_page, sent
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.lib.versions import Version
from alarmdesk.scheduling import queries, technicians
from alarmdesk.scheduling.forms import WEEKDAYS, DayOffForm, TechnicianForm
from alarmdesk.scheduling.hours import Week, time_words
from alarmdesk.scheduling.models import DayOff, Technician
from alarmdesk.scheduling.permissions import scheduling_admin
from alarmdesk.scheduling.views.calendars import calendar_page

USUAL = {f"day_{weekday}_{end}": time for weekday in range(5) for end, time in (("from", "08:00"), ("to", "17:00"))}


@staff(may=scheduling_admin.view)
def people(request: StaffRequest) -> HttpResponse:
    """Everybody who goes out, with hours and days off."""
    rows = list(
        request.company.technicians.select_related("staff__user").order_by("-is_active", "staff__user__name", "pk")
    )
    weeks = queries.week_of(rows)
    today = request.company.local_date(clock.now())
    off: dict[int, list[DayOff]] = {}
    for each in request.company.days_off.filter(last_on__gte=today).order_by("first_on", "pk"):
        off.setdefault(each.technician_id, []).append(each)
    shown = [
        {"technician": one, "name": str(one), "hours": _told(weeks[one.pk]), "off": off.get(one.pk, [])} for one in rows
    ]
    return show(request, "scheduling/settings/technicians.html", {"rows": shown})


def _told(week: Week) -> str:
    """The week in words, equal days together: “Monday to Friday 8:00 AM to 5:00 PM”."""
    runs: list[tuple[list[int], str]] = []
    for weekday in sorted(week.hours):
        times = " to ".join(map(time_words, week.hours[weekday]))
        if runs and runs[-1][1] == times and runs[-1][0][-1] == weekday - 1:
            runs[-1][0].append(weekday)
        else:
            runs.append(([weekday], times))
    return "; ".join(
        f"{WEEKDAYS[days[0]]}{f' to {WEEKDAYS[days[-1]]}' if len(days) > 1 else ''} {times}" for days, times in runs
    )


@staff(may=scheduling_admin.modify)
def new(request: StaffRequest) -> HttpResponse:
    """Make somebody of the staff a technician."""
    form = TechnicianForm(sent(request), initial={"is_active": True, **USUAL})
    if form.is_bound and form.is_valid():
        place = form.people[form.cleaned_data["staff"]]
        technician = Technician(staff=place)
        try:
            _save(technician, form)
        except ValueError as refused:
            form.add_error("staff", str(refused))
        else:
            return go(request, at("scheduling:technicians"), f"{technician} is a technician.")
    return _page(request, form, "New technician")


@staff(may=scheduling_admin.modify)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a technician's colour and hours, or send them out no more."""
    technician = _technician(request, pk)
    initial = TechnicianForm.initial_of(technician, queries.week_of([technician])[pk].hours)
    version = Version({"": TechnicianForm(initial=initial, technician=technician)}, request.POST)
    if version.changes:
        version.by = last_author(of_row(technician._meta.db_table, pk))
    form = TechnicianForm(sent(request), initial=initial, technician=technician)
    if form.is_bound and form.is_valid() and not version.is_overtaken:
        _save(technician, form)
        return go(request, at("scheduling:technicians"), f"{technician} is saved.")
    return _page(request, form, str(technician), version=version)


def _save(technician: Technician, form: TechnicianForm) -> None:
    said = form.cleaned_data
    technician.trade, technician.colour, technician.is_active = said["trade"], said["colour"], said["is_active"]
    technicians.save_technician(technician, said["hours"])


def _page(request: StaffRequest, form: TechnicianForm, title: str, **also: object) -> HttpResponse:
    context = {"form": form, "title": title, "back": at("scheduling:technicians"), **also}
    return show_form(request, "scheduling/settings/technician.html", context, invalid=form.is_bound)


def _technician(request: StaffRequest, pk: int) -> Technician:
    rows = request.company.technicians.select_related("staff__user")
    if request.method == "POST":
        rows = rows.select_for_update(of=("self",))
    return get_object_or_404(rows, pk=pk)


# --- days off


@staff(may=scheduling_admin.modify)
def day_off_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Days on which a technician does not work."""
    technician = _technician(request, pk)
    row = DayOff(technician=technician)
    form = DayOffForm(sent(request), instance=row)
    return form_page(
        request, form, lambda: _take_off(technician, form),
        title=f"Days off of {technician}", back=at("scheduling:technicians"), done=f"{technician} is off then.",
    )  # fmt: skip


def _take_off(technician: Technician, form: DayOffForm) -> None:
    technicians.take_off(technician, **form.cleaned_data)


@staff(may=scheduling_admin.modify)
def day_off_delete(request: StaffRequest, pk: int) -> HttpResponse:
    """Let the technician work on those days after all."""
    row = get_object_or_404(request.company.days_off.select_related("technician__staff__user"), pk=pk)
    back = at("scheduling:technicians")
    return confirmed(
        request, lambda: technicians.take_day_back(row),
        title=f"{row}: {day(row.first_on)} to {day(row.last_on)}",
        says=f"{row.technician} can be scheduled on those days again, in the usual hours.",
        action="Take the days off away", back=back, done=(back, f"{row.technician} works on those days."),
    )  # fmt: skip


# --- calendars


@staff(may=scheduling_admin.modify)
def calendar(request: StaffRequest, pk: int) -> HttpResponse:
    """The secret address of a technician's calendar: shown, given out, renewed."""
    return calendar_page(
        request,
        _technician(request, pk),
        back=at("scheduling:technicians"),
        revoke=at("scheduling:calendar_revoke", pk=pk),
    )


@staff(may=scheduling_admin.modify)
def revoke(request: StaffRequest, pk: int) -> HttpResponse:
    """Let the address of a technician's calendar work no more."""
    return require_POST(_revoke)(request, pk)


def _revoke(request: StaffRequest, pk: int) -> HttpResponse:
    technicians.revoke_feed(_technician(request, pk))
    return go(request, at("scheduling:calendar", pk=pk), "The address does not work any more.")
