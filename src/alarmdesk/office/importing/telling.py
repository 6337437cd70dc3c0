"""How does a page tell where an import stands? In a pill, a bar, a few facts, and what is wrong by kind."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from alarmdesk.company.models import Run
from alarmdesk.customers.models import Import, ImportProblem

State = Import.State
PILLS = {
    State.UPLOADED: "plain",
    State.CHECKED: "info",
    State.IMPORTING: "warn",
    State.IMPORTED: "ok",
    State.UNDOING: "warn",
    State.UNDONE: "plain",
}
DOING = {
    State.UPLOADED: "Checking",
    State.IMPORTING: "Importing",
    State.IMPORTED: "Storing test methods",
    State.UNDOING: "Undoing",
}
FIRST_SHOWN = 3
UNDER_WAY = (Run.State.WAITING, Run.State.RUNNING)


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """The same thing wrong in one column of many rows: how many, and the first of them as (line, value)."""

    column: str
    message: str
    rows: int
    first: list[tuple[int, str]]


def grouped_problems(kept: Import, most: int) -> list[ProblemGroup]:
    """What is wrong with a file, the most frequent first; at most `most` groups."""
    same = [F("column"), F("message")]
    met = ImportProblem.objects.filter(of_import=kept).annotate(
        place=Window(RowNumber(), partition_by=same, order_by=["line", "pk"]),
        rows=Window(Count("pk"), partition_by=same),
    )
    found: dict[tuple[str, str], ProblemGroup] = {}
    for problem in met.filter(place__lte=FIRST_SHOWN).order_by("-rows", "column", "message", "place")[
        : most * FIRST_SHOWN
    ]:
        key = (problem.column, problem.message)
        group = found.setdefault(key, ProblemGroup(*key, problem.rows, []))
        group.first.append((problem.line, problem.value))
    return list(found.values())[:most]


def standing_of(kept: Import) -> tuple[str, str]:
    """A pill: its kind and its words."""
    if kept.run is not None and kept.run.state == Run.State.FAILED:
        return "bad", "Stopped"
    return PILLS[State(kept.state)], kept.get_state_display()


def progress_of(kept: Import) -> dict[str, Any] | None:
    """The bar of the run that is under way or stopped; None where nothing is."""
    run = kept.run
    if run is None or run.state == Run.State.FINISHED:
        return None
    note = run.error or ("Waiting for a free worker" if run.state == Run.State.WAITING else _note(run))
    return {
        "title": run.stage or DOING.get(State(kept.state), ""),
        "percent": run.percent,
        "note": note,
        "done": run.state not in UNDER_WAY,
        "error": bool(run.error),
    }


def _note(run: Run) -> str:
    if run.stage == "Reading":
        return "Every cell is looked at; nothing is written yet."
    return f"{run.done:,} of {run.total:,}" if run.total else ""


def facts_of(kept: Import) -> list[dict[str, Any]]:
    """Who brought it when, and what the last run counted."""
    counts = kept.run.counts if kept.run is not None and kept.run.state == Run.State.FINISHED else {}
    facts: list[dict[str, Any]] = [{"label": "Brought by", "value": kept.created_by}]
    if kept.rows:
        facts.append({"label": "Rows", "value": f"{kept.rows:,}"})
    if kept.bad_rows:
        facts.append({"label": "Bad rows", "value": f"{kept.bad_rows:,}"})
    if kept.state == State.CHECKED:
        for name, label in (
            ("recurring", "Recurring invoices"), ("methods", "Billing methods"), ("auto_pays", "On Auto Pay"),
        ):  # fmt: skip
            facts.append({"label": label, "value": f"{counts.get(name, 0):,}"})
    return facts
