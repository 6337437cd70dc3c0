"""How does the office raise many prices at once: choose, look, apply, and take back before the day?"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Run
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import RateIncrease
from alarmdesk.invoicing.permissions import recurring as recurring_invoices
from alarmdesk.invoicing.raises import NotNow
from alarmdesk.invoicing.raising import Planner, Raise, Sums, sums_of
from alarmdesk.invoicing.views.asking import confirmed
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day, money
from alarmdesk.lib.lists import Chip, Column, Empty, Listing
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.payments import tasks_raising
from alarmdesk.payments.forms_raising import IncreaseForm, initial_of

PAGE = 50
STOP_POLLING = 286
PILLS = {
    RateIncrease.State.DRAFT: "plain",
    RateIncrease.State.APPLYING: "info",
    RateIncrease.State.APPLIED: "ok",
    RateIncrease.State.UNDOING: "info",
    RateIncrease.State.UNDONE: "plain",
}


class IncreaseList(Listing):
    """The company's increases, the latest first."""

    name, title = "increases", "Rate increases"
    row = "payments/increase_row.html"
    columns: ClassVar[Sequence[Column]] = (
        Column("Increase"),
        Column("Effective", "effective_on"),
        Column("Made by"),
        Column("Status"),
    )
    chips: ClassVar[Sequence[Chip]] = (
        Chip("draft", "Not applied", lambda rows: rows.filter(progress="draft")),
        Chip("applied", "Applied", lambda rows: rows.filter(progress="applied")),
    )


@staff(may=recurring_invoices.view)
def increases(request: StaffRequest) -> HttpResponse:
    """All rate increases."""
    may = request.may(recurring_invoices.modify)
    empty = Empty(
        "No rate increase yet",
        "Raise many prices at once from a day on, look at each before it happens, and take it back until then.",
        "trending-up",
        "New rate increase" if may else "",
        at("payments:increase_new") if may else "",
    )
    listing = IncreaseList(request, request.company.rate_increases.all(), empty=empty)
    return listing.answer("payments/increases.html", {"pills": PILLS})


@staff(may=recurring_invoices.modify)
def new(request: StaffRequest) -> HttpResponse:
    """Choose who and how much; nothing happens yet."""
    return _form(request, None)


@staff(may=recurring_invoices.modify)
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose anew, while it is not applied."""
    return _form(request, get_object_or_404(request.company.rate_increases, pk=pk, progress="draft"))


def _form(request: StaffRequest, draft: RateIncrease | None) -> HttpResponse:
    today = request.company.local_date(clock.now())
    form = IncreaseForm(request.POST or None, today=today, initial=initial_of(draft) if draft else None)
    if form.is_bound and form.is_valid():
        made = draft or RateIncrease(created_at=clock.now(), created_by=acting().name)
        for name, value in form.facts().items():
            setattr(made, name, value)
        made.save()
        return go(request, at("payments:increase", pk=made.pk), "Nothing has changed yet: look at it, then apply it.")
    back = at("payments:increase", pk=draft.pk) if draft else at("payments:increases")
    return show_form(request, "payments/increase_form.html", {"form": form, "cancel_url": back}, invalid=form.is_bound)


class Shown:
    """A draft's preview: who is raised and who is left out, in pages."""

    def __init__(self, increase: RateIncrease, *, show: str, page: int) -> None:
        self.plans = Planner(increase).plan()
        self.sums: Sums = sums_of(self.plans)
        self.show, self.page = show if show == "left_out" else "", page
        self.kept = [one for one in self.plans if bool(one.reason) == (self.show == "left_out")]

    @property
    def rows(self) -> list[tuple[Raise, str]]:
        """The raises of this page with their customers' names."""
        rows = self.kept[(self.page - 1) * PAGE : self.page * PAGE]
        people = Customer.objects.in_bulk([row.found.customer_id for row in rows])
        return [(row, people[row.found.customer_id].name) for row in rows]

    @property
    def has_next(self) -> bool:
        return self.page * PAGE < len(self.kept)


