"""How is one batch of the nightly run taken and written? Set by set: Python prices, PostgreSQL copies (performance.md).

A batch is of one sale date, so that numbers follow the order in which invoices fall due. Every statement names the
company: the walls would stop it anyway, the indexes begin with it.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from alarmdesk.company.entering import acting, entered_id
from alarmdesk.company.models import Run
from alarmdesk.company.numbers import next_numbers
from alarmdesk.customers.snapshots import SNAPSHOT_SQL
from alarmdesk.invoicing.periods import schedule_like
from alarmdesk.invoicing.planning import Due, Planned, Pricer, Texts, plan
from alarmdesk.invoicing.pricing import PricedLine
from alarmdesk.lib.money import ZERO

# a customer who has left is billed for what fell due before; in arrears also for the period that ended on that day
ELIGIBLE = """
from invoicing_recurringinvoice r
join customers_customer c on c.company_id = r.company_id and c.id = r.customer_id
    and (c.status <> 'cancelled' or r.next_on < c.cancelled_on + r.in_arrears::int)
{more}
where r.company_id = %(company)s and not exists (
    select from invoicing_parkedaccount p
    where p.company_id = r.company_id and p.recurring_invoice_id = r.id and p.released_at is null
)
"""
NEXT_DAY = f"""
select r.next_on {ELIGIBLE.format(more="")}
and r.next_on <= %(today)s and r.next_on > %(day)s order by r.next_on limit 1
"""
COUNT = f"select count(*) {ELIGIBLE.format(more='')} and r.next_on <= %(today)s"
# the state, the customer's own rate and certificates, as queries.tax_facts finds them; taxes.own_tax reads the last two
TAX_FACTS = """
left join invoicing_customertax x on x.company_id = r.company_id and x.customer_id = r.customer_id
left join lateral (
    select a.state from customers_address a
    where a.company_id = r.company_id and a.customer_id = r.customer_id and a.state <> ''
    order by a.kind = 'service' desc limit 1
) a on true
left join lateral (
    select json_agg(
        json_build_array(e.number, e.valid_from, e.valid_until, e.states, e.item_classes) order by e.id
    )::text as shown
    from invoicing_taxcertificate e
    where e.company_id = r.company_id and e.customer_id = r.customer_id and e.withdrawn_at is null
) e on true
"""
COLUMNS = """r.id, r.next_seq, r.next_on, r.customer_id, r.email_on_generation and c.email <> '',
    coalesce(a.state, ''), x.rate, coalesce(e.shown, ''), r.anchor_on, r.every, r.unit, r.times, r.first_seq,
    r.starts_on, r.in_arrears, r.ended_on, r.prorates_end"""
TAKE = f"""
select {COLUMNS} {ELIGIBLE.format(more=TAX_FACTS)}
and r.next_on = %(day)s and r.id > %(after)s
order by r.id limit %(most)s for update of r skip locked
"""
TAKE_ONE = f"""
select {COLUMNS} {ELIGIBLE.format(more=TAX_FACTS)}
and r.next_on <= %(today)s and r.id = %(id)s for update of r
"""
# as TAKE, without a lock, and when the customer leaves
LOOK = f"""
select {COLUMNS}, case when c.status = 'cancelled' then c.cancelled_on + r.in_arrears::int end, r.term_id
{ELIGIBLE.format(more=TAX_FACTS)}
and r.next_on <= %(today)s order by r.next_on, r.id
"""
# a line as text tells everything that its price depends on; few texts are different, so few are priced
LINES = """
select l.recurring_invoice_id, array_agg(l.id order by l.position), array_agg(
    concat_ws('|', i.item_class, i.taxable, l.quantity, l.unit_price, coalesce(l.tax_rate::text, ''))
    order by l.position
)
from invoicing_recurringline l join invoicing_billableitem i on i.company_id = l.company_id and i.id = l.item_id
where l.company_id = %(company)s and l.recurring_invoice_id = any(%(ids)s::bigint[])
group by l.recurring_invoice_id
"""
TAKE_IDS = """
select nextval('invoicing_invoice_id_seq') from generate_series(1, %(invoices)s)
union all select nextval('invoicing_invoiceline_id_seq') from generate_series(1, %(lines)s)
"""
# `lateral … offset 0` makes PostgreSQL look each row up by its key: a company that it takes for small (decision 8) is
# otherwise read whole for every batch, or compared with itself row by row.
INSERT_INVOICES = f"""
insert into invoicing_invoice (
    company_id, id, customer_id, type, number, sale_on, term_id, due_on, po_number, note, sub_total, tax_total, total,
    paid, recurring_invoice_id, bill_to, issued_at, issued_by, voided_by, void_reason
)
select r.company_id, v.id, r.customer_id, 'invoice', v.number, r.next_on, r.term_id, r.next_on + t.days, r.po_number,
    r.note, v.sub_total, v.tax_total, v.sub_total + v.tax_total, 0, r.id, b.bill_to, %(at)s, %(by)s, '', ''
