"""What does the portal ask? Where a person holds accounts, and what of an account is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.queries import owing, paid_in_full
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.models import AutoPay, Payment
from alarmdesk.payments.on_account import paid_from_account
from alarmdesk.payments.queries import payable, total_due
from alarmdesk.payments.taking import AmountChanged
from alarmdesk.portal.models import AccountHolder

MOST_INVOICES = 100


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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be paid of some invoices: `covered` says what credit on account pays by itself of which (by id)."""

    invoices: list[Invoice]
    covered: Mapping[int, Decimal]

    @property
    def due(self) -> Decimal:
        return total_due(self.invoices)

    @property
    def on_account(self) -> Decimal:
        """What credit on account pays of them."""
        return sum((self.covered.get(invoice.pk, ZERO) for invoice in self.invoices), ZERO)

    @property
    def amount(self) -> Decimal:
        """What remains to pay."""
        return self.due - self.on_account

    @property
    def parts(self) -> dict[int, Decimal]:
        """What remains to pay of which invoice, by id."""
        rest = {invoice.pk: invoice.due - self.covered.get(invoice.pk, ZERO) for invoice in self.invoices}
        return {pk: amount for pk, amount in rest.items() if amount > 0}

    def check(self, amount: Decimal | None) -> None:
        """Raises AmountChanged where the payer was shown another amount than what remains now. Where nothing is on
        account, take_payment looks itself, under the invoices' locks.
        """
        if self.on_account and amount != self.amount:
            raise AmountChanged(f"What is due has changed to ${self.amount:,.2f}. Nothing was charged.")


def asked_of(customer: Customer, ids: Iterable[int] | None = None) -> Asked:
    """What remains to pay of the customer's invoices that can be paid now: of these ids, or of all."""
    every = list(payable(customer)[:MOST_INVOICES])
    chosen = every if ids is None else [invoice for invoice in every if invoice.pk in set(ids)]
    return Asked(chosen, paid_from_account(customer, every))


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
