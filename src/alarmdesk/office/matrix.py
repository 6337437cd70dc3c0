"""Which page takes which grant, and who holds it? Read off the marks of all views, so that it cannot be out of date."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import URLResolver, get_resolver

from alarmdesk.company.marks import Mark
from alarmdesk.company.models import Group
from alarmdesk.company.permissions import Grant
from alarmdesk.office.actions import held_by
from alarmdesk.office.permissions import RESOURCES, named

COMPANY = "<slug:company>/"


@dataclass(frozen=True, slots=True)
class Page:
    """One address of the office: its name, path below the company, mark, and what it is for."""

    name: str
    path: str
    mark: Mark
    says: str

    @property
    def title(self) -> str:
        """What the view says of itself, or its name in words."""
        return self.says or self.name.replace(":", ": ").replace("_", " ")

    @property
    def shown_path(self) -> str:
        """The path below the company, such as /customers/…/history/."""
        return "/" + re.sub(r"<[^>]+>", "…", self.path.removeprefix(COMPANY))


@dataclass(frozen=True, slots=True)
class Row:
    """A page and, for each group in order, whether its people may open it."""

    page: Page
    takes: str
    may: Sequence[bool]


def pages(resolver: URLResolver | None = None, prefix: str = "", space: str = "") -> Iterator[Page]:
    """Every address that leads to a marked view."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from pages(entry, route, f"{entry.namespace}:" if entry.namespace else space)
        elif (mark := getattr(entry.callback, "mark", None)) is not None:
            says = (entry.callback.__doc__ or "").strip().partition("\n")[0]
            yield Page(f"{space}{entry.name}", route, mark, says)


def matrix(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """The office's pages by the resource that they take, with a yes or no for each group."""
    held = [None if group.is_administrator else held_by(group) for group in groups]
    found: dict[str, list[Row]] = {resource.code: [] for resource in RESOURCES}
    everybody: list[Row] = []
    for page in pages():
        if page.mark.who != "staff":
            continue
        grant = page.mark.may
        takes = "" if grant is None else named(grant)
        row = Row(page, takes, [_holds(grants, grant) for grants in held])
        (everybody if grant is None else found.setdefault(grant.resource, [])).append(row)
    labels = {resource.code: resource.label for resource in RESOURCES}
    shown = [{"title": labels.get(code, code), "rows": _sorted(rows)} for code, rows in found.items() if rows]
    return [*shown, {"title": "Everybody who works here", "rows": _sorted(everybody)}]


def _holds(grants: frozenset[Grant] | None, grant: Grant | None) -> bool:
    return grant is None or grants is None or grant in grants


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.page.path)
