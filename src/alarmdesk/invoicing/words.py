"""What does the mail say that brings a document to the customer?"""

from django.template.loader import render_to_string

from alarmdesk.company.models import Company
from alarmdesk.invoicing.documents import facts, file_name
from alarmdesk.invoicing.models import Invoice, QuoteAnswer
from alarmdesk.lib.furniture import day, money


def invoice_mail(invoice: Invoice, company: Company, *, pay_url: str = "", sign_url: str = "") -> tuple[str, str, str]:
    """Subject, text and HTML of the mail with a document. Take the invoice from `documents.with_document`.

    `pay_url`: where the customer can pay without signing in, if the room of payments offers it (D5); `sign_url`: where
    a quote is signed or declined.
    """
    kind = invoice.get_type_display().lower()
    subject = f"{invoice.get_type_display()} {invoice.number} from {company.name}"
    context = {
        "invoice": invoice,
        "company": company,
        "document": facts(invoice, company),
        "name": str((invoice.bill_to or {}).get("name") or invoice.customer.name),
        "kind": kind,
        "lead": _lead(invoice, company.currency),
        "sign_url": sign_url,
        "pay_url": pay_url if invoice.due else "",
        "file_name": file_name(invoice),
    }
    text = render_to_string("invoicing/mail/invoice.txt", context)
    return subject, text, render_to_string("invoicing/mail/invoice.html", context)


def answer_mail(answer: QuoteAnswer, company: Company, *, page_url: str) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail that tells the office how a customer answered a quote."""
    quote, who = answer.quote, answer.name or answer.customer.name
    subject = f"{quote} was {answer.verdict} by {who}"
    context = {
        "answer": answer,
        "quote": quote,
        "company": company,
        "subject": subject,
        "page_url": page_url,
    }
    text = render_to_string("invoicing/mail/answer.txt", context)
    return subject[:200], text, render_to_string("invoicing/mail/answer.html", context)


def _lead(invoice: Invoice, currency: str) -> str:
    """The sentence that the customer opens the mail for."""
    total = money(invoice.total, currency)
    if invoice.voided_at is not None:
        return f"Invoice {invoice.number} for {total} is void. You do not owe anything for it."
    if invoice.type == Invoice.Type.QUOTE:
        until = "".join(f" It is valid through {day(offer.valid_until)}." for offer in invoice.offers.all())
        return f"Here is our quote for {total}.{until} Nothing is due."
    if invoice.type == Invoice.Type.CREDIT:
        return f"We have credited {total} to your account."
    if not invoice.due:
        return f"Invoice {invoice.number} for {total} is paid in full. Thank you."
    return f"{money(invoice.due, currency)} is due by {day(invoice.due_on)}."
