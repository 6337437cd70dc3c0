"""What became of an attempt that got no answer? The janitor asks the gateway by its key until the answer is definite.

Until then nothing else may be charged on those invoices. An attempt that the gateway has not heard of an hour after it
was sent was never made; earlier, "not heard of" may only mean "not yet". Source: billing.md 2.1.
"""

import datetime as dt
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db.models import F

from alarmdesk.company.entering import SYSTEM, Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.payments.attempts import OPEN, Result, Tally, record, refuse_inside_transaction
from alarmdesk.payments.charging import give_up
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import Answer
from alarmdesk.payments.models import Attempt
from alarmdesk.payments.wire import Wire

Now = Callable[[], dt.datetime]
NEVER_HEARD_AFTER = dt.timedelta(hours=1)
ABANDONED_AFTER = dt.timedelta(minutes=10)
NIGHT_OVER_AFTER = dt.timedelta(hours=12)
"""What a night had prepared and no retry of it has sent by then is given up: the next night prepares it afresh."""
WAITS = (dt.timedelta(minutes=5), dt.timedelta(hours=1), dt.timedelta(hours=6), dt.timedelta(days=1))
AT_ONCE = 200


def resolve_unknown(company: Company, *, now: Now, actor: Actor = SYSTEM) -> Tally:
    """Ask about every attempt whose check is due. Raises BadCredentials when the gateway will not talk to us."""
    refuse_inside_transaction()
    tally = Tally()
    _give_up_abandoned(company, at=now(), actor=actor)
    while attempts := _due(company, now(), actor):
        results, silent = _ask(attempts, now())
        tally.add(record(company, results, at=now(), actor=actor))
        with inside(company, actor=actor):
            for attempt in silent:
                wait = WAITS[min(attempt.checks, len(WAITS) - 1)]
                Attempt.objects.filter(pk=attempt.pk, state__in=OPEN).update(
                    checks=F("checks") + 1, check_at=now() + wait
                )
    return tally


def _due(company: Company, at: dt.datetime, actor: Actor) -> list[Attempt]:
    with inside(company, actor=actor):
        waiting = Attempt.objects.select_related("gateway").filter(state__in=OPEN, check_at__lte=at)
        return list(waiting.order_by("check_at", "pk")[:AT_ONCE])


def _ask(attempts: list[Attempt], at: dt.datetime) -> tuple[list[Result], list[Attempt]]:
    """Look every attempt up, many at once; the definite results, and those to ask about again later."""
    results: list[Result] = []
    silent: list[Attempt] = []
    with Wire[Attempt, Answer | None](settings.GATEWAY_CALLS_IN_FLIGHT) as wire:
        for attempt in attempts:
            if not wire.room:
                _sort(wire, at, results, silent)
            wire.call(attempt, partial(port_of(attempt.gateway).look_up, attempt.key))
        while not wire.is_idle:
            _sort(wire, at, results, silent)
    return results, silent


def _sort(wire: Wire[Attempt, Answer | None], at: dt.datetime, results: list[Result], silent: list[Attempt]) -> None:
    for attempt, call in wire.finished():
        if call.exception() is not None:
            silent.append(attempt)
        elif (answer := call.result()) is not None:
            results.append(Result(attempt.pk, answer))
        elif attempt.sent_at is not None and at - attempt.sent_at >= NEVER_HEARD_AFTER:
            results.append(Result(attempt.pk, None, "The gateway never heard of it.", never_made=True))
        else:
            silent.append(attempt)


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
