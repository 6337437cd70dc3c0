"""Which tables hold what somebody is still writing?"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models.documents import Invoice


class Draft(models.Model):
    """A document that is still being written: what was typed, valid or not. It has no number, is priced when it is
    shown, never due and in no balance. Issuing or deleting closes it; the row stays, so that whoever comes second
    hears what became of it. `key` is that of the form it was begun with: the same form makes one draft.
    """

    company = CompanyKey(related_name="drafts")
    customer = Link(Customer, related_name="drafts")
    key = models.UUIDField(default=uuid.uuid4)
    type = models.CharField(max_length=10, choices=Invoice.Type)
    corrects = Link(Invoice, null=True, blank=True, related_name="corrections", indexed=False)
    content = models.JSONField(default=dict)  # {"head": {name: text}, "lines": [{name: text}]}
    version = models.IntegerField(default=1)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=120)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=120, blank=True, default="")
    issued_as = Link(Invoice, null=True, blank=True, related_name="drafts", indexed=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "key"], name="invoicing_draft_once"),
            models.UniqueConstraint(
                fields=["company", "corrects"], condition=Q(closed_at__isnull=True), name="invoicing_one_correction"
            ),
            models.UniqueConstraint(fields=["company", "issued_as"], name="invoicing_draft_issued_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "-id"], condition=Q(closed_at__isnull=True), name="invoicing_open_drafts")
        ]

    def __str__(self) -> str:
        return f"Draft of {self.get_type_display().lower()}"


class DraftVersion(models.Model):
    """What a draft said each time it was saved; also what was typed beside a version that was not known yet."""

    company = CompanyKey(related_name="draft_versions")
    draft = Link(Draft, related_name="versions", indexed=False)
    version = models.IntegerField()
    content = models.JSONField()
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=120)

    class Meta:
        ordering: ClassVar = ["version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "draft", "version"], name="invoicing_draft_version_once")
        ]


class Succession(models.Model):
    """One document took the place of another: an invoice that of the one it corrects, a quote that of its earlier
    version, an invoice that of the quote it was made of. A document has one successor, ever.
    """

    company = CompanyKey(related_name="successions")
    predecessor = Link(Invoice, related_name="successions", indexed=False)
    successor = Link(Invoice, related_name="precessions", indexed=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "predecessor"], name="invoicing_one_successor"),
            models.UniqueConstraint(fields=["company", "successor"], name="invoicing_one_predecessor"),
            models.CheckConstraint(condition=~Q(predecessor=models.F("successor")), name="invoicing_not_its_own"),
        ]
