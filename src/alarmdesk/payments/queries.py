"""What do pages and the rooms above ask of payments and billing methods?"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import (
    Case,
    DecimalField,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import CreditApplication, Invoice, RecurringInvoice
from alarmdesk.invoicing.queries import crediting, credits_left, owing
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.attempts import UNDER_WAY
from alarmdesk.payments.models import (
    Allocation,
    Attempt,
    AutoPay,
    BillingMethod,
    MethodUpdate,
    PaidOut,
    Payment,
    PlannedAllocation,
)
from alarmdesk.payments.next_steps import NextStep, next_steps
from alarmdesk.payments.unblocking import cleared

Payments = QuerySet[Payment, Any]
GOOD = Q(kind=Payment.Kind.SALE, status__in=[Payment.Status.PENDING, Payment.Status.COMPLETE])
MOST_SHOWN = 100
LEAST_OF_NUMBER, LONGEST_NUMBER = 4, 60


def listed(payments: Payments) -> Payments:
    """Payments with what a row says (F59): `transaction_id`, the gateway's number of the sale, credit or refund itself,
    and `free`, the part that no invoice has taken and nobody got back.
    """
    money = DecimalField(max_digits=12, decimal_places=2)
    moved = Attempt.objects.filter(company=OuterRef("company"), payment=OuterRef("pk"))
    last = moved.exclude(verb=Attempt.Verb.VOID).order_by("-pk")
    left = F("amount") - F("applied") - F("refunded")
    return payments.select_related("customer", "billing_method", "original").annotate(
        transaction_id=Coalesce(Subquery(last.values("external_id")[:1]), Value("")),
        free=Case(When(GOOD & ~Q(in_flight()), then=left), default=Value(ZERO), output_field=money),
    )


def in_flight() -> Exists:
    """Is a call about this payment under way? Then nobody knows yet whether its money is there, and nothing of it is on
    account.
    """
    return Exists(Attempt.objects.filter(company=OuterRef("company"), payment=OuterRef("pk"), state__in=UNDER_WAY))


def unapplied(payments: Payments) -> Payments:
    """Good payments of which something is left, and whose gateway has answered."""
    return payments.filter(GOOD, ~Q(in_flight()), amount__gt=F("applied") + F("refunded"))


def with_transaction(words: str) -> list[int]:
    """Ids of the entered company's payments that the gateway knows by exactly this transaction ID."""
    number = words.strip()
    if not LEAST_OF_NUMBER <= len(number) <= LONGEST_NUMBER or " " in number:
        return []
    return list(Attempt.objects.filter(external_id=number).values_list("payment_id", flat=True)[:MOST_SHOWN])


def methods_of(customer: Customer) -> list[BillingMethod]:
    """The customer's methods on file, the default first, each with its running Auto Pays in `enrolled`, what the card
    networks said of it in `told`, and `is_cleared`.
    """
    running = AutoPay.objects.filter(ended_at=None).select_related("recurring_invoice").order_by("pk")
    found = cleared(customer.billing_methods.filter(removed_at=None)).order_by("-is_default", "pk")
    updates = MethodUpdate.objects.order_by("pk")
    with_all = found.prefetch_related(
        Prefetch("auto_pays", running, to_attr="enrolled"), Prefetch("updates", updates, to_attr="told")
    )
    return list(with_all[:MOST_SHOWN])


def processable(customer: Customer, today: dt.date) -> QuerySet[BillingMethod, Any]:
    """The methods that can be charged on a day, the default first (F50): those at the gateway that is used now."""
    good = customer.billing_methods.filter(removed_at=None, blocked_at=None).exclude(kind=BillingMethod.Kind.MANUAL)
    good = good.filter(gateway__is_active=True)
    unexpired = Q(expires_on=None) | Q(expires_on__gte=today)
    return good.filter(unexpired).order_by("-is_default", "pk")


def payable(customer: Customer) -> QuerySet[Invoice, Any]:
    """The customer's invoices that are owed and that no payment under way is about to pay, the oldest due first."""
    live = PlannedAllocation.objects.filter(company=OuterRef("company"), invoice=OuterRef("pk"), is_live=True)
    return owing(customer.invoices.all()).filter(~Exists(live)).order_by("due_on", "pk")


def taken_from(payment: Payment) -> list[tuple[Invoice, Decimal]]:
    """What a return or a dispute took back, or a refund, from which invoice, as far as it was not put back."""
    if payment.kind == Payment.Kind.SALE and payment.returned_at is not None:
        rows = payment.allocations.filter(reverses__isnull=False, at=payment.returned_at, for_refund=None)
    else:
        rows = Allocation.objects.filter(for_refund=payment)
    summed = rows.order_by().values_list("invoice").annotate(net=Sum("amount"))
    taken = {invoice: -net for invoice, net in summed if net < 0}
    return [(invoice, taken[invoice.pk]) for invoice in Invoice.objects.filter(pk__in=taken).order_by("pk")]


