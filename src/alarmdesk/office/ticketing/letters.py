"""What is written to somebody who is given a ticket (F24)? Not to who takes one themselves."""

import datetime as dt
from collections.abc import Sequence

from django.conf import settings

from alarmdesk.company.addresses import at as address
from alarmdesk.company.entering import SYSTEM, Actor, acting, entered
from alarmdesk.company.models import Company, User
from alarmdesk.customers.models import Ticket
from alarmdesk.lib.furniture import day
from alarmdesk.messaging.outbox import Now, as_queued, deliver, queue

KIND = "ticket"
"""The kind of message that tells of tickets; its words stand on it from the start."""
LISTED = 50


def tell_assignees(tickets: Sequence[Ticket], *, at: dt.datetime) -> list[User]:
    """Put one mail for each person who was given some of these tickets into the outbox, in the open transaction; who is
    told. Nobody hears of what they took themselves.
    """
    given: dict[User, list[Ticket]] = {}
    for ticket in tickets:
        if ticket.assignee is not None and ticket.assignee_id != acting().user_id:
            given.setdefault(ticket.assignee, []).append(ticket)
    for person, theirs in given.items():
        subject, text = _words(person, theirs)
        queue(kind=KIND, to=person.email, at=at, subject=subject, text=text)
    return list(given)


def _words(person: User, tickets: Sequence[Ticket]) -> tuple[str, str]:
    company = entered()
    many = len(tickets) > 1
    subject = f"{len(tickets)} tickets for you" if many else f"{tickets[0]}: {tickets[0].note.title}"
    opening = f"{acting().name} has given you {f'{len(tickets)} tickets' if many else 'a ticket'} at {company}."
    parts = [f"Hello {person},", opening, *(_about(ticket, whole=not many) for ticket in tickets[:LISTED])]
    if len(tickets) > LISTED:
        parts.append(f"And {len(tickets) - LISTED:,} more.")
    parts.append(f"All of yours: {settings.SITE_URL}{address('tickets:mine')}")
    return subject[:200], "\n\n".join(parts) + "\n"


def _about(ticket: Ticket, *, whole: bool) -> str:
    facts = [f"{ticket.get_priority_display()} priority"]
    if ticket.due_on:
        facts.insert(0, f"due {day(ticket.due_on)}")
    head = f"{ticket}, {ticket.customer.name} ({ticket.customer.account_number}): {', '.join(facts)}"
    text = ticket.note.text if whole else ticket.note.title
    return f"{head}\n{text}\n{settings.SITE_URL}{address('tickets:ticket', pk=ticket.pk)}"


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send what waits. Answers how many left. With no transaction open."""
    return deliver(company, KIND, as_queued, now=now, actor=actor)
