"""How does the office hand out a link to pay with, and take all that are out back? Copied, mailed, withdrawn."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.mail import queue_invoice
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.tasks import send_invoices
from alarmdesk.lib import clock
from alarmdesk.lib.pages import Confirm, go, show_confirm, show_form
from alarmdesk.payments.hosted import kinds_taken
from alarmdesk.payments.queries import on_account
from alarmdesk.portal import pay_links, quote_links
from alarmdesk.portal.forms import SendLinkForm
from alarmdesk.portal.letters import queue_link
from alarmdesk.portal.tasks import send_invitations


@staff(may=invoices.view)
def of_invoice(request: StaffRequest, pk: int) -> HttpResponse:
    """The link to one invoice: to copy, or to send."""
    invoice = _invoice(request, pk)
    today = request.company.local_date(clock.now())
    asked = {
        "title": f"Pay link for {invoice}",
        "back": at("invoicing:invoice", pk=pk),
        "withdraw_url": at("portal:link_of_invoice_withdraw", pk=pk),
        "url": pay_links.link_for(invoice, today=today),
        "due": invoice.due,
    }
    return _handed_out(request, invoice.customer, invoice, asked)


@staff(may=invoices.view)
def of_quote(request: StaffRequest, pk: int) -> HttpResponse:
    """The link under which a quote is signed: to copy, or to send with the quote."""
    quote = _quote(request, pk)
    today = request.company.local_date(clock.now())
    form = SendLinkForm(request.POST if request.method == "POST" else None, initial={"to": quote.customer.email})
    back = at("invoicing:invoice", pk=pk)
    if form.is_bound and form.is_valid():
        to = form.cleaned_data["to"]
        queue_invoice(quote, to=to, at=clock.now())
        send_invoices.defer(company_id=request.company.pk)
        return go(request, back, f"{quote} goes to {to}, with the link to sign it.")
    context = {
        "form": form,
        "quote": quote,
        "url": quote_links.link_for(quote, today=today),
        "withdraw_url": at("portal:link_of_quote_withdraw", pk=pk),
        "cancel_url": back,
    }
    return show_form(request, "portal/links/quote.html", context, invalid=form.is_bound)


@staff(may=invoices.view)
def of_balance(request: StaffRequest, customer: int) -> HttpResponse:
    """The link to all that a customer owes."""
    person = _customer(request, customer)
    today = request.company.local_date(clock.now())
    asked = {
        "title": "Pay link for the balance",
        "back": at("invoicing:of_customer", customer=customer),
        "withdraw_url": at("portal:link_of_balance_withdraw", customer=customer),
        "url": pay_links.link_for_balance(person, today=today),
        "due": pay_links.remaining(person),
        "on_account": on_account(person).total,
    }
    return _handed_out(request, person, None, asked)


def _handed_out(
    request: StaffRequest, customer: Customer, invoice: Invoice | None, asked: dict[str, Any]
) -> HttpResponse:
    form = SendLinkForm(request.POST if request.method == "POST" else None, initial={"to": customer.email})
    if form.is_bound and form.is_valid():
        to = form.cleaned_data["to"]
        queue_link(customer=customer, invoice=invoice, to=to, at=clock.now())
        send_invitations.defer(company_id=request.company.pk)
        return go(request, asked["back"], f"The pay link goes to {to}.")
    context = {
        **asked,
        "form": form,
        "customer": customer,
        "until": request.company.local_date(clock.now()) + pay_links.GOOD_FOR,
        "is_taken": bool(kinds_taken()),
        "cancel_url": asked["back"],
    }
    return show_form(request, "portal/links/hand_out.html", context, invalid=form.is_bound)


@staff(may=invoices.modify)
def withdraw_of_invoice(request: StaffRequest, pk: int) -> HttpResponse:
    """Let no link to this invoice work that was given out before."""
    invoice = _invoice(request, pk)
    says = (
        f"Links to pay {invoice} that were copied or mailed before now will not work any more. You can make new ones."
    )
    back = at("invoicing:invoice", pk=pk)
    return _withdrawn(request, invoice.customer, invoice, says=says, back=back)


@staff(may=invoices.modify)
def withdraw_of_quote(request: StaffRequest, pk: int) -> HttpResponse:
    """Let no link to this quote work that was given out before."""
    quote = _quote(request, pk)
    says = f"Links to {quote} that were copied or mailed before now will not work any more. You can make new ones."
    return _withdrawn(request, quote.customer, quote, says=says, back=at("invoicing:invoice", pk=pk), what="links")


@staff(may=invoices.modify)
def withdraw_of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """Let no link of the customer's work that was given out before: for single invoices, or for the balance."""
    person = _customer(request, customer)
    says = (
        f"Every link to pay for {person.name}, for single invoices and for the balance, that was given out before"
        " now will not work any more. You can make new ones."
    )
    return _withdrawn(request, person, None, says=says, back=at("invoicing:of_customer", customer=customer))


def _withdrawn(
    request: StaffRequest,
    customer: Customer,
    invoice: Invoice | None,
    *,
    says: str,
    back: str,
    what: str = "pay links",
) -> HttpResponse:
    form = Confirm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        pay_links.withdraw(customer=customer, invoice=invoice, at=clock.now(), by=acting().name)
        return go(request, back, "Withdrawn. The links that were out do not work any more.")
    return show_confirm(request, form, title=f"Withdraw {what}?", says=says, action="Withdraw", back=back)


def _invoice(request: StaffRequest, pk: int) -> Invoice:
    mine = request.company.invoices.filter(type=Invoice.Type.INVOICE, voided_at=None)
    return get_object_or_404(mine.select_related("customer"), pk=pk)


def _quote(request: StaffRequest, pk: int) -> Invoice:
    mine = request.company.invoices.filter(type=Invoice.Type.QUOTE, voided_at=None)
    return get_object_or_404(mine.select_related("customer"), pk=pk)


def _customer(request: StaffRequest, pk: int) -> Customer:
    return get_object_or_404(request.company.customers.filter(stage=Customer.Stage.CUSTOMER), pk=pk)
