"""Who applies an increase of many prices, and takes it back? A worker, batch by batch, Auto Pay and all.

What a killed worker left is taken up again; the batches find their own work (invoicing/raises.py).
"""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections, transaction
from procrastinate.contrib.django import app

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, acting, entered, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.invoicing import raises
from alarmdesk.invoicing.models import RateIncrease
from alarmdesk.invoicing.raising import Planner
from alarmdesk.lib import clock
from alarmdesk.payments.changing import carry_over
from alarmdesk.payments.models import AutoPay

Now = Callable[[], dt.datetime]
QUEUE = "nights"
AT_ONCE = 1_000
SILENT_FOR = dt.timedelta(minutes=2)
FAULT = "A fault in AlarmDesk stopped it. What is done stands; it goes on when it is started again."
log = logging.getLogger(__name__)


def start(increase: RateIncrease, *, today: dt.date, at: dt.datetime) -> Run:
    """Have a worker apply a drafted increase. In the open transaction. Raises NotNow, NobodyToRaise."""
    return _hand_over(raises.begin(increase, today=today, at=at, by=acting().name), at)


def start_undo(increase: RateIncrease, *, today: dt.date, at: dt.datetime) -> Run:
    """Have a worker take an increase back. In the open transaction. Raises NotNow."""
    return _hand_over(raises.begin_undo(increase, today=today, at=at, by=acting().name), at)


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


def carry_out(company: Company, increase_id: int, *, now: Now, actor: Actor, batch: int = AT_ONCE) -> int:
    """All batches of an increase that is being applied or undone; how many recurring invoices. No transaction open."""
    with inside(company, actor=actor):
        increase = company.rate_increases.select_related("run").get(pk=increase_id)
        run = increase.run
        if run is None or increase.progress not in (RateIncrease.State.APPLYING, RateIncrease.State.UNDOING):
            return 0
        is_undoing = increase.progress == RateIncrease.State.UNDOING
        runs.start(run, at=now())
        total = company.recurring_invoices.filter(next_on__isnull=False).count()
        if is_undoing:
            total = company.recurring_invoices.filter(raised_by=increase).count()
        runs.enter_stage(run, "Undoing" if is_undoing else "Raising prices", total, at=now())
        planner = Planner(increase)
    last: int | None = 0
    while last is not None:
        with inside(company, actor=actor):
            step = _undo if is_undoing else _apply
            last, looked_at = step(increase, planner, last, batch, now())
            runs.advance(run, looked_at, at=now())
    return _finish(company, increase, run, is_undoing=is_undoing, now=now, actor=actor)


def _apply(increase: RateIncrease, planner: Planner, after: int, most: int, at: dt.datetime) -> tuple[int | None, int]:
    last, successors = raises.apply_batch(increase, planner, after=after, most=most, at=at)
    carry_over(successors, at=at, by=acting().name)
    return last, most if last is not None else 0


def _undo(increase: RateIncrease, _: Planner, after: int, most: int, __: dt.datetime) -> tuple[int | None, int]:
    pairs = raises.undoable(increase, after=after, most=most)
    enrolled = AutoPay.objects.filter(recurring_invoice__in=list(pairs))
    enrolled._raw_delete(enrolled.db)
    raises.undo_batch(pairs)
    return max(pairs, default=None), len(pairs)


def _finish(company: Company, increase: RateIncrease, run: Run, *, is_undoing: bool, now: Now, actor: Actor) -> int:
    with inside(company, actor=actor):
        raises.settle(increase, RateIncrease.State.UNDONE if is_undoing else RateIncrease.State.APPLIED)
        standing = company.recurring_invoices.filter(raised_by=increase).count()
        runs.finish(run, {"stay": standing} if is_undoing else {"raised": standing}, at=now())
    return standing


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
