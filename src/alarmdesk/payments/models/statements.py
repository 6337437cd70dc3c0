"""Which table keeps the statements of account that customers were given?"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from alarmdesk.company.models import Run
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer


class Statement(models.Model):
    """What a customer was told to owe: as it was when it was made, and never changed (domain.md B17). `due` is what was
    open on invoices at the end of the period, `credit` what was on account and was counted against it.

    `moved_from`: the record that it was made for, where that was merged into this one since. A run may have made one
    for both.
    """

    class Kind(models.TextChoices):
        OPEN_ITEM = "open_item", "Open item"
        FORWARD = "forward", "Balance forward"

    company = CompanyKey(related_name="statements")
    customer = Link(Customer, related_name="statements", indexed=False)
    number = models.BigIntegerField("ID")
    kind = models.CharField(max_length=10, choices=Kind)
    starts_on = models.DateField("from")
    ends_on = models.DateField("to")
    includes_paid = models.BooleanField("include paid invoices", default=False)
    includes_credits = models.BooleanField("include unapplied credits", default=True)
    due = models.DecimalField(max_digits=12, decimal_places=2)
    credit = models.DecimalField(max_digits=12, decimal_places=2)
    balance = models.DecimalField(max_digits=12, decimal_places=2)
    snapshot = models.JSONField()
    run = Link(Run, null=True, blank=True, related_name="statements", indexed=False)
    moved_from = models.BigIntegerField("made for the merged record", null=True, blank=True, editable=False)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="payments_statement_number"),
            models.UniqueConstraint(
                fields=["company", "run", "customer", "moved_from"],
                condition=Q(run__isnull=False),
                nulls_distinct=False,
                name="payments_statement_once",
            ),
            models.CheckConstraint(condition=Q(balance=F("due") - F("credit")), name="payments_statement_adds_up"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="payments_statement_period"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "customer", "-id"], name="payments_statement_of")]

    def __str__(self) -> str:
        return f"Statement {self.number}"
