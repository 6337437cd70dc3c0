"""How does the office correct what it has issued (F42)? With a draft that begins with the same lines; when that is
issued, the old document is void and names the new one.
"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing.actions import SomethingPaid
from alarmdesk.invoicing.charges import copied_lines
from alarmdesk.invoicing.correcting import check_correctable
from alarmdesk.invoicing.drafts import begin_draft
from alarmdesk.invoicing.forms.drafting import content_from
from alarmdesk.invoicing.models import Draft, Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.quotes import offer_of
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import money
from alarmdesk.lib.pages import Confirm, go, show_confirm, show_form


@staff(may=invoices.modify)
def correct(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask, then begin a draft in the document's place; or say why it cannot be corrected and what to do instead."""
    rows = request.company.invoices.select_related("customer")
    document = get_object_or_404(rows.select_for_update(of=("self",)) if request.method == "POST" else rows, pk=pk)
    begun = document.corrections.filter(closed_at=None).first()
    if begun is not None:
        return go(request, at("invoicing:draft", pk=begun.pk), f"{begun.saved_by} has begun this already.")
    try:
        check_correctable(document)
    except ValueError as refused:
        return _cannot(request, document, refused)
    form = Confirm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return go(request, at("invoicing:draft", pk=_begin(document).pk))
    is_quote = document.type == Invoice.Type.QUOTE
    return show_confirm(
        request,
        form,
        title=f"New version of {document}?" if is_quote else f"Correct {document}?",
        says=_says(document, is_quote=is_quote),
        action="Begin",
        back=at("invoicing:invoice", pk=pk),
        danger=False,
    )


def _says(document: Invoice, *, is_quote: bool) -> str:
    if is_quote:
        return (
            f"A draft begins with what {document} says, {money(document.total)}. {document} can be accepted until you"
            " save the new version; then it is replaced by it, and its link leads to the new one."
        )
    return (
        f"A draft begins with what {document} says, {money(document.total)}. Nothing changes until you save it: then"
        f" {document} is void and a new invoice takes its place."
    )


def _cannot(request: StaffRequest, document: Invoice, refused: ValueError) -> HttpResponse:
    """Why not, and the ways that are open."""
    context = {
        "invoice": document,
        "title": f"{document} cannot be corrected",
        "says": str(refused),
        "is_paid": isinstance(refused, SomethingPaid),
        "cancel_url": at("invoicing:invoice", pk=document.pk),
        "new_url": at("invoicing:new", customer=document.customer_id),
    }
    return show_form(request, "invoicing/cannot_correct.html", context, invalid=request.method == "POST")


def _begin(document: Invoice) -> Draft:
    offer = offer_of(document)
    head = {
        "type": document.type,
        "sale_on": document.sale_on,
        "term": document.term_id,
        "po_number": document.po_number,
        "note": document.note,
        "valid_until": offer.valid_until if offer else None,
    }
    content = content_from(head, copied_lines(document, takes_its_place=True))
    draft, _ = begin_draft(
        customer=document.customer,
        type=document.type,
        content=content,
        corrects=document,
        at=clock.now(),
        by=acting().name,
    )
    return draft
