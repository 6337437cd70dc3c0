"""What happened to a payment at the gateway, in sentences (F60)? Each with what was really said, for those who ask."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from alarmdesk.lib.furniture import money
from alarmdesk.payments import disputing
from alarmdesk.payments.models import Attempt, GatewayEvent, InboundEvent, Payment

MOST_SHOWN = 200
NOUNS = {
    Attempt.Verb.SALE: "the charge",
    Attempt.Verb.CREDIT: "the credit",
    Attempt.Verb.REFUND: "the refund",
    Attempt.Verb.VOID: "the void",
}
SAID = {
    "approved": "approved {verb}",
    "settled": "settled {verb}",
    "declined": "declined {verb}",
    "voided": "voided the charge",
    "returned": "says that the bank has returned the money",
    "disputed": "says that the cardholder disputes the charge",
    "dispute_won": "says that the dispute was won",
    "held": "holds {verb} for review",
    "no_answer": "did not answer; it will be asked again",
    "never_made": "never made {verb}",
}
BY_HAND = "Decided by hand"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `raw` is what was said word for word, "" where nobody said anything."""

    at: dt.datetime
    says: str
    detail: str
    raw: str = ""
    order: int = 0


def log_of(payment: Payment) -> list[Entry]:
    """The attempts at a payment, what the gateway answered, and its news of them, the first first."""
    attempts = list(payment.attempts.select_related("gateway").order_by("pk")[:MOST_SHOWN])
    by_id = {attempt.pk: attempt for attempt in attempts}
    by_key = {attempt.key: attempt for attempt in attempts}
    events = GatewayEvent.objects.filter(attempt_id__in=list(by_id)).order_by("pk")[:MOST_SHOWN]
    news = InboundEvent.objects.filter(key__in=list(by_key)).order_by("pk")[:MOST_SHOWN]
    entries = [*_sent(attempts), *(_answered(event, by_id[event.attempt_id]) for event in events if event.attempt_id)]
    entries += [
        Entry(one.received_at, f"{by_key[one.key].gateway.get_kind_display()} sent news: {one.kind}", "", one.body, 2)
        for one in news
    ]
    return sorted(entries, key=lambda entry: (entry.at, entry.order))


def _sent(attempts: Iterable[Attempt]) -> Iterable[Entry]:
    for attempt in attempts:
        what, name = NOUNS[Attempt.Verb(attempt.verb)], attempt.gateway.get_kind_display()
        amount = money(attempt.amount)
        if attempt.sent_at is None:
            yield Entry(attempt.created_at, f"{amount}: {what} was prepared and not sent", f"key {attempt.key}")
        else:
            yield Entry(attempt.sent_at, f"{amount}: {what} was sent to {name}", f"key {attempt.key}")


def _answered(event: GatewayEvent, attempt: Attempt) -> Entry:
    name, verb = attempt.gateway.get_kind_display(), NOUNS[Attempt.Verb(attempt.verb)]
    words = SAID.get(event.kind, f"says: {event.kind.replace('_', ' ')}").format(verb=verb)
    says = event.raw if event.raw.startswith(BY_HAND) else f"{name} {words}"
    if event.kind in ("approved", "declined", "held") and attempt.message and says is not event.raw:
        says = f"{says}: {attempt.message.rstrip('.')}"
    elif event.kind in (disputing.TAKEN, disputing.WON):
        says = f"{says}. {event.raw}"
    numbers = {"transaction": attempt.external_id, "code": attempt.code}
    told = " · ".join(f"{label} {number}" for label, number in numbers.items() if number)
    return Entry(event.at, says, told, event.raw, 1)
