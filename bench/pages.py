"""How fast are the customer's page and the lists in a company of a hundred thousand customers, among a million? `make
bench-pages`.

The owner of the largest company (a tenth of all customers) opens page after page, row security on: customers at random,
the first pages of the lists, their filters and their search. Beside it the same in a crowd of 10,000. Ends with 1 when
a page takes 50 ms at p99, or grows by more than half. --plans shows the slowest question of each page.
"""

import argparse
import sys
from collections.abc import Callable

from bench.crowd import Crowd, crowds
from bench.walking import Visitors, Walk, report

# a filter of every kind, and the deepest page that a list has
LISTS = (
    ("customers", "customers/"),
    ("customers, cancelled", "customers/?show=cancelled"),
    ("customers by name, page 20", "customers/?sort=name&page=20"),
    ("customers, found", "customers/?q=calderon"),
    ("leads", "leads/"),
    ("invoices", "invoices/"),
    ("invoices, past due", "invoices/?show=past_due"),
    ("invoices, void", "invoices/?show=void"),
    ("invoices, found", "invoices/?q=calderon"),
    ("payments", "payments/"),
    ("payments, failed", "payments/?show=failed"),
    ("payments, found", "payments/?q=calderon"),
    ("tickets", "tickets/"),
    ("tickets, found", "tickets/?q=keypad"),
    ("my tickets", "tickets/mine/"),
    ("recurring invoices", "recurring/"),
)


def main() -> None:
    """Prints a line for each page."""
    parser = argparse.ArgumentParser(prog="make bench-pages", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=10_000, help="the crowd that growth is measured from")
    parser.add_argument("--times", type=int, default=200, help="answers of each page")
    parser.add_argument("--plans", action="store_true", help="show the slowest question of each page")
    parser.add_argument("--keep", action="store_true", help="leave the databases for the next bench of them")
    parser.add_argument("--only", default="", help="pages whose name has this word")
    chosen = parser.parse_args()
    walks = [
        Walk("a customer's page", of_customers("")),
        Walk("a customer's invoices", of_customers("invoices/")),
        Walk("a customer's history", of_customers("history/")),
        *(Walk(name, at(path)) for name, path in LISTS),
        Walk("home (not judged)", at(""), is_judged=False),
    ]
    walks = [walk for walk in walks if chosen.only in walk.name]
    with crowds(*sorted({chosen.small, chosen.customers}), keep=chosen.keep) as made:
        is_good = report(Visitors(made), walks, times=chosen.times, shows_plans=chosen.plans)
    sys.exit(0 if is_good else 1)


def at(path: str) -> Callable[[Crowd], list[str]]:
    return lambda crowd: [f"/{crowd.large}/{path}"]


def of_customers(tab: str) -> Callable[[Crowd], list[str]]:
    """Customers all over the large company: it has every tenth of the crowd, and every eighth of its is a lead."""

    def paths(crowd: Crowd) -> list[str]:
        count = crowd.size // 10
        keys = (1 + place * 7919 % (count - 1) for place in range(400))
        return [f"/{crowd.large}/customers/{k * 10}/{tab}" for k in keys if k % 8 != 7]

    return paths


if __name__ == "__main__":
    main()
