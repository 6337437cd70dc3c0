"""How is money moved so that a crash between any two lines loses and doubles nothing? In three transactions.

T1 writes payment, plan and attempt and commits (autopay.py, taking.py, recording.py, refunding.py); T2 (`mark_sent`)
commits that the attempt is about to be sent; then the gateway is called with no transaction open (sending.py); T3
(answers.py) writes what it answered. A crash after T1: never sent. A crash after T2: unknown, and nothing is charged
again until the gateway has been asked by key (janitor.py). So for sales, credits, refunds and voids alike. Source:
architecture, section 7; billing.md 2 and 7.
"""

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from alarmdesk.payments.gateways.port import Answer, ChargeRequest, Token
from alarmdesk.payments.models import Attempt, BillingMethod, Gateway, Payment
from alarmdesk.payments.nacha import RETRY_DESCRIPTION

FIRST_CHECK = dt.timedelta(minutes=2)
"""How long an attempt may be on the wire (5 s to connect, 30 s to answer) before the janitor asks about it."""
OPEN = (Attempt.State.SENT, Attempt.State.UNKNOWN, Attempt.State.HELD)
"""Sent, and no definite answer yet."""
UNDER_WAY = (Attempt.State.CREATED, *OPEN)
"""A call of the gateway that may still move money, or keep it from moving."""
SPARE = 100
"""How many attempts of pages may stand before those of the night in the queue; the janitor clears what is left."""

# Rows are found by lists of their own ids and not by joins: while a company grows within one night, PostgreSQL cannot
# know how many rows it has, and a join may read all of them for each row (decision 8).


class InsideTransaction(RuntimeError):
    """A charge was started inside a transaction: its rows would not survive a crash. A mistake in the program."""


class AlreadyUnderWay(Exception):
    """The payment has an attempt without a definite answer."""


