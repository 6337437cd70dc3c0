"""What is done about a webhook? It is verified and kept as it came, then a job asks the gateway what is true.

What the webhook says is a hint and never believed: late, twice, out of order or lost, the books end the same, for the
gateway's own answer is written down by the code that polling uses too (attempts.py, settling.py). Source: billing.md
2.2 (pretix fetches the object, dj-stripe and Lago keep the event first).
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, Q, QuerySet

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.payments.account_updating import follow_updates
from alarmdesk.payments.answers import record
from alarmdesk.payments.attempts import OPEN, Result, refuse_inside_transaction
from alarmdesk.payments.gateways.choosing import NoGateway, port_of
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer, StatementLine
from alarmdesk.payments.models import Attempt, Gateway, InboundEvent
from alarmdesk.payments.sending import ask_many, questions_about
from alarmdesk.payments.settling import follow, settle

Now = Callable[[], dt.datetime]
WEBHOOK = Actor("machine", "Webhook")
AT_ONCE = 500
AROUND = dt.timedelta(hours=1)
"""How far from its sending the gateway may have dated a charge."""
WAITS = (
    dt.timedelta(0),
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=10),
    dt.timedelta(hours=1),
    dt.timedelta(hours=6),
    dt.timedelta(hours=24),
)
"""When, after it came, an event is tried for the first, second … time. After the last it has failed."""
log = logging.getLogger(__name__)


def keep(gateway: Gateway, headers: Mapping[str, str], body: bytes, *, at: dt.datetime) -> bool:
    """Verify a webhook and keep it, inside the company. Was it new? Raises Forged, and keeps nothing then."""
    event = port_of(gateway).read_webhook(headers, body, at=at)
    _, is_new = InboundEvent.objects.get_or_create(
        gateway=gateway,
        event_id=event.event_id[:120],
        defaults={
            "kind": event.kind[:80],
            "key": event.key[:40],
            "external_id": event.external_id[:60],
            "at": event.at,
            "received_at": at,
            "body": body.decode("utf-8", "replace").replace("\x00", ""),
        },
    )
    return is_new


def work_off(company: Company, *, now: Now, actor: Actor = WEBHOOK) -> int:
    """Act on every event that waits and is due. Answers how many came to an end. What the gateway does to us is noted
    at the events, which are tried again; after the last try they are marked as failed.
    """
    refuse_inside_transaction()
    ended, seen = 0, 0
    while True:
        with inside(company, actor=actor):
            events = list(_due(now(), after=seen).select_related("gateway").order_by("pk")[:AT_ONCE])
        if not events:
            return ended
        seen = events[-1].pk
        for gateway in {event.gateway_id: event.gateway for event in events}.values():
            ended += _Round(company, gateway, now, actor).work(
                [event for event in events if event.gateway_id == gateway.pk]
            )


def _due(at: dt.datetime, *, after: int = 0) -> QuerySet[InboundEvent]:
    due = Q()
    for tries, wait in enumerate(WAITS):
        due |= Q(tries=tries, received_at__lte=at - wait)
    return InboundEvent.objects.filter(due, state=InboundEvent.State.RECEIVED, pk__gt=after)


@dataclass
class _Round:
    """Some events of one gateway, acted upon together: as few questions to the gateway as there can be."""

    company: Company
    gateway: Gateway
    now: Now
    actor: Actor
    done: list[int] = field(default_factory=list)
    not_ours: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)

    def work(self, events: Sequence[InboundEvent]) -> int:
        methods = [event for event in events if port_of(self.gateway).tells_of_methods(event.kind)]
        self._guarded(methods, self._follow_updates)
        found = self._attempts([event for event in events if event not in methods])
        open_ones = {event: each for event, each in found.items() if each.state in (*OPEN, Attempt.State.HELD)}
        decided = {event: each for event, each in found.items() if event not in open_ones}
        others = [event for event in events if event not in found and event not in methods]
        unknown = [event for event in others if not event.key]
        self.not_ours += [event.pk for event in others if event.key]
        self._guarded(list(open_ones), lambda: self._look_up(open_ones))
        self._guarded(list(decided), lambda: self._read_lines(decided))
        # an event that names no operation of ours, of a whole batch perhaps: the statement says what is new
        self._guarded(unknown, lambda: self._settle(unknown))
        return self._write(events)

    def _attempts(self, events: Sequence[InboundEvent]) -> dict[InboundEvent, Attempt]:
        """The attempt that each event is about: by our key, else by the gateway's id."""
        with inside(self.company, actor=self.actor):
            ours = Attempt.objects.filter(gateway=self.gateway).select_related("gateway")
            by_key = {each.key: each for each in ours.filter(key__in=[event.key for event in events if event.key])}
            ids = [event.external_id for event in events if event.external_id and not event.key]
            by_id = {each.external_id: each for each in ours.filter(external_id__in=ids).exclude(verb="void")}
        found = ((event, by_key.get(event.key) if event.key else by_id.get(event.external_id)) for event in events)
        return {event: attempt for event, attempt in found if attempt is not None}

    def _guarded(self, events: Sequence[InboundEvent], act: Callable[[], None]) -> None:
        """Act for some events; what goes wrong is noted at each and ends no other."""
        if not events:
            return
        try:
            act()
        except (NoGateway, BadCredentials, NoAnswer) as error:
            self.failed |= {event.pk: str(error) for event in events}
        except Exception as error:  # whatever it is, the event must not be lost nor stop the others
            log.exception("Webhooks of %s could not be acted upon", self.company.slug)
            self.failed |= {event.pk: f"{type(error).__name__}: {error}" for event in events}

    def _look_up(self, open_ones: Mapping[InboundEvent, Attempt]) -> None:
        """Ask about attempts that have no definite answer yet."""
        with inside(self.company, actor=self.actor):
            questions = questions_about(list({attempt.pk: attempt for attempt in open_ones.values()}.values()))
        problems: dict[int, str] = {}
        results = []
        for attempt, call in ask_many(questions):
            error, answer = call.exception(), None if call.exception() else call.result()
            if answer is None:
                problems[attempt.pk] = str(error) if error else "The gateway does not know the payment yet."
            else:
                results.append(Result(attempt.pk, attempt.payment_id, answer, verb=attempt.verb))
        record(self.company, results, at=self.now(), actor=self.actor)
        for event, attempt in open_ones.items():
            if attempt.pk in problems:
                self.failed[event.pk] = problems[attempt.pk]

    def _read_lines(self, decided: Mapping[InboundEvent, Attempt]) -> None:
        """Read the statement around the time at which the attempts were sent, and let the books follow."""
        keys = {attempt.key for attempt in decided.values()}
        ids = {attempt.external_id for attempt in decided.values()} - {""}
        lines: list[StatementLine] = []
        for since, until in windows(attempt.sent_at or attempt.created_at for attempt in decided.values()):
            lines += [
                line
                for line in port_of(self.gateway).statement(since, until)
                if line.key in keys or line.external_id in ids or line.of_external_id in ids
            ]
        follow(self.company, lines, at=self.now(), actor=self.actor)

    def _follow_updates(self) -> None:
        follow_updates(self.company, at=self.now(), actor=self.actor)

    def _settle(self, unknown: Sequence[InboundEvent]) -> None:
        settle(self.company, at=self.now(), actor=self.actor)
        self.not_ours += [event.pk for event in unknown if event.external_id]

    def _write(self, events: Sequence[InboundEvent]) -> int:
        with inside(self.company, actor=self.actor):
            waiting = InboundEvent.objects.filter(state=InboundEvent.State.RECEIVED)
            for event in events:
                problem = self.failed.get(event.pk, "")
                if problem:
                    is_last = event.tries + 1 >= len(WAITS)
                    state = InboundEvent.State.FAILED if is_last else InboundEvent.State.RECEIVED
                    waiting.filter(pk=event.pk).update(tries=F("tries") + 1, error=problem[:300], state=state)
            ends = {
                InboundEvent.State.IGNORED: set(self.not_ours),
                InboundEvent.State.DONE: {event.pk for event in events} - set(self.not_ours),
            }
            for state, pks in ends.items():
                good = pks - set(self.failed)
                waiting.filter(pk__in=good).update(state=state, tries=F("tries") + 1, error="", done_at=self.now())
        return len(events) - len(self.failed)


def windows(instants: Iterable[dt.datetime]) -> list[tuple[dt.datetime, dt.datetime]]:
    """The spans of time, an hour around each instant, joined where they touch."""
    spans: list[tuple[dt.datetime, dt.datetime]] = []
    for instant in sorted(instants):
        since, until = instant - AROUND, instant + AROUND
        if spans and since <= spans[-1][1]:
            spans[-1] = (spans[-1][0], until)
        else:
            spans.append((since, until))
    return spans


def try_again(events: QuerySet[InboundEvent], *, at: dt.datetime) -> int:
    """Let failed events be tried once more from the beginning; how many."""
    with transaction.atomic():
        return events.filter(state=InboundEvent.State.FAILED).update(
            state=InboundEvent.State.RECEIVED, tries=0, error="", received_at=at
        )
