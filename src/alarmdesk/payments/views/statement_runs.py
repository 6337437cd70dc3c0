"""How does the office make statements for all who owe? A preview first, then in the background, each once."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Run
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day, money
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.payments.aging import Row
from alarmdesk.payments.forms_statements import RunForm
from alarmdesk.payments.statement_paper import pdf_of_many
from alarmdesk.payments.statement_runs import open_order, order_of
from alarmdesk.payments.tasks import work_statements
from alarmdesk.payments.views.aging import asked_of

STOP_ASKING = 286
IN_ONE_FILE = 100
"""Statements in one PDF: typst keeps about a megabyte of each while it draws."""


@staff(may=invoices.modify)
def new(request: StaffRequest) -> HttpResponse:
    """Choose for whom; the page says how many and how much. `make` makes them, anything else shows the preview anew."""
    today = request.company.local_date(clock.now())
    asked = asked_of(request)
    initial = {"ends_on": asked.on, "starts_on": asked.on.replace(day=1), "over": asked.over, "days": asked.days}
    form = RunForm(request.POST if request.method == "POST" else None, today=today, initial=initial)
    sums: Row | None = None
    if form.is_bound and form.is_valid():
        if "make" in request.POST:
            return _begun(request, form)
        sums = form.order.aging(today).sums()
    elif not form.is_bound:
        sums = asked.sums()
    context = {
        "form": form,
        "sums": sums,
        "says": _says(sums),
        "cancel_url": at("payments:aging"),
    }
    return show_form(request, "payments/statement_run_new.html", context, invalid=bool(form.is_bound and form.errors))


def _begun(request: StaffRequest, form: RunForm) -> HttpResponse:
    run, is_new = open_order(
        request.company, form.order, today=form.today, at=clock.now(), by=request.staff.actor().name
    )  # fmt: skip
    if is_new:
        work_statements.configure(lock=f"statements-{request.company.pk}").defer(
            company_id=request.company.pk, run_id=run.pk
        )
    said = "The statements are on their way." if is_new else "These statements were ordered today already."
    return go(request, at("payments:statement_run", pk=run.pk), said)


def _says(sums: Row | None) -> str:
    if sums is None:
        return ""
    if not sums.count:
        return "Nobody owes that much for so long. No statement would be made."
    noun = "statement" if sums.count == 1 else "statements"
    return f"{sums.count:,} {noun} over {money(sums.total)} in all."


@staff(may=invoices.view)
def run(request: StaffRequest, pk: int) -> HttpResponse:
    """How far it is; afterwards what was made, as one PDF in parts of a hundred."""
    found = _run(request, pk)
    made = found.statements.count()
    parts = [
        {"number": number, "first": start + 1, "last": min(start + IN_ONE_FILE, made)}
        for number, start in enumerate(range(0, made, IN_ONE_FILE), start=1)
    ]
    context = {"run": found, "told": told_of(found), "order": order_of(found), "made": made, "parts": parts}
    return show(request, "payments/statement_run.html", context)


@staff(may=invoices.view)
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The progress alone, asked for each second; when it is over the page loads itself again."""
    told = told_of(_run(request, pk))
    url = at("payments:statement_run_progress", pk=pk)
    answer = show(request, "pieces/progress.html", {"run": told, "url": url})
    if told["done"]:
        answer.status_code = STOP_ASKING
        answer["HX-Refresh"] = "true"
    return answer


@staff(may=invoices.view)
def as_pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """A part of the run's statements (?part=1) as one PDF, in the order of their numbers."""
    found = _run(request, pk)
    asked = request.GET.get("part", "1")
    part = int(asked) if asked.isdecimal() and len(asked) < 6 else 0
    start = (part - 1) * IN_ONE_FILE
    rows = found.statements.order_by("number")[start : start + IN_ONE_FILE] if part > 0 else []
    statements = list(rows)
    if not statements:
        raise Http404
    title = f"Statements of {day(found.on)}"
    made = pdf_of_many(statements, request.company, title=title, at=statements[-1].made_at)
    answer = HttpResponse(made, content_type="application/pdf")
    name = f"{request.company.slug}-statements-{found.on}-{part}.pdf"
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def told_of(run: Run) -> dict[str, Any]:
    """The run in the words of its progress."""
    is_done = run.state in (Run.State.FINISHED, Run.State.FAILED)
    of = f" of {run.total:,}" if run.total is not None else ""
    notes = {
        Run.State.WAITING: "Waiting for a worker to take it",
        Run.State.RUNNING: f"{run.done:,}{of}",
        Run.State.FINISHED: "Finished",
        Run.State.FAILED: run.error.partition("\n")[0],
    }
    percent = 100 if run.state == Run.State.FINISHED else run.percent
    return {
        "title": f"Statements of {day(run.on)}",
        "percent": percent,
        "note": notes[Run.State(run.state)],
        "done": is_done,
        "error": run.error,
    }


def _run(request: StaffRequest, pk: int) -> Run:
    found: Run = get_object_or_404(request.company.runs.filter(kind=Run.Kind.STATEMENTS), pk=pk)
    return found
