"""Who hands an increase of many prices to a worker, and takes up what a killed one left?"""

import datetime as dt
from typing import Any

from django.db import close_old_connections, transaction
from procrastinate.contrib.django import app

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, acting, entered, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.invoicing import raises
from alarmdesk.invoicing.models import RateIncrease
from alarmdesk.lib import clock
from alarmdesk.payments.raising import carry_out

QUEUE = "nights"
SILENT_FOR = dt.timedelta(minutes=2)
FAULT = "A fault in AlarmDesk stopped it. What is done stands; press Go on."


def start(increase: RateIncrease, *, today: dt.date, at: dt.datetime) -> Run:
    """Have a worker apply a drafted increase. In the open transaction. Raises NotNow, NobodyToRaise."""
    return _hand_over(raises.begin(increase, today=today, at=at, by=acting().name), at)


def start_undo(increase: RateIncrease, *, today: dt.date, at: dt.datetime) -> Run:
    """Have a worker take an increase back. In the open transaction. Raises NotNow."""
    return _hand_over(raises.begin_undo(increase, today=today, at=at, by=acting().name), at)


def go_on(increase: RateIncrease) -> None:
    """Have a worker go on with an increase whose run has stopped. In the open transaction. Raises NotNow."""
    under_way = (RateIncrease.State.APPLYING, RateIncrease.State.UNDOING)
    if increase.progress not in under_way or increase.run is None or increase.run.state != Run.State.FAILED:
        raise raises.NotNow(f"{increase} has not stopped.")
    Run.objects.filter(pk=increase.run.pk).update(state=Run.State.WAITING, error="")
    with transaction.atomic():
        work.defer(company_id=entered().pk, increase_id=increase.pk, actor=_told(acting()))


def _hand_over(increase: RateIncrease, at: dt.datetime) -> Run:
    run = runs.open_run(kind=Run.Kind.INCREASE, on=increase.effective_on, at=at, started_by=acting().name)
    increase.run = run
    increase.save(update_fields=["run"])
    with transaction.atomic():
        work.defer(company_id=entered().pk, increase_id=increase.pk, actor=_told(acting()))
    return run


def _told(actor: Actor) -> dict[str, Any]:
    return {"kind": actor.kind, "name": actor.name, "user_id": actor.user_id}


@app.task(name="increases.work", queue=QUEUE)
def work(company_id: int, increase_id: int, actor: dict[str, Any]) -> None:
    """Apply an increase, or take it back, as its progress says."""
    close_old_connections()
    company = Company.objects.defer("logo").get(pk=company_id)
    who = Actor(**actor)
    try:
        carry_out(company, increase_id, now=clock.now, actor=who)
    except Exception:
        with inside(company, actor=who):
            increase = company.rate_increases.select_related("run").get(pk=increase_id)
            if increase.run is not None:
                runs.fail(increase.run, FAULT, at=clock.now())
        raise


@app.periodic(cron="* * * * *")
@app.task(name="increases.take_up", queue=QUEUE, queueing_lock="increases.take_up", pass_context=False)
def take_up(timestamp: int) -> None:
    """Go on with increases whose worker was killed: their runs have been silent for two minutes."""
    close_old_connections()
    for company in Company.objects.defer("logo").filter(closed_at=None).order_by("pk"):
        with inside(company):
            at = clock.now()
            stalled = company.rate_increases.select_related("run").filter(
                progress__in=[RateIncrease.State.APPLYING, RateIncrease.State.UNDOING],
                run__state=Run.State.RUNNING,
                run__heartbeat_at__lt=at - SILENT_FOR,
            )
            for increase in stalled:
                if increase.run is not None:
                    runs.advance(increase.run, 0, at=at)  # so that the next minute does not take it up again
                    actor = Actor("staff", increase.run.started_by)
                    work.defer(company_id=company.pk, increase_id=increase.pk, actor=_told(actor))
