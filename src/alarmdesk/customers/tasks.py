"""Which work of this room does a worker do? It sweeps files away, once a day."""

import datetime as dt
import logging

from django.db import close_old_connections
from procrastinate.contrib.django import app

from alarmdesk.company.models import Company
from alarmdesk.customers import filing
from alarmdesk.lib import clock
from alarmdesk.lib.shelf import Shelf

log = logging.getLogger(__name__)


@app.periodic(cron="23 4 * * *")
@app.task(name="customers.sweep_files", queue="tidying", queueing_lock="customers.sweep_files", pass_context=False)
def sweep_files(timestamp: int) -> None:
    """Erase what was removed thirty days ago, and what uploads that died have left."""
    close_old_connections()
    now: dt.datetime = clock.now()
    place = filing.storage()
    if isinstance(place, Shelf):
        place.forget_unfinished(now - filing.ORPHANED_AFTER)
    for company in Company.objects.defer("logo").filter(closed_at=None).order_by("pk"):
        try:
            filing.sweep(company, at=now)
        except Exception:  # one company's trouble must not keep the others waiting
            log.exception("The files of %s could not be swept", company.slug)
            close_old_connections()
