"""Which table holds the templates of what is billed again and again?"""

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models.catalogue import BillableItem, Term
from alarmdesk.lib.recurrence import Recurrence, Unit


class RecurringInvoice(models.Model):
    """The template from which invoices are made on a schedule. Not editable once created (F45, D1).

    Occurrence n falls on anchor + n intervals; `next_seq` is the first one not yet generated and `next_on` its date
    (null when none is left). Both are derived from the billing periods, and audited.
    """

    company = CompanyKey(related_name="recurring_invoices")
    customer = Link(Customer, related_name="recurring_invoices")
    number = models.BigIntegerField("ID")
    anchor_on = models.DateField("next invoice date")
    every = models.SmallIntegerField()
    unit = models.CharField(max_length=5, choices=[(unit.value, unit.value) for unit in Unit])
    times = models.IntegerField("times to recur", null=True, blank=True)
    term = Link(Term, related_name="recurring_invoices", indexed=False)
    po_number = models.CharField("PO number", max_length=40, blank=True, default="")
    note = models.TextField(blank=True, default="", max_length=4000)
    email_on_generation = models.BooleanField("email on invoice generation", default=False)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    next_seq = models.IntegerField(default=0)
    next_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    ended_on = models.DateField(null=True, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True, default="")
    ended_by = models.CharField(max_length=120, blank=True, default="")
    imported_by = Link("customers.Import", models.PROTECT, null=True, blank=True, related_name="recurring_invoices")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="invoicing_recurring_number"),
            models.CheckConstraint(condition=Q(every__gte=1), name="invoicing_recurring_every"),
            models.CheckConstraint(condition=Q(times__isnull=True) | Q(times__gte=1), name="invoicing_recurring_times"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company", "next_on", "id"], condition=Q(next_on__isnull=False), name="invoicing_recurring_due"
            )
        ]

    def __str__(self) -> str:
        return f"Recurring invoice {self.number}"

    @property
    def recurrence(self) -> Recurrence:
        return Recurrence(self.anchor_on, self.every, Unit(self.unit))

    @property
    def final_on(self) -> dt.date | None:
        """Final Invoice Date (F48): null for one that recurs until it is ended."""
        return self.recurrence.occurrence(self.times - 1) if self.times else None


class RecurringLine(models.Model):
    """A line of the template. `tax_rate` in percent overrides the state's; null leaves it to the rules."""

    company = CompanyKey(related_name="recurring_lines")
    recurring_invoice = Link(RecurringInvoice, models.CASCADE, related_name="lines", indexed=False)
    position = models.SmallIntegerField()
    item = Link(BillableItem, related_name="recurring_lines")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    description = models.CharField(max_length=500)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "recurring_invoice", "position"], name="invoicing_recurring_line_position"
            )
        ]
