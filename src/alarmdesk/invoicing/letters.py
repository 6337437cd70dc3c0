"""Which letters does this room send? The invoices that customers asked to have mailed (F49)."""

import datetime as dt
from collections.abc import Callable

from alarmdesk.company.entering import SYSTEM, Actor, entered
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words, deliver

Now = Callable[[], dt.datetime]


def invoice_letter(message: Message) -> Words | Unwritable:
    """The letter with an invoice; none for one that was voided before it left."""
    from alarmdesk.invoicing.words import invoice_mail

    invoice = Invoice.objects.select_related("customer", "term").filter(pk=message.about_id).first()
    if invoice is None or invoice.voided_at is not None:
        return Unwritable("The invoice is not in force any more.")
    subject, text, html = invoice_mail(invoice, entered())
    return Words(subject, text, html)


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send the invoices that are due to leave. Answers how many left."""
    return deliver(company, "invoice", invoice_letter, now=now, actor=actor)
