"""How far has the selling to a lead come, in the company's own stages, and what is it worth?

A lead is won by becoming a customer and in no other way; whoever loses one says why. Every lead has an opportunity from
its first moment, and keeps it when it has bought.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count, Sum

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Customer, LeadStage, Opportunity
from alarmdesk.lib.inserting import insert_columns
from alarmdesk.lib.money import ZERO

Outcome = LeadStage.Outcome
DEFAULTS = (
    ("New", Outcome.OPEN),
    ("Contacted", Outcome.OPEN),
    ("Quoted", Outcome.OPEN),
    ("Won", Outcome.WON),
    ("Lost", Outcome.LOST),
)
MOST_STAGES = 12
SOURCES_OFFERED = 50


class NotALead(ValueError):
    """It has become a customer."""


class OnlyByBuying(ValueError):
    """A lead was to be moved to Won by hand."""


class ReasonMissing(ValueError):
    """A lead was to be lost without saying why."""


class StageTaken(ValueError):
    """Another stage has the name, in whatever case."""


class StageNeeded(ValueError):
    """The stage cannot go: leads stand in it, or it is one that every company has."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A stage, how many opportunities stand in it, and what they are expected to bring a month."""

    stage: LeadStage
    count: int
    expected: Decimal


def furnish_stages() -> None:
    """Give the entered company the stages that everybody begins with, where it has none."""
    if not entered().lead_stages.exists():
        LeadStage.objects.bulk_create(
            (LeadStage(name=name, position=nth, outcome=outcome) for nth, (name, outcome) in enumerate(DEFAULTS, 1)),
            ignore_conflicts=True,
        )


def stages() -> list[LeadStage]:
    """The entered company's stages in their order, Won and Lost last."""
    furnish_stages()
    found = list(entered().lead_stages.all())
    ends = {Outcome.OPEN: 0, Outcome.WON: 1, Outcome.LOST: 2}
    return sorted(found, key=lambda stage: (ends[Outcome(stage.outcome)], stage.position, stage.pk))


def standings() -> list[Standing]:
    """Each stage with its number and sum: two queries."""
    rows = entered().opportunities.order_by().values_list("stage").annotate(Count("pk"), Sum("expected_mmr"))
    found = {stage: (count, expected) for stage, count, expected in rows}
    return [Standing(stage, *found.get(stage.pk, (0, ZERO))) for stage in stages()]


def begin(lead_ids: Iterable[int], *, expected: Sequence[Decimal], at: dt.datetime) -> None:
    """Leads that are new stand in the first stage; `expected` is what each may bring a month."""
    ids = list(lead_ids)
    if ids:
        insert_columns(
            Opportunity,
            {"customer_id": ids, "expected_mmr": list(expected)},
            constants={"stage_id": stages()[0].pk, "staged_at": at},
            on_conflict="on conflict (company_id, customer_id) do nothing",
        )


def opportunity_of(customer: Customer) -> Opportunity | None:
    """What is to be sold to the customer, with its stage."""
    return customer.opportunities.select_related("stage").first()


def move_lead(lead: Customer, stage: LeadStage, *, at: dt.datetime, lost_reason: str = "") -> Opportunity:
    """The lead stands in another stage from now on. Raises NotALead, OnlyByBuying, ReasonMissing."""
    with transaction.atomic():
        held = _held(lead)
        put(held, stage, at=at, lost_reason=lost_reason)
        held.save(update_fields=["stage", "staged_at", "lost_reason"])
    return held


def put(held: Opportunity, stage: LeadStage, *, at: dt.datetime, lost_reason: str) -> None:
    """Let the opportunity say that it stands there; the caller saves it. Raises OnlyByBuying, ReasonMissing."""
    if stage.outcome == Outcome.WON:
        raise OnlyByBuying("A lead is won when it becomes a customer: use Make a customer.")
    reason = " ".join(lost_reason.split())
    if stage.is_lost and not reason:
        raise ReasonMissing("Say in a few words why it was lost.")
    if held.stage_id != stage.pk:
        held.stage, held.staged_at = stage, at
    held.lost_reason = reason if stage.is_lost else ""