@staff(may=recurring_invoices.view)
def increase(request: StaffRequest, pk: int) -> HttpResponse:
    """An increase: before it is applied what it would do, afterwards what it did."""
    found = get_object_or_404(request.company.rate_increases.select_related("run"), pk=pk)
    today = request.company.local_date(clock.now())
    context: dict[str, Any] = {
        "increase": found,
        "pill": (PILLS[RateIncrease.State(found.progress)], found.get_progress_display()),
        "may": request.may(recurring_invoices.modify),
        "is_draft": found.progress == RateIncrease.State.DRAFT,
        "can_undo": found.progress == RateIncrease.State.APPLIED and found.effective_on > today,
        "facts": _facts(request, found),
        "progress": _progress(found),
    }
    page = request.GET.get("page", "1")
    number = max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1
    if context["is_draft"]:
        shown = Shown(found, show=request.GET.get("show", ""), page=number)
        context |= {"shown": shown, "figures": _figures(shown.sums), "links": _links(found, shown)}
    else:
        made = found.successors.select_related("customer", "follows").order_by("pk")
        window = list(made[(number - 1) * PAGE : number * PAGE + 1])
        context |= {"made": window[:PAGE], "links": _page_links(found, "", number, has_next=len(window) > PAGE)}
    return show(request, "payments/increase.html", context)


def _facts(request: StaffRequest, found: RateIncrease) -> list[tuple[str, str]]:
    codes = request.company.billable_items.filter(pk__in=found.items).order_by("number").values_list("code", flat=True)
    span = " to ".join(money(price) for price in (found.price_from, found.price_to) if price is not None)
    facts = (
        ("Effective", day(found.effective_on) + (", on that very day" if found.splits else ", or the next period")),
        ("Items", ", ".join(codes)),
        ("Rounding", found.get_rounding_display()),
        ("State", found.state),
        ("Customers", found.get_kind_display() if found.kind else ""),
        ("Present price", span),
        ("Customers since before", day(found.since_before)),
        ("Spared", f"Signed in the {found.spares_months} months before" if found.spares_months else "Nobody"),
        ("Letter", "Sent to each with an e-mail address" if found.tells else "None"),
        ("Made", f"{day(found.created_at)} by {found.created_by}"),
        ("Applied", f"{day(found.applied_at)} by {found.applied_by}" if found.applied_at else ""),
        ("Undone", f"{day(found.undone_at)} by {found.undone_by}" if found.undone_at else ""),
    )
    return [(label, text) for label, text in facts if text]


def _figures(sums: Sums) -> list[dict[str, str]]:
    percent = sums.difference * 100 / sums.old if sums.old else Decimal(0)
    return [
        {"label": "Raised", "value": f"{sums.raised:,}", "note": "recurring invoices"},
        {"label": "Now", "value": money(sums.old), "note": "an invoice of each, with tax"},
        {"label": "Then", "value": money(sums.new), "note": "an invoice of each, with tax"},
        {"label": "Difference", "value": money(sums.difference), "note": f"{percent:.2f} % more"},
        {"label": "Left out", "value": f"{sum(sums.left_out.values()):,}", "note": _most(sums.left_out)},
    ]


def _most(left_out: dict[str, int]) -> str:
    return ", ".join(
        f"{count:,} {kind.lower()}" for kind, count in sorted(left_out.items(), key=lambda one: -one[1])[:2]
    )


def _links(found: RateIncrease, shown: Shown) -> dict[str, Any]:
    base = at("payments:increase", pk=found.pk)
    chips = [
        {"label": "Raised", "url": base, "count": f"{shown.sums.raised:,}", "current": not shown.show},
        {
            "label": "Left out",
            "url": f"{base}?show=left_out",
            "count": f"{sum(shown.sums.left_out.values()):,}",
            "current": bool(shown.show),
        },
    ]
    return {"chips": chips, **_page_links(found, shown.show, shown.page, has_next=shown.has_next)}


def _page_links(found: RateIncrease, show_: str, page: int, *, has_next: bool) -> dict[str, Any]:
    base = f"{at('payments:increase', pk=found.pk)}?show={show_}"
    return {
        "previous": f"{base}&page={page - 1}" if page > 1 else "",
        "next": f"{base}&page={page + 1}" if has_next else "",
    }


