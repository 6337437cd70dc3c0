"""Which pages bring customers in? A list, the file, its columns, what the check found, progress, the end, the undo."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Run
from alarmdesk.customers.models import Import, ImportProblem, Mapping
from alarmdesk.customers.permissions import imports
from alarmdesk.lib import clock, pages
from alarmdesk.lib.cells import BOM, cell
from alarmdesk.lib.lists import Chip, Column, Empty, Listing
from alarmdesk.office.importing import tasks
from alarmdesk.office.importing.carrying import start_import
from alarmdesk.office.importing.checking import NotNow, ask_check
from alarmdesk.office.importing.forms import MappingForm, UploadForm
from alarmdesk.office.importing.guessing import guess
from alarmdesk.office.importing.keeping import Imported, TooLarge, discard, keep_file, pieces_of
from alarmdesk.office.importing.mapping import DELIMITERS, BadMapping, Rules, understood
from alarmdesk.office.importing.previewing import FoundColumn, columns_of
from alarmdesk.office.importing.reading import UnreadableFile, records
from alarmdesk.office.importing.telling import facts_of, grouped_problems, progress_of, standing_of
from alarmdesk.office.importing.undoing import BuiltUpon, obstacles, refusal, start_undo
from alarmdesk.office.importing.whole import ask_storing, counts_of

SHOWN_PROBLEMS = 100
OVER = 286
State = Import.State


class ImportList(Listing):
    name, title = "imports", "Imports"
    row = "office/imports/row.html"
    search_label = "Find an import"
    default_sort = "-created_at"
    columns = (
        Column("File", "file_name"), Column("Brought in", "created_at"), Column("Rows", "rows", "end"),
        Column("Bad rows", "bad_rows", "end"), Column("Status"),
    )  # fmt: skip
    chips = (
        Chip("imported", "Imported", lambda rows: rows.filter(state=State.IMPORTED)),
        Chip("undone", "Undone", lambda rows: rows.filter(state=State.UNDONE)),
    )

    def search(self, rows: Any, words: str) -> Any:
        return rows.filter(file_name__icontains=words)


@staff(may=imports.view)
def show_list(request: StaffRequest) -> HttpResponse:
    """All imports of the company, the newest first."""
    new = at("imports:new")
    text = "Bring customers with their billing from another system, as a CSV file."
    empty = Empty("No imports yet", text, "file-up", "Import customers", new, dialog=False)
    listing = ImportList(request, request.company.imports.select_related("run"), empty=empty)
    return listing.answer("office/imports/list.html", {"new_url": new})


@staff(may=imports.create)
def new(request: StaffRequest) -> HttpResponse:
    """Choose a file."""
    form = UploadForm(
        request.POST or None, request.FILES or None, mappings=list(request.company.mappings.order_by("name"))
    )
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = keep_file(file.chunks(), file_name=file.name, at=clock.now(), by=request.staff.actor().name)
        except TooLarge as error:
            form.add_error("file", str(error))
        else:
            kept.rules = _first_rules(request, form)
            kept.save(update_fields=["rules"])
            return pages.go(request, at("imports:mapping", pk=kept.pk))
    return pages.show_form(request, "office/imports/new.html", {"form": form}, invalid=form.is_bound)


def _first_rules(request: StaffRequest, form: UploadForm) -> dict[str, Any]:
    """What the mapping page begins with: a saved mapping, with the options that the form asks."""
    saved = form.cleaned_data["mapping"]
    rules: dict[str, Any] = request.company.mappings.get(pk=saved).rules if saved else {"columns": {}}
    options = {"encoding": form.cleaned_data["encoding"], "delimiter": form.cleaned_data["delimiter"]}
    return {**rules, "options": {**rules.get("options", {}), **{name: text for name, text in options.items() if text}}}


@staff(may=imports.create)
def mapping(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what the columns mean, then let the file be checked."""
    kept = _import(request, pk)
    if kept.state not in (State.UPLOADED, State.CHECKED):
        return pages.go(request, at("imports:import", pk=pk))
    base = _base(kept)
    try:
        columns = columns_of(request.company, kept, base)
    except UnreadableFile as error:
        return pages.show(request, "office/imports/unreadable.html", {"import": kept, "error": str(error)})
    header = [column.name for column in columns]
    if not base.columns:
        base = Rules(columns=guess(header), encoding=base.encoding, delimiter=base.delimiter)
    terms = list(request.company.terms.filter(is_active=True).values_list("name", flat=True))
    form = MappingForm(request.POST or None, columns=columns, base=base, terms=terms)
    if form.is_valid() and form.rules:
        return _ask_check(request, kept, form.rules, form.cleaned_data["save_as"])
    return _show_mapping(request, kept, form, columns)


