"""Which tables hold what was paid, and every attempt at it?"""

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from alarmdesk.company.models import Run
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice, RecurringInvoice
from alarmdesk.lib.furniture import day
from alarmdesk.lib.sealed import SealedJSONField


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
    webhook_code = models.CharField(max_length=40, blank=True, default="")  # the secret part of the webhook's address
    is_active = models.BooleanField("active", default=True)

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


class AutoPay(models.Model):
    """The enrolment of a recurring invoice: its invoices are charged to this method when due (F50, F78, D4)."""

    company = CompanyKey(related_name="auto_pays")
    recurring_invoice = Link(RecurringInvoice, related_name="auto_pays")
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


class Payment(models.Model):
    """Money received (amount > 0) or given back (amount < 0). `applied` is derived from allocations, `refunded` from
    the refunds that stand or are under way; both are audited, and together they never exceed the amount.
    """

    class Kind(models.TextChoices):
        SALE = "sale", "Sale"
        CREDIT = "credit", "Credit"
        REFUND = "refund", "Refund"

    class Method(models.TextChoices):
        CARD = "card", "Card"
        ACH = "ach", "Bank account"
        CASH = "cash", "Cash"
        CHECK = "check", "Check"
        OTHER = "other", "Other"

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        COMPLETE = "complete", "Complete"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        UNKNOWN = "unknown", "Unknown"
        SCHEDULED = "scheduled", "Scheduled"
        QUEUED = "queued", "Queued until settlement"
        HELD = "held", "Held for review"
        RETURNED = "returned", "Returned"
        DISPUTED = "disputed", "Charged back"

    company = CompanyKey(related_name="payments")
    customer = Link(Customer, related_name="payments", indexed=False)
    number = models.BigIntegerField("ID")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SALE)
    method = models.CharField(max_length=10, choices=Method)
    billing_method = Link(BillingMethod, null=True, blank=True, related_name="payments")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    applied = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal("0.00"))
    refunded = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal("0.00"))
    status = models.CharField(max_length=10, choices=Status)
    post_on = models.DateField("desired posting date", null=True, blank=True)
    return_code = models.CharField(max_length=10, blank=True, default="")
    returned_at = models.DateTimeField(null=True, blank=True)
    batch_id = models.CharField(max_length=60, blank=True, default="")
    failure = models.CharField(max_length=300, blank=True, default="")
    received_on = models.DateField()
    is_automatic = models.BooleanField(default=False)
    reference = models.CharField(max_length=60, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    receipt_to = models.EmailField(blank=True, default="")
    original = Link("payments.Payment", null=True, blank=True, related_name="refunds")
    run = Link(Run, models.SET_NULL, null=True, blank=True, related_name="payments", indexed=False)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="payments_payment_number"),
            models.CheckConstraint(
                condition=Q(kind="sale", amount__gt=0) | (~Q(kind="sale") & Q(amount__lt=0)),
                name="payments_sign_follows_kind",
            ),
            models.CheckConstraint(
                condition=Q(applied=0, refunded=0)
                | Q(applied__gte=0, refunded__gte=0, amount__gte=F("applied") + F("refunded")),
                name="payments_applied_and_refunded_within_amount",
            ),
            models.CheckConstraint(
                condition=~Q(kind="refund") | Q(original__isnull=False), name="payments_refund_has_original"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "customer", "-id"], name="payments_of_customer"),
            models.Index(
                fields=["company", "status", "id"],
                condition=Q(status__in=["pending", "unknown", "scheduled", "queued", "held"]),
                name="payments_unsettled",
            ),
        ]

    def __str__(self) -> str:
        return f"Payment {self.number}"

    @property
    def unapplied(self) -> Decimal:
        """What is left of a good payment that no invoice has taken."""
        if self.kind != self.Kind.SALE or self.status not in (self.Status.PENDING, self.Status.COMPLETE):
            return Decimal("0.00")
        return self.amount - self.applied - self.refunded


class PlannedAllocation(models.Model):
    """What a gateway payment is meant to pay while it is under way. One live plan per invoice: PostgreSQL lets no
    second charge of an invoice begin before the first has a definite answer.
    """

    company = CompanyKey(related_name="planned_allocations")
    payment = Link(Payment, related_name="plans")
    invoice = Link(Invoice, related_name="plans")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "invoice"], condition=Q(is_live=True), name="payments_one_live_charge"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_plan_positive"),
        ]


