"""What is written to a customer whose price goes up? The dealer's own words, from when on, and both prices."""

from alarmdesk.company.entering import entered
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.lib.furniture import day, money
from alarmdesk.messaging import catalogue
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words
from alarmdesk.messaging.texts import Value, block, facts_of, wording

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
    context = {"company": company, "old": found.follows, "new": found, "lines": list(found.lines.all())}
    values: dict[str, Value] = {
        **facts_of(company, found.customer.name),
        "letter": found.raised_by.letter or LETTER,
        "amount_before": money(found.follows.amount, company.currency),
        "amount": money(found.amount, company.currency),
        "date": day(found.begins_on),
        "first_date": day(found.first_on),
        "document": block("invoicing/mail/rate_increase", context),
    }
    written = wording(catalogue.RATE_CHANGE).write(values)
    return Words(subject=written.subject, text=written.text, html=written.html)
