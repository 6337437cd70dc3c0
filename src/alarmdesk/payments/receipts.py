"""What stands on the receipt of a payment? What was paid, when, with what, and what each invoice took of it."""

from typing import Any

from django.db.models import Prefetch, QuerySet

from alarmdesk.company.letterhead import sender_of
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.paper import Column, Paper, Receiver, Row, Sum, render
from alarmdesk.lib.furniture import day, money
from alarmdesk.payments import standing
from alarmdesk.payments.models import Allocation, Payment

GOOD = (Payment.Status.PENDING, Payment.Status.COMPLETE)
TAKEN_BACK = (Payment.Status.CANCELLED, Payment.Status.RETURNED, Payment.Status.DISPUTED)
COLUMNS = (
    Column("For", is_figure=False), Column("Sale Date", is_figure=False), Column("Invoice total"), Column("Paid"),
)  # fmt: skip


def with_receipt(payments: QuerySet[Payment, Any]) -> QuerySet[Payment, Any]:
    """The payments of which there is a receipt: money that came or went, also what was taken back later; with all that
    the receipt needs.
    """
    live = Allocation.objects.filter(reverses=None, reversals=None).select_related("invoice").order_by("pk")
    shown = payments.filter(status__in=[*GOOD, *TAKEN_BACK]).select_related("customer", "billing_method", "original")
    return shown.prefetch_related("plans__invoice", Prefetch("allocations", live, to_attr="standing"))


def has_receipt(payment: Payment) -> bool:
    """Whether `with_receipt` has it."""
    return payment.status in GOOD or payment.status in TAKEN_BACK


def paper_of(payment: Payment, company: Company) -> Paper:
    """The receipt as a paper. Take the payment from `with_receipt`."""
    shown = _Shown(company)
    taken = [(row.invoice, row.amount) for row in payment.standing]  # type: ignore[attr-defined]
    taken = taken or [(plan.invoice, plan.amount) for plan in payment.plans.all()]
    free = payment.unapplied if payment.unapplied < payment.amount or not taken else 0
    rows = [shown.row(invoice, amount) for invoice, amount in taken]
    if free:
        rows.append(Row(("Credit on your account", "", "", shown.money(free))))
    if not rows:
        rows.append(Row((str(payment.original or "Your account"), "", "", shown.money(payment.amount))))
    refund = payment.kind != Payment.Kind.SALE
    sums = [Sum("Given back" if refund else "Paid", shown.money(abs(payment.amount)), strong=True)]
    if payment.refunded:
        sums.append(Sum("Refunded since", shown.money(payment.refunded)))
    return Paper(
        title="Refund" if refund else "Receipt",
        number=str(payment.number),
        receiver=Receiver("Given back to" if refund else "Received from", payment.customer.name),
        pairs=tuple(_pairs(payment)),
        columns=COLUMNS,
        rows=tuple(rows),
        sums=tuple(sums),
        stamp=standing.of_payment(payment).text if payment.status in TAKEN_BACK or payment.refunded else "",
        small_print=payment.failure if payment.status in TAKEN_BACK else _still(payment),
    )


class _Shown:
    """Amounts in the company's currency."""

    def __init__(self, company: Company) -> None:
        self._currency = company.currency

    def money(self, amount: Any) -> str:
        return money(amount, self._currency)

    def row(self, invoice: Invoice, amount: Any) -> Row:
        return Row((str(invoice), day(invoice.sale_on), self.money(invoice.total), self.money(amount)))


def _pairs(payment: Payment) -> list[tuple[str, str]]:
    method = str(payment.billing_method) if payment.billing_method else payment.get_method_display()
    pairs = [("Date", day(payment.received_on)), ("Method", method), ("Account", payment.customer.account_number)]
    return [(label, value) for label, value in [*pairs, ("Reference", payment.reference)] if value]


def _still(payment: Payment) -> str:
    is_slow = payment.method == Payment.Method.ACH and payment.status == Payment.Status.PENDING
    return "Your bank settles this payment within a few business days." if is_slow else ""


def pdf(payment: Payment, company: Company) -> bytes:
    """The receipt as PDF. Take the payment from `with_receipt`."""
    return render(paper_of(payment, company), sender_of(company), at=payment.created_at)


def file_name(payment: Payment) -> str:
    """receipt-311.pdf"""
    return f"{'receipt' if payment.kind == Payment.Kind.SALE else 'refund'}-{payment.number}.pdf"
