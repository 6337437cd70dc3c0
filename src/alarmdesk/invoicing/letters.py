"""Which letters does this room send? The invoices that customers asked to have mailed (F49), and new prices."""

import datetime as dt
from collections.abc import Callable

from alarmdesk.company.entering import SYSTEM, Actor
from alarmdesk.company.models import Company
from alarmdesk.invoicing import raise_letters, raises
from alarmdesk.invoicing.mail import KIND, compose_invoice
from alarmdesk.messaging.outbox import deliver

Now = Callable[[], dt.datetime]
LETTERS = {KIND: compose_invoice, raises.KIND: raise_letters.compose_raise}


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send the letters of this room that are due to leave. Answers how many left."""
    return sum(deliver(company, kind, compose, now=now, actor=actor) for kind, compose in LETTERS.items())
