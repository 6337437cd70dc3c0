"""How much was billed, collected and is owed? The sums that the home page and a customer's page show."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib.charts import BarChart, Series, dollars
from alarmdesk.lib.recurrence import add_months
from alarmdesk.payments.models import Payment

ZERO = Decimal("0.00")
MONTHS = 12


def months_until(today: dt.date, count: int = MONTHS) -> list[dt.date]:
    """The first days of the last `count` months, the present one last."""
    first = today.replace(day=1)
    return [add_months(first, -back) for back in range(count - 1, -1, -1)]


def billed(invoices: "QuerySet[Invoice]") -> "QuerySet[Invoice]":
    """What counts as billed: invoices in force."""
    return invoices.filter(type=Invoice.Type.INVOICE, voided_at=None)


def collected(payments: "QuerySet[Payment]") -> "QuerySet[Payment]":
    """What counts as collected: payments taken less what was given back or charged back, except those that failed."""
    is_good = Q(status__in=[Payment.Status.COMPLETE, Payment.Status.PENDING])
    return payments.filter(is_good | Q(kind=Payment.Kind.REFUND, status=Payment.Status.DISPUTED))


def by_month(rows: "QuerySet[Any]", date: str, amount: str, months: Sequence[dt.date]) -> list[Decimal]:
    """The sum of `amount` for each of the months, one query."""
    until = add_months(months[-1], 1)
    sums = (
        rows.filter(**{f"{date}__gte": months[0], f"{date}__lt": until})
        .annotate(month=TruncMonth(date))
        .values("month")
        .order_by()
        .annotate(sum=Sum(amount))
    )
    found = {row["month"]: row["sum"] for row in sums}
    return [found.get(month, ZERO) for month in months]


def billed_and_collected(
    invoices: "QuerySet[Invoice]", payments: "QuerySet[Payment]", today: dt.date
) -> tuple[BarChart, list[Decimal], list[Decimal]]:
    """The chart of the last twelve months, and its two rows of sums. Two queries."""
    months = months_until(today)
    out = by_month(billed(invoices), "sale_on", "total", months)
    back = by_month(collected(payments), "received_on", "amount", months)
    chart = BarChart(
        "Billed and collected, last 12 months",
        [f"{month:%b}" for month in months],
        [
            Series("Billed", out, dollars(sum(out, ZERO))),
            Series("Collected", [max(amount, ZERO) for amount in back], dollars(sum(back, ZERO))),
        ],
        money=True,
    )
    return chart, out, back
