"""What do the board of leads, the selling to one, and the company's stages answer?"""

from typing import Any

from django.db.models import Count, F
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import Setting, form_page, sent
from alarmdesk.customers import actions, pipeline
from alarmdesk.customers.forms_pipeline import LoseForm, OpportunityForm, StageForm
from alarmdesk.customers.models import Customer, LeadStage, Opportunity
from alarmdesk.customers.permissions import customers, lead_stages, leads
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import money
from alarmdesk.lib.money import ZERO
from alarmdesk.lib.pages import go, show
from alarmdesk.lib.versions import Version

SHOWN = 12
BOARD = "board"


# --- the board


@staff(may=leads.view)
def board(request: StaffRequest) -> HttpResponse:
    """The leads by their stages: who comes next first, and what each stage may bring."""
    standings = pipeline.standings()
    today = request.company.local_date(clock.now())
    columns = [_column(request, standing) for standing in standings]
    targets = [standing.stage for standing in standings if standing.stage.outcome != LeadStage.Outcome.WON]
    context = {"columns": columns, "targets": targets, "today": today, "figures": figures(request, standings)}
    context["new_url"] = at("customers:new_lead") if request.may(leads.create) else ""
    return show(request, "customers/lead_board.html", context)


def figures(request: StaffRequest, standings: list[pipeline.Standing]) -> list[dict[str, Any]]:
    """How many leads are open and lost and how many were won, and what they are worth a month."""
    shown = []
    for label, outcome in (("Open leads", "open"), ("Won", "won"), ("Lost", "lost")):
        among = [standing for standing in standings if standing.stage.outcome == outcome]
        expected = money(sum((one.expected for one in among), ZERO), request.company.currency)
        shown.append({"label": label, "value": f"{sum(one.count for one in among):,}", "note": f"{expected} a month"})
    return shown


def _column(request: StaffRequest, standing: pipeline.Standing) -> dict[str, Any]:
    """One stage with its first cards; those of Won are customers, for who may see customers."""
    is_won = standing.stage.outcome == LeadStage.Outcome.WON
    rows = standing.stage.opportunities.select_related("customer__sales_rep", "customer__company")
    in_order = rows.order_by("-staged_at", "-pk") if not standing.stage.is_open else rows.order_by(
        F("next_step_on").asc(nulls_last=True), "pk"
    )  # fmt: skip
    cards = list(in_order[:SHOWN]) if request.may(customers.view) or not is_won else []
    return {
        "stage": standing.stage,
        "count": standing.count,
        "expected": standing.expected,
        "cards": cards,
        "more": standing.count - len(cards) if cards else 0,
        "can_move": request.may(leads.modify) and not is_won,
        "list_url": "" if is_won else f"{at('customers:leads')}?show={standing.stage.pk}",
    }


# --- one lead


@staff(may=leads.modify)
@require_POST
def move(request: StaffRequest, lead: int) -> HttpResponse:
    """Put a lead into another stage; where it is lost, ask why first."""
    row = _lead(request, lead)
    text = request.POST.get("stage", "")
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0
    stage = get_object_or_404(request.company.lead_stages, pk=wanted)
    back = at("customers:lead_board") if request.POST.get("back") == BOARD else at("office:customer", pk=lead)
    if stage.is_lost:
        return HttpResponseRedirect(at("customers:lead_lose", lead=lead))
    if stage.outcome == LeadStage.Outcome.WON:
        return HttpResponseRedirect(at("invoicing:convert_lead", pk=lead))
    try:
        pipeline.move_lead(row, stage, at=clock.now())
    except ValueError as refused:
        return go(request, back, str(refused))
    return go(request, back, f"{row.name} is in {stage} now")


@staff(may=leads.modify)
def lose(request: StaffRequest, lead: int) -> HttpResponse:
    """Give a lead up, and say why."""
    row = _lead(request, lead)
    lost = next(stage for stage in pipeline.stages() if stage.is_lost)
    form = LoseForm(sent(request))

    def save() -> None:
        pipeline.move_lead(row, lost, at=clock.now(), lost_reason=form.cleaned_data["lost_reason"])

    return form_page(
        request, form, save, title=f"{row.name} is lost", back=at("office:customer", pk=lead),
        done=f"{row.name} is in {lost} now", beside="lost_reason", template="customers/lead_lose.html",
    )  # fmt: skip


@staff(may=leads.modify)
def selling(request: StaffRequest, lead: int) -> HttpResponse:
    """The stage, the source, what a lead may bring, and the next step."""
    row = _lead(request, lead)
    held = pipeline.opportunity_of(row) or Opportunity(customer=row, stage=pipeline.stages()[0])
    about: dict[str, Any] = {"company": request.company, "lead": row, "held": held, "stages": pipeline.stages()}
    form = OpportunityForm(sent(request), **about)
    version = Version({"": OpportunityForm(**about)}, request.POST)
    if version.changes:
        version.by = last_author(of_row("customers_opportunity", held.pk or 0))

    def save() -> None:
        said = dict(form.cleaned_data)
        actions.change_customer(row, sales_rep=said.pop("sales_rep"))
        pipeline.change_opportunity(row, at=clock.now(), **said)

    return form_page(
        request, form, save,
        title=f"Selling to {row.name}", back=at("office:customer", pk=lead), done="The lead is saved",
        version=version, template="customers/opportunity.html", sources=pipeline.sources(), customer=row,
    )  # fmt: skip


def _lead(request: StaffRequest, pk: int) -> Customer:
    """The lead; to be saved, locked: of two who save at once the second must see the first."""
    rows = request.company.customers.filter(stage=Customer.Stage.LEAD)
    rows = rows.select_for_update(of=("self",), no_key=True) if request.method == "POST" else rows
    found: Customer = get_object_or_404(rows, pk=pk)
    return found


# --- the company's stages

STAGE = Setting(
    "customers", "lead_stage", "customers:lead_stages", "lead_stages", lead_stages.modify, StageForm,
    pipeline.save_stage, pipeline.delete_stage, "name",
    new="New stage",
    added="The stage is added.",
    saved="{name} is saved.",
    gone=lambda row: f"{row} is taken out of the way from a first call to a sale. A stage in which leads stand stays.",
)  # fmt: skip


@staff(may=lead_stages.view)
def stage_list(request: StaffRequest) -> HttpResponse:
    """The company's stages in their order, and how many leads stand in each."""
    pipeline.furnish_stages()
    counts = dict(request.company.lead_stages.order_by().annotate(n=Count("opportunities")).values_list("pk", "n"))
    listed = [(stage, counts.get(stage.pk, 0)) for stage in pipeline.stages()]
    return show(request, "customers/lead_stages.html", {"listed": listed})


@staff(may=lead_stages.modify)
@require_POST
def stage_move(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a stage one place earlier or later."""
    stage = get_object_or_404(request.company.lead_stages, pk=pk)
    pipeline.move_stage(stage, earlier=request.POST.get("to") == "earlier")
    return go(request, at(STAGE.page))
