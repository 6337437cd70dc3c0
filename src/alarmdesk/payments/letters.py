"""What do the letters about payments say? Receipts, and the news that a charge failed."""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.template.loader import render_to_string

from alarmdesk.company.entering import SYSTEM, Actor, entered
from alarmdesk.company.models import Company
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words, deliver
from alarmdesk.payments.models import Payment

Now = Callable[[], dt.datetime]


def receipt(message: Message) -> Words | Unwritable:
    """The receipt of one payment: what was paid, with what, for which invoices."""
    return _about(message, "receipt", "Receipt for your payment of ${amount}")


def payment_failed(message: Message) -> Words | Unwritable:
    """The news that Auto Pay could not draw an amount, with the gateway's reason (F51)."""
    return _about(message, "payment_failed", "Your payment of ${amount} did not go through")


LETTERS = {"receipt": receipt, "payment_failed": payment_failed}


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send the letters of this room that are due. Answers how many left."""
    return sum(deliver(company, kind, compose, now=now, actor=actor) for kind, compose in LETTERS.items())


def _about(message: Message, letter: str, subject: str) -> Words | Unwritable:
    payment = (
        Payment.objects.select_related("customer", "billing_method")
        .prefetch_related("plans__invoice", "allocations__invoice")
        .filter(pk=message.about_id or 0)
        .first()
    )
    if payment is None:
        return Unwritable("The payment is no longer there.")
    company = entered()
    context = {
        "company": company,
        "payment": payment,
        "customer": payment.customer,
        "invoices": [plan.invoice for plan in payment.plans.all()],
        "portal": f"{settings.SITE_URL}/{company.slug}/portal/",
    }
    amount = f"{payment.amount:,.2f}"
    return Words(
        subject=subject.replace("{amount}", amount),
        text=render_to_string(f"payments/letters/{letter}.txt", context),
        html=render_to_string(f"payments/letters/{letter}.html", context),
    )
