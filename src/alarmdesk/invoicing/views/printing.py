"""How does the office print and download many documents at once? It says which, watches the run, and takes the file."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting, inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Run
from alarmdesk.invoicing import printing
from alarmdesk.invoicing.forms.printing import PrintForm
from alarmdesk.invoicing.models import Printout
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.tasks import print_documents
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day, moment
from alarmdesk.lib.lists import Column, Empty, Listing
from alarmdesk.lib.pages import go, show, show_form

OVER = 286
PILLS = {
    Run.State.WAITING: "info", Run.State.RUNNING: "info", Run.State.FINISHED: "ok", Run.State.FAILED: "bad",
    Run.State.CANCELLED: "plain",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A print run in words, for its row, its page and its progress (pieces/progress.html)."""

    printout: Printout
    is_there: bool

    @property
    def pk(self) -> int:
        return self.printout.pk

    @property
    def url(self) -> str:
        return at("invoicing:printout", pk=self.printout.pk)

    @property
    def title(self) -> str:
        kind = f"{self.printout.get_type_display()}s" if self.printout.type else "Documents"
        return f"{kind}, {self.printout.get_standing_display().lower()}"

    @property
    def days(self) -> str:
        first, last = day(self.printout.from_on), day(self.printout.to_on)
        if first and last:
            return f"{first} to {last}"
        return f"From {first}" if first else f"Until {last}" if last else "All days"

    @property
    def pill(self) -> tuple[str, str]:
        run = self.printout.run
        if run.state == Run.State.FINISHED and not self.is_there:
            return "plain", "File gone"
        return PILLS[Run.State(run.state)], run.get_state_display()

    @property
    def done(self) -> bool:
        return self.printout.run.state not in printing.UNDER_WAY

    @property
    def percent(self) -> int:
        return 100 if self.printout.run.state == Run.State.FINISHED else self.printout.run.percent

    @property
    def error(self) -> str:
        return str(self.printout.run.error)

    @property
    def note(self) -> str:
        run = self.printout.run
        if run.state == Run.State.WAITING:
            return "Waiting for a worker to take it"
        if run.state == Run.State.RUNNING:
            return f"{run.done:,} of {run.total or 0:,} documents"
        if run.state == Run.State.CANCELLED:
            return f"Cancelled by {self.printout.cancelled_by}, {moment(self.printout.cancelled_at)}"
        return str(run.error) or f"{run.total or 0:,} documents"


class PrintoutList(Listing):
    name, title = "printouts", "Print documents"
    row = "invoicing/printing/row.html"
    default_sort = "-created_at"
    columns = (
        Column("What"), Column("Sale dates"), Column("Asked by", "created_by"), Column("Asked", "created_at"),
        Column("File"), Column("Status"),
    )  # fmt: skip

    @property
    def rows(self) -> list[Told]:
        """Each print run with its words."""
        return [_told(printout) for printout in super().rows]


def _told(printout: Printout) -> Told:
    return Told(printout, printout.is_there(clock.now()))


@staff(may=invoices.view)
def printouts(request: StaffRequest) -> HttpResponse:
    """What was printed, the newest first."""
    text = "Print or download many invoices, quotes and credits at once. A file is kept for three days."
    empty = Empty("Nothing printed yet", text, "printer", "Print documents", at("invoicing:print_new"))
    rows = request.company.printouts.select_related("run", "customer")
    listing = PrintoutList(request, rows, empty=empty, actions="invoicing/printing/list_actions.html")
    if listing.is_bare:
        listing.actions = ""  # the empty page has the same button, where one looks
    return listing.answer("invoicing/printing/list.html")


@staff(may=invoices.view)
def new(request: StaffRequest) -> HttpResponse:
    """Say which documents."""
    printout = Printout(company=request.company)
    form = PrintForm(request.POST if request.method == "POST" else None, instance=printout, company=request.company)
    if request.method == "POST" and form.is_valid():
        try:
            printing.ask(printout, at=clock.now(), by=acting().name)
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            print_documents.defer(company_id=request.company.pk, printout_id=printout.pk, by=acting().name)
            return go(request, at("invoicing:printout", pk=printout.pk))
    return show_form(request, "invoicing/printing/new.html", {"form": form}, invalid=form.is_bound)


@staff(may=invoices.view)
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """One print run: how far it is, then its file."""
    told = _told(_printout(request, pk))
    return show(
        request, "invoicing/printing/printout.html", {"told": told, "printout": told.printout, "facts": _facts(told)}
    )


@staff(may=invoices.view)
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The progress alone, asked for each second; when it is over the page is told to load itself again."""
    told = _told(_printout(request, pk))
    answer = show(request, "pieces/progress.html", {"run": told, "url": request.path})
    if told.done:
        answer.status_code = OVER
        answer["HX-Refresh"] = "true"
    return answer


@staff(may=invoices.view)
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop a print run."""
    return require_POST(_cancel)(request, pk)


def _cancel(request: StaffRequest, pk: int) -> HttpResponse:
    printout = _printout(request, pk)
    try:
        printing.cancel(printout, at=clock.now(), by=acting().name)
    except printing.Over as over:
        return go(request, at("invoicing:printout", pk=pk), str(over))
    return go(request, at("invoicing:printout", pk=pk), "The print run is cancelled.")


@staff(may=invoices.view, outside=True)
def file(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The file, piece by piece, while it is kept: shown by the browser, or saved with ?download=1."""
    actor = request.staff.actor()
    with inside(request.company, actor=actor):
        printout = _printout(request, pk)
    if not printout.is_there(clock.now()):
        raise Http404
    is_pdf = printout.form == Printout.Form.PDF
    kind = "inline" if is_pdf and request.GET.get("download") != "1" else "attachment"
    pieces = printing.pieces_of(request.company, printout, actor=actor)
    answer = StreamingHttpResponse(pieces, content_type="application/pdf" if is_pdf else "application/zip")
    answer["Content-Disposition"] = f'{kind}; filename="{request.company.slug}-{printout.file_name}"'
    answer["Content-Length"] = str(printout.size)
    answer["Content-Encoding"] = "identity"  # no second compression: its length is known
    answer["Cache-Control"] = "private, no-store"
    return answer


def _printout(request: StaffRequest, pk: int) -> Printout:
    return get_object_or_404(request.company.printouts.select_related("run", "customer"), pk=pk)


def _facts(told: Told) -> list[dict[str, Any]]:
    printout = told.printout
    facts = [
        {"label": "Documents", "value": told.title},
        {"label": "Sale dates", "value": told.days},
        {"label": "Customer", "value": printout.customer.name if printout.customer else "All"},
        {"label": "File", "value": printout.get_form_display()},
        {"label": "Asked by", "value": printout.created_by},
        {"label": "Asked", "value": moment(printout.created_at)},
    ]
    if told.is_there:
        facts.append({"label": "Size", "value": f"{max(1, printout.size // 1024):,} kB"})
        facts.append({"label": "Kept until", "value": moment(printout.kept_until)})
    return facts
