"""What do tests need of this room? Technicians who work on weekdays, and appointments of the entered company."""

import datetime as dt
from typing import Any

from alarmdesk.company.entering import entered
from alarmdesk.company.testing import OPENED, make_staff
from alarmdesk.customers.models import Customer
from alarmdesk.scheduling.actions import plan
from alarmdesk.scheduling.hours import exact
from alarmdesk.scheduling.models import Appointment, Technician
from alarmdesk.scheduling.technicians import save_technician

BY = "Rosa Calderon"
WEEKDAYS = dict.fromkeys(range(5), (dt.time(8), dt.time(17)))


def make_technician(name: str = "Luis Ferrer", **fields: Any) -> Technician:
    """Somebody of the staff who goes out, Monday to Friday from 8 to 5 unless `hours` says otherwise."""
    hours, grants = fields.pop("hours", WEEKDAYS), fields.pop("grants", ())
    place = fields.pop("staff", None) or make_staff(entered(), *grants, name=name)
    made = Technician(staff=place, **fields)
    save_technician(made, hours)
    return made


def local(text: str) -> dt.datetime:
    """A wall time of the entered company, such as "2026-11-23 09:00"."""
    typed = dt.datetime.fromisoformat(text)
    return exact(typed.date(), typed.time(), entered().zone)


def make_appointment(customer: Customer, *crew: Technician, at: str = "2026-11-23 09:00", **fields: Any) -> Appointment:
    """An appointment of two hours by the company's clocks; without a crew it is to be scheduled."""
    fields = {"kind": "service", "work": "Keypad does not respond", "minutes": 120, "by": BY, **fields}
    instant = fields.pop("made_at", OPENED)
    return plan(customer=customer, crew=crew, starts_at=local(at) if crew else None, at=instant, **fields)
