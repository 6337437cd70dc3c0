"""What is charged on top, where and for whom?"""

import datetime as dt
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models.catalogue import BillableItem


class TaxBasis(models.TextChoices):
    """Why does a line bear the tax that it bears, or none? Kept on each issued line."""

    STATE = "state", "State rate"
    LINE = "line", "Rate on the line"
    OWN = "own", "Customer's own rate"
    NEVER = "never", "Item never taxed"
    CERTIFICATE = "certificate", "Exemption certificate"
    OWN_EXEMPT = "own_exempt", "Customer exempt"
    CLASS = "class", "Class exempt in the state"
    NO_RATE = "no_rate", "State without a rate"
    NO_STATE = "no_state", "No state known"


class RateImport(models.Model):
    """A file of state rates that was brought in, and when it was taken back."""

    company = CompanyKey(related_name="rate_imports")
    file_name = models.CharField(max_length=200)
    rows = models.IntegerField()
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=120)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=120, blank=True, default="")

    def __str__(self) -> str:
        return self.file_name


class StateTax(models.Model):
    """The sales tax of a state from a date on, in percent (D13). `name` is the jurisdiction's own word for it, which
    documents then say instead of "OK sales tax". Once an issued document bears it, it is only superseded.
    """

    company = CompanyKey(related_name="state_taxes")
    state = models.CharField(max_length=2)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    effective_on = models.DateField()
    name = models.CharField(max_length=40, blank=True, default="", db_default="")
    imported_by = Link(RateImport, null=True, blank=True, related_name="rates")

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


class TaxCertificate(models.Model):
    """A customer's exemption by a certificate, for documents dated from its first to its last day.

    No states: in all of them; no classes: on all items. "Always" beats it (D13). `valid_until` is its last day, null
    for one without end. One that was entered by mistake is withdrawn.
    """

    class Kind(models.TextChoices):
        RESALE = "resale", "Resale"
        GOVERNMENT = "government", "Government"
        NONPROFIT = "nonprofit", "Charity or church"
        SCHOOL = "school", "School"
        FARM = "farm", "Agriculture"
        MANUFACTURER = "manufacturer", "Manufacturing"
        OTHER = "other", "Other"

    company = CompanyKey(related_name="tax_certificates")
    customer = Link(Customer, models.CASCADE, related_name="tax_certificates")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.RESALE)
    number = models.CharField("certificate number", max_length=60)
    states = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    item_classes = ArrayField(models.CharField(max_length=10, choices=BillableItem.Class), default=list, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=120)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=120, blank=True, default="")
    withdrawn_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="invoicing_certificate_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"Certificate {self.number}"

    def is_expired(self, today: dt.date) -> bool:
        return self.valid_until is not None and self.valid_until < today
