"""How fast does the nightly run make invoices, beside the plain-SQL floor of the same machine at the same time?

Ours: `generate_due` over due recurring invoices with two lines and a tax each: periods, invoices, lines, taxes, gapless
numbers, outbox rows, advanced schedules, in batches, behind the walls, as the application's role.
The floor: one INSERT .. SELECT per table in one transaction, into plain tables with the same columns, indexes, checks
and foreign keys (on `id` alone), no row security, no triggers, no Python. Both alternate, a month each round.
"""

import argparse
import datetime as dt
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from decimal import Decimal
from pathlib import Path

import psycopg

from alarmdesk.deployment import database, embedded

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "var" / "bench-postgres"
NAME = "alarmdesk_bench_night"
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "alarmdesk.settings",
    "ALARMDESK_SECRET_KEY": "bench",
    "ALARMDESK_LOG_LEVEL": "WARNING",
}
FIRST = dt.date(2026, 1, 31)
TABLES = (
    "customers_customer",
    "customers_address",
    "invoicing_billableitem",
    "invoicing_term",
    "invoicing_statetax",
    "invoicing_recurringinvoice",
    "invoicing_recurringline",
    "invoicing_invoice",
    "invoicing_invoiceline",
    "invoicing_linetax",
    "invoicing_billingperiod",
    "messaging_message",
)

CUSTOMERS = """
insert into customers_customer (
    company_id, stage, kind, status, account_number, first_name, last_name, business_name, email, mmr, activation_fee,
    activation_fee_paid, note, created_at{more_columns}
)
select %(company)s, 'customer', 'person', 'active', 'C-' || n, 'First' || n, 'Last' || n, '',
    'c' || n || '@example.com', 39.95, 0, false, '', now(){more_values}
from generate_series(1, %(count)s) n
"""
ADDRESSES = """
insert into customers_address (company_id, customer_id, kind, street, street_2, city, state, zip_code)
select company_id, id, 'service', id || ' E 15th St', '', 'Tulsa', case id %% 4 when 0 then 'KS' else 'OK' end, '74104'
from customers_customer where company_id = %(company)s
"""
TEMPLATES = """
insert into invoicing_recurringinvoice (
    company_id, customer_id, number, anchor_on, every, unit, times, term_id, po_number, note, email_on_generation,
    amount, next_seq, next_on, created_at, created_by, ended_reason, ended_by
)
select company_id, id, row_number() over (order by id), %(on)s, 1, 'month', 120, %(term)s, '', '', true, 0, 0, %(on)s,
    now(), 'bench', '', ''
from customers_customer where company_id = %(company)s
"""
# 60 different rates of monitoring, 8 of the second line: what a dealer's price list and its exceptions look like
LINES = """
insert into invoicing_recurringline (
    company_id, recurring_invoice_id, position, item_id, quantity, description, unit_price, amount, tax_rate
)
select r.company_id, r.id, p.position, case p.position when 1 then %(first)s else %(second)s end, 1,
    case p.position when 1 then 'Monthly Monitoring Rate' else 'Cellular back-up' end, v.price, v.price, null
from invoicing_recurringinvoice r cross join (values (1), (2)) p (position)
cross join lateral (
    select case p.position when 1 then 24.95 + r.id %% 60 else 5.45 + r.id %% 8 end::numeric(14, 2) as price
) v
where r.company_id = %(company)s
"""

