"""Which table says who may look at a customer's account from outside?"""

from typing import ClassVar

from django.db import models

from alarmdesk.company.models import User
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer


class AccountHolder(models.Model):
    """A person's access to a customer's account in the portal; `user` is set when the invitation is accepted."""

    company = CompanyKey(related_name="account_holders")
    customer = Link(Customer, models.CASCADE, related_name="account_holders", indexed=False)
    email = models.EmailField()
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="holdings")
    invited_at = models.DateTimeField()
    invited_by = models.CharField(max_length=120)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "customer", "email"],
                condition=models.Q(ended_at__isnull=True),
                name="portal_holder_once",
            )
        ]
