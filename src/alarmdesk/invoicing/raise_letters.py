"""What is written to a customer whose price goes up? The dealer's own words, from when on, and both prices."""

from django.template.loader import render_to_string

from alarmdesk.company.entering import entered
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.lib.furniture import day
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words

LETTER = (
    "Thank you for trusting us with your security. To keep up with our costs, the price of your service changes as "
    "shown below. You do not have to do anything."
)
"""What the form of an increase begins with."""


def compose_raise(message: Message) -> Words | Unwritable:
    """The letter about one successor; none when the increase was taken back meanwhile, or something else happened."""
    found: RecurringInvoice | None = (
        entered()
        .recurring_invoices.select_related("customer", "follows", "raised_by")
        .filter(pk=message.about_id or 0, raised_by__isnull=False)
        .first()
    )
    if found is None or found.follows is None or found.raised_by is None:
        return Unwritable("The increase was undone.")
    if found.ended_on is not None or found.customer.is_cancelled:
        return Unwritable("It is not billed any more.")
    company = entered()
    context = {
        "company": company,
        "customer": found.customer,
        "letter": found.raised_by.letter or LETTER,
        "begins_on": found.begins_on,
        "first_on": found.first_on,
        "old": found.follows,
        "new": found,
        "lines": list(found.lines.select_related("item")),
    }
    return Words(
        subject=f"Your price from {day(found.begins_on)}",
        text=render_to_string("invoicing/mail/rate_increase.txt", context),
        html=render_to_string("invoicing/mail/rate_increase.html", context),
    )
