"""Whom do the benches of search and pages walk among? Many customers in 300 companies, one of which has a tenth of all.

Written set-based by the superuser with triggers off, into a database of its own; read by the application's role
behind the walls, as ever. What no page of the benches reads (allocations, lines, attempts) is not written: these are as
many rows as a dealer has, not a dealer's books.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from alarmdesk.deployment import database, embedded

FOLDER = Path(__file__).parents[1] / "var" / "bench-postgres"
COMPANIES = 300
STAMP = "crowd"
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "alarmdesk.settings",
    "ALARMDESK_ENV": "test",
    "ALARMDESK_SECRET_KEY": "a key for the bench only, long enough to please the checks of Django",
    "ALARMDESK_SEALING_KEYS": "bench:mJ3s8yT0hFZr0V8k0x5cGm2m8m1Zb2a9h7k3d6f5Q1E=",
    "ALARMDESK_HOSTS": "localhost,127.0.0.1,testserver",
    "ALARMDESK_LOG_LEVEL": "WARNING",
}
STEMS = (
    "Ander", "Bar", "Cal", "Dal", "Eber", "Far", "Gar", "Hal", "Iver", "Jen", "Kel", "Lan", "Mar", "Nor", "Ost", "Pal",
    "Quin", "Ran", "Sal", "Tal", "Ul", "Var", "Wal", "Yar", "Zel", "Whit", "Sten", "Brad", "Cros", "Har",
)  # fmt: skip
ENDS = (
    "son", "er", "man", "ton", "ley", "field", "worth", "by", "ford", "wood", "stein", "berg", "ez", "ini", "ski", "ic",
    "dal", "gren", "der", "deron", "ham", "land", "low", "ner", "ning", "ris", "sen", "shaw", "vers", "well",
)  # fmt: skip
FIRSTS = (
    "Ana", "Bo", "Cora", "Dana", "Eli", "Fay", "Gus", "Hana", "Ian", "June", "Kai", "Lena", "Max", "Nora", "Otis",
    "Pia", "Rosa", "Sam", "Theo", "Una", "Vera", "Will", "Xena", "Yves", "Zoe", "Luis", "Maria", "James", "Ruth",
)  # fmt: skip
STREETS = ("Oak", "Elm", "15th", "Main", "Peoria", "Harvard", "Yale", "Lewis", "Utica", "Cherry", "Boston", "Denver")
CITIES = ("Tulsa", "Bixby", "Jenks", "Owasso", "Enid", "Norman", "Moore", "Edmond", "Lawton", "Ada")

# a number that n always has, whatever the salt: below 2^31
CHANCE = "(hashint8extended(n, {salt}) & 2147483647)"
# the commonest last name is that of 8 in 1,000, as Smith is in the United States
CROWD = (
    """
create unlogged table crowd as
select n, company_id, n / 10 as k, first, last, house || ' ' || street || ' St' as street, city,
    lower(first) || '.' || lower(last) || n as mailbox, '918' || lpad((n * 7919 % 10000000)::text, 7, '0') as phone
from (
    select n,
        case when n % 10 = 0 then (%(companies)s::bigint[])[1]
            else (%(companies)s::bigint[])[(2 + n % (cardinality(%(companies)s::bigint[]) - 1))::int] end as company_id,
        (%(firsts)s::text[])[1 + {first} % cardinality(%(firsts)s::text[])] as first,
        (%(stems)s::text[])[1 + floor(power({stem} / 2147483648.0, 1.4) * cardinality(%(stems)s::text[]))::int]
            || (%(ends)s::text[])[1 + floor(power({end} / 2147483648.0, 1.4) * cardinality(%(ends)s::text[]))::int]
            as last,
        1 + {house} % 9000 as house,
        (%(streets)s::text[])[1 + {street} % cardinality(%(streets)s::text[])] as street,
        (%(cities)s::text[])[1 + {city} % cardinality(%(cities)s::text[])] as city
    from generate_series(1::bigint, %(size)s) n
) one
""".replace("%", "%%")
    .replace("%%(", "%(")
    .format(
        **{
            name: CHANCE.format(salt=salt)
            for salt, name in enumerate(("first", "stem", "end", "house", "street", "city"))
        }
    )
)
WRITE = (
    CROWD,
    # a term for every company, and who owns the two that are walked in
    """
insert into invoicing_term (company_id, name, days, is_default, is_active) select id, 'Due', 0, true, true
from company_company c where not exists (select from invoicing_term t where t.company_id = c.id)
""",
    "create table bench_terms as select company_id, min(id) as id from invoicing_term group by company_id",
    "create table bench_owners as select company_id, min(user_id) as user_id from company_staff group by company_id",
    """
