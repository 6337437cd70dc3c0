"""Which work of this room does a worker do? It sends letters, gives lost inquiries up and forgets old answers."""

import logging

from django.db import close_old_connections
from procrastinate.contrib.django import app

from alarmdesk.company.models import Company
from alarmdesk.company.rounds import go_round
from alarmdesk.credit import letters
from alarmdesk.credit.inquiring import forget, give_up
from alarmdesk.lib import clock

log = logging.getLogger(__name__)


@app.task(name="credit.send_letters", queue="mail", pass_context=False)
def send_letters(company_id: int) -> None:
    """Send what waits of one company."""
    close_old_connections()
    letters.deliver_all(Company.objects.get(pk=company_id), now=clock.now)


@app.periodic(cron="*/5 * * * *")
@app.task(name="credit.tend", queue="credit", queueing_lock="credit.tend", pass_context=False)
def tend(timestamp: int) -> None:
    """Every company's lost inquiries, letters that did not leave at once, and answers whose days are over."""
    go_round(_tend, log=log, trouble="The credit reports of %s could not be tended")


def _tend(company: Company) -> None:
    give_up(company, at=clock.now())
    forget(company, at=clock.now())
    letters.deliver_all(company, now=clock.now)
