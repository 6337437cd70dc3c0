"""How do a day, a week and a month look? Technicians by hours, by days, and all together."""

import calendar
import datetime as dt
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpResponse

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.lib import clock
from alarmdesk.lib.pages import show
from alarmdesk.scheduling import board, queries
from alarmdesk.scheduling.hours import day_of
from alarmdesk.scheduling.models import Technician
from alarmdesk.scheduling.permissions import OWN, appointments
from alarmdesk.scheduling.words import some

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
ONE_DAY = dt.timedelta(days=1)


@staff(may=appointments.view)
def day(request: StaffRequest) -> HttpResponse:
    """A day: technicians by hours, and what is still to be scheduled."""
    return show(request, "scheduling/day.html", day_context(request, asked_day(request)))


def asked_day(request: StaffRequest) -> dt.date:
    """The day that the address or the form names; today for none, and for nonsense."""
    today = request.company.local_date(clock.now())
    try:
        asked = dt.date.fromisoformat(request.POST.get("on") or request.GET.get("on", ""))
    except ValueError:
        return today
    return min(max(asked, EARLIEST), LATEST)


def day_context(request: StaffRequest, on: dt.date) -> dict[str, Any]:
    """All that the day's board shows; ten queries, however many technicians and appointments."""
    company, now = request.company, clock.now()
    assignments = list(queries.between(company, day_of(on, company.zone)))
    people = queries.technicians_of(company, assignments)
    prefetch_related_objects([each.appointment.customer for each in assignments], "addresses")
    is_whole = "all" in {request.GET.get("hours"), request.POST.get("hours")}
    drawn = board.draw(on, company.zone, people, queries.week_of(people), assignments, at=now, whole=is_whole)
    waiting = list(queries.queue(company)[: queries.IN_QUEUE + 1])
    is_long = len(waiting) > queries.IN_QUEUE
    return {
        "board": drawn, "now": now, "is_whole": is_whole, "late_words": f"{drawn.late} late",
        "queue": waiting[: queries.IN_QUEUE], "queue_words": f"{queries.IN_QUEUE}+" if is_long else str(len(waiting)),
        "more_waiting": is_long, **around(request, "day", on, step=ONE_DAY),
    }  # fmt: skip


def around(request: StaffRequest, shown: str, on: dt.date, *, step: dt.timedelta | None = None) -> dict[str, Any]:
    """What stands above each view: the other views of the same day, the span before and after, today."""
    before, after = (on - step, on + step) if step else _months_beside(on)
    today = request.company.local_date(clock.now())
    named = [("day", "Day"), ("week", "Week"), ("month", "Month")] if request.may(appointments.view) else []
    if named and request.may(OWN) and queries.technician_of(request.staff) is not None:
        named.append(("mine", "Mine"))
    sections = [
        {"label": label, "url": f"{at(f'scheduling:{name}')}?on={on}", "current": name == shown}
        for name, label in named
    ]
    here = at(f"scheduling:{shown}")
    return {
        "on": on, "on_iso": on.isoformat(), "today": today, "views": sections, "today_url": here,
        "before_url": f"{here}?on={max(before, EARLIEST)}", "after_url": f"{here}?on={min(after, LATEST)}",
    }  # fmt: skip


def _months_beside(on: dt.date) -> tuple[dt.date, dt.date]:
    first = on.replace(day=1)
    return (first - ONE_DAY).replace(day=1), (first + dt.timedelta(days=32)).replace(day=1)


@staff(may=appointments.view)
def week(request: StaffRequest) -> HttpResponse:
    """A week: technicians by days; of each cell the first few, and how many more."""
    company, on = request.company, asked_day(request)
    monday = on - dt.timedelta(days=on.weekday())
    days = [monday + dt.timedelta(days=ahead) for ahead in range(7)]
    span = day_of(monday, company.zone)[0], day_of(days[-1], company.zone)[1]
    found = queries.first_of_each_cell(company, span)
    people = queries.technicians_of(company, found)
    weeks = queries.week_of(people)
    rows = [_week_of(one, days, found, weeks[one.pk]) for one in people]
    context = {"rows": rows, "days": days, "monday": monday, "last": days[-1], "now": clock.now()}
    context |= around(request, "week", on, step=dt.timedelta(days=7))
    return show(request, "scheduling/week.html", context)


def _week_of(technician: Technician, days: list[dt.date], found: list[Any], week: Any) -> dict[str, Any]:
    cells = []
    for on in days:
        own = [each for each in found if each.technician_id == technician.pk and each.on == on]
        off = week.off_on(on)
        cells.append({
            "on": on, "own": own, "more": own[0].many - len(own) if own else 0,
            "off": (off.reason or "Day off") if off else "",
            "is_closed": off is None and on.weekday() not in week.hours,
        })  # fmt: skip
    return {"technician": technician, "name": str(technician), "cells": cells}


@staff(may=appointments.view)
def month(request: StaffRequest) -> HttpResponse:
    """A month: of each day how many, and the first few."""
    company, on = request.company, asked_day(request)
    weeks = calendar.Calendar(firstweekday=6).monthdatescalendar(on.year, on.month)
    span = day_of(weeks[0][0], company.zone)[0], day_of(weeks[-1][-1], company.zone)[1]
    counts = queries.counts_by_day(company, span)
    first: dict[dt.date, list[Any]] = {}
    for each in queries.first_of_each_day(company, span):
        first.setdefault(company.local_date(each.starts_at), []).append(each)  # type: ignore[arg-type]
    shown = [
        [
            {
                "on": day, "own": first.get(day, []), "count": counts.get(day, 0), "words": some(counts.get(day, 0)),
                "more": counts.get(day, 0) - len(first.get(day, [])), "is_other": day.month != on.month,
                "url": f"{at('scheduling:day')}?on={day}",
            }
            for day in one
        ]
        for one in weeks
    ]  # fmt: skip
    context = {"weeks": shown, "names": weeks[0], "now": clock.now(), **around(request, "month", on)}
    return show(request, "scheduling/month.html", context)
