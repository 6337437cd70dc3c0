"""A dealer brings 2,000 real-shaped subscribers from another system and lives through twelve months of nights.

What must come out is computed by an independent query over the CSV itself: every due period invoiced once, totals to
the cent, those who left not billed, card and bank payers charged when due, and the books equal to the statement.
"""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from alarmdesk.company.models import Company
from alarmdesk.invoicing.testing import make_furnished_company
from alarmdesk.lib import clock
from alarmdesk.office.importing import command
from alarmdesk.payments.audit import audit
from alarmdesk.payments.night import night, open_night, starts
from alarmdesk.payments.testing import make_gateway, merchant_of

ROOT = Path(__file__).parents[2]
FILE = ROOT.parent / "shared" / "data" / "subscribers-sample.csv"
MAPPING = ROOT / "docs" / "examples" / "telco-subscribers.toml"
BROUGHT_IN = dt.datetime(2026, 1, 15, 19, tzinfo=dt.UTC)
FIRST, LAST = dt.date(2026, 2, 1), dt.date(2027, 1, 31)
DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the sample of real subscribers is not beside the repository")

EXPECTED = """
with months as (select generate_series(date '2026-02-01', date '2027-01-31', interval '1 month')::date as on),
owed as (
    select c."customerID" as account, m.on, round(c."MonthlyCharges"::numeric, 2) as amount,
        right(c."PaymentMethod", 11) = '(automatic)' as is_drawn
    from subscribers c cross join months m
    where c."Churn" = 'No'
)
"""


@dataclass
class Truth:
    """What the file says, and what the books say, told by SQL alone."""

    owner: psycopg.Connection
    company: Company

    def load(self, rows: list[dict[str, str]]) -> None:
        columns = ", ".join(f'"{name}" text' for name in rows[0])
        self.owner.execute(f"create temporary table subscribers ({columns})")
        with self.owner.cursor().copy("copy subscribers from stdin") as copy:
            for row in rows:
                copy.write_row(list(row.values()))

    def expected(self) -> dict[str, Any]:
        row = self.owner.execute(
            EXPECTED + "select count(*), sum(amount), count(distinct account), count(*) filter (where is_drawn),"
            " sum(amount) filter (where is_drawn) from owed"
        ).fetchone()
        assert row
        return dict(zip(("invoices", "total", "accounts", "drawn", "drawn_total"), row, strict=True))

    def wrongly_billed(self) -> list[Any]:
        """Accounts and months where the file and the invoices disagree, either way."""
        return self.owner.execute(
            EXPECTED
            + """, billed as (
                select c.account_number as account, i.sale_on as on, i.total as amount
                from invoicing_invoice i
                join customers_customer c on c.company_id = i.company_id and c.id = i.customer_id
                where i.company_id = %s
            )
            select o.account, o.on, o.amount, b.account, b.on, b.amount
            from owed o full join billed b on b.account = o.account and b.on = o.on and b.amount = o.amount
            where o.account is null or b.account is null limit 20""",
            [self.company.pk],
        ).fetchall()

    def billed_twice(self) -> list[Any]:
        return self.owner.execute(
            "select customer_id, sale_on from invoicing_invoice where company_id = %s"
            " group by customer_id, sale_on having count(*) > 1",
            [self.company.pk],
        ).fetchall()

    def unpaid_of_drawn(self) -> list[Any]:
        """Invoices of card and bank payers that are not paid on the last day."""
        return self.owner.execute(
            "select i.number from invoicing_invoice i join payments_autopay a on a.company_id = i.company_id"
            " and a.recurring_invoice_id = i.recurring_invoice_id where i.company_id = %s and i.paid < i.total",
            [self.company.pk],
        ).fetchall()

    def charged_on_another_day(self) -> list[Any]:
        """Charges that were not made on the day on which the invoice fell due."""
        return self.owner.execute(
            "select p.number, p.received_on, i.due_on from payments_payment p"
            " join payments_plannedallocation l on l.company_id = p.company_id and l.payment_id = p.id"
            " join invoicing_invoice i on i.company_id = l.company_id and i.id = l.invoice_id"
            " where p.company_id = %s and p.received_on <> i.due_on limit 20",
            [self.company.pk],
        ).fetchall()


@pytest.fixture
def shop(world: Any) -> Iterator[Company]:
    company = make_furnished_company()
    world.set_clock(BROUGHT_IN)
    make_gateway(company, world)
    yield company
    world.set_clock(None)


def bring_in(shop: Company, file: Path) -> None:
    with clock.hold(BROUGHT_IN):
        assert command.run(file, company=shop.slug, mapping=MAPPING) == 0


def live(shop: Company, world: Any, nights: list[dt.date]) -> None:
    for on in nights:
        at = starts(on, shop)
        world.set_clock(at)
        with clock.hold(at):
            run = open_night(shop, on=on, at=at, by="test")
            assert night(shop, on=on, now=clock.now, run=run).problems == []


def judge(shop: Company, world: Any, owner: psycopg.Connection, rows: list[dict[str, str]]) -> None:
    truth = Truth(owner, shop)
    truth.load(rows)
    try:
        expected = truth.expected()
        assert truth.wrongly_billed() == []
        assert truth.billed_twice() == []
        assert truth.unpaid_of_drawn() == []
        assert truth.charged_on_another_day() == []
    finally:
        owner.execute("drop table subscribers")
    said = world.statement(merchant_of(shop), summary=True)["totals"]
    assert (said["sales_count"], Decimal(said["sales"])) == (expected["drawn"], expected["drawn_total"])
    finding = audit(shop, now=starts(LAST + DAY, shop))
    assert [str(difference) for difference in finding.differences] == []
    assert finding.unknown == 0
    assert finding.collected == expected["drawn_total"]


def read(at_most: int) -> list[dict[str, str]]:
    with FILE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))[:at_most]


def test_a_year_of_two_hundred_subscribers(
    shop: Company, world: Any, owner_connection: psycopg.Connection, tmp_path: Path
) -> None:
    """Nights on the days on which something can fall due: the first, the sixteenth, and the days after."""
    rows = read(200)
    file = tmp_path / "subscribers.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    bring_in(shop, file)
    days = [FIRST + number * DAY for number in range((LAST - FIRST).days + 1)]
    live(shop, world, [day for day in days if day.day in (1, 2, 11, 16, 17, 31)])
    judge(shop, world, owner_connection, rows)


@pytest.mark.slow
def test_a_year_of_all_two_thousand_every_night(
    shop: Company, world: Any, owner_connection: psycopg.Connection
) -> None:
    bring_in(shop, FILE)
    live(shop, world, [FIRST + number * DAY for number in range((LAST - FIRST).days + 1)])
    judge(shop, world, owner_connection, read(10_000))
