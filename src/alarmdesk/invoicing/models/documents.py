"""Which tables hold what was issued, line by line?"""

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models.catalogue import BillableItem, Term
from alarmdesk.invoicing.models.recurring import RecurringInvoice
from alarmdesk.invoicing.models.taxes import TaxBasis


class Invoice(models.Model):
    """An invoice, a quote or a credit. Issued when created and immutable from then on. Three derived sums move, by rows
    that are inserted (decisions 3 and 29): `paid`, all that payments and credits have taken off an invoice, never more
    than its total; `credited`, how much of that was credits; and `used`, what invoices have taken of a credit. A quote
    is never due and takes no payment (D7).
    """

    class Type(models.TextChoices):
        INVOICE = "invoice", "Invoice"
        QUOTE = "quote", "Quote"
        CREDIT = "credit", "Credit"

    company = CompanyKey(related_name="invoices")
    customer = Link(Customer, related_name="invoices", indexed=False)
    type = models.CharField(max_length=10, choices=Type, default=Type.INVOICE)
    number = models.BigIntegerField("ID")
    sale_on = models.DateField("sale date")
    term = Link(Term, related_name="invoices", indexed=False)
    due_on = models.DateField("due date", null=True, blank=True)
    po_number = models.CharField("PO number", max_length=40, blank=True, default="")
    note = models.TextField(blank=True, default="", max_length=4000)
    sub_total = models.DecimalField(max_digits=12, decimal_places=2)
    tax_total = models.DecimalField(max_digits=12, decimal_places=2)
    total = models.DecimalField("amount", max_digits=12, decimal_places=2)
    paid = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal("0.00"))
    credited = models.DecimalField(
        max_digits=12, decimal_places=2, default=Decimal("0.00"), db_default=Decimal("0.00"), editable=False
    )
    used = models.DecimalField(
        max_digits=12, decimal_places=2, default=Decimal("0.00"), db_default=Decimal("0.00"), editable=False
    )
    recurring_invoice = Link(RecurringInvoice, null=True, blank=True, related_name="invoices", indexed=True)
    bill_to = models.JSONField(default=dict)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=120)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.CharField(max_length=120, blank=True, default="")
    void_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "type", "number"], name="invoicing_invoice_number"),
            models.CheckConstraint(condition=Q(total=F("sub_total") + F("tax_total")), name="invoicing_total_adds_up"),
            models.CheckConstraint(
                condition=Q(paid=0) | (Q(type="invoice") & Q(paid__gte=0) & Q(paid__lte=F("total"))),
                name="invoicing_paid_within_total",
            ),
            models.CheckConstraint(
                condition=Q(credited=0) | Q(credited__gte=0, credited__lte=F("paid")),
                name="invoicing_credited_within_paid",
            ),
            models.CheckConstraint(
                condition=Q(used=0) | Q(type="credit", voided_at__isnull=True, used__gte=0, used__lte=F("total")),
                name="invoicing_used_within_credit",
            ),
            models.CheckConstraint(
                condition=Q(type="quote", due_on__isnull=True) | (~Q(type="quote") & Q(due_on__isnull=False)),
                name="invoicing_quote_is_never_due",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "customer", "-id"], name="invoicing_of_customer"),
            models.Index(
                fields=["company", "due_on", "id"],
                condition=Q(type="invoice", voided_at__isnull=True, paid__lt=F("total")),
                name="invoicing_owing",
            ),
            models.Index(
                fields=["company", "customer"],
                condition=Q(type="credit", voided_at__isnull=True, used__lt=F("total")),
                name="invoicing_credit_left",
            ),
            models.Index(fields=["company", "-id"], condition=Q(voided_at__isnull=False), name="invoicing_void"),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.number}"

    @property
    def due(self) -> Decimal:
        """The part that is neither paid nor credited (F40); nothing on a quote, a credit or a void invoice."""
        if self.type != self.Type.INVOICE or self.voided_at is not None:
            return Decimal("0.00")
        return self.total - self.paid

    @property
    def replaced_by(self) -> "Invoice | None":
        """The document that took its place, if any; asks nothing where `successions__successor` was prefetched."""
        return next((step.successor for step in self.successions.all()), None)

    @property
    def replaces(self) -> "Invoice | None":
        """The document whose place it took, if any; asks nothing where `precessions__predecessor` was prefetched."""
        return next((step.predecessor for step in self.precessions.all()), None)

    @property
    def left(self) -> Decimal:
        """What no invoice has taken of a credit; nothing of another document or of a void credit."""
        if self.type != self.Type.CREDIT or self.voided_at is not None:
            return Decimal("0.00")
        return self.total - self.used

    @property
    def received(self) -> Decimal:
        """What payments have paid of an invoice: `paid` without what was credited (F40)."""
        return self.paid - self.credited

    def is_past_due(self, today: dt.date) -> bool:
        """Due date strictly before the company's local today (D9)."""
        return self.due > 0 and self.due_on is not None and self.due_on < today


class InvoiceLine(models.Model):
    """A line of an issued document: immutable. It keeps in which state it was taxed, and why so (D13); lines from
    before reasons were kept have none.
    """

    company = CompanyKey(related_name="invoice_lines")
    invoice = Link(Invoice, models.CASCADE, related_name="lines", indexed=False)
    position = models.SmallIntegerField()
    item = Link(BillableItem, related_name="invoice_lines", indexed=False)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    description = models.CharField(max_length=500)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    tax_state = models.CharField(max_length=2, blank=True, default="", db_default="")
    tax_basis = models.CharField(max_length=12, choices=TaxBasis, blank=True, default="", db_default="")
    tax_reason = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "invoice", "position"], name="invoicing_line_position")
        ]


class LineTax(models.Model):
    """One tax on one line: immutable. Rate in percent, amount in cents."""

    company = CompanyKey(related_name="line_taxes")
    line = Link(InvoiceLine, models.CASCADE, related_name="taxes", indexed=False)
    name = models.CharField(max_length=40)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        verbose_name_plural = "line taxes"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "line", "name"], name="invoicing_line_tax_once")
        ]
