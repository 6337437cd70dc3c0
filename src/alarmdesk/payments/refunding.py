"""How is money given back? One button, the right verb (F61, D3).

Not settled and whole: void. Not settled and a part: queued until the original has settled. Settled: refund. Money that
no gateway drew: a row, and the office hands it out. A refund counts against its payment from the moment that it is
asked for; what it takes from invoices is freed then, the newest allocation first, and applied again if it fails.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db import IntegrityError

from alarmdesk.company.entering import SYSTEM, Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.lib.furniture import money
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.attempts import UNDER_WAY, AlreadyUnderWay, Tally, begin, refuse_inside_transaction
from alarmdesk.payments.freeing import lock_for, put_back, write_refund
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import BadCredentials
from alarmdesk.payments.models import Attempt, Gateway, Payment
from alarmdesk.payments.sending import send_many, send_one

Now = Callable[[], dt.datetime]


class NotRefunded(Exception):
    """No money is given back. `str(error)` is fit to show."""


class NotRefundable(NotRefunded):
    """Nothing of this payment can be given back: it failed, came back, is a refund itself, or is refunded whole."""


class MoreThanLeft(NotRefunded):
    """More than is left of the payment."""


class RefundUnderWay(NotRefunded):
    """A void or refund of the payment has no definite answer yet."""


class RefundDeclined(NotRefunded):
    """The gateway would not; its refusal is on record and what was freed is applied again."""


class Way(StrEnum):
    """Which verb gives the money back."""

    VOID = "void"
    REFUND = "refund"
    QUEUE = "queue"
    RECORD = "record"  # cash, check, other: a row only


FIRST = {
    Way.REFUND: Payment.Status.PENDING,
    Way.QUEUE: Payment.Status.QUEUED,
    Way.RECORD: Payment.Status.COMPLETE,
}
"""The status of a refund when it is written."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What pressing the button would do: the verb, the amount, the button's words and a sentence that says it all."""

    way: Way
    amount: Decimal
    button: str
    sentence: str


def refundable(payment: Payment) -> Decimal:
    """How much of a payment can still be given back; 0.00 when none of it can be."""
    if payment.kind != Payment.Kind.SALE or payment.status not in (Payment.Status.PENDING, Payment.Status.COMPLETE):
        return ZERO
    return payment.amount - payment.refunded


def what_refund_does(payment: Payment, amount: Decimal | None) -> Effect:
    """What a refund of `amount` (None: all that is left) would do now. Raises NotRefundable, MoreThanLeft."""
    left = refundable(payment)
    if left <= 0:
        raise NotRefundable(f"Nothing of {payment} can be refunded.")
    amount = left if amount is None else amount
    if amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise MoreThanLeft("Enter an amount of dollars and cents above 0.00.")
    if amount > left:
        raise MoreThanLeft(f"Only {money(left)} of {payment} is left to refund: write that much or less.")
    said = money(amount)
    if payment.method not in (Payment.Method.CARD, Payment.Method.ACH):
        given = f"{said} is written down as given back. No gateway is involved: hand it to the customer."
        return Effect(Way.RECORD, amount, f"Record Refund of {said}", given)
    if payment.status == Payment.Status.COMPLETE:
        sentence = f"{said} goes back to {payment.billing_method or 'the payer'}."
        return Effect(Way.REFUND, amount, f"Refund {said}", sentence)
    if amount == payment.amount:
        sentence = f"The payment has not settled yet: it is voided, and {said} is never drawn."
        return Effect(Way.VOID, amount, f"Void {said}", sentence)
    sentence = f"The payment has not settled yet: {said} is queued and goes back once it has."
    return Effect(Way.QUEUE, amount, f"Queue Refund of {said}", sentence)


@dataclass(frozen=True, slots=True)
class Begun:
    """What T1 wrote: the verb, the payment that it is about (the refund's own, unless it is a void), the attempt."""

    way: Way
    payment_id: int
    attempt_id: int | None = None
    gateway: Gateway | None = None


