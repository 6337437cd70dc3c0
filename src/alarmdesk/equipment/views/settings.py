"""How does the office keep its catalogue of equipment and its packages (F30, domain.md B12)?"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import Setting, confirmed
from alarmdesk.equipment import catalogue
from alarmdesk.equipment.forms import EquipmentForm, PackageForm
from alarmdesk.equipment.models import Equipment, Package
from alarmdesk.equipment.package_sheet import PackageSheet
from alarmdesk.equipment.permissions import equipment_admin
from alarmdesk.equipment.queries import packages_with_lines
from alarmdesk.lib.lists import Chip, Column, Empty, Listing, Rows
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.lib.versions import Version

EQUIPMENT = Setting(
    "equipment", "item", "equipment:catalogue", "equipment", equipment_admin.modify, EquipmentForm,
    catalogue.save_equipment, catalogue.delete_equipment, "code",
    new="New equipment",
    added="The equipment is added.",
    saved="{name} is saved. What customers have keeps its name and price.",
    gone=lambda row: f"{row}, {row.code}, is removed from the catalogue.",
)  # fmt: skip


class Catalogue(Listing):
    """All equipment that the dealer puts up."""

    name, title = "catalogue", "Equipment"
    row = "equipment/settings/equipment_row.html"
    search_label = "Find by name or code"
    default_sort = "name"
    columns = (
        Column("Name", "name"), Column("Kind", "kind"), Column("Wire type"),
        Column("Price each", "default_price", "end"), Column("Status"),
    )  # fmt: skip
    chips = (
        Chip("active", "Active", lambda rows: rows.filter(is_active=True)),
        Chip("off", "Off", lambda rows: rows.filter(is_active=False)),
    )

    def search(self, rows: Rows, words: str) -> Rows:
        return rows.filter(name__icontains=words) | rows.filter(code__icontains=words)


@staff(may=equipment_admin.view)
def equipment_list(request: StaffRequest) -> HttpResponse:
    """The catalogue of equipment."""
    may_add = request.may(equipment_admin.modify)
    empty = Empty(
        "No equipment yet",
        "Add what you install: panels, contacts, detectors. Customers and packages are put together from it.",
        "package",
        "New equipment" if may_add else "",
        at("equipment:item_new") if may_add else "",
    )
    rows = Equipment.objects.filter(company=request.company)
    return Catalogue(request, rows, empty=empty).answer("equipment/settings/catalogue.html")


@staff(may=equipment_admin.view)
def packages(request: StaffRequest) -> HttpResponse:
    """The packages, with what is in them."""
    return show(request, "equipment/settings/packages.html", {"packages": packages_with_lines()})


@staff(may=equipment_admin.modify)
def package_new(request: StaffRequest) -> HttpResponse:
    """One more package."""
    return _package_page(request, Package(), None, "New package")


@staff(may=equipment_admin.modify)
def package(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a package; customers who have it keep what they got."""
    rows = request.company.packages.all()
    row = get_object_or_404(rows.select_for_update(no_key=True) if request.method == "POST" else rows, pk=pk)
    shown = PackageSheet(row)
    parts = {"": PackageForm(instance=row)} | {f"Line {n}": line for n, line in enumerate(shown.lines, 1)}
    version = Version(parts, request.POST)
    if version.changes:
        version.by = last_author(of_row(row._meta.db_table, pk))
    return _package_page(request, row, version, f"Package {row.name}")


def _package_page(request: StaffRequest, row: Package, version: Version | None, title: str) -> HttpResponse:
    sheet = PackageSheet(row, request.POST if request.method == "POST" else None)
    back = at("equipment:packages")
    is_overtaken = version is not None and version.is_overtaken and sheet.is_bound
    if sheet.is_valid() and not is_overtaken:
        try:
            catalogue.save_package(row, sheet.inputs())
        except ValueError as refused:
            sheet.main.add_error("name", str(refused))
        else:
            return go(request, back, f"{row.name} is saved.")
    context = {
        "sheet": sheet, "form": sheet.main, "title": title, "back": back, "version": version,
        "delete_url": at("equipment:package_delete", pk=row.pk) if row.pk else "",
    }  # fmt: skip
    return show_form(request, "equipment/settings/package.html", context, invalid=sheet.is_bound)


@staff(may=equipment_admin.modify)
def package_delete(request: StaffRequest, pk: int) -> HttpResponse:
    """Delete a package that no customer has."""
    row = get_object_or_404(request.company.packages, pk=pk)
    back = at("equipment:packages")
    return confirmed(
        request, lambda: catalogue.delete_package(row),
        title=f"Delete {row}", says=f"{row} is removed from the list of packages.", action="Delete", back=back,
        done=(back, f"{row} is deleted."),
    )  # fmt: skip
