"""Which work of this room does a worker do? It sends an invoice that somebody mails by hand, at once.

What fails here, and what the nights queue, leaves with the letters between nights (payments.tasks.tidy).
"""

from django.db import close_old_connections
from procrastinate.contrib.django import app

from alarmdesk.company.models import Company
from alarmdesk.invoicing import letters
from alarmdesk.lib import clock


@app.task(queue="mail", pass_context=False)
def send_invoices(company_id: int) -> None:
    """Send what waits of one company."""
    close_old_connections()
    letters.deliver_all(Company.objects.get(pk=company_id), now=clock.now)