def change_opportunity(
    lead: Customer, *, stage: LeadStage, source: str, expected_mmr: Decimal, next_step: str,
    next_step_on: dt.date | None, lost_reason: str, at: dt.datetime,
) -> Opportunity:  # fmt: skip
    """Write all that is known of the selling. Raises NotALead, OnlyByBuying, ReasonMissing."""
    with transaction.atomic():
        held = _held(lead)
        put(held, stage, at=at, lost_reason=lost_reason)
        held.source, held.expected_mmr = source.strip(), expected_mmr
        held.next_step, held.next_step_on = next_step.strip(), next_step_on
        held.save()
    return held


def win(lead: Customer, *, at: dt.datetime) -> None:
    """The lead has bought: nothing is left to do. Within the caller's transaction, which holds the lead."""
    won = next(stage for stage in stages() if stage.outcome == Outcome.WON)
    begin([lead.pk], expected=[lead.mmr], at=at)
    lead.opportunities.update(stage=won, staged_at=at, next_step="", next_step_on=None, lost_reason="")


def sources() -> list[str]:
    """Where the company's leads came from, each word once."""
    rows = entered().opportunities.exclude(source="").order_by("source").values_list("source", flat=True).distinct()
    return list(rows[:SOURCES_OFFERED])


def _held(lead: Customer) -> Opportunity:
    held = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=lead.pk)
    if not held.is_lead:
        raise NotALead(f"{held.name} is a customer now.")
    begin([held.pk], expected=[held.mmr], at=held.created_at)
    opportunity: Opportunity = held.opportunities.select_related("stage").get()
    return opportunity


# --- the company's own stages


def save_stage(stage: LeadStage) -> None:
    """A new stage stands behind the last open one. Raises StageTaken."""
    stage.name = " ".join(stage.name.split())
    there = stages()
    if stage._state.adding:
        if len(there) >= MOST_STAGES:
            raise StageTaken(f"A company has at most {MOST_STAGES} stages.")
        stage.position = 1 + max(one.position for one in there)
    try:
        with transaction.atomic():
            stage.save()
    except IntegrityError as error:
        if "customers_lead_stage_once" not in str(error):
            raise
        raise StageTaken(f"There is a stage “{stage.name}” already.") from error


def delete_stage(stage: LeadStage) -> None:
    """Take a stage out of the company's way. Raises StageNeeded."""
    if not stage.is_open:
        raise StageNeeded(f"Every company has a stage for what is {stage.outcome}. It can be renamed, not deleted.")
    if sum(one.is_open for one in stages()) == 1:
        raise StageNeeded("A new lead has to stand somewhere: this is the last open stage.")
    try:
        with transaction.atomic():
            LeadStage.objects.filter(pk=stage.pk).delete()
    except IntegrityError as error:  # PostgreSQL keeps the key of those who stand there
        raise StageNeeded(_stand_there(stage)) from error


def move_stage(stage: LeadStage, *, earlier: bool) -> None:
    """Change places with the open stage before or behind; at an end it stays."""
    with transaction.atomic():
        list(entered().lead_stages.select_for_update().order_by("pk"))
        listed = [one for one in stages() if one.is_open]
        nth = next((place for place, one in enumerate(listed) if one.pk == stage.pk), None)
        other = None if nth is None else nth + (-1 if earlier else 1)
        if nth is None or other is None or not 0 <= other < len(listed):
            return
        listed[nth], listed[other] = listed[other], listed[nth]
        for place, one in enumerate(listed, 1):
            LeadStage.objects.filter(pk=one.pk).exclude(position=place).update(position=place)


def _stand_there(stage: LeadStage) -> str:
    count = stage.opportunities.count()
    return f"{count:,} {'lead stands' if count == 1 else 'leads stand'} in {stage}. Move them first."
