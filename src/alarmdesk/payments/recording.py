"""How does money get into the books that no gateway drew, and how is money pushed to somebody who was never charged?

Cash, a check, anything else that the office holds in its hands is Complete at once (D14). A credit (F58) goes through
the gateway by the same three transactions as a charge.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.company.numbers import next_numbers
from alarmdesk.messaging.outbox import queue
from alarmdesk.payments.allocating import apply, oldest_first
from alarmdesk.payments.attempts import begin, refuse_inside_transaction
from alarmdesk.payments.freeing import lock_invoices
from alarmdesk.payments.gateways.choosing import active_gateway
from alarmdesk.payments.models import Attempt, Payment
from alarmdesk.payments.on_account import lock_sources, pay_out
from alarmdesk.payments.taking import carry_out, usable

Now = Callable[[], dt.datetime]
BY_HAND = (Payment.Method.CASH, Payment.Method.CHECK, Payment.Method.OTHER)


@dataclass(frozen=True, slots=True)
class Received:
    """Money that the office received: cash, check or other, on a day. `allocations` says what of it pays which invoice
    ({invoice's id: amount}; {} leaves all of it unapplied); None: the oldest due first. `receipt_to`: "" for none.
    """

    customer_id: int
    method: str
    amount: Decimal
    received_on: dt.date
    reference: str = ""
    note: str = ""
    allocations: Mapping[int, Decimal] | None = None
    receipt_to: str = ""


def record_payment(company: Company, received: Received, *, at: dt.datetime, actor: Actor) -> Payment:
    """Write a payment that is Complete at once, its allocations and its receipt (F53-F57). Joins an open transaction.

    Raises ValueError for a method of a gateway or an amount that is not positive, allocating.TooMuch with nothing
    written.
    """
    if received.method not in BY_HAND:
        raise ValueError(f"{received.method} is not received by hand.")
    _refuse_unless_positive(received.amount)
    with inside(company, actor=actor):
        parts = received.allocations
        if parts is None:
            parts = oldest_first(received.customer_id, received.amount)
        # invoices before payments, in the order of all locks
        lock_invoices(parts)
        payment: Payment = Payment.objects.create(
            customer_id=received.customer_id,
            number=next_numbers("payment")[0],
            method=received.method,
            amount=received.amount,
            status=Payment.Status.COMPLETE,
            received_on=received.received_on,
            reference=received.reference,
            note=received.note,
            receipt_to=received.receipt_to,
            created_at=at,
            created_by=actor.name,
        )
        apply(company, payment.pk, {invoice: part for invoice, part in parts.items() if part}, at=at, actor=actor)
        if received.receipt_to:
            queue(kind="receipt", to=received.receipt_to, at=at, customer_id=received.customer_id, about_id=payment.pk)
        payment.refresh_from_db()
    return payment


def issue_credit(
    company: Company,
    customer_id: int,
    method_id: int,
    amount: Decimal,
    *,
    note: str = "",
    receipt_to: str = "",
    today: dt.date,
    now: Now,
    actor: Actor,
) -> Payment:
    """Push money to a stored method that need never have been charged (F58): a payment of a negative amount. What is on
    account is paid out by it first, and is there again if it fails. Called with no transaction open.

    Raises taking.Declined, MethodUnusable, NoGateway, BadCredentials, InsideTransaction; ValueError unless above 0.00.
    """
    refuse_inside_transaction()
    _refuse_unless_positive(amount)
    with inside(company, actor=actor):
        gateway = active_gateway()
        method = usable(gateway, customer_id, method_id, today, draws=False)
        sources = lock_sources(customer_id)
        payment: Payment = Payment.objects.create(
            customer_id=customer_id,
            number=next_numbers("payment")[0],
            kind=Payment.Kind.CREDIT,
            method=method.kind,
            billing_method=method,
            amount=-amount,
            status=Payment.Status.PENDING,
            received_on=today,
            note=note,
            receipt_to=receipt_to,
            created_at=now(),
            created_by=actor.name,
        )
        pay_out(payment, sources, at=now())
        attempt_id = begin(gateway, payment.pk, Attempt.Verb.CREDIT, amount, at=now())
    return carry_out(company, gateway, payment.pk, attempt_id, now=now, actor=actor)


def _refuse_unless_positive(amount: Decimal) -> None:
    if amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise ValueError("An amount of dollars and cents above 0.00 is needed.")
