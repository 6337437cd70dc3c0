"""Which tables hold who monitors a customer, and how the system is known there?"""

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.lib import phones

LARGEST_ZONE = 9999
LARGEST_ACCOUNT = 10**12
MOST_IN_A_BLOCK = 100_000


class MonitoringCompany(models.Model):
    """Who receives the signals: a central station, or the dealer's own desk (`is_in_house`). Source: domain.md B10."""

    company = CompanyKey(related_name="monitoring_companies")
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=20, blank=True, default="")
    is_in_house = models.BooleanField("in-house", default=False)
    is_active = models.BooleanField("active", default=True)

    class Meta:
        verbose_name_plural = "monitoring companies"
        constraints: ClassVar = [models.UniqueConstraint("company", Lower("name"), name="monitoring_company_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_phone(self) -> str:
        """The number as people write it, or ""."""
        return phones.shown(self.phone) if self.phone else ""


class AccountBlock(models.Model):
    """A run of account numbers that a monitoring company has issued to the dealer: NG-0100 to NG-0199 is the prefix
    NG-, 100 to 199, four digits.
    """

    company = CompanyKey(related_name="account_blocks")
    monitoring_company = Link(MonitoringCompany, models.CASCADE, related_name="blocks")
    prefix = models.CharField(max_length=12, blank=True, default="")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    digits = models.SmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(first__gte=0, last__gte=F("first"), last__lt=F("first") + MOST_IN_A_BLOCK),
                name="monitoring_block_span",
            ),
            models.CheckConstraint(condition=Q(digits__gte=1, digits__lte=12), name="monitoring_block_digits"),
        ]

    def __str__(self) -> str:
        return f"{self.number(self.first)} to {self.number(self.last)}"

    def number(self, position: int) -> str:
        """The account number of a position, with its prefix and zeros."""
        return f"{self.prefix}{position:0{self.digits}d}"


class System(models.Model):
    """The customer's one connection to a monitoring company. Out of service: the station does not act on its signals,
    and whoever places it on test may make the station begin to bill it (domain.md D10).
    """

    company = CompanyKey(related_name="systems")
    customer = Link(Customer, related_name="systems", indexed=False)
    monitoring_company = Link(MonitoringCompany, related_name="systems", indexed=False)
    account_number = models.CharField(max_length=24)
    receiver_number = models.CharField(max_length=24, blank=True, default="")
    panel_type = models.CharField("panel", max_length=80, blank=True, default="")
    communicator = models.CharField(max_length=80, blank=True, default="")
    online_on = models.DateField("online since", null=True, blank=True)
    out_of_service_on = models.DateField("out of service since", null=True, blank=True)
    connected_at = models.DateTimeField()
    connected_by = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "customer"], name="monitoring_one_system"),
            models.UniqueConstraint(
                "company", "monitoring_company", Lower("account_number"), name="monitoring_account_number_once"
            ),
        ]
        indexes: ClassVar = [models.Index("company", Lower("account_number"), name="monitoring_by_number")]

    def __str__(self) -> str:
        return f"System {self.account_number}"

    @property
    def status(self) -> str:
        """Where the connection stands: Out of service, Not online yet, Online."""
        if self.out_of_service_on is not None:
            return "Out of service"
        return "Not online yet" if self.online_on is None else "Online"


class Zone(models.Model):
    """One zone as the monitoring company has it on its list."""

    class Kind(models.TextChoices):
        ENTRY_EXIT = "entry_exit", "Entry/exit"
        PERIMETER = "perimeter", "Perimeter"
        INTERIOR = "interior", "Interior"
        DAY_NIGHT = "day_night", "24-hour burglary"
        FIRE = "fire", "Fire"
        CO = "co", "Carbon monoxide"
        HOLDUP = "holdup", "Hold-up or panic"
        MEDICAL = "medical", "Medical"
        WATER = "water", "Water or temperature"
        TAMPER = "tamper", "Tamper"
        OTHER = "other", "Other"

    company = CompanyKey(related_name="zones")
    system = Link(System, models.CASCADE, related_name="zones", indexed=False)
    # not called `number`: History reads those as telephone numbers
    zone_number = models.IntegerField("zone number")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.PERIMETER)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "system", "zone_number"], name="monitoring_zone_once"),
            models.CheckConstraint(
                condition=Q(zone_number__gte=1, zone_number__lte=LARGEST_ZONE), name="monitoring_zone_number"
            ),
        ]

    def __str__(self) -> str:
        return f"Zone {self.zone_number} {self.name}"


class Test(models.Model):
    """A span in which the station does not act on signals; it ends by itself. Kept when it is over (domain.md E9)."""

    __test__ = False  # no test of ours, whatever pytest thinks of the name

    company = CompanyKey(related_name="tests")
    system = Link(System, models.CASCADE, related_name="tests")
    from_at = models.DateTimeField("from")
    until_at = models.DateTimeField("until")
    reason = models.CharField(max_length=200)
    asked_by = models.CharField("asked for by", max_length=80, blank=True, default="")
    placed_by = models.CharField(max_length=120)
    ended_at = models.DateTimeField("ended", null=True, blank=True)
    ended_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="monitoring_test_span")
        ]

    def __str__(self) -> str:
        return f"Test: {self.reason}"

    def is_running(self, at: dt.datetime) -> bool:
        """Whether the system is on this test at that moment."""
        return self.ended_at is None and self.from_at <= at < self.until_at
