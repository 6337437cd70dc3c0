"""What did the gateway tell of itself, and where do its books differ from ours?"""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.payments.models.methods import Gateway
from alarmdesk.payments.models.money import Payment


class InboundEvent(models.Model):
    """A webhook as it came, verified and kept before anything is done about it. One row however often it comes."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        DONE = "done", "Done"
        IGNORED = "ignored", "Not ours"
        FAILED = "failed", "Failed"

    company = CompanyKey(related_name="inbound_events")
    gateway = Link(Gateway, related_name="inbound_events")
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(max_length=60, blank=True, default="")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    tries = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True, default="")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "gateway", "event_id"], name="payments_event_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company", "received_at"], condition=Q(state="received"), name="payments_event_waiting"
            )
        ]


class Deposit(models.Model):
    """A batch that the gateway settled, and how much of it our books know: the bank statement's counterpart."""

    company = CompanyKey(related_name="deposits")
    gateway = Link(Gateway, related_name="deposits", indexed=False)
    batch_id = models.CharField(max_length=60)
    settled_at = models.DateTimeField()
    count = models.IntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    matched_count = models.IntegerField(default=0)
    matched_amount = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal("0.00"))
    reconciled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "gateway", "batch_id"], name="payments_deposit_once")
        ]


class Discrepancy(models.Model):
    """Where the gateway's books and ours differ, until somebody has looked at it or it is gone."""

    class Kind(models.TextChoices):
        MISSING = "missing", "Not at the gateway"
        EXTRA = "extra", "Not in our books"
        AMOUNT = "amount", "Another amount"
        STATUS = "status", "Another status"
        TWICE = "twice", "Made twice"

    company = CompanyKey(related_name="discrepancies")
    gateway = Link(Gateway, related_name="discrepancies", indexed=False)
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=40)
    external_id = models.CharField(max_length=60, blank=True, default="")
    batch_id = models.CharField(max_length=60, blank=True, default="")
    payment = Link(Payment, null=True, blank=True, related_name="discrepancies")
    ours = models.CharField(max_length=60, blank=True, default="")
    theirs = models.CharField(max_length=60, blank=True, default="")
    lines = models.JSONField(default=list)  # what the gateway said, to be compared again without asking it
    sent_at = models.DateTimeField(null=True, blank=True)  # when we sent what is missing there
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=120, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "gateway", "kind", "key", "external_id"],
                condition=Q(settled_at__isnull=True),
                name="payments_discrepancy_once",
            )
        ]
