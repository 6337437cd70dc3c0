"""Which periods were billed, which never will be, and who could not be?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.models import Run
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models.documents import Invoice
from alarmdesk.invoicing.models.recurring import RecurringInvoice


class BillingPeriod(models.Model):
    """A period of a recurring invoice that has been invoiced, or waived: it never will be (waiving.py). One row per
    template and number, ever.
    """

    company = CompanyKey(related_name="billing_periods")
    recurring_invoice = Link(RecurringInvoice, related_name="periods", indexed=False)
    seq = models.IntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    invoice = Link(Invoice, null=True, blank=True, related_name="periods")
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_by = models.CharField(max_length=120, blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "recurring_invoice", "seq"], name="invoicing_period_once"),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, waived_at__isnull=True)
                | Q(invoice__isnull=True, waived_at__isnull=False),
                name="invoicing_period_billed_or_waived",
            ),
        ]


class ParkedAccount(models.Model):
    """A recurring invoice that a run could not bill, with the reason; runs leave it alone until it is released."""

    company = CompanyKey(related_name="parked_accounts")
    customer = Link(Customer, models.CASCADE, related_name="parked", indexed=False)
    recurring_invoice = Link(RecurringInvoice, models.CASCADE, related_name="parked", indexed=False)
    run = Link(Run, models.SET_NULL, null=True, blank=True, related_name="parked", indexed=False)
    reason = models.CharField(max_length=500)
    parked_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "recurring_invoice"],
                condition=Q(released_at__isnull=True),
                name="invoicing_parked_once",
            )
        ]
