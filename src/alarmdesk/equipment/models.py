"""Which tables hold the catalogue, the packages and the pieces at customers?"""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from alarmdesk.company.models import User
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer


class WireType(models.TextChoices):
    """How a piece talks to its panel."""

    WIRELESS = "wireless", "Wireless"
    HARDWIRED = "hardwired", "Hardwired"
    NETWORK = "network", "Network"


class Equipment(models.Model):
    """Something that the dealer puts up: an entry of the catalogue. Turned off it is chosen no more, and stays where it
    is (domain.md B12). `default_price` is per piece, before tax.
    """

    class Kind(models.TextChoices):
        PANEL = "panel", "Panel"
        KEYPAD = "keypad", "Keypad"
        CONTACT = "contact", "Door or window contact"
        MOTION = "motion", "Motion detector"
        GLASS = "glass", "Glass break detector"
        FIRE = "fire", "Smoke, heat or CO detector"
        ENVIRONMENT = "environment", "Water or temperature sensor"
        PANIC = "panic", "Panic button or pendant"
        CAMERA = "camera", "Camera"
        ACCESS = "access", "Lock or access control"
        COMMUNICATOR = "communicator", "Communicator"
        SIREN = "siren", "Siren or strobe"
        OTHER = "other", "Other"

    company = CompanyKey(related_name="equipment")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=15, choices=Kind, default=Kind.OTHER)
    wire_type = models.CharField(max_length=10, choices=WireType, blank=True, default="")
    default_price = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(0))
    is_active = models.BooleanField("active", default=True)

    class Meta:
        verbose_name_plural = "equipment"
        constraints: ClassVar = [
            models.UniqueConstraint("company", Lower("code"), name="equipment_code_once"),
            models.CheckConstraint(condition=Q(default_price__gte=0), name="equipment_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class Package(models.Model):
    """What the dealer sells together (F30)."""

    company = CompanyKey(related_name="packages")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True, default="")
    is_active = models.BooleanField("active", default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("company", Lower("name"), name="equipment_package_name")]

    def __str__(self) -> str:
        return self.name


class PackageLine(models.Model):
    """So many of one kind in a package. `charge` is per piece, before tax, in place of the catalogue's price."""

    company = CompanyKey(related_name="package_lines")
    package = Link(Package, models.CASCADE, related_name="lines", indexed=False)
    position = models.SmallIntegerField()
    equipment = Link(Equipment, related_name="package_lines")
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=Decimal(1))
    charge = models.DecimalField(max_digits=14, decimal_places=4)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "package", "position"], name="equipment_package_position"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="equipment_package_at_least_one"),
            models.CheckConstraint(condition=Q(charge__gte=0), name="equipment_charge_not_negative"),
        ]


class Piece(models.Model):
    """What a customer has of one kind, in one place: `quantity` of it (3 decimals, for wire is sold by the foot).

    `name` is what it was called when it came; `equipment` is unknown where only an invoice named it. `price` is per
    unit, before tax. Installed and removed are facts with a date and an author; neither yet: it is to be installed.
    """

    class Came(models.TextChoices):
        BY_HAND = "by_hand", "By hand"
        PACKAGE = "package", "From a package"
        INVOICE = "invoice", "From an invoice"

    company = CompanyKey(related_name="pieces")
    customer = Link(Customer, related_name="pieces", indexed=False)
    equipment = Link(Equipment, null=True, blank=True, related_name="pieces")
    name = models.CharField(max_length=500)
    came = models.CharField(max_length=10, choices=Came, default=Came.BY_HAND)
    from_package = Link(Package, null=True, blank=True, related_name="pieces")
    sold_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=Decimal(1))
    zone_name = models.CharField("zone", max_length=60, blank=True, default="")
    zone_number = models.IntegerField(null=True, blank=True)
    wire_type = models.CharField(max_length=10, choices=WireType, blank=True, default="")
    price = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(0))
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=120)
    paid_on = models.DateField(null=True, blank=True)
    paid_by = models.CharField("marked paid by", max_length=120, blank=True, default="")
    installed_on = models.DateField(null=True, blank=True)
    installed_by = models.CharField("marked installed by", max_length=120, blank=True, default="")
    removed_on = models.DateField(null=True, blank=True)
    removed_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        verbose_name_plural = "pieces of equipment"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="equipment_piece_quantity"),
            models.CheckConstraint(condition=Q(price__gte=0), name="equipment_piece_price_not_negative"),
            models.CheckConstraint(
                condition=Q(zone_number__isnull=True) | Q(zone_number__gte=1, zone_number__lte=9999),
                name="equipment_piece_zone_number",
            ),
            models.CheckConstraint(
                condition=Q(removed_on__isnull=True)
                | Q(installed_on__isnull=True)
                | Q(removed_on__gte=models.F("installed_on")),
                name="equipment_removed_after_installed",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "customer", "-id"], name="equipment_of_customer")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> str:
        """Where it reports: “3 Hall”, or ""."""
        number = "" if self.zone_number is None else str(self.zone_number)
        return " ".join(part for part in (number, self.zone_name) if part)

    @property
    def state(self) -> str:
        """How far it is: To install, Installed, Removed."""
        if self.removed_on is not None:
            return "Removed"
        return "To install" if self.installed_on is None else "Installed"
