"""What does a dealer bill for, and on which terms?"""

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.equipment.models import Equipment

MMR_NUMBER = 3
"""The Monthly Monitoring Rate is billable item 3 in every company (F68)."""
ACTIVATION_FEE_NUMBER = 2


class BillableItem(models.Model):
    """Something that a dealer bills for. Source: domain.md B7."""

    class Class(models.TextChoices):
        PRODUCT = "product", "Product"
        LABOR = "labor", "Labor"
        SERVICE = "service", "Service"

    class Taxable(models.TextChoices):
        IF_NOT_EXEMPT = "if_not_exempt", "If Not Exempt"
        ALWAYS = "always", "Always"
        NEVER = "never", "Never"

    company = CompanyKey(related_name="billable_items")
    number = models.IntegerField("ID", editable=False)
    code = models.CharField(max_length=40)
    item_class = models.CharField("class", max_length=10, choices=Class)
    default_price = models.DecimalField("default unit price", max_digits=14, decimal_places=4, default=Decimal(0))
    description = models.CharField(max_length=500)
    taxable = models.CharField(max_length=15, choices=Taxable, default=Taxable.IF_NOT_EXEMPT)
    is_active = models.BooleanField("active", default=True)
    equipment = Link(Equipment, null=True, blank=True, related_name="billable_items")
    is_predefined = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="invoicing_item_number"),
            models.UniqueConstraint("company", Lower("code"), name="invoicing_item_code"),
            models.CheckConstraint(condition=Q(default_price__gte=0), name="invoicing_item_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.code


class Term(models.Model):
    """When an invoice falls due: so many days after its Sale Date."""

    company = CompanyKey(related_name="terms")
    name = models.CharField(max_length=60)
    days = models.IntegerField()
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField("active", default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("company", Lower("name"), name="invoicing_term_name"),
            models.UniqueConstraint(
                fields=["company"], condition=Q(is_default=True), name="invoicing_term_one_default"
            ),
            models.CheckConstraint(condition=Q(days__gte=0) & Q(days__lte=365), name="invoicing_term_days"),
        ]

    def __str__(self) -> str:
        return self.name

    def due_on(self, sale_on: dt.date) -> dt.date:
        return sale_on + dt.timedelta(days=self.days)
