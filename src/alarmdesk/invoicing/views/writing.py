"""How does the office write an invoice, a quote or a credit (F36-F42)? As a draft, for as long as it likes, and then
as the document.

The buttons are submit buttons: `do` changes the lines, `stay` keeps the draft, `email` and `print` say what happens
once it is issued, and any other POST issues it.
"""

import uuid
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing import drafts
from alarmdesk.invoicing.actions import ChargeUnderWay, LeadsGetQuotesOnly, SomethingPaid
from alarmdesk.invoicing.forms.drafting import id_typed
from alarmdesk.invoicing.mail import queue_invoice
from alarmdesk.invoicing.models import Draft, Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.tasks import send_invoices
from alarmdesk.invoicing.views.editor import Editor, open_editor
from alarmdesk.invoicing.views.sheet import act, answer_sheet, sheet_url
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import clock_time, moment
from alarmdesk.lib.pages import DIALOG, Confirm, go, is_htmx, show, show_confirm

STATE = "draft-state"


@staff(may=invoices.create)
def new(request: StaffRequest, customer: int) -> HttpResponse:
    """A new document of the customer."""
    person = get_object_or_404(request.company.customers, pk=customer)
    editor = open_editor(request, person)
    if request.method != "POST":
        return editor.page()
    if "do" in request.POST:
        return _pressed(editor)
    is_staying = "stay" in request.POST
    if not is_staying and not editor.is_valid():
        return editor.page(invalid=True)
    try:
        with transaction.atomic():  # nobody asked to keep a draft: with the document goes the draft
            held, is_new = drafts.begin_draft(
                customer=person, type=editor.kind, content=editor.content, key=uuid.UUID(editor.key), **_now()
            )
            if held.customer_id != person.pk:
                raise Http404  # somebody tampered with the form
            if is_new and not is_staying:
                return _leave(editor, _issue(editor, held))
    except ValueError as refused:
        return _refused(editor, refused)
    return go(request, at("invoicing:draft", pk=held.pk), "Draft saved.") if is_new else _again(editor, held)


@staff(may=invoices.create)
def draft(request: StaffRequest, pk: int) -> HttpResponse:
    """A draft: to go on with, to keep, to issue."""
    held = _draft(request, pk)
    editor = open_editor(request, held.customer, held)
    if request.method != "POST":
        return editor.page() if held.closed_at is None else go(request, *_gone(held))
    if "do" in request.POST:
        return _pressed(editor)
    return _again(editor, held)


@staff(may=invoices.create)
def delete(request: StaffRequest, pk: int) -> HttpResponse:
    """Delete a draft. What was issued is voided instead."""
    held = _draft(request, pk)
    if held.closed_at is not None:
        return go(request, *_gone(held))
    form = Confirm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        drafts.discard(held, **_now())
        return go(request, at("invoicing:of_customer", customer=held.customer_id), "The draft is deleted.")
    says = (
        f"The {held} for {held.customer.name}, last saved {moment(held.saved_at)} by {held.saved_by}, will be gone with"
        " all its versions. Nothing was issued, no number is lost."
    )
    back = at("invoicing:draft", pk=pk)
    return show_confirm(request, form, title="Delete this draft?", says=says, action="Delete draft", back=back)


@staff(may=invoices.create)
def sheet(request: StaffRequest, customer: int) -> HttpResponse:
    """What changes while the document is typed."""
    person = get_object_or_404(request.company.customers, pk=customer)
    asked = id_typed(request.GET.get("draft", ""))
    of = person.drafts.select_related("corrects").filter(pk=asked).first() if asked else None
    keep = frozenset(of.corrects.lines.values_list("item_id", flat=True)) if of and of.corrects else frozenset()
    return require_POST(answer_sheet)(request, person, sheet_url(person, of), keep=keep)


def _draft(request: StaffRequest, pk: int) -> Draft:
    """The draft; locked where something is to be written: of two who save at once the second must see the first."""
    rows = request.company.drafts.select_related("customer", "corrects", "issued_as")
    return get_object_or_404(rows.select_for_update(of=("self",)) if request.method == "POST" else rows, pk=pk)


def _pressed(editor: Editor) -> HttpResponse:
    editor.focus = act(editor.lines, editor.request.POST["do"], editor.customer)
    return editor.page()


