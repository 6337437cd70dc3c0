"""Which letters does this room send? An appointment's confirmation, its reminder, and that it does not take place."""

import datetime as dt
from collections.abc import Callable

from alarmdesk.company.entering import SYSTEM, Actor, entered, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.lib.furniture import clock_time, day
from alarmdesk.messaging import catalogue
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words, deliver
from alarmdesk.messaging.texts import Letter, Value, facts_of, wording
from alarmdesk.scheduling.models import Appointment, Notice
from alarmdesk.scheduling.notices import KINDS, remind
from alarmdesk.scheduling.queries import crew_of

Now = Callable[[], dt.datetime]
LETTERS = {
    Notice.Kind.TOLD: catalogue.APPOINTMENT,
    Notice.Kind.REMINDER: catalogue.APPOINTMENT_REMINDER,
    Notice.Kind.CALLED_OFF: catalogue.APPOINTMENT_OFF,
}


def compose(message: Message) -> Words | Unwritable:
    """What a message about a notice says. A time that is not true any more is not written: the new one has its own."""
    found = Notice.objects.select_related("appointment__customer").filter(pk=message.about_id or 0).first()
    if found is None:
        return Unwritable("The appointment was changed.")
    held = found.appointment
    takes_place = held.cancelled_at is None and held.done_at is None and held.starts_at == found.starts_at
    if takes_place is (found.kind == Notice.Kind.CALLED_OFF):
        return Unwritable("The appointment was changed.")
    return _written(LETTERS[Notice.Kind(found.kind)], held, found.starts_at)


def _written(letter: Letter, appointment: Appointment, starts_at: dt.datetime) -> Words:
    customer: Customer = appointment.customer
    place = customer.service_address
    values: dict[str, Value] = {
        **facts_of(entered(), customer.name),
        "date": f"{starts_at.astimezone(entered().zone):%A}, {day(starts_at)}",
        "time": clock_time(starts_at),
        "until": clock_time(starts_at + dt.timedelta(minutes=appointment.minutes)),
        "what": appointment.get_kind_display(),
        "work": appointment.work,
        "technician": ", ".join(str(one) for one in crew_of(appointment)),
        "address": place.one_line if place else "",
        "reason": appointment.cancel_reason,
    }
    written = wording(letter).write({each.name: values[each.name] for each in letter.placeholders})
    return Words(subject=written.subject, text=written.text, html=written.html)


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send the letters of this room that are due to leave. Answers how many left."""
    return sum(deliver(company, kind, compose, now=now, actor=actor) for kind in KINDS.values())


def remind_and_deliver(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Put the reminders of tomorrow into the outbox, then send what is due. Answers how many left."""
    with inside(company, actor=actor):
        remind(company, at=now())
    return deliver_all(company, now=now, actor=actor)
