"""Do the gateway's books and ours agree, line by line and deposit by deposit? Asked every night (billing.md 5.1, 6).

The gateway's batches and statement lines of the last days are read, then one query holds them all against our
attempts: what only one side knows, other amounts, other states, and charges made twice. A difference that is gone
closes itself; one that a person has closed stays closed until it says something new. Nothing else is changed: what the
statement settles is settled by settling.py.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from alarmdesk.company.entering import SYSTEM, Actor, entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.lib.inserting import insert_rows
from alarmdesk.payments.attempts import refuse_inside_transaction
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import BadCredentials, Batch, NoAnswer, StatementLine
from alarmdesk.payments.models import Attempt, Deposit, Discrepancy, Gateway

OVERLAP = dt.timedelta(days=7)
"""How much of what was read before is read again: a debit settles some days after it was sent."""
LONGEST = dt.timedelta(days=75)
MARGIN = dt.timedelta(days=1)
NEWS = dt.timedelta(days=1)
"""How long our books may be behind a settlement."""
ON_THE_WIRE = dt.timedelta(minutes=10)
"""What was sent so lately may be missing from the gateway's report."""
BY_ITSELF = "It is gone."

# decision 8: keys are looked up in the index or in an array, no join has to guess how many rows a company has
COMPARE = """
    with told as materialized (
        select t.*, outcome in ('approved', 'settled', 'returned', 'disputed') as moved
        from unnest(%(keys)s::text[], %(ids)s::text[], %(verbs)s::text[], %(amounts)s::numeric[], %(outcomes)s::text[],
            %(batches)s::text[], %(is_news)s::boolean[])
            as t (key, external_id, verb, amount, outcome, batch_id, is_news)
    ), held as materialized (
        select t.*, a.id as attempt_id, a.payment_id, a.amount as ours, a.state, p.status,
            row_number() over (
                partition by t.key order by t.external_id = a.external_id desc, t.moved desc, t.external_id) as place
        from told t
        left join payments_attempt a on a.company_id = %(company)s and a.key = t.key and t.key <> ''
            and a.gateway_id = %(gateway)s and a.verb <> 'void'
        left join payments_payment p on p.company_id = %(company)s and p.id = a.payment_id
    ), decided as materialized (
        select * from held where attempt_id is not null and state not in ('created', 'sent', 'unknown')
    )
    select 'extra', key, external_id, batch_id, null::bigint, '', amount::text from held
    where attempt_id is null and moved
    union all
    select 'twice', key, external_id, batch_id, payment_id, '1', place::text from decided where place > 1 and moved
    union all
    select 'amount', key, external_id, batch_id, payment_id, ours::text, amount::text from decided
    where place = 1 and moved and ours <> amount
    union all
    select 'status', key, external_id, batch_id, payment_id,
        case when state = 'approved' then status else state end, outcome
    from decided
    where place = 1 and not case outcome
        when 'approved' then state = 'approved' and status = 'pending'
        when 'settled' then state = 'approved' and (status = 'complete' or status = 'pending' and is_news)
        when 'returned' then state = 'approved' and status in ('returned', 'disputed', 'failed')
        when 'disputed' then state = 'approved' and status in ('returned', 'disputed')
        when 'voided' then state <> 'approved' or status in ('cancelled', 'failed')
        when 'held' then state = 'held'
        else state in ('declined', 'aborted') or status in ('failed', 'cancelled') end
    union all
    select '', '', '', batch_id, null, count(*)::text,
        sum(case verb when 'sale' then amount else -amount end)::text
    from held where batch_id <> '' and attempt_id is not null and place = 1 and ours = amount group by batch_id
"""
MISSING = """
    select 'missing', a.key, a.external_id, p.batch_id, a.payment_id, a.amount::text, ''
    from payments_attempt a
    join payments_payment p on p.company_id = a.company_id and p.id = a.payment_id
    where a.company_id = %(company)s and a.gateway_id = %(gateway)s and a.state = 'approved' and a.verb <> 'void'
      and a.sent_at >= %(since)s and a.sent_at < %(until)s and a.key <> all (%(keys)s::text[])
      and p.status not in ('cancelled', 'failed')
"""


@dataclass(slots=True)
class Reconciled:
    """What a comparison came to: lines read, deposits written, differences new, standing now, and gone."""

    lines: int = 0
    deposits: int = 0
    new: int = 0
    standing: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _Difference:
    """One row of COMPARE or MISSING."""

    kind: str
    key: str
    external_id: str
    batch_id: str
    payment_id: int | None
    ours: str
    theirs: str

    @property
    def name(self) -> tuple[str, str, str]:
        """What tells it from the other differences of its gateway."""
        return self.kind, self.key, self.external_id


