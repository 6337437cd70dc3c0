"""Which table holds the templates of what is billed again and again?"""

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models.catalogue import BillableItem, Term
from alarmdesk.invoicing.models.raises import RateIncrease
from alarmdesk.invoicing.periods import Schedule
from alarmdesk.lib.recurrence import Recurrence, Unit


class RecurringInvoice(models.Model):
    """The template from which invoices are made on a schedule. Not editable once created (F45, D1).

    Which days invoice n bills and when it is made, `schedule` says (periods.py). `next_seq` is the first one not yet
    generated and `next_on` its date (null when none is left); both are derived from the billing periods, and audited.
    A price that changes makes a successor, which `follows` it from the day on which it ends (succession.py).
    """

    company = CompanyKey(related_name="recurring_invoices")
    customer = Link(Customer, related_name="recurring_invoices")
    number = models.BigIntegerField("ID")
    anchor_on = models.DateField("next invoice date")
    every = models.SmallIntegerField()
    unit = models.CharField(max_length=5, choices=[(unit.value, unit.value) for unit in Unit])
    times = models.IntegerField("times to recur", null=True, blank=True)
    first_seq = models.IntegerField("first period", default=0, db_default=0)
    starts_on = models.DateField("first day billed", null=True, blank=True)  # null: the first period is whole
    in_arrears = models.BooleanField("billed in arrears", default=False, db_default=False)
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
    prorates_end = models.BooleanField("last period prorated", default=False, db_default=False)
    follows = Link("self", null=True, blank=True, related_name="successors", indexed=False)
    raised_by = Link(RateIncrease, null=True, blank=True, related_name="successors")
    imported_by = Link("customers.Import", models.PROTECT, null=True, blank=True, related_name="recurring_invoices")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="invoicing_recurring_number"),
            models.CheckConstraint(condition=Q(every__gte=1), name="invoicing_recurring_every"),
            models.CheckConstraint(condition=Q(times__isnull=True) | Q(times__gte=1), name="invoicing_recurring_times"),
            models.UniqueConstraint(
                fields=["company", "follows"],
                condition=Q(follows__isnull=False),
                name="invoicing_recurring_one_successor",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company", "next_on", "id"], condition=Q(next_on__isnull=False), name="invoicing_recurring_due"
            ),
            models.Index(fields=["company", "-id"], condition=Q(next_on__isnull=True), name="invoicing_recurring_over"),
        ]

    def __str__(self) -> str:
        return f"Recurring invoice {self.number}"

    @property
    def recurrence(self) -> Recurrence:
        return Recurrence(self.anchor_on, self.every, Unit(self.unit))

    @property
    def schedule(self) -> Schedule:
        """When it bills what."""
        return Schedule(
            self.anchor_on, self.every, self.unit, self.times, self.first_seq, self.starts_on, self.in_arrears,
            self.ended_on, self.prorates_end,
        )  # fmt: skip

    @property
    def final_on(self) -> dt.date | None:
        """Final Invoice Date (F48): null for one that recurs until it is ended."""
        return self.schedule.final_on

    @property
    def first_on(self) -> dt.date:
        """The Sale Date of the first invoice made from it (F44)."""
        schedule = self.schedule
        return schedule.made_on(schedule.period(self.first_seq))

    @property
    def begins_on(self) -> dt.date:
        """The first day that it bills."""
        return self.schedule.begins_on

    @property
    def made(self) -> int:
        """How many of its invoices were made, those that were waived with them."""
        return self.next_seq - self.first_seq


class RecurringLine(models.Model):
    """A line of the template. `tax_rate` in percent overrides the state's; null leaves it to the rules.

    `tax` is what the rules of its first date made of the line when it was written: with it the template's amount is
    the sum of its lines. Each invoice is taxed by the rules of its own date. Null where it was not noted.
    """

    company = CompanyKey(related_name="recurring_lines")
    recurring_invoice = Link(RecurringInvoice, models.CASCADE, related_name="lines", indexed=False)
    position = models.SmallIntegerField()
    item = Link(BillableItem, related_name="recurring_lines")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    description = models.CharField(max_length=500)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    tax = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "recurring_invoice", "position"], name="invoicing_recurring_line_position"
            )
        ]