from unnest(%(ids)s::bigint[], %(recurring)s::bigint[], %(numbers)s::bigint[], %(sub)s::numeric[], %(tax)s::numeric[])
    as v (id, recurring_id, number, sub_total, tax_total)
cross join lateral (
    select r.* from invoicing_recurringinvoice r where r.company_id = %(company)s and r.id = v.recurring_id offset 0
) r
cross join lateral (
    select t.days from invoicing_term t where t.company_id = %(company)s and t.id = r.term_id offset 0
) t
cross join lateral ({SNAPSHOT_SQL} where c.company_id = %(company)s and c.id = r.customer_id offset 0) b
order by v.number
"""  # noqa: S608
INSERT_LINES = """
insert into invoicing_invoiceline (
    company_id, id, invoice_id, position, item_id, quantity, description, unit_price, amount, tax_state, tax_basis,
    tax_reason
)
select l.company_id, v.id, v.invoice_id, l.position, l.item_id, l.quantity, l.description, l.unit_price, v.amount,
    (%(states)s::text[])[v.why], (%(bases)s::text[])[v.why], (%(reasons)s::text[])[v.why]
from unnest(%(ids)s::bigint[], %(invoices)s::bigint[], %(lines)s::bigint[], %(amounts)s::numeric[], %(whys)s::int[])
    as v (id, invoice_id, line_id, amount, why)
cross join lateral (
    select l.* from invoicing_recurringline l where l.company_id = %(company)s and l.id = v.line_id offset 0
) l
"""
# of a period that was cut: one piece of the part of the amount, with its days in the description
INSERT_PARTS = """
insert into invoicing_invoiceline (
    company_id, id, invoice_id, position, item_id, quantity, description, unit_price, amount, tax_state, tax_basis,
    tax_reason
)
select l.company_id, v.id, v.invoice_id, l.position, l.item_id, 1, left(l.description || ' (' || v.says || ')', 500),
    v.amount, v.amount,
    (%(states)s::text[])[v.why], (%(bases)s::text[])[v.why], (%(reasons)s::text[])[v.why]
from unnest(%(ids)s::bigint[], %(invoices)s::bigint[], %(lines)s::bigint[], %(amounts)s::numeric[], %(whys)s::int[],
    %(says)s::text[]) as v (id, invoice_id, line_id, amount, why, says)
cross join lateral (
    select l.* from invoicing_recurringline l where l.company_id = %(company)s and l.id = v.line_id offset 0
) l
"""
INSERT_TAXES = """
insert into invoicing_linetax (company_id, line_id, name, rate, amount)
select %(company)s, v.line_id, (%(names)s::text[])[v.name], v.rate, v.amount
from unnest(%(lines)s::bigint[], %(name)s::int[], %(rates)s::numeric[], %(amounts)s::numeric[])
    as v (line_id, name, rate, amount)
"""
INSERT_PERIODS = """
insert into invoicing_billingperiod (company_id, recurring_invoice_id, seq, starts_on, ends_on, invoice_id)
select %(company)s, v.recurring_id, v.seq, v.starts_on, v.ends_on, v.invoice_id
from unnest(%(recurring)s::bigint[], %(seqs)s::int[], %(starts)s::date[], %(ends)s::date[], %(ids)s::bigint[])
    as v (recurring_id, seq, starts_on, ends_on, invoice_id)
