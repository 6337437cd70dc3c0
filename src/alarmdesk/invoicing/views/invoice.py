"""What is an issued document, and what may still be done with it (F40, F42)?"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing import actions, documents, quotes
from alarmdesk.invoicing.correcting import chain_of, check_correctable
from alarmdesk.invoicing.equipping import pieces_of
from alarmdesk.invoicing.forms.document import MailForm, VoidForm
from alarmdesk.invoicing.mail import mails_of, queue_invoice
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.paying import invoice_link
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.tasks import send_invoices
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import money
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.lib.pdfs import pdf_answer


@staff(may=invoices.view)
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """One document, as its customer sees it, with what was paid."""
    invoice = get_object_or_404(documents.with_document(request.company.invoices.all()), pk=pk)
    request.invoice = invoice  # type: ignore[attr-defined]  # the room of payments looks for it
    today = request.company.local_date(clock.now())
    context = {
        "invoice": invoice,
        "customer": invoice.customer,
        "document": documents.facts(invoice, request.company),
        "mails": mails_of(invoice),
        "today": today,
        "quote": _quote(invoice, today),
        "chain": [{"label": _relation(one, invoice), "document": one} for one in chain_of(invoice) if one != invoice],
        "can_correct": _is_accepted(check_correctable, invoice) or (invoice.paid and not invoice.voided_at),
        "begun": invoice.corrections.filter(closed_at=None).first(),
    }
    return show(request, "invoicing/invoice.html", context)


def _quote(invoice: Invoice, today: dt.date) -> dict[str, Any] | None:
    """What only a quote's page says."""
    if invoice.type != Invoice.Type.QUOTE:
        return None
    return {
        "offer": quotes.offer_of(invoice),
        "answer": quotes.answer_of(invoice),
        "is_expired": quotes.is_expired(invoice, today),
        "is_of_lead": invoice.customer.is_lead and invoice.voided_at is None,
        "can_convert": _is_accepted(quotes.check_convertible, invoice),
    }


def _is_accepted(rule: Callable[[Invoice], None], invoice: Invoice) -> bool:
    try:
        rule(invoice)
    except ValueError:
        return False
    return True


def _relation(other: Invoice, invoice: Invoice) -> str:
    """What another document of the chain is to this one."""
    if other.type != invoice.type:
        return "Made of" if other.type == Invoice.Type.QUOTE else "Became"
    return "Replaces" if other.number < invoice.number else "Replaced by"


@staff(may=invoices.view)
def pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """The document as PDF: shown by the browser, or saved with ?download=1."""
    invoice = get_object_or_404(documents.with_document(request.company.invoices.all()), pk=pk)
    pay_url = invoice_link(invoice, today=request.company.local_date(clock.now()))
    content = documents.pdf(invoice, pay_url=pay_url)
    return pdf_answer(content, documents.file_name(invoice), download=request.GET.get("download") == "1")


@staff(may=invoices.view)
def preview(request: StaffRequest, pk: int) -> HttpResponse:
    """The PDF within the page, with what is done with one beside it."""
    invoice = get_object_or_404(request.company.invoices.select_related("customer"), pk=pk)
    return show(request, "invoicing/preview.html", {"invoice": invoice, "customer": invoice.customer})


@staff(may=invoices.delete)
def void(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a document back, with a reason."""
    invoice = get_object_or_404(request.company.invoices.select_related("customer"), pk=pk)
    form = VoidForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.void(invoice, reason=form.cleaned_data["reason"], at=clock.now(), by=acting().name)
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            return go(request, at("invoicing:invoice", pk=pk), f"{invoice} is void.")
    context = {
        "form": form,
        "invoice": invoice,
        "title": f"Void {invoice}",
        "says": _voiding(invoice),
        "cancel_url": at("invoicing:invoice", pk=pk),
    }
    return show_form(request, "invoicing/void.html", context, invalid=form.is_bound)


def _voiding(invoice: Invoice) -> str:
    due = f" {money(invoice.due)} will no longer be due." if invoice.due else ""
    count = pieces_of(invoice)
    pieces = "1 piece of equipment on it stays" if count == 1 else f"{count} pieces of equipment on it stay"
    stays = f" {pieces} with the customer and may be invoiced again." if count else ""
    whole = f"{invoice} of {invoice.customer.name}, {money(invoice.total)}"
    return f"{whole}, will be void.{due}{stays} This cannot be undone."


@staff(may=invoices.view)
def email(request: StaffRequest, pk: int) -> HttpResponse:
    """Send the document to the customer, or to another address."""
    invoice = get_object_or_404(request.company.invoices.select_related("customer"), pk=pk)
    form = MailForm(request.POST if request.method == "POST" else None, initial={"to": invoice.customer.email})
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        queue_invoice(invoice, to=to, at=clock.now())
        send_invoices.defer(company_id=request.company.pk)
        return go(request, at("invoicing:invoice", pk=pk), f"{invoice} goes to {to}.")
    context = {
        "form": form,
        "invoice": invoice,
        "title": f"Email {invoice}",
        "cancel_url": at("invoicing:invoice", pk=pk),
    }
    return show_form(request, "invoicing/email.html", context, invalid=form.is_bound)
