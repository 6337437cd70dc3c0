"""Which work of this room does a worker do? It sweeps files away, once a day."""

import datetime as dt
import logging
from functools import partial

from procrastinate.contrib.django import app

from alarmdesk.company.rounds import go_round
from alarmdesk.customers import filing
from alarmdesk.lib import clock
from alarmdesk.lib.shelf import Shelf

log = logging.getLogger(__name__)


@app.periodic(cron="23 4 * * *")
@app.task(name="customers.sweep_files", queue="tidying", queueing_lock="customers.sweep_files", pass_context=False)
def sweep_files(timestamp: int) -> None:
    """Erase what was removed thirty days ago, and what uploads that died have left."""
    now: dt.datetime = clock.now()
    place = filing.storage()
    if isinstance(place, Shelf):
        place.forget_unfinished(now - filing.ORPHANED_AFTER)
    go_round(partial(filing.sweep, at=now), log=log, trouble="The files of %s could not be swept")