def _again(editor: Editor, held: Draft) -> HttpResponse:
    """Keep or issue what was sent for a draft that is there already and locked now."""
    request = editor.request
    editor.draft = held
    if held.closed_at is not None:
        return _late(editor, held)
    is_staying = "stay" in request.POST
    if not is_staying and not editor.is_valid() and held.version == editor.version:
        return editor.page(invalid=True)
    kept = drafts.keep(held, editor.content, on_version=editor.version, type=editor.kind, **_now())
    editor.version = held.version
    if not kept.is_in_force:
        editor.beside = kept.version
        return _elsewhere(editor, editor.page(invalid=True))
    if is_staying:
        return _stayed(editor, held)
    try:
        return _leave(editor, _issue(editor, held))
    except ValueError as refused:
        return _refused(editor, refused)


def _stayed(editor: Editor, held: Draft) -> HttpResponse:
    request = editor.request
    if is_htmx(request, STATE):
        return show(request, "invoicing/pieces/draft_state.html", {"draft": held, "draft_version": held.version})
    return go(request, at("invoicing:draft", pk=held.pk), f"Draft saved at {clock_time(held.saved_at)}.")


def _elsewhere(editor: Editor, answer: HttpResponse) -> HttpResponse:
    """The whole form, also where only a line of it was asked for."""
    if not is_htmx(editor.request, DIALOG):
        answer["HX-Retarget"], answer["HX-Reselect"], answer["HX-Reswap"] = "#editor", "#editor", "outerHTML"
    return answer


def _issue(editor: Editor, held: Draft) -> Invoice:
    """Make the document of a valid editor."""
    said = editor.form.cleaned_data
    return drafts.issue_draft(
        held, reason=said.get("reason", ""), type=said["type"], sale_on=said["sale_on"], term=said["term"],
        lines=editor.lines.inputs(), po_number=said["po_number"], note=said["note"],
        valid_until=said["valid_until"], **_now(),
    )  # fmt: skip


def _refused(editor: Editor, refused: ValueError) -> HttpResponse:
    """What the rules refuse is said on the page."""
    editor.form.add_error("type" if isinstance(refused, LeadsGetQuotesOnly) else None, str(refused))
    if isinstance(refused, SomethingPaid | ChargeUnderWay) and editor.draft:
        editor.further["payments_url"] = at("payments:on_invoice", invoice=editor.draft.corrects_id)
    return editor.page(invalid=True)


def _leave(editor: Editor, invoice: Invoice) -> HttpResponse:
    """Where to go with the new document: its PDF, or back to the list; it may be mailed."""
    request, customer = editor.request, editor.customer
    message = f"{invoice} saved."
    if "email" in request.POST and customer.email:
        queue_invoice(invoice, to=customer.email, at=clock.now())
        send_invoices.defer(company_id=request.company.pk)
        message = f"{invoice} saved; it goes to {customer.email}."
    elif "email" in request.POST:
        message = f"{invoice} saved, not mailed: {customer.name} has no e-mail address."
    elif "print" in request.POST:
        return go(request, at("invoicing:pdf", pk=invoice.pk))
    return go(request, at("invoicing:of_customer", customer=customer.pk), message)


def _late(editor: Editor, held: Draft) -> HttpResponse:
    """The draft was closed meanwhile. The same words again lead to what came of it; others are kept as a new draft."""
    request = editor.request
    message = _gone(held)[1]
    if held.issued_as is not None and editor.content == held.content:
        return _leave_again(editor, held.issued_as)
    fresh, _ = drafts.begin_draft(customer=held.customer, type=editor.kind, content=editor.content, **_now())
    return go(request, at("invoicing:draft", pk=fresh.pk), f"{message} What you typed is kept in this new draft.")


def _leave_again(editor: Editor, invoice: Invoice) -> HttpResponse:
    """Two clicks: the second goes where the first went, and does nothing else."""
    if "print" in editor.request.POST:
        return go(editor.request, at("invoicing:pdf", pk=invoice.pk))
    return go(editor.request, at("invoicing:of_customer", customer=invoice.customer_id), f"{invoice} is saved.")


def _gone(held: Draft) -> tuple[str, str]:
    """Where to go instead of a draft that is no more, and what became of it."""
    who = f"{held.closed_by} {{}}, {moment(held.closed_at)}."
    if held.issued_as is not None:
        return at("invoicing:invoice", pk=held.issued_as_id), who.format(f"issued this draft as {held.issued_as}")
    return at("invoicing:of_customer", customer=held.customer_id), who.format("deleted this draft")


def _now() -> dict[str, Any]:
    return {"at": clock.now(), "by": acting().name}
