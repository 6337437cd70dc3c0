"""How does the office take back a payment that it entered by mistake? With a reason, and told what follows."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import money
from alarmdesk.lib.pages import go, show_form
from alarmdesk.payments.forms_recording import TakeBackForm
from alarmdesk.payments.freeing import would_free
from alarmdesk.payments.models import Payment
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.taking_back import NotTakenBack, check, take_back


@staff(may=payments.delete)
def mistake(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what will happen, ask why, do it."""
    payment = get_object_or_404(request.company.payments.select_related("customer"), pk=pk)
    form = TakeBackForm(request.POST if request.method == "POST" else None)
    url = at("payments:payment", pk=pk)
    if form.is_bound and form.is_valid():
        try:
            actor, reason = request.staff.actor(), form.cleaned_data["reason"]
            take_back(request.company, pk, reason=reason, at=clock.now(), actor=actor)
        except NotTakenBack as refused:
            form.add_error(None, str(refused))
        else:
            return go(request, url, f"{payment} was taken back. No money moved.")
    context = {
        "form": form,
        "payment": payment,
        "customer": payment.customer,
        "refusal": "" if form.errors else _refusal(payment),
        "says": _says(payment),
        "cancel_url": url,
    }
    return show_form(request, "payments/take_back.html", context, invalid=form.is_bound)


def _refusal(payment: Payment) -> str:
    try:
        check(payment)
    except NotTakenBack as refused:
        return str(refused)
    return ""


def _says(payment: Payment) -> str:
    """What follows, with the amounts."""
    owed = [f"{invoice} is owed again: {money(amount)}." for invoice, amount in would_free(payment, payment.amount)]
    what = f"{payment}, {money(payment.amount)} of {payment.get_method_display().lower()}"
    return " ".join([f"{what}, will be void.", *owed, "No money goes back to anybody. This cannot be undone."])
