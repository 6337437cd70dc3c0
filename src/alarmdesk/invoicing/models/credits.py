"""Which tables say what a credit takes back, and which invoices it has been applied to?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.invoicing.models.documents import Invoice, InvoiceLine


class LineReversal(models.Model):
    """A line of a credit takes back so much of a line of an invoice: `amount` before tax and the `tax` that was stored
    there (billing.md 1.4). Insert-only; PostgreSQL refuses more than the line, each of its taxes, and the invoice.
    """

    company = CompanyKey(related_name="line_reversals")
    credit = Link(Invoice, related_name="reversals")
    invoice = Link(Invoice, related_name="reversed_by")
    credit_line = Link(InvoiceLine, related_name="takes_back", indexed=False)
    line = Link(InvoiceLine, related_name="taken_back")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    tax = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "credit_line"], name="invoicing_one_reversal_of_a_line")
        ]


class CreditApplication(models.Model):
    """So much of a credit takes so much off this invoice: inserted or reversed, never edited. A reversal is a row with
    minus the amount that names the row it takes back.
    """

    company = CompanyKey(related_name="credit_applications")
    credit = Link(Invoice, related_name="applications")
    invoice = Link(Invoice, related_name="credit_applications")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    reverses = Link("invoicing.CreditApplication", null=True, blank=True, related_name="reversals", indexed=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "reverses"], condition=Q(reverses__isnull=False), name="invoicing_reversed_once"
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="invoicing_application_sign",
            ),
        ]