insert into customers_customer (id, company_id, stage, kind, status, account_number, first_name, last_name,
    business_name, email, mmr, activation_fee, activation_fee_paid, customer_since, cancelled_on, note, created_at)
select n, company_id, case when k % 8 = 7 then 'lead' else 'customer' end, 'person',
    case when k % 8 = 7 or k % 100 < 88 then 'active' when k % 100 < 91 then 'pending'
        when k % 100 < 94 then 'suspended' else 'cancelled' end,
    'C-' || n, first, last, '', mailbox || '@example.com', 24.95 + k % 60, 0, false,
    date '2026-11-01' - (k % 3650)::int,
    case when k % 8 <> 7 and k % 100 >= 94 then date '2026-11-15' - (k % 700)::int end, '', now()
from crowd
""",
    """
insert into customers_address (company_id, customer_id, kind, street, street_2, city, state, zip_code)
select company_id, n, 'service', street, '', city, 'OK', '74104' from crowd
""",
    """
insert into customers_phone (company_id, customer_id, kind, number)
select company_id, n, 'mobile', '+1' || phone from crowd
""",
    """
insert into customers_searchentry (company_id, customer_id, q)
select company_id, n, ' ' || lower(first) || ' ' || lower(last) || ' | c-' || n || ' c' || n || ' c ' || n || ' '
    || mailbox || '@example.com ' || replace(mailbox, '.', '') || ' ' || replace(mailbox, '.', ' ') || ' '
    || lower(street) || ' ' || lower(city) || ' ok 74104 ' || phone || ' ' || right(phone, 7) || ' ' || right(phone, 4)
from crowd
""",
    """
insert into invoicing_recurringinvoice (company_id, customer_id, number, anchor_on, every, unit, term_id, po_number,
    note, email_on_generation, amount, next_seq, next_on, created_at, created_by, ended_reason, ended_by)
select c.company_id, c.n, c.n, date '2026-12-01' + (k % 28)::int, 1, 'month', t.id, '', '', false, 24.95 + k % 60, 0,
    date '2026-12-01' + (k % 28)::int, now(), 'Bench', '', ''
from crowd c join bench_terms t using (company_id) where k % 8 <> 7 and k % 100 < 88
""",
    # one invoice each, and a year of them for every twentieth; four of five are paid, one of fifty is void
    """
insert into invoicing_invoice (company_id, customer_id, type, number, sale_on, term_id, due_on, po_number, note,
    sub_total, tax_total, total, paid, bill_to, issued_at, issued_by, voided_at, voided_by, void_reason)
select c.company_id, c.n, 'invoice', c.n * 16 + m, date '2026-11-20' - (30 * m + k % 28)::int, t.id,
    date '2026-12-15' - (30 * m + k % 45)::int, '', '', 24.95 + k % 60, 0, 24.95 + k % 60,
    case when k % 50 = 3 or (k + m) % 5 = 0 then 0 else 24.95 + k % 60 end, '{}', now() - m * interval '30 days',
    'Bench', case when k % 50 = 3 then now() end, '', ''
from crowd c join bench_terms t using (company_id)
cross join generate_series(0, case when k % 20 = 0 then 11 else 0 end) m
where k % 8 <> 7
order by m desc, c.n
""",
    """
insert into payments_payment (company_id, customer_id, number, kind, method, amount, applied, refunded, status,
    return_code, disputed_by, batch_id, failure, received_on, is_automatic, reference, note, receipt_to, created_at,
    created_by)
select company_id, n, n, 'sale', case when k % 3 = 0 then 'card' else 'check' end, 24.95 + k % 60,
    case when k % 90 = 1 then 0 else 24.95 + k % 60 end, 0,
    case when k % 200 = 9 then 'failed' when k % 300 = 17 then 'pending' else 'complete' end, '', '', '', '',
    date '2026-11-25' - (k % 365)::int, k % 3 = 0, '', '', '', now(), 'Bench'
from crowd where k % 5 <> 0 and k % 8 <> 7
""",
    """
insert into customers_note (id, company_id, customer_id, text, written_at, written_by)
select n, company_id, n, 'Call back about the ' || (array['keypad', 'siren', 'panel', 'invoice', 'camera'])[1 + k % 5],
    now(), 'Bench'
from crowd where k % 2 = 0
""",
    """
insert into customers_ticket (company_id, customer_id, note_id, number, assignee_id, due_on, priority, opened_at,
    opened_by, waiting_by, done_at, done_by)
select c.company_id, c.n, c.n, c.n, case when k % 80 = 0 then o.user_id end, date '2026-11-20' + (k % 60)::int,
    1 + k % 3, now(), 'Bench', '', case when k % 40 <> 0 then now() end, ''
