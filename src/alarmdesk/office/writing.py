"""What does somebody at the office write to one customer or lead (F25)? Words of their own, begun by the company's."""

import datetime as dt
import secrets
from collections.abc import Callable

from alarmdesk.company.entering import SYSTEM, Actor, acting
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.messaging.catalogue import PERSONAL
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import as_queued, deliver, queue
from alarmdesk.messaging.texts import Written, facts_of, wording

Now = Callable[[], dt.datetime]
KIND = PERSONAL.code
"""The kind of message; its words stand on it from the start."""
MOST_TOKENS = 2**62


def new_token() -> int:
    """What makes two presses of one form one mail."""
    return secrets.randbelow(MOST_TOKENS)


def begun(customer: Customer, company: Company) -> Written:
    """The words that a mail to this customer begins with."""
    return wording(PERSONAL).write(facts_of(company, customer.name))


def write(customer: Customer, *, to: str, subject: str, text: str, token: int, at: dt.datetime) -> Message | None:
    """Put a mail into the outbox, in the open transaction; None when this form was sent before. The customer's own
    address stays as it is.
    """
    return queue(
        kind=KIND, to=to, at=at, about_id=token, customer=customer, subject=subject, text=text, by=acting().name
    )


def is_the_same(*, to: str, subject: str, text: str, token: int) -> bool:
    """Does the mail that was sent from this form say the same?"""
    return Message.objects.filter(kind=KIND, about_id=token, to=to, subject=subject, text=text).exists()


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send what waits. Answers how many left. With no transaction open."""
    return deliver(company, KIND, as_queued, now=now, actor=actor)
