"""What does a technician's calendar say? The technician's appointments as iCalendar (RFC 5545), in UTC: right in every
program and on every day of 23 or 25 hours.
"""

import datetime as dt

from django.conf import settings
from icalendar import Calendar, Event

from alarmdesk.company.addresses import at as address
from alarmdesk.company.entering import entered
from alarmdesk.scheduling.models import Appointment, Technician
from alarmdesk.scheduling.queries import own

BACK, AHEAD = dt.timedelta(days=30), dt.timedelta(days=365)
MOST = 2_000


def calendar_of(technician: Technician, *, at: dt.datetime) -> bytes:
    """A month back and a year ahead."""
    company = entered()
    book = Calendar()
    book.add("prodid", "-//AlarmDesk//Schedule//EN")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", f"{company.name}: {technician}")
    book.add("x-wr-timezone", company.time_zone)
    for appointment in own(technician, (at - BACK, at + AHEAD))[:MOST]:
        book.add_component(_event(appointment, at))
    content: bytes = book.to_ical()
    return content


def _event(appointment: Appointment, at: dt.datetime) -> Event:
    customer = appointment.customer
    place, phone = customer.service_address, customer.first_phone
    event = Event()
    event.add("uid", f"appointment-{appointment.pk}@{entered().slug}.alarmdesk")
    event.add("dtstamp", at.astimezone(dt.UTC))
    for name, instant in (("dtstart", appointment.starts_at), ("dtend", appointment.ends_at)):
        if instant is not None:
            event.add(name, instant.astimezone(dt.UTC))
    event.add("summary", f"{appointment.get_kind_display()}: {customer.name}")
    event.add("location", place.one_line if place else "")
    url = settings.SITE_URL + address("scheduling:job", pk=appointment.pk)
    said = [appointment.work, appointment.note, str(phone) if phone else "", url]
    event.add("description", "\n".join(line for line in said if line))
    event.add("url", url)
    event.add("status", "CONFIRMED")
    return event
