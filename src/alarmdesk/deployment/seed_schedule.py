"""Where do the demo's technicians go this week? Made by the room's own verbs: some done, one late, some to schedule."""

import datetime as dt
import random
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from alarmdesk.company.actions import appoint
from alarmdesk.company.entering import SYSTEM, entered
from alarmdesk.company.models import Group, User
from alarmdesk.customers.models import Customer
from alarmdesk.scheduling.actions import DoubleBooked, OutsideHours, plan
from alarmdesk.scheduling.hours import wall
from alarmdesk.scheduling.models import Appointment, Technician
from alarmdesk.scheduling.reporting import arrive, finish, set_out
from alarmdesk.scheduling.technicians import save_technician, take_off

Kind = Appointment.Kind
PEOPLE = (
    ("Dana Whitley", "Install", "blue"), ("Theo Sato", "Service", "green"), ("Priya Nair", "Service", "violet"),
    ("Sam Okoro", "Install", "amber"), ("Jo Beckett", "Inspection", "pink"),
)  # fmt: skip
# what, how long in minutes, and what is written when it is done
WORK = (
    (Kind.SERVICE, "Keypad does not respond", 60, "Keypad replaced and learned in. Tested with the station."),
    (Kind.INSTALL, "New takeover, 14 zones", 240, "Panel swapped, 14 zones tested, customer instructed."),
    (Kind.SERVICE, "Add a door contact", 90, "Contact on the back door, zone 7."),
    (Kind.SERVICE, "Camera is offline", 60, "Switch had no power. Camera records again."),
    (Kind.REMOVAL, "Take the old panel down", 75, "Panel and three sensors taken down."),
    (Kind.SERVICE, "Yearly test of the system", 120, "All zones tested, battery replaced."),
    (Kind.INSTALL, "Outdoor camera, driveway", 150, "Camera mounted and aligned."),
    (Kind.SERVICE, "Low battery at the panel", 45, "Battery replaced."),
)  # fmt: skip
QUEUED = 3
HOURS = dict.fromkeys(range(5), (dt.time(8), dt.time(17))) | {5: (dt.time(9), dt.time(13))}


def hire(slug: str, *, password: str, at: dt.datetime, most: int) -> list[Technician]:
    """The dealer's technicians, in the entered company, with their own sign-ins."""
    group = Group.objects.get(name="Technicians")
    made = []
    for name, trade, colour in PEOPLE[:most]:
        email = f"{name.partition(' ')[0].lower()}@{slug}.example"
        user: User = User.objects.create_user(email=email, name=name, password=password)
        place = appoint(user=user, group=group, title="Technician", at=at)
        technician = Technician(staff=place, trade=trade, colour=colour)
        save_technician(technician, HOURS)
        made.append(technician)
    return made


def fill_the_week(people: Sequence[Technician], *, chance: random.Random, at: dt.datetime) -> None:
    """A week of appointments around today in the entered company, and a few that wait for a time."""
    zone, today = entered().zone, entered().local_date(at)
    active = entered().customers.filter(stage=Customer.Stage.CUSTOMER, status=Customer.Status.ACTIVE)
    customers = list(active.order_by("pk"))
    monday = today - dt.timedelta(days=today.weekday())
    absent = people[-1]
    take_off(absent, first_on=today + dt.timedelta(days=1), last_on=today + dt.timedelta(days=2), reason="Vacation")
    for ahead in range(12):
        for technician in people:
            _fill(technician, monday + dt.timedelta(days=ahead), customers, chance, at, zone)
    for number in range(QUEUED):
        kind, work, minutes, _ = WORK[number]
        plan(
            customer=chance.choice(customers), kind=kind, work=work, minutes=minutes,
            at=at - dt.timedelta(days=QUEUED - number), by=SYSTEM.name,
        )  # fmt: skip


def _fill(
    technician: Technician, on: dt.date, customers: Sequence[Customer], chance: random.Random, at: dt.datetime,
    zone: ZoneInfo,
) -> None:  # fmt: skip
    """One technician's day: appointment after appointment, with the way between them."""
    starts_at = wall(on, dt.time(8, chance.choice((0, 30))), zone)
    for _ in range(chance.randrange(2, 5)):
        kind, work, minutes, done = chance.choice(WORK)
        try:
            made = plan(
                customer=chance.choice(customers), kind=kind, work=work, crew=[technician], starts_at=starts_at,
                minutes=minutes, at=min(at, starts_at) - dt.timedelta(days=3), by=SYSTEM.name,
            )  # fmt: skip
        except (OutsideHours, DoubleBooked):  # the day is over, or off
            return
        _report(made, technician, starts_at, minutes, done, at, is_late=chance.randrange(9) == 0)
        starts_at += dt.timedelta(minutes=minutes + chance.choice((15, 30, 45)))


def _report(
    made: Appointment, technician: Technician, starts_at: dt.datetime, minutes: int, done: str, at: dt.datetime,
    *, is_late: bool,
) -> None:  # fmt: skip
    """What has been said of it until now."""
    ends_at = starts_at + dt.timedelta(minutes=minutes)
    if starts_at > at or (is_late and ends_at > at):
        return
    set_out(made, at=starts_at - dt.timedelta(minutes=20), by=str(technician))
    arrive(made, at=starts_at, by=str(technician))
    if ends_at <= at:
        finish(made, work=done, minutes=minutes, at=ends_at, by=str(technician))