def reconcile(company: Company, *, at: dt.datetime, actor: Actor = SYSTEM) -> Reconciled:
    """Hold the books of every gateway that has charged for the company against ours. Raises, after all were read,
    NoAnswer or BadCredentials if one of them would not talk.
    """
    refuse_inside_transaction()
    done, trouble = Reconciled(), None
    with inside(company, actor=actor):
        spans = [(gateway, span) for gateway in Gateway.objects.order_by("pk") if (span := _since(gateway, at))]
    for gateway, since in spans:
        port = port_of(gateway)
        try:
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
    """From when on the books are compared: some days before the last time, or the first charge. A difference that
    stands is looked at again. None when the gateway has not charged anything lately.
    """
    sent = Attempt.objects.filter(gateway=gateway, sent_at__gte=at - LONGEST)
    first: dt.datetime | None = sent.aggregate(first=Min("sent_at"))["first"]
    if first is None:
        return None
    last: dt.datetime | None = Deposit.objects.filter(gateway=gateway).aggregate(last=Max("reconciled_at"))["last"]
    standing = Discrepancy.objects.filter(gateway=gateway, settled_at=None).aggregate(first=Min("found_at"))["first"]
    starts = [each - OVERLAP for each in (last, standing) if each is not None] if last else [first - MARGIN]
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
        found, matched = self._compare(lines)
        done.lines += len(lines)
        done.deposits += self._write_deposits(batches, matched)
        done.gone += self._close_gone({each.name for each in found}, lines)
        done.new += self._write_differences(found)
        done.standing += Discrepancy.objects.filter(gateway=self.gateway, settled_at=None).count()

    def _compare(self, lines: Sequence[StatementLine]) -> tuple[list[_Difference], dict[str, tuple[int, Decimal]]]:
        """The differences, and what of each batch is matched: count and amount."""
        keys = [line.key for line in lines]
        told: dict[str, Any] = {
            "company": entered_id(),
            "gateway": self.gateway.pk,
            "since": self.since,
            "until": self.at - ON_THE_WIRE,
            "keys": keys,
            "ids": [line.external_id for line in lines],
            "verbs": [line.verb for line in lines],
            "amounts": [line.amount for line in lines],
            "outcomes": [str(line.outcome) for line in lines],
            "batches": [line.batch_id for line in lines],
            "is_news": [line.settled_at is None or line.settled_at > self.at - NEWS for line in lines],
        }
        with connection.cursor() as cursor:
            cursor.execute(COMPARE, told)
            rows = [_Difference(*row) for row in cursor.fetchall()]
            cursor.execute(MISSING, {name: told[name] for name in ("company", "gateway", "since", "until", "keys")})
            missing = [_Difference(*row) for row in cursor.fetchall()]
        matched = {row.batch_id: (int(row.ours), Decimal(row.theirs)) for row in rows if not row.kind}
        return [row for row in rows if row.kind] + missing, matched

    def _write_deposits(self, batches: Sequence[Batch], matched: dict[str, tuple[int, Decimal]]) -> int:
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
        standing = list(Discrepancy.objects.filter(gateway=self.gateway, settled_at=None))
        keys, ids = {line.key for line in lines if line.key}, {line.external_id for line in lines}
        sent = set(
            Attempt.objects.filter(
                key__in=[each.key for each in standing if each.kind == Discrepancy.Kind.MISSING],
                sent_at__gte=self.since,
            ).values_list("key", flat=True)
        )
        gone = [
            each.pk
            for each in standing
            if (each.kind, each.key, each.external_id) not in found
            and (each.key in keys or each.external_id in ids or each.key in sent)
        ]
        return Discrepancy.objects.filter(pk__in=gone).update(
            settled_at=self.at, settled_by=SYSTEM.name, note=BY_ITSELF
        )

    def _write_differences(self, found: Sequence[_Difference]) -> int:
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
        written = insert_rows(
            Discrepancy,
            columns,
            [tuple(getattr(each, column) for column in columns) for each in new],
            same={"gateway_id": self.gateway.pk, "found_at": self.at},
            on_conflict="on conflict (company_id, gateway_id, kind, key, external_id) where settled_at is null"
            " do update set ours = excluded.ours, theirs = excluded.theirs, batch_id = excluded.batch_id"
            " where (payments_discrepancy.ours, payments_discrepancy.theirs) is distinct from"
            " (excluded.ours, excluded.theirs)",
            returning=("id",),
        )
        return len(written)


def close(difference: Discrepancy, *, note: str, at: dt.datetime, actor: Actor) -> bool:
    """A person has looked into it and says what it was. False when it was closed before."""
    standing = Discrepancy.objects.filter(pk=difference.pk, settled_at=None)
    return bool(standing.update(settled_at=at, settled_by=actor.name, note=note))