@dataclass(frozen=True, slots=True)
class Sending:
    """An attempt that is committed as sent, and what the gateway is to be told. A refund or a void is of the sale that
    the gateway knows as `of_external_id`, and we as `of_key`.
    """

    attempt_id: int
    payment_id: int
    request: ChargeRequest
    verb: str = Attempt.Verb.SALE
    of_external_id: str = ""
    of_key: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a sending: an answer; or none, and whether the gateway certainly never did it. A refund or void that
    was never made is wanted still if `insist`: it waits for the next night.
    """

    attempt_id: int
    payment_id: int
    answer: Answer | None
    problem: str = ""
    never_made: bool = False
    verb: str = Attempt.Verb.SALE
    insist: bool = False


@dataclass(slots=True)
class Tally:
    """What a round came to: sales in `charged`, voids, refunds and credits in `given_back`."""

    charged: int = 0
    amount: Decimal = Decimal("0.00")
    declined: int = 0
    unknown: int = 0
    aborted: int = 0
    given_back: int = 0

    def add(self, other: "Tally") -> None:
        self.charged += other.charged
        self.amount += other.amount
        self.declined += other.declined
        self.unknown += other.unknown
        self.aborted += other.aborted
        self.given_back += other.given_back


def new_key() -> str:
    """A key for an attempt: 20 characters, the least that any gateway takes, and never the same twice."""
    return secrets.token_hex(10)


def refuse_inside_transaction() -> None:
    """Raises InsideTransaction unless every commit from here on is a real one."""
    if transaction.get_connection().in_atomic_block:
        raise InsideTransaction("A charge must not start inside a transaction.")


def begin(gateway: Gateway, payment_id: int, verb: str, amount: Decimal, *, at: dt.datetime) -> int:
    """The last part of T1, inside the company: an attempt at a payment; its id. Raises AlreadyUnderWay."""
    try:
        with transaction.atomic():
            attempt = Attempt.objects.create(
                payment_id=payment_id,
                gateway=gateway,
                verb=verb,
                key=new_key(),
                amount=amount,
                created_at=at,
                check_at=at,
            )
    except IntegrityError as error:
        if "payments_one_live_attempt" not in str(error):
            raise
        raise AlreadyUnderWay("The payment is already under way. Look again in a minute.") from error
    return int(attempt.pk)


def mark_sent(attempt_ids: Iterable[int], *, at: dt.datetime, token: Token | None = None) -> list[Sending]:
    """T2 for certain attempts, inside the company: they are about to be sent. Those that somebody has sent already are
    left out. `token` is what a guest pays with: it is on no row.
    """
    waiting = Attempt.objects.filter(pk__in=list(attempt_ids), state=Attempt.State.CREATED).select_for_update()
    attempts = list(waiting.order_by("pk"))
    return _send_off(attempts, Payment.objects.all(), limit=len(attempts), at=at, token=token)


def mark_next_sent(gateway: Gateway, *, limit: int, at: dt.datetime) -> list[Sending]:
    """T2 for automatic payments that were prepared for the gateway and not sent yet, by this run or by one that was
    killed.
    """
    waiting = (
        Attempt.objects.filter(gateway=gateway, state=Attempt.State.CREATED, verb=Attempt.Verb.SALE)
        .select_for_update(skip_locked=True)
        .only("payment", "key", "amount", "verb")
        .order_by("check_at", "pk")
    )
    return _send_off(list(waiting[: limit + SPARE]), Payment.objects.filter(is_automatic=True), limit=limit, at=at)


def _send_off(
    waiting: list[Attempt], payments: QuerySet[Payment], *, limit: int, at: dt.datetime, token: Token | None = None
) -> list[Sending]:
    """Mark locked attempts as sent, those whose payment is among `payments`; what the gateway is to be told of each."""
    known = {
        payment.pk: payment
        for payment in payments.only(
            "number", "is_automatic", "post_on", "method", "billing_method", "original", "reference"
        ).filter(pk__in=[attempt.payment_id for attempt in waiting])
    }
    chosen = [attempt for attempt in waiting if attempt.payment_id in known][:limit]
    methods = BillingMethod.objects.only("vault_id", "kind", "initial_transaction_id", "customer_reference").in_bulk(
        {known[attempt.payment_id].billing_method_id for attempt in chosen} - {None}
    )
    originals = originals_of(chosen, known)
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in chosen]).update(
        state=Attempt.State.SENT, sent_at=at, check_at=at + FIRST_CHECK
    )
    return [
        _sending(
            attempt, payment := known[attempt.payment_id], methods.get(payment.billing_method_id or 0), originals, token
        )
        for attempt in chosen
    ]


def originals_of(attempts: Iterable[Attempt], payments: dict[int, Payment]) -> dict[int, Attempt]:
    """The sales that refunds and voids among the attempts are about, by attempt."""
    about = {
        attempt.pk: payments[attempt.payment_id].original_id or attempt.payment_id
        for attempt in attempts
        if attempt.verb in (Attempt.Verb.REFUND, Attempt.Verb.VOID)
    }
    if not about:
        return {}
    sales = Attempt.objects.filter(
        payment_id__in=set(about.values()), verb=Attempt.Verb.SALE, state=Attempt.State.APPROVED
    )
    of_payment = {sale.payment_id: sale for sale in sales}
    return {attempt: of_payment[payment] for attempt, payment in about.items()}


def _sending(
    attempt: Attempt, payment: Payment, method: BillingMethod | None, originals: dict[int, Attempt], token: Token | None
) -> Sending:
    is_retry = payment.is_automatic and payment.reference == RETRY_DESCRIPTION
    request = ChargeRequest(
        key=attempt.key,
        vault_id=method.vault_id if method else "",
        kind=method.kind if method else payment.method,
        amount=attempt.amount,
        description=RETRY_DESCRIPTION if is_retry else f"Payment {payment.number}",
        recurring=payment.is_automatic,
        by_customer=not payment.is_automatic and payment.post_on is None and attempt.verb == Attempt.Verb.SALE,
        initial_transaction_id=method.initial_transaction_id if method else "",
        token=token,
        customer_reference=method.customer_reference if method else "",
    )
    original = originals.get(attempt.pk)
    if original is None:
        return Sending(attempt.pk, payment.pk, request, attempt.verb)
    return Sending(attempt.pk, payment.pk, request, attempt.verb, original.external_id, original.key)


def ask_later(attempt_ids: Iterable[int], *, at: dt.datetime) -> None:
    """There is no answer about these yet: ask again at `at`."""
    Attempt.objects.filter(pk__in=list(attempt_ids), state__in=OPEN).update(checks=F("checks") + 1, check_at=at)
