"""How fast does Ctrl+K answer whoever works in a company of a hundred thousand customers, among a million? `make
bench-search`.

Each kind of words is typed by the owner of the largest company (a tenth of all customers); measured is the server's
whole answer, row security on. Beside it the same in a crowd of 10,000. Ends with 1 when an answer takes 50 ms at p99,
or grows by more than half.
"""

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

import psycopg

from bench.crowd import Crowd, crowds
from bench.walking import Visitors, Walk, report

Person = tuple[str, ...]
HTMX = {"HX-Request": "true", "HX-Target": "palette-list"}
INNER = """
explain (analyze, buffers, costs off)
select s.customer_id
from customers_searchentry s join customers_customer c on c.company_id = {here} and c.id = s.customer_id
where s.company_id = {here} and s.q like '% calderon%|%' and s.q like '% ana%' and s.q like '%' limit 7
"""
# what is typed of one person: (name, words)
KINDS: tuple[tuple[str, Callable[[Person], str]], ...] = (
    ("full name", lambda one: f"{one[0]} {one[1]}"),
    ("last name", lambda one: one[1]),
    ("three letters", lambda one: one[1][:3]),
    ("two letters", lambda one: one[1][:2]),
    ("phone, ten digits", lambda one: one[2]),
    ("phone, last four", lambda one: one[2][-4:]),
    ("house and street", lambda one: one[3]),
    ("e-mail", lambda one: one[4]),
    ("account number", lambda one: one[5]),
    ("a number alone", lambda one: one[5][2:]),
    ("name and town", lambda one: f"{one[1]} {one[6]}"),
    ("nothing (recent, pages)", lambda one: ""),  # noqa: ARG005
    ("nobody's", lambda one: f"{one[1]}xq"),
)
PEOPLE = """
select c.first_name, c.last_name, right(p.number, 10), a.street, c.email, c.account_number, a.city
from customers_customer c
join customers_phone p on p.company_id = c.company_id and p.customer_id = c.id
join customers_address a on a.company_id = c.company_id and a.customer_id = c.id
where c.company_id = (select id from company_company where slug = %s) order by hashint8extended(c.id, 99) limit %s
"""


def main() -> None:
    """Prints a line for each kind of words, and the plan of the function's question."""
    parser = argparse.ArgumentParser(prog="make bench-search", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=10_000, help="the crowd that growth is measured from")
    parser.add_argument("--times", type=int, default=300, help="answers of each kind")
    parser.add_argument("--keep", action="store_true", help="leave the databases for the next bench of them")
    chosen = parser.parse_args()
    sizes = sorted({chosen.small, chosen.customers})
    with crowds(*sizes, keep=chosen.keep) as made:
        people = {crowd.name: _people(crowd, chosen.times) for crowd in made}
        visitors = Visitors(made)
        walks = [Walk(name, _typed(people, words), headers=HTMX) for name, words in KINDS]
        is_good = report(visitors, walks, times=chosen.times, shows_plans=False)
        print("\n" + _plan(made[-1], visitors.ids[made[-1].name]))
    sys.exit(0 if is_good else 1)


def _typed(people: dict[str, list[Person]], words: Callable[[Person], str]) -> Callable[[Crowd], list[str]]:
    def paths(crowd: Crowd) -> list[str]:
        return [f"/{crowd.large}/search/?{urlencode({'q': words(one)})}" for one in people[crowd.name]]

    return paths


def _people(crowd: Crowd, count: int) -> list[Person]:
    """Some of the large company's people, the same in each run."""
    with psycopg.connect(crowd.admin_url) as admin:
        found: Sequence[Person] = admin.execute(PEOPLE, [crowd.large, count]).fetchall()
    shuffled = list(found)
    random.Random(7).shuffle(shuffled)
    return shuffled


def _plan(crowd: Crowd, company_id: int) -> str:
    """How the function finds by name, inside, where no wall stands between it and the index."""
    with psycopg.connect(crowd.urls.owner_url) as owner:
        rows = owner.execute(INNER.format(here=company_id).encode()).fetchall()
    return "\n".join(row[0] for row in rows)


if __name__ == "__main__":
    main()
