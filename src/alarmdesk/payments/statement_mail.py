"""How does a statement reach its customer by mail? Queued here, written when it leaves, with PDF and pay link."""

import datetime as dt

from django.template.loader import render_to_string

from alarmdesk.company.entering import entered
from alarmdesk.invoicing.paying import balance_link
from alarmdesk.lib.furniture import money
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words, queue_again
from alarmdesk.payments.models import Statement
from alarmdesk.payments.statement_paper import file_name, pdf

KIND = "statement"
"""The kind of message that is about a statement; `about_id` is the statement's id."""


def queue_statement(statement: Statement, *, to: str, at: dt.datetime) -> Message:
    """Put the statement into the outbox for an address, again if it went there before."""
    return queue_again(kind=KIND, about_id=statement.pk, to=to, customer_id=statement.customer_id, at=at)


def mails_of(statement: Statement) -> list[Message]:
    """The messages that brought this statement somewhere, newest first."""
    return list(Message.objects.filter(kind=KIND, about_id=statement.pk).order_by("-queued_at", "-pk"))


def compose_statement(message: Message) -> Words | Unwritable:
    """What a message of kind `statement` says as it leaves: the balance is the statement's, the link pays what is due
    then.
    """
    company = entered()
    found = Statement.objects.select_related("customer").filter(pk=message.about_id or 0).first()
    if found is None:
        return Unwritable("The statement is no longer there.")
    context = {
        "company": company,
        "statement": found,
        "customer": found.customer,
        "pay_link": balance_link(found.customer, today=company.local_date(message.queued_at)),
    }
    return Words(
        subject=f"Statement {found.number} from {company.name}: {money(found.balance, company.currency)}",
        text=render_to_string("payments/letters/statement.txt", context),
        html=render_to_string("payments/letters/statement.html", context),
        attachments=((file_name(found), pdf(found, company), "application/pdf"),),
    )