def _show_mapping(request: HttpRequest, kept: Import, form: MappingForm, columns: list[FoundColumn]) -> HttpResponse:
    values = {"import": kept, "form": form, "columns": columns}
    return pages.show_form(request, "office/imports/mapping.html", values, invalid=form.is_bound)


def _base(kept: Import) -> Rules:
    """The rules of the import so far; a new one has options only."""
    try:
        return understood(kept.rules)
    except BadMapping:
        options = kept.rules.get("options", {})
        delimiter = options.get("delimiter", "")
        return Rules({}, encoding=options.get("encoding", "utf-8"), delimiter=DELIMITERS.get(delimiter, delimiter))


def _ask_check(request: StaffRequest, kept: Import, rules: Rules, save_as: str) -> HttpResponse:
    now, actor = clock.now(), request.staff.actor()
    if save_as:
        Mapping.objects.update_or_create(name__iexact=save_as, defaults={"name": save_as, "rules": rules.as_json()})
    ask_check(kept, rules, today=request.company.local_date(now), at=now, by=actor.name)
    tasks.defer(tasks.check, kept, actor)
    return pages.go(request, at("imports:import", pk=kept.pk))


@staff(may=imports.view)
def show_import(request: StaffRequest, pk: int) -> HttpResponse:
    """One import: how far it is, what was found wrong, what it made."""
    kept = _import(request, pk)
    problems = grouped_problems(kept, SHOWN_PROBLEMS + 1)
    values = {
        "import": kept,
        "standing": standing_of(kept),
        "run": progress_of(kept),
        "facts": facts_of(kept),
        "problems": problems[:SHOWN_PROBLEMS],
        "more_problems": len(problems) > SHOWN_PROBLEMS,
        "good_rows": kept.rows - kept.bad_rows,
        "counts": counts_of(kept) if kept.state in (State.IMPORTING, State.IMPORTED) else None,
    }
    return pages.show(request, "office/imports/import.html", values)


