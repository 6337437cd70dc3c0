"""Who owes how much for how long, as of a day (D9)? Not due, current (due that day), 1-30, 31-60, 61-90, 91 and more.

Of a day that has passed it is what the books said at its end: what was applied, credited, issued or voided since is
left out. One statement over the company, however many customers it has; amounts are those of the invoices themselves.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from alarmdesk.company.entering import entered, entered_id
from alarmdesk.lib.money import ZERO


@dataclass(frozen=True, slots=True)
class Bucket:
    """An age of what is owed: its name in addresses and SQL, its label, and the days past due, from and to."""

    code: str
    label: str
    first: int | None
    last: int | None

    @property
    def condition(self) -> str:
        """Whether an invoice of `d` days past due is of this age."""
        first = [f"d >= {self.first}"] if self.first is not None else []
        last = [f"d <= {self.last}"] if self.last is not None else []
        return " and ".join(first + last)

    def holds(self, days: int) -> bool:
        """Whether an invoice so many days past due is of this age."""
        return (self.first is None or days >= self.first) and (self.last is None or days <= self.last)


BUCKETS = (
    Bucket("not_due", "Not due", None, -1),
    Bucket("current", "Current", 0, 0),
    Bucket("d1", "1–30", 1, 30),
    Bucket("d31", "31–60", 31, 60),
    Bucket("d61", "61–90", 61, 90),
    Bucket("d91", "91+", 91, None),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one customer owed; in the sum of all, `customer_id` is 0 and `count` the customers."""

    customer_id: int
    name: str
    account_number: str
    email: str
    count: int
    oldest: int
    not_due: Decimal
    current: Decimal
    d1: Decimal
    d31: Decimal
    d61: Decimal
    d91: Decimal
    total: Decimal

    @property
    def pk(self) -> int:
        return self.customer_id

    @property
    def ages(self) -> list[Decimal]:
        """The amounts in the order of BUCKETS."""
        return [getattr(self, bucket.code) for bucket in BUCKETS]


# what is owed now, straight from the index of what is owed
OWED_NOW = """
    select i.customer_id, i.id, %(on)s::date - i.due_on as d, i.total - i.paid as due
    from invoicing_invoice i
    where i.company_id = %(company)s and i.type = 'invoice' and i.voided_at is null and i.paid < i.total
"""
# what was owed when the day ended: today's sums without what came after
OWED_THEN = """
    select i.customer_id, i.id, %(on)s::date - i.due_on as d, i.total - i.paid + coalesce(a.amount, 0) as due
    from invoicing_invoice i
    left join (
        select x.invoice_id, sum(x.amount) as amount from (
            select invoice_id, amount from payments_allocation where company_id = %(company)s and at >= %(until)s
            union all
            select invoice_id, amount from invoicing_creditapplication
            where company_id = %(company)s and at >= %(until)s
        ) x group by x.invoice_id
    ) a on a.invoice_id = i.id
    where i.company_id = %(company)s and i.type = 'invoice' and i.issued_at < %(until)s
      and (i.voided_at is null or i.voided_at >= %(until)s) and i.paid - coalesce(a.amount, 0) < i.total
"""
NAME = "coalesce(nullif(c.business_name, ''), btrim(c.first_name || ' ' || c.last_name))"
SORTS = {
    "name": "lower(name)",
    "account": "lower(account_number)",
    "oldest": "oldest",
    "total": "total",
    **{bucket.code: bucket.code for bucket in BUCKETS},
}


@dataclass(frozen=True, slots=True)
class Aging:
    """The rows of an aging, not read yet. `over`: only who owes at least so much; `days`: whose oldest invoice is so
    many days past due; `bucket`: who owes something of this age; `only`: these customers; `mailable`: with an address.
    """

    on: dt.date
    is_today: bool
    over: Decimal | None = None
    days: int | None = None
    bucket: str = ""
    only: tuple[int, ...] | None = None
    mailable: bool = False
    sort: str = "-total"
    window: tuple[int, int | None] = field(default=(0, None))

    # the part of a QuerySet that a Listing uses

    def order_by(self, *sorts: str) -> "Aging":
        """Sorted by the first of them (a key of SORTS, with - before it downwards), then by customer."""
        return replace(self, sort=sorts[0]) if sorts and sorts[0].removeprefix("-") in SORTS else self

    def __getitem__(self, part: slice) -> "Aging":
        return replace(self, window=(part.start or 0, part.stop))

    def __iter__(self) -> Iterator[Row]:
        key = self.sort.removeprefix("-")
        down = "desc" if self.sort.startswith("-") else "asc"
        start, stop = self.window
        limit = "" if stop is None else f"limit {int(stop) - int(start)}"
        columns = ", ".join(each.name for each in fields(Row))
        sql = (  # names of this file only
            f"{self._grouped()} select {columns} from grouped order by {SORTS[key]} {down}, customer_id {down} "  # noqa: S608
            f"{limit} offset {int(start)}"
        )
        return (Row(*row) for row in self._asked(sql))

    def count(self) -> int:
        """How many rows there are in the window."""
        start, stop = self.window
        limit = "" if stop is None else f"limit {int(stop) - int(start)}"
        rows = self._asked(f"{self._grouped()} select count(*) from (select from grouped {limit}) x")  # noqa: S608
        return int(rows[0][0])

    # what is particular

    def sums(self) -> Row:
        """The sum of all rows."""
        ages = ", ".join(f"coalesce(sum({bucket.code}), 0)" for bucket in BUCKETS)
        sums = f"count(*), coalesce(max(oldest), 0), {ages}, coalesce(sum(total), 0)"
        count, oldest, *amounts = self._asked(f"{self._grouped()} select {sums} from grouped")[0]  # noqa: S608
        return Row(0, "", "", "", count, oldest, *(Decimal(amount) + ZERO for amount in amounts))

    def customers(self) -> list[int]:
        """The customers' ids, in order."""
        return [row[0] for row in self._asked(f"{self._grouped()} select customer_id from grouped order by 1")]  # noqa: S608

    def _grouped(self) -> str:
        ages = ", ".join(
            f"coalesce(sum(due) filter (where {bucket.condition}), 0.00) as {bucket.code}" for bucket in BUCKETS
        )
        wanted = ["true"]
        if self.over is not None:
            wanted.append("total >= %(over)s")
        if self.days is not None:
            wanted.append("oldest >= %(days)s")
        if self.bucket in {bucket.code for bucket in BUCKETS}:
            wanted.append(f"{self.bucket} > 0")
        if self.mailable:
            wanted.append("email <> ''")
        owed = OWED_NOW if self.is_today else OWED_THEN
        only = "and customer_id = any(%(only)s::bigint[])" if self.only is not None else ""
        return f"""
            with owed as materialized ({owed}), summed as materialized (
                select customer_id, count(*) as count, max(d) as oldest, {ages}, sum(due) as total
                from owed where due > 0 {only} group by customer_id
            ), grouped as (
                select * from (
                    select s.*, c.account_number, c.email, {NAME} as name
                    from summed s join customers_customer c on c.company_id = %(company)s and c.id = s.customer_id
                ) x where {" and ".join(wanted)}
            )
        """  # noqa: S608

    def _asked(self, sql: str) -> Sequence[tuple[Any, ...]]:
        values: dict[str, int | Decimal | dt.date | list[int] | None] = {
            "company": entered_id(),
            "on": self.on,
            "until": end_of(self.on),
            "over": self.over,
            "days": self.days,
            "only": list(self.only or ()),
        }
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
            return rows


def end_of(day: dt.date) -> dt.datetime:
    """The first moment after a day of the entered company."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), entered().zone)
