"""What do the letters with a link say: an invitation to the portal, a link to pay with? The words are written when they
leave, so that no copy of the link is kept.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import SYSTEM, Actor, entered
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words, deliver, queue_again
from alarmdesk.portal.actions import KIND, link_token
from alarmdesk.portal.models import AccountHolder
from alarmdesk.portal.pay_links import GOOD_FOR, offered_for, offered_for_balance, remaining

INVOICE_LINK, BALANCE_LINK = "pay_link", "balance_link"
Now = Callable[[], dt.datetime]


def invitation(message: Message) -> Words | Unwritable:
    """The invitation with its link."""
    holder = AccountHolder.objects.select_related("customer").filter(pk=message.about_id or 0).first()
    if holder is None or holder.ended_at or holder.accepted_at:
        return Unwritable("The invitation was taken back or accepted already.")
    company = entered()
    link = settings.SITE_URL + at("portal:invitation", token=link_token(holder))
    context = {"company": company, "customer": holder.customer, "link": link}
    return Words(
        subject=f"Your account at {company.name}",
        text=render_to_string("portal/letters/invitation.txt", context),
        html=render_to_string("portal/letters/invitation.html", context),
    )


def queue_link(*, customer: Customer, invoice: Invoice | None, to: str, at: dt.datetime) -> None:
    """Put a pay link into the outbox for an address, again if it went there before; without an invoice, that for the
    balance.
    """
    kind, about_id = (INVOICE_LINK, invoice.pk) if invoice else (BALANCE_LINK, customer.pk)
    queue_again(kind=kind, about_id=about_id, to=to, customer_id=customer.pk, at=at)


def invoice_link(message: Message) -> Words | Unwritable:
    """The link to one invoice."""
    invoice = Invoice.objects.filter(pk=message.about_id or 0).first()
    link = invoice and offered_for(invoice, today=_day(message))
    if invoice is None or not link:
        return Unwritable("Nothing is due on the invoice any more, or no payments are taken online.")
    context = {"invoice": invoice, "due": invoice.due, "subject": f"Pay {str(invoice).lower()} at {entered().name}"}
    return _pay_words(context, link, message)


def balance_link(message: Message) -> Words | Unwritable:
    """The link to all that a customer owes."""
    customer = message.customer  # not by `about_id`: the customer may have been merged since
    link = customer and offered_for_balance(customer, today=_day(message))
    if customer is None or not link:
        return Unwritable("Nothing is due any more, or no payments are taken online.")
    context = {"due": remaining(customer), "subject": f"Pay your balance at {entered().name}"}
    return _pay_words(context, link, message)


def _pay_words(context: dict[str, Any], link: str, message: Message) -> Words:
    told = {**context, "company": entered(), "link": link, "until": _day(message) + GOOD_FOR}
    return Words(
        subject=str(context["subject"]),
        text=render_to_string("portal/letters/pay_link.txt", told),
        html=render_to_string("portal/letters/pay_link.html", told),
    )


def _day(message: Message) -> dt.date:
    return entered().local_date(message.queued_at)


LETTERS = {KIND: invitation, INVOICE_LINK: invoice_link, BALANCE_LINK: balance_link}


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send the letters of this room that wait. Answers how many left. With no transaction open."""
    return sum(deliver(company, kind, compose, now=now, actor=actor) for kind, compose in LETTERS.items())
