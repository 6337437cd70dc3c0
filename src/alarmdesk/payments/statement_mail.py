"""How does a statement reach its customer by mail? Queued here, written when it leaves, with PDF and pay link."""

import datetime as dt

from alarmdesk.company.entering import entered
from alarmdesk.invoicing.paying import balance_link
from alarmdesk.lib.furniture import day, money
from alarmdesk.messaging import catalogue
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words, queue_again
from alarmdesk.messaging.texts import Link, Value, block, facts_of, wording
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
    values: dict[str, Value] = {
        **facts_of(company, found.customer.name),
        "number": str(found.number),
        "balance": money(found.balance, company.currency),
        "from_date": day(found.starts_on),
        "to_date": day(found.ends_on),
        "document": block("payments/letters/statement", {"company": company, "statement": found}),
        "pay_link": Link(
            "Pay what is due, without signing in",
            balance_link(found.customer, today=company.local_date(message.queued_at)),
        ),
    }
    written = wording(catalogue.STATEMENT).write(values)
    return Words(
        subject=written.subject,
        text=written.text,
        html=written.html,
        attachments=((file_name(found), pdf(found, company), "application/pdf"),),
    )
