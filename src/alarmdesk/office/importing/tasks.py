"""Who does the long work of an import? A worker, whichever is free; what a killed one left is taken up again."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections
from procrastinate.contrib.django import app

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.customers.models import Import
from alarmdesk.invoicing.bulk import NoMonitoringItem
from alarmdesk.lib import clock
from alarmdesk.office.importing.carrying import Overtaken
from alarmdesk.office.importing.checking import NotNow, check_file
from alarmdesk.office.importing.reading import UnreadableFile
from alarmdesk.office.importing.undoing import undo_import
from alarmdesk.office.importing.whole import import_file, store_waiting

QUEUE = "imports"
SILENT_FOR = dt.timedelta(minutes=2)
TOLD = (UnreadableFile, NoMonitoringItem, NotNow, Overtaken)
"""Ends that the person has been told of, or that are none."""
FAULT = "A fault in AlarmDesk stopped it. What is done stands; press Continue."
log = logging.getLogger(__name__)


def defer(work: Any, kept: Import, actor: Actor) -> None:
    """Hand a piece of work on an import to the workers, within the transaction that is open."""
    work.defer(company_id=kept.company_id, import_id=kept.pk, kind=actor.kind, name=actor.name, user_id=actor.user_id)


@app.task(name="imports.check", queue=QUEUE)
def check(company_id: int, import_id: int, kind: str, name: str, user_id: int | None) -> None:
    _work(check_file, company_id, import_id, Actor(kind, name, user_id))


@app.task(name="imports.carry", queue=QUEUE)
def carry(company_id: int, import_id: int, kind: str, name: str, user_id: int | None) -> None:
    _work(import_file, company_id, import_id, Actor(kind, name, user_id))


@app.task(name="imports.store", queue=QUEUE)
def store(company_id: int, import_id: int, kind: str, name: str, user_id: int | None) -> None:
    _work(store_waiting, company_id, import_id, Actor(kind, name, user_id))


@app.task(name="imports.undo", queue=QUEUE)
def undo(company_id: int, import_id: int, kind: str, name: str, user_id: int | None) -> None:
    _work(undo_import, company_id, import_id, Actor(kind, name, user_id))


def _work(function: Callable[..., object], company_id: int, import_id: int, actor: Actor) -> None:
    close_old_connections()
    company = Company.objects.defer("logo").get(pk=company_id)
    try:
        function(company, import_id, actor=actor, now=clock.now)
    except TOLD as error:
        log.info("Import %s of %s: %s", import_id, company.slug, error)
    except Exception:
        with inside(company, actor=actor):
            kept = company.imports.select_related("run").get(pk=import_id)
            if kept.run is not None:
                runs.fail(kept.run, FAULT, at=clock.now())
        raise
    finally:
        close_old_connections()


WORKS = {Import.State.UPLOADED: check, Import.State.IMPORTING: carry, Import.State.UNDOING: undo}


def work_for(kept: Import) -> Any:
    """The task that goes on with an import in its state, or None where nothing is under way."""
    if kept.state == Import.State.IMPORTED:
        return store
    return WORKS.get(Import.State(kept.state))


@app.periodic(cron="* * * * *")
@app.task(name="imports.take_up", queue=QUEUE, queueing_lock="imports.take_up")
def take_up(timestamp: int) -> None:
    """Go on with the imports whose worker was killed: their runs have been silent for two minutes."""
    close_old_connections()
    for company in Company.objects.defer("logo").filter(closed_at=None):
        with inside(company):
            silent = clock.now() - SILENT_FOR
            stalled = company.imports.select_related("run").filter(
                run__state=Run.State.RUNNING, run__heartbeat_at__lt=silent
            )
            for kept in stalled:
                work = work_for(kept)
                if work is not None and kept.run is not None:
                    # so that the next minute does not take it up a second time
                    runs.advance(kept.run, 0, at=clock.now())
                    defer(work, kept, Actor("staff", kept.run.started_by))
    close_old_connections()
