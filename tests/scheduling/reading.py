"""How do the tests of the schedule read a page, and a row as it stands now?"""

import re
from typing import Any

from alarmdesk.scheduling.models import Appointment


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def read_again(shop: Any, appointment: Appointment) -> None:
    """As it stands in the database now."""
    with shop.inside():
        appointment.refresh_from_db()