# the floor: `first` and `base` are what the night's ids and numbers begin after
FLOOR = (
    """
insert into floor_invoicing_invoice (
    id, company_id, customer_id, type, number, sale_on, term_id, due_on, po_number, note, sub_total, tax_total, total,
    paid, recurring_invoice_id, bill_to, issued_at, issued_by, voided_by, void_reason
)
select %(base)s + x.n, x.company_id, x.customer_id, 'invoice', %(base)s + x.n, x.next_on, x.term_id,
    x.next_on + x.days, x.po_number, x.note, x.net, x.tax, x.net + x.tax, 0, x.id,
    jsonb_build_object('name', x.name, 'address', jsonb_build_array(x.street, x.town), 'email', x.email,
        'account_number', x.account_number),
    now(), 'floor', '', ''
from (
    select r.*, t.days, row_number() over (order by r.id) as n, s.net, s.tax, c.email, c.account_number,
        c.first_name || ' ' || c.last_name as name, a.street, a.city || ', ' || a.state || ' ' || a.zip_code as town
    from floor_invoicing_recurringinvoice r
    join floor_invoicing_term t on t.id = r.term_id
    join floor_customers_customer c on c.id = r.customer_id
    join floor_customers_address a on a.customer_id = c.id
    join (
        select l.recurring_invoice_id, sum(l.amount) as net, sum(round(l.amount * x.rate / 100, 2)) as tax
        from floor_invoicing_recurringline l
        join floor_invoicing_recurringinvoice r on r.id = l.recurring_invoice_id
        join floor_customers_address a on a.customer_id = r.customer_id
        join floor_invoicing_statetax x on x.state = a.state
        where r.next_on = %(on)s group by l.recurring_invoice_id
    ) s on s.recurring_invoice_id = r.id
    where r.next_on = %(on)s
) x
""",
    """
insert into floor_invoicing_invoiceline (
    company_id, invoice_id, position, item_id, quantity, description, unit_price, amount
)
select l.company_id, i.id, l.position, l.item_id, l.quantity, l.description, l.unit_price, l.amount
from floor_invoicing_invoice i join floor_invoicing_recurringline l on l.recurring_invoice_id = i.recurring_invoice_id
where i.id > %(base)s
""",
    """
insert into floor_invoicing_linetax (company_id, line_id, name, rate, amount)
select l.company_id, l.id, x.state || ' sales tax', x.rate, round(l.amount * x.rate / 100, 2)
from floor_invoicing_invoice i
join floor_invoicing_invoiceline l on l.invoice_id = i.id
join floor_customers_address a on a.customer_id = i.customer_id
join floor_invoicing_statetax x on x.state = a.state
where i.id > %(base)s
""",
    """
insert into floor_invoicing_billingperiod (company_id, recurring_invoice_id, seq, starts_on, ends_on, invoice_id)
select r.company_id, r.id, r.next_seq, r.next_on, (r.anchor_on + (r.next_seq + 1) * interval '1 month')::date, i.id
from floor_invoicing_invoice i join floor_invoicing_recurringinvoice r on r.id = i.recurring_invoice_id
where i.id > %(base)s
""",
    """
insert into floor_messaging_message (
    company_id, customer_id, kind, about_id, "to", subject, text, html, state, tries, error, queued_at, due_at
)
select c.company_id, c.id, 'invoice', i.id, c.email, '', '', '', 'queued', 0, '', now(), now()
from floor_invoicing_invoice i join floor_customers_customer c on c.id = i.customer_id
where i.id > %(base)s
""",
    """
update floor_invoicing_recurringinvoice set next_seq = next_seq + 1,
    next_on = (anchor_on + (next_seq + 1) * interval '1 month')::date
where next_on = %(on)s
""",
)


def main() -> None:
    """Prints a line per round, the medians and the ratio; ends with 1 when a target is given and missed."""
    arguments = _arguments()
    server = embedded.start(FOLDER)
    try:
        urls = _fresh_database(server)
        os.environ.update(urls.environment, **ENVIRONMENT)
        import django

        django.setup()
        company_id = _furnish(arguments.count)
        with psycopg.connect(urls.owner_url, autocommit=True) as owner:
            _copy_plain(owner, company_id)
            ratio = _measure(arguments, server.url(), owner, company_id)
    finally:
        server.stop()
    if ratio < arguments.target:
        raise SystemExit(f"{ratio:.0%} of the floor: the target is {arguments.target:.0%}.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000, help="recurring invoices due each night")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--target", type=float, default=0.5, help="part of the floor that must be reached")
    parser.add_argument("--workers", type=int, default=1, help="threads that share the night")
    return parser.parse_args()


