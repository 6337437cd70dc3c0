"""How does a page tell where an import stands? In a pill, a bar and a few facts."""

from typing import Any

from alarmdesk.company.models import Run
from alarmdesk.customers.models import Import

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
UNDER_WAY = (Run.State.WAITING, Run.State.RUNNING)


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
