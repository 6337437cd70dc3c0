"""Who decides what became of a payment when its gateway cannot tell any more? The office, by hand, with a trail.

The janitor asks by key until the answer is definite. Where the merchant account was exchanged nobody at the gateway
knows the key, and the payment would wait for ever. Somebody who may change the gateway looks into the old account's own
pages then, and says what is there. What the gateway itself can tell goes before what a person says.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.payments import sending
from alarmdesk.payments.answers import record
from alarmdesk.payments.attempts import Result, refuse_inside_transaction
from alarmdesk.payments.gateways.port import Answer, BadCredentials, NoAnswer, Outcome
from alarmdesk.payments.janitor import NEVER_HEARD_AFTER
from alarmdesk.payments.models import Attempt

Now = Callable[[], dt.datetime]
OPEN = (Attempt.State.SENT, Attempt.State.UNKNOWN)
"""Sent, and nobody knows what became of it. One that is held for review has an answer."""
CODE = "by-hand"
"""The code of an attempt that a person decided."""


class NotDecidable(Exception):
    """A person may not decide this one. `str(error)` is fit to show."""


@dataclass(frozen=True, slots=True)
class Word:
    """What the gateway says of an attempt now, in a sentence; `answer` when it is definite."""

    says: str
    answer: Answer | None = None


def unanswered() -> QuerySet[Attempt]:
    """The entered company's attempts without an answer, the oldest first."""
    waiting = Attempt.objects.filter(state__in=OPEN).select_related("payment__customer", "gateway")
    return waiting.order_by("sent_at", "pk")


def ask(company: Company, attempt: Attempt, *, actor: Actor) -> Word:
    """Ask the gateway that the attempt was sent to. Called with no transaction open; no trouble is raised."""
    refuse_inside_transaction()
    name = attempt.gateway.get_kind_display()
    with inside(company, actor=actor):
        (question,) = sending.questions_about([attempt])
    try:
        answer = sending.ask(question)
    except BadCredentials:
        return Word(f"{name} does not accept the key of this account any more, so it cannot be asked.")
    except NoAnswer:
        return Word(f"{name} did not answer. Ask again in a minute.")
    if answer is None:
        return Word(f"{name} knows no transaction with this key.")
    said = (answer.message or answer.outcome).rstrip(".")
    return Word(f"{name} knows it: {said}, transaction {answer.external_id}.", answer)


def follow(company: Company, attempt: Attempt, answer: Answer, *, at: dt.datetime, actor: Actor) -> None:
    """Write down what the gateway has just said; the janitor would have, a little later."""
    record(company, [_result(attempt, answer)], at=at, actor=actor)


def it_was_made(company: Company, attempt: Attempt, *, external_id: str, note: str, now: Now, actor: Actor) -> None:
    """A person found the transaction in the account's own pages: the payment goes on as if the gateway had approved it,
    and the next settlement completes it. Raises NotDecidable.
    """
    _refuse_unless_decidable(company, attempt, at=now(), actor=actor)
    words = f"Decided by hand by {actor.name}: it was made, transaction {external_id}. {note}"
    outcome = Outcome.VOIDED if attempt.verb == Attempt.Verb.VOID else Outcome.APPROVED
    answer = Answer(outcome, external_id.strip(), CODE, words[:300], words)
    record(company, [_result(attempt, answer)], at=now(), actor=actor)


def it_was_not_made(company: Company, attempt: Attempt, *, note: str, now: Now, actor: Actor) -> None:
    """A person looked and it is not there: nothing moved, the invoices can be paid again. Raises NotDecidable."""
    _refuse_unless_decidable(company, attempt, at=now(), actor=actor)
    words = f"Decided by hand by {actor.name}: it was not made. {note}"
    record(company, [_result(attempt, None, words)], at=now(), actor=actor)


def _result(attempt: Attempt, answer: Answer | None, problem: str = "") -> Result:
    return Result(attempt.pk, attempt.payment_id, answer, problem, never_made=answer is None, verb=attempt.verb)


def _refuse_unless_decidable(company: Company, attempt: Attempt, *, at: dt.datetime, actor: Actor) -> None:
    """Nobody decides while the gateway may still tell: it is asked once more, now."""
    if attempt.sent_at is None or at - attempt.sent_at < NEVER_HEARD_AFTER:
        raise NotDecidable("It was sent less than an hour ago. The gateway is still being asked; wait for its answer.")
    word = ask(company, attempt, actor=actor)
    if word.answer is not None:
        raise NotDecidable(f"{word.says} That stands; nobody needs to decide.")
