"""How does one person pay now, from a page? By the night's three transactions, with the answer at once."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.payments.attempts import Result, mark_sent, record, refuse_inside_transaction
from alarmdesk.payments.autopay import save_prepared
from alarmdesk.payments.charging import result_of
from alarmdesk.payments.gateways.choosing import active_gateway, port_of
from alarmdesk.payments.gateways.port import Answer, Token
from alarmdesk.payments.models import BillingMethod, Gateway, Payment, PlannedAllocation

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
    """Charge what is due on the invoices and answer the payment: approved, or of unknown outcome (the gateway has not
    answered; the janitor will ask). The amount is computed under the invoices' locks.

    Raises Declined, NothingDue, InProgress, AmountChanged, MethodUnusable (all NotPaid), NoGateway, BadCredentials,
    InsideTransaction.
    """
    refuse_inside_transaction()
    try:
        with inside(company, actor=actor):
            gateway = active_gateway()
            attempt_id, payment_id = _prepare(gateway, wish, today=today, at=now(), by=actor.name)
    except IntegrityError as error:
        if "payments_one_live_charge" not in str(error):
            raise
        raise InProgress("A payment of this invoice is already under way. Look again in a minute.") from error
    with inside(company, actor=actor):
        sending = mark_sent(attempt_id, at=now())
    if sending is None:
        raise InProgress("This payment is already under way. Look again in a minute.")
    call: Future[Answer] = Future()
    try:
        call.set_result(port_of(gateway).sale(sending.request))
    except Exception as error:  # noqa: BLE001  (whatever it was, T3 must be written)
        call.set_exception(error)
    result: Result = result_of(sending, call)
    record(company, [result], at=now(), actor=actor)
    with inside(company, actor=actor):
        payment: Payment = Payment.objects.select_related("billing_method", "customer").get(pk=payment_id)
    if payment.status == Payment.Status.FAILED:
        raise Declined(payment.failure or "The payment was declined.")
    return payment


def _prepare(gateway: Gateway, wish: Wish, *, today: dt.date, at: dt.datetime, by: str) -> tuple[int, int]:
    """T1: what is due is computed under the invoices' locks, then payment, plans and attempt are written."""
    method = BillingMethod.objects.filter(pk=wish.method_id, customer_id=wish.customer_id).first()
    if method is None or not method.is_processable:
        raise MethodUnusable("This billing method cannot be charged. Choose another.")
    if not (gateway.takes_ach if method.kind == BillingMethod.Kind.ACH else gateway.takes_cards):
        raise MethodUnusable(f"The processing gateway is not set up for {method}. Choose another billing method.")
    if method.is_expired(today):
        raise MethodUnusable(f"{method} has expired. Choose another billing method.")
    invoices = Invoice.objects.select_for_update(no_key=True).filter(
        pk__in=wish.invoice_ids, customer_id=wish.customer_id, type=Invoice.Type.INVOICE, voided_at=None
    )
    owing = [invoice for invoice in invoices.order_by("pk") if invoice.due > 0]
    if not owing:
        raise NothingDue("Nothing is due on these invoices any more.")
    total = sum((invoice.due for invoice in owing), Decimal("0.00"))
    if wish.amount is not None and wish.amount != total:
        raise AmountChanged(f"What is due has changed to ${total:,.2f}. Nothing was charged.")
    payment = Payment(
        customer_id=wish.customer_id,
        method=method.kind,
        billing_method=method,
        amount=total,
        status=Payment.Status.PENDING,
        received_on=today,
        receipt_to=wish.receipt_to,
        created_at=at,
        created_by=by,
    )
    plans = [PlannedAllocation(payment=payment, invoice=invoice, amount=invoice.due) for invoice in owing]
    (attempt_id,) = save_prepared(gateway, [payment], plans, at=at)
    return attempt_id, payment.pk


def schedule_payment(company: Company, wish: Wish, post_on: dt.date, *, at: dt.datetime, actor: Actor) -> Payment:
    """Take the payment on a later day, its Desired Posting Date (F55): Scheduled until the night of that local date, or
    until somebody presses Process Now. Its invoices are reserved meanwhile: nothing else charges them. A token cannot
    wait. Joins an open transaction.

    On the day no more is charged than is still due on the invoices that it was to pay; what the payer gave on top of
    them stays. Raises NothingDue, InProgress, AmountChanged, MethodUnusable, NoGateway.
    """
    raise NotImplementedError


def process_now(company: Company, payment_id: int, *, now: Now, actor: Actor) -> Payment:
    """Charge a scheduled payment at once. Called with no transaction open.

    Raises Declined, NothingDue (it is Cancelled then), InProgress (not Scheduled any more), MethodUnusable, NoGateway,
    BadCredentials, InsideTransaction.
    """
    raise NotImplementedError


def cancel_scheduled(company: Company, payment_id: int, *, at: dt.datetime, actor: Actor) -> Payment:
    """Cancel a scheduled payment; its invoices are free again. Raises InProgress when it is not Scheduled any more."""
    raise NotImplementedError
