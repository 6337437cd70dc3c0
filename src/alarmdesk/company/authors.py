"""Who wrote a row last? From the trail, which knows every change and its author."""

from django.db.models import Q

from alarmdesk.company.entering import acting, entered
from alarmdesk.company.models import TrailEntry


def last_author(which: Q) -> str:
    """The name of who made the last of these changes (a condition on trail entries of the entered company), or "".

    A change of the person's own is told as made in another window.
    """
    entry = TrailEntry.objects.filter(which, company=entered()).order_by("-pk").first()
    actor = (entry.actor or {}) if entry else {}
    if actor.get("user_id") is not None and actor["user_id"] == acting().user_id:
        return "You, in another window,"
    return str(actor.get("name") or "")


def of_row(table: str, pk: int) -> Q:
    """The changes of one row."""
    return Q(table=table, row_id=pk)
