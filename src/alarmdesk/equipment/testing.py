"""What do tests need of this room? Equipment, packages and pieces of the entered company."""

from decimal import Decimal
from typing import Any

from alarmdesk.company.testing import OPENED, unique
from alarmdesk.customers.models import Customer
from alarmdesk.equipment.actions import add_piece
from alarmdesk.equipment.catalogue import PackageLineInput, save_package
from alarmdesk.equipment.models import Equipment, Package, Piece

BY = "Rosa Calderon"


def make_equipment(name: str = "Motion detector", price: str = "45.00", **fields: Any) -> Equipment:
    """An entry of the catalogue."""
    fields = {"code": unique("EQ"), "kind": "motion", "wire_type": "wireless", **fields}
    made: Equipment = Equipment.objects.create(name=name, default_price=Decimal(price), **fields)
    return made


def make_package(*lines: tuple[Equipment, str, str], **fields: Any) -> Package:
    """A package of (equipment, quantity, charge); of one panel and three contacts where none is named."""
    package = Package(**{"name": unique("Starter"), **fields})
    if not lines:
        panel, contact = make_equipment("Touch panel", "320.00", kind="panel"), make_equipment("Door contact", "28.50")
        lines = ((panel, "1", "299.00"), (contact, "3", "25.00"))
    save_package(package, [PackageLineInput(one, Decimal(count), Decimal(charge)) for one, count, charge in lines])
    return package


def make_piece(customer: Customer, equipment: Equipment | None = None, **fields: Any) -> Piece:
    """A piece of equipment on a customer; any keyword of add_piece."""
    fields = {"sold_by": None, "at": OPENED, "by": BY, **fields}
    return add_piece(customer=customer, equipment=equipment or make_equipment(), **fields)
