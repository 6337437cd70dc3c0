"""How does a long piece of work tell how far it is? Through its Run row, in short transactions of its own."""

import datetime as dt
from typing import Any

from django.db.models import F

from alarmdesk.company.models import Run


def open_run(*, kind: Run.Kind, on: dt.date, at: dt.datetime, started_by: str) -> Run:
    """A new run of the entered company, waiting."""
    return Run.objects.create(kind=kind, on=on, created_at=at, started_by=started_by)


def start(run: Run, *, at: dt.datetime) -> None:
    """The run is being worked on; what an earlier, killed try left as its error is gone."""
    Run.objects.filter(pk=run.pk).update(
        state=Run.State.RUNNING, started_at=at, heartbeat_at=at, error="", finished_at=None, done=0
    )


def enter_stage(run: Run, stage: str, total: int | None, *, at: dt.datetime) -> None:
    """The run turns to another part of its work, of `total` pieces where that is known."""
    Run.objects.filter(pk=run.pk).update(stage=stage, done=0, total=total, heartbeat_at=at)


def advance(run: Run, done: int, *, at: dt.datetime) -> None:
    """`done` more pieces are finished."""
    Run.objects.filter(pk=run.pk).update(done=F("done") + done, heartbeat_at=at)


def finish(run: Run, counts: dict[str, Any], *, at: dt.datetime) -> None:
    Run.objects.filter(pk=run.pk).update(
        state=Run.State.FINISHED, counts=counts, stage="", error="", finished_at=at, heartbeat_at=at
    )


def cancel(run: Run, *, at: dt.datetime) -> None:
    """The run was taken back by somebody; it makes nothing more."""
    Run.objects.filter(pk=run.pk).update(state=Run.State.CANCELLED, stage="", finished_at=at, heartbeat_at=at)


def fail(run: Run, error: str, *, at: dt.datetime) -> None:
    """The run stopped; what it had done stands, and starting it again goes on from there."""
    Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED, error=error, finished_at=at, heartbeat_at=at)
