"""Who goes out, when do they work, and under which secret address does their calendar find it?"""

import datetime as dt
from collections.abc import Mapping

from django.core import signing
from django.db import IntegrityError, transaction

from alarmdesk.company.entering import entered
from alarmdesk.scheduling.hours import Times
from alarmdesk.scheduling.models import DayOff, Technician, WorkingHours

SALT = "alarmdesk.scheduling.feed"


class TechnicianAlready(ValueError):
    """The person is a technician."""


class NoFeed(Exception):
    """The address was never given out, is not whole, or was revoked."""


def save_technician(technician: Technician, hours: Mapping[int, Times]) -> None:
    """Make somebody of the staff a technician, or change one; `hours` by weekday, 0 is Monday. Raises
    TechnicianAlready.
    """
    try:
        with transaction.atomic():
            technician.save()
            technician.hours.exclude(weekday__in=hours).delete()
            for weekday, (starts, ends) in hours.items():
                WorkingHours.objects.update_or_create(
                    technician=technician, weekday=weekday, defaults={"starts": starts, "ends": ends}
                )
    except IntegrityError as error:
        if "scheduling_technician_once" not in str(error):
            raise
        raise TechnicianAlready(f"{technician.staff.user} is a technician already.") from error


def take_off(technician: Technician, *, first_on: dt.date, last_on: dt.date, reason: str = "") -> DayOff:
    """Days on which the technician does not work. What is booked on them stays, and the board shows it."""
    made: DayOff = DayOff.objects.create(
        technician=technician, first_on=first_on, last_on=last_on, reason=reason.strip()
    )
    return made


def take_day_back(row: DayOff) -> None:
    """The technician works on those days after all."""
    row.delete()


# --- the calendar's address


def renew_feed(technician: Technician, *, at: dt.datetime) -> None:
    """Give out a new secret address; the one before stops working."""
    technician.feed_serial += 1
    technician.feed_since = at
    technician.save(update_fields=["feed_serial", "feed_since"])


def revoke_feed(technician: Technician) -> None:
    """Let no address work."""
    technician.feed_since = None
    technician.save(update_fields=["feed_since"])


def feed_token(technician: Technician) -> str:
    """The secret of the address that works now; "" where none does."""
    if technician.feed_since is None:
        return ""
    return signing.dumps([technician.pk, technician.feed_serial], salt=f"{SALT}.{entered().pk}")


def of_token(token: str) -> Technician:
    """Whose calendar it is, inside the company. Raises NoFeed."""
    try:
        pk, serial = signing.loads(token, salt=f"{SALT}.{entered().pk}")
    except (signing.BadSignature, ValueError, TypeError):
        raise NoFeed from None
    rows = entered().technicians.filter(pk=pk, feed_serial=serial, feed_since__isnull=False, staff__left_at=None)
    found = rows.select_related("staff__user").first()
    if found is None:
        raise NoFeed
    return found
