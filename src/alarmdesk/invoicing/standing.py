"""How does a document or a recurring invoice stand today, in one word and one colour?"""

import datetime as dt
from typing import NamedTuple

from alarmdesk.invoicing.models import Invoice, RecurringInvoice


class Standing(NamedTuple):
    """The pill that says it: kind (ok, warn, bad, info, plain) and text."""

    kind: str
    text: str


def of_invoice(invoice: Invoice, today: dt.date) -> Standing:
    """Void, Quote, Credit, Credited, Paid, Past due (D9), Partly paid or Open."""
    if invoice.voided_at is not None:
        return Standing("plain", "Void")
    if invoice.type == Invoice.Type.CREDIT and not invoice.left:
        return Standing("plain", "Credit, applied")
    if invoice.type != Invoice.Type.INVOICE:
        return Standing("plain", invoice.get_type_display())
    if not invoice.due:
        return Standing("ok", "Credited" if 0 < invoice.credited == invoice.total else "Paid")
    if invoice.is_past_due(today):
        return Standing("bad", "Past due")
    return Standing("info", "Partly paid" if invoice.paid else "Open")


def of_recurring(recurring: RecurringInvoice, today: dt.date) -> Standing:
    """Ended, Complete (all its times are up), Ending or Active."""
    if recurring.ended_on is not None:
        return Standing("plain", "Ended") if recurring.next_on is None else Standing("warn", "Ending")
    if recurring.next_on is None:
        return Standing("plain", "Complete")
    return Standing("ok", "Active")
