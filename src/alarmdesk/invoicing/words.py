"""What does the mail say that brings a document to the customer? The company's own words, or ours."""

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from alarmdesk.company.models import Company
from alarmdesk.invoicing.documents import facts
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib.furniture import day, money
from alarmdesk.messaging import catalogue
from alarmdesk.messaging.texts import Block, Link, Strong, Value, Written, facts_of, wording

LETTERS = {
    Invoice.Type.INVOICE: catalogue.INVOICE,
    Invoice.Type.QUOTE: catalogue.QUOTE,
    Invoice.Type.CREDIT: catalogue.CREDIT,
}


def invoice_mail(invoice: Invoice, company: Company, *, pay_url: str = "") -> Written:
    """The mail with a document, inside the company. Take the invoice from `documents.with_document`.

    `pay_url`: where the customer can pay without signing in, if the room of payments offers it (D5).
    """
    return wording(LETTERS[Invoice.Type(invoice.type)]).write(values_of(invoice, company, pay_url=pay_url))


def values_of(invoice: Invoice, company: Company, *, pay_url: str) -> dict[str, Value]:
    """What the placeholders of a letter about a document say."""
    document = facts(invoice, company)
    context = {"document": document}
    html = render_to_string("invoicing/mail/document.html", context)
    return {
        **facts_of(company, str((invoice.bill_to or {}).get("name") or invoice.customer.name)),
        "number": str(invoice.number),
        "amount": money(invoice.total, company.currency),
        "due": money(invoice.due, company.currency),
        "due_date": day(invoice.due_on),
        "lead": Strong(_lead(invoice, company.currency)),
        "document": Block(
            render_to_string("invoicing/mail/document.txt", context).strip(),
            mark_safe(html),  # noqa: S308  a template of ours, which escapes
        ),
        "note": invoice.note,
        "pay_link": Link("Pay online", pay_url if invoice.due else ""),
    }


def _lead(invoice: Invoice, currency: str) -> str:
    """The sentence that the customer opens the mail for."""
    total = money(invoice.total, currency)
    if invoice.voided_at is not None:
        return f"Invoice {invoice.number} for {total} is void. You do not owe anything for it."
    if invoice.type == Invoice.Type.QUOTE:
        return f"Here is our quote for {total}. Nothing is due."
    if invoice.type == Invoice.Type.CREDIT:
        return f"We have credited {total} to your account."
    if not invoice.due:
        return f"Invoice {invoice.number} for {total} is paid in full. Thank you."
    return f"{money(invoice.due, currency)} is due by {day(invoice.due_on)}."
