"""Which letters does this room send? The invoices that customers asked to have mailed (F49)."""

import datetime as dt
from collections.abc import Callable

from alarmdesk.company.entering import SYSTEM, Actor
from alarmdesk.company.models import Company
from alarmdesk.invoicing.mail import KIND, compose_invoice
from alarmdesk.messaging.outbox import deliver

Now = Callable[[], dt.datetime]


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send the invoices that are due to leave. Answers how many left."""
    return deliver(company, KIND, compose_invoice, now=now, actor=actor)
