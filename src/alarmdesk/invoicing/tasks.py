"""Which work of this room does a worker do? It sends an invoice that somebody mails by hand, at once, and prints many
documents into one file.

A letter that fails here, and what the nights queue, leaves with the letters between nights (payments.tasks.tidy).
"""

import datetime as dt
import logging

from django.db import close_old_connections
from procrastinate.contrib.django import app

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.invoicing import letters, printing
from alarmdesk.invoicing.models import Printout
from alarmdesk.lib import clock

SILENT_FOR = dt.timedelta(minutes=2)
FAULT = "A fault in AlarmDesk stopped it. Print again."
log = logging.getLogger(__name__)


@app.task(queue="mail", pass_context=False)
def send_invoices(company_id: int) -> None:
    """Send what waits of one company."""
    close_old_connections()
    letters.deliver_all(Company.objects.get(pk=company_id), now=clock.now)


@app.task(name="invoicing.print", queue="printing")
def print_documents(company_id: int, printout_id: int, by: str) -> None:
    """Make the file of one print run."""
    close_old_connections()
    company = Company.objects.get(pk=company_id)
    try:
        printing.print_out(company, printout_id, now=clock.now, actor=Actor("staff", by))
    except Exception:
        with inside(company):
            runs.fail(company.printouts.select_related("run").get(pk=printout_id).run, FAULT, at=clock.now())
        raise
    finally:
        close_old_connections()


@app.periodic(cron="*/2 * * * *")
@app.task(name="invoicing.tend_printing", queue="printing", queueing_lock="invoicing.tend_printing")
def tend_printing(timestamp: int) -> None:
    """Print again what a killed worker left, and let old files go."""
    close_old_connections()
    now = clock.now()
    for company in Company.objects.defer("logo").filter(closed_at=None):
        printing.forget_old(company, at=now)
        with inside(company):
            silent = Printout.objects.select_related("run").filter(
                run__state=Run.State.RUNNING, run__heartbeat_at__lt=now - SILENT_FOR
            )
            for left in silent:
                runs.advance(left.run, 0, at=now)  # so that nobody takes it up a second time
                print_documents.defer(company_id=company.pk, printout_id=left.pk, by=left.created_by)
    close_old_connections()