class Attempt(models.Model):
    """One call of the gateway, committed before it is made. `key` is what the gateway knows it by; a new key only
    after a definite answer. `unknown` blocks until the janitor has asked the gateway.
    """

    class State(models.TextChoices):
        CREATED = "created", "Not sent"
        SENT = "sent", "Sent"
        UNKNOWN = "unknown", "Unknown"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        ABORTED = "aborted", "Never sent"
        HELD = "held", "Held for review"

    class Verb(models.TextChoices):
        SALE = "sale", "Sale"
        CREDIT = "credit", "Credit"
        REFUND = "refund", "Refund"
        VOID = "void", "Void"

    company = CompanyKey(related_name="attempts")
    payment = Link(Payment, related_name="attempts")
    gateway = Link(Gateway, related_name="attempts", indexed=False)
    verb = models.CharField(max_length=10, choices=Verb, default=Verb.SALE)
    key = models.CharField(max_length=40)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    state = models.CharField(max_length=10, choices=State, default=State.CREATED)
    external_id = models.CharField(max_length=60, blank=True, default="")
    code = models.CharField(max_length=20, blank=True, default="")
    message = models.CharField(max_length=300, blank=True, default="")
    is_hard = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    check_at = models.DateTimeField(null=True, blank=True)
    checks = models.SmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "key"], name="payments_attempt_key"),
            models.UniqueConstraint(
                fields=["company", "payment"],
                condition=Q(state__in=["created", "sent", "unknown", "held"]),
                name="payments_one_live_attempt",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company", "check_at"],
                condition=Q(state__in=["created", "sent", "unknown", "held"]),
                name="payments_attempt_open",
            ),
            models.Index(
                fields=["company", "created_at"], condition=Q(state="declined"), name="payments_attempt_declined"
            ),
        ]


class GatewayEvent(models.Model):
    """What the gateway said, as it said it: insert-only. No card or account number is ever in it."""

    company = CompanyKey(related_name="gateway_events")
    at = models.DateTimeField()
    attempt_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=30)
    raw = models.TextField()


class Allocation(models.Model):
    """So much of a payment pays this invoice: inserted or reversed, never edited. A reversal is a row with minus
    the amount that names the row it takes back.
    """

    company = CompanyKey(related_name="allocations")
    payment = Link(Payment, related_name="allocations")
    invoice = Link(Invoice, related_name="allocations")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    reverses = Link("payments.Allocation", null=True, blank=True, related_name="reversals", indexed=False)
    for_refund = Link(Payment, null=True, blank=True, related_name="freed", indexed=False)  # why it was taken back

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "reverses"], condition=Q(reverses__isnull=False), name="payments_reversed_once"
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="payments_allocation_sign",
            ),
        ]


class InboundEvent(models.Model):
    """A webhook as it came, verified and kept before anything is done about it. One row however often it comes."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        DONE = "done", "Done"
        IGNORED = "ignored", "Not ours"
        FAILED = "failed", "Failed"

    company = CompanyKey(related_name="inbound_events")
    gateway = Link(Gateway, related_name="inbound_events")
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(max_length=60, blank=True, default="")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    tries = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True, default="")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "gateway", "event_id"], name="payments_event_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company", "received_at"], condition=Q(state="received"), name="payments_event_waiting"
            )
        ]


class Deposit(models.Model):
    """A batch that the gateway settled, and how much of it our books know: the bank statement's counterpart."""

    company = CompanyKey(related_name="deposits")
    gateway = Link(Gateway, related_name="deposits", indexed=False)
    batch_id = models.CharField(max_length=60)
    settled_at = models.DateTimeField()
    count = models.IntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    matched_count = models.IntegerField(default=0)
    matched_amount = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal("0.00"))
    reconciled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "gateway", "batch_id"], name="payments_deposit_once")
        ]


class Discrepancy(models.Model):
    """Where the gateway's books and ours differ, until somebody has looked at it or it is gone."""

    class Kind(models.TextChoices):
        MISSING = "missing", "Not at the gateway"
        EXTRA = "extra", "Not in our books"
        AMOUNT = "amount", "Another amount"
        STATUS = "status", "Another status"
        TWICE = "twice", "Made twice"

    company = CompanyKey(related_name="discrepancies")
    gateway = Link(Gateway, related_name="discrepancies", indexed=False)
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=40)
    external_id = models.CharField(max_length=60, blank=True, default="")
    batch_id = models.CharField(max_length=60, blank=True, default="")
    payment = Link(Payment, null=True, blank=True, related_name="discrepancies")
    ours = models.CharField(max_length=60, blank=True, default="")
    theirs = models.CharField(max_length=60, blank=True, default="")
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=120, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "gateway", "kind", "key", "external_id"],
                condition=Q(settled_at__isnull=True),
                name="payments_discrepancy_once",
            )
        ]


class DunningPolicy(models.Model):
    """When a declined automatic payment is tried again, and what is written to the customer meanwhile."""

    company = CompanyKey(related_name="dunning_policies")
    days = models.JSONField(default=list)  # days after the first try: [3, 7, 14]
    writes = models.BooleanField("write to the customer after each decline", default=True)
    tells_expiry = models.BooleanField("write to the customer before a card expires", default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company"], name="payments_one_dunning_policy")]


class Promise(models.Model):
    """A promise to pay: until its day nothing is charged by itself and no reminder is written."""

    company = CompanyKey(related_name="promises")
    customer = Link(Customer, related_name="promises")
    until = models.DateField()
    note = models.CharField(max_length=300, blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "customer"], condition=Q(ended_at__isnull=True), name="payments_one_promise"
            )
        ]

    def __str__(self) -> str:
        return f"Promise to pay by {day(self.until)}"


class SentForm(models.Model):
    """A form that moves money, by the token it carried: the same POST twice is one payment."""

    company = CompanyKey(related_name="sent_forms")
    token = models.CharField(max_length=40)
    payment = Link(Payment, models.SET_NULL, null=True, blank=True, related_name="sent_forms")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "token"], name="payments_form_sent_once")]
