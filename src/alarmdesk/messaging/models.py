"""Which table holds what leaves the house?"""

from typing import ClassVar

from django.db import models

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer


class Message(models.Model):
    """A mail in the outbox. `kind` and `about_id` say what it is about, and make it once: the words may be written
    when it is queued, or at delivery by the room that knows the noun.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    company = CompanyKey(related_name="messages")
    customer = Link(Customer, models.CASCADE, null=True, blank=True, related_name="messages", indexed=False)
    kind = models.CharField(max_length=30)
    about_id = models.BigIntegerField(null=True, blank=True)
    to = models.EmailField()
    subject = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    tries = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True, default="")
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(
        max_length=120, blank=True, default="", db_default=""
    )  # who wrote it; "" for what the house writes itself

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "kind", "about_id", "to"],
                condition=models.Q(about_id__isnull=False),
                name="messaging_message_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company", "kind", "due_at"],
                condition=models.Q(state__in=["queued", "sending"]),
                name="messaging_waiting",
            ),
            models.Index(fields=["company", "customer", "-queued_at"], name="messaging_of_customer"),
        ]


class MailText(models.Model):
    """A company's own words for one kind of letter (catalogue.py has ours)."""

    company = CompanyKey(related_name="mail_texts")
    letter = models.CharField(max_length=30)
    subject = models.CharField(max_length=200)
    body = models.TextField(max_length=8000)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "letter"], name="messaging_mail_text_once")]


class MailSender(models.Model):
    """Under which name a company's mails leave, and where answers to them go; "" stands for the company's own."""

    company = CompanyKey(related_name="mail_senders")
    name = models.CharField("from name", max_length=120, blank=True, default="")
    reply_to = models.EmailField("reply to", blank=True, default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company"], name="messaging_mail_sender_once")]
