"""Which equipment does somebody ask for? Querysets of the entered company, for this room and the ones above."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from alarmdesk.company.entering import entered
from alarmdesk.company.models import User
from alarmdesk.equipment.models import Equipment, Package, PackageLine, Piece

Pieces = QuerySet[Piece, Any]


def on_site(pieces: Pieces) -> Pieces:
    """Not removed: installed, or to be."""
    return pieces.filter(removed_on=None)


def to_install(pieces: Pieces) -> Pieces:
    """Sold, and not yet up."""
    return pieces.filter(installed_on=None, removed_on=None)


def installed(pieces: Pieces) -> Pieces:
    """Up and working, as far as we know."""
    return pieces.filter(installed_on__isnull=False, removed_on=None)


def unpaid(pieces: Pieces) -> Pieces:
    """On site and not marked paid; on an invoice or not is the room above's to know (F41)."""
    return pieces.filter(paid_on=None, removed_on=None)


def removed(pieces: Pieces) -> Pieces:
    """Taken down; kept for who asks what was there."""
    return pieces.filter(removed_on__isnull=False)


def for_choice() -> QuerySet[Equipment]:
    """What may be put up now, by name."""
    return entered().equipment.filter(is_active=True).order_by("name", "pk")


def with_chosen(pk: int | None) -> QuerySet[Equipment]:
    """What may be chosen, and what is chosen already though it was turned off."""
    return entered().equipment.filter(Q(is_active=True) | Q(pk=pk)).order_by("name", "pk")


def packages_with_lines() -> QuerySet[Package]:
    """Packages by name, each with its lines and their equipment: two more queries, however many."""
    lines = PackageLine.objects.select_related("equipment").order_by("position")
    return entered().packages.order_by("name", "pk").prefetch_related(Prefetch("lines", lines))


def sellers() -> QuerySet[User]:
    """Who may have sold something: the people who work here, by name."""
    here = entered().staff.filter(left_at=None).values("user_id")
    return User.objects.filter(pk__in=here).order_by("name", "email")
