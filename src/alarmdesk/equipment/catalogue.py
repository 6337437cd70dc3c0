"""What may the office change about the catalogue and the packages? Pieces at customers keep what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from alarmdesk.company.entering import entered
from alarmdesk.equipment.models import Equipment, Package, PackageLine


class NameTaken(ValueError):
    """Another one is called that."""


class InUse(ValueError):
    """Customers or packages have it; it can be turned off, not deleted."""


@dataclass(frozen=True, slots=True)
class PackageLineInput:
    """A line as it is written: quantity at least 1 (3 decimals), charge per piece before tax (4 decimals)."""

    equipment: Equipment
    quantity: Decimal
    charge: Decimal


def save_equipment(equipment: Equipment) -> None:
    """Add or change an entry of the catalogue. Raises NameTaken."""
    if entered().equipment.filter(code__iexact=equipment.code).exclude(pk=equipment.pk).exists():
        raise NameTaken(f"Another piece of equipment has the code “{equipment.code}”.")
    equipment.save()


def delete_equipment(equipment: Equipment) -> None:
    """Remove an entry that nothing refers to. Raises InUse."""
    # of whatever room: what hangs on it, by the names that the keys give it
    hanging = [relation.get_accessor_name() for relation in equipment._meta.related_objects]
    if any(getattr(equipment, str(rows)).exists() for rows in hanging):
        raise InUse(f"{equipment.name} is in use. Turn it off instead: it stays on what has it.")
    equipment.delete()


def save_package(package: Package, lines: Sequence[PackageLineInput]) -> None:
    """Add or change a package with its lines, in this order. Customers who have it keep what they got. Raises
    NameTaken.
    """
    if entered().packages.filter(name__iexact=package.name).exclude(pk=package.pk).exists():
        raise NameTaken(f"Another package is called “{package.name}”.")
    with transaction.atomic():
        package.save()
        package.lines.all().delete()
        PackageLine.objects.bulk_create(
            PackageLine(
                package=package,
                position=position,
                equipment=line.equipment,
                quantity=line.quantity,
                charge=line.charge,
            )
            for position, line in enumerate(lines, start=1)
        )


def delete_package(package: Package) -> None:
    """Remove a package that no customer has. Raises InUse."""
    if package.pieces.exists():
        raise InUse(f"Customers have {package.name}. Turn it off instead.")
    package.delete()
