"""What do pages and the rooms above ask of the schedule? Each answers with a number of queries that does not grow."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet, Window
from django.db.models.functions import RowNumber, TruncDate

from alarmdesk.company.entering import entered
from alarmdesk.company.models import Company, Staff
from alarmdesk.customers.models import Customer
from alarmdesk.scheduling.free import DAYS_AHEAD, free_times
from alarmdesk.scheduling.hours import Off, Span, Week
from alarmdesk.scheduling.models import Appointment, Assignment, DayOff, Technician, WorkingHours

IN_QUEUE = 50
IN_A_CELL = 4


def technicians(company: Company) -> QuerySet[Technician]:
    """Everybody who is sent to appointments, by name."""
    rows = company.technicians.filter(is_active=True, staff__left_at=None)
    return rows.select_related("staff__user").order_by("staff__user__name", "pk")


def technicians_of(company: Company, assignments: Iterable[Assignment]) -> list[Technician]:
    """Those who go out, and whoever does not any more but is on one of these."""
    people = list(technicians(company))
    gone = {each.technician_id for each in assignments} - {one.pk for one in people}
    if gone:
        people += company.technicians.filter(pk__in=gone).select_related("staff__user").order_by("pk")
    return people


def technician_of(place: Staff) -> Technician | None:
    """The person as a technician, if they are one."""
    return Technician.objects.filter(staff=place).select_related("staff__user").first()


def week_of(people: Iterable[Technician]) -> dict[int, Week]:
    """Working hours and days off by technician: two queries."""
    wanted = {one.pk for one in people}
    hours: dict[int, dict[int, tuple[dt.time, dt.time]]] = {pk: {} for pk in wanted}
    off: dict[int, list[Off]] = {pk: [] for pk in wanted}
    for row in WorkingHours.objects.filter(technician__in=wanted):
        hours[row.technician_id][row.weekday] = (row.starts, row.ends)
    for each in DayOff.objects.filter(technician__in=wanted).order_by("first_on"):
        off[each.technician_id].append(Off(each.first_on, each.last_on, each.reason))
    return {pk: Week(hours[pk], off[pk]) for pk in wanted}


def free_for(technician: Technician, *, minutes: int, after: dt.datetime) -> list[dt.datetime]:
    """The next times at which this technician can come for so long."""
    until = after + dt.timedelta(days=DAYS_AHEAD)
    rows = live(technician.assignments.all()).filter(ends_at__gt=after, starts_at__lt=until)
    busy: list[Span] = list(rows.order_by("starts_at").values_list("starts_at", "ends_at"))
    week = week_of([technician])[technician.pk]
    return free_times(week, busy, minutes=minutes, zone=entered().zone, after=after)


def live(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Those that keep their technician busy."""
    return assignments.filter(released_at=None)


def between(company: Company, span: Span) -> QuerySet[Assignment]:
    """Who is where in a span of time, done or not, without what was cancelled; in order of the starts."""
    rows = company.assignments.filter(starts_at__lt=span[1], ends_at__gt=span[0], appointment__cancelled_at=None)
    return rows.select_related("appointment__customer").order_by("starts_at", "pk")


def with_crew(appointments: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """With the crew at hand, the lead first."""
    crew = Assignment.objects.select_related("technician__staff__user").order_by("-is_lead", "pk")
    return appointments.select_related("customer").prefetch_related(Prefetch("assignments", crew))


def queue(company: Company) -> QuerySet[Appointment]:
    """What is to be scheduled, the longest waiting first."""
    rows = company.appointments.filter(starts_at=None, cancelled_at=None, done_at=None)
    return rows.select_related("customer").order_by("created_at", "pk")


def own(technician: Technician, span: Span) -> QuerySet[Appointment]:
    """The technician's appointments in a span of time, without what was cancelled."""
    rows = technician.company.appointments.filter(assignments__technician=technician, cancelled_at=None)
    rows = rows.filter(starts_at__lt=span[1], ends_at__gt=span[0])
    return with_crew(rows).prefetch_related("customer__addresses", "customer__phones").order_by("starts_at", "pk")


def is_on(technician: Technician | None, appointment: Appointment) -> bool:
    """Whether the technician is one of the crew."""
    return technician is not None and appointment.assignments.filter(technician=technician).exists()


def of_customer(customer: Customer) -> QuerySet[Appointment]:
    """The customer's appointments: what has no time yet, then the latest."""
    return with_crew(customer.appointments.all()).order_by(F("starts_at").desc(nulls_first=True), "-pk")


def upcoming(customer: Customer) -> QuerySet[Appointment]:
    """What is still to come."""
    found: QuerySet[Appointment] = customer.appointments.filter(done_at=None, cancelled_at=None)
    return found


def counts_by_day(company: Company, span: Span, *, technician: Technician | None = None) -> dict[dt.date, int]:
    """How many appointments begin on each local day."""
    rows = _begun_in(company, span, technician)
    found = rows.annotate(on=TruncDate("starts_at", tzinfo=company.zone)).values("on").annotate(count=Count("pk"))
    return {row["on"]: row["count"] for row in found.order_by()}


def first_of_each_day(company: Company, span: Span, *, most: int = IN_A_CELL) -> list[Appointment]:
    """The first few appointments of each local day: a month of a large dealer is thousands."""
    on = TruncDate("starts_at", tzinfo=company.zone)
    place = Window(RowNumber(), partition_by=on, order_by=["starts_at", "pk"])
    rows = _begun_in(company, span, None).annotate(place=place).filter(place__lte=most)
    return list(rows.select_related("customer").order_by("starts_at", "pk"))


def first_of_each_cell(company: Company, span: Span, *, most: int = IN_A_CELL) -> list[Assignment]:
    """The first few of each technician's local day, each with how many there are (`many`): a week's table."""
    on = TruncDate("starts_at", tzinfo=company.zone)
    cell: list[Any] = [F("technician"), on]
    rows = company.assignments.filter(
        appointment__cancelled_at=None, starts_at__gte=span[0], starts_at__lt=span[1]
    ).annotate(
        on=on,
        place=Window(RowNumber(), partition_by=cell, order_by=["starts_at", "pk"]),
        many=Window(Count("pk"), partition_by=cell),
    )
    return list(rows.filter(place__lte=most).select_related("appointment__customer").order_by("starts_at", "pk"))


def _begun_in(company: Company, span: Span, technician: Technician | None) -> QuerySet[Appointment]:
    which = Q(starts_at__gte=span[0], starts_at__lt=span[1], cancelled_at=None)
    if technician is not None:
        which &= Q(assignments__technician=technician)
    return company.appointments.filter(which)


def crew_of(appointment: Appointment) -> Sequence[Technician]:
    """The lead and the helpers."""
    rows = appointment.assignments.select_related("technician__staff__user").order_by("-is_lead", "pk")
    return [row.technician for row in rows]