def _fresh_database(server: embedded.Server) -> database.Urls:
    database.drop(server.url(), NAME)
    owner, app = (database.Role(name, server.password(name)) for name in (database.OWNER, database.APP))
    urls = database.prepare(server.url(), NAME, owner=owner, app=app)
    database.migrate(urls, environment=ENVIRONMENT)
    return urls


def _furnish(count: int) -> int:
    """A company whose `count` customers have a recurring invoice each; its id."""
    from django.db import connection

    from alarmdesk.company.actions import found_company
    from alarmdesk.company.entering import inside
    from alarmdesk.customers.models import Customer
    from alarmdesk.invoicing.furnishing import furnish
    from alarmdesk.invoicing.models import StateTax

    company = found_company(name="Bench Alarm", slug="bench", at=dt.datetime.now(dt.UTC))
    with inside(company), connection.cursor() as cursor:
        furnish()
        for state, rate in (("OK", "8.25"), ("KS", "6.5")):
            StateTax.objects.create(state=state, rate=Decimal(rate), effective_on=dt.date(2020, 1, 1))
        facts = {
            "company": company.pk,
            "count": count,
            "on": FIRST,
            "term": company.terms.get(days=15).pk,
            "first": company.billable_items.get(number=3).pk,
            "second": company.billable_items.get(number=1).pk,
        }
        # texts that came to the table later and have no default in the database
        known = CUSTOMERS.partition("(")[2].partition("{")[0]
        more = [
            f.column
            for f in Customer._meta.concrete_fields
            if not f.null
            and not f.primary_key
            and f.column not in known
            and f.get_internal_type() in ("CharField", "EmailField", "TextField")
        ]
        columns, values = "".join(f", {c}" for c in more), ", ''" * len(more)
        for sql in (CUSTOMERS.format(more_columns=columns, more_values=values), ADDRESSES, TEMPLATES, LINES):
            cursor.execute(sql, facts)
    return company.pk


def _copy_plain(owner: psycopg.Connection, company_id: int) -> None:
    """The floor's tables: the same columns, checks and indexes, keys on `id` alone, and the same rows."""
    for table in TABLES:
        owner.execute(
            f'create table "floor_{table}" (like "{table}" including defaults including identity '
            "including indexes including constraints)"
        )
        (key,) = owner.execute(
            "select conname from pg_constraint where conrelid = %s::regclass and contype = 'p'", [f"floor_{table}"]
        ).fetchone()
        owner.execute(f'alter table "floor_{table}" drop constraint "{key}", add primary key (id)')
        owner.execute("select set_config('alarmdesk.company', %s, false)", [str(company_id)])
        owner.execute(f'insert into "floor_{table}" overriding system value select * from "{table}"')  # noqa: S608
    links = owner.execute(
        """
        select c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text from pg_constraint c
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[cardinality(c.conkey)]
        where c.contype = 'f' and c.conrelid = any(%s::regclass[])
        """,
        [list(TABLES)],
    ).fetchall()
    for table, column, target in links:
        if target in TABLES or target == "company_company":
            plain = f"floor_{target}" if target in TABLES else target
            owner.execute(f'alter table "floor_{table}" add foreign key ("{column}") references {plain} (id)')


@dataclass(frozen=True)
class Cost:
    """Seconds on the wall and of processors (ours and the database session's), of one round."""

    wall: float
    cpu: float


def _measure(arguments: argparse.Namespace, admin_url: str, owner: psycopg.Connection, company_id: int) -> float:
    from alarmdesk.lib.recurrence import add_months

    floor, ours = [], []
    print(f"{arguments.count:,} recurring invoices, 2 lines and taxes each, batches of {arguments.batch:,}")
    print("               floor: wall     cpu    ours: wall     cpu   seconds")
    with psycopg.connect(admin_url, dbname=NAME, autocommit=True) as admin:
        for number in range(arguments.rounds):
            on = add_months(FIRST, number)
            floor.append(_timed(admin, lambda on=on, number=number: _floor(owner, on, number * arguments.count)))
            ours.append(_timed(admin, lambda on=on: _ours(company_id, on, arguments)))
            one, other = floor[-1], ours[-1]
            print(f"  {on}  {one.wall:11.2f} {one.cpu:7.2f} {other.wall:13.2f} {other.cpu:7.2f}", flush=True)
    _check(owner, company_id, arguments)
    return _report(arguments.count, floor, ours)


