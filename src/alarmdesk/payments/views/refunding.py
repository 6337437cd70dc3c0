"""How does the office give money back (F61, D3)? One button, and before it is pressed the page says what it will do."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import money
from alarmdesk.lib.pages import ask_first, go, show, show_form
from alarmdesk.payments import once
from alarmdesk.payments.announcing import announcement
from alarmdesk.payments.forms_recording import RefundForm
from alarmdesk.payments.freeing import would_free
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.gateways.port import BadCredentials
from alarmdesk.payments.hosted import plainly
from alarmdesk.payments.models import Payment
from alarmdesk.payments.permissions import processing
from alarmdesk.payments.refunding import (
    Effect,
    MoreThanLeft,
    NotRefundable,
    NotRefunded,
    cancel_queued,
    refund,
    refundable,
    what_refund_does,
)
from alarmdesk.payments.views.leaving import to_payment


@staff(may=processing.modify, outside=True)
def give_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask how much, say what will happen, do it once."""
    actor = request.staff.actor()
    with inside(request.company, actor=actor):
        payment = _payment(request, pk)
        form = _form(request, request.POST if request.method == "POST" else None)
        if not (form.is_bound and form.is_valid()):
            return _page(request, payment, form)
    try:
        once.claim(request.company, form.cleaned_data["token"], at=clock.now(), actor=actor)
        made = _refund(request, payment, form)
    except once.AlreadySent as sent:
        with inside(request.company, actor=actor):
            return go(request, to_payment(request, payment), str(sent))
    except (NotRefunded, NoGateway, BadCredentials) as refused:
        with inside(request.company, actor=actor):
            return _refused(request, pk, refused)
    once.keep(request.company, form.cleaned_data["token"], made, actor=actor)
    with inside(request.company, actor=actor):
        return go(request, to_payment(request, payment), _said(payment, made))


@staff(may=processing.modify)
def effect(request: StaffRequest, pk: int) -> HttpResponse:
    """What the button would do with the amount that is typed, while it is typed."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    payment, form = _payment(request, pk), _form(request, request.POST)
    form.full_clean()
    return show(request, "payments/pieces/refund_says.html", {**_effect(payment, form), "is_update": True})


@staff(may=processing.modify)
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back a refund that waits for settlement."""
    payment = _payment(request, pk)
    if payment.original_id is None:
        return go(request, to_payment(request, payment), "There is nothing that waits for settlement.")

    def act() -> str:
        cancel_queued(request.company, pk, at=clock.now(), actor=request.staff.actor())
        return "The refund was cancelled. The customer keeps having paid."

    return ask_first(
        request, act, refusals=NotRefunded, title="Cancel the refund?", action="Cancel the refund",
        says=f"{money(-payment.amount)} is not given back when {payment.original} settles.",
        back=to_payment(request, payment),
    )  # fmt: skip


def _form(request: StaffRequest, data: Any) -> RefundForm:
    return RefundForm(data, today=request.company.local_date(clock.now()))


def _refund(request: StaffRequest, payment: Payment, form: RefundForm) -> Payment:
    said = form.cleaned_data
    return refund(
        request.company, payment.pk, said["amount"], note=said["note"], today=request.company.local_date(clock.now()),
        now=clock.now, actor=request.staff.actor(),
    )  # fmt: skip


def _refused(request: StaffRequest, pk: int, refused: Exception) -> HttpResponse:
    """The page again: the reason beside the amount where it is about the amount, and a fresh token."""
    data = request.POST.copy()
    data["token"] = once.new_token(request.company.local_date(clock.now()))
    form = _form(request, data)
    form.full_clean()
    form.add_error("amount" if isinstance(refused, MoreThanLeft) else None, plainly(refused))
    return _page(request, _payment(request, pk), form)


def _page(request: StaffRequest, payment: Payment, form: RefundForm) -> HttpResponse:
    context = {
        **_effect(payment, form),
        "form": form,
        "payment": payment,
        "customer": payment.customer,
        "left": refundable(payment),
        "pays": would_free(payment, payment.amount) if request.may(invoices.create) else [],
        "says_url": at("payments:refund_says", pk=payment.pk),
        "cancel_url": to_payment(request, payment),
    }
    return show_form(request, "payments/refund.html", context, invalid=form.is_bound)


def _effect(payment: Payment, form: RefundForm) -> dict[str, Any]:
    """The engine's sentence for what is typed, or why it would refuse."""
    amount: Decimal | None = form.cleaned_data.get("amount") if form.is_bound else None
    if form.is_bound and "amount" in form.errors:
        return {"effect": None, "refusal": "" if form.has_error("amount", "invalid") else _first(form)}
    try:
        found: Effect = what_refund_does(payment, amount)
    except (NotRefundable, MoreThanLeft) as refused:
        return {"effect": None, "refusal": str(refused)}
    owed = [f"{invoice} is owed again: {money(part)}." for invoice, part in would_free(payment, found.amount)]
    return {"effect": found, "refusal": "", "owed_again": owed}


def _first(form: RefundForm) -> str:
    return str(form.errors["amount"][0])


def _said(payment: Payment, made: Payment) -> str:
    if made.pk != payment.pk:
        return announcement(made)
    if made.status == Payment.Status.CANCELLED:
        return f"{payment} was voided. Nothing is charged."
    return "The gateway has not answered yet."


def _payment(request: StaffRequest, pk: int) -> Payment:
    found = request.company.payments.select_related("customer", "billing_method", "original")
    payment: Payment = get_object_or_404(found, pk=pk)
    return payment
