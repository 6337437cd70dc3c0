"""Which work do tickets give to a worker? Their mail, at once and, should that fail, every five minutes."""

import logging
from functools import partial

from django.db import close_old_connections
from procrastinate.contrib.django import app

from alarmdesk.company.models import Company
from alarmdesk.company.rounds import go_round
from alarmdesk.lib import clock
from alarmdesk.office.ticketing import letters

log = logging.getLogger(__name__)


@app.task(name="tickets.send", queue="mail", pass_context=False)
def send_tickets(company_id: int) -> None:
    """Send what waits of one company."""
    close_old_connections()
    letters.deliver_all(Company.objects.get(pk=company_id), now=clock.now)


@app.periodic(cron="*/5 * * * *")
@app.task(name="tickets.send_waiting", queue="mail", queueing_lock="tickets.send_waiting", pass_context=False)
def send_waiting_tickets(timestamp: int) -> None:
    """Send what waits of every company."""
    go_round(partial(letters.deliver_all, now=clock.now), log=log, trouble="Mail about tickets of %s stopped")
