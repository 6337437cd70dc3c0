"""How does a prepared attempt reach the gateway, whatever its verb? T2, the call with no transaction open, T3.

One at a time for a page, as many at once as the gateway may be asked for the queues of the night.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from django.conf import settings

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.payments.answers import record
from alarmdesk.payments.attempts import Result, Sending, Tally, mark_sent, originals_of, refuse_inside_transaction
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import Answer, BadCredentials, GatewayPort, NoAnswer, Outcome, Token
from alarmdesk.payments.models import Attempt, Payment
from alarmdesk.payments.wire import Wire

Now = Callable[[], dt.datetime]
DECIDED = (Outcome.VOIDED, Outcome.SETTLED, Outcome.RETURNED, Outcome.DISPUTED)
"""What can be said of a sale after which it cannot be voided any more."""
EARLIER = dt.timedelta(days=1)
"""How much earlier than we sent it a gateway may have dated an operation: clocks differ, and dates have zones."""


def send_one(
    company: Company, port: GatewayPort, attempt_id: int, *, now: Now, actor: Actor, token: Token | None = None
) -> Result | None:
    """Send a prepared attempt and record what came of it; None when somebody else has sent it already."""
    refuse_inside_transaction()
    with inside(company, actor=actor):
        sendings = mark_sent([attempt_id], at=now(), token=token)
    if not sendings:
        return None
    (sending,) = sendings
    call: Future[Answer] = Future()
    try:
        call.set_result(perform(port, sending))
    except Exception as error:  # noqa: BLE001  (whatever it was, T3 must be written)
        call.set_exception(error)
    result = result_of(sending, call)
    record(company, [result], at=now(), actor=actor)
    return result


def send_many(company: Company, port: GatewayPort, attempt_ids: Sequence[int], *, now: Now, actor: Actor) -> Tally:
    """Send prepared attempts, many at once, and record what came of them. What the gateway would not hear of, because
    it does not know us, is queued again. Raises BadCredentials after everything is written.
    """
    refuse_inside_transaction()
    tally, waiting = Tally(), list(attempt_ids)
    refused: BadCredentials | None = None
    with Wire[Sending, Answer](settings.GATEWAY_CALLS_IN_FLIGHT) as wire:
        while waiting or not wire.is_idle:
            if waiting and wire.room and refused is None:
                ids, waiting = waiting[: wire.room], waiting[wire.room :]
                with inside(company, actor=actor):
                    sendings = mark_sent(ids, at=now())
                for sending in sendings:
                    wire.call(sending, partial(perform, port, sending))
            elif refused is not None:
                waiting = []
            if wire.is_idle:
                continue
            results = []
            for sending, call in wire.finished():
                if isinstance(error := call.exception(), BadCredentials):
                    refused = error
                results.append(result_of(sending, call, insist=True))
            tally.add(record(company, results, at=now(), actor=actor))
    if refused is not None:
        raise refused
    return tally


def perform(port: GatewayPort, sending: Sending) -> Answer:
    """The call itself. The answer to a void says what became of the sale: voided, or settled already, which the gateway
    is asked when it would not void.
    """
    request = sending.request
    if sending.verb == Attempt.Verb.SALE:
        return port.sale(request)
    if sending.verb == Attempt.Verb.CREDIT:
        return port.credit(request)
    if sending.verb == Attempt.Verb.REFUND:
        return port.refund(key=request.key, external_id=sending.of_external_id, amount=request.amount)
    answer = port.void(key=request.key, external_id=sending.of_external_id)
    if answer.outcome is Outcome.DECLINED:
        sale = port.look_up(sending.of_key)
        if sale is not None and sale.outcome in DECIDED:
            return sale
    return answer


@dataclass(frozen=True, slots=True)
class Question:
    """An attempt that its gateway is asked about; `sale` is what a refund or void is of."""

    attempt: Attempt
    sale: Attempt | None = None


def questions_about(attempts: Sequence[Attempt]) -> list[Question]:
    """A question for each attempt, whose gateway must be loaded. Inside the company."""
    payments = Payment.objects.only("original").in_bulk([attempt.payment_id for attempt in attempts])
    sales = originals_of(attempts, payments)
    return [Question(attempt, sales.get(attempt.pk)) for attempt in attempts]


def ask(question: Question) -> Answer | None:
    """What became of an attempt without an answer? None: the gateway never heard of it. A void is no operation of its
    own at every gateway: its sale is asked about, and one that is neither voided nor settled was not voided.
    """
    attempt, port = question.attempt, port_of(question.attempt.gateway)
    if attempt.verb != Attempt.Verb.VOID:
        return port.look_up(attempt.key, since=made_since(attempt))
    if question.sale is None:
        return None
    sale = port.look_up(question.sale.key, since=made_since(question.sale))
    return sale if sale is not None and sale.outcome in DECIDED else None


def ask_many(questions: Sequence[Question]) -> Iterator[tuple[Attempt, Future[Answer | None]]]:
    """Ask, as many at once as the gateway may be asked; each attempt with what came of it, in no order. Called with no
    transaction open.
    """
    waiting = list(questions)
    with Wire[Attempt, Answer | None](settings.GATEWAY_CALLS_IN_FLIGHT) as wire:
        while waiting or not wire.is_idle:
            while waiting and wire.room:
                question = waiting.pop()
                wire.call(question.attempt, partial(ask, question))
            yield from wire.finished()


def made_since(attempt: Attempt) -> dt.datetime:
    """From when on the gateway may have dated what the attempt asked for."""
    return (attempt.sent_at or attempt.created_at) - EARLIER


def result_of(sending: Sending, call: Future[Answer], *, insist: bool = False) -> Result:
    """What came of one call. Anything unforeseen counts as no answer: money may have moved."""
    error = call.exception()
    if error is None:
        return Result(sending.attempt_id, sending.payment_id, call.result(), verb=sending.verb)
    never_made = isinstance(error, BadCredentials)
    if isinstance(error, NoAnswer | BadCredentials):
        problem = str(error)
    else:
        problem = f"The call failed ({type(error).__name__})."
    return Result(
        sending.attempt_id, sending.payment_id, None, problem, never_made=never_made, verb=sending.verb, insist=insist
    )
