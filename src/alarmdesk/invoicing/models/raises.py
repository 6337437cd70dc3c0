"""Which table holds the increases of many prices at once?"""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.models import Run
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer


class RateIncrease(models.Model):
    """A new price for many customers from a date on: what was chosen, and whether it was applied or undone.

    `value` is percent or dollars a unit, on lines of `items` (ids of billable items). `state`, `kind`, `price_from`,
    `price_to` and `since_before` narrow whom it is for; who signed in the `spares_months` before the date is spared.
    """

    class How(models.TextChoices):
        PERCENT = "percent", "Percent"
        AMOUNT = "amount", "Dollars"

    class Rounding(models.TextChoices):
        CENT = "cent", "To the cent"
        NICKEL = "nickel", "To 5 cents"
        QUARTER = "quarter", "To 25 cents"
        DOLLAR = "dollar", "To whole dollars"
        NINETY_FIVE = "95", "Up to .95"
        NINETY_NINE = "99", "Up to .99"

    class State(models.TextChoices):
        DRAFT = "draft", "Not applied"
        APPLYING = "applying", "Being applied"
        APPLIED = "applied", "Applied"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"

    company = CompanyKey(related_name="rate_increases")
    progress = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    how = models.CharField(max_length=10, choices=How, default=How.PERCENT)
    value = models.DecimalField(max_digits=9, decimal_places=4)
    rounding = models.CharField(max_length=10, choices=Rounding, default=Rounding.CENT)
    items = models.JSONField(default=list)
    state = models.CharField(max_length=2, blank=True, default="")
    kind = models.CharField(max_length=10, choices=Customer.Kind, blank=True, default="")
    price_from = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    price_to = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    since_before = models.DateField("customers since before", null=True, blank=True)
    spares_months = models.SmallIntegerField(default=12)
    effective_on = models.DateField()
    splits = models.BooleanField("a period under way is split", default=False)
    tells = models.BooleanField("write to the customers", default=True)
    letter = models.TextField(max_length=4000, blank=True, default="")
    run = Link(Run, models.SET_NULL, null=True, blank=True, related_name="rate_increases", indexed=False)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.CharField(max_length=120, blank=True, default="")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(value__gt=Decimal(0)), name="invoicing_increase_goes_up"),
            models.CheckConstraint(
                condition=Q(spares_months__gte=0) & Q(spares_months__lte=120), name="invoicing_increase_spares"
            ),
        ]

    def __str__(self) -> str:
        how = f"{self.value.normalize():f} %" if self.how == self.How.PERCENT else f"${self.value:,.2f}"
        return f"Rate increase of {how} from {self.effective_on:%b %-d, %Y}"
