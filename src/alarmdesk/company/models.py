"""Which tables stand on the ground floor?"""

import datetime as dt
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from alarmdesk.company.entering import Actor
from alarmdesk.company.permissions import Grant
from alarmdesk.company.walls import CompanyKey, Link

RESERVED_SLUGS = frozenset(
    (
        "account",
        "accounts",
        "admin",
        "api",
        "companies",
        "healthz",
        "hooks",
        "mail",
        "pay",
        "portal",
        "provider",
        "static",
    )
)


class Company(models.Model):
    """A dealer, or the operator of the installation, which bills the dealers. The directory itself is not walled."""

    class Sheet(models.TextChoices):
        LETTER = "us-letter", "US Letter"
        A4 = "a4", "A4"

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=40, unique=True)
    time_zone = models.CharField(max_length=60, default="America/Denver")
    currency = models.CharField(max_length=3, default="USD")
    colour = models.CharField(
        max_length=7,
        default="#2347c5",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "Write the colour like #2347c5.")],
    )
    logo = models.BinaryField(null=True, blank=True, editable=False)
    logo_type = models.CharField(max_length=20, blank=True, default="", editable=False)
    phone = models.CharField(max_length=20, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    street = models.CharField(max_length=120, blank=True, default="")
    city = models.CharField(max_length=80, blank=True, default="")
    state = models.CharField(max_length=2, blank=True, default="")
    zip_code = models.CharField(max_length=10, blank=True, default="")
    is_operator = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    sheet = models.CharField("paper size", max_length=10, choices=Sheet, default=Sheet.LETTER)
    has_remittance_slip = models.BooleanField("remittance slip on invoices", default=False)

    class Meta:
        verbose_name_plural = "companies"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_operator"], condition=models.Q(is_operator=True), name="company_one_operator"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local_date(self, at: dt.datetime) -> dt.date:
        """The company's local date at an instant."""
        return at.astimezone(self.zone).date()


class UserManager(BaseUserManager):  # type: ignore[type-arg]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user: User = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person's one account, whatever companies they work in or are a customer of. Global, not walled."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True, default="")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="company_user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email


class Group(models.Model):
    """A set of grants; a staff member is in exactly one group of the company."""

    company = CompanyKey(related_name="groups")
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=255, blank=True, default="")
    is_administrator = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("company", Lower("name"), name="company_group_name")]

    def __str__(self) -> str:
        return self.name


class GroupGrant(models.Model):
    """One verb on one resource that a group holds."""

    company = CompanyKey(related_name="group_grants")
    group = Link(Group, models.CASCADE, related_name="grants", indexed=False)
    resource = models.CharField(max_length=40)
    verb = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "group", "resource", "verb"], name="company_group_grant_once")
        ]


class Staff(models.Model):
    """A user's place in one company: the title on the door and the group that says what they may."""

    company = CompanyKey(related_name="staff")
    user = models.ForeignKey(User, models.PROTECT, related_name="staff_places")
    group = Link(Group, related_name="members")
    title = models.CharField(max_length=80, blank=True, default="")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "staff"
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "user"], name="company_staff_once")]

    def __str__(self) -> str:
        return str(self.user)

    def actor(self) -> Actor:
        return Actor("staff", self.user.get_full_name(), self.user_id)

    def grants(self) -> frozenset[Grant] | None:
        """All grants of the group; None stands for every grant (administrators)."""
        if self.group.is_administrator:
            return None
        return frozenset(Grant(row.resource, row.verb) for row in self.group.grants.all())


class Series(models.Model):
    """A counter of the company: the last number given out of one series (invoice, quote, account …)."""

    company = CompanyKey(related_name="series")
    code = models.CharField(max_length=20)
    value = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "series"
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="company_series_once")]


class Run(models.Model):
    """A piece of work longer than a request: who started it, how far it is, what it made, what went wrong."""

    class Kind(models.TextChoices):
        NIGHT = "night", "Nightly run"
        IMPORT = "import", "Import"
        PRINT = "print", "Print run"
        INCREASE = "increase", "Rate increase"
        STATEMENTS = "statements", "Statements"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        FAILED = "failed", "Stopped by an error"
        CANCELLED = "cancelled", "Cancelled"

    company = CompanyKey(related_name="runs")
    kind = models.CharField(max_length=10, choices=Kind)
    on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    stage = models.CharField(max_length=40, blank=True, default="")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")
    started_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "kind", "-on"], name="company_run_latest")]

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100; 0 while the total is not known."""
        return min(100, self.done * 100 // self.total) if self.total else 0


class TrailEntry(models.Model):
    """One change of one row: old and new values, who, when. Written by PostgreSQL's trigger alone."""

    class Verb(models.TextChoices):
        INSERT = "insert", "added"
        UPDATE = "update", "changed"
        DELETE = "delete", "removed"

    company = CompanyKey(related_name="trail")
    at = models.DateTimeField()
    actor = models.JSONField(null=True)
    table = models.CharField(max_length=60)
    row_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=6, choices=Verb)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        verbose_name_plural = "trail entries"
