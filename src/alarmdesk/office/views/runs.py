"""How did the nights go? The runs, one run live, and running again or for another date."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Run
from alarmdesk.company.permissions import runs
from alarmdesk.invoicing.models import ParkedAccount
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.office.doors import door
from alarmdesk.office.forms import NightForm
from alarmdesk.office.run_words import Words
from alarmdesk.payments.tasks import start_night

STOP_POLLING = 286
PARKED_SHOWN = 200


class RunList(Listing):
    name, title = "runs", "Nightly runs"
    row = "office/run_row.html"
    default_sort = "-on"
    columns = (
        Column("Date", "on"),
        Column("Started by", "started_by"),
        Column("Started", "created_at"),
        Column("Result"),
        Column("Status"),
    )
    chips = (
        Chip("failed", "Stopped by an error", lambda rows: rows.filter(state=Run.State.FAILED)),
        Chip("running", "Running", lambda rows: rows.filter(state__in=[Run.State.WAITING, Run.State.RUNNING])),
    )

    @property
    def rows(self) -> list[Words]:
        """Each run with its words."""
        return [Words(run, url=at("office:run", pk=run.pk)) for run in super().rows]


@staff(may=runs.view)
def run_list(request: StaffRequest) -> HttpResponse:
    """The nightly runs, the latest first, and what is parked."""
    rows = request.company.runs.filter(kind=Run.Kind.NIGHT)
    empty = Empty(
        "No run yet",
        "Every night the invoices that are due are made, and those with Auto Pay are charged.",
        "moon",
        "Run now" if request.may(runs.create) else "",
        at("office:run_night") if request.may(runs.create) else "",
    )
    parked = ParkedAccount.objects.filter(company=request.company, released_at=None).count()
    return RunList(request, rows, empty=empty).answer(
        "office/runs.html", {"parked": parked, "parked_url": door(request.company, "invoicing:parked")}
    )


@staff(may=runs.view)
def run(request: StaffRequest, pk: int) -> HttpResponse:
    """One run: how far it is, what it made, what it left aside and why."""
    found = get_object_or_404(request.company.runs, pk=pk)
    parked = found.parked.select_related("customer", "recurring_invoice").order_by("pk")
    context = {
        "words": Words(found, url=at("office:run_progress", pk=pk)),
        "parked": parked[:PARKED_SHOWN],
        "is_night": found.kind == Run.Kind.NIGHT,
    }
    return show(request, "office/run.html", context)


@staff(may=runs.view)
def run_progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The progress alone, asked for each second; when the run is over the page is told to load itself again."""
    words = Words(get_object_or_404(request.company.runs, pk=pk), url=at("office:run_progress", pk=pk))
    answer = show(request, "pieces/progress.html", {"run": words, "url": words.url})
    if words.done:
        answer.status_code = STOP_POLLING
        answer["HX-Refresh"] = "true"
    return answer


@staff(may=runs.create)
def run_night(request: StaffRequest) -> HttpResponse:
    """Start a run for today or for a day that has passed. Twice for one day bills nobody twice."""
    today = request.company.local_date(clock.now())
    form = NightForm(request.POST or None, today=today, initial={"on": request.GET.get("on") or today})
    if form.is_valid():
        started = start_night(request.company, on=form.cleaned_data["on"], by=request.user.get_full_name())
        return go(request, at("office:run", pk=started.pk), "The run is on its way")
    return show_form(request, "office/run_night.html", {"form": form}, invalid=form.is_bound)
