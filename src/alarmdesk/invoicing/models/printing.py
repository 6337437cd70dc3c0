"""Which tables hold papers that were printed at once?"""

from typing import Any, ClassVar

from django.db import models

from alarmdesk.company.models import Run
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models.documents import Invoice


class Printout(models.Model):
    """Many documents in one file: which were asked for, the run that makes it, and until when it is kept."""

    class Form(models.TextChoices):
        PDF = "pdf", "One PDF"
        ZIP = "zip", "A zip with a PDF for each"

    class Standing(models.TextChoices):
        IN_FORCE = "in_force", "All but void"
        OWING = "owing", "Open"
        PAST_DUE = "past_due", "Past due"
        PAID = "paid", "Paid"
        VOID = "void", "Void"

    company = CompanyKey(related_name="printouts")
    run = Link(Run, models.CASCADE, related_name="printouts")
    form = models.CharField(max_length=10, choices=Form, default=Form.PDF)
    type = models.CharField(max_length=10, choices=Invoice.Type, blank=True, default="")
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.IN_FORCE)
    from_on = models.DateField(null=True, blank=True)
    to_on = models.DateField(null=True, blank=True)
    customer = Link(Customer, models.CASCADE, null=True, blank=True, related_name="printouts")
    size = models.BigIntegerField("size in bytes", default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=120, blank=True, default="")
    kept_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Print run {self.pk}"

    @property
    def file_name(self) -> str:
        """invoices-2026-11-21-7.pdf: the day and the number of the print run."""
        return f"{self.type or 'document'}s-{self.run.on:%Y-%m-%d}-{self.pk}.{self.form}"

    def is_there(self, at: Any) -> bool:
        """Whether the file can be had at an instant."""
        return self.kept_until is not None and at < self.kept_until


class PrintoutPiece(models.Model):
    """A piece of the file of a print run, so that any process can hand it out and memory stays bounded."""

    company = CompanyKey(related_name="printout_pieces")
    printout = Link(Printout, models.CASCADE, related_name="pieces", indexed=False)
    position = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "printout", "position"], name="invoicing_printout_piece_once")
        ]
