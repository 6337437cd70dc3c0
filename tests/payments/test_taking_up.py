"""What becomes of a night whose worker was killed in the middle of it? Another worker gets it; no later one waits."""

import datetime as dt
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app

from alarmdesk.company.models import Company, Run
from alarmdesk.payments.tasks import start_night, take_up_nights

DAY = dt.date(2026, 3, 2)


def job_of(run: Run) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, status::text, lock from procrastinate_jobs where args->>'run_id' = %s and task_name = %s",
            [str(run.pk), "alarmdesk.payments.tasks.work_night"],
        )
        return dict(zip(("id", "status", "lock"), cursor.fetchone(), strict=True))


def begin(run: Run, *, heartbeat: str | None) -> None:
    """A worker has taken the job; its last heartbeat is so long ago, or it is gone from the list of workers."""
    with connection.cursor() as cursor:
        worker = None
        if heartbeat is not None:
            cursor.execute(
                "insert into procrastinate_workers (last_heartbeat) values (now() - %s::interval) returning id",
                [heartbeat],
            )
            worker = cursor.fetchone()[0]
        cursor.execute(
            "update procrastinate_jobs set status = 'doing', worker_id = %s where id = %s", [worker, job_of(run)["id"]]
        )


def take_up() -> None:
    context = JobContext(app=app, start_timestamp=0, job=None, abort_reason=lambda: None)  # type: ignore[arg-type]
    async_to_sync(take_up_nights.func)(context, timestamp=0)


def test_a_night_whose_worker_is_gone_waits_for_another_one(shop: Company) -> None:
    run = start_night(shop, on=DAY, by="Rosa Marin")
    begin(run, heartbeat=None)
    take_up()
    assert job_of(run)["status"] == "todo"


def test_a_night_whose_worker_has_been_silent_waits_for_another_one(shop: Company) -> None:
    run = start_night(shop, on=DAY, by="Rosa Marin")
    begin(run, heartbeat="2 minutes")
    take_up()
    assert job_of(run)["status"] == "todo"


def test_a_night_whose_worker_lives_is_left_to_it(shop: Company) -> None:
    run = start_night(shop, on=DAY, by="Rosa Marin")
    begin(run, heartbeat="5 seconds")
    take_up()
    assert job_of(run)["status"] == "doing"
