"""How does a document reach its customer by mail? It is queued here, and put into words when it is delivered.

One message per document and address: asking again sends the same one again (messaging's unique constraint).
"""

import datetime as dt

from django.conf import settings

from alarmdesk.company.addresses import at as address
from alarmdesk.company.entering import entered
from alarmdesk.invoicing.documents import file_name, pdf, with_document
from alarmdesk.invoicing.models import Invoice, QuoteAnswer
from alarmdesk.invoicing.paying import invoice_link, quote_link
from alarmdesk.invoicing.words import answer_mail, invoice_mail
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words, queue_again

KIND = "invoice"
"""The kind of message that is about an invoice; `about_id` is the invoice's id."""


def queue_invoice(invoice: Invoice, *, to: str, at: dt.datetime) -> Message:
    """Put the document into the outbox for an address, again if it went there before."""
    return queue_again(kind=KIND, about_id=invoice.pk, to=to, customer_id=invoice.customer_id, at=at)


def mails_of(invoice: Invoice) -> list[Message]:
    """The messages that brought this document somewhere, newest first."""
    about = Message.objects.filter(kind=KIND, about_id=invoice.pk)
    return list(about.order_by("-queued_at", "-pk"))


def compose_invoice(message: Message) -> Words | Unwritable:
    """What a message of kind `invoice` says as it leaves, with PDF and pay link: what is due is said as of then."""
    company = entered()
    invoice = with_document(company.invoices.all()).filter(pk=message.about_id or 0).first()
    if invoice is None or invoice.voided_at is not None:
        return Unwritable("The document is not in force any more.")
    today = company.local_date(message.queued_at)
    is_quote = invoice.type == Invoice.Type.QUOTE
    pay_url = "" if is_quote else invoice_link(invoice, today=today)
    written = invoice_mail(
        invoice, company, pay_url=pay_url, sign_url=quote_link(invoice, today=today) if is_quote else ""
    )
    attached = (file_name(invoice), pdf(invoice, company, pay_url=pay_url), "application/pdf")
    return Words(subject=written.subject, text=written.text, html=written.html, attachments=(attached,))


def compose_answer(message: Message) -> Words | Unwritable:
    """What a message of kind `quote_answer` says to the office."""
    answer = QuoteAnswer.objects.select_related("quote", "customer").filter(pk=message.about_id or 0).first()
    if answer is None:
        return Unwritable("The answer is not there.")
    page_url = settings.SITE_URL + address("invoicing:invoice", pk=answer.quote_id)
    subject, text, html = answer_mail(answer, entered(), page_url=page_url)
    return Words(subject=subject, text=text, html=html)
