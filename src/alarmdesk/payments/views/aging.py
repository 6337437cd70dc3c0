"""Who owes how much for how long (D9)? One row for each customer, as of today or of a day that has passed."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import cast

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.search import find
from alarmdesk.invoicing.forms.numbers import day_typed
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib import clock
from alarmdesk.lib.amounts import NotANumber, read
from alarmdesk.lib.cells import BOM, cell, table
from alarmdesk.lib.lists import Chip, Column, Empty, Listing, Rows, ShownChip
from alarmdesk.payments.aging import BUCKETS, Aging, Bucket, Row

ROWS_AT_ONCE = 500
MOST_DAYS = 36_500


def _chip(bucket: Bucket) -> Chip:
    return Chip(
        bucket.code, bucket.label, lambda rows: cast("Rows", replace(cast("Aging", rows), bucket=bucket.code)),
        counted=False,
    )  # fmt: skip


class AgingList(Listing):
    """The rows of an aging; the day and the thresholds are in the address too."""

    name, title = "aging", "Aging"
    row = "payments/aging_row.html"
    search_label = "Find a customer"
    default_sort = "-total"
    columns = (
        Column("Customer", "name"),
        *(Column(bucket.label, bucket.code, "end") for bucket in BUCKETS),
        Column("Total", "total", "end"),
        Column("Days late", "oldest", "end"),
    )
    chips = tuple(_chip(bucket) for bucket in BUCKETS)

    def search(self, rows: Rows, words: str) -> Rows:
        """By anything that finds the customer."""
        return cast("Rows", replace(cast("Aging", rows), only=tuple(find(words))))

    @property
    def asked(self) -> Aging:
        """What the address asks for, all pages of it."""
        return cast("Aging", self.matching)

    @cached_property
    def sums(self) -> Row:
        """The sums of all pages."""
        return self.asked.sums()

    @cached_property
    def total(self) -> str:
        """How many rows match: the sums know it, no count is asked for."""
        return f"{self.sums.count:,}"

    @cached_property
    def shown_chips(self) -> list[ShownChip]:
        """Without counts: each would read all that is owed once more."""
        chips = [ShownChip("All", self.url(show=""), "", self.current_chip is None)]
        return [*chips, *(ShownChip(c.label, self.url(show=c.key), "", c is self.current_chip) for c in self.chips)]


@staff(may=invoices.view)
def aging(request: StaffRequest) -> HttpResponse:
    """The page: sums above, the customers below."""
    rows = asked_of(request)
    empty = Empty("Nobody owes anything", "Invoices that are not paid stand here by how late they are.", "circle-check")
    listing = AgingList(request, cast("Rows", rows), empty=empty, actions="payments/aging_actions.html")
    context = {
        "rows": rows,
        "ages": _ages(listing.sums),
        "customers": f"{listing.sums.count:,} {'customer' if listing.sums.count == 1 else 'customers'}",
        "today": request.company.local_date(clock.now()),
        "csv_url": f"{at('payments:aging_csv')}?{request.GET.urlencode()}",
    }
    return listing.answer("payments/aging.html", context)


@staff(may=invoices.view)
def aging_csv(request: StaffRequest) -> HttpResponseBase:
    """Exactly what the page shows, all its pages, as CSV."""
    rows = asked_of(request)
    found = list(AgingList(request, cast("Rows", rows)).asked)
    answer = StreamingHttpResponse(_csv(rows.on, found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{request.company.slug}-aging-{rows.on}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def asked_of(request: StaffRequest) -> Aging:
    """The aging of the address: ?on= ?over= ?days= ?mail=1; what is nonsense or to come counts as not said."""
    today = request.company.local_date(clock.now())
    on = min(day_typed(request.GET.get("on", "")) or today, today)
    return Aging(
        on=on,
        is_today=on == today,
        over=_amount(request.GET.get("over", "")),
        days=_days(request.GET.get("days", "")),
        mailable=request.GET.get("mail") == "1",
    )


def _amount(text: str) -> Decimal | None:
    try:
        amount = read(text)
    except NotANumber:
        return None
    return amount.quantize(Decimal("0.01")) if 0 < amount < 10**10 else None


def _days(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) < 6 and int(text) <= MOST_DAYS else None


def _ages(sums: Row) -> list[tuple[str, Decimal]]:
    """The sums by age, and of all."""
    ages = [(bucket.label, amount) for bucket, amount in zip(BUCKETS, sums.ages, strict=True)]
    return [*ages, ("Total", sums.total)]


def _csv(on: dt.date, rows: list[Row]) -> Iterator[bytes]:
    heads = ["as_of", "customer", "account_number", *(bucket.label for bucket in BUCKETS), "total", "days_late"]
    yield (BOM + table([heads])).encode()
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield table(
            [cell(value) for value in (on, row.name, row.account_number, *row.ages, row.total, max(row.oldest, 0))]
            for row in rows[start : start + ROWS_AT_ONCE]
        ).encode()
