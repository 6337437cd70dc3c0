"""How does money get to invoices, and back? By rows that are inserted, never edited.

PostgreSQL refuses sums that go over an invoice's total or a payment's amount.
"""

import datetime as dt
from decimal import Decimal

from django.db import IntegrityError, transaction

from alarmdesk.company.entering import acting
from alarmdesk.invoicing.models import Invoice
from alarmdesk.payments.models import Allocation, Payment


class TooMuch(Exception):
    """More than the invoice's due or the payment's rest."""


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
