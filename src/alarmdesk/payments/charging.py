"""How is everything that is due tonight charged? Many calls in flight, one connection, three transactions each.

Stop it, kill it, start it again, on two workers: what was prepared is sent under its key, what was sent is asked about,
and nothing is charged twice. Only T2 waits for the disk: a commit that PostgreSQL forgot in a crash of its own was T1,
and nothing was sent, or T3, and the attempt is asked about.
"""

import datetime as dt
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from django.conf import settings

from alarmdesk.company import runs
from alarmdesk.company.entering import SYSTEM, Actor, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.payments import autopay
from alarmdesk.payments.answers import give_up, record
from alarmdesk.payments.attempts import Result, Sending, Tally, mark_next_sent, refuse_inside_transaction
from alarmdesk.payments.gateways.choosing import active_gateway, port_of
from alarmdesk.payments.gateways.port import Answer, BadCredentials, GatewayPort
from alarmdesk.payments.models import Attempt, Gateway
from alarmdesk.payments.sending import result_of
from alarmdesk.payments.wire import Wire

Now = Callable[[], dt.datetime]
PREPARED_AT_ONCE = 48
TELLS_EVERY = 0.5
"""Seconds between two words about the progress."""
SENT_AT_ONCE = 8
"""Sendings are gathered to a handful per transaction, or what there is when the wire runs idle."""
RECORDED_AT_ONCE = 32
"""Answers, too: what a kill takes of them is asked about again."""


def charge_due(company: Company, *, today: dt.date, now: Now, run: Run | None = None, actor: Actor = SYSTEM) -> Tally:
    """Charge every invoice of Auto Pay that is due on `today`, and send what a killed run had prepared, if it is wanted
    still.

    Raises NoGateway (only when something waits to be charged) or BadCredentials before anything is prepared;
    InsideTransaction when called in one.
    """
    refuse_inside_transaction()
    with inside(company, actor=actor):
        give_up(autopay.revoked(today=today), problem="It was not wanted any more when it was to be sent.", at=now())
        owing, is_any_unsent = autopay.owing_now(today=today), autopay.is_any_unsent()
        if not owing and not is_any_unsent:
            return Tally()
        gateway = active_gateway()
        due = autopay.due_now(gateway, owing, today=today)
        if not due and not is_any_unsent:
            return Tally()
        if run is not None:
            runs.enter_stage(run, "Charging", len({customer for customer, _ in due}), at=now())
    port = port_of(gateway)
    port.verify()
    with Wire[Sending, Answer](settings.GATEWAY_CALLS_IN_FLIGHT) as wire:
        round_ = _Round(company, gateway, port, due, today, now, run, actor, wire)
        return round_.go()


class _Round:
    """One round of charging: prepare ahead, keep the wire full, record what comes back."""

    def __init__(
        self,
        company: Company,
        gateway: Gateway,
        port: GatewayPort,
        due: list[tuple[int, int]],
        today: dt.date,
        now: Now,
        run: Run | None,
        actor: Actor,
        wire: Wire[Sending, Answer],
    ) -> None:
        self.company, self.gateway, self.port = company, gateway, port
        self.today, self.now, self.run, self.actor, self.wire = today, now, run, actor, wire
        self.tally = Tally()
        self.waiting = autopay.chunks(due, PREPARED_AT_ONCE)
        self.ahead = 0
        self.done, self.told_at = 0, time.monotonic()
        self.refused: BadCredentials | None = None

    def go(self) -> Tally:
        """Keep the wire full first, write what came back next, and prepare ahead while there is nothing else to do."""
        answered: list[Result] = []
        while True:
            if self.refused is None and (self.wire.room >= SENT_AT_ONCE or self.wire.is_idle):
                self._send()
            if len(answered) >= RECORDED_AT_ONCE or self.wire.is_idle:
                self._record(answered)
                answered = []
            if self.wire.is_idle:
                break
            if not self.wire.has_finished and self.ahead < PREPARED_AT_ONCE:
                self._prepare()
            answered += [self._result(sending, call) for sending, call in self.wire.finished()]
        if self.refused is not None:
            abort_unsent(self.company, problem=str(self.refused), at=self.now(), actor=self.actor)
            raise self.refused
        return self.tally

    def _send(self) -> None:
        sendings = self._next(self.wire.room)
        while len(sendings) < self.wire.room and self._prepare():
            sendings += self._next(self.wire.room - len(sendings))
        self.ahead -= len(sendings)
        for sending in sendings:
            self.wire.call(sending, partial(self.port.sale, sending.request))

    def _prepare(self) -> bool:
        """T1 for the next piece of what is due; False when there is none left."""
        piece = next(self.waiting, None)
        if piece is None:
            return False
        with inside(self.company, actor=self.actor, flushed=False):
            self.ahead += autopay.prepare(self.gateway, piece, today=self.today, at=self.now(), run=self.run)
        return True

    def _next(self, limit: int) -> list[Sending]:
        with inside(self.company, actor=self.actor):
            return mark_next_sent(self.gateway, limit=limit, at=self.now())

    def _result(self, sending: Sending, call: Future[Answer]) -> Result:
        if isinstance(error := call.exception(), BadCredentials):
            self.refused = error
        return result_of(sending, call)

    def _record(self, results: list[Result]) -> None:
        if not results:
            return
        self.tally.add(record(self.company, results, at=self.now(), actor=self.actor, flushed=False))
        self.done += len(results)
        if self.run is not None and (self.wire.is_idle or time.monotonic() - self.told_at >= TELLS_EVERY):
            with inside(self.company, actor=self.actor):
                runs.advance(self.run, self.done, at=self.now())
            self.done, self.told_at = 0, time.monotonic()


def abort_unsent(company: Company, *, problem: str, at: dt.datetime, actor: Actor) -> None:
    """Give up automatic payments that were prepared and never sent: their invoices are due as before."""
    with inside(company, actor=actor):
        give_up(Attempt.objects.filter(payment__is_automatic=True), problem=problem, at=at)
