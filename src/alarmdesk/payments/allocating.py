"""How does money get to invoices, and back? By rows that are inserted, never edited.

PostgreSQL refuses sums that go over an invoice's total or a payment's amount. What a payment under way is about to pay
is paid by nothing else meanwhile: a check for an invoice whose card is being charged would be money twice.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db import IntegrityError, transaction

from alarmdesk.company.entering import Actor, acting, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.attempts import UNDER_WAY
from alarmdesk.payments.models import Allocation, Attempt, Payment, PlannedAllocation
from alarmdesk.payments.queries import payable

Pair = tuple[int, int]
"""The ids of a payment and an invoice."""


class TooMuch(Exception):
    """More than the invoice's due or the payment's rest, or of an invoice that a payment under way is about to pay.
    `rows` says which: {id of the row asked for: why}.
    """

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

    Raises TooMuch with the reason per invoice's id in `rows`, and nothing written; Payment.DoesNotExist.
    """
    with inside(company, actor=actor):
        customer_id = Payment.objects.values_list("customer_id", flat=True).get(pk=payment_id)
        paid = Allocation.objects.filter(payment_id=payment_id).values_list("invoice_id", flat=True)
        change = _Change(customer_id, [payment_id], {*wanted, *paid}, at)
        change.bring_to({(payment_id, invoice): amount for invoice, amount in wanted.items()}, named=1)


def apply_on_invoice(
    company: Company, invoice_id: int, wanted: Mapping[int, Decimal], *, at: dt.datetime, actor: Actor
) -> None:
    """Manage Payments On Invoice (F43): bring what pays an invoice to these amounts, {payment's id: amount}: a payment
    that is not named pays nothing of it. By reversals and new rows, all or nothing. Joins an open transaction.

    Raises TooMuch with the reason per payment's id in `rows`, and nothing written; Invoice.DoesNotExist.
    """
    with inside(company, actor=actor):
        customer_id = Invoice.objects.values_list("customer_id", flat=True).get(pk=invoice_id)
        paying = Allocation.objects.filter(invoice_id=invoice_id).values_list("payment_id", flat=True)
        change = _Change(customer_id, {*wanted, *paying}, [invoice_id], at)
        change.bring_to({(payment, invoice_id): amount for payment, amount in wanted.items()}, named=0)


def oldest_first(customer_id: int, amount: Decimal, invoice_ids: Iterable[int] | None = None) -> dict[int, Decimal]:
    """How an amount is spread when nobody says otherwise: over the customer's open invoices by due date, oldest first,
    {invoice's id: amount}; over some of them if they are named. What is left over stays unapplied. One that a payment
    under way is about to pay is left out. Inside the company.
    """
    invoices = payable(Customer(pk=customer_id))
    if invoice_ids is not None:
        invoices = invoices.filter(pk__in=list(invoice_ids))
    return spread(invoices, amount)


def spread(invoices: Iterable[Invoice], amount: Decimal) -> dict[int, Decimal]:
    """An amount over invoices in this order, as far as it goes and as far as they are due: {invoice's id: amount}."""
    parts: dict[int, Decimal] = {}
    for invoice in invoices:
        part = min(invoice.due, amount)
        if part <= 0:
            break
        parts[invoice.pk] = part
        amount -= part
    return parts


class _Change:
    """Several allocations between some payments and some invoices, changed at once under all their locks."""

    def __init__(self, customer_id: int, payments: Iterable[int], invoices: Iterable[int], at: dt.datetime) -> None:
        self.at = at
        faces = Invoice.objects.filter(pk__in=list(invoices), customer_id=customer_id)
        self.invoices = {each.pk: each for each in faces.select_for_update(no_key=True).order_by("pk")}
        rows = Payment.objects.filter(pk__in=list(payments), customer_id=customer_id)
        self.payments = {each.pk: each for each in rows.select_for_update(no_key=True).order_by("pk")}
        self.under_way = set(
            PlannedAllocation.objects.filter(invoice__in=self.invoices, is_live=True)
            .exclude(payment__status=Payment.Status.SCHEDULED)
            .exclude(payment__in=self.payments)
            .values_list("invoice_id", flat=True)
        )
        flying = Attempt.objects.filter(payment__in=self.payments, state__in=UNDER_WAY)
        self.in_flight = set(flying.values_list("payment_id", flat=True))
        self.standing: dict[Pair, list[Allocation]] = {}
        applied = Allocation.objects.filter(payment__in=self.payments, invoice__in=self.invoices)
        for allocation in applied.filter(reverses=None, reversals=None).order_by("pk"):
            self.standing.setdefault((allocation.payment_id, allocation.invoice_id), []).append(allocation)

    def bring_to(self, wanted: Mapping[Pair, Decimal], *, named: int) -> None:
        """Raises TooMuch with the reasons by the payment's (named=0) or the invoice's id (named=1)."""
        changes = {pair: wanted.get(pair, ZERO) - self._now(pair) for pair in {**self.standing, **wanted}}
        reasons = {pair[named]: why for pair in wanted if (why := self._why_not(pair, wanted[pair], changes))}
        if reasons:
            raise TooMuch(" ".join(dict.fromkeys(reasons.values())), reasons)
        for pair in sorted(changes):
            if changes[pair] < 0:
                for allocation in self.standing[pair]:
                    reverse(allocation, at=self.at)
        for pair, change in sorted(changes.items()):
            amount = wanted.get(pair, ZERO) if change < 0 else change
            if amount > 0:
                self._insert(pair, amount)

    def _now(self, pair: Pair) -> Decimal:
        return sum((allocation.amount for allocation in self.standing.get(pair, ())), ZERO)

    def _why_not(  # noqa: PLR0911
        self, pair: Pair, amount: Decimal, changes: Mapping[Pair, Decimal]
    ) -> str:
        payment, invoice = self.payments.get(pair[0]), self.invoices.get(pair[1])
        if payment is None or invoice is None:
            return "The payment and the invoice are not of one customer."
        if amount < 0 or amount != amount.quantize(Decimal("0.01")):
            return "Enter an amount of dollars and cents, 0.00 or more."
        if changes[pair] and payment.pk in self.in_flight:
            return f"{payment} is under way. Look again in a minute."
        if changes[pair] <= 0:
            return ""
        if payment.status not in (Payment.Status.PENDING, Payment.Status.COMPLETE) or payment.kind != "sale":
            return f"{payment} is {payment.get_status_display()} and cannot be applied."
        if invoice.pk in self.under_way:
            return f"A payment of {invoice} is under way. Look again in a minute."
        more_on_invoice = sum((change for other, change in changes.items() if other[1] == pair[1]), ZERO)
        if more_on_invoice > invoice.due:
            return f"Only ${invoice.due:,.2f} more is due on {invoice}."
        if sum((change for other, change in changes.items() if other[0] == pair[0]), ZERO) > payment.unapplied:
            return f"Only ${payment.unapplied:,.2f} more is left of {payment}."
        return ""

    def _insert(self, pair: Pair, amount: Decimal) -> None:
        Allocation.objects.create(
            payment_id=pair[0], invoice_id=pair[1], amount=amount, at=self.at, by=acting().name
        )  # fmt: skip
