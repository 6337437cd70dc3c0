"""What is charged on top, where and for whom?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models.catalogue import BillableItem


class StateTax(models.Model):
    """The sales tax of a state from a date on, in percent (D13)."""

    company = CompanyKey(related_name="state_taxes")
    state = models.CharField(max_length=2)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    effective_on = models.DateField()

    class Meta:
        verbose_name_plural = "state taxes"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "state", "effective_on"], name="invoicing_state_tax_once"),
            models.CheckConstraint(condition=Q(rate__gte=0) & Q(rate__lte=100), name="invoicing_state_tax_rate"),
        ]


class StateExemption(models.Model):
    """A class of items on which a state charges nothing (domain.md B7). "Always" beats it (D13)."""

    company = CompanyKey(related_name="state_exemptions")
    state = models.CharField(max_length=2)
    item_class = models.CharField(max_length=10, choices=BillableItem.Class)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "state", "item_class"], name="invoicing_exemption_once")
        ]


class CustomerTax(models.Model):
    """A customer's own rate in percent instead of the state's, or an exemption (rate 0)."""

    company = CompanyKey(related_name="customer_taxes")
    customer = Link(Customer, models.CASCADE, related_name="customer_taxes", indexed=False)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    reason = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        verbose_name_plural = "customer taxes"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "customer"], name="invoicing_customer_tax_once"),
            models.CheckConstraint(condition=Q(rate__gte=0) & Q(rate__lte=100), name="invoicing_customer_tax_rate"),
        ]
