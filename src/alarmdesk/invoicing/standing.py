"""How does a document or a recurring invoice stand today, in one word and one colour?"""

import datetime as dt
from typing import NamedTuple

from alarmdesk.invoicing.models import Invoice, RecurringInvoice
from alarmdesk.invoicing.quotes import answer_of, is_expired


class Standing(NamedTuple):
    """The pill that says it: kind (ok, warn, bad, info, plain) and text."""

    kind: str
    text: str


def of_invoice(invoice: Invoice, today: dt.date) -> Standing:
    """Void, Credit, Credited, Paid, Past due (D9), Partly paid or Open; of a quote what `of_quote` says."""
    if invoice.type == Invoice.Type.QUOTE:
        return of_quote(invoice, today)
    if invoice.voided_at is not None:
        return Standing("plain", "Void")
    if invoice.type == Invoice.Type.CREDIT:
        return Standing("plain", "Credit" if invoice.left else "Credit, applied")
    if not invoice.due:
        return Standing("ok", "Credited" if 0 < invoice.credited == invoice.total else "Paid")
    if invoice.is_past_due(today):
        return Standing("bad", "Past due")
    return Standing("info", "Partly paid" if invoice.paid else "Open")


def of_quote(quote: Invoice, today: dt.date) -> Standing:
    """Quote, and what became of it. Take many from `queries.with_quote_facts`."""
    successor, answer = quote.replaced_by, answer_of(quote)
    if successor is not None:
        is_invoiced = successor.type == Invoice.Type.INVOICE
        return Standing("ok", "Quote invoiced") if is_invoiced else Standing("plain", "Quote replaced")
    if quote.voided_at is not None:
        return Standing("plain", "Void")
    if answer is not None:
        return Standing("ok", "Quote accepted") if answer.is_accepted else Standing("bad", "Quote declined")
    return Standing("warn", "Quote expired") if is_expired(quote, today) else Standing("info", "Quote")


def of_recurring(recurring: RecurringInvoice, today: dt.date) -> Standing:
    """Ended, Complete (all its times are up), Ending or Active."""
    if recurring.ended_on is not None:
        return Standing("plain", "Ended") if recurring.next_on is None else Standing("warn", "Ending")
    if recurring.next_on is None:
        return Standing("plain", "Complete")
    return Standing("ok", "Active")
