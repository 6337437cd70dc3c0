"""Do the gateway's books and ours agree, line by line and deposit by deposit? Asked every night (billing.md 5.1, 6).

The gateway's batches and statement lines that are new or have changed since the last time are read, then one query
holds them all against our attempts: what only one side knows, other amounts, other states, and charges made twice. What
was matched before is not read again: a gateway tells of it once more when it changes. A difference that is gone closes
itself (looking_again.py); one that a person has closed stays closed until it says something new. Nothing else is
changed: what the statement settles is settled by settling.py.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Min, Q

from alarmdesk.company.entering import SYSTEM, Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.lib.inserting import insert_rows
from alarmdesk.payments import looking_again
from alarmdesk.payments.attempts import refuse_inside_transaction
from alarmdesk.payments.comparing import Difference, Matched, compare, missing
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import BadCredentials, Batch, NoAnswer, StatementLine
from alarmdesk.payments.models import Attempt, Deposit, Discrepancy, Gateway

OVERLAP = dt.timedelta(days=2)
"""How much of what was read before is read again: a report may be a day behind, and no batch is cut in two."""
LONGEST = dt.timedelta(days=75)
MARGIN = dt.timedelta(days=1)
ON_THE_WIRE = dt.timedelta(minutes=10)
"""What was sent so lately may be missing from the gateway's report."""
BY_ITSELF = "It is gone."


@dataclass(slots=True)
class Reconciled:
    """What a comparison came to: lines read, deposits written, differences new, standing now, and gone."""

    lines: int = 0
    deposits: int = 0
    new: int = 0
    standing: int = 0
    gone: int = 0


def reconcile(company: Company, *, at: dt.datetime, actor: Actor = SYSTEM) -> Reconciled:
    """Hold the books of every gateway that has charged for the company against ours. Raises, after all were read,
    NoAnswer or BadCredentials if one of them would not talk.
    """
    refuse_inside_transaction()
    done, trouble = Reconciled(), None
    with inside(company, actor=actor):
        spans = [(gateway, span) for gateway in Gateway.objects.order_by("pk") if (span := _since(gateway, at))]
    for gateway, news_since in spans:
        port = port_of(gateway)
        try:
            again = looking_again.earliest(company, gateway, port, at=at, actor=actor)
            since = max(min(news_since, again - MARGIN), at - LONGEST) if again else news_since
            lines = list(port.statement(since, at + MARGIN))
            # what settles from now on is of the next night: the lines may not have it yet
            batches = list(port.batches(since, at, lines))
        except (NoAnswer, BadCredentials) as error:
            trouble = trouble or error
            continue
        with inside(company, actor=actor):
            _Comparison(gateway, since, at, actor).write(batches, lines, done)
    if trouble is not None:
        raise trouble
    return done


