"""How does a note become work, who does it, and when is it done (F24)?

Whoever is given a ticket hears of it by mail: the office writes it (office/ticketing/letters.py), for mail stands above
this room. The verbs say whom.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, QuerySet, Value, When

from alarmdesk.company.entering import entered
from alarmdesk.company.models import User
from alarmdesk.company.numbers import next_numbers
from alarmdesk.customers.models import Customer, Note, Ticket, TicketComment

LONGEST = 8_000
Tickets = QuerySet[Ticket]


class BadText(ValueError):
    """Nothing was written, or more than is kept."""


class AlreadyATicket(ValueError):
    """The note is a ticket."""


class IsATicket(ValueError):
    """A note that became a ticket cannot be taken away."""


class NotNow(ValueError):
    """The ticket is in that state already, or is done."""


# --- notes


def write_note(*, customer: Customer, text: str, at: dt.datetime, by: str) -> Note:
    """Keep a note on a lead or customer. Raises BadText."""
    return Note.objects.create(customer=customer, text=_clean(text), written_at=at, written_by=by)


def change_note(note: Note, text: str) -> None:
    """Another text; History keeps the one before. Raises BadText."""
    note.text = _clean(text)
    note.save(update_fields=["text"])


def remove_note(note: Note) -> None:
    """Take a note away; History keeps it. Raises IsATicket."""
    if note.ticket_rows.exists():
        raise IsATicket("This note is a ticket. Close the ticket instead.")
    note.delete()


# --- tickets


def open_ticket(
    note: Note,
    *,
    assignee: User | None = None,
    due_on: dt.date | None = None,
    priority: int = Ticket.Priority.MEDIUM,
    at: dt.datetime,
    by: str,
) -> Ticket:
    """Make the note work for somebody, or for whoever takes it. Raises AlreadyATicket."""
    try:
        with transaction.atomic():
            (number,) = next_numbers("ticket")
            return Ticket.objects.create(
                note=note, customer_id=note.customer_id, number=number, assignee=assignee, due_on=due_on,
                priority=priority, opened_at=at, opened_by=by,
            )  # fmt: skip
    except IntegrityError as error:
        if "customers_one_ticket_of_a_note" not in str(error):
            raise
        raise AlreadyATicket("This note is a ticket already.") from error


@dataclass(slots=True)
class Done:
    """What became of many tickets: which were changed, which of them somebody was newly given, which were left."""

    changed: list[Ticket] = field(default_factory=list)
    given: list[Ticket] = field(default_factory=list)
    left: list[Ticket] = field(default_factory=list)


def change_tickets(tickets: Iterable[Ticket], changes: Mapping[str, Any]) -> Done:
    """Write assignee, due_on or priority on each; one that is done, or says so already, is left as it is."""
    done = Done()
    with transaction.atomic():
        for ticket in _locked(tickets):
            fields = [name for name, value in changes.items() if getattr(ticket, name) != value]
            if ticket.done_at or not fields:
                done.left.append(ticket)
                continue
            for name in fields:
                setattr(ticket, name, changes[name])
            ticket.save(update_fields=fields)
            done.changed.append(ticket)
            if "assignee" in fields and ticket.assignee_id:
                done.given.append(ticket)
    return done


def close_tickets(tickets: Iterable[Ticket], *, at: dt.datetime, by: str) -> Done:
    """The work is done; what was done before keeps its day and author."""
    done = Done()
    with transaction.atomic():
        for ticket in _locked(tickets):
            if ticket.done_at:
                done.left.append(ticket)
                continue
            ticket.done_at, ticket.done_by, ticket.waiting_at, ticket.waiting_by = at, by, None, ""
            ticket.save(update_fields=["done_at", "done_by", "waiting_at", "waiting_by"])
            done.changed.append(ticket)
    return done


def let_wait(ticket: Ticket, *, at: dt.datetime, by: str) -> None:
    """Nothing can be done until somebody else has done something. Raises NotNow."""
    with transaction.atomic():
        (held,) = _locked([ticket])
        if held.done_at or held.waiting_at:
            raise NotNow(f"{held} is {held.state} already.")
        held.waiting_at, held.waiting_by = at, by
        held.save(update_fields=["waiting_at", "waiting_by"])


def reopen(ticket: Ticket) -> None:
    """It is to be worked on again. Raises NotNow."""
    with transaction.atomic():
        (held,) = _locked([ticket])
        if not held.done_at and not held.waiting_at:
            raise NotNow(f"{held} is open already.")
        held.done_at, held.done_by, held.waiting_at, held.waiting_by = None, "", None, ""
        held.save(update_fields=["done_at", "done_by", "waiting_at", "waiting_by"])


def comment(ticket: Ticket, text: str, *, at: dt.datetime, by: str) -> TicketComment:
    """Add to a ticket, whether it is done or not. Raises BadText."""
    return TicketComment.objects.create(ticket=ticket, text=_clean(text), written_at=at, written_by=by)


# --- which tickets?


def not_done(tickets: Tickets) -> Tickets:
    return tickets.filter(done_at=None)


def overdue(tickets: Tickets, today: dt.date) -> Tickets:
    """Not done though their day is past."""
    return tickets.filter(done_at=None, due_on__lt=today)


def by_urgency(tickets: Tickets) -> Tickets:
    """With `urgency`, by which lists are ordered: what is due first, then the higher priority; done comes last."""
    return tickets.alias(
        is_done=Case(When(done_at=None, then=Value(0)), default=Value(1)),
    ).order_by("is_done", F("due_on").asc(nulls_last=True), "priority", "-pk")


def found(tickets: Tickets, words: str) -> Tickets:
    """By number, or by words of the note or of the customer's name."""
    asked = Q(note__text__icontains=words) | Q(customer__last_name__icontains=words)
    asked |= Q(customer__business_name__icontains=words)
    number = words.lstrip("#")
    if number.isascii() and number.isdecimal() and len(number) < 18:
        asked |= Q(number=int(number))
    return tickets.filter(asked)


def _locked(tickets: Iterable[Ticket]) -> Tickets:
    ids = [ticket.pk for ticket in tickets]
    rows = entered().tickets.select_for_update(of=("self",)).filter(pk__in=ids)
    return rows.select_related("customer", "note", "assignee").order_by("pk")


def _clean(text: str) -> str:
    written = text.replace("\r\n", "\n").strip()
    if not written:
        raise BadText("Write something first.")
    if len(written) > LONGEST:
        raise BadText(f"This is {len(written):,} letters long; {LONGEST:,} are kept.")
    return written
