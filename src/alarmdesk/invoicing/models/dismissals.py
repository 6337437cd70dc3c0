"""Which findings of the billing audit has somebody answered for?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer


class FindingDismissal(models.Model):
    """A finding that somebody says is all right, why, and until when (its last day). Findings themselves are computed.

    `kind` and `about` name the finding; `facts` is what it said then: when the facts change it comes back.
    """

    company = CompanyKey(related_name="finding_dismissals")
    customer = Link(Customer, models.CASCADE, null=True, blank=True, related_name="finding_dismissals")
    kind = models.CharField(max_length=30)
    about = models.CharField(max_length=40)
    facts = models.CharField(max_length=300)
    reason = models.CharField(max_length=200)
    until = models.DateField()
    dismissed_at = models.DateTimeField()
    dismissed_by = models.CharField(max_length=120)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "kind", "about"],
                condition=Q(lifted_at__isnull=True),
                name="invoicing_dismissed_once",
            )
        ]
