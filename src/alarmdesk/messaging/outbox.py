"""How does a message leave the house? Taken from the outbox, given to the mail server, marked sent: once, unless the
house falls down between the last two, and then twice under one Message-ID rather than never.

The room that knows what a message is about hands over the words when it leaves (`compose`); a message may also have
had its words from the start.
"""

import datetime as dt
import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F

from alarmdesk.company.entering import SYSTEM, Actor, entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.messaging.layout import framed
from alarmdesk.messaging.models import MailSender, Message

Now = Callable[[], dt.datetime]
AT_ONCE = 50
STUCK_AFTER = dt.timedelta(minutes=10)
MOST_TRIES = 8
FIRST_WAIT = dt.timedelta(minutes=2)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says, and what is attached: (file name, bytes, type). `html` is what stands within the layout of
    all mails, escaped; "" makes it of the text.
    """

    subject: str
    text: str
    html: str = ""
    attachments: tuple[tuple[str, bytes, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Unwritable:
    """There is nothing to write about any more; the reason is kept with the message."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake of ours kept this one message from being written."""

    error: Exception


Compose = Callable[[Message], Words | Unwritable]


def queue(
    *, kind: str, to: str, at: dt.datetime, due_at: dt.datetime | None = None, **fields: object
) -> Message | None:
    """Put a message into the outbox of the entered company, in the open transaction, not to leave before `due_at`; None
    when it is there already.
    """
    message = Message(kind=kind, to=to, queued_at=at, due_at=due_at or at, **fields)
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError as error:
        if "messaging_message_once" not in str(error):
            raise
        return None
    return message


def queue_again(*, kind: str, about_id: int, to: str, customer_id: int, at: dt.datetime) -> Message:
    """Put a message into the outbox as `queue` does, and again if it was there or has left before."""
    message, _ = Message.objects.update_or_create(
        kind=kind,
        about_id=about_id,
        to=to,
        defaults={
            "customer_id": customer_id,
            "state": Message.State.QUEUED,
            "tries": 0,
            "error": "",
            "queued_at": at,
            "due_at": at,
            "sent_at": None,
        },
    )
    return message


def as_queued(message: Message) -> Words:
    """The words that stood on the message from the start."""
    return Words(message.subject, message.text, message.html)


def deliver(company: Company, kind: str, compose: Compose, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send what is due of one kind. Answers how many left. Called with no transaction open: a mail server is slow.

    A server that cannot be reached is no error here: the messages wait, and it counts as no try of theirs.
    """
    sent = 0
    while batch := _take(company, kind, now(), actor):
        server = get_connection()
        try:
            server.open()
        except (OSError, smtplib.SMTPException) as error:
            _let_wait(company, batch, error, now(), actor)
            break
        try:
            sender = _sender_of(company, actor)
            for message, words in _composed(company, batch, compose, actor):
                sent += _send(company, message, words, sender, server, now, actor)
        finally:
            server.close()
    return sent


def _sender_of(company: Company, actor: Actor) -> MailSender:
    """The name on the mails and the address for answers, whole."""
    with inside(company, actor=actor):
        own = MailSender.objects.first() or MailSender()
    return MailSender(name=own.name or company.name, reply_to=own.reply_to or company.email, company=company)


def _let_wait(company: Company, ids: list[int], error: Exception, at: dt.datetime, actor: Actor) -> None:
    log.warning("No mail of %s leaves: %s", company.slug, error)
    with inside(company, actor=actor):
        Message.objects.filter(pk__in=ids, state=Message.State.SENDING).update(
            state=Message.State.QUEUED, tries=F("tries") - 1, due_at=at + FIRST_WAIT,
            error=f"{type(error).__name__}: {error}"[:300],
        )  # fmt: skip


def _take(company: Company, kind: str, at: dt.datetime, actor: Actor) -> list[int]:
    """Commit that a handful is being sent; one that got stuck in a fallen process is taken again."""
    with inside(company, actor=actor), connection.cursor() as cursor:
        cursor.execute(
            """
            update messaging_message set state = 'sending', tries = tries + 1, due_at = %(again)s
            where company_id = %(company)s and id in (
                select id from messaging_message
                where company_id = %(company)s and kind = %(kind)s
                  and state in ('queued', 'sending') and due_at <= %(at)s
                order by due_at, id limit %(limit)s for update skip locked
            ) returning id
            """,
            {"company": entered_id(), "kind": kind, "at": at, "again": at + STUCK_AFTER, "limit": AT_ONCE},
        )
        return sorted(row[0] for row in cursor.fetchall())


def _composed(
    company: Company, ids: list[int], compose: Compose, actor: Actor
) -> list[tuple[Message, Words | Unwritable | Fault]]:
    with inside(company, actor=actor):
        messages = Message.objects.select_related("customer").filter(pk__in=ids).order_by("pk")
        return [(message, _written(message, compose)) for message in messages]


def _written(message: Message, compose: Compose) -> Words | Unwritable | Fault:
    """The words, or what went wrong with this one: the others of the batch must leave all the same."""
    try:
        with transaction.atomic():
            return compose(message)
    except (OperationalError, InterfaceError):  # the server's trouble, no message's
        raise
    except Exception as error:
        log.exception("Message %s (%s) cannot be written", message.pk, message.kind)
        return Fault(error)


def _send(
    company: Company,
    message: Message,
    words: Words | Unwritable | Fault,
    sender: MailSender,
    server: object,
    now: Now,
    actor: Actor,
) -> int:
    if isinstance(words, Unwritable):
        _mark(company, message, actor, state=Message.State.FAILED, error=words.reason[:300])
        return 0
    if isinstance(words, Fault):
        _put_back(company, message, words.error, now(), actor)
        return 0
    mail = EmailMultiAlternatives(
        words.subject,
        words.text,
        from_email=formataddr((sender.name, _address(settings.DEFAULT_FROM_EMAIL))),
        to=[message.to],
        reply_to=[sender.reply_to] if sender.reply_to else None,
        headers={"Message-ID": f"<{company.slug}.{message.pk}@alarmdesk>"},
        connection=server,
    )
    mail.attach_alternative(framed(words.subject, words.text, words.html, company), "text/html")
    for attachment in words.attachments:
        mail.attach(*attachment)
    try:
        mail.send()
    except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: a header or an address that cannot be
        _put_back(company, message, error, now(), actor)
        return 0
    _mark(company, message, actor, state=Message.State.SENT, sent_at=now(), subject=words.subject[:200], error="")
    return 1


def _put_back(company: Company, message: Message, error: Exception, at: dt.datetime, actor: Actor) -> None:
    """Try again later, ever more patiently; a refusal of this address for good is the end."""
    final = isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        code >= 550 for code, _ in error.recipients.values()
    )
    state = Message.State.FAILED if final or message.tries >= MOST_TRIES else Message.State.QUEUED
    wait = FIRST_WAIT * 2 ** (message.tries - 1)
    _mark(company, message, actor, state=state, due_at=at + wait, error=f"{type(error).__name__}: {error}"[:300])


def _mark(company: Company, message: Message, actor: Actor, **fields: object) -> None:
    with inside(company, actor=actor):
        Message.objects.filter(pk=message.pk).update(**fields)


def _address(sender: str) -> str:
    """The bare address of "Name <address>"."""
    return sender.rpartition("<")[2].rstrip(">")
