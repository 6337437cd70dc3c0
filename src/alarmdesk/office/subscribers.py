"""How many subscribers are there, what do they pay a month, and how many came and went (attrition)?

Counted are customers who are active now or have left; at today's rates, for a month that is gone. Who came says
`customer_since`, who left `cancelled_on`; from how it stands now the months are walked backwards.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DateField, Q, QuerySet, Sum, When
from django.db.models.functions import Cast, TruncMonth

from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.lib.charts import BarChart, Series
from alarmdesk.lib.furniture import money
from alarmdesk.lib.money import ZERO
from alarmdesk.office.figures import months_until

ACTIVE, LEFT = Customer.Status.ACTIVE, Customer.Status.CANCELLED


@dataclass(frozen=True, slots=True)
class Month:
    """One month, from its first day: how many came and left in it, and how it stood at its end (or today)."""

    on: dt.date
    came: int
    left: int
    count: int
    mmr: Decimal

    @property
    def attrition(self) -> Decimal | None:
        """Which part of those at its beginning left, in percent to a tenth; None where nobody was there."""
        before = self.count - self.came + self.left
        return (Decimal(self.left * 100) / before).quantize(Decimal("0.1")) if before > 0 else None


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The last months, the present one last."""

    months: Sequence[Month]

    @property
    def now(self) -> Month:
        return self.months[-1]

    @property
    def has_any(self) -> bool:
        return any(month.count or month.left for month in self.months)

    @property
    def mmr_chart(self) -> BarChart:
        values = [month.mmr for month in self.months]
        return BarChart(
            "Monthly recurring, last 12 months", self._labels, [Series("MMR", values, money(self.now.mmr))], money=True
        )

    @property
    def movement_chart(self) -> BarChart:
        came, left = [month.came for month in self.months], [month.left for month in self.months]
        series = [Series("New", came, f"{sum(came):,}"), Series("Cancelled", left, f"{sum(left):,}")]
        return BarChart("New and cancelled", self._labels, series)

    @property
    def _labels(self) -> list[str]:
        return [f"{month.on:%b}" for month in self.months]


def subscribers(company: Company, today: dt.date) -> Subscribers:
    """The last twelve months: one question, one pass over the company's customers."""
    firsts = months_until(today)
    rows = _grouped(company.customers.filter(stage=Customer.Stage.CUSTOMER), firsts)
    return Subscribers(_backwards(firsts, list(rows)))


def _grouped(customers: "QuerySet[Customer]", firsts: Sequence[dt.date]) -> "QuerySet[Any, Any]":
    """How many, and their MMR, by the months in which they came and left (None: before the first of these)."""
    counted = customers.filter(Q(status=ACTIVE) | Q(status=LEFT, cancelled_on__gte=firsts[0]))
    came = Case(When(customer_since__gte=firsts[0], then=_month("customer_since")))
    left = Case(When(status=LEFT, then=_month("cancelled_on")))
    grouped = counted.annotate(came=came, left=left).values("came", "left").order_by()
    return grouped.annotate(count=Count("pk"), sum=Sum("mmr", default=ZERO)).values("came", "left", "count", "sum")


def _month(date: str) -> Cast:
    return Cast(TruncMonth(date), DateField())


def _backwards(firsts: Sequence[dt.date], rows: Sequence[Mapping[str, Any]]) -> list[Month]:
    here = [row for row in rows if row["left"] is None]
    count, mmr = sum(row["count"] for row in here), sum((row["sum"] for row in here), ZERO)
    months: list[Month] = []
    for first in reversed(firsts):
        # a date that is still to come belongs to the present month, in which it was entered
        is_last = first == firsts[-1]
        came = [row for row in rows if row["came"] and (row["came"] == first or (is_last and row["came"] > first))]
        left = [row for row in rows if row["left"] and (row["left"] == first or (is_last and row["left"] > first))]
        months.append(Month(first, _count(came), _count(left), count, mmr))
        count += _count(left) - _count(came)
        mmr += _sum(left) - _sum(came)
    return months[::-1]


def _count(rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(row["count"] for row in rows)


def _sum(rows: Sequence[Mapping[str, Any]]) -> Decimal:
    return sum((row["sum"] for row in rows), ZERO)
