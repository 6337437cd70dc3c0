"""What equipment does a customer have, and how does it come, change and go (F29, F30)?"""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers
from alarmdesk.equipment import actions, queries
from alarmdesk.equipment.forms import PackageOnCustomerForm, PieceForm, PiecesForm, RemovalForm, held
from alarmdesk.equipment.models import Piece
from alarmdesk.equipment.permissions import equipment
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Bulk, Chip, Column, Empty, Listing, Rows
from alarmdesk.lib.pages import go, show_form
from alarmdesk.lib.versions import Version

CHANGED = ("sold_by", "quantity", "zone_name", "zone_number", "wire_type", "price", "paid_on", "installed_on")
NAMED = 8


class PieceList(Listing):
    """The equipment of one customer."""

    name, title = "pieces", "Equipment"
    row = "equipment/piece_row.html"
    default_sort = "zone_number"
    has_menu = True
    columns: ClassVar = (
        Column("Equipment", "name"), Column("Zone", "zone_number"), Column("Quantity", "quantity", "end"),
        Column("Price each", "price", "end"), Column("Paid"), Column("State"),
    )  # fmt: skip
    chips = (
        Chip("here", "On site", queries.on_site),
        Chip("to_install", "To install", queries.to_install),
        Chip("unpaid", "Not marked paid", queries.unpaid),
        Chip("removed", "Removed", queries.removed),
    )


def _customer(request: StaffRequest, pk: int) -> Customer:
    """A customer of the entered company that the group may see. Raises Http404, PermissionDenied."""
    if not request.may(customers.view):
        raise PermissionDenied("Your group may not see customers.")
    people = request.company.customers.filter(stage=Customer.Stage.CUSTOMER)
    return get_object_or_404(people.prefetch_related("addresses", "phones"), pk=pk)


def _piece(request: StaffRequest, pk: int) -> Piece:
    rows = request.company.pieces.select_related("customer", "equipment")
    if request.method == "POST":
        rows = rows.select_for_update(of=("self",))
    return get_object_or_404(rows, pk=pk)


@staff(may=equipment.view)
def of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer's equipment: a tab of the customer's page."""
    person = _customer(request, customer)
    request.customer, request.tab = person, "equipment"  # type: ignore[attr-defined]
    may_add = request.may(equipment.create)
    bulk = []
    if request.may(equipment.modify):
        bulk.append(Bulk("Change", at("equipment:change_many", customer=customer), "pencil", dialog=True))
    if request.may(equipment.delete):
        bulk.append(Bulk("Remove", at("equipment:remove_many", customer=customer), "unplug", dialog=True))
    listing = PieceList(
        request,
        person.pieces.select_related("equipment", "from_package", "sold_by"),
        bulk=bulk,
        empty=Empty(
            "No equipment yet",
            "What hangs on this customer's walls stands here: add a piece, a package, or what was invoiced.",
            "package",
            "Add equipment" if may_add else "",
            at("equipment:new", customer=customer) if may_add else "",
        ),
        actions="equipment/list_actions.html",
    )
    return listing.answer("equipment/of_customer.html", {"customer": person})


@staff(may=equipment.create)
def new(request: StaffRequest, customer: int) -> HttpResponse:
    """Put one kind of equipment on the customer (F29)."""
    person = _customer(request, customer)
    now = clock.now()
    today = request.company.local_date(now)
    initial = {"sold_by": request.user.pk, "quantity": "1"}
    form = PieceForm(_sent(request), initial=initial, today=today)
    if form.is_bound and form.is_valid():
        said = dict(form.cleaned_data)
        said["wire_type"] = said["wire_type"] or None
        try:
            piece = actions.add_piece(customer=person, **said, at=now, by=acting().name)
        except ValueError as refused:
            form.add_error("equipment", str(refused))
        else:
            back = at("equipment:of_customer", customer=customer)
            again = at("equipment:new", customer=customer)
            return go(request, again if "again" in request.POST else back, f"{piece} is added.")
    return _form_page(request, "equipment/piece.html", form, person, "Add equipment", also="Save & add another")


@staff(may=equipment.create)
def new_package(request: StaffRequest, customer: int) -> HttpResponse:
    """Put every piece of a package on the customer, or none (F30)."""
    person = _customer(request, customer)
    form = PackageOnCustomerForm(_sent(request), initial={"sold_by": request.user.pk})
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            added = actions.add_package(customer=person, **said, at=clock.now(), by=acting().name)
        except ValueError as refused:
            form.add_error("package", str(refused))
        else:
            count = len(added)
            told = f"{said['package']} is added: {count} {'row' if count == 1 else 'rows'} of equipment."
            return go(request, at("equipment:of_customer", customer=customer), told)
    packages = [one for one in queries.packages_with_lines() if one.is_active]
    return _form_page(request, "equipment/package_add.html", form, person, "Add a package", packages=packages)


@staff(may=equipment.modify)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Change one piece."""
    piece = _piece(request, pk)
    today = request.company.local_date(clock.now())
    about: dict[str, Any] = {"piece": piece, "today": today}
    version = Version({"": PieceForm(initial=held(piece), **about)}, request.POST)
    if version.changes:
        version.by = last_author(of_row(piece._meta.db_table, pk))
    form = PieceForm(_sent(request), initial=held(piece), **about)
    if form.is_bound and form.is_valid() and not version.is_overtaken:
        try:
            actions.change_pieces([piece], {name: form.cleaned_data[name] for name in CHANGED}, by=acting().name)
        except ValueError as refused:
            form.add_error("installed_on", str(refused))
        else:
            return go(request, at("equipment:of_customer", customer=piece.customer_id), f"{piece} is saved.")
    return _form_page(request, "equipment/piece.html", form, piece.customer, piece.name, version=version)


