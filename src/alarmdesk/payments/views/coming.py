"""What will a coming night make and charge, beside the same day of the last month?"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.http import HttpResponse

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Company
from alarmdesk.company.permissions import runs
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.forms.numbers import day_typed
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day, money
from alarmdesk.lib.money import ZERO
from alarmdesk.lib.pages import show
from alarmdesk.payments.coming import Care, ComingNight, coming_night, is_within_reach, next_night

PAGE = 50
SOON = (Care.EXPIRING,)


@dataclass(slots=True)
class Row:
    """What a night does to one customer. `then`: what the last comparable night billed."""

    customer_id: int
    billed: Decimal = ZERO
    charged: Decimal = ZERO
    applied: Decimal = ZERO
    then: Decimal | None = None
    invoices: int = 0
    care: Care | None = None
    parked: str = ""
    recurring_id: int = 0
    name: str = ""
    is_gone: bool = False

    @property
    def pill(self) -> tuple[str, str] | None:
        """New, gone or changed against the last one."""
        if self.parked:
            return "bad", "Will be parked"
        if self.is_gone:
            return "warn", "Not billed now"
        if self.then is None:
            return ("info", "New") if self.invoices else None
        return ("warn", f"Was {money(self.then)}") if self.then != self.billed else None


KEEPS: dict[str, tuple[str, Callable[[Row], bool]]] = {
    "": ("All", lambda _: True),
    "new": ("New", lambda row: row.invoices > 0 and row.then is None),
    "changed": ("Changed", lambda row: row.invoices > 0 and row.then not in (None, row.billed)),
    "gone": ("Not billed now", lambda row: row.is_gone),
    "uncharged": ("Not charged", lambda row: row.care is not None and row.care not in SOON),
    "expiring": ("Card expires soon", lambda row: row.care in SOON),
    "applied": ("From account", lambda row: row.applied > 0),
    "parked": ("Will be parked", lambda row: bool(row.parked)),
}


class Preview:
    """The page of one coming night: rows by customer, chips and pages, all in the address."""

    def __init__(self, night: ComingNight, *, show: str, page: int) -> None:
        self.night, self.show, self.page = night, show if show in KEEPS else "", page

    @cached_property
    def rows(self) -> list[Row]:
        """One row a customer whom the night or the last comparable one billed, who is charged, or whose credit on
        account pays something.
        """
        found: dict[int, Row] = {}

        def of(customer_id: int) -> Row:
            return found.setdefault(customer_id, Row(customer_id))

        for making in self.night.made.makes:
            row = of(making.customer_id)
            row.billed += making.total
            row.invoices += 1
            row.care = row.care or self.night.cares.get(making.recurring_id)
        for one in self.night.difference.chains.values():
            row = of(one.customer_id)
            if one.then is not None:
                row.then = (row.then or ZERO) + one.then
        for charge in self.night.charges:
            of(charge.customer_id).charged += charge.amount
        for customer_id, amount in self.night.applied.items():
            of(customer_id).applied = amount
        for parking in self.night.made.parks:
            row = of(parking.customer_id)
            row.parked, row.recurring_id = parking.reason, parking.recurring_id
        for row in found.values():
            row.is_gone = not row.invoices and row.then is not None
        return sorted(found.values(), key=lambda row: (not row.parked, row.pill is None, -row.billed, row.customer_id))

    @cached_property
    def kept(self) -> list[Row]:
        keep = KEEPS[self.show][1]
        return [row for row in self.rows if keep(row)]

    @cached_property
    def shown(self) -> list[Row]:
        """The rows of this page, with names."""
        rows = self.kept[(self.page - 1) * PAGE : self.page * PAGE]
        people = Customer.objects.in_bulk([row.customer_id for row in rows])
        for row in rows:
            row.name = people[row.customer_id].name
        return rows

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.kept) // PAGE))

    @property
    def last_number(self) -> int:
        return min(self.page * PAGE, len(self.kept))

    @property
    def first_number(self) -> int:
        return min((self.page - 1) * PAGE + 1, self.last_number)


@staff(may=runs.view)
def coming(request: StaffRequest) -> HttpResponse:
    """The night of `?on=`, the next one where none is named."""
    today = request.company.local_date(clock.now())
    first = next_night(today)
    asked = request.GET.get("on", "")
    on = day_typed(asked) or first
    problem = "" if is_within_reach(on, first=first) and (not asked or day_typed(asked)) else _refusal(first)
    if problem:
        on = first
    page = request.GET.get("page", "1")
    preview = Preview(
        coming_night(on, first=first),
        show=request.GET.get("show", ""),
        page=max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1,
    )
    night = preview.night
    context = {
        "on": on,
        "first": first,
        "problem": problem,
        "preview": preview,
        "night": night,
        "figures": figures(night),
        "chips": _chips(preview, on),
        "previous_url": _url(on, preview.show, preview.page - 1) if preview.page > 1 else "",
        "next_url": _url(on, preview.show, preview.page + 1) if preview.page < preview.pages else "",
        "standing": standing(request.company),
    }
    return show(request, "payments/coming.html", context)


def _refusal(first: dt.date) -> str:
    return f"Choose a night from {day(first)}, the next one, to a year ahead."


def standing(company: Company) -> int:
    """How many recurring invoices are parked already: no night bills them."""
    return int(company.parked_accounts.filter(released_at=None).count())


def figures(night: ComingNight) -> list[dict[str, str]]:
    """The night's counts and sums."""
    made, then = night.made, night.difference
    change = made.amount - then.then
    sign = "+" if change > 0 else ""
    uncharged = sum(care not in SOON for care in night.cares.values())
    return [
        {"label": "Invoices", "value": f"{len(made.makes):,}", "note": f"{then.count_then:,} last time"},
        {"label": "Billed", "value": money(made.amount), "note": f"{sign}{money(change)} to last time"},
        {"label": "Payments charged", "value": f"{len(night.charges):,}", "note": _scheduled(night)},
        {"label": "Charged", "value": money(night.charged), "note": _besides(night)},
        {"label": "Not charged", "value": f"{uncharged:,}", "note": "invoices sent, not drawn"},
        {"label": "Will be parked", "value": f"{len(made.parks):,}", "note": "cannot be billed"},
    ]


def _besides(night: ComingNight) -> str:
    return f"and {money(night.from_account)} from credit on account" if night.from_account else "by Auto Pay"


def _scheduled(night: ComingNight) -> str:
    if not night.scheduled:
        return "none scheduled besides"
    return f"and {night.scheduled:,} scheduled, {money(night.scheduled_amount)}"


def _chips(preview: Preview, on: dt.date) -> Sequence[dict[str, object]]:
    return [
        {
            "label": label,
            "url": _url(on, key, 1),
            "count": f"{sum(map(keep, preview.rows)):,}",
            "current": key == preview.show,
        }
        for key, (label, keep) in KEEPS.items()
    ]


def _url(on: dt.date, show_: str, page: int) -> str:
    return f"{at('payments:coming')}?on={on.isoformat()}&show={show_}&page={page}"
