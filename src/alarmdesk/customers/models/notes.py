"""What does somebody want to remember of a customer, and who must do something about it (F24)?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from alarmdesk.company.models import User
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models.people import Customer

TITLE = 80


class Note(models.Model):
    """Plain text on a lead or customer. A ticket is a note that somebody works on: they share one text (B13)."""

    company = CompanyKey(related_name="notes")
    customer = Link(Customer, models.CASCADE, related_name="notes", indexed=False)
    text = models.TextField("note", max_length=8000)
    written_at = models.DateTimeField("written")
    written_by = models.CharField("written by", max_length=120)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "customer", "-id"], name="customers_notes_newest")]

    def __str__(self) -> str:
        return self.title

    @property
    def ticket(self) -> "Ticket | None":
        """The work that came of it; asks nothing where tickets were prefetched."""
        return next(iter(self.ticket_rows.all()), None)

    @property
    def title(self) -> str:
        """The first line, or as much of it as fits in a list."""
        first = self.text.strip().partition("\n")[0].strip()
        return first if len(first) <= TITLE else first[: TITLE - 1].rstrip() + "…"


class Ticket(models.Model):
    """Work that a note asks for: a number of the company's, somebody to do it, a day. Waiting and done are facts with
    their day and author; who neither waits nor is done is open.
    """

    class Priority(models.IntegerChoices):
        HIGH = 1, "High"
        MEDIUM = 2, "Medium"
        LOW = 3, "Low"

    company = CompanyKey(related_name="tickets")
    customer = Link(Customer, models.CASCADE, related_name="tickets")
    note = Link(Note, models.CASCADE, related_name="ticket_rows", indexed=False)
    number = models.BigIntegerField()
    assignee = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    due_on = models.DateField("due", null=True, blank=True)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.MEDIUM)
    opened_at = models.DateTimeField("opened")
    opened_by = models.CharField("opened by", max_length=120)
    waiting_at = models.DateTimeField("waiting since", null=True, blank=True)
    waiting_by = models.CharField("let wait by", max_length=120, blank=True, default="")
    done_at = models.DateTimeField("done", null=True, blank=True)
    done_by = models.CharField("done by", max_length=120, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "note"], name="customers_one_ticket_of_a_note"),
            models.UniqueConstraint(fields=["company", "number"], name="customers_ticket_number_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company", "assignee", "due_on"],
                condition=Q(done_at__isnull=True),
                name="customers_tickets_open",
            ),
            models.Index(fields=["company", "-id"], name="customers_tickets_newest"),
            models.Index(
                fields=["company", "due_on", "id"], condition=Q(done_at__isnull=True), name="customers_tickets_due"
            ),
        ]

    def __str__(self) -> str:
        return f"Ticket {self.number}"

    @property
    def state(self) -> str:
        """The word for where it stands: done, waiting or open."""
        return "done" if self.done_at else "waiting" if self.waiting_at else "open"


class TicketComment(models.Model):
    """What somebody adds to a ticket. Plain text, kept as it was written."""

    company = CompanyKey(related_name="ticket_comments")
    ticket = Link(Ticket, models.CASCADE, related_name="comments")
    text = models.TextField("comment", max_length=8000)
    written_at = models.DateTimeField("written")
    written_by = models.CharField("written by", max_length=120)

    class Meta:
        verbose_name = "comment"

    def __str__(self) -> str:
        first = self.text.strip().partition("\n")[0].strip()
        return first if len(first) <= TITLE else first[: TITLE - 1].rstrip() + "…"


class TicketFilter(models.Model):
    """What a queue of tickets was asked for, by a name: one's own, or, without an owner, the team's. `query` is the
    address's.
    """

    company = CompanyKey(related_name="ticket_filters")
    owner = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="+", db_index=False)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True, default="")
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "company", "owner", Lower("name"), name="customers_filter_name", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name