def begin_refund(
    company: Company,
    payment_id: int,
    amount: Decimal | None,
    *,
    note: str,
    today: dt.date,
    at: dt.datetime,
    actor: Actor,
) -> Begun:
    """T1: the payment is locked and looked at, the right rows are written. From their commit on the refund is on its
    way, whatever becomes of the process: call `carry_out` then. Joins an open transaction. Raises NotRefundable,
    MoreThanLeft, RefundUnderWay.
    """
    try:
        with inside(company, actor=actor):
            payment = lock_for([payment_id])[payment_id]
            if payment.attempts.filter(state__in=UNDER_WAY).exists():
                raise RefundUnderWay(f"{payment} is under way. Look again in a minute.")
            effect = what_refund_does(payment, amount)
            if effect.way is Way.VOID:
                gateway = _gateway_of(payment)
                return Begun(
                    Way.VOID, payment.pk, begin(gateway, payment.pk, Attempt.Verb.VOID, effect.amount, at=at), gateway
                )
            written = write_refund(
                payment, effect.amount, status=FIRST[effect.way], note=note, at=at, received_on=today
            )
            if effect.way is not Way.REFUND:
                return Begun(effect.way, written.pk)
            gateway = _gateway_of(payment)
            attempt = begin(gateway, written.pk, Attempt.Verb.REFUND, effect.amount, at=at)
            return Begun(Way.REFUND, written.pk, attempt, gateway)
    except AlreadyUnderWay as error:
        raise RefundUnderWay(str(error)) from error
    except IntegrityError as error:
        if "payments_applied_and_refunded_within_amount" not in str(error):
            raise
        raise MoreThanLeft("More than is left of the payment.") from error


def refund(
    company: Company, payment_id: int, amount: Decimal | None, *, note: str = "", today: dt.date, now: Now, actor: Actor
) -> Payment:
    """Give back `amount` of a payment, None for all that is left. Called with no transaction open.

    Answers the refund's payment (pending, complete, queued, or unknown until the janitor has asked), or the payment
    itself when it was voided (cancelled) or its void has no answer yet. A void that comes too late, because the
    payment has settled meanwhile, is answered with a refund of the whole.

    Raises NotRefundable, MoreThanLeft, RefundUnderWay, RefundDeclined (all NotRefunded), InsideTransaction.
    """
    refuse_inside_transaction()
    begun = begin_refund(company, payment_id, amount, note=note, at=now(), today=today, actor=actor)
    return carry_out(company, begun, now=now, actor=actor)


def carry_out(company: Company, begun: Begun, *, now: Now, actor: Actor) -> Payment:
    """Do what begin_refund has written down and what is committed by now; as `refund` answers and raises. If it is
    never called, the janitor queues the refund for the night.
    """
    refuse_inside_transaction()
    if begun.attempt_id is not None and begun.gateway is not None:
        result = send_one(company, port_of(begun.gateway), begun.attempt_id, now=now, actor=actor)
        if result is None:
            raise RefundUnderWay("This refund is already under way. Look again in a minute.")
    if begun.way is Way.VOID and (late := _refund_instead(company, begun.payment_id, actor)) is not None:
        with suppress(BadCredentials):  # it is queued again: the night sends it
            send_queued(company, now=now, actor=actor, only=late)
        return _shown(company, late, actor)
    return _after(company, begun, actor)


def send_queued(company: Company, *, now: Now, actor: Actor = SYSTEM, only: int | None = None) -> Tally:
    """Send the refunds that waited until their payment settled; those whose payment came to nothing meanwhile are
    cancelled. Raises BadCredentials. Called with no transaction open.
    """
    refuse_inside_transaction()
    prepared: dict[int, list[int]] = {}
    with inside(company, actor=actor):
        queued = Payment.objects.filter(kind=Payment.Kind.REFUND, status=Payment.Status.QUEUED)
        if only is not None:
            queued = queued.filter(pk=only)
        ready = list(
            queued.exclude(original__status=Payment.Status.PENDING).order_by("pk").values_list("pk", flat=True)
        )
    for refund_id in ready:
        with inside(company, actor=actor):
            if (begun := _begin_queued(refund_id, at=now())) is not None:
                prepared.setdefault(begun[0], []).append(begun[1])
    tally = Tally()
    for gateway_id, attempt_ids in prepared.items():
        with inside(company, actor=actor):
            gateway = Gateway.objects.get(pk=gateway_id)
        tally.add(send_many(company, port_of(gateway), attempt_ids, now=now, actor=actor))
    return tally