@staff(may=equipment.modify)
def change_many(request: StaffRequest, customer: int) -> HttpResponse:
    """Change the ticked pieces together; what is left alone stays as it is on each."""
    person = _customer(request, customer)
    pieces = PieceList.chosen(request, person.pieces.all())
    form = PiecesForm(_sent(request), today=request.company.local_date(clock.now()))
    if form.is_bound and form.is_valid():
        if not (changes := form.changes()):
            form.add_error(None, "Nothing was said. Choose what is to change.")
        else:
            return _change_all(request, person, form, list(pieces), changes)
    return _many_page(request, form, person, pieces, "Change {count}", "Save")


def _change_all(request: StaffRequest, person: Customer, form: PiecesForm, pieces: Any, changes: Any) -> HttpResponse:
    try:
        count = actions.change_pieces(pieces, changes, by=acting().name)
    except ValueError as refused:
        form.add_error("on", str(refused))
        return _many_page(request, form, person, person.pieces.filter(pk__in=pieces), "Change {count}", "Save")
    told = f"{_some(count)} changed." if count else "Nothing differed."
    return go(request, at("equipment:of_customer", customer=person.pk), told)


@staff(may=equipment.delete)
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that one piece was taken down."""
    piece = _piece(request, pk)
    pieces = piece.customer.pieces.filter(pk=pk)
    return _removal(request, piece.customer, pieces, undo=at("equipment:put_back", pk=pk))


@staff(may=equipment.delete)
def remove_many(request: StaffRequest, customer: int) -> HttpResponse:
    """Say that the ticked pieces were taken down."""
    person = _customer(request, customer)
    return _removal(request, person, PieceList.chosen(request, person.pieces.all()))


def _removal(request: StaffRequest, person: Customer, pieces: Rows, undo: str | None = None) -> HttpResponse:
    today = request.company.local_date(clock.now())
    form = RemovalForm(_sent(request), initial={"on": today}, today=today)
    if form.is_bound and form.is_valid():
        try:
            count = actions.remove_pieces(list(pieces), on=form.cleaned_data["on"], by=acting().name)
        except ValueError as refused:
            form.add_error("on", str(refused))
        else:
            return go(request, at("equipment:of_customer", customer=person.pk), f"{_some(count)} removed.", undo=undo)
    return _many_page(request, form, person, pieces, "Remove {count}", "Remove", danger=True)


@staff(may=equipment.delete)
def put_back(request: StaffRequest, pk: int) -> HttpResponse:
    """A piece that was removed by mistake is there again."""
    return require_POST(_put_back)(request, pk)


def _put_back(request: StaffRequest, pk: int) -> HttpResponse:
    piece = _piece(request, pk)
    try:
        actions.put_back(piece)
        told = f"{piece} is there again."
    except actions.NotRemoved as refused:
        told = str(refused)
    return go(request, at("equipment:of_customer", customer=piece.customer_id), told)


def _some(count: int) -> str:
    return "1 piece of equipment" if count == 1 else f"{count} pieces of equipment"


def _sent(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _form_page(
    request: StaffRequest, template: str, form: Any, person: Customer, title: str, **also: Any
) -> HttpResponse:
    context = {"form": form, "customer": person, "title": title, **also}
    context["back"] = at("equipment:of_customer", customer=person.pk)
    return show_form(request, template, context, invalid=form.is_bound)


def _many_page(
    request: StaffRequest, form: Any, person: Customer, pieces: Rows, title: str, submit: str, *, danger: bool = False
) -> HttpResponse:
    """A form about many pieces; which they are travels along in hidden fields."""
    rows = list(pieces.order_by("pk"))
    chosen = [("ids", row.pk) for row in rows]
    context: dict[str, Any] = {
        "title": title.format(count=_some(len(rows))), "submit": submit, "danger": danger, "chosen": chosen,
        "names": [row.name for row in rows[:NAMED]], "more": max(len(rows) - NAMED, 0), "is_none": not rows,
    }  # fmt: skip
    return _form_page(request, "equipment/pieces.html", form, person, **context)