"""
INSERT_MESSAGES = """
insert into messaging_message (
    company_id, customer_id, kind, about_id, "to", subject, text, html, state, tries, error, queued_at, due_at
)
select c.company_id, c.id, 'invoice', v.invoice_id, c.email, '', '', '', 'queued', 0, '', %(at)s, %(at)s
from unnest(%(ids)s::bigint[], %(customers)s::bigint[]) as v (invoice_id, customer_id)
cross join lateral (
    select c.company_id, c.id, c.email from customers_customer c
    where c.company_id = %(company)s and c.id = v.customer_id offset 0
) c
"""
ADVANCE = """
update invoicing_recurringinvoice set next_seq = next_seq + 1,
    next_on = (%(next)s::date[])[array_position(%(recurring)s::bigint[], id)]
where company_id = %(company)s and id = any(%(recurring)s::bigint[])
"""
# another run may have parked it since ours looked: once is enough
PARK = """
insert into invoicing_parkedaccount (
    company_id, customer_id, recurring_invoice_id, run_id, reason, parked_at, released_by
) values (%(company)s, %(customer)s, %(recurring)s, %(run)s, %(reason)s, %(at)s, '')
on conflict (company_id, recurring_invoice_id) where released_at is null do nothing
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch made."""

    invoices: int
    amount: Decimal


def count_due(today: dt.date) -> int:
    """How many recurring invoices of the entered company are due."""
    count: int = _rows(COUNT, today=today)[0][0]
    return count


def next_day(today: dt.date, after: dt.date) -> dt.date | None:
    """The first date after `after`, and not after today, on which something is due."""
    found = _rows(NEXT_DAY, today=today, day=after)
    return found[0][0] if found else None


def take(day: dt.date, after: int, most: int) -> list[Due]:
    """Up to `most` recurring invoices due on a day, ids above `after`, locked; those locked by others are left out."""
    return [_due(row) for row in _rows(TAKE, day=day, after=after, most=most)]


def take_one(recurring_id: int, today: dt.date) -> Due | None:
    """One recurring invoice, if it is due, locked; waits for who holds it."""
    found = [_due(row) for row in _rows(TAKE_ONE, id=recurring_id, today=today)]
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Seen:
    """What is due as a look finds it: nothing of dates from `left_on` on, when the customer leaves; its term's id."""

    due: Due
    left_on: dt.date | None
    term_id: int


def look(today: dt.date) -> list[Seen]:
    """What `take` would find of all days until today, in its order, without locking it."""
    return [Seen(_due(row), *row[17:]) for row in _rows(LOOK, today=today)]


def _due(row: tuple[Any, ...]) -> Due:
    return Due(*(*row[:8], schedule_like(*row[8:17])))


def park(due: Due, run: Run | None, reason: str, at: dt.datetime) -> int:
    """Leave one out of all runs until somebody releases it; 1, or 0 when another run has just done so."""
    return _do(PARK, customer=due.customer_id, recurring=due.id, run=run.pk if run else None, reason=reason, at=at)


def texts_of(batch: Sequence[Due]) -> Texts:
    """The lines of each as their ids and texts."""
    return {row[0]: (row[1], row[2]) for row in _rows(LINES, ids=_array(due.id for due in batch))}


