"""Where does a credit go (F36, D7; billing.md 1.1)? To what is due on the invoice that it credits (offset), to the
customer's account until it is applied (balance), or out of the house as a refund of what was paid.

The destination is not kept: it is the rows that it makes. A refund lets the credit take the place of the money on the
invoice, in one transaction with the credit; the money is unapplied then, and goes back as any refund does.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Sum

from alarmdesk.company.entering import Actor, acting, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.applying import NotApplicable, apply_credit, lock, standing, take_back, why
from alarmdesk.invoicing.crediting import NotCreditable, credit_invoice
from alarmdesk.invoicing.models import CreditApplication, Invoice
from alarmdesk.lib.furniture import money
from alarmdesk.lib.money import CENT, ZERO
from alarmdesk.payments.allocating import TooMuch, reverse, spread
from alarmdesk.payments.attempts import UNDER_WAY, refuse_inside_transaction
from alarmdesk.payments.models import Allocation, Payment
from alarmdesk.payments.queries import payable
from alarmdesk.payments.refunding import Begun, NotRefunded, Now, begin_refund, carry_out, refundable


class Destination(StrEnum):
    """What becomes of a credit at once."""

    OFFSET = "offset"
    BALANCE = "balance"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be credited of an invoice: {line's id: amount before tax}, None for all that is left; and where it
    goes. `payment_id` names the payment that a refund gives back.
    """

    invoice_id: int
    parts: Mapping[int, Decimal] | None
    destination: Destination
    payment_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """The credit, the refund that it led to, and why there is none where there should be one."""

    credit: Invoice
    refund: Payment | None = None
    problem: str = ""


def make_credit(company: Company, order: Order, *, today: dt.date, now: Now, actor: Actor) -> Made:
    """Issue the credit and send it where it goes. A refund is written down with the credit: from then on it is on its
    way, whatever becomes of the process. What the gateway will not give back stays on account as unapplied money, and
    `problem` says why. Called with no transaction open where it refunds.

    Raises NotCreditable, NotApplicable, with nothing written; Invoice.DoesNotExist; InsideTransaction.
    """
    if order.destination is Destination.REFUND:
        refuse_inside_transaction()
    with inside(company, actor=actor):
        credit, begun = _issue(company, order, today=today, at=now())
    if begun is None:
        return Made(credit)
    try:
        back = carry_out(company, begun, now=now, actor=actor)
    except NotRefunded as refused:
        return Made(credit, problem=str(refused))
    return Made(credit, back)


def _issue(company: Company, order: Order, *, today: dt.date, at: dt.datetime) -> tuple[Invoice, Begun | None]:
    """T1: the credit, what it does to the invoice, and the refund that it leads to, all or nothing."""
    refunds = order.destination is Destination.REFUND
    paid = Allocation.objects.filter(payment=order.payment_id if refunds else None)
    invoice = lock([order.invoice_id], paid.values_list("invoice_id", flat=True))[order.invoice_id]
    credit = credit_invoice(invoice, order.parts, sale_on=today, note=order.note, at=at, by=acting().name)
    if refunds:
        return credit, _refund(company, credit, invoice, order.payment_id, today=today, at=at)
    if order.destination is Destination.OFFSET and (amount := min(credit.total, invoice.due)) > 0:
        apply_credit(credit, invoice, amount, at=at)
    return credit, None


def _refund(
    company: Company, credit: Invoice, invoice: Invoice, payment_id: int | None, *, today: dt.date, at: dt.datetime
) -> Begun:
    """The credit takes the place of the money, and the money is to go back."""
    payment = _take_the_place(credit, invoice, payment_id, at=at)
    try:
        return begin_refund(company, payment.pk, credit.total, note=f"{credit}", today=today, at=at, actor=acting())
    except NotRefunded as refused:
        raise NotCreditable(str(refused)) from refused


def _take_the_place(credit: Invoice, invoice: Invoice, payment_id: int | None, *, at: dt.datetime) -> Payment:
    """The credit pays what the payment paid of the invoice; the money is unapplied then."""
    payment = Payment.objects.select_for_update(no_key=True).filter(
        pk=payment_id or 0, customer_id=invoice.customer_id
    ).first()  # fmt: skip
    rows = Allocation.objects.filter(payment=payment, invoice=invoice, reverses=None, reversals=None).order_by("-pk")
    paid = sum((row.amount for row in rows), ZERO) if payment else ZERO
    if payment is None or min(paid, refundable(payment)) < credit.total:
        raise NotCreditable(f"{payment or 'No payment'} paid {money(paid)} of it: that much can be refunded.")
    if payment.attempts.filter(state__in=UNDER_WAY).exists():
        raise NotCreditable(f"{payment} is under way. Look again in a minute.")
    rest = credit.total
    for row in rows:
        if rest > 0:
            reverse(row, at=at)
            if row.amount > rest:
                left = row.amount - rest
                Allocation.objects.create(payment=payment, invoice=invoice, amount=left, at=at, by=acting().name)
            rest -= min(row.amount, rest)
    apply_credit(credit, invoice, credit.total, at=at)
    return payment


