"""Which letters does this room send? The documents that customers get by mail (F49), and word to the office of how a
quote was answered.
"""

import datetime as dt
from collections.abc import Callable

from alarmdesk.company.entering import SYSTEM, Actor
from alarmdesk.company.models import Company
from alarmdesk.invoicing.mail import KIND, compose_answer, compose_invoice
from alarmdesk.invoicing.quotes import ANSWER_KIND
from alarmdesk.messaging.outbox import deliver

Now = Callable[[], dt.datetime]


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send the letters that are due to leave. Answers how many left."""
    letters = {KIND: compose_invoice, ANSWER_KIND: compose_answer}
    return sum(deliver(company, kind, compose, now=now, actor=actor) for kind, compose in letters.items())
