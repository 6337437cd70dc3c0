"""What do pages call the state of an appointment, its time and its length?"""

import datetime as dt

from alarmdesk.lib.furniture import clock_time, day
from alarmdesk.scheduling.models import Appointment


def state(appointment: Appointment, at: dt.datetime) -> tuple[str, str]:
    """The kind of its pill and the word."""
    if appointment.cancelled_at is not None:
        return "plain", "Cancelled"
    if appointment.done_at is not None:
        return "ok", "Done"
    if appointment.on_site_at is not None:
        return "warn", "On site"
    if appointment.on_my_way_at is not None:
        return "info", "On my way"
    if appointment.starts_at is None:
        return "warn", "To be scheduled"
    return ("bad", "Late") if appointment.is_late(at) else ("info", "Scheduled")


def hours(appointment: Appointment) -> str:
    """From when to when: “9:00 AM to 11:00 AM”, with the day where it ends on another one; "" without a time."""
    starts, ends = appointment.starts_at, appointment.ends_at
    if starts is None or ends is None:
        return ""
    last = clock_time(ends) if day(starts) == day(ends) else f"{day(ends)}, {clock_time(ends)}"
    return f"{clock_time(starts)} to {last}"


def some(count: int) -> str:
    """How many: “1 appointment”, “12 appointments”."""
    return f"{count:,} appointment{'' if count == 1 else 's'}"


def length(minutes: int) -> str:
    """How long: “45 min”, “2 h”, “1 h 30 min”."""
    whole, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{whole} h" if whole else "", f"{rest} min" if rest or not whole else "") if part
    )
