"""How does an adverse action letter reach the consumer by mail? Queued here, written when it leaves, the PDF attached.

The mail itself says nothing of score or bureau; its words are not among the texts that a company can change.
"""

import datetime as dt
from collections.abc import Callable

from alarmdesk.company.entering import SYSTEM, Actor, entered
from alarmdesk.company.models import Company
from alarmdesk.credit.models import AdverseLetter
from alarmdesk.credit.paper import file_name, pdf
from alarmdesk.lib.furniture import day
from alarmdesk.messaging.catalogue import DATE, EVERY
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words, deliver, queue_again
from alarmdesk.messaging.texts import Letter, facts_of, ours

Now = Callable[[], dt.datetime]
KIND = "adverse_action"
"""The kind of message that is about a letter; `about_id` is the letter's id."""
NOTICE = Letter(
    KIND, "Notice of action taken", "brings the notice that a credit report was the reason for a decision",
    (DATE, *EVERY),
    "A notice from {{ company.name }}",
    "Hello {{ customer.name }},\n\nplease read the attached notice of {{ date }} about what you asked us for. It says "
    "what we have decided and which rights you have.\n\n{{ signature }}",
)  # fmt: skip


def queue_letter(letter: AdverseLetter, *, to: str, at: dt.datetime) -> Message:
    """Put the letter into the outbox for an address, again if it went there before."""
    return queue_again(kind=KIND, about_id=letter.pk, to=to, customer_id=letter.report.customer_id, at=at)


def compose(message: Message) -> Words | Unwritable:
    """What a message of this kind says as it leaves."""
    company = entered()
    letter = AdverseLetter.objects.select_related("report").filter(pk=message.about_id or 0).first()
    if letter is None:
        return Unwritable("The letter is no longer there.")
    values = {**facts_of(company, letter.report.subject_name), "date": day(letter.dated_on)}
    written = ours(NOTICE).write(values)
    return Words(
        subject=written.subject,
        text=written.text,
        html=written.html,
        attachments=((file_name(letter), pdf(letter, company), "application/pdf"),),
    )


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send the letters of this room that are due to leave. Answers how many left."""
    return deliver(company, KIND, compose, now=now, actor=actor)
