"""How does a holder pay? Tick, look at the exact amount, pay: three clicks, one charge."""

from typing import Any

from django.http import HttpResponse, QueryDict

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.gateways.port import BadCredentials
from alarmdesk.payments.hosted import kinds_taken
from alarmdesk.payments.queries import processable
from alarmdesk.payments.taking import Declined, NotPaid, Wish, take_payment
from alarmdesk.payments.tasks import send_letters
from alarmdesk.portal.doors import HolderRequest, account_holder
from alarmdesk.portal.forms import PortalPayForm
from alarmdesk.portal.queries import MOST_INVOICES, Asked, asked_of

NOT_SET_UP = "Paying here is not possible right now. Nothing was charged. Please call the office."


@account_holder(outside=True)
def pay(request: HolderRequest) -> HttpResponse:
    """GET says exactly what will be charged to what; POST charges it."""
    with inside(request.company, actor=request.holder):
        asked = _chosen(request)
        form = _form(request, asked)
        if form is None or not (form.is_bound and form.is_valid()):
            return _page(request, form, asked)
    wish = Wish(
        request.customer.pk,
        form.cleaned_data["method"].pk,
        [invoice.pk for invoice in asked.invoices],
        receipt_to=request.user.email,
        amount=form.cleaned_data["amount"],
        allocations=asked.parts if asked.on_account else None,
    )
    today = request.company.local_date(clock.now())
    try:
        asked.check(wish.amount)
        payment = take_payment(request.company, wish, today=today, now=clock.now, actor=request.holder)
    except (NotPaid, NoGateway, BadCredentials) as refused:
        with inside(request.company, actor=request.holder):
            return _refused(request, refused)
    with inside(request.company, actor=request.holder):
        send_letters.defer(company_id=request.company.pk)
        return go(request, at("portal:receipt", pk=payment.pk))


def _chosen(request: HolderRequest) -> Asked:
    ids = [int(text) for text in request.GET.getlist("invoice")[:MOST_INVOICES] if text.isdecimal() and len(text) < 18]
    return asked_of(request.customer, ids)


def _form(request: HolderRequest, asked: Asked, data: QueryDict | None = None) -> PortalPayForm | None:
    """The form of the page; None when there is nothing to pay or nothing to pay with."""
    methods = processable(request.customer, request.company.local_date(clock.now()))
    if not asked.amount or not methods:
        return None
    named = request.GET.get("method", "")
    first = int(named) if named.isdecimal() and len(named) < 18 else methods[0].pk
    initial = {"amount": asked.amount, "method": first}
    sent = data or (request.POST if request.method == "POST" else None)
    return PortalPayForm(sent, methods=methods, initial=initial)


def _refused(request: HolderRequest, refused: Exception) -> HttpResponse:
    asked = _chosen(request)
    # what is due may have changed: the page shows and sends the amount as it is now
    data = request.POST.copy()
    data["amount"] = str(asked.amount)
    form = _form(request, asked, data)
    says = str(refused) if isinstance(refused, NotPaid) else NOT_SET_UP
    return _page(request, form, asked, refused=says, is_declined=isinstance(refused, Declined))


def _page(request: HolderRequest, form: PortalPayForm | None, asked: Asked, **context: Any) -> HttpResponse:
    request.tab = "due"  # type: ignore[attr-defined]
    values = {
        "form": form,
        "invoices": asked.invoices,
        "asked": "invoice" in request.GET,
        "amount": asked.amount,
        "on_account": asked.on_account,
        "not_set_up": "" if form is not None or kinds_taken() else NOT_SET_UP,
        **context,
    }
    is_invalid = bool(context.get("refused")) or bool(form is not None and form.is_bound)
    # somebody else was faster, or the same hand pressed twice
    nothing_left = request.method == "POST" and form is None
    return show(request, "portal/pay.html", values, 422 if is_invalid else 409 if nothing_left else 200)
