"""What is probably wrong with what the company bills? Every room's findings, asked for in one statement.

Nothing is stored but what somebody has answered for. Add a kind in a room's findings.py, and its room below.
"""

# ruff: noqa: S608  the pieces are constants of this module, every value is a parameter
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from alarmdesk.company.addresses import at as address
from alarmdesk.company.entering import entered, entered_id
from alarmdesk.invoicing import findings as invoicing
from alarmdesk.invoicing.models import FindingDismissal
from alarmdesk.lib.findings import Kind, Stake
from alarmdesk.lib.money import ZERO
from alarmdesk.payments import findings as payments

KINDS: tuple[Kind, ...] = (*invoicing.KINDS, *payments.KINDS)
BY_CODE = {kind.code: kind for kind in KINDS}
LONGEST = dt.timedelta(days=731)
ONE = """
select '{code}'::text as kind, f.customer_id::bigint, f.about::text, f.what::text, f.facts::text, f.since::date,
    f.monthly::numeric(14, 2)
from ({sql}) f
"""
JUDGED = """
with {sources} found as materialized ({found}), judged as materialized (
    select f.*, d.id as dismissal_id, d.reason, d.until, d.dismissed_by
    from found f left join invoicing_findingdismissal d
        on d.company_id = %(company)s and d.kind = f.kind and d.about = f.about and d.facts = f.facts
        and d.lifted_at is null and d.until >= %(today)s
),
counted as (
    select kind, dismissal_id is not null as is_dismissed, count(*) as count, coalesce(sum(monthly), 0) as monthly
    from judged group by 1, 2
),
shown as (
    select row_number() over w as place, j.kind, j.customer_id, j.about, j.what, j.facts, j.since, j.monthly,
        j.dismissal_id, j.reason, j.until, j.dismissed_by,
        coalesce(nullif(c.business_name, ''), trim(c.first_name || ' ' || c.last_name), '') as customer,
        coalesce(c.account_number, '') as account_number
    from judged j left join customers_customer c on c.company_id = %(company)s and c.id = j.customer_id
    where (j.dismissal_id is not null) = %(dismissed)s and j.kind = any(%(kinds)s)
      and (%(ids)s::bigint[] is null or j.customer_id = any(%(ids)s::bigint[]))
      and (%(about)s::text is null or j.about = %(about)s::text)
    window w as (order by j.monthly desc nulls last, j.since nulls last, j.kind, j.about)
    order by place limit %(most)s offset %(start)s
)
"""
FINDINGS = f"{JUDGED} select * from shown order by place"
# the counts stand before every row, for the findings are computed once for both; one row without a finding, if none
BOTH = f"""{JUDGED}
select (select json_agg(json_build_array(kind, is_dismissed, count, monthly::text)) from counted), shown.*
from (values (1)) as one left join shown on true order by place
"""


class ReasonMissing(ValueError):
    """Nobody would know later why it is all right."""


class UntilWhen(ValueError):
    """A finding is dismissed until a day to come, two years off at most."""


class Changed(ValueError):
    """The facts are not those that were looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `monthly` is money a month before tax, None where there is none to name."""

    kind: Kind
    customer_id: int | None
    about: str
    what: str
    facts: str
    since: dt.date | None
    monthly: Decimal | None
    dismissal_id: int | None
    reason: str | None
    until: dt.date | None
    dismissed_by: str | None
    customer: str
    account_number: str

    @property
    def fix_url(self) -> str:
        """Where it is mended."""
        args = {name: getattr(self, column) for name, column in self.kind.args.items()}
        return address(self.kind.page, **args) + self.kind.query.format(about=self.about)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings of a kind stand and are dismissed, and the money a month of those that stand."""

    kind: Kind
    open: int
    dismissed: int
    monthly: Decimal


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found: a tally for each kind, also of those without any, and the rows that were asked for."""

    tallies: list[Tally]
    rows: list[Finding]


