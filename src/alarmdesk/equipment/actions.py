"""How does equipment come to a customer, change, and go again (F29, F30)?"""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from alarmdesk.company.entering import entered
from alarmdesk.company.models import User
from alarmdesk.customers.models import Customer
from alarmdesk.equipment.models import Equipment, Package, PackageLine, Piece


class NotForSale(ValueError):
    """The equipment or the package is turned off, or the package is empty."""


class RemovedBeforeInstalled(ValueError):
    """A piece cannot be taken down before the day on which it was put up."""


class AlreadyRemoved(ValueError):
    """The piece was taken down before."""


class NotRemoved(ValueError):
    """There is nothing to put back: the piece is there."""


def add_piece(
    *,
    customer: Customer,
    equipment: Equipment,
    sold_by: User | None,
    quantity: Decimal = Decimal(1),
    zone_name: str = "",
    zone_number: int | None = None,
    wire_type: str | None = None,
    price: Decimal | None = None,
    paid_on: dt.date | None = None,
    installed_on: dt.date | None = None,
    at: dt.datetime,
    by: str,
) -> Piece:
    """Put one kind of equipment on a customer (F29). Price (per unit, before tax) and wire type are the catalogue's
    where none is said. Raises NotForSale.
    """
    if not equipment.is_active:
        raise NotForSale(f"{equipment.name} is turned off. Choose another, or turn it on in the settings.")
    return Piece.objects.create(
        customer=customer,
        equipment=equipment,
        name=equipment.name,
        sold_by=sold_by,
        quantity=quantity,
        zone_name=zone_name,
        zone_number=zone_number,
        wire_type=equipment.wire_type if wire_type is None else wire_type,
        price=equipment.default_price if price is None else price,
        paid_on=paid_on,
        paid_by=by if paid_on else "",
        installed_on=installed_on,
        installed_by=by if installed_on else "",
        added_at=at,
        added_by=by,
    )


def add_package(*, customer: Customer, package: Package, sold_by: User | None, at: dt.datetime, by: str) -> list[Piece]:
    """Put every piece of a package on a customer, or none (F30); a row for each of its lines, at the line's charge.

    Raises NotForSale where the package is turned off or empty, or one of its pieces is turned off.
    """
    lines = list(package.lines.select_related("equipment").order_by("position"))
    if not package.is_active or not lines:
        why = "has no equipment yet" if package.is_active else "is turned off"
        raise NotForSale(f"{package.name} {why}. Nothing was added.")
    off = [line.equipment.name for line in lines if not line.equipment.is_active]
    if off:
        raise NotForSale(f"{package.name} has {', '.join(off)}, which is turned off. Nothing was added.")
    with transaction.atomic():
        return [_of_package(customer, package, line, sold_by, at, by) for line in lines]


def _of_package(
    customer: Customer, package: Package, line: PackageLine, sold_by: User | None, at: dt.datetime, by: str
) -> Piece:
    return Piece.objects.create(
        customer=customer,
        equipment=line.equipment,
        name=line.equipment.name,
        came=Piece.Came.PACKAGE,
        from_package=package,
        sold_by=sold_by,
        quantity=line.quantity,
        wire_type=line.equipment.wire_type,
        price=line.charge,
        added_at=at,
        added_by=by,
    )


def change_pieces(pieces: Iterable[Piece], changes: Mapping[str, Any], *, by: str) -> int:
    """Write these fields on every one of the pieces, or on none; how many differed and were written.

    `paid_on` and `installed_on` take their author along. Raises RemovedBeforeInstalled.
    """
    written = 0
    with transaction.atomic():
        for piece in _locked(pieces):
            fields = [name for name, value in changes.items() if getattr(piece, name) != value]
            for name in fields:
                setattr(piece, name, changes[name])
            for fact in ("paid", "installed"):
                if f"{fact}_on" in fields:
                    setattr(piece, f"{fact}_by", by if changes[f"{fact}_on"] else "")
                    fields.append(f"{fact}_by")
            _refuse_backwards(piece)
            if fields:
                piece.save(update_fields=fields)
                written += 1
    return written


def remove_pieces(pieces: Iterable[Piece], *, on: dt.date, by: str) -> int:
    """The pieces were taken down on a day; they stay to be seen, and what they were invoiced for stays owed.

    Those removed before keep their day; how many were removed now. Raises AlreadyRemoved where all of them were,
    RemovedBeforeInstalled.
    """
    with transaction.atomic():
        standing = [piece for piece in _locked(pieces) if piece.removed_on is None]
        if not standing:
            raise AlreadyRemoved("That was removed before.")
        for piece in standing:
            piece.removed_on, piece.removed_by = on, by
            _refuse_backwards(piece)
            piece.save(update_fields=["removed_on", "removed_by"])
    return len(standing)


def put_back(piece: Piece) -> None:
    """A removed piece is there again, as it was; the trail keeps both. Raises NotRemoved."""
    with transaction.atomic():
        (held,) = _locked([piece])
        if held.removed_on is None:
            raise NotRemoved(f"{held} was not removed.")
        held.removed_on, held.removed_by = None, ""
        held.save(update_fields=["removed_on", "removed_by"])


def _locked(pieces: Iterable[Piece]) -> list[Piece]:
    wanted = [piece.pk for piece in pieces]
    return list(entered().pieces.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))


def _refuse_backwards(piece: Piece) -> None:
    if piece.removed_on and piece.installed_on and piece.removed_on < piece.installed_on:
        raise RemovedBeforeInstalled(f"{piece} was installed on {piece.installed_on:%B %-d, %Y}: remove it later.")
