"""How are statements made for everybody over a threshold? In the background, a hundred customers a transaction, each
once: PostgreSQL lets no customer have two of one run, and the same order is not given twice on a day.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.customers.models import Customer
from alarmdesk.payments.aging import Aging
from alarmdesk.payments.models import Statement
from alarmdesk.payments.statement_mail import queue_statement
from alarmdesk.payments.statements import Period, make_statements

Now = Callable[[], dt.datetime]
AT_ONCE = 100
STAGE = "Statements"


@dataclass(frozen=True, slots=True)
class Order:
    """Which statements are wanted: the period and what is told of it, for whom (`over` dollars owed, `days` past due at
    least, with an e-mail address only), and whether each is mailed.
    """

    period: Period
    over: Decimal | None = None
    days: int | None = None
    mailable: bool = False
    mails: bool = False

    def aging(self, today: dt.date) -> Aging:
        """Who is meant, as it stands at the end of the period."""
        on = self.period.ends_on
        return Aging(on=on, is_today=on == today, over=self.over, days=self.days, mailable=self.mailable)

    def as_json(self) -> dict[str, Any]:
        """For the run's row."""
        period = self.period
        return {
            "kind": period.kind, "from": period.starts_on.isoformat(), "to": period.ends_on.isoformat(),
            "paid": period.includes_paid, "credits": period.includes_credits, "mailable": self.mailable,
            "over": None if self.over is None else str(self.over), "days": self.days, "mails": self.mails,
        }  # fmt: skip


def order_of(run: Run) -> Order:
    """What a run was asked for."""
    said = run.counts["order"]
    day = dt.date.fromisoformat
    period = Period(said["kind"], day(said["from"]), day(said["to"]), said["paid"], said["credits"])
    over = None if said["over"] is None else Decimal(said["over"])
    return Order(period, over, said["days"], said["mailable"], said["mails"])


def open_order(company: Company, order: Order, *, today: dt.date, at: dt.datetime, by: str) -> tuple[Run, bool]:
    """The run of an order, and whether it is a new one: what was ordered today already is not made again. Inside the
    company, in the open transaction. Raises NotStatable.
    """
    order.period.check(today)
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    before = Run.objects.filter(kind=Run.Kind.STATEMENTS, on=today, counts__order=order.as_json()).order_by("pk").last()
    if before is not None and before.state != Run.State.FAILED:
        return before, False
    run = before or runs.open_run(kind=Run.Kind.STATEMENTS, on=today, at=at, started_by=by)
    run.counts, run.state, run.error = {"order": order.as_json()}, Run.State.WAITING, ""
    run.save(update_fields=["counts", "state", "error"])
    return run, True


def work(company: Company, run_id: int, *, now: Now, actor: Actor) -> int:
    """Make what is still missing of a run's statements; answers how many. What a killed worker had made stands. Called
    with no transaction open.
    """
    with inside(company, actor=actor):
        run = Run.objects.get(pk=run_id)
        if run.state == Run.State.FINISHED:
            return 0
        order = order_of(run)
        runs.start(run, at=now())
        made = set(Statement.objects.filter(run=run).values_list("customer_id", flat=True))
        left = [pk for pk in order.aging(run.on).customers() if pk not in made]
        runs.enter_stage(run, STAGE, len(made) + len(left), at=now())
        runs.advance(run, len(made), at=now())
    done = 0
    for start in range(0, len(left), AT_ONCE):
        with inside(company, actor=actor):
            done += _make(run, order, left[start : start + AT_ONCE], at=now())
    with inside(company, actor=actor):
        statements = Statement.objects.filter(run=run)
        counts = {"order": order.as_json(), "statements": statements.count(), "mails": 0}
        if order.mails:
            counts["mails"] = statements.exclude(customer__email="").count()
        runs.finish(run, counts, at=now())
    return done


def _make(run: Run, order: Order, ids: list[int], *, at: dt.datetime) -> int:
    """One transaction: statements, letters and progress. Another worker's are left alone, under the run's lock."""
    with transaction.atomic():
        Run.objects.select_for_update(no_key=True).get(pk=run.pk)
        there = set(Statement.objects.filter(run=run, customer__in=ids).values_list("customer_id", flat=True))
        found = Customer.objects.filter(pk__in=[pk for pk in ids if pk not in there]).prefetch_related("addresses")
        made = make_statements(list(found.order_by("pk")), order.period, today=run.on, at=at, run=run)
        if order.mails:
            for statement in made:
                if statement.customer.email:
                    queue_statement(statement, to=statement.customer.email, at=at)
        runs.advance(run, len(made), at=at)
        return len(made)
