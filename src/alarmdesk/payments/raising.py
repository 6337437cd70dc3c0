"""How is an increase of many prices applied and taken back, Auto Pay and all? Batch by batch (invoicing/raises.py)."""

import datetime as dt
from collections.abc import Callable

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, acting, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.invoicing import raises
from alarmdesk.invoicing.models import RateIncrease
from alarmdesk.invoicing.raising import Planner
from alarmdesk.payments.changing import carry_over
from alarmdesk.payments.models import AutoPay

Now = Callable[[], dt.datetime]
AT_ONCE = 1_000


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
