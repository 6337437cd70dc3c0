"""Which tables hold what was paid and given back, every attempt at it, and what it pays?"""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from alarmdesk.company.models import Run
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.payments.models.methods import BillingMethod, Gateway


class Payment(models.Model):
    """Money received (amount > 0) or given back (amount < 0). `applied` is derived from allocations, `refunded` from
    the refunds that stand or are under way and from what credits have paid out of it; both are audited, and together
    they never exceed the amount. A part that a cardholder's dispute takes is a refund with the status Charged back.
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
    disputed_by = models.CharField(max_length=60, blank=True, default="")  # the gateway's number of what took it back
    dispute_won_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(
        null=True, blank=True
    )  # what counted came to nothing: at the gateway, or by the office
    voided_by = models.CharField(max_length=120, blank=True, default="")
    void_reason = models.CharField(max_length=200, blank=True, default="")  # the office's own words, for the office
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
            models.Index(fields=["company", "disputed_by"], condition=~Q(disputed_by=""), name="payments_disputed"),
            models.Index(fields=["company", "status", "-id"], name="payments_by_status"),
            models.Index(fields=["company", "-id"], condition=Q(kind="refund"), name="payments_refunds"),
            models.Index(
                fields=["company", "-id"],
                condition=Q(kind="sale", status__in=["pending", "complete"], amount__gt=F("applied") + F("refunded")),
                name="payments_unapplied",
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
            models.Index(
                fields=["company", "external_id"], condition=~Q(external_id=""), name="payments_attempt_transaction"
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


class PaidOut(models.Model):
    """So much of what was on account left the house by a credit (F58): out of a credit, or of a payment that no invoice
    had taken. It counts from the moment that the credit is asked for until it fails or comes back (decision 51).
    """

    company = CompanyKey(related_name="paid_out")
    payout = Link(Payment, related_name="paid_out")
    credit = Link(Invoice, null=True, blank=True, related_name="paid_out")
    payment = Link(Payment, null=True, blank=True, related_name="paid_out_by")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_paid_out_positive"),
            models.CheckConstraint(
                condition=Q(credit__isnull=True, payment__isnull=False) | Q(credit__isnull=False, payment__isnull=True),
                name="payments_paid_out_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.credit or self.payment}"
