"""How is an appointment made, moved, put back into the queue and called off (F32)?

PostgreSQL alone says whether a technician is free (decision 39): nobody can be booked twice, however many dispatchers
save at once. Working hours are ours, and can be overridden by somebody who says so.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Customer
from alarmdesk.lib.furniture import clock_time, day
from alarmdesk.scheduling.models import LONGEST, QUARTER, Appointment, Assignment, Technician
from alarmdesk.scheduling.notices import tell
from alarmdesk.scheduling.queries import week_of

NO_DOUBLE_BOOKING = "scheduling_no_double_booking"


class StillALead(ValueError):
    """Nobody is sent to a lead: there is nothing to install, to serve or to remove."""


class WrongTime(ValueError):
    """A time that is no quarter hour, a length that is none, or a time without anybody to come."""


class OutsideHours(ValueError):
    """A technician does not work then; somebody may say that it is meant."""


class DoubleBooked(ValueError):
    """A technician is somewhere else at that time. Nothing overrides this."""


class NotSchedulable(ValueError):
    """The technician does not go out any more."""


class Over(ValueError):
    """The appointment is done or cancelled: what it was stands."""


class UnderWay(ValueError):
    """Somebody is there already: it has begun when it began, with who is there."""


def plan(
    *,
    customer: Customer,
    kind: str,
    work: str,
    note: str = "",
    crew: Sequence[Technician] = (),
    starts_at: dt.datetime | None = None,
    minutes: int = 60,
    mails_customer: bool = False,
    anyway: bool = False,
    at: dt.datetime,
    by: str,
) -> Appointment:
    """An appointment at a customer's: at a time, with a crew whose first leads, or without both, to be scheduled.

    `minutes` is its length, `anyway` says that being outside working hours is meant. With `mails_customer` the customer
    is told by mail. Raises StillALead, WrongTime, OutsideHours, DoubleBooked, NotSchedulable.
    """
    if customer.is_lead:
        raise StillALead(f"{customer.name} is still a lead. Make it a customer first.")
    made = Appointment(
        customer=customer, kind=kind, work=work.strip(), note=note.strip(), expected_minutes=_length(minutes),
        mails_customer=mails_customer, created_at=at, created_by=by,
    )  # fmt: skip
    if starts_at is not None:
        made.starts_at, made.ends_at = starts_at, starts_at + dt.timedelta(minutes=minutes)
    with transaction.atomic():
        made.save()
        if starts_at is not None:
            _book(made, crew, starts_at, minutes, anyway=anyway)
        tell(made, at=at)
    return made


def move(
    appointment: Appointment,
    *,
    crew: Sequence[Technician],
    starts_at: dt.datetime,
    minutes: int,
    anyway: bool = False,
    at: dt.datetime,
) -> None:
    """Give an appointment another time, length or crew (the first leads); from the queue as well. A lead who was on the
    way is so no more once time or lead change.

    Raises Over, UnderWay, WrongTime, OutsideHours, DoubleBooked, NotSchedulable.
    """
    with transaction.atomic():
        held = hold(appointment)
        is_elsewhere = held.starts_at != starts_at or (lead_of(held) or None) != (crew[0] if crew else None)
        if held.on_site_at is not None and is_elsewhere:
            raise UnderWay("Somebody is on site already. Only the length and the helpers can change.")
        if held.on_my_way_at is not None and is_elsewhere:
            held.on_my_way_at, held.on_my_way_by = None, ""
        _book(held, crew, starts_at, minutes, anyway=anyway)
        tell(held, at=at)


def put_back(appointment: Appointment, *, at: dt.datetime) -> None:
    """Take time and crew away: it is to be scheduled again. Raises Over, UnderWay."""
    with transaction.atomic():
        held = hold(appointment)
        if held.on_site_at is not None:
            raise UnderWay("Somebody is on site already.")
        held.expected_minutes = held.minutes
        held.assignments.all().delete()
        held.starts_at = held.ends_at = None
        held.on_my_way_at, held.on_my_way_by = None, ""
        held.save()
        tell(held, at=at)


def expect(appointment: Appointment, *, minutes: int, at: dt.datetime) -> None:
    """How long it is meant to take, without a time: it goes into the queue, or stays there. Raises Over, UnderWay."""
    _length(minutes)
    with transaction.atomic():
        put_back(appointment, at=at)
        held = hold(appointment)
        held.expected_minutes = minutes
        held.save(update_fields=["expected_minutes"])


def describe(
    appointment: Appointment, *, kind: str, work: str, note: str, mails_customer: bool, at: dt.datetime
) -> None:
    """Change what it is about. Raises Over."""
    with transaction.atomic():
        held = hold(appointment)
        held.kind, held.work, held.note, held.mails_customer = kind, work.strip(), note.strip(), mails_customer
        held.save(update_fields=["kind", "work", "note", "mails_customer"])
        tell(held, at=at)


def cancel(appointment: Appointment, *, reason: str, at: dt.datetime, by: str) -> None:
    """Call it off: the crew is free, and the customer is told if told before. Raises Over."""
    with transaction.atomic():
        held = hold(appointment)
        held.cancelled_at, held.cancelled_by, held.cancel_reason = at, by, reason.strip()
        held.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
        held.assignments.filter(released_at=None).update(released_at=at)
        tell(held, at=at)


def hold(appointment: Appointment) -> Appointment:
    """The row as it is now, locked. Raises Over."""
    rows = entered().appointments.select_for_update(of=("self",)).select_related("customer")
    held = rows.get(pk=appointment.pk)
    if held.is_over:
        raise Over(f"The appointment is {'done' if held.done_at else 'cancelled'} already.")
    return held


def lead_of(appointment: Appointment) -> Technician | None:
    """Who leads it."""
    row = appointment.assignments.filter(is_lead=True).select_related("technician").first()
    return row.technician if row else None


def _length(minutes: int) -> int:
    length = dt.timedelta(minutes=minutes)
    if not QUARTER <= length <= LONGEST or length % QUARTER:
        raise WrongTime("An appointment takes a quarter of an hour to 16 hours, in quarters.")
    return minutes


def _book(held: Appointment, crew: Sequence[Technician], starts_at: dt.datetime, minutes: int, *, anyway: bool) -> None:
    if not crew:
        raise WrongTime("Choose a technician, or leave the time open.")
    if starts_at.timestamp() % QUARTER.total_seconds():
        raise WrongTime("Appointments begin on the quarter hour: 9:00, 9:15, 9:30 or 9:45.")
    ends_at = starts_at + dt.timedelta(minutes=_length(minutes))
    _check_crew(held, crew)
    if not anyway:
        _check_hours(crew, starts_at, ends_at)
    # in one order, so that two who book the same people wait for each other and do not embrace
    wanted = sorted({one.pk for one in crew})
    list(Technician.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk"))
    try:
        with transaction.atomic():
            _assign(held, crew, starts_at, ends_at)
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", "") != NO_DOUBLE_BOOKING:
            raise
        raise DoubleBooked(_clash(held, wanted, starts_at, ends_at)) from error


def _assign(held: Appointment, crew: Sequence[Technician], starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    """Write time and crew. Whether they are free is judged when all of it stands: who moves to another technician and
    another time must not clash halfway.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"set constraints {NO_DOUBLE_BOOKING} deferred")
    was = {row.technician_id: row for row in held.assignments.all()}
    lead = crew[0].pk
    held.assignments.exclude(technician__in=crew).delete()
    held.assignments.filter(is_lead=True).exclude(technician=lead).update(is_lead=False)
    held.starts_at, held.ends_at = starts_at, ends_at
    held.expected_minutes = held.minutes
    held.save()
    for pk in dict.fromkeys(one.pk for one in crew):
        if pk not in was:
            Assignment.objects.create(
                appointment=held, technician_id=pk, is_lead=pk == lead, starts_at=starts_at, ends_at=ends_at
            )
        elif pk == lead and not was[pk].is_lead:
            held.assignments.filter(technician=pk).update(is_lead=True)
    with connection.cursor() as cursor:
        cursor.execute(f"set constraints {NO_DOUBLE_BOOKING} immediate")


