"""Which work of this room does a worker do? Nights, the janitor's rounds, and the letters between nights."""

import datetime as dt
import logging
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from functools import partial

from django.db import close_old_connections, transaction
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation

from alarmdesk.company import runs
from alarmdesk.company.entering import SYSTEM, Actor, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.company.rounds import go_round
from alarmdesk.invoicing import letters as invoice_letters
from alarmdesk.lib import clock
from alarmdesk.payments import inbound, letters, statement_runs
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.night import night, open_night, starts
from alarmdesk.scheduling import letters as appointment_letters

log = logging.getLogger(__name__)
PAUSE = dt.timedelta(minutes=30)
"""After the last sign of life of a night that did not end, until it is begun again."""
MOST_TRIES_A_DAY = 6
"""Nights that AlarmDesk itself begins for one date of one company; each of them tries three times."""
SILENT = (
    "It fell silent: the program that worked on it was ended. What it had done stands; a new run goes on from there."
)


def start_night(company: Company, *, on: dt.date, by: str) -> Run:
    """Open a night's run and have a worker do it. In the open transaction, if there is one."""
    with transaction.atomic():
        run = open_night(company, on=on, at=clock.now(), by=by)
        work_night.configure(lock=f"night-{company.pk}").defer(company_id=company.pk, run_id=run.pk)
    return run


@app.task(queue="nights", retry=RetryStrategy(max_attempts=3, wait=60), pass_context=False)
def work_night(company_id: int, run_id: int) -> None:
    """Work through a night's run. A lock per company keeps two workers from one night; without it they would only
    share the work.
    """
    close_old_connections()
    company = Company.objects.get(pk=company_id)
    with inside(company):
        run = Run.objects.get(pk=run_id)
    ahead = run.on > company.local_date(clock.now())  # asked for by the page in a demo only
    with clock.hold(starts(run.on, company)) if ahead else nullcontext():
        night(company, on=run.on, now=clock.now, run=run, actor=Actor("system", run.started_by))


@app.periodic(cron="*/10 * * * *")
@app.task(queue="nights", queueing_lock="nights-begin", pass_context=False)
def begin_nights(timestamp: int) -> None:
    """Start the night of every company where it is 02:00 or later and the local date has had none yet (D10).

    A night that failed or fell silent is begun again the same day.
    """
    go_round(partial(_begin_night, at=clock.now()), log=log, trouble="The night of %s could not be started")


def _begin_night(company: Company, at: dt.datetime) -> None:
    on = company.local_date(at)
    if at < starts(on, company):
        return
    with inside(company):
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        # what a demo did ahead of its day is not that day's night
        midnight = dt.datetime.combine(on, dt.time(), company.zone)
        tries = list(Run.objects.filter(kind=Run.Kind.NIGHT, on=on, created_at__gte=midnight).order_by("pk"))
        if not tries or _must_begin_again(tries, at):
            start_night(company, on=on, by=SYSTEM.name)


def _must_begin_again(tries: list[Run], at: dt.datetime) -> bool:
    """Has the day's night ended without an end, and long enough ago? What fell silent is noted as such."""
    if any(run.state == Run.State.FINISHED for run in tries):
        return False
    if sum(run.started_by == SYSTEM.name for run in tries) >= MOST_TRIES_A_DAY:
        return False
    if at < max(run.heartbeat_at or run.created_at for run in tries) + PAUSE:
        return False
    names = [run.pk for run in tries]
    if ProcrastinateJob.objects.filter(
        task_name=work_night.name, status__in=("todo", "doing"), args__run_id__in=names
    ).exists():
        return False  # it waits for a worker, or works; take_up_nights looks after those whose worker was killed
    for run in tries:
        if run.state != Run.State.FAILED:
            runs.fail(run, SILENT, at=at)
    return True


@app.periodic(cron="* * * * *")
@app.task(queue="nights", queueing_lock="nights-take-up", pass_context=True)
async def take_up_nights(context: JobContext, timestamp: int) -> None:
    """Give a night whose worker was killed to another one. It holds its company's lock until then, and with it every
    later night.
    """
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(queue="nights"):
        try:
            await jobs.retry_job(job)
        except UniqueViolation:
            continue  # a periodic one, and the next of its kind waits already


@app.task(queue="mail", pass_context=False)
def send_letters(company_id: int) -> None:
    """Send what waits of one company at once: somebody has just paid and looks for the receipt."""
    close_old_connections()
    letters.deliver_all(Company.objects.get(pk=company_id), now=clock.now)


def work_off_soon(company: Company) -> None:
    """Have a worker act on the webhooks that wait of a company: one job, however many came before it began."""
    name = f"events-{company.pk}"
    with suppress(AlreadyEnqueued), transaction.atomic():
        work_off_events.configure(lock=name, queueing_lock=name).defer(company_id=company.pk)


@app.task(queue="events", pass_context=False)
def work_off_events(company_id: int) -> None:
    """Ask the gateway about what its webhooks said."""
    close_old_connections()
    inbound.work_off(Company.objects.get(pk=company_id), now=clock.now)


@app.periodic(cron="*/5 * * * *")
@app.task(queue="nights", queueing_lock="tidy", pass_context=False)
def tidy(timestamp: int) -> None:
    """Ask about payments without an answer, try webhooks again that could not be acted upon, remind of
    tomorrow's appointments, and send the letters that wait, for every company.
    """
    close_old_connections()
    tidy_up(Company.objects.filter(closed_at=None).order_by("pk"))


def tidy_up(companies: Iterable[Company]) -> None:
    """The same for some; one company's trouble does not keep the others waiting."""
    for company in companies:
        mailing = invoice_letters.deliver_all, letters.deliver_all, appointment_letters.remind_and_deliver
        for part in (resolve_unknown, inbound.work_off, *mailing):
            try:
                part(company, now=clock.now)
            except (NoGateway, BadCredentials, NoAnswer):
                continue  # the next night's run page says so
            except Exception:
                log.exception("Tidying up for %s stopped", company.slug)
                close_old_connections()


@app.task(queue="nights", retry=RetryStrategy(max_attempts=3, wait=60), pass_context=False)
def work_statements(company_id: int, run_id: int) -> None:
    """Make the statements of a run; one whose worker was killed is taken up as a night is."""
    close_old_connections()
    company = Company.objects.get(pk=company_id)
    with inside(company):
        run = Run.objects.get(pk=run_id)
    actor = Actor("staff", run.started_by)
    try:
        statement_runs.work(company, run_id, now=clock.now, actor=actor)
    except Exception:
        with inside(company, actor=actor):
            runs.fail(run, "A fault in AlarmDesk stopped it. What is made stands; order it again.", at=clock.now())
        raise
    letters.deliver_all(company, now=clock.now)
