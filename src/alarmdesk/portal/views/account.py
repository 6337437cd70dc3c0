"""What does a holder see of the account? What is due, what was paid, the receipts, and each invoice."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from alarmdesk.company.addresses import at
from alarmdesk.invoicing import documents
from alarmdesk.lib import clock
from alarmdesk.lib.pages import is_htmx, show
from alarmdesk.lib.pdfs import pdf_answer
from alarmdesk.payments import receipts as receipts_made
from alarmdesk.payments.queries import listed, on_account, processable, total_due, under_way
from alarmdesk.payments.receipts import has_receipt, with_receipt
from alarmdesk.portal.doors import HolderRequest, account_holder, choose
from alarmdesk.portal.outcomes import outcome_of
from alarmdesk.portal.queries import asked_of, auto_pays, invoices_due, invoices_paid, invoices_shown, receipts

PAGE_SIZE = 24
MOST_DUE = 100
STOP_ASKING = 286


@account_holder(choosing=True)
def accounts(request: HolderRequest) -> HttpResponse:
    """Which of several accounts? GET shows them, POST chooses one."""
    if request.method == "POST":
        wanted = request.POST.get("customer", "")
        choose(request, int(wanted) if wanted.isdecimal() and len(wanted) < 18 else 0)
        return redirect(at("portal:home"))
    return show(request, "portal/accounts.html", {"holdings": request.holdings})


@account_holder()
def home(request: HolderRequest) -> HttpResponse:
    """The balance and the invoices due, to tick and pay (F84-F86)."""
    request.tab = "due"  # type: ignore[attr-defined]
    today = request.company.local_date(clock.now())
    due = list(invoices_due(request.customer)[:MOST_DUE])
    asked = asked_of(request.customer)
    waits = {invoice.pk: "" if invoice.pk in asked.parts else "From your account" for invoice in asked.invoices}
    context = {
        "customer": request.customer,
        "rows": [(invoice, invoice.is_past_due(today), waits.get(invoice.pk, "Being paid")) for invoice in due],
        "balance": total_due(due),
        "credit": on_account(request.customer).total,
        "late": total_due([invoice for invoice in due if invoice.is_past_due(today)]),
        "asked": asked,
        "is_any_free": bool(asked.parts),
        "under_way": under_way(request.customer),
        "methods": list(processable(request.customer, today)[:MOST_DUE]),
        "auto_pays": list(auto_pays(request.customer)[:MOST_DUE]),
    }
    return show(request, "portal/home.html", context)


@account_holder()
def total(request: HolderRequest) -> HttpResponse:
    """What the ticked invoices come to, for the bar below them."""
    ids = [int(text) for text in request.GET.getlist("invoice")[:MOST_DUE] if text.isdecimal() and len(text) < 18]
    return show(request, "portal/home.html#total", {"asked": asked_of(request.customer, ids)})


@account_holder()
def paid(request: HolderRequest) -> HttpResponse:
    """The invoices that are paid."""
    request.tab = "paid"  # type: ignore[attr-defined]
    return show(request, "portal/paid.html", {"page": _page(request, invoices_paid(request.customer))})


@account_holder()
def payments(request: HolderRequest) -> HttpResponse:
    """The payments, each with its receipt."""
    request.tab = "receipts"  # type: ignore[attr-defined]
    return show(request, "portal/receipts.html", {"page": _page(request, receipts(request.customer))})


@account_holder()
def receipt(request: HolderRequest, pk: int) -> HttpResponse:
    """One payment, and what came of it."""
    payment = get_object_or_404(listed(request.customer.payments.all()), pk=pk)
    request.tab = "receipts"  # type: ignore[attr-defined]
    invoices = [plan.invoice for plan in payment.plans.select_related("invoice").order_by("pk")]
    outcome = outcome_of(payment)
    context = {"payment": payment, "outcome": outcome, "invoices": invoices, "has_receipt": has_receipt(payment)}
    if is_htmx(request, "receipt-status"):
        return show(request, "portal/receipt.html#status", context, 200 if outcome.is_open else STOP_ASKING)
    return show(request, "portal/receipt.html", context)


@account_holder()
def pdf(request: HolderRequest, pk: int) -> HttpResponse:
    """An invoice of the account as PDF."""
    invoice = get_object_or_404(documents.with_document(invoices_shown(request.customer)), pk=pk)
    return pdf_answer(documents.pdf(invoice), documents.file_name(invoice))


@account_holder()
def receipt_pdf(request: HolderRequest, pk: int) -> HttpResponse:
    """The receipt of a payment as PDF."""
    payment = get_object_or_404(with_receipt(request.customer.payments.all()), pk=pk)
    return pdf_answer(receipts_made.pdf(payment, request.company), receipts_made.file_name(payment))


def _page(request: HolderRequest, rows: QuerySet[Any, Any]) -> Page[Any]:
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
