"""What do lines of a gateway's statement and our attempts say differently? One query holds them all."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from alarmdesk.company.entering import entered_id
from alarmdesk.payments.gateways.port import StatementLine
from alarmdesk.payments.models import Gateway

NEWS = dt.timedelta(days=1)
"""How long our books may be behind a settlement."""

# decision 8: keys are looked up in the index or in an array, no join has to guess how many rows a company has
COMPARE = """
    with told as materialized (
        select t.*, outcome in ('approved', 'settled', 'returned', 'disputed') as moved
        from unnest(%(keys)s::text[], %(ids)s::text[], %(verbs)s::text[], %(amounts)s::numeric[], %(outcomes)s::text[],
            %(batches)s::text[], %(is_news)s::boolean[], %(taken)s::numeric[])
            as t (key, external_id, verb, amount, outcome, batch_id, is_news, taken)
    ), held as materialized (
        select t.*, a.id as attempt_id, a.payment_id, a.amount as ours, a.state, p.status,
            a.state = 'approved' and a.code <> 'by-hand' and a.external_id not in ('', t.external_id) as is_other,
            row_number() over (
                partition by t.key order by t.external_id = a.external_id desc, t.moved desc, t.external_id) as place
        from told t
        left join payments_attempt a on a.company_id = %(company)s and a.key = t.key and t.key <> ''
            and a.gateway_id = %(gateway)s and a.verb <> 'void'
        left join payments_payment p on p.company_id = %(company)s and p.id = a.payment_id
    ), decided as materialized (
        -- a charge that is not the one we know, under its key, is the second, though the first was told of long ago
        select key, external_id, batch_id, payment_id, moved, outcome, amount, taken, ours, state, status, is_news,
            place + case when place = 1 and moved and is_other then 1 else 0 end as place
        from held where attempt_id is not null and state not in ('created', 'sent', 'unknown')
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
        when 'disputed' then state = 'approved' and case when taken >= amount then status in ('returned', 'disputed')
            else status = 'complete' and taken = (
                select coalesce(-sum(c.amount), 0) from payments_payment c where c.company_id = %(company)s
                  and c.original_id = decided.payment_id and c.status = 'disputed') end
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


@dataclass(frozen=True, slots=True)
class Difference:
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


Matched = dict[str, tuple[int, Decimal]]
"""By batch: how many of its lines our books have, and what they come to."""


def compare(gateway: Gateway, lines: Sequence[StatementLine], *, at: dt.datetime) -> tuple[list[Difference], Matched]:
    """Where these lines and our books differ, and what of each batch is matched. Inside the company."""
    told: dict[str, Any] = {
        "company": entered_id(),
        "gateway": gateway.pk,
        "keys": [line.key for line in lines],
        "ids": [line.external_id for line in lines],
        "verbs": [line.verb for line in lines],
        "amounts": [line.amount for line in lines],
        "outcomes": [str(line.outcome) for line in lines],
        "batches": [line.batch_id for line in lines],
        "taken": [line.taken for line in lines],
        "is_news": [line.settled_at is None or line.settled_at > at - NEWS for line in lines],
    }
    with connection.cursor() as cursor:
        cursor.execute(COMPARE, told)
        rows = [Difference(*row) for row in cursor.fetchall()]
    matched = {row.batch_id: (int(row.ours), Decimal(row.theirs)) for row in rows if not row.kind}
    return [row for row in rows if row.kind], matched


def missing(gateway: Gateway, keys: Sequence[str], since: dt.datetime, until: dt.datetime) -> list[Difference]:
    """What we sent in [since, until) and call approved, and none of these keys is the gateway's word for."""
    told: dict[str, Any] = {
        "company": entered_id(),
        "gateway": gateway.pk,
        "since": since,
        "until": until,
        "keys": list(keys),
    }
    with connection.cursor() as cursor:
        cursor.execute(MISSING, told)
        return [Difference(*row) for row in cursor.fetchall()]
