"""What do people on the road say? On my way, on site, done; and what is taken back that was pressed too soon."""

import datetime as dt

from django.db import transaction

from alarmdesk.scheduling.actions import WrongTime, hold
from alarmdesk.scheduling.models import Appointment
from alarmdesk.scheduling.notices import tell


class SaidAlready(ValueError):
    """It was said before: the first word stands."""


class NothingSaid(ValueError):
    """There is nothing to take back."""


def set_out(appointment: Appointment, *, at: dt.datetime, by: str) -> None:
    """Somebody is on the way. Raises Over, WrongTime, SaidAlready."""
    with transaction.atomic():
        held = _begun(appointment)
        if held.on_my_way_at is not None or held.on_site_at is not None:
            raise SaidAlready("That was said already.")
        held.on_my_way_at, held.on_my_way_by = at, by
        held.save(update_fields=["on_my_way_at", "on_my_way_by"])


def arrive(appointment: Appointment, *, at: dt.datetime, by: str) -> None:
    """Somebody is there. Raises Over, WrongTime, SaidAlready."""
    with transaction.atomic():
        held = _begun(appointment)
        if held.on_site_at is not None:
            raise SaidAlready("That was said already.")
        held.on_site_at, held.on_site_by = at, by
        held.save(update_fields=["on_site_at", "on_site_by"])


def finish(appointment: Appointment, *, work: str, minutes: int | None, at: dt.datetime, by: str) -> None:
    """It is done: `work` says what was done, for the service history (F88), `minutes` how long it took. The crew is
    free from now on. Raises Over, WrongTime.
    """
    with transaction.atomic():
        held = _begun(appointment)
        if minutes is not None and not 0 < minutes <= 24 * 60:
            raise WrongTime("Time spent is a minute to a day.")
        held.done_at, held.done_by = at, by
        held.done_work, held.spent_minutes = work.strip(), minutes
        held.save(update_fields=["done_at", "done_by", "done_work", "spent_minutes"])
        held.assignments.filter(released_at=None).update(released_at=at)
        tell(held, at=at)


def take_back(appointment: Appointment) -> str:
    """Take back what was said last of On my way and On site; answers which. Done stands: what was written there may
    have been read. Raises Over, NothingSaid.
    """
    with transaction.atomic():
        held = hold(appointment)
        for name, label in (("on_site", "On site"), ("on_my_way", "On my way")):
            if getattr(held, f"{name}_at") is not None:
                setattr(held, f"{name}_at", None)
                setattr(held, f"{name}_by", "")
                held.save(update_fields=[f"{name}_at", f"{name}_by"])
                return label
    raise NothingSaid("There is nothing to take back.")


def minutes_on_site(appointment: Appointment, *, at: dt.datetime) -> int | None:
    """How long somebody has been there, in minutes; None before that."""
    if appointment.on_site_at is None:
        return None
    return max(1, int((at - appointment.on_site_at).total_seconds() // 60))


def _begun(appointment: Appointment) -> Appointment:
    held = hold(appointment)
    if held.starts_at is None:
        raise WrongTime("It has no time yet. Schedule it first.")
    return held
