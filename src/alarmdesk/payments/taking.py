"""How does one person pay, now or on a later day, from a page? By the night's three transactions, with the answer at
once.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError
from django.db.models import QuerySet

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.company.numbers import next_numbers
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib.money import ZERO
from alarmdesk.payments import dunning
from alarmdesk.payments.allocating import spread
from alarmdesk.payments.attempts import AlreadyUnderWay, Result, begin, refuse_inside_transaction
from alarmdesk.payments.freeing import lock_invoices
from alarmdesk.payments.gateways.choosing import active_gateway, port_of
from alarmdesk.payments.gateways.port import Token
from alarmdesk.payments.models import Attempt, BillingMethod, Gateway, Payment, PlannedAllocation
from alarmdesk.payments.queries import payable
from alarmdesk.payments.sending import send_one

Now = Callable[[], dt.datetime]


class NotPaid(Exception):
    """No money moved. `str(error)` is fit to show."""


class Declined(NotPaid):
    """The gateway said no; the refusal is on record."""


class NothingDue(NotPaid):
    """None of the invoices is owed any more."""


class InProgress(NotPaid):
    """Another payment of one of the invoices is under way, or its outcome is not known yet."""


class AmountChanged(NotPaid):
    """Another amount is due now than the payer agreed to."""


class MethodUnusable(NotPaid):
    """The billing method cannot be charged."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to pay what with what: one customer, one of their methods or a one-off `token` (a guest; method_id is
    None then), and these invoices whole. `amount` is what the payer was shown and agreed to; nothing else is charged.

    Or an amount of the payer's own: with `allocations` ({invoice's id: amount}; {} for none) these parts are paid and
    what `amount` is more stays unapplied credit; with `oldest_first` the amount is spread over the invoices (over all
    that are open if none is named), the oldest due first (F81, D6).
    """

    customer_id: int
    method_id: int | None
    invoice_ids: Sequence[int] = ()
    receipt_to: str = ""
    amount: Decimal | None = None
    allocations: Mapping[int, Decimal] | None = None
    oldest_first: bool = False
    token: Token | None = None
    note: str = ""
    reference: str = ""


def take_payment(company: Company, wish: Wish, *, today: dt.date, now: Now, actor: Actor) -> Payment:
    """Charge what the wish says and answer the payment: approved, held for review, or of unknown outcome (the gateway
    has not answered; the janitor will ask). What is due is computed under the invoices' locks.

    Raises Declined, NothingDue, InProgress, AmountChanged, MethodUnusable (all NotPaid), NoGateway, BadCredentials,
    InsideTransaction.
    """
    refuse_inside_transaction()
    with _turned_away(), inside(company, actor=actor):
        gateway = active_gateway()
        payment = _write(gateway, wish, today=today, at=now(), by=actor.name)
        attempt_id = begin(gateway, payment.pk, Attempt.Verb.SALE, payment.amount, at=now())
    return carry_out(company, gateway, payment.pk, attempt_id, now=now, actor=actor, token=wish.token)


def schedule_payment(company: Company, wish: Wish, post_on: dt.date, *, at: dt.datetime, actor: Actor) -> Payment:
    """Take the payment on a later day, its Desired Posting Date (F55): Scheduled until the night of that local date, or
    until somebody presses Process Now. Its invoices are reserved meanwhile: nothing else charges them. A token cannot
    wait. Joins an open transaction.

    On the day no more is charged than is still due on the invoices that it was to pay; what the payer gave on top of
    them stays. Raises NothingDue, InProgress, AmountChanged, MethodUnusable, NoGateway; ValueError for a token.
    """
    if wish.token is not None:
        raise ValueError("A one-off token cannot wait for a later day.")
    with _turned_away(), inside(company, actor=actor):
        return _write(active_gateway(), wish, today=company.local_date(at), at=at, by=actor.name, post_on=post_on)


def process_now(company: Company, payment_id: int, *, now: Now, actor: Actor) -> Payment:
    """Charge a scheduled payment at once. Called with no transaction open.

    Raises Declined, NothingDue (it is Cancelled then), InProgress (not Scheduled any more), MethodUnusable,
    NotPaid (the gateway would not hear of it: it is Scheduled still), NoGateway, InsideTransaction.
    """
    refuse_inside_transaction()
    with _turned_away(), inside(company, actor=actor):
        gateway = active_gateway()
        attempt_id = begin_scheduled(gateway, payment_id, today=company.local_date(now()), at=now())
    if attempt_id is None:
        raise NothingDue("Nothing is due any more on the invoices of this payment. It was cancelled.")
    return carry_out(company, gateway, payment_id, attempt_id, now=now, actor=actor)


def cancel_scheduled(company: Company, payment_id: int, *, at: dt.datetime, actor: Actor) -> Payment:
    """Cancel a scheduled payment; its invoices are free again. Raises InProgress when it is not Scheduled any more."""
    with inside(company, actor=actor):
        payment = _locked_scheduled(payment_id)
        _end(payment, f"Cancelled by {actor.name} on {company.local_date(at):%m/%d/%Y}.")
        return payment


def begin_scheduled(gateway: Gateway, payment_id: int, *, today: dt.date, at: dt.datetime) -> int | None:
    """T1 of a scheduled payment whose day has come, inside the company: the attempt's id, or None when nothing is due
    any more and it is Cancelled. Raises InProgress, MethodUnusable.
    """
    plans = list(PlannedAllocation.objects.filter(payment_id=payment_id, is_live=True).order_by("pk"))
    invoices = lock_invoices(plan.invoice_id for plan in plans)
    payment = _locked_scheduled(payment_id)
    if payment.billing_method is not None:
        _check(gateway, payment.billing_method, today)
    for plan in plans:
        due = invoices[plan.invoice_id].due
        if due < plan.amount:
            payment.amount -= plan.amount - due
            plan.amount = due
            rows = PlannedAllocation.objects.filter(pk=plan.pk)
            _ = rows.update(amount=due) if due > 0 else rows.delete()
    if payment.amount <= 0:
        _end(payment, "Nothing was due any more.")
        return None
    payment.status, payment.failure, payment.received_on = Payment.Status.PENDING, "", today
    payment.save(update_fields=["amount", "status", "failure", "received_on"])
    return begin(gateway, payment.pk, Attempt.Verb.SALE, payment.amount, at=at)


def fail_scheduled(payment_id: int, problem: str) -> None:
    """A scheduled payment that cannot be charged on its day. Inside the company; one that is not Scheduled is left."""
    payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    if payment.status == Payment.Status.SCHEDULED:
        _end(payment, problem, status=Payment.Status.FAILED)


def scheduled_for(today: dt.date) -> QuerySet[Payment]:
    """Scheduled payments whose Desired Posting Date has come."""
    return Payment.objects.filter(status=Payment.Status.SCHEDULED, post_on__lte=today).order_by("pk")


def carry_out(
    company: Company, gateway: Gateway, payment_id: int, attempt_id: int, *, now: Now, actor: Actor,
    token: Token | None = None,
) -> Payment:  # fmt: skip
    """T2, the call and T3 of a prepared sale or credit; the payment as it is then. Raises Declined, InProgress."""
    result: Result | None = send_one(company, port_of(gateway), attempt_id, now=now, actor=actor, token=token)
    if result is None:
        raise InProgress("This payment is already under way. Look again in a minute.")
    with inside(company, actor=actor):
        payment: Payment = Payment.objects.select_related("billing_method", "customer").get(pk=payment_id)
    if payment.status in (Payment.Status.FAILED, Payment.Status.CANCELLED):
        raise Declined(payment.failure or "The payment was declined.")
    if result.never_made:
        raise NotPaid(result.problem)  # and it is scheduled still
    return payment


@contextmanager
def _turned_away() -> Iterator[None]:
    """What PostgreSQL's unique indexes turn away is in progress."""
    try:
        yield
    except AlreadyUnderWay as error:
        raise InProgress(str(error)) from error
    except IntegrityError as error:
        if "payments_one_live_charge" not in str(error):
            raise
        raise InProgress("A payment of this invoice is already under way. Look again in a minute.") from error