def _progress(found: RateIncrease) -> dict[str, Any] | None:
    """How far the worker is, while it works or where it stopped."""
    run = found.run
    if run is None or run.state == Run.State.FINISHED:
        return None
    of = f" of {run.total:,}" if run.total is not None else ""
    note = f"{min(run.done, run.total or run.done):,}{of}"
    if run.state == Run.State.WAITING:
        note = "Waiting for a worker to take it"
    return {
        "title": run.stage or "Waiting",
        "percent": run.percent,
        "done": run.state == Run.State.FAILED,
        "error": run.error,
        "note": run.error or note,
        "url": at("payments:increase_progress", pk=found.pk),
    }


@staff(may=recurring_invoices.view)
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The progress alone, asked for each second; when it is over the page is told to load itself again."""
    found = get_object_or_404(request.company.rate_increases.select_related("run"), pk=pk)
    told = _progress(found) or {"title": "Finished", "percent": 100, "done": True, "error": "", "note": "", "url": ""}
    answer = show(request, "pieces/progress.html", {"run": told, "url": told["url"]})
    if told["done"]:
        answer.status_code = STOP_POLLING
        answer["HX-Refresh"] = "true"
    return answer


@staff(may=recurring_invoices.modify)
def apply(request: StaffRequest, pk: int) -> HttpResponse:
    """Have the prices raised."""
    found = get_object_or_404(request.company.rate_increases, pk=pk)
    today = request.company.local_date(clock.now())
    sums = (
        sums_of(Planner(found).plan())
        if found.progress == RateIncrease.State.DRAFT
        else Sums(0, Decimal(0), Decimal(0), {})
    )
    letters = " Each with an e-mail address gets the letter." if found.tells else " Nobody is written to."
    return confirmed(
        request,
        lambda: _start(found, today),
        title="Apply the increase?",
        says=(
            f"{sums.raised:,} recurring invoices go from {money(sums.old)} to {money(sums.new)} together, from "
            f"{day(found.effective_on)} on.{letters} Until that day it can be undone."
        ),
        action="Apply",
        back=at("payments:increase", pk=pk),
        done=(at("payments:increase", pk=pk), "The increase is on its way."),
    )


def _start(found: RateIncrease, today: Any) -> None:
    tasks_raising.start(found, today=today, at=clock.now())


@staff(may=recurring_invoices.modify)
def go_on(request: StaffRequest, pk: int) -> HttpResponse:
    """Have a stopped increase taken up again."""
    return require_POST(_go_on)(request, pk)


def _go_on(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(request.company.rate_increases.select_related("run"), pk=pk)
    try:
        tasks_raising.go_on(found)
    except NotNow as refused:
        return go(request, at("payments:increase", pk=pk), str(refused))
    return go(request, at("payments:increase", pk=pk), "It goes on.")


@staff(may=recurring_invoices.modify)
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Have the increase taken back, before its day."""
    found = get_object_or_404(request.company.rate_increases, pk=pk)
    today = request.company.local_date(clock.now())
    count = found.successors.count()
    return confirmed(
        request,
        lambda: _start_undo(found, today),
        title="Undo the increase?",
        says=(
            f"{count:,} recurring invoices go on at their old price. Letters that still wait are not sent; who was "
            "written to already is for you to tell."
        ),
        action="Undo the increase",
        back=at("payments:increase", pk=pk),
        done=(at("payments:increase", pk=pk), "The increase is being undone."),
    )


def _start_undo(found: RateIncrease, today: Any) -> None:
    tasks_raising.start_undo(found, today=today, at=clock.now())


@staff(may=recurring_invoices.modify)
def delete(request: StaffRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    found = get_object_or_404(request.company.rate_increases, pk=pk, progress="draft")
    return confirmed(
        request,
        lambda: _delete(found),
        title="Delete the draft?",
        says=f"{found} is removed. It has changed nothing.",
        action="Delete",
        back=at("payments:increase", pk=pk),
        done=(at("payments:increases"), "The draft is deleted."),
    )


def _delete(found: RateIncrease) -> None:
    found.delete()