def bring_credit_to(
    company: Company, credit_id: int, wanted: Mapping[int, Decimal], *, at: dt.datetime, actor: Actor
) -> None:
    """Bring what a credit takes off invoices to these amounts, {invoice's id: amount}; off one that is not named it
    takes nothing. By reversals and new rows, all or nothing (F43 for credits). Joins an open transaction.

    Raises TooMuch with the reason per invoice's id in `rows`, and nothing written; Invoice.DoesNotExist.
    """
    with inside(company, actor=actor), transaction.atomic():
        credit = Invoice.objects.get(pk=credit_id, type=Invoice.Type.CREDIT)
        paid = CreditApplication.objects.filter(credit=credit).values_list("invoice_id", flat=True)
        locked = lock([credit.pk], wanted, paid)
        credit = locked.pop(credit.pk)
        now = applied(credit)
        changes = {pk: wanted.get(pk, ZERO) - now.get(pk, ZERO) for pk in sorted({*wanted, *now})}
        _refuse(credit, locked, wanted, changes)
        with _said():
            for row in standing(credit):
                if changes[row.invoice_id] < 0:
                    take_back(row, at=at)
            for pk, change in changes.items():
                amount = wanted.get(pk, ZERO) if change < 0 else change
                if amount > 0:
                    CreditApplication.objects.create(
                        credit=credit, invoice=locked[pk], amount=amount, at=at, by=acting().name
                    )


def _refuse(
    credit: Invoice, invoices: Mapping[int, Invoice], wanted: Mapping[int, Decimal], changes: Mapping[int, Decimal]
) -> None:
    """Raises TooMuch where what is wanted cannot be."""
    reasons: dict[int, str] = {}
    for pk, amount in wanted.items():
        invoice = invoices.get(pk)
        if invoice is None or invoice.customer_id != credit.customer_id:
            reasons[pk] = "The credit and the invoice are not of one customer."
        elif amount < 0 or amount != amount.quantize(CENT):
            reasons[pk] = "Enter an amount of dollars and cents, 0.00 or more."
        elif changes[pk] > invoice.due:
            reasons[pk] = f"Only {money(invoice.due)} more is due on {invoice}."
    if not reasons and sum(changes.values(), ZERO) > credit.left:
        reasons = {pk: f"Only {money(credit.left)} more is left of {credit}." for pk in wanted if changes[pk] > 0}
    if reasons:
        raise TooMuch(" ".join(dict.fromkeys(reasons.values())), reasons)


@contextmanager
def _said() -> Iterator[None]:
    """What PostgreSQL refuses in words."""
    try:
        yield
    except IntegrityError as error:
        raise TooMuch(str(why(error, "More than is left of the credit or due on an invoice."))) from error


def apply_oldest_first(company: Company, credit_id: int, *, at: dt.datetime, actor: Actor) -> Decimal:
    """Apply what is left of a credit to the customer's open invoices by due date, the oldest first; those that a
    payment is about to pay are left out. Answers how much. Joins an open transaction. Raises TooMuch.
    """
    with inside(company, actor=actor), transaction.atomic():
        credit = Invoice.objects.get(pk=credit_id, type=Invoice.Type.CREDIT)
        owed = list(payable(Customer(pk=credit.customer_id)).values_list("pk", flat=True))
        locked = lock([credit.pk], owed)
        credit = locked.pop(credit.pk)
        invoices = sorted(locked.values(), key=lambda each: (each.due_on or dt.date.max, each.pk))
        parts = spread([invoice for invoice in invoices if invoice.due > 0], credit.left)
        with _said():
            for pk, amount in parts.items():
                CreditApplication.objects.create(
                    credit=credit, invoice_id=pk, amount=amount, at=at, by=acting().name
                )  # fmt: skip
        return sum(parts.values(), ZERO)


def applied(credit: Invoice) -> dict[int, Decimal]:
    """What a credit takes off which invoice now, {invoice's id: amount}."""
    rows = CreditApplication.objects.filter(credit=credit).values("invoice").annotate(sum=Sum("amount"))
    return {row["invoice"]: row["sum"] for row in rows if row["sum"] > 0}


__all__ = [
    "Destination",
    "Made",
    "NotApplicable",
    "NotCreditable",
    "Order",
    "applied",
    "apply_oldest_first",
    "bring_credit_to",
    "make_credit",
]
