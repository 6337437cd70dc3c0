"""Do the books agree with themselves? Every stored number of the room, recomputed from the rows that it comes from."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db import connection

from alarmdesk.company.entering import entered, entered_id
from alarmdesk.invoicing.models import InvoiceLine, LineTax, QuoteAnswer, RecurringLine
from alarmdesk.invoicing.periods import Schedule
from alarmdesk.invoicing.quotes import digest_of
from alarmdesk.lib.audit import Difference
from alarmdesk.lib.money import line_amount, tax_on

# noun, number, what, stored, recomputed
SUMS = """
select i.type, i.number, s.what, s.stored, s.recomputed
from invoicing_invoice i
left join lateral (
    select coalesce(sum(l.amount), 0) as amount, coalesce(sum(t.amount), 0) as tax
    from invoicing_invoiceline l
    left join lateral (
        select sum(t.amount) as amount from invoicing_linetax t where t.company_id = l.company_id and t.line_id = l.id
    ) t on true
    where l.company_id = i.company_id and l.invoice_id = i.id
) x on true
cross join lateral (values
    ('sub total', i.sub_total, x.amount), ('tax total', i.tax_total, x.tax), ('total', i.total, x.amount + x.tax)
) s (what, stored, recomputed)
where i.company_id = %(company)s and s.stored <> s.recomputed order by i.id
"""
DUE_DATES = """
select i.type, i.number, 'due date', i.due_on, i.sale_on + t.days
from invoicing_invoice i join invoicing_term t on t.company_id = i.company_id and t.id = i.term_id
where i.company_id = %(company)s and i.type = 'invoice' and i.recurring_invoice_id is not null
  and i.due_on <> i.sale_on + t.days order by i.id
"""
# numbers of a series are 1, 2, 3 … up to the counter
NUMBERS = """
select n.code, 'numbers', 'last, count and highest', concat_ws(', ', coalesce(s.value, 0), n.count, n.highest),
    'one number'
from (
    select type as code, count(*), max(number) as highest, min(number) as lowest, company_id
    from invoicing_invoice where company_id = %(company)s group by type, company_id
) n left join company_series s on s.company_id = n.company_id and s.code = n.code
where n.lowest <> 1 or n.count <> n.highest or coalesce(s.value, 0) <> n.highest
union all
select s.code, 'numbers', 'last', s.value::text, '0' from company_series s
where s.company_id = %(company)s and s.code in ('invoice', 'quote', 'credit') and s.value > 0
  and not exists (select from invoicing_invoice i where i.company_id = s.company_id and i.type = s.code)
"""
# a period belongs to an invoice of its own recurring invoice and date; the invoices of one have a period each, but for
# those that came in the place of one: the period stays with the first
PERIODS = """
select 'recurring invoice', r.number, 'invoice of period ' || p.seq,
    concat_ws(' ', i.type, i.number, i.sale_on),
    concat_ws(' ', 'its own of', case when r.in_arrears then p.ends_on else p.starts_on end)
from invoicing_billingperiod p
join invoicing_recurringinvoice r on r.company_id = p.company_id and r.id = p.recurring_invoice_id
join invoicing_invoice i on i.company_id = p.company_id and i.id = p.invoice_id
where p.company_id = %(company)s
  and (i.recurring_invoice_id is distinct from r.id or i.customer_id <> r.customer_id
    or i.sale_on <> case when r.in_arrears then p.ends_on else p.starts_on end)
