"""How is a lead or a customer kept, with addresses, phones and what a search finds them by?"""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Concat, Lower, NullIf

from alarmdesk.company.models import User
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.lib import phones

# how lists order customers: the business, else last name and first name, in any case; an index holds the same words
SORT_NAME = Lower(
    Coalesce(NullIf("business_name", Value("")), Concat("last_name", Value(" "), "first_name")),
    output_field=models.CharField(),
)


class Customer(models.Model):
    """A lead or a customer of the dealer: the account that everything else hangs on."""

    class Stage(models.TextChoices):
        LEAD = "lead", "Lead"
        CUSTOMER = "customer", "Customer"

    class Kind(models.TextChoices):
        PERSON = "person", "Residential"
        BUSINESS = "business", "Commercial"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PENDING = "pending", "Pending install"
        SUSPENDED = "suspended", "Suspended"
        CANCELLED = "cancelled", "Cancelled"

    company = CompanyKey(related_name="customers")
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.CUSTOMER)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERSON)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    account_number = models.CharField(max_length=40)
    first_name = models.CharField(max_length=80, blank=True, default="")
    last_name = models.CharField(max_length=80, blank=True, default="")
    business_name = models.CharField(max_length=160, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    mmr = models.DecimalField("monthly monitoring rate", max_digits=10, decimal_places=2, default=Decimal("0.00"))
    activation_fee = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("0.00"))
    activation_fee_paid = models.BooleanField(default=False)
    customer_since = models.DateField(null=True, blank=True)
    cancelled_on = models.DateField(null=True, blank=True)
    sales_rep = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True, default="", max_length=4000)
    no_reminders = models.BooleanField("no payment reminders", default=False, db_default=False)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, blank=True, default="", db_default="")
    converted_at = models.DateTimeField(null=True, blank=True)
    converted_by = models.CharField(max_length=120, blank=True, default="", db_default="")
    cancelled_by = models.CharField(max_length=120, blank=True, default="", db_default="")
    email_key = models.GeneratedField(
        expression=NullIf(Lower("email"), Value("")), output_field=models.CharField(max_length=254, null=True),
        db_persist=True,
    )  # fmt: skip
    imported_by = Link("customers.Import", models.PROTECT, null=True, blank=True, related_name="customers")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("company", Lower("account_number"), name="customers_account_number_once"),
            models.CheckConstraint(condition=Q(mmr__gte=0), name="customers_mmr_not_negative"),
            models.CheckConstraint(condition=Q(activation_fee__gte=0), name="customers_fee_not_negative"),
            models.CheckConstraint(condition=~Q(last_name="") | ~Q(business_name=""), name="customers_has_a_name"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "stage", "-id"], name="customers_newest"),
            models.Index("company", "stage", SORT_NAME, "id", name="customers_by_name"),
            models.Index(fields=["company", "stage", "status", "-id"], name="customers_by_status"),
            models.Index(
                fields=["company", "email_key", "id"], condition=Q(email_key__isnull=False), name="customers_by_email"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What the customer is called on lists and documents: the business, else the person."""
        return self.business_name or f"{self.first_name} {self.last_name}".strip()

    @property
    def is_lead(self) -> bool:
        return self.stage == self.Stage.LEAD

    @property
    def is_cancelled(self) -> bool:
        return self.status == self.Status.CANCELLED

    @property
    def opportunity(self) -> Any:
        """What is to be sold to a lead; asks nothing where opportunities were prefetched."""
        return next(iter(self.opportunities.all()), None)

    def address(self, kind: str) -> "Address | None":
        """The address of that kind; asks nothing where addresses were prefetched."""
        return next((address for address in self.addresses.all() if address.kind == kind), None)

    @property
    def service_address(self) -> "Address | None":
        """What is protected."""
        return self.address(Address.Kind.SERVICE)

    @property
    def first_phone(self) -> "Phone | None":
        """The number to call first; asks nothing where phones were prefetched."""
        return min(self.phones.all(), key=lambda phone: phone.pk, default=None)


class Address(models.Model):
    """A place of the customer's: one service address (what is protected), one billing address at most. `place` is what
    two ways of writing one address have in common (migration 0040); PostgreSQL derives it.
    """

    class Kind(models.TextChoices):
        SERVICE = "service", "Service address"
        BILLING = "billing", "Billing address"

    company = CompanyKey(related_name="addresses")
    customer = Link(Customer, models.CASCADE, related_name="addresses", indexed=False)
    kind = models.CharField(max_length=10, choices=Kind)
    street = models.CharField(max_length=160)
    street_2 = models.CharField("apartment, suite", max_length=80, blank=True, default="")
    city = models.CharField(max_length=80, blank=True, default="")
    state = models.CharField(max_length=2, blank=True, default="")
    zip_code = models.CharField("ZIP code", max_length=10, blank=True, default="")
    place = models.GeneratedField(
        expression=Func(F("street"), F("street_2"), F("city"), F("zip_code"), function="alarmdesk_place"),
        output_field=models.TextField(null=True), db_persist=True,
    )  # fmt: skip

    class Meta:
        verbose_name_plural = "addresses"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "customer", "kind"], name="customers_address_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company", "place", "customer"], condition=Q(place__isnull=False), name="customers_by_place"
            )
        ]

    def __str__(self) -> str:
        return self.one_line

    @property
    def one_line(self) -> str:
        """The address as 2210 E 15th St, Tulsa, OK 74104."""
        town = " ".join(part for part in (self.state, self.zip_code) if part)
        return ", ".join(part for part in (self.street, self.street_2, self.city, town) if part)


class Phone(models.Model):
    """A telephone number of the customer's, kept as E.164."""

    class Kind(models.TextChoices):
        MOBILE = "mobile", "Mobile"
        HOME = "home", "Home"
        WORK = "work", "Work"

    company = CompanyKey(related_name="phones")
    customer = Link(Customer, models.CASCADE, related_name="phones")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.MOBILE)
    number = models.CharField(max_length=20)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "number", "customer"], name="customers_by_phone")]

    def __str__(self) -> str:
        return phones.shown(self.number)


class SearchEntry(models.Model):
    """What a customer is found by: one lower-case text of word beginnings. Derived; search.py writes it."""

    company = CompanyKey(related_name="search_entries")
    customer = Link(Customer, models.CASCADE, related_name="search_entries", indexed=False)
    q = models.TextField()

    class Meta:
        verbose_name_plural = "search entries"
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "customer"], name="customers_search_once")]
