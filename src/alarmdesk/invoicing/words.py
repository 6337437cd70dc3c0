"""What does the mail say that brings a document to the customer? The company's own words, or ours."""

from django.template.loader import render_to_string

from alarmdesk.company.models import Company
from alarmdesk.invoicing.documents import facts
from alarmdesk.invoicing.models import Invoice, QuoteAnswer
from alarmdesk.lib.furniture import day, money
from alarmdesk.messaging import catalogue
from alarmdesk.messaging.texts import Link, Strong, Value, Written, block, facts_of, wording

LETTERS = {
    Invoice.Type.INVOICE: catalogue.INVOICE,
    Invoice.Type.QUOTE: catalogue.QUOTE,
    Invoice.Type.CREDIT: catalogue.CREDIT,
}


def invoice_mail(invoice: Invoice, company: Company, *, pay_url: str = "", sign_url: str = "") -> Written:
    """The mail with a document, inside the company. Take the invoice from `documents.with_document`.

    `pay_url`: where the customer can pay without signing in, if the room of payments offers it (D5); `sign_url`: where
    a quote is signed or declined.
    """
    values = values_of(invoice, company, pay_url=pay_url, sign_url=sign_url)
    return wording(LETTERS[Invoice.Type(invoice.type)]).write(values)


def values_of(invoice: Invoice, company: Company, *, pay_url: str, sign_url: str = "") -> dict[str, Value]:
    """What the placeholders of a letter about a document say."""
    return {
        **facts_of(company, str((invoice.bill_to or {}).get("name") or invoice.customer.name)),
        "number": str(invoice.number),
        "amount": money(invoice.total, company.currency),
        "due": money(invoice.due, company.currency),
        "due_date": day(invoice.due_on),
        "lead": Strong(_lead(invoice, company.currency)),
        "document": block("invoicing/mail/document", {"document": facts(invoice, company)}),
        "note": invoice.note,
        "pay_link": Link("Pay online", pay_url if invoice.due else ""),
        "sign_link": Link("Read it online, accept it with your signature, or decline it", sign_url),
    }


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