from crowd c left join bench_owners o using (company_id) where k % 4 = 0
""",
    """
insert into company_trailentry (company_id, at, actor, "table", row_id, customer_id, verb, old, new)
select company_id, now(), '{"kind": "system", "name": "AlarmDesk"}', 'customers_customer', n, n, 'insert', null,
    jsonb_build_object('stage', 'customer', 'account_number', 'C-' || n, 'last_name', last)
from crowd
""",
    "drop table crowd, bench_terms, bench_owners",
)
GIN = "create index customers_search on customers_searchentry using gin (company_id, q gin_trgm_ops)"


@dataclass(frozen=True)
class Crowd:
    """A database with so many customers. `large` and `small` are the slugs of the two companies to walk in."""

    size: int
    name: str
    urls: database.Urls
    admin_url: str
    large: str = "large"
    small: str = "small"


def name_of(size: int) -> str:
    return f"alarmdesk_bench_crowd_{size}"


@contextmanager
def crowds(*sizes: int, keep: bool) -> Iterator[list[Crowd]]:
    """Databases of these sizes, furnished; dropped afterwards unless they are kept for the next bench."""
    server = embedded.start(FOLDER)
    try:
        made = [_crowd(server, size) for size in sizes]
        os.environ.update(made[0].urls.environment, **ENVIRONMENT)
        import django

        django.setup()
        for crowd in made:
            _furnish(crowd)
        yield made
    finally:
        from django.db import connections

        connections.close_all()
        for size in () if keep else sizes:
            database.drop(server.url(), name_of(size))
        server.stop()


def enter(crowd: Crowd) -> None:
    """From here on the application lives in this database."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = crowd.name


def _crowd(server: embedded.Server, size: int) -> Crowd:
    """The migrated database, empty or kept from before."""
    name = name_of(size)
    owner, app = (database.Role(role, server.password(role)) for role in (database.OWNER, database.APP))
    urls = database.prepare(server.url(), name, owner=owner, app=app)
    if database.read_stamps(urls.owner_url).get(STAMP) != _stamp(size):
        database.drop(server.url(), name)
        urls = database.prepare(server.url(), name, owner=owner, app=app)
        database.migrate(urls, environment=ENVIRONMENT)
    return Crowd(size, name, urls, server.url(database=name))


def _stamp(size: int) -> str:
    return f"{size} {database.migrations_hash()}"


def _furnish(crowd: Crowd) -> None:
    if database.read_stamps(crowd.urls.owner_url).get(STAMP) == _stamp(crowd.size):
        return
    begun = time.monotonic()
    enter(crowd)
    companies = _companies(crowd)
    values = {
        "companies": companies, "firsts": list(FIRSTS), "stems": list(STEMS), "ends": list(ENDS),
        "streets": list(STREETS), "cities": list(CITIES), "size": crowd.size,
    }  # fmt: skip
    with psycopg.connect(crowd.admin_url, autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("drop index customers_search")
        for statement in WRITE:
            admin.execute(statement.encode(), values if statement == CROWD else None)
        admin.execute("set maintenance_work_mem = '256MB'")
        admin.execute(GIN)
        admin.execute("vacuum (analyze)")
        size = admin.execute("select pg_size_pretty(pg_database_size(current_database()))").fetchone()
    database.write_stamp(crowd.urls.owner_url, STAMP, _stamp(crowd.size))
    _say(f"{crowd.size:,} customers furnished in {time.monotonic() - begun:.0f} s, {size[0] if size else '?'}")


def _companies(crowd: Crowd) -> list[int]:
    """The two that are walked in, open for business, and the rest; the large one first."""
    from alarmdesk.company.models import Company
    from alarmdesk.company.testing import OPENED, unique
    from alarmdesk.office.testing import make_open_company

    made = [make_open_company(slug=slug) for slug in (crowd.large, crowd.small)]
    rest = [Company(name=f"Dealer {n}", slug=unique("dealer"), opened_at=OPENED) for n in range(2, COMPANIES)]
    Company.objects.bulk_create(rest)
    return [company.pk for company in (*made, *rest)]


def explained(crowd: Crowd, statement: str, company_id: int) -> str:
    """The plan of a statement, run as the application inside the company."""
    with psycopg.connect(crowd.urls.app_url) as app:
        app.execute("select set_config('alarmdesk.company', %s, true)", [str(company_id)])
        rows = app.execute(f"explain (analyze, buffers, costs off) {statement}".encode()).fetchall()
    return "\n".join(row[0] for row in rows)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
