"""What does a refund take from the invoices that its payment pays, and what is put back when it fails?

Money that no invoice has taken is given back first; then what is applied is freed, the newest allocation first. Rows of
the ledger that stand for it name the refund: their sum is what it has freed and what was not put back yet.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from alarmdesk.company.entering import acting, entered
from alarmdesk.company.numbers import next_numbers
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.models import Allocation, PaidOut, Payment

LEAVES = (Payment.Status.FAILED, Payment.Status.CANCELLED)
"""A refund in one of these gives nothing back."""


def lock_for(payment_ids: Iterable[int], *, freed_by: Iterable[int] = ()) -> dict[int, Payment]:
    """Lock what the payments pay and what these refunds have freed, then the payments, in the house's order; the
    payments as they are now.
    """
    ids = list(payment_ids)
    rows = Allocation.objects.filter(Q(payment_id__in=ids) | Q(for_refund_id__in=list(freed_by)))
    paid = list(rows.values_list("invoice_id", flat=True).distinct())
    documents, received = paid_out_of(ids)
    lock_invoices({*paid, *documents})
    ids += received
    locked = Payment.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    return {payment.pk: payment for payment in locked}


def paid_out_of(payout_ids: Iterable[int]) -> tuple[list[int], list[int]]:
    """Ids of the documents and of the payments that these credits have paid out of: PostgreSQL gives it back to them
    when a credit comes to nothing.
    """
    rows = list(PaidOut.objects.filter(payout_id__in=list(payout_ids)).values_list("credit_id", "payment_id"))
    return [credit for credit, _ in rows if credit], [payment for _, payment in rows if payment]


def lock_invoices(ids: Iterable[int]) -> dict[int, Invoice]:
    """Lock invoices by id; as they are now."""
    locked = Invoice.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk")
    return {invoice.pk: invoice for invoice in locked}


def write_refund(
    original: Payment, amount: Decimal, *, status: str, note: str, at: dt.datetime, received_on: dt.date | None = None
) -> Payment:
    """T1's part of a refund, on a locked payment: what it takes is freed, and the row stands. PostgreSQL refuses more
    than is left (IntegrityError).
    """
    refund = Payment(
        pk=_next_id(),
        customer_id=original.customer_id,
        kind=Payment.Kind.REFUND,
        method=original.method,
        billing_method_id=original.billing_method_id,
        amount=-amount,
        status=status,
        note=note,
        original=original,
        received_on=received_on or entered().local_date(at),
        created_at=at,
        created_by=acting().name,
    )
    free = original.applied - (original.amount - original.refunded - amount)
    with connection.cursor() as cursor:
        # the freed rows name the refund, and the refund is refused before they are written
        cursor.execute("set constraints all deferred")
        if free > 0:
            _take_back(original, free, refund, at)
        (refund.number,) = next_numbers("payment")
        refund.save(force_insert=True)
        cursor.execute("set constraints all immediate")
    return refund


def would_free(payment: Payment, amount: Decimal) -> list[tuple[Invoice, Decimal]]:
    """What giving back `amount` of a payment would take from which invoice, by its number: those are owed again."""
    free = payment.applied - (payment.amount - payment.refunded - amount)
    taken: dict[Invoice, Decimal] = {}
    for allocation in _standing(payment).select_related("invoice"):
        part = min(allocation.amount, free)
        if part <= 0:
            break
        taken[allocation.invoice] = taken.get(allocation.invoice, ZERO) + part
        free -= part
    return sorted(taken.items(), key=lambda each: each[0].number)


def put_back(refunds: Iterable[Payment], *, at: dt.datetime) -> None:
    """Apply again what failed refunds had freed, as far as the invoices still owe it and the payment still stands. They
    counted until now. The invoices and the payments must be locked.
    """
    refunds = list(refunds)
    gone = Payment.objects.filter(pk__in=[refund.pk for refund in refunds], voided_at=None)
    if refunds:
        gone.update(voided_at=at, voided_by=acting().name)
    for refund in refunds:
        original = Payment.objects.get(pk=refund.original_id or 0)
        if original.status not in (Payment.Status.PENDING, Payment.Status.COMPLETE):
            continue
        freed = Allocation.objects.filter(for_refund=refund).values_list("invoice_id").annotate(net=Sum("amount"))
        rest = original.unapplied
        for invoice_id, net in freed.filter(net__lt=0).order_by("invoice_id"):
            amount = min(-net, Invoice.objects.get(pk=invoice_id).due, rest)
            if amount > 0:
                rest -= amount
                _insert(original, invoice_id, amount, refund, at)


def _take_back(payment: Payment, free: Decimal, refund: Payment, at: dt.datetime) -> None:
    for allocation in _standing(payment):
        if free <= 0:
            return
        _insert(payment, allocation.invoice_id, -allocation.amount, refund, at, reverses=allocation)
        if allocation.amount > free:
            _insert(payment, allocation.invoice_id, allocation.amount - free, refund, at)
        free -= allocation.amount


def _standing(payment: Payment) -> QuerySet[Allocation, Any]:
    """What of a payment pays invoices now, in the order in which a refund takes it back: the newest first."""
    standing: QuerySet[Allocation, Any] = payment.allocations.filter(reverses=None, reversals=None)
    return standing.order_by("-pk")


def _insert(
    payment: Payment,
    invoice_id: int,
    amount: Decimal,
    refund: Payment,
    at: dt.datetime,
    reverses: Allocation | None = None,
) -> None:
    Allocation.objects.create(
        payment=payment,
        invoice_id=invoice_id,
        amount=amount,
        at=at,
        by=acting().name,
        reverses=reverses,
        for_refund_id=refund.pk,
    )


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence('payments_payment', 'id'))")
        number: int = cursor.fetchone()[0]
    return number