def _since(gateway: Gateway, at: dt.datetime) -> dt.datetime | None:
    """From when on there may be news: some days before the last time, or the first charge; earlier where an attempt of
    back then was decided since. None when the gateway has not charged anything lately.
    """
    last = gateway.reconciled_at - OVERLAP if gateway.reconciled_at else None
    sent = Attempt.objects.filter(gateway=gateway, sent_at__gte=at - LONGEST)
    late = Q(answered_at__gte=last, state=Attempt.State.APPROVED) if last else Q()
    firsts = sent.aggregate(first=Min("sent_at"), late=Min("sent_at", filter=late))
    if firsts["first"] is None:
        return None
    starts = [last] if last else [firsts["first"] - MARGIN]
    starts += [firsts["late"] - MARGIN] if firsts["late"] and last and firsts["late"] < last else []
    return max(min(starts), at - LONGEST)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One gateway's books of a span of time against ours, inside the company."""

    gateway: Gateway
    since: dt.datetime
    at: dt.datetime
    actor: Actor

    def write(self, batches: Sequence[Batch], lines: Sequence[StatementLine], done: Reconciled) -> None:
        """Write the deposits and the differences, and close those that are gone."""
        told = {line.external_id for line in lines}
        before = looking_again.lines_of(Discrepancy.objects.filter(gateway=self.gateway, settled_at=None))
        every = [*lines, *{line.external_id: line for line in before if line.external_id not in told}.values()]
        found, matched = compare(self.gateway, every, at=self.at)
        found += missing(self.gateway, [line.key for line in every], self.since, self.at - ON_THE_WIRE)
        done.lines += len(lines)
        done.deposits += self._write_deposits(batches, matched)
        done.gone += self._close_gone({each.name for each in found}, every)
        done.new += self._write_differences(found, every)
        done.standing += Discrepancy.objects.filter(gateway=self.gateway, settled_at=None).count()
        Gateway.objects.filter(pk=self.gateway.pk).update(reconciled_at=self.at)

    def _write_deposits(self, batches: Sequence[Batch], matched: Matched) -> int:
        """Deposits as the gateway has them now. A batch at the edge of the span may be cut and is left as it was."""
        whole = [batch for batch in batches if batch.settled_at >= self.since + MARGIN / 2]
        nothing = (0, Decimal("0.00"))
        insert_rows(
            Deposit,
            ("batch_id", "settled_at", "count", "amount", "matched_count", "matched_amount"),
            [
                (batch.batch_id, batch.settled_at, batch.count, batch.amount, *matched.get(batch.batch_id, nothing))
                for batch in whole
            ],
            same={"gateway_id": self.gateway.pk, "reconciled_at": self.at},
            on_conflict="on conflict (company_id, gateway_id, batch_id) do update set settled_at = excluded.settled_at,"
            " count = excluded.count, amount = excluded.amount, matched_count = excluded.matched_count,"
            " matched_amount = excluded.matched_amount, reconciled_at = excluded.reconciled_at",
        )
        return len(whole)

    def _close_gone(self, found: set[tuple[str, str, str]], lines: Sequence[StatementLine]) -> int:
        """Close what stood and is not found any more, where this span could have found it."""
        standing = Discrepancy.objects.filter(gateway=self.gateway, settled_at=None)
        keys, ids = {line.key for line in lines if line.key}, {line.external_id for line in lines}
        gone = [
            each.pk
            for each in standing
            if (each.kind, each.key, each.external_id) not in found
            and (
                (each.sent_at or each.found_at) >= self.since
                if each.kind == Discrepancy.Kind.MISSING
                else each.key in keys or each.external_id in ids
            )
        ]
        return Discrepancy.objects.filter(pk__in=gone).update(
            settled_at=self.at, settled_by=SYSTEM.name, note=BY_ITSELF
        )

    def _write_differences(self, found: Sequence[Difference], lines: Sequence[StatementLine]) -> int:
        """Write what is new. What a person has closed is new only when one side says something else than then."""
        if not found:
            return 0
        closed = set(
            Discrepancy.objects.filter(gateway=self.gateway, key__in={each.key for each in found})
            .exclude(settled_at=None)
            .exclude(note=BY_ITSELF, settled_by=SYSTEM.name)
            .values_list("kind", "key", "external_id", "ours", "theirs")
        )
        new = [each for each in found if (*each.name, each.ours, each.theirs) not in closed]
        columns = ("kind", "key", "external_id", "batch_id", "payment_id", "ours", "theirs")
        said, sent = _said(new, lines), self._sent(new)
        written = insert_rows(
            Discrepancy,
            (*columns, "lines", "sent_at"),
            [
                (*(getattr(each, column) for column in columns), json.dumps(said[each.name]), sent.get(each.key))
                for each in new
            ],
            same={"gateway_id": self.gateway.pk, "found_at": self.at},
            on_conflict="on conflict (company_id, gateway_id, kind, key, external_id) where settled_at is null"
            " do update set ours = excluded.ours, theirs = excluded.theirs, batch_id = excluded.batch_id,"
            " lines = excluded.lines, sent_at = excluded.sent_at"
            " where (payments_discrepancy.ours, payments_discrepancy.theirs) is distinct from"
            " (excluded.ours, excluded.theirs)",
            returning=("id",),
        )
        return len(written)

    def _sent(self, found: Sequence[Difference]) -> dict[str, dt.datetime | None]:
        """When what is missing was sent."""
        keys = [each.key for each in found if each.kind == Discrepancy.Kind.MISSING]
        sent = Attempt.objects.filter(gateway=self.gateway, key__in=keys).values_list("key", "sent_at")
        return {key: at for key, at in sent if at is not None}


def _said(found: Sequence[Difference], lines: Sequence[StatementLine]) -> dict[tuple[str, str, str], list[Any]]:
    """The gateway's lines about each difference: all of its key, for one alone would not tell what was made twice."""
    keys, ids = {each.key for each in found} - {""}, {each.external_id for each in found}
    about = [line for line in lines if line.key in keys or line.external_id in ids]
    return {
        each.name: looking_again.kept(
            line for line in about if (line.key == each.key if each.key else line.external_id == each.external_id)
        )
        for each in found
    }


def close(difference: Discrepancy, *, note: str, at: dt.datetime, actor: Actor) -> bool:
    """A person has looked into it and says what it was. False when it was closed before."""
    standing = Discrepancy.objects.filter(pk=difference.pk, settled_at=None)
    return bool(standing.update(settled_at=at, settled_by=actor.name, note=note))