def _write(
    gateway: Gateway, wish: Wish, *, today: dt.date, at: dt.datetime, by: str, post_on: dt.date | None = None
) -> Payment:
    """T1: what is due is computed under the invoices' locks, then payment and plans are written."""
    kind = wish.token.kind if wish.token else usable(gateway, wish.customer_id, wish.method_id, post_on or today).kind
    parts, amount = _parts(wish)
    payment = Payment.objects.create(
        customer_id=wish.customer_id,
        number=next_numbers("payment")[0],
        method=kind,
        billing_method_id=None if wish.token else wish.method_id,
        amount=amount,
        status=Payment.Status.SCHEDULED if post_on else Payment.Status.PENDING,
        post_on=post_on,
        received_on=post_on or today,
        reference=wish.reference,
        note=wish.note,
        receipt_to=wish.receipt_to,
        created_at=at,
        created_by=by,
    )
    PlannedAllocation.objects.bulk_create(
        PlannedAllocation(payment=payment, invoice_id=invoice, amount=part) for invoice, part in parts.items()
    )
    return payment


def usable(
    gateway: Gateway, customer_id: int, method_id: int | None, on: dt.date, *, draws: bool = True
) -> BillingMethod:
    """The customer's method, if it can be charged on a day; `draws=False`: if money can be sent to it. Inside the
    company. Raises MethodUnusable.
    """
    method = BillingMethod.objects.filter(pk=method_id or 0, customer_id=customer_id).first()
    if method is None:
        raise MethodUnusable("This billing method cannot be charged. Choose another.")
    _check(gateway, method, on, draws=draws)
    return method


