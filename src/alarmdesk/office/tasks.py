"""Which work does the office give to a worker? The mail that people write, at once and, should that fail, again."""

import logging
from functools import partial

from django.db import close_old_connections
from procrastinate.contrib.django import app

from alarmdesk.company.models import Company
from alarmdesk.company.rounds import go_round
from alarmdesk.lib import clock
from alarmdesk.office import writing

log = logging.getLogger(__name__)


@app.task(name="office.send_written", queue="mail", pass_context=False)
def send_written(company_id: int) -> None:
    """Send what waits of one company."""
    close_old_connections()
    writing.deliver_all(Company.objects.get(pk=company_id), now=clock.now)


@app.periodic(cron="*/5 * * * *")
@app.task(name="office.send_waiting", queue="mail", queueing_lock="office.send_waiting", pass_context=False)
def send_waiting(timestamp: int) -> None:
    """Send what waits of every company."""
    go_round(partial(writing.deliver_all, now=clock.now), log=log, trouble="Mail written by people at %s stopped")
