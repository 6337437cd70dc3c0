"""Which rows does an office list show? (columns, chips with counts, search, sort and page, all in the address)"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import parse_qs

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from alarmdesk.lib.pages import is_htmx, show

PAGE_SIZE = 50
# "300+": an exact count of a large table costs more than it tells (measured: 3.5 ms at 301, 57 ms for all of it)
COUNT_CAP = 300
DEEPEST_PAGE = 200  # OFFSET reads all it skips; whoever wants row 10,001 should search

Rows = QuerySet[Any, Any]


@dataclass(frozen=True)
class Column:
    """A column: `sort` is the ORM field it sorts by ("" = cannot), `align` "start" or "end" (money, numbers)."""

    label: str
    sort: str = ""
    align: str = "start"

    @property
    def key(self) -> str:
        """How the address names the sort: a field without its path."""
        return self.sort.split("__", maxsplit=1)[0] if self.sort else ""


@dataclass(frozen=True)
class Chip:
    """A filter button: `?show=<key>`. `counted=False` saves the count query."""

    key: str
    label: str
    keep: Callable[[Rows], Rows]
    counted: bool = True


@dataclass(frozen=True)
class Bulk:
    """A button of the bulk bar: POSTs the ticked `ids` to `url`, or with `dialog` opens the form there (GET ?ids=…)."""

    label: str
    url: str
    icon: str = ""
    dialog: bool = False


@dataclass(frozen=True)
class Empty:
    """What an empty list says, with one button that works (`url`; a dialog unless `dialog=False`)."""

    title: str
    text: str = ""
    icon: str = "inbox"
    label: str = ""
    url: str = ""
    dialog: bool = True


@dataclass(frozen=True)
class ShownChip:
    """A chip as drawn: its address, count ("" = not counted) and whether it is the current one."""

    label: str
    url: str
    count: str
    current: bool


@dataclass(frozen=True)
class Heading:
    """A column heading as drawn: `url` "" when it cannot sort, `direction` for aria-sort."""

    label: str
    align: str
    url: str
    direction: str


class Listing:
    """One list of the office. Subclass it beside the views, say the class attributes, then in the view:

    return InvoiceList(request, company.invoices.all()).answer("invoicing/invoices.html", {...})

    The page includes "pieces/list.html". `row` is the template of one row's cells (see docs/recipes/add-a-page.md).
    Everything is in the address: ?q= ?show= ?sort=-due ?page=; `prefix` keeps two lists of one page apart.
    """

    name: ClassVar[str] = "list"
    title: ClassVar[str] = ""
    columns: ClassVar[Sequence[Column]] = ()
    chips: ClassVar[Sequence[Chip]] = ()
    row: ClassVar[str] = ""
    default_sort: ClassVar[str] = "-pk"
    search_label: ClassVar[str] = ""
    page_size: ClassVar[int] = PAGE_SIZE
    has_menu: ClassVar[bool] = False
    prefix: ClassVar[str] = ""

    def __init__(
        self,
        request: HttpRequest,
        rows: Rows,
        *,
        bulk: Sequence[Bulk] = (),
        empty: Empty | None = None,
        actions: str = "",
    ) -> None:
        """`rows`: all that this person may see here. `actions`: a template for buttons at the right of the title."""
        self.request = request
        self.source = rows
        self.bulk = bulk
        self.empty = empty or Empty("Nothing here yet")
        self.actions = actions
        self.values: QueryDict = request.GET

    def search(self, rows: Rows, words: str) -> Rows:
        """The rows that match the search text. Every list with a `search_label` says how."""
        raise NotImplementedError(f"{type(self).__name__} has a search_label, so it must say how to search")

    # --- what the address asks for

    def _value(self, name: str) -> str:
        return str(self.values.get(self.prefix + name, "")).strip()

    @property
    def body_id(self) -> str:
        """The id of what htmx swaps."""
        return f"{self.name}-body"

    @cached_property
    def q(self) -> str:
        """The search text, at most 200 characters."""
        return self._value("q")[:200] if self.search_label else ""

    @cached_property
    def current_chip(self) -> Chip | None:
        """The chip in force; None is "All", as is a key that does not exist."""
        return next((chip for chip in self.chips if chip.key == self._value("show")), None)

    @cached_property
    def sort(self) -> str:
        """The sort in force as the address writes it ("-issued"); the default for a key that does not exist."""
        asked = self._value("sort")
        known = {column.key for column in self.columns if column.key}
        return asked if asked.removeprefix("-") in known else self.default_sort

    @cached_property
    def page(self) -> int:
        """From 1; nonsense is 1."""
        asked = self._value("page")
        return min(max(int(asked), 1), DEEPEST_PAGE) if asked.isdecimal() and len(asked) < 6 else 1

    # --- what that gives

    @cached_property
    def found(self) -> Rows:
        """Search applied, chips not."""
        return self.search(self.source, self.q) if self.q else self.source

    @cached_property
    def matching(self) -> Rows:
        """Search and chip applied: what an export holds and "select all matching" means. In the order of the page."""
        rows = self.current_chip.keep(self.found) if self.current_chip else self.found
        field = self.sort.removeprefix("-")
        path = next((column.sort for column in self.columns if column.key == field), field)
        down = "-" if self.sort.startswith("-") else ""
        # the pk decides between equals, so that no row shows on two pages
        return rows.order_by(down + path, down + "pk") if path != "pk" else rows.order_by(down + "pk")

    @cached_property
    def _window(self) -> list[Any]:
        start = (self.page - 1) * self.page_size
        return list(self.matching[start : start + self.page_size + 1])

    @property
    def rows(self) -> list[Any]:
        """The rows of this page."""
        return self._window[: self.page_size]

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this one."""
        return len(self._window) > self.page_size and self.page < DEEPEST_PAGE

    @property
    def first_number(self) -> int:
        """The number of the first row shown, from 1."""
        return (self.page - 1) * self.page_size + 1

    @property
    def last_number(self) -> int:
        """The number of the last row shown."""
        return self.first_number + len(self.rows) - 1

    @cached_property
    def total(self) -> str:
        """How many rows match, "300+" from the cap on."""
        if not self.has_next and self.rows:
            return f"{self.last_number:,}"
        return capped_count(self.matching)

    @property
    def is_bare(self) -> bool:
        """Nothing there at all (as opposed to nothing found)."""
        return not self.rows and not self.q and self.current_chip is None and self.page == 1

    # --- what is drawn

    def url(self, **changes: object) -> str:
        """This list's address with changes; empty values leave it, and every change goes back to page 1."""
        values = self.request.GET.copy()
        for name, value in {"page": "", **changes}.items():
            values.pop(self.prefix + name, None)
            if value not in ("", None):
                values[self.prefix + name] = str(value)
        text = values.urlencode()
        return f"{self.request.path}?{text}" if text else self.request.path

    @property
    def previous_url(self) -> str:
        """The page before, "" on the first."""
        return self.url(page=self.page - 1 if self.page > 2 else "") if self.page > 1 else ""

    @property
    def next_url(self) -> str:
        """The page after, "" on the last."""
        return self.url(page=self.page + 1) if self.has_next else ""

    @property
    def bare_url(self) -> str:
        """The list without search and chip."""
        return self.url(q="", show="")

    @property
    def state(self) -> list[tuple[str, str]]:
        """What the search box must send along: (name, value)."""
        return [(self.prefix + name, self._value(name)) for name in ("show", "sort") if self._value(name)]

    @property
    def search_name(self) -> str:
        """The name of the search box."""
        return self.prefix + "q"

    @cached_property
    def shown_chips(self) -> list[ShownChip]:
        """First "All", then the declared ones; none when the list declares none."""
        if not self.chips:
            return []
        shown = [ShownChip("All", self.url(show=""), capped_count(self.found), self.current_chip is None)]
        for chip in self.chips:
            count = capped_count(chip.keep(self.found)) if chip.counted else ""
            shown.append(ShownChip(chip.label, self.url(show=chip.key), count, chip is self.current_chip))
        return shown

    @cached_property
    def headings(self) -> list[Heading]:
        """The headings with their sort links; the same link again turns the order round."""
        shown = []
        for column in self.columns:
            down = self.sort == f"-{column.key}"
            mine = bool(column.key) and self.sort.removeprefix("-") == column.key
            turned = column.key if down or not mine else f"-{column.key}"
            direction = ("descending" if down else "ascending") if mine else ""
            shown.append(Heading(column.label, column.align, self.url(sort=turned) if column.key else "", direction))
        return shown

    @property
    def column_count(self) -> int:
        """Columns drawn, with tick boxes and menu."""
        return len(self.columns) + bool(self.bulk) + self.has_menu

    # --- what the view calls

    def answer(self, template: str, context: dict[str, Any] | None = None) -> HttpResponse:
        """The whole page with `list` in its context; asked for by the list itself, only the part that changes."""
        values = {**(context or {}), "list": self}
        if is_htmx(self.request, self.body_id):
            return show(self.request, "pieces/list.html#body", values)
        return show(self.request, template, values)

    @classmethod
    def chosen(cls, request: HttpRequest, rows: Rows) -> Rows:
        """The rows a bulk action means: the ticked `ids`, or with `all=1` everything the page's search and chip match.

        `rows` is what this person may see, so a foreign id is simply not among them.
        """
        sent = request.POST if request.method == "POST" else request.GET
        if sent.get("all") != "1":
            return rows.filter(pk__in=[text for text in sent.getlist("ids") if text.isdecimal()])
        listing = cls(request, rows)
        listing.values = QueryDict(sent.get("matching", ""))
        return listing.matching

    @property
    def matching_query(self) -> str:
        """The search and chip as a query string, for `chosen`."""
        asked = parse_qs(self.request.GET.urlencode())
        kept = QueryDict(mutable=True)
        for name in ("q", "show"):
            if asked.get(self.prefix + name):
                kept[self.prefix + name] = asked[self.prefix + name][0]
        return kept.urlencode()


def capped_count(rows: Rows, cap: int = COUNT_CAP) -> str:
    """How many rows, as text; "300+" when there are more than `cap`."""
    count = rows.order_by()[: cap + 1].count()
    return f"{cap}+" if count > cap else str(count)
