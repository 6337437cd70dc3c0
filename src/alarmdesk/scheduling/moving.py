"""What does a move change, and how is it taken back? By a signed word of what was before, good while nothing else has
happened since.
"""

from collections.abc import Sequence
from typing import Any

from django.core import signing

from alarmdesk.company.entering import entered
from alarmdesk.scheduling.models import Appointment, Technician
from alarmdesk.scheduling.queries import crew_of

SALT = "alarmdesk.scheduling.undo"
State = list[Any]


def state_of(appointment: Appointment) -> State:
    """Crew, start and length, as JSON can hold them; the start in seconds since 1970, None in the queue."""
    starts = int(appointment.starts_at.timestamp()) if appointment.starts_at else None
    return [[one.pk for one in crew_of(appointment)], starts, appointment.minutes]


def token_of(before: State, after: State, back: str) -> str:
    """What was, what is, and where to go when it was taken back."""
    return signing.dumps([before, after, back], salt=f"{SALT}.{entered().pk}")


def read(token: str) -> tuple[State, State, str] | None:
    """What a token says; None for one that was never given out."""
    try:
        before, after, back = signing.loads(token, salt=f"{SALT}.{entered().pk}")
    except (signing.BadSignature, ValueError):
        return None
    return before, after, back


def replaced(crew: Sequence[Technician], technician: Technician, instead_of: int | None) -> list[Technician]:
    """The crew with one of them replaced, each once; without a crew the technician alone."""
    changed = [technician if one.pk == instead_of else one for one in crew] or [technician]
    return list(dict.fromkeys(changed))
