"""Which letters does this room send? The documents that customers get by mail (F49), new prices, and word to the office
of how a quote was answered.
"""

import datetime as dt
from collections.abc import Callable

from alarmdesk.company.entering import SYSTEM, Actor
from alarmdesk.company.models import Company
from alarmdesk.invoicing import mail, raise_letters, raises
from alarmdesk.invoicing.quotes import ANSWER_KIND
from alarmdesk.messaging.outbox import deliver

Now = Callable[[], dt.datetime]
LETTERS = {
    mail.KIND: mail.compose_invoice,
    ANSWER_KIND: mail.compose_answer,
    raises.KIND: raise_letters.compose_raise,
}


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send the letters of this room that are due to leave. Answers how many left."""
    return sum(deliver(company, kind, compose, now=now, actor=actor) for kind, compose in LETTERS.items())
