"""How do customers and leads stand in a list? Found by any word, chosen by status and kind, sorted in the address."""

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import F
from django.http import QueryDict

from alarmdesk.company.marks import StaffRequest
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer, LeadStage
from alarmdesk.customers.permissions import tags
from alarmdesk.customers.pipeline import stages
from alarmdesk.customers.queries import in_order_of, sortable, with_addresses
from alarmdesk.customers.search import find
from alarmdesk.customers.tag_filter import TagFilter, with_tags
from alarmdesk.lib.lists import COUNT_CAP, Bulk, Chip, Column, Empty, Listing, Rows

EVERYBODY = 1_000_000  # what a bulk action means is not cut where the eye stops counting


def _status_chip(status: Customer.Status) -> Chip:
    return Chip(status.value, status.label, lambda rows: rows.filter(status=status))


def _stage_chip(stage: LeadStage) -> Chip:
    return Chip(str(stage.pk), stage.name, lambda rows: rows.filter(opportunities__stage=stage.pk))


class CustomerList(Listing):
    """The company's customers."""

    name = "customers"
    title = "Accounts"
    stage = Customer.Stage.CUSTOMER
    row = "customers/customer_row.html"
    search_label = "Name, phone, address …"
    default_sort = "-pk"
    has_menu = True
    columns: ClassVar[tuple[Column, ...]] = (
        Column("Customer", "name"),
        Column("Account", "account"),
        Column("Phone"),
        Column("Status"),
        Column("MMR", "mmr", "end"),
        Column("Since", "customer_since"),
    )
    chips = tuple(_status_chip(status) for status in Customer.Status)

    most_found = COUNT_CAP + 1

    def __init__(
        self, request: StaffRequest, company: Company, *, empty: Empty | None = None, bulk: Sequence[Bulk] = (),
        values: QueryDict | None = None,
    ) -> None:  # fmt: skip
        """`values`: what is asked for, where it is not the request's own address."""
        asked = request.GET if values is None else values
        rows = sortable(with_addresses(company.customers.filter(stage=self.stage)))
        self.kind = next((kind for kind in Customer.Kind if kind == asked.get("kind")), None)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        self.sees_tags = request.may(tags.view)
        self.tags = TagFilter(asked if self.sees_tags else QueryDict())
        rows = with_tags(self.tags.keep(rows)) if self.sees_tags else rows
        super().__init__(request, rows, bulk=bulk, empty=empty, actions="customers/kind_filter.html")
        self.values = asked

    @classmethod
    def chosen_of(cls, request: StaffRequest, company: Company) -> Rows:
        """The rows that a bulk action means: the ticked ones, or all that match search, chip, kind and tags."""
        sent = request.POST if request.method == "POST" else request.GET
        if sent.get("all") != "1":
            ids = [text for text in sent.getlist("ids") if text.isascii() and text.isdecimal() and len(text) < 18]
            return company.customers.filter(stage=cls.stage, pk__in=ids)
        listing = cls(request, company, values=QueryDict(sent.get("matching", "")))
        listing.most_found = EVERYBODY
        return listing.matching.prefetch_related(None)

    @property
    def kinds(self) -> list[tuple[str, str, bool]]:
        """Residential and Commercial as (value, label, whether it is the one shown)."""
        return [(kind.value, kind.label, kind == self.kind) for kind in Customer.Kind]

    def search(self, rows: Rows, words: str) -> Rows:
        return in_order_of(rows, find(words, stage=self.stage, at_most=self.most_found))

    @cached_property
    def sort(self) -> str:
        """Who is found stands in the search's own order until a column is asked for."""
        asked = super().sort
        return "place" if self.q and asked == self.default_sort else asked

    @property
    def is_bare(self) -> bool:
        return super().is_bare and self.kind is None and not self.tags

    @property
    def matching_query(self) -> str:
        """As ever, with the kind and the tags."""
        kept = QueryDict(super().matching_query, mutable=True)
        for name in ("kind", "tag", "match"):
            kept.setlist(name, self.values.getlist(name))
        return kept.urlencode()

    def url(self, **changes: Any) -> str:
        """As ever, and "Show all" leaves the kind too."""
        if changes == {"q": "", "show": ""}:
            changes |= {"kind": "", "tag": "", "match": ""}
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
        Column("Stage"),
        Column("Sales rep"),
        Column("Expected MMR", "expected", "end"),
        Column("Next step", "next_on"),
        Column("Added", "created_at"),
    )

    def __init__(self, request: StaffRequest, company: Company, *, today: dt.date | None = None, **about: Any) -> None:
        """`today`: the company's date, so that a next step of before it is shown as late."""
        super().__init__(request, company, **about)
        self.today = today
        # one for each lead: the join adds no row
        self.source = (
            self.source.select_related("sales_rep")
            .prefetch_related("opportunities__stage")
            .alias(expected=F("opportunities__expected_mmr"), next_on=F("opportunities__next_step_on"))
        )

    @cached_property
    def chips(self) -> tuple[Chip, ...]:  # type: ignore[override]
        """The company's stages in which a lead can stand."""
        return tuple(_stage_chip(stage) for stage in stages() if stage.outcome != LeadStage.Outcome.WON)
