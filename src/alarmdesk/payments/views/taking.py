"""How does the office pay whole invoices with one press (F42)? See what will be charged, charge it once."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import money
from alarmdesk.lib.pages import go, show_form
from alarmdesk.payments.announcing import announcement
from alarmdesk.payments.forms import PayForm
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.gateways.port import BadCredentials
from alarmdesk.payments.hosted import plainly
from alarmdesk.payments.models import Gateway
from alarmdesk.payments.permissions import processing
from alarmdesk.payments.queries import payable, total_due, under_way
from alarmdesk.payments.taking import AmountChanged, NotPaid, Wish, take_payment
from alarmdesk.payments.tasks import send_letters
from alarmdesk.payments.views.leaving import to_payments_of

MOST_INVOICES = 100


@staff(may=processing.create, outside=True)
def pay(request: StaffRequest, customer: int) -> HttpResponse:
    """Say exactly what will be charged to what; POST charges it, once however often it is pressed."""
    actor = request.staff.actor()
    with inside(request.company, actor=actor):
        person = _customer(request, customer)
        invoices = chosen_invoices(person, request.GET)
        form = _form(request, person, invoices)
        if not (form.is_bound and form.is_valid()):
            return _page(request, person, form, invoices, invalid=form.is_bound)
    wish = Wish(
        person.pk,
        form.cleaned_data["method"].pk,
        [invoice.pk for invoice in invoices],
        receipt_to=form.sends_to,
        amount=form.cleaned_data["amount"],
    )
    today = request.company.local_date(clock.now())
    try:
        payment = take_payment(request.company, wish, today=today, now=clock.now, actor=actor)
    except (NotPaid, NoGateway, BadCredentials) as refused:
        with inside(request.company, actor=actor):
            return _refused(request, person, refused)
    with inside(request.company, actor=actor):
        if form.sends_to:
            send_letters.defer(company_id=request.company.pk)
        return go(request, at("payments:payment", pk=payment.pk), announcement(payment))


def chosen_invoices(customer: Customer, sent: QueryDict) -> list[Invoice]:
    """The customer's invoices that the address names, those that are owed and not being paid, the oldest due first."""
    ids = [int(text) for text in sent.getlist("invoice")[:MOST_INVOICES] if text.isdecimal() and len(text) < 18]
    return list(payable(customer).filter(pk__in=ids))


def _form(request: StaffRequest, person: Customer, invoices: list[Invoice], **options: Any) -> PayForm:
    today = request.company.local_date(clock.now())
    amount = total_due(invoices)
    method = request.GET.get("method", "")
    initial: dict[str, Any] = {"method": int(method)} if method.isdecimal() and len(method) < 18 else {}
    if Gateway.objects.filter(is_active=True, emails_receipts=False).exists():
        initial["email_receipt"] = False
    data = request.POST if request.method == "POST" and invoices else None
    return PayForm(options.get("data", data), customer=person, amount=amount, today=today, initial=initial)


def _refused(request: StaffRequest, person: Customer, refused: Exception) -> HttpResponse:
    """The page again with the reason, and what is due as it is now."""
    invoices = chosen_invoices(person, request.GET)
    data = request.POST.copy()
    if isinstance(refused, AmountChanged):
        data["amount"] = str(total_due(invoices))
    form = _form(request, person, invoices, data=data)
    form.full_clean()
    form.add_error(None, plainly(refused))
    return _page(request, person, form, invoices, invalid=True)


def _page(
    request: StaffRequest, person: Customer, form: PayForm, invoices: list[Invoice], *, invalid: bool
) -> HttpResponse:
    amount = total_due(invoices)
    context = {
        "form": form,
        "customer": person,
        "invoices": invoices,
        "amount": amount,
        "submit": f"Charge {money(amount)}",
        "under_way": under_way(person),
        "cancel_url": to_payments_of(request, person.pk),
    }
    return show_form(request, "payments/pay.html", context, invalid=invalid)


def _customer(request: StaffRequest, pk: int) -> Customer:
    return get_object_or_404(request.company.customers.filter(stage=Customer.Stage.CUSTOMER), pk=pk)
