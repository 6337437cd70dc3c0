"""What became of an attempt that got no answer? The janitor asks the gateway by its key until the answer is definite.

Until then nothing else may be charged on those invoices. An attempt that the gateway has not heard of an hour after it
was sent was never made; earlier, "not heard of" may only mean "not yet". Source: billing.md 2.1.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from alarmdesk.company.entering import SYSTEM, Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.payments.answers import give_up, record
from alarmdesk.payments.attempts import OPEN, Result, Tally, ask_later, refuse_inside_transaction
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer, Outcome
from alarmdesk.payments.models import Attempt
from alarmdesk.payments.sending import Question, ask_many, made_since, questions_about

Now = Callable[[], dt.datetime]
NEVER_HEARD_AFTER = dt.timedelta(hours=1)
ABANDONED_AFTER = dt.timedelta(minutes=10)
NIGHT_OVER_AFTER = dt.timedelta(hours=12)
"""What a night had prepared and no retry of it has sent by then is given up: the next night prepares it afresh."""
WAITS = (dt.timedelta(minutes=5), dt.timedelta(hours=1), dt.timedelta(hours=6), dt.timedelta(days=1))
AT_ONCE = 200
log = logging.getLogger(__name__)


def resolve_unknown(company: Company, *, now: Now, actor: Actor = SYSTEM) -> Tally:
    """Ask about every attempt whose check is due. Raises, after all were asked about, BadCredentials if the gateway
    would not talk to us and NoAnswer if it is another account than the one that made our charges.
    """
    refuse_inside_transaction()
    tally = Tally()
    trouble: Exception | None = None
    _give_up_abandoned(company, at=now(), actor=actor)
    while questions := _due(company, now(), actor):
        asked = _ask(questions, now())
        if asked.unheard and (doubt := _doubt(company, asked.unheard, actor)):
            asked.trouble = asked.trouble or doubt
            asked.silent += asked.unheard
        else:
            asked.results += [_unheard(attempt) for attempt in asked.unheard]
        tally.add(record(company, asked.results, at=now(), actor=actor))
        _ask_again(company, asked.silent, now(), actor)
        trouble = trouble or asked.trouble
    if trouble is not None:
        raise trouble
    return tally


def _unheard(attempt: Attempt) -> Result:
    problem = "The gateway never heard of it."
    return Result(attempt.pk, attempt.payment_id, None, problem, never_made=True, verb=attempt.verb, insist=True)


def _ask_again(company: Company, silent: "list[Attempt]", at: dt.datetime, actor: Actor) -> None:
    with inside(company, actor=actor):
        for attempt in silent:
            ask_later([attempt.pk], at=at + WAITS[min(attempt.checks, len(WAITS) - 1)])


@dataclass(slots=True)
class _Asked:
    """What came of asking: answers, attempts that the gateway never heard of, and those to ask about again."""

    results: list[Result] = field(default_factory=list)
    unheard: list[Attempt] = field(default_factory=list)
    silent: list[Attempt] = field(default_factory=list)
    trouble: Exception | None = None


def _doubt(company: Company, unheard: list[Attempt], actor: Actor) -> Exception | None:
    """Is it the same merchant account still? One that does not know the last charge that it made for us cannot say
    that it never made another; its key was changed on the page of the gateway, perhaps.
    """
    for gateway in {attempt.gateway_id: attempt.gateway for attempt in unheard}.values():
        with inside(company, actor=actor):
            approved = Attempt.objects.filter(gateway=gateway, state=Attempt.State.APPROVED)
            made = approved.exclude(verb=Attempt.Verb.VOID).order_by("-pk").first()
        try:
            if made is not None and port_of(gateway).look_up(made.key, since=made_since(made)) is None:
                return NoAnswer(
                    "The gateway does not know charges that it made for us before. Is the security key that of another"
                    " account? Payments without an answer wait until the right one is back."
                )
        except (NoAnswer, BadCredentials) as error:
            return error
    return None


def _due(company: Company, at: dt.datetime, actor: Actor) -> list[Question]:
    with inside(company, actor=actor):
        waiting = Attempt.objects.select_related("gateway").filter(state__in=OPEN, check_at__lte=at)
        return questions_about(list(waiting.order_by("check_at", "pk")[:AT_ONCE]))


def _ask(questions: list[Question], at: dt.datetime) -> _Asked:
    """Look every attempt up, many at once."""
    asked = _Asked()
    for attempt, call in ask_many(questions):
        error = call.exception()
        if error is not None:
            asked.silent.append(attempt)
            if isinstance(error, BadCredentials):
                asked.trouble = error
            elif not isinstance(error, NoAnswer):
                log.error("Asking about attempt %s failed", attempt.pk, exc_info=error)
        elif (answer := call.result()) is not None:
            asked.results.append(Result(attempt.pk, attempt.payment_id, answer, verb=attempt.verb))
            if answer.outcome is Outcome.HELD:
                asked.silent.append(attempt)
        elif attempt.sent_at is not None and at - attempt.sent_at >= NEVER_HEARD_AFTER:
            asked.unheard.append(attempt)
        else:
            asked.silent.append(attempt)
    return asked


def _give_up_abandoned(company: Company, *, at: dt.datetime, actor: Actor) -> None:
    """A payment whose process died before it was sent, begun on a page or by a night that is over: while it stands
    nobody can pay the invoice.
    """
    with inside(company, actor=actor):
        for is_automatic, wait in ((False, ABANDONED_AFTER), (True, NIGHT_OVER_AFTER)):
            give_up(
                Attempt.objects.filter(payment__is_automatic=is_automatic, created_at__lt=at - wait),
                problem="The payment was interrupted before it was sent.",
                at=at,
            )
