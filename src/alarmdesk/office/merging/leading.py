"""Whoever comes to the address of a merged record: where are they led?

To the same page of the record that was kept. What somebody was typing about the one that went is not saved: they are
told, at the record that was kept.
"""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import ResolverMatch, reverse
from psycopg import errors

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.customers.merging import kept_of
from alarmdesk.lib.pages import go

# keywords of addresses that are a customer's number, and the pages on which `pk` is one
KEYWORDS = ("customer", "lead", "other")
PAGES = frozenset(
    {
        "customers:edit",
        "customers:edit_lead",
        "invoicing:convert_lead",
        "office:cancel",
        "office:customer",
        "office:history",
        "office:messages",
        "office:reinstate",
    }
)
OF_LEADS = frozenset({"customers:edit_lead", "invoicing:convert_lead"})


class LeadToKept:
    """Where a page of a customer finds nobody, look whether that record was merged into another."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: Any, error: Exception) -> HttpResponse | None:
        """Answers in the place of a 404, or of a write that came too late, where the record leads somewhere."""
        met_nobody = isinstance(error, Http404) or _came_too_late(error)
        match: ResolverMatch | None = request.resolver_match
        place = getattr(request, "staff", None)
        if not met_nobody or match is None or place is None:
            return None
        names = [name for name in KEYWORDS if name in match.kwargs]
        names += ["pk"] if match.view_name in PAGES else []
        if not names:
            return None
        with inside(place.company, actor=place.actor()):
            led = {name: kept for name in names if (kept := kept_of(match.kwargs[name])) is not None}
            if not led:
                return None
            url = at("office:customer", pk=next(iter(led.values())).pk)
            if request.method == "POST":
                return go(request, url, "That record was merged into this one meanwhile. What you sent was not saved.")
            if not ("lead" in names or match.view_name in OF_LEADS) or all(kept.is_lead for kept in led.values()):
                numbers = {name: kept.pk for name, kept in led.items()}
                url = reverse(match.view_name, kwargs={**match.kwargs, **numbers})
        return HttpResponseRedirect(url)


def _came_too_late(error: Exception) -> bool:
    """A row was to point to a record that is not there any more."""
    return isinstance(error, IntegrityError) and isinstance(error.__cause__, errors.ForeignKeyViolation)