def write(batch: Sequence[Due], pricer: Pricer, at: dt.datetime) -> Written:
    """Make the invoices of a batch of one day with everything that belongs to them, and advance the schedules.

    Raises Unpriceable, NotIssuable, ScheduleBroken, DatabaseError; then nothing of the batch may be kept.
    """
    # On young tables without statistics PostgreSQL checks foreign keys by an index on the company alone, and keeps that
    # plan for the session: each batch would cost more than the last. Planning anew costs a millisecond.
    _do("discard plans")
    planned = plan(batch, texts_of(batch), pricer)
    recurring = _array(due.id for due in batch)
    ids = [row[0] for row in _rows(TAKE_IDS, invoices=len(batch), lines=sum(len(one.lines) for one in planned))]
    invoices, line_ids = ids[: len(batch)], ids[len(batch) :]
    numbers = next_numbers("invoice", len(batch))
    _do(
        INSERT_INVOICES,
        ids=_array(invoices),
        recurring=recurring,
        numbers=_array(numbers),
        sub=_array(one.priced[1].sub_total for one in planned),
        tax=_array(one.priced[1].tax_total for one in planned),
        at=at,
        by=acting().name,
    )
    _write_lines(invoices, line_ids, planned)
    _do(
        INSERT_PERIODS,
        recurring=recurring,
        seqs=_array(due.seq for due in batch),
        starts=_array(one.period.starts_on for one in planned),
        ends=_array(one.period.ends_on for one in planned),
        ids=_array(invoices),
    )
    _queue_mail(batch, invoices, at)
    _do(ADVANCE, recurring=recurring, next=_array(due.after() for due in batch))
    return Written(len(batch), sum((one.total for one in planned), ZERO))


def _write_lines(invoices: Sequence[int], ids: Sequence[int], planned: Sequence[Planned]) -> None:
    owners = [invoice for invoice, one in zip(invoices, planned, strict=True) for _ in one.lines]
    sources = [line for one in planned for line in one.lines]
    flat = [line for one in planned for line in one.priced[0]]
    rows = list(zip(ids, owners, sources, flat, strict=True))
    if any(one.period.is_partial for one in planned):
        said = [one.period.says if one.period.is_partial else "" for one in planned for _ in one.lines]
        parts = [(row, says) for row, says in zip(rows, said, strict=True) if says]
        _insert_lines(INSERT_PARTS, [row for row, _ in parts], says=[says for _, says in parts])
        rows = [row for row, says in zip(rows, said, strict=True) if not says]
    if rows:
        _insert_lines(INSERT_LINES, rows)
    taxes = [(line_id, tax) for line_id, line in zip(ids, flat, strict=True) for tax in line.taxes]
    if not taxes:
        return
    names = {name: place for place, name in enumerate({tax.name for _, tax in taxes}, start=1)}
    _do(
        INSERT_TAXES,
        names=list(names),
        lines=_array(line_id for line_id, _ in taxes),
        name=_array(names[tax.name] for _, tax in taxes),
        rates=_array(tax.rate for _, tax in taxes),
        amounts=_array(tax.amount for _, tax in taxes),
    )


def _insert_lines(sql: str, rows: Sequence[tuple[int, int, int, PricedLine]], **more: Any) -> None:
    ids, invoices, lines, priced = zip(*rows, strict=True)
    # few reasons are different: they travel once
    whys = {why: place for place, why in enumerate({(line.state, line.basis, line.reason) for line in priced}, start=1)}
    _do(
        sql,
        ids=_array(ids),
        invoices=_array(invoices),
        lines=_array(lines),
        amounts=_array(line.amount for line in priced),
        whys=_array(whys[line.state, line.basis, line.reason] for line in priced),
        states=[state for state, _, _ in whys],
        bases=[basis for _, basis, _ in whys],
        reasons=[reason for _, _, reason in whys],
        **more,
    )


def _queue_mail(batch: Sequence[Due], invoices: Sequence[int], at: dt.datetime) -> None:
    mailed = [(invoice, due.customer_id) for invoice, due in zip(invoices, batch, strict=True) if due.is_mailed]
    if mailed:
        ids, customers = zip(*mailed, strict=True)
        _do(INSERT_MESSAGES, ids=_array(ids), customers=_array(customers), at=at)


def _array(values: Iterable[int | Decimal | dt.date | None]) -> str:
    """An array as PostgreSQL writes it; of values that need no quotes. Ten times faster than one parameter each."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _rows(sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"company": entered_id(), **parameters})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _do(sql: str, **parameters: Any) -> int:
    """Runs a statement; how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"company": entered_id(), **parameters})
        written: int = cursor.rowcount
        return written
