"""Which files are kept on a customer, and how do they come and go (F27)?"""

from typing import Any

from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.http.request import UnreadablePostError
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting, inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers import filing, serving
from alarmdesk.customers.fetching import check_may_see, fetch_customer
from alarmdesk.customers.models import Customer, CustomerFile
from alarmdesk.customers.permissions import files
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing, Rows
from alarmdesk.lib.pages import go, show

MOST_AT_ONCE = 50
REFUSED = (filing.NoRoom, filing.TooLarge, filing.Interrupted)
TOO_MUCH, UNPROCESSABLE = 413, 422


class FileList(Listing):
    """The files of one customer, the latest first."""

    name, title = "files", "Files"
    row = "customers/file_row.html"
    search_label = "Find a file"
    default_sort = "-pk"
    has_menu = True
    columns = (Column("Name", "name"), Column("Kind"), Column("Size", "size", "end"), Column("Kept", "kept_at"))
    chips = (
        Chip("pictures", "Pictures", lambda rows: rows.filter(media_type__startswith="image/")),
        Chip("pdf", "PDF", lambda rows: rows.filter(media_type="application/pdf")),
    )

    def search(self, rows: Rows, words: str) -> Rows:
        return rows.filter(name__icontains=words)

    @property
    def is_deleted(self) -> bool:
        """Whether the deleted ones are shown, and only those."""
        return "deleted" in self.request.GET


@staff(may=files.view)
def of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer's files: a tab of the customer's page."""
    person = fetch_customer(request, customer, "files")
    empty = Empty("No files yet", "Contracts, photos, floor plans: anything can be kept here.", "folder")
    rows = person.files.filter(erased_at=None, removed_at__isnull="deleted" not in request.GET)
    listing = FileList(request, rows, empty=empty, actions="customers/file_actions.html")
    room = {"used": filing.shown_size(filing.used()), "quota": filing.shown_size(filing.quota())}
    return listing.answer("customers/files.html", {"customer": person, "room": room})


# --- coming


@staff(may=files.create, outside=True)
def upload(request: StaffRequest, customer: int) -> HttpResponse:
    """Keep one file that a browser sends bare, with its name in the address: it goes to the disk as it comes."""
    return require_POST(_upload)(request, customer)


def _upload(request: StaffRequest, customer: int) -> HttpResponse:
    _check(request, customer)
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        return _said("A file must say how long it is.", 411)
    try:
        kept = _keep(request, customer, request.GET.get("name", ""), request, int(length))
    except REFUSED as refused:
        return _said(str(refused), UNPROCESSABLE if isinstance(refused, filing.Interrupted) else TOO_MUCH)
    except UnreadablePostError:
        return _said("The connection broke. Nothing was kept.", UNPROCESSABLE)
    return _said(f"{kept} is kept.", 201)


def _said(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")


@staff(may=files.create, outside=True)
def add(request: StaffRequest, customer: int) -> HttpResponse:
    """Keep some files that a form sends: the way without JavaScript."""
    person = _check(request, customer)
    kept, told = [], []
    sent: list[Any] = request.FILES.getlist("files")[:MOST_AT_ONCE] if request.method == "POST" else []
    for one in sent:
        try:
            kept.append(_keep(request, customer, one.name, one, one.size))
        except REFUSED as refused:
            told.append(f"{filing.clean_name(one.name)}: {refused}")
    with inside(request.company, actor=request.staff.actor()):
        if kept and not told:
            words = f"{kept[0]} is kept." if len(kept) == 1 else f"{len(kept)} files are kept."
            return go(request, at("customers:files", customer=customer), words)
        if request.method == "POST" and not sent:
            told.append("Choose a file first.")
        context = {"customer": person, "told": told, "kept": kept}
        return show(request, "customers/file_add.html", context, UNPROCESSABLE if told else 200)


def _check(request: StaffRequest, customer: int) -> Customer:
    """The customer, before any byte is taken. Raises Http404, PermissionDenied."""
    with inside(request.company, actor=request.staff.actor()):
        person = get_object_or_404(request.company.customers, pk=customer)
        check_may_see(request, person)
        return person


def _keep(request: StaffRequest, customer: int, name: str, source: filing.Reader, size: int) -> CustomerFile:
    return filing.keep_file(
        request.company, customer, name=name, source=source, expected=size, at=clock.now(), actor=request.staff.actor()
    )


# --- being seen


def _file(request: StaffRequest, pk: int) -> CustomerFile:
    rows = request.company.customer_files.select_related("customer").filter(erased_at=None)
    file = get_object_or_404(rows, pk=pk)
    check_may_see(request, file.customer)
    return file


def _address(request: StaffRequest, file: CustomerFile, *, is_shown: bool) -> str:
    ticket = serving.ticket_for(file, user_id=request.user.pk, is_shown=is_shown)
    return at("customers:file_content", pk=file.pk, ticket=ticket)


@staff(may=files.view)
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """A picture or a PDF, shown; anything else is downloaded."""
    file = _file(request, pk)
    if not file.can_be_shown:
        return HttpResponseRedirect(_address(request, file, is_shown=False))
    person = fetch_customer(request, file.customer_id, "files")
    context = {"customer": person, "file": file, "content_url": _address(request, file, is_shown=True)}
    return show(request, "customers/file.html", context)


@staff(may=files.view)
def download(request: StaffRequest, pk: int) -> HttpResponse:
    """On to the file's signed address."""
    return HttpResponseRedirect(_address(request, _file(request, pk), is_shown=False))


@staff(may=files.view)
def content(request: StaffRequest, pk: int, ticket: str) -> HttpResponse | FileResponse:
    """The bytes, for whom the address was signed, for five minutes."""
    file = _file(request, pk)
    try:
        is_shown = serving.is_to_be_shown(file, ticket, user_id=request.user.pk)
    except serving.OldAddress:
        return _said("This address has run out. Open the file once more from the customer's page.", 410)
    try:
        stored = filing.storage().open(file.key)
    except FileNotFoundError:
        raise Http404 from None
    return serving.answer(file, stored, is_shown=is_shown)


# --- going


@staff(may=files.delete)
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Delete a file; it can be put back for thirty days."""
    return require_POST(_remove)(request, pk)


def _remove(request: StaffRequest, pk: int) -> HttpResponse:
    file = _file(request, pk)
    filing.remove_file(file, at=clock.now(), by=acting().name)
    back = at("customers:files", customer=file.customer_id)
    told = f"{file} is deleted. It can be put back for {filing.KEPT_FOR.days} days."
    return go(request, back, told, undo=at("customers:file_back", pk=pk))


@staff(may=files.delete)
def bring_back(request: StaffRequest, pk: int) -> HttpResponse:
    """A deleted file is there again."""
    return require_POST(_bring_back)(request, pk)


def _bring_back(request: StaffRequest, pk: int) -> HttpResponse:
    file = _file(request, pk)
    filing.put_back(file)
    return go(request, at("customers:files", customer=file.customer_id), f"{file} is there again.")
