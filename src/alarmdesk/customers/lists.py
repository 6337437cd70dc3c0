"""How do customers and leads stand in a list? Found by any word, chosen by status and kind, sorted in the address."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest

from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.customers.queries import in_order_of, sortable, with_addresses
from alarmdesk.customers.search import find
from alarmdesk.lib.lists import COUNT_CAP, Chip, Column, Empty, Listing, Rows


def _status_chip(status: Customer.Status) -> Chip:
    return Chip(status.value, status.label, lambda rows: rows.filter(status=status))


class CustomerList(Listing):
    """The company's customers."""

    name = "customers"
    title = "Accounts"
    stage = Customer.Stage.CUSTOMER
    row = "customers/customer_row.html"
    search_label = "Name, phone, address …"
    default_sort = "-pk"
    has_menu = True
    columns = (
        Column("Customer", "name"),
        Column("Account", "account"),
        Column("Phone"),
        Column("Status"),
        Column("MMR", "mmr", "end"),
        Column("Since", "customer_since"),
    )
    chips = tuple(_status_chip(status) for status in Customer.Status)

    def __init__(self, request: HttpRequest, company: Company, *, empty: Empty | None = None) -> None:
        rows = sortable(with_addresses(company.customers.filter(stage=self.stage)))
        self.kind = next((kind for kind in Customer.Kind if kind == request.GET.get("kind")), None)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        super().__init__(request, rows, empty=empty, actions="customers/kind_filter.html")

    @property
    def kinds(self) -> list[tuple[str, str, bool]]:
        """Residential and Commercial as (value, label, whether it is the one shown)."""
        return [(kind.value, kind.label, kind == self.kind) for kind in Customer.Kind]

    def search(self, rows: Rows, words: str) -> Rows:
        return in_order_of(rows, find(words, stage=self.stage, at_most=COUNT_CAP + 1))

    @cached_property
    def sort(self) -> str:
        """Who is found stands in the search's own order until a column is asked for."""
        asked = super().sort
        return "place" if self.q and asked == self.default_sort else asked

    @property
    def is_bare(self) -> bool:
        return super().is_bare and self.kind is None

    def url(self, **changes: Any) -> str:
        """As ever, and "Show all" leaves the kind too."""
        if changes == {"q": "", "show": ""}:
            changes["kind"] = ""
        return super().url(**changes)


class LeadList(CustomerList):
    """The company's leads."""

    name = "leads"
    title = "Open leads"
    stage = Customer.Stage.LEAD
    row = "customers/lead_row.html"
    columns = (
        Column("Lead", "name"),
        Column("Account", "account"),
        Column("Phone"),
        Column("Sales rep"),
        Column("MMR", "mmr", "end"),
        Column("Added", "created_at"),
    )
    chips = ()

    def __init__(self, request: HttpRequest, company: Company, *, empty: Empty | None = None) -> None:
        super().__init__(request, company, empty=empty)
        self.source = self.source.select_related("sales_rep")