union all
select 'invoice', i.number, 'billing periods', x.periods::text, x.meant::text
from invoicing_invoice i
cross join lateral (
    select (
        select count(*) from invoicing_billingperiod p where p.company_id = i.company_id and p.invoice_id = i.id
    ) as periods, case when exists (
        select from invoicing_succession s
        join invoicing_invoice o on o.company_id = s.company_id and o.id = s.predecessor_id
        where s.company_id = i.company_id and s.successor_id = i.id
          and o.recurring_invoice_id = i.recurring_invoice_id
    ) then 0 else 1 end as meant
) x
where i.company_id = %(company)s and i.recurring_invoice_id is not null and x.periods <> x.meant
"""
# a piece is released exactly when its invoice is void; line and piece are the same customer's, the line an invoice's
EQUIPMENT = """
select i.type, i.number, 'equipment: ' || p.name,
    concat_ws(', ', case when x.released_at is null then 'in force' else 'released' end,
              case when i.type <> 'invoice' then 'on a ' || i.type end,
              case when p.customer_id <> i.customer_id then 'of another customer' end),
    case when i.voided_at is null then 'in force' else 'released' end
from invoicing_invoicedpiece x
join invoicing_invoiceline l on l.company_id = x.company_id and l.id = x.line_id
join invoicing_invoice i on i.company_id = l.company_id and i.id = l.invoice_id
join equipment_piece p on p.company_id = x.company_id and p.id = x.piece_id
where x.company_id = %(company)s and ((x.released_at is null) <> (i.voided_at is null) or i.type <> 'invoice'
    or p.customer_id <> i.customer_id)
order by x.id
"""
# what corrects a document or is its next version has made it void; a quote that became an invoice was the customer's
SUCCESSIONS = """
select old.type, old.number, 'successor', coalesce(old.voided_at::text, 'not void'),
    concat_ws(' ', 'replaced by', new.type, new.number)
from invoicing_succession s
join invoicing_invoice old on old.company_id = s.company_id and old.id = s.predecessor_id
join invoicing_invoice new on new.company_id = s.company_id and new.id = s.successor_id
where s.company_id = %(company)s and (
    old.customer_id <> new.customer_id
    or (old.type = new.type and old.voided_at is null)
    or (old.type <> new.type and (old.type, new.type) <> ('quote', 'invoice'))
)
"""
# what credits do to invoices, from the rows; a credit takes back what stands on its lines (what is used of a credit is
# for the room above to say: it may have been paid out)
CREDITS = """
select i.type, i.number, 'credited', i.credited::text, coalesce(c.sum, 0)::text
from invoicing_invoice i
left join (
    select invoice_id as id, sum(amount) as sum from invoicing_creditapplication
    where company_id = %(company)s group by 1
) c on c.id = i.id
where i.company_id = %(company)s and i.credited <> coalesce(c.sum, 0)
union all
select 'credit', c.number, 'taken back by line ' || l.position, concat_ws(' + ', r.amount, r.tax),
    concat_ws(' + ', l.amount, t.sum)
from invoicing_linereversal r
join invoicing_invoice c on c.company_id = r.company_id and c.id = r.credit_id
join invoicing_invoiceline l on l.company_id = r.company_id and l.id = r.credit_line_id
cross join lateral (
    select coalesce(sum(t.amount), 0) as sum from invoicing_linetax t
    where t.company_id = l.company_id and t.line_id = l.id
) t
where r.company_id = %(company)s and (r.amount <> l.amount or r.tax <> t.sum or l.invoice_id <> c.id)
union all
select 'invoice', i.number, 'taken back of line ' || l.position, x.sum::text, l.amount::text
from invoicing_invoiceline l
join (
    select r.line_id, sum(r.amount) as sum from invoicing_linereversal r
    join invoicing_invoice c on c.company_id = r.company_id and c.id = r.credit_id and c.voided_at is null
    where r.company_id = %(company)s group by 1
) x on x.line_id = l.id
join invoicing_invoice i on i.company_id = l.company_id and i.id = l.invoice_id
where l.company_id = %(company)s and abs(x.sum) > abs(l.amount)
"""
UNBILLED = """
select 'recurring invoice', r.number, 'next date', r.next_on, 'after ' || %(today)s
from invoicing_recurringinvoice r
join customers_customer c on c.company_id = r.company_id and c.id = r.customer_id
    and (c.status <> 'cancelled' or r.next_on < c.cancelled_on + r.in_arrears::int)