def audit(*, kinds: Sequence[Kind] = KINDS, **asked: Any) -> Audit:
    """The counts of all kinds, and the findings of some; see `findings` for what can be asked."""
    rows = _rows(KINDS, BOTH, kinds, **asked)
    found = {(code, is_dismissed): (count, Decimal(monthly)) for code, is_dismissed, count, monthly in rows[0][0] or ()}
    return Audit([_tally(kind, found) for kind in KINDS], [_finding(row[1:]) for row in rows if row[1] is not None])


def _tally(kind: Kind, found: Mapping[tuple[str, bool], tuple[int, Decimal]]) -> Tally:
    count, monthly = found.get((kind.code, False), (0, ZERO))
    return Tally(kind, count, found.get((kind.code, True), (0, ZERO))[0], monthly)


def _finding(row: Sequence[Any]) -> Finding:
    _, code, *values = row
    return Finding(BY_CODE[code], *values)


def at_stake(counted: Sequence[Tally]) -> dict[Stake, Decimal]:
    """Money a month by what it is, of the findings that stand."""
    return {
        stake: sum((tally.monthly for tally in counted if tally.kind.stake == stake), ZERO)
        for stake in Stake
        if stake is not Stake.NONE
    }


def findings(*, kinds: Sequence[Kind] = KINDS, **asked: Any) -> Iterator[Finding]:
    """Findings of these kinds, the most money first.

    Asked by `today`; `is_dismissed` for those that were dismissed instead of those that stand; `customer_ids` and
    `about` for some only; `start` and `most` for a window.
    """
    for row in _rows(kinds, FINDINGS, kinds, **asked):
        yield _finding(row)


def finding(*, kind: Kind, about: str, today: dt.date) -> Finding | None:
    """The one that stands, or None where it has been mended or dismissed."""
    return next(findings(today=today, kinds=[kind], about=about), None)


def dismiss(
    one: Finding, *, facts: str, reason: str, until: dt.date, today: dt.date, at: dt.datetime, by: str
) -> FindingDismissal:
    """Say that it is all right until a day, as long as its facts stay. `facts`: those that were looked at.

    Raises ReasonMissing, UntilWhen, Changed.
    """
    if not reason.strip():
        raise ReasonMissing("Say why it is all right.")
    if not today <= until <= today + LONGEST:
        raise UntilWhen("Choose a day from today on, within two years.")
    if facts != one.facts:
        raise Changed("It has changed since you looked. Look at what it says now, and press again.")
    standing = entered().finding_dismissals.filter(kind=one.kind.code, about=one.about, lifted_at=None)
    standing.update(lifted_at=at, lifted_by=by)  # for other facts, or over
    made: FindingDismissal = FindingDismissal.objects.create(
        customer_id=one.customer_id,
        kind=one.kind.code,
        about=one.about,
        facts=one.facts,
        reason=reason.strip(),
        until=until,
        dismissed_at=at,
        dismissed_by=by,
    )
    return made


def lift(dismissal: FindingDismissal, *, at: dt.datetime, by: str) -> None:
    """Let the finding stand again."""
    rows = entered().finding_dismissals.filter(pk=dismissal.pk, lifted_at=None)
    rows.update(lifted_at=at, lifted_by=by)


def _rows(
    computed: Sequence[Kind],
    statement: str,
    kinds: Sequence[Kind],
    *,
    today: dt.date,
    is_dismissed: bool = False,
    customer_ids: Sequence[int] | None = None,
    about: str | None = None,
    start: int = 0,
    most: int | None = None,
) -> list[tuple[Any, ...]]:
    """The kinds are this house's own words; all values are parameters."""
    named = {name: sql for kind in computed for name, sql in kind.sources.items()}
    sources = "".join(f"{name} as materialized ({sql}), " for name, sql in named.items())
    found = " union all ".join(ONE.format(code=kind.code, sql=kind.sql) for kind in computed)
    values: dict[str, Any] = {
        "company": entered_id(),
        "today": today,
        "zone": entered().time_zone,
        "kinds": [kind.code for kind in kinds],
        "dismissed": is_dismissed,
        "ids": None if customer_ids is None else list(customer_ids),
        "about": about,
        "start": start,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement.format(sources=sources, found=found), values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
