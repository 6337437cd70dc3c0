"""How does the office write an invoice, a quote or a credit (F36-F41)?"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.actions import LeadsGetQuotesOnly, issue
from alarmdesk.invoicing.charges import copied_lines
from alarmdesk.invoicing.forms.document import DocumentForm, active_terms
from alarmdesk.invoicing.forms.numbers import day_typed
from alarmdesk.invoicing.mail import queue_invoice
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.tasks import send_invoices
from alarmdesk.invoicing.views.sheet import act, answer_sheet, lines_of, open_sheet
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show_form


@staff(may=invoices.create)
def new(request: StaffRequest, customer: int) -> HttpResponse:
    """A new document of the customer: GET shows the form, POST with `do` changes its lines, any other POST saves."""
    person = get_object_or_404(request.company.customers, pk=customer)
    form = _form(request, person)
    lines = lines_of(request, _copied(request, person))
    url = at("invoicing:sheet", customer=person.pk)
    on = day_typed(str(form["sale_on"].value() or "")) or request.company.local_date(clock.now())
    if request.method != "POST" or "do" in request.POST:
        focus = act(lines, request.POST["do"], person) if request.method == "POST" else None
        sheet = open_sheet(person, lines, on=on, url=url, bills_equipment=True)
        sheet.focus = focus
        return _page(request, form, sheet)
    if all([form.is_valid(), lines.check()]):
        try:
            return _save(request, person, form, lines.inputs())
        except ValueError as refused:
            form.add_error("type" if isinstance(refused, LeadsGetQuotesOnly) else None, str(refused))
    return _page(request, form, open_sheet(person, lines, on=on, url=url, bills_equipment=True), invalid=True)


@staff(may=invoices.create)
def sheet(request: StaffRequest, customer: int) -> HttpResponse:
    """What changes while the document is typed."""
    person = get_object_or_404(request.company.customers, pk=customer)
    return require_POST(answer_sheet)(request, person, at("invoicing:sheet", customer=person.pk))


def _form(request: StaffRequest, customer: Customer) -> DocumentForm:
    terms = active_terms()
    if request.method == "POST":
        form = DocumentForm(request.POST, customer=customer, terms=terms)
        if "do" in request.POST:
            # a button of the table was pressed: the head is shown as typed, not judged yet
            typed = {name: request.POST.get(name, "") for name in form.fields}
            return DocumentForm(initial=typed, customer=customer, terms=terms)
        return form
    asked = request.GET.get("type", "")
    kind = Invoice.Type.QUOTE if customer.is_lead else asked if asked in Invoice.Type.values else Invoice.Type.INVOICE
    initial: dict[str, Any] = {
        "type": kind,
        "sale_on": request.company.local_date(clock.now()),
        "term": terms.filter(is_default=True).values_list("pk", flat=True).first(),
    }
    return DocumentForm(initial=initial, customer=customer, terms=terms)


def _copied(request: StaffRequest, customer: Customer) -> Any:
    """The lines of the document to copy (`?copy=<id>`), if it is the customer's."""
    asked = request.GET.get("copy", "")
    source = customer.invoices.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 18 else None
    return copied_lines(source) if source else ()


def _save(request: StaffRequest, customer: Customer, form: DocumentForm, lines: Any) -> HttpResponse:
    now = clock.now()
    said = form.cleaned_data
    invoice = issue(
        customer=customer,
        type=said["type"],
        sale_on=said["sale_on"],
        term=said["term"],
        lines=lines,
        po_number=said["po_number"],
        note=said["note"],
        at=now,
        by=acting().name,
    )
    message = f"{invoice} saved."
    if "email" in request.POST and customer.email:
        queue_invoice(invoice, to=customer.email, at=now)
        send_invoices.defer(company_id=request.company.pk)
        message = f"{invoice} saved; it goes to {customer.email}."
    elif "email" in request.POST:
        message = f"{invoice} saved, not mailed: {customer.name} has no e-mail address."
    return go(request, at("invoicing:invoice", pk=invoice.pk), message)


def _page(request: StaffRequest, form: DocumentForm, sheet: Any, *, invalid: bool = False) -> HttpResponse:
    customer = sheet.customer
    context = {
        "form": form,
        "sheet": sheet,
        "customer": customer,
        "also": "Save and email" if customer.email else "",
        "cancel_url": at("invoicing:of_customer", customer=customer.pk),
    }
    return show_form(request, "invoicing/new.html", context, invalid=invalid)
