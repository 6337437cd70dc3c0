"""How does the office record a payment (F53-F57)? One form: by a method on file, now or on a day, or by hand.

What the page shows is what is done: the amounts for each invoice are those of the form, and the same POST twice is one
payment (once.py). The gateway's answer stands on the payment's page; a refusal beside what was typed.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day, money
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.payments import once
from alarmdesk.payments.allocating import TooMuch
from alarmdesk.payments.announcing import announcement
from alarmdesk.payments.forms_recording import CHOOSE, RecordForm, box_of
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.gateways.port import BadCredentials
from alarmdesk.payments.hosted import plainly
from alarmdesk.payments.models import Gateway, Payment
from alarmdesk.payments.on_account import can_pay_out
from alarmdesk.payments.permissions import TAKING, payments, processing
from alarmdesk.payments.queries import payable, processable, total_due, under_way
from alarmdesk.payments.recording import Received, issue_credit, record_payment
from alarmdesk.payments.taking import NotPaid, Wish, schedule_payment, take_payment
from alarmdesk.payments.tasks import send_letters
from alarmdesk.payments.views.leaving import to_payments_of

MOST_INVOICES = 100
Refusals = (NotPaid, NoGateway, BadCredentials, TooMuch)


def either(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For those who may record payments, and for those who may process them."""

    def admit(request: StaffRequest, **kwargs: Any) -> HttpResponse:
        if not any(request.may(grant) for grant in TAKING):
            raise PermissionDenied("Your group may neither record payments nor process them.")
        return view(request, **kwargs)

    return admit


@staff(may=None, outside=True)
@either
def record(request: StaffRequest, customer: int) -> HttpResponse:
    """The form; POST records, schedules, charges or credits, once."""
    actor = request.staff.actor()
    with inside(request.company, actor=actor):
        person = _customer(request, customer)
        form = _form(request, person)
        if not (form.is_bound and form.is_valid()):
            return _page(request, person, form)
    try:
        once.claim(request.company, form.cleaned_data["token"], at=clock.now(), actor=actor)
        payment = _do(request, form)
    except once.AlreadySent as sent:
        with inside(request.company, actor=actor):
            return _gone_before(person, sent, request)
    except Refusals as refused:
        with inside(request.company, actor=actor):
            return _refused(request, person, refused)
    once.keep(request.company, form.cleaned_data["token"], payment, actor=actor)
    with inside(request.company, actor=actor):
        if form.sends_to:
            send_letters.defer(company_id=request.company.pk)
        return go(request, at("payments:payment", pk=payment.pk), announcement(payment))