def under_way(customer: Customer) -> list[PlannedAllocation]:
    """What payments without a definite answer are about to pay of this customer's invoices."""
    plans = PlannedAllocation.objects.filter(is_live=True, invoice__customer=customer)
    return list(plans.select_related("payment", "invoice").order_by("pk")[:MOST_SHOWN])


@dataclass(frozen=True, slots=True)
class InvoicePayments:
    """What payments know of one invoice, for its page."""

    invoice: Invoice
    allocations: Sequence[Allocation]
    plan: PlannedAllocation | None
    methods: Sequence[BillingMethod]
    next_step: NextStep | None = None
    credits: Sequence[CreditApplication] = ()
    sources: Sequence[Invoice] = ()
    paid_out: Sequence[PaidOut] = ()
    template: ClassVar[str] = "payments/of_invoice.html"

    @property
    def can_pay(self) -> bool:
        """Is something due that nobody is paying at this moment?"""
        return self.invoice.due > 0 and self.plan is None

    @property
    def has_credit_left(self) -> bool:
        """Is it a credit of which something can be applied?"""
        return self.invoice.left > 0


def of_invoice(invoice: Invoice, *, today: dt.date) -> InvoicePayments:
    """What stands of allocations and credits of an invoice, the live plan, and the methods it could be paid with on
    `today`. Of a credit: what it was applied to, what was paid out of it, and which invoices it credits (`sources`).
    """
    standing = invoice.allocations.filter(reverses=None, reversals=None).select_related("payment__billing_method")
    plan = invoice.plans.filter(is_live=True).select_related("payment__billing_method").first()
    methods = list(processable(invoice.customer, today)[:MOST_SHOWN]) if invoice.due else []
    step = None if plan else next_steps([invoice], today=today).get(invoice.pk)
    applied = CreditApplication.objects.filter(reverses=None, reversals=None).order_by("pk")
    out: list[PaidOut] = []
    if invoice.type == Invoice.Type.CREDIT:
        out = list(invoice.paid_out.select_related("payout__billing_method").order_by("pk")[:MOST_SHOWN])
        applied = applied.filter(credit=invoice).select_related("invoice")
        sources = Invoice.objects.filter(reversed_by__credit=invoice).distinct().order_by("pk")
    else:
        applied, sources = applied.filter(invoice=invoice).select_related("credit"), crediting(invoice)
    return InvoicePayments(
        invoice, list(standing.order_by("pk")[:MOST_SHOWN]), plan, methods, step, list(applied[:MOST_SHOWN]),
        list(sources[:MOST_SHOWN]), out,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OnAccount:
    """What the customer has in hand: of credits and of payments that no invoice has taken."""

    credits: Decimal
    payments: Decimal

    @property
    def total(self) -> Decimal:
        return self.credits + self.payments


def on_account(customer: Customer, *, settled: bool = False) -> OnAccount:
    """Credit on account, in two queries; `settled`: without money that may still come to nothing at the gateway."""
    received = customer.payments.filter(status=Payment.Status.COMPLETE) if settled else customer.payments.all()
    left = credits_left(customer.invoices.all()).order_by().aggregate(sum=Sum(F("total") - F("used")))
    free = unapplied(received).aggregate(sum=Sum(F("amount") - F("applied") - F("refunded")))
    return OnAccount(left["sum"] or ZERO, free["sum"] or ZERO)


@dataclass(frozen=True, slots=True)
class RecurringBilling:
    """What payments know of one recurring invoice, for its page: the running Auto Pay, if there is one."""

    recurring: RecurringInvoice
    running: AutoPay | None
    template: ClassVar[str] = "payments/of_recurring.html"


def of_recurring(recurring: RecurringInvoice) -> RecurringBilling:
    """The Auto Pay of a recurring invoice, as it is now."""
    return RecurringBilling(recurring, running_auto_pay(recurring))


def running_auto_pay(recurring: RecurringInvoice) -> AutoPay | None:
    """The enrolment that charges the recurring invoice now, if there is one."""
    running = recurring.auto_pays.filter(ended_at=None).select_related("billing_method")
    return running.first()


def total_due(invoices: Sequence[Invoice]) -> Decimal:
    """What is unpaid on them together."""
    return sum((invoice.due for invoice in invoices), ZERO)
