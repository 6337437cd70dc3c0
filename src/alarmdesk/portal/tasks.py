"""Which work of this room does a worker do? It sends invitations, at once and, should that fail, every five minutes."""

import logging
from functools import partial

from django.db import close_old_connections
from procrastinate.contrib.django import app

from alarmdesk.company.models import Company
from alarmdesk.company.rounds import go_round
from alarmdesk.lib import clock
from alarmdesk.portal import letters

log = logging.getLogger(__name__)


@app.task(queue="mail", pass_context=False)
def send_invitations(company_id: int) -> None:
    """Send what waits of one company."""
    close_old_connections()
    letters.deliver_all(Company.objects.get(pk=company_id), now=clock.now)


@app.periodic(cron="*/5 * * * *")
@app.task(queue="mail", queueing_lock="invitations", pass_context=False)
def send_waiting_invitations(timestamp: int) -> None:
    """Send what waits of every company."""
    go_round(partial(letters.deliver_all, now=clock.now), log=log, trouble="Invitations of %s stopped")
