"""Under which names does a queue of tickets come back as it was asked for (F24)?"""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import QueryDict

from alarmdesk.company.entering import entered
from alarmdesk.company.models import Company, User
from alarmdesk.customers.models import TicketFilter

ASKED = ("q", "show", "state", "priority", "assignee", "sort")
MOST = 50


class FilterTaken(ValueError):
    """Another of the person's filters, or of the team's, has the name."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A kept filter as a link: whether it is what the page shows, and whether the person may take it away."""

    pk: int
    name: str
    query: str
    is_team: bool
    is_current: bool


def filters_of(user: User, company: Company, *, shown: str) -> list[Shown]:
    """The person's own filters and the team's, by name."""
    rows = company.ticket_filters.filter(Q(owner=user) | Q(owner=None)).order_by("name", "pk")[:MOST]
    return [Shown(row.pk, row.name, row.query, row.owner_id is None, row.query == shown) for row in rows]


def asked_in(text: str) -> str:
    """The filters of an address's query, in one order and nothing else."""
    given = QueryDict(text)
    kept = QueryDict(mutable=True)
    for name in ASKED:
        if value := given.get(name, "")[:100]:
            kept[name] = value
    return kept.urlencode()[:500]


def save_filter(*, name: str, query: str, owner: User | None, at: dt.datetime, by: str) -> TicketFilter:
    """Keep what a queue was asked for; without an owner for everybody.

    Raises FilterTaken.
    """
    words = " ".join(name.split())
    try:
        with transaction.atomic():
            return TicketFilter.objects.create(name=words, query=asked_in(query), owner=owner, saved_at=at, saved_by=by)
    except IntegrityError as error:
        if "customers_filter_name" not in str(error):
            raise
        raise FilterTaken(f"There is a filter “{words}” already.") from error


def delete_filter(row: TicketFilter) -> None:
    """The name is gone; the tickets stay."""
    entered().ticket_filters.filter(pk=row.pk).delete()
