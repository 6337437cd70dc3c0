"""Which table says what line of a document and which piece of equipment are the same thing?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.equipment.models import Piece
from alarmdesk.invoicing.models.documents import InvoiceLine


class InvoicedPiece(models.Model):
    """A line of an invoice and the piece that it was written for, or that was made from it (F31, F41).

    A line has its piece once for ever; a piece is on one invoice in force at most. `released_at`: the invoice was
    voided, so the piece may be invoiced again; the line stays used (decision 34).
    """

    class Way(models.TextChoices):
        TAKEN = "taken", "The piece came from the line"
        BILLED = "billed", "The line was written for the piece"

    company = CompanyKey(related_name="invoiced_pieces")
    line = Link(InvoiceLine, related_name="invoiced_pieces", indexed=False)
    piece = Link(Piece, related_name="invoiced_pieces")
    way = models.CharField(max_length=10, choices=Way)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "line"], name="invoicing_line_has_one_piece"),
            models.UniqueConstraint(
                fields=["company", "piece"],
                condition=Q(released_at__isnull=True),
                name="invoicing_piece_on_one_invoice",
            ),
        ]