def _check_crew(held: Appointment, crew: Sequence[Technician]) -> None:
    on_it = set(held.assignments.values_list("technician_id", flat=True))
    for one in crew:
        if one.pk not in on_it and (not one.is_active or one.staff.left_at is not None):
            raise NotSchedulable(f"{one} is not sent to appointments any more.")


def _check_hours(crew: Sequence[Technician], starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    zone = entered().zone
    weeks = week_of(crew)
    reasons = [f"{one} {why}" for one in crew if (why := weeks[one.pk].why_not(starts_at, ends_at, zone))]
    if reasons:
        raise OutsideHours(f"{'; '.join(reasons)}.")


def _clash(held: Appointment, technicians: Sequence[int], starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """Who is where instead, as a sentence."""
    rows = Assignment.objects.filter(
        technician__in=technicians, released_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at
    ).exclude(appointment=held.pk)
    taken = rows.select_related("technician__staff__user", "appointment__customer").order_by("starts_at").first()
    if taken is None:
        return "That time was taken a moment ago, and has changed again. Try once more."
    when = f"{clock_time(taken.starts_at)} to {clock_time(taken.ends_at)}"
    where = taken.appointment.customer.name
    return f"{taken.technician} is at {where} on {day(taken.starts_at)} from {when}. Choose another time or technician."
