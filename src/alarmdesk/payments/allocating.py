"""How does money get to invoices, and back? By rows that are inserted, never edited.

PostgreSQL refuses sums that go over an invoice's total or a payment's amount.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db import IntegrityError, transaction

from alarmdesk.company.entering import Actor, acting
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.payments.models import Allocation, Payment


class TooMuch(Exception):
    """More than the invoice's due or the payment's rest. `rows` says which: {id of the row asked for: why}."""

    def __init__(self, text: str, rows: Mapping[int, str] | None = None) -> None:
        super().__init__(text)
        self.rows: Mapping[int, str] = rows or {}


def allocate(*, payment: Payment, invoice: Invoice, amount: Decimal, at: dt.datetime) -> Allocation:
    """Apply a part of a payment to an invoice. Raises TooMuch, with nothing written."""
    Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)
    try:
        with transaction.atomic():
            return Allocation.objects.create(payment=payment, invoice=invoice, amount=amount, at=at, by=acting().name)
    except IntegrityError as error:
        raise TooMuch(f"{amount} is more than is due on the invoice or left of the payment.") from error


def reverse(allocation: Allocation, *, at: dt.datetime) -> Allocation:
    """Take an allocation back by a row of its own: the invoice is open again, the payment unapplied."""
    Invoice.objects.select_for_update(no_key=True).get(pk=allocation.invoice_id)
    return Allocation.objects.create(
        payment_id=allocation.payment_id,
        invoice_id=allocation.invoice_id,
        amount=-allocation.amount,
        at=at,
        by=acting().name,
        reverses=allocation,
    )


def reverse_all(payment: Payment, *, at: dt.datetime) -> None:
    """Take back whatever of the payment is applied."""
    standing = payment.allocations.filter(reverses=None, reversals=None).order_by("invoice_id", "pk")
    for allocation in standing:
        reverse(allocation, at=at)


def apply(company: Company, payment_id: int, wanted: Mapping[int, Decimal], *, at: dt.datetime, actor: Actor) -> None:
    """Bring what a payment pays to these amounts, {invoice's id: amount}: an invoice that is not named is paid nothing
    by it. By reversals and new rows, all or nothing (F43, the mirror). Joins an open transaction.

    Raises TooMuch with the reason per invoice's id in `rows`, and nothing written.
    """
    raise NotImplementedError


def apply_on_invoice(
    company: Company, invoice_id: int, wanted: Mapping[int, Decimal], *, at: dt.datetime, actor: Actor
) -> None:
    """Manage Payments On Invoice (F43): bring what pays an invoice to these amounts, {payment's id: amount}: a payment
    that is not named pays nothing of it. By reversals and new rows, all or nothing. Joins an open transaction.

    Raises TooMuch with the reason per payment's id in `rows`, and nothing written.
    """
    raise NotImplementedError


def oldest_first(customer_id: int, amount: Decimal) -> dict[int, Decimal]:
    """How an amount is spread when nobody says otherwise: over the customer's open invoices by due date, oldest first,
    {invoice's id: amount}. What is left over stays unapplied. Inside the company.
    """
    raise NotImplementedError