@staff(may=None)
@either
def sheet(request: StaffRequest, customer: int) -> HttpResponse:
    """The sums while somebody types: what goes to which invoice, what is left, and what saving would do."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = _form(request, _customer(request, customer))
    form.full_clean()
    context = {"form": form, "says": _says(form), "is_update": True}
    return show(request, "payments/pieces/record_sums.html", context)


def _form(request: StaffRequest, person: Customer, data: Any = None, **initial: Any) -> RecordForm:
    today = request.company.local_date(clock.now())
    invoices = list(payable(person)[:MOST_INVOICES])
    methods = list(processable(person, today)[:MOST_INVOICES]) if request.may(processing.create) else []
    gateway = Gateway.objects.filter(is_active=True).first()
    if request.method == "POST" and data is None:
        data = request.POST
    return RecordForm(
        data,
        customer=person,
        invoices=invoices,
        methods=methods if gateway else [],
        today=today,
        may_credit=request.may(processing.may("issue_credit")),
        may_record=request.may(payments.create),
        emails_receipts=gateway.emails_receipts if gateway else False,
        initial={**_asked(request, invoices), **initial},
    )


def _asked(request: StaffRequest, invoices: list[Any]) -> dict[str, Any]:
    """How the form begins: with what the address asks for (?invoice=…&method=…), else with all that is due."""
    named = set(request.GET.getlist("invoice"))
    chosen = [invoice for invoice in invoices if str(invoice.pk) in named]
    begin: dict[str, Any] = {"amount": total_due(chosen or invoices) or None}
    if chosen:
        begin["spread"] = CHOOSE
        begin |= {box_of(invoice): invoice.due for invoice in chosen}
    if method := request.GET.get("method"):
        begin["method"] = f"on-file-{method}" if method.isdecimal() else method
    return begin


def _page(request: StaffRequest, person: Customer, form: RecordForm) -> HttpResponse:
    context = {
        "form": form,
        "customer": person,
        "says": _says(form),
        "under_way": under_way(person),
        "has_methods": bool(form.methods),
        "may_process": request.may(processing.create),
        "has_choice": bool(form.fields["method"].choices),  # type: ignore[attr-defined]
        "sheet_url": at("payments:take_sheet", customer=person.pk),
        "cancel_url": to_payments_of(request, person.pk),
    }
    return show_form(request, "payments/record.html", context, invalid=form.is_bound)


def _says(form: RecordForm) -> str:
    """What the button would do, in a sentence."""
    amount, method = form.amount_typed, form.billing_method
    if not amount:
        return "Nothing is recorded yet."
    if method is None:
        return f"{money(amount)} is put on record as received. Nothing is charged."
    if form.is_credit:
        return f"{money(amount)} is sent to {method} now. {_out_of(form.customer, amount)}Nothing is charged."
    if form.is_now:
        return f"{money(amount)} is charged to {method} now, once."
    on = form.cleaned_data.get("post_on") if form.is_bound else None
    return f"{money(amount)} will be charged to {method} {f'on {day(on)}' if on else 'on the day that you choose'}."


def _out_of(person: Customer, amount: Decimal) -> str:
    """What a credit uses up of what the customer has on account; the rest of it is a gift."""
    out = min(can_pay_out(person), amount)
    if not out:
        return ""
    rest = "" if out == amount else f", and {money(amount - out)} is given besides"
    return f"{money(out)} of it is what the customer has on account{rest}. "


def _do(request: StaffRequest, form: RecordForm) -> Payment:
    """What the form asks for. Raises one of Refusals."""
    said, method, now = form.cleaned_data, form.billing_method, clock.now()
    company, actor, today = request.company, request.staff.actor(), form.today
    if method is None:
        received = Received(
            form.customer.pk, said["method"], said["amount"], said["received_on"], said["reference"], said["note"],
            form.allocations, form.sends_to,
        )  # fmt: skip
        return record_payment(company, received, at=now, actor=actor)
    if form.is_credit:
        return issue_credit(
            company, form.customer.pk, method.pk, said["amount"], note=said["note"], receipt_to=form.sends_to,
            today=today, now=clock.now, actor=actor,
        )  # fmt: skip
    wish = Wish(
        form.customer.pk,
        method.pk,
        list(form.allocations),
        receipt_to=form.sends_to,
        amount=said["amount"],
        allocations=form.allocations,
        reference=said["reference"],
        note=said["note"],
    )
    if form.is_now:
        return take_payment(company, wish, today=today, now=clock.now, actor=actor)
    return schedule_payment(company, wish, said["post_on"], at=now, actor=actor)


def _refused(request: StaffRequest, person: Customer, refused: Exception) -> HttpResponse:
    """The form again, with the reason and what was typed; its token is a new one, for nothing came of the old."""
    data = request.POST.copy()
    data["token"] = once.new_token(request.company.local_date(clock.now()))
    form = _form(request, person, data)
    form.full_clean()
    form.add_error(None, plainly(refused))
    return _page(request, person, form)


def _gone_before(person: Customer, sent: once.AlreadySent, request: StaffRequest) -> HttpResponse:
    if sent.payment is None:
        return go(request, at("payments:of_customer", customer=person.pk), f"{sent} Look here what came of it.")
    return go(request, at("payments:payment", pk=sent.payment.pk), str(sent))


def _customer(request: StaffRequest, pk: int) -> Customer:
    return get_object_or_404(request.company.customers.filter(stage=Customer.Stage.CUSTOMER), pk=pk)