def _check(gateway: Gateway, method: BillingMethod, on: dt.date, *, draws: bool = True) -> None:
    """Raises MethodUnusable for a method that cannot or must not be charged on a day."""
    if not method.is_processable:
        raise MethodUnusable("This billing method cannot be charged. Choose another.")
    if method.gateway_id != gateway.pk:
        raise MethodUnusable(f"{method} is kept at another gateway than the one in use. Choose another billing method.")
    if not (gateway.takes_ach if method.kind == BillingMethod.Kind.ACH else gateway.takes_cards):
        raise MethodUnusable(f"The processing gateway is not set up for {method}. Choose another billing method.")
    if method.is_expired(on):
        raise MethodUnusable(f"{method} has expired. Choose another billing method.")
    if draws and (bar := dunning.bars([method], on).get(method.pk)):
        raise MethodUnusable(bar.sentence)


def _parts(wish: Wish) -> tuple[dict[int, Decimal], Decimal]:
    """What is to pay which of the locked invoices, and the whole amount."""
    ids = wish.invoice_ids if wish.allocations is None else list(wish.allocations)
    if wish.oldest_first and not ids:
        ids = list(payable(Customer(pk=wish.customer_id)).values_list("pk", flat=True))
    locked = Invoice.objects.select_for_update(no_key=True).filter(
        pk__in=ids, customer_id=wish.customer_id, type=Invoice.Type.INVOICE, voided_at=None
    )
    due = {invoice.pk: invoice for invoice in locked.order_by("pk") if invoice.due > 0}
    if wish.allocations is not None:
        parts = {invoice: part for invoice, part in wish.allocations.items() if part}
        for invoice, part in parts.items():
            if invoice not in due or not 0 < part <= due[invoice].due:
                raise AmountChanged("Less is due on one of the invoices than was to be paid. Nothing was charged.")
        amount = sum(parts.values(), ZERO) if wish.amount is None else wish.amount
        if amount < sum(parts.values(), ZERO):
            raise AmountChanged("More was to be applied to invoices than paid. Nothing was charged.")
    elif wish.oldest_first:
        amount = wish.amount or ZERO
        parts = spread(sorted(due.values(), key=lambda each: (each.due_on or dt.date.max, each.pk)), amount)
    else:
        parts = {invoice.pk: invoice.due for invoice in due.values()}
        amount = sum(parts.values(), ZERO)
        if parts and wish.amount is not None and wish.amount != amount:
            raise AmountChanged(f"What is due has changed to ${amount:,.2f}. Nothing was charged.")
    if amount <= 0:
        raise NothingDue("Nothing is due on these invoices any more.")
    return parts, amount


def _locked_scheduled(payment_id: int) -> Payment:
    payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    if payment.status != Payment.Status.SCHEDULED:
        raise InProgress(f"{payment} is not scheduled any more: it is {payment.get_status_display().lower()}.")
    return payment


def _end(payment: Payment, why: str, status: str = Payment.Status.CANCELLED) -> None:
    """A scheduled payment comes to nothing; its invoices are free again."""
    payment.status, payment.failure = status, why[:300]
    payment.save(update_fields=["status", "failure"])
    PlannedAllocation.objects.filter(payment=payment, is_live=True).update(is_live=False)