where r.company_id = %(company)s and r.next_on <= %(today)s and not exists (
    select from invoicing_parkedaccount p
    where p.company_id = r.company_id and p.recurring_invoice_id = r.id and p.released_at is null
) order by r.id
"""
SCHEDULES = """
select r.number, r.next_seq, r.next_on,
    array[r.anchor_on, r.starts_on, r.ended_on], r.every, r.unit, r.times, r.first_seq, r.in_arrears, r.prorates_end,
    array_agg(p.seq order by p.seq) filter (where p.seq is not null),
    array_agg(p.starts_on order by p.seq) filter (where p.seq is not null),
    array_agg(p.ends_on order by p.seq) filter (where p.seq is not null)
from invoicing_recurringinvoice r
left join invoicing_billingperiod p on p.company_id = r.company_id and p.recurring_invoice_id = r.id
where r.company_id = %(company)s group by r.company_id, r.id order by r.id
"""
# what a template comes to is the sum of its lines, with the tax that was noted when they were written
AMOUNTS = """
select 'recurring invoice', r.number, 'amount', r.amount, l.amount
from invoicing_recurringinvoice r
cross join lateral (
    select sum(l.amount + l.tax) as amount, bool_and(l.tax is not null) as is_noted from invoicing_recurringline l
    where l.company_id = r.company_id and l.recurring_invoice_id = r.id
) l
where r.company_id = %(company)s and l.is_noted and r.amount <> l.amount order by r.id
"""
# one takes over from the other on the same day, with the same rhythm, and no invoice is lost or added by it
CHAIN = """
select 'recurring invoice', r.number, 'follows ' || f.number, s.what, s.other
from invoicing_recurringinvoice r
join invoicing_recurringinvoice f on f.company_id = r.company_id and f.id = r.follows_id
cross join lateral (values
    ('rhythm', concat_ws(' ', r.anchor_on, r.every, r.unit, r.in_arrears, r.customer_id),
        concat_ws(' ', f.anchor_on, f.every, f.unit, f.in_arrears, f.customer_id)),
    ('last invoice', coalesce((r.first_seq + r.times)::text, 'none'), coalesce((f.first_seq + f.times)::text, 'none')),
    ('first period', (r.first_seq >= f.next_seq - case when r.starts_on is null then 0 else 1 end)::text, 'true')
) s (what, mine, other)
where r.company_id = %(company)s and s.mine <> s.other order by r.id
"""
TURNS = """
select r.number, f.number, f.ended_on, coalesce(r.ended_on <= f.ended_on, false),
    r.anchor_on, r.every, r.unit, r.times, r.first_seq, r.starts_on, r.in_arrears
