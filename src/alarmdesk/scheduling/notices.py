"""When is a customer told of an appointment? When the dust has settled: a mail waits some minutes, and a time that is
taken back meanwhile was never told (decision 40).
"""

import datetime as dt

from django.db import IntegrityError, transaction

from alarmdesk.company.models import Company
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import queue
from alarmdesk.scheduling.hours import day_of
from alarmdesk.scheduling.models import Appointment, Notice

SETTLES = dt.timedelta(minutes=3)
REMINDS_AT = dt.time(9)
"""On the day before, by the company's clocks."""
KINDS = {
    Notice.Kind.TOLD: "appointment",
    Notice.Kind.REMINDER: "appointment_reminder",
    Notice.Kind.CALLED_OFF: "appointment_off",
}
"""The kind of the message that is about a notice."""
MOST_AT_ONCE = 500


def tell(appointment: Appointment, *, at: dt.datetime) -> None:
    """Let the customer know of the time, or that a time they were told is not kept. What waits and is true no more is
    withdrawn; a time that they know already is not told again. In the open transaction.
    """
    _withdraw(appointment)
    wants = appointment.mails_customer and bool(appointment.customer.email) and appointment.done_at is None
    if not wants:
        return
    last = appointment.notices.exclude(kind=Notice.Kind.REMINDER).order_by("-pk").first()
    knows = last.starts_at if last is not None and last.kind == Notice.Kind.TOLD else None
    comes_at = None if appointment.cancelled_at else appointment.starts_at
    if comes_at is not None and comes_at > at and comes_at != knows:
        _queue(appointment, Notice.Kind.TOLD, comes_at, at)
    elif comes_at is None and knows is not None and knows > at:
        _queue(appointment, Notice.Kind.CALLED_OFF, knows, at)


def remind(company: Company, *, at: dt.datetime) -> int:
    """Write to the customers of tomorrow's appointments, from nine in the morning on, each once; not to those who were
    told of it today. Answers how many. Inside the company, in a transaction.
    """
    local = at.astimezone(company.zone)
    if local.time() < REMINDS_AT:
        return 0
    today, tomorrow = (day_of(local.date() + dt.timedelta(days=ahead), company.zone) for ahead in (0, 1))
    rows = company.appointments.filter(
        starts_at__gte=tomorrow[0], starts_at__lt=tomorrow[1], mails_customer=True, cancelled_at=None, done_at=None
    ).exclude(customer__email="")
    told = company.appointment_notices.filter(kind=Notice.Kind.TOLD, made_at__gte=today[0])
    reminded = company.appointment_notices.filter(kind=Notice.Kind.REMINDER, starts_at__gte=tomorrow[0])
    rows = rows.exclude(pk__in=told.values("appointment")).exclude(pk__in=reminded.values("appointment"))
    return sum(_remind(each, at) for each in rows.select_related("customer").order_by("pk")[:MOST_AT_ONCE])


def _remind(appointment: Appointment, at: dt.datetime) -> bool:
    assert appointment.starts_at is not None  # noqa: S101  (the query asks for it)
    try:
        with transaction.atomic():
            _queue(appointment, Notice.Kind.REMINDER, appointment.starts_at, at)
    except IntegrityError:  # another worker was quicker
        return False
    return True


def _queue(appointment: Appointment, kind: Notice.Kind, starts_at: dt.datetime, at: dt.datetime) -> None:
    notice = Notice.objects.create(appointment=appointment, kind=kind, starts_at=starts_at, made_at=at)
    queue(
        kind=KINDS[kind], to=appointment.customer.email, at=at, about_id=notice.pk, customer=appointment.customer,
        due_at=at if kind == Notice.Kind.REMINDER else at + SETTLES,
    )  # fmt: skip


def _withdraw(appointment: Appointment) -> None:
    """Take out of the outbox what has not left."""
    for notice in appointment.notices.all():
        waiting = Message.objects.filter(
            kind=KINDS[Notice.Kind(notice.kind)], about_id=notice.pk, state=Message.State.QUEUED
        )
        if waiting.delete()[0]:
            notice.delete()
