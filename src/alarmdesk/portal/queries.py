"""What does the portal ask? Where a person holds accounts, and what of an account is shown."""

from typing import Any

from django.db.models import QuerySet

from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.queries import owing, paid_in_full
from alarmdesk.payments.models import AutoPay, Payment
from alarmdesk.portal.models import AccountHolder


def invoices_shown(customer: Customer) -> QuerySet[Invoice, Any]:
    """The customer's invoices and credits in force; quotes are the office's papers."""
    return customer.invoices.filter(type__in=[Invoice.Type.INVOICE, Invoice.Type.CREDIT], voided_at=None)


def credits_given(customer: Customer) -> QuerySet[Invoice, Any]:
    """The customer's credits in force, the newest first."""
    return customer.invoices.filter(type=Invoice.Type.CREDIT, voided_at=None).order_by("-pk")


def invoices_due(customer: Customer) -> QuerySet[Invoice, Any]:
    """What the customer owes, the oldest due first (F86)."""
    return owing(customer.invoices.all()).order_by("due_on", "pk")


def invoices_paid(customer: Customer) -> QuerySet[Invoice, Any]:
    """What the customer has paid, the newest first (F88)."""
    return paid_in_full(customer.invoices.all()).order_by("-sale_on", "-pk")


def receipts(customer: Customer) -> QuerySet[Payment, Any]:
    """The customer's payments that moved money or may have, the newest first."""
    shown = customer.payments.exclude(status=Payment.Status.FAILED)
    return shown.select_related("billing_method").order_by("-pk")


def auto_pays(customer: Customer) -> QuerySet[AutoPay, Any]:
    """The running Auto Pays of the customer's recurring invoices."""
    running = AutoPay.objects.filter(recurring_invoice__customer=customer, ended_at=None)
    return running.select_related("recurring_invoice", "billing_method").order_by("pk")


def access_of(customer: Customer) -> QuerySet[AccountHolder, Any]:
    """Who was invited to the account and has not been shut out, the newest first."""
    return customer.account_holders.filter(ended_at=None).select_related("user").order_by("-pk")