def cancel_queued(company: Company, refund_id: int, *, at: dt.datetime, actor: Actor) -> Payment:
    """Take back a refund that still waits for settlement; what it had freed is applied again. Raises NotRefundable."""
    with inside(company, actor=actor):
        asked: Payment = Payment.objects.get(pk=refund_id)
        locked = lock_for([refund_id, asked.original_id or refund_id], freed_by=[refund_id])
        if locked[refund_id].status != Payment.Status.QUEUED:
            raise NotRefundable(f"{asked} does not wait any more.")
        _set(locked[refund_id], Payment.Status.CANCELLED, f"Cancelled by {actor.name}.")
        put_back([locked[refund_id]], at=at)
        return locked[refund_id]


def _begin_queued(refund_id: int, *, at: dt.datetime) -> tuple[int, int] | None:
    """T1 of a queued refund whose payment has settled: (gateway's id, attempt's id). None when there is nothing to
    send: the payment came to nothing, and the refund with it, or somebody else was first.
    """
    original_id = Payment.objects.values_list("original_id", flat=True).get(pk=refund_id)
    locked = lock_for([refund_id, original_id], freed_by=[refund_id])
    original, waiting = locked[original_id], locked[refund_id]
    if waiting.status != Payment.Status.QUEUED or original.status == Payment.Status.PENDING:
        return None
    if original.status != Payment.Status.COMPLETE:
        _set(waiting, Payment.Status.CANCELLED, f"{original} is {original.get_status_display().lower()}.")
        return None
    gateway = _gateway_of(original)
    attempt_id = begin(gateway, waiting.pk, Attempt.Verb.REFUND, -waiting.amount, at=at)
    _set(waiting, Payment.Status.PENDING, "")
    return gateway.pk, attempt_id


def _gateway_of(payment: Payment) -> Gateway:
    """The account that drew a payment: only it can give the money back."""
    sale = payment.attempts.select_related("gateway").filter(verb="sale", state=Attempt.State.APPROVED).first()
    if sale is None:
        raise NotRefundable(f"{payment} was not drawn by a gateway of ours.")
    gateway: Gateway = sale.gateway
    return gateway


def _refund_instead(company: Company, payment_id: int, actor: Actor) -> int | None:
    """The refund of the whole that took the place of a void which came too late."""
    with inside(company, actor=actor):
        late = Payment.objects.filter(original_id=payment_id, status=Payment.Status.QUEUED).order_by("-pk").first()
        return late.pk if late else None


def _after(company: Company, begun: Begun, actor: Actor) -> Payment:
    """What the page shows afterwards. Raises RefundDeclined."""
    payment = _shown(company, begun.payment_id, actor)
    if begun.attempt_id is None:
        return payment
    with inside(company, actor=actor):
        attempt = Attempt.objects.get(pk=begun.attempt_id)
    if attempt.state in (Attempt.State.DECLINED, Attempt.State.ABORTED):
        raise RefundDeclined(attempt.message or "The gateway would not give the money back.")
    return payment


def _shown(company: Company, payment_id: int, actor: Actor) -> Payment:
    with inside(company, actor=actor):
        payment: Payment = Payment.objects.select_related("billing_method", "customer").get(pk=payment_id)
    if payment.kind == Payment.Kind.REFUND and payment.status == Payment.Status.FAILED:
        raise RefundDeclined(payment.failure or "The gateway would not give the money back.")
    return payment


def _set(payment: Payment, status: str, failure: str) -> None:
    payment.status, payment.failure = status, failure
    payment.save(update_fields=["status", "failure"])