from invoicing_recurringinvoice r
join invoicing_recurringinvoice f on f.company_id = r.company_id and f.id = r.follows_id
where r.company_id = %(company)s order by r.id
"""


def differences(*, today: dt.date | None = None) -> Iterator[Difference]:
    """Every difference in the entered company's invoices and schedules; none is the only good answer.

    With `today` also what a finished run of that day has left unbilled, parked ones and cancelled customers aside.
    """
    for sql in (SUMS, CREDITS, DUE_DATES, NUMBERS, PERIODS, EQUIPMENT, SUCCESSIONS, AMOUNTS, CHAIN):
        for row in _rows(sql):
            yield Difference(*map(str, row))
    yield from _amounts()
    yield from _taxes()
    yield from _answers()
    for row in _rows(SCHEDULES):
        yield from _schedule(*row)
    for row in _rows(TURNS):
        yield from _turn(*row)
    if today is not None:
        for row in _rows(UNBILLED, today=today):
            yield Difference(*map(str, row))


def _amounts() -> Iterator[Difference]:
    """Quantity x Unit Price of every line, by the same function that made it; each different product once."""
    for model, noun, number in (
        (InvoiceLine, "line of invoice", "invoice__number"),
        (RecurringLine, "line of recurring invoice", "recurring_invoice__number"),
    ):
        lines = model.objects.filter(company=entered())
        for quantity, unit_price, stored in lines.values_list("quantity", "unit_price", "amount").distinct():
            right = line_amount(quantity, unit_price)
            if stored != right:
                wrong = lines.filter(quantity=quantity, unit_price=unit_price, amount=stored)
                for found in wrong.values_list(number, flat=True):
                    yield Difference(noun, str(found), "amount", str(stored), str(right))


def _taxes() -> Iterator[Difference]:
    # a credit of a part takes back its share of what was stored, not what its own amount would bear (CREDITS)
    taxes = LineTax.objects.filter(company=entered(), line__takes_back=None)
    for base, rate, stored in taxes.values_list("line__amount", "rate", "amount").distinct():
        right = tax_on(base, rate)
        if stored != right:
            wrong = taxes.filter(line__amount=base, rate=rate, amount=stored)
            for found in wrong.values_list("line__invoice__number", flat=True):
                yield Difference("line of invoice", str(found), f"tax at {rate} %", str(stored), str(right))


def _answers() -> Iterator[Difference]:
    """The words that were signed are those of the digest that was taken then."""
    answers = QuoteAnswer.objects.filter(company=entered()).select_related("quote")
    for answer in answers.only("digest", "document", "quote__number").iterator():
        right = digest_of(answer.document)
        if answer.digest != right:
            yield Difference("answer to quote", str(answer.quote.number), "digest", answer.digest, right)


def _schedule(
    number: int,
    next_seq: int,
    next_on: dt.date | None,
    dates: list[dt.date | None],
    every: int,
    unit: str,
    times: int | None,
    first_seq: int,
    in_arrears: bool,
    prorates_end: bool,
    seqs: list[int] | None,
    starts: list[dt.date] | None,
    ends: list[dt.date] | None,
) -> Iterator[Difference]:
    """Periods without a gap from the first one on, each with its days; the derived next one after the last."""
    name, count = str(number), len(seqs or [])
    if (seqs or []) != list(range(first_seq, first_seq + count)):
        yield Difference("recurring invoice", name, "periods", str(seqs), f"{first_seq} to {first_seq + count - 1}")
        return
    anchor_on, starts_on, ended_on = dates
    assert anchor_on is not None  # noqa: S101  the column is not null
    # what was billed before it was ended was billed whole
    lasting = Schedule(anchor_on, every, unit, times, first_seq, starts_on, in_arrears)
    schedule = replace(lasting, ended_on=ended_on, prorates_end=prorates_end)
    for seq, start, stop in zip(seqs or [], starts or [], ends or [], strict=True):
        right = [(one.starts_on, one.ends_on) for one in (schedule.period(seq), lasting.period(seq))]
        if (start, stop) not in right:
            first, after = right[0]
            yield Difference("recurring invoice", name, f"period {seq}", f"{start} to {stop}", f"{first} to {after}")
    if next_seq != first_seq + count:
        yield Difference("recurring invoice", name, "next period", str(next_seq), str(first_seq + count))
    due = schedule.due(first_seq + count)
    if next_on != due:
        yield Difference("recurring invoice", name, "next date", str(next_on), str(due))


def _turn(number: int, before: int, ended_on: dt.date | None, is_moot: bool, *facts: Any) -> Iterator[Difference]:
    """A successor begins on the day on which the one before it ends, unless both were ended before that."""
    begins_on = Schedule(*facts).begins_on
    if ended_on != begins_on and not (is_moot and ended_on is not None and ended_on < begins_on):
        yield Difference("recurring invoice", str(number), f"follows {before}", str(begins_on), str(ended_on))


def _rows(sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"company": entered_id(), **parameters})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