def _report(count: int, floor: list[Cost], ours: list[Cost]) -> float:
    """Prints the medians; how much of the floor's speed on the wall ours has."""
    for name, costs in (("floor", floor), ("ours", ours)):
        wall, cpu = (statistics.median(values) for values in zip(*map(astuple, costs), strict=True))
        print(f"{name:6} {count / wall:8,.0f} invoices/s  {cpu / count * 1e6:5.0f} µs of processor each")
    pairs = list(zip(floor, ours, strict=True))
    wall = statistics.median(one.wall / other.wall for one, other in pairs)
    cpu = statistics.median(one.cpu / other.cpu for one, other in pairs)
    print(f"ours is {wall:.0%} of the floor on the wall, {cpu:.0%} by processor time (median of {len(pairs)} pairs)")
    return wall


def _timed(admin: psycopg.Connection, work: Callable[[], int]) -> Cost:
    """What the work costs, after the dust of the work before has settled; it tells its database session's process."""
    admin.execute("vacuum analyze")
    admin.execute("checkpoint")
    before = {pid: _cpu_of(pid) for (pid,) in admin.execute("select pid from pg_stat_activity")}
    start, cpu = time.perf_counter(), time.process_time()
    pid = work()
    wall, mine = time.perf_counter() - start, time.process_time() - cpu
    return Cost(wall, mine + _cpu_of(pid) - before.get(pid, 0.0))


def _cpu_of(pid: int) -> float:
    """Seconds of processor that a process has used (0.0 where the system does not tell)."""
    try:
        fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _floor(owner: psycopg.Connection, on: dt.date, base: int) -> int:
    with owner.transaction():
        for sql in FLOOR:
            owner.execute(sql, {"on": on, "base": base})
    return owner.info.backend_pid


def _ours(company_id: int, on: dt.date, arguments: argparse.Namespace) -> int:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    from alarmdesk.company.models import Company
    from alarmdesk.invoicing.generation import generate_due

    company = Company.objects.get(pk=company_id)
    at = dt.datetime.combine(on, dt.time(9), dt.UTC)
    if arguments.workers == 1:
        made = generate_due(company, today=on, at=at, batch=arguments.batch).invoices
    else:
        with ThreadPoolExecutor(arguments.workers) as pool:
            jobs = [
                pool.submit(generate_due, company, today=on, at=at, batch=arguments.batch)
                for _ in range(arguments.workers)
            ]
            made = sum(job.result().invoices for job in jobs)
    assert made == arguments.count, made
    connection.ensure_connection()
    return connection.connection.info.backend_pid


def _check(owner: psycopg.Connection, company_id: int, arguments: argparse.Namespace) -> None:
    """Both made the same to the cent, and the audit finds nothing."""
    from alarmdesk.company.entering import inside
    from alarmdesk.company.models import Company
    from alarmdesk.invoicing.audit import differences

    sums = "select count(*), sum(sub_total), sum(tax_total), max(number) from invoicing_invoice"
    ours = owner.execute(sums).fetchone()
    assert ours == owner.execute(sums.replace("from ", "from floor_")).fetchone(), ours
    for table in ("invoicing_invoiceline", "invoicing_linetax", "invoicing_billingperiod", "messaging_message"):
        count = f"select count(*) from {table}"  # noqa: S608
        assert owner.execute(count).fetchone() == owner.execute(count.replace("from ", "from floor_")).fetchone(), table
    start = time.perf_counter()
    with inside(Company.objects.get(pk=company_id)):
        found = list(differences())
    assert not found, found[:5]
    took = time.perf_counter() - start
    print(f"the same to the cent: {ours[0]:,} invoices; audit of all: 0 differences in {took:.1f} s")


if __name__ == "__main__":
    main()