@staff(may=imports.view)
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The bar of the page; when the work is over the page is shown anew."""
    kept = _import(request, pk)
    run = progress_of(kept)
    answer = pages.show(request, "pieces/progress.html", {"run": run, "url": at("imports:progress", pk=pk)})
    if run is None or run["done"]:
        answer.status_code = OVER
        answer["HX-Refresh"] = "true"
    return answer


@staff(may=imports.create)
def start(request: StaffRequest, pk: int) -> HttpResponse:
    """Import the good rows."""
    kept, now, actor = _import(request, pk), clock.now(), request.staff.actor()
    says = f"{kept.rows - kept.bad_rows:,} customers will be added to {request.company.name} with their billing."
    if kept.bad_rows:
        says += f" {kept.bad_rows:,} bad rows are left out; you can download them, mend them and import them later."
    form = pages.Confirm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            start_import(kept, skip_bad_rows=True, today=request.company.local_date(now), at=now, by=actor.name)
        except NotNow as error:
            form.add_error(None, str(error))
        else:
            tasks.defer(tasks.carry, kept, actor)
            return pages.go(request, at("imports:import", pk=pk))
    return pages.show_confirm(
        request,
        form,
        title="Import customers",
        says=says,
        action="Import",
        back=at("imports:import", pk=pk),
        danger=False,
    )


@staff(may=imports.create)
def go_on(request: StaffRequest, pk: int) -> HttpResponse:
    """Go on with an import that stopped, or store the test methods that wait."""
    kept, now, actor = _import(request, pk), clock.now(), request.staff.actor()
    page = at("imports:import", pk=pk)
    stopped = kept.run is not None and kept.run.state == Run.State.FAILED
    if request.method == "POST":
        try:
            if kept.state == State.IMPORTED:
                ask_storing(kept, at=now, by=actor.name)
            elif not stopped:
                return pages.go(request, page, "It is under way already.")
        except NotNow as error:
            return pages.go(request, page, str(error))
        tasks.defer(tasks.work_for(kept), kept, actor)
        if kept.run is not None and stopped:
            Run.objects.filter(pk=kept.run.pk).update(state=Run.State.WAITING, error="")
    return pages.go(request, page)


@staff(may=imports.delete)
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back a whole import."""
    kept, now, actor = _import(request, pk), clock.now(), request.staff.actor()
    form = pages.Confirm(request.POST if request.method == "POST" else None)
    page = at("imports:import", pk=pk)
    if request.method == "POST" and form.is_valid():
        try:
            start_undo(kept, at=now, by=actor.name)
        except (NotNow, BuiltUpon) as error:
            form.add_error(None, str(error))
        else:
            tasks.defer(tasks.undo, kept, actor)
            return pages.go(request, page)
    standing = obstacles(kept)
    counts = counts_of(kept)
    made = (
        f"{counts['customers']:,} customers, {counts['recurring']:,} recurring invoices and {counts['methods']:,} "
        "billing methods with their Auto Pay are removed. Other customers are not touched."
    )
    says = refusal(standing) if standing else made
    return pages.show_confirm(request, form, title="Undo this import", says=says, action="Undo the import", back=page)


@staff(may=imports.create)
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Throw away a file that was not imported."""
    kept = _import(request, pk)
    if request.method == "POST":
        try:
            discard(kept)
        except Imported as error:
            return pages.go(request, at("imports:import", pk=pk), str(error))
        return pages.go(request, at("imports:list"), f"{kept.file_name} was thrown away. Nothing was imported.")
    return pages.go(request, at("imports:import", pk=pk))


@staff(may=imports.view, outside=True)
def bad_rows(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The bad rows as they came, with a column that says what is wrong: to be mended and imported again."""
    from alarmdesk.company.entering import inside

    with inside(request.company, actor=request.staff.actor()):
        kept = _import(request, pk)
        said: dict[int, list[str]] = {}
        for each in ImportProblem.objects.filter(of_import=kept).order_by("line", "pk"):
            said.setdefault(each.line, []).append(f"{each.column}: {each.message}" if each.column else each.message)
    answer = StreamingHttpResponse(_bad_rows(request, kept, said), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="bad-rows-{kept.pk}.csv"'
    return answer


def _bad_rows(request: StaffRequest, kept: Import, said: dict[int, list[str]]) -> Iterator[bytes]:
    base = _base(kept)
    yield BOM.encode()
    rows = records(pieces_of(request.company, kept), encoding=base.encoding, delimiter=base.delimiter)
    try:
        header = next(rows)
        yield _line([*header.cells, "What is wrong"])
        for record in rows:
            if record.line in said:
                short = [""] * (len(header.cells) - len(record.cells))
                yield _line([*record.cells, *short, " ".join(said[record.line])])
    except UnreadableFile as error:
        yield _line([f"Line {error.line}: {error}"])


def _line(cells: list[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow([cell(text) for text in cells])
    return buffer.getvalue().encode()


def _import(request: StaffRequest, pk: int) -> Import:
    kept: Import = get_object_or_404(request.company.imports.select_related("run"), pk=pk)
    return kept
