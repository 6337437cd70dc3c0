"""How does money come in by itself? Gateways, the methods in their vaults, and what draws on them."""

import datetime as dt
import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.lib.sealed import SealedJSONField


def new_webhook_code() -> str:
    """The part of a webhook's address that nobody guesses."""
    return secrets.token_urlsafe(24)


class Gateway(models.Model):
    """The company's account at a payment gateway. Credentials are sealed."""

    class Kind(models.TextChoices):
        NMI = "nmi", "NMI"
        STRIPE = "stripe", "Stripe"

    company = CompanyKey(related_name="gateways")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NMI)
    name = models.CharField(max_length=80, default="NMI")
    credentials = SealedJSONField(default=dict)
    tokenization_key = models.CharField(max_length=120, blank=True, default="")
    takes_cards = models.BooleanField("card processing", default=True)
    takes_ach = models.BooleanField("ACH processing", default=True)
    checks_duplicates = models.BooleanField("duplicate check", default=True)
    emails_receipts = models.BooleanField("email receipts", default=True)  # the default of Email Receipt (F56)
    webhook_code = models.CharField(max_length=40, blank=True, default=new_webhook_code)  # of the webhook's address
    is_active = models.BooleanField("active", default=True)
    methods_read_at = models.DateTimeField(null=True, blank=True)  # when it was last asked for changed cards
    reconciled_at = models.DateTimeField(null=True, blank=True)  # when its books were last held against ours

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company"], condition=Q(is_active=True), name="payments_gateway_one_active")
        ]

    def __str__(self) -> str:
        return self.name


class BillingMethod(models.Model):
    """How a customer pays: a card or bank account in the gateway's vault, or manual billing. No number is kept."""

    class Kind(models.TextChoices):
        CARD = "card", "Card"
        ACH = "ach", "Bank account"
        MANUAL = "manual", "Manual billing"

    company = CompanyKey(related_name="billing_methods")
    customer = Link(Customer, related_name="billing_methods", indexed=False)
    kind = models.CharField(max_length=10, choices=Kind)
    gateway = Link(Gateway, null=True, blank=True, related_name="billing_methods", indexed=False)
    vault_id = models.CharField(max_length=60, blank=True, default="")
    customer_reference = models.CharField(max_length=60, blank=True, default="")
    brand = models.CharField(max_length=30, blank=True, default="")
    last_four = models.CharField(max_length=4, blank=True, default="")
    expires_on = models.DateField(null=True, blank=True)  # the last day on which the card is good
    nickname = models.CharField(max_length=60, blank=True, default="")
    is_default = models.BooleanField("default", default=False)
    initial_transaction_id = models.CharField(max_length=60, blank=True, default="")
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_ip = models.GenericIPAddressField(null=True, blank=True)
    consent_text = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    removed_at = models.DateTimeField(null=True, blank=True)
    blocked_at = models.DateTimeField(null=True, blank=True)
    blocked_reason = models.CharField(max_length=200, blank=True, default="")
    refused_at = models.DateTimeField(null=True, blank=True)  # a hard decline: never tried again by itself
    refused_code = models.CharField(max_length=20, blank=True, default="")
    contact_at = models.DateTimeField(null=True, blank=True)  # the card networks ask that the holder is asked (CCH)
    expiry_told_for = models.DateField(null=True, blank=True)  # the expiry that the last expiring-card mail spoke of
    expiry_told_days = models.SmallIntegerField(default=0)
    imported_by = Link("customers.Import", models.PROTECT, null=True, blank=True, related_name="billing_methods")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "customer"],
                condition=Q(is_default=True, removed_at__isnull=True),
                name="payments_one_default_method",
            ),
            models.CheckConstraint(
                condition=Q(kind="manual") | ~Q(vault_id=""), name="payments_method_has_vault_reference"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "customer"], name="payments_method_of_customer")]

    def __str__(self) -> str:
        if self.kind == self.Kind.MANUAL:
            return self.nickname or "Manual billing"
        name = self.brand or ("Bank account" if self.kind == self.Kind.ACH else "Card")
        return f"{name} ending {self.last_four}"

    @property
    def is_processable(self) -> bool:
        """Can money be drawn from it through the gateway?"""
        return self.kind != self.Kind.MANUAL and self.removed_at is None and self.blocked_at is None

    def is_expired(self, today: dt.date) -> bool:
        return self.expires_on is not None and self.expires_on < today


class MethodUpdate(models.Model):
    """What the card networks said of a card on file, insert-only: `before` and `after` are what we showed of it."""

    class Kind(models.TextChoices):
        EXPIRY = "NED", "New expiration date"
        NUMBER = "NAN", "New number"
        CLOSED = "ACL", "Account closed"
        CONTACT = "CCH", "Contact the cardholder"

    company = CompanyKey(related_name="method_updates")
    billing_method = Link(BillingMethod, related_name="updates")
    kind = models.CharField(max_length=3, choices=Kind)
    before = models.CharField(max_length=80)
    after = models.CharField(max_length=80)
    at = models.DateTimeField()

    def __str__(self) -> str:
        is_new = self.kind in (self.Kind.EXPIRY, self.Kind.NUMBER)
        return f"{self.get_kind_display()}: {self.before} is {self.after} now" if is_new else self.get_kind_display()


class AutoPay(models.Model):
    """The enrolment of a recurring invoice: its invoices are charged to this method when due (F50, F78, D4)."""

    company = CompanyKey(related_name="auto_pays")
    recurring_invoice = Link(RecurringInvoice, models.CASCADE, related_name="auto_pays")
    billing_method = Link(BillingMethod, related_name="auto_pays")
    email_on_attempt = models.BooleanField("email on attempted processing", default=False)
    enrolled_at = models.DateTimeField()
    enrolled_by = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "recurring_invoice"],
                condition=Q(ended_at__isnull=True),
                name="payments_one_auto_pay",
            )
        ]
