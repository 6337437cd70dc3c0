"""What can be done with a payment that waits for its day (F54)? Process it now, move it, cancel it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day, money
from alarmdesk.lib.pages import Confirm, ask_first, go, show_confirm, show_form
from alarmdesk.payments.announcing import announcement
from alarmdesk.payments.forms_recording import ScheduleForm
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.gateways.port import BadCredentials
from alarmdesk.payments.hosted import plainly
from alarmdesk.payments.models import Payment
from alarmdesk.payments.permissions import processing
from alarmdesk.payments.rescheduling import NotScheduled, change_day
from alarmdesk.payments.taking import NotPaid, cancel_scheduled, process_now
from alarmdesk.payments.tasks import send_letters
from alarmdesk.payments.views.leaving import to_payment


@staff(may=processing.create, outside=True)
def now(request: StaffRequest, pk: int) -> HttpResponse:
    """Charge it at once instead of on its day."""
    actor = request.staff.actor()
    with inside(request.company, actor=actor):
        payment = _payment(request, pk)
        back = to_payment(request, payment)
        form = Confirm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            payment = process_now(request.company, pk, now=clock.now, actor=actor)
        except (NotPaid, NoGateway, BadCredentials) as refused:
            form.add_error(None, plainly(refused))
        else:
            with inside(request.company, actor=actor):
                if payment.receipt_to:
                    send_letters.defer(company_id=request.company.pk)
                return go(request, back, announcement(payment))
    with inside(request.company, actor=actor):
        says = (
            f"{money(payment.amount)} is charged to {payment.billing_method} now instead of on {day(payment.post_on)}."
        )
        return show_confirm(
            request, form, title=f"Process {payment} now?", says=says, action="Process now", back=back, danger=False
        )


@staff(may=processing.modify)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Another Desired Posting Date."""
    payment = _payment(request, pk)
    today = request.company.local_date(clock.now())
    data = request.POST if request.method == "POST" else None
    form = ScheduleForm(data, today=today, initial={"post_on": payment.post_on})
    back = to_payment(request, payment)
    if form.is_bound and form.is_valid():
        try:
            payment = change_day(request.company, pk, form.cleaned_data["post_on"], actor=request.staff.actor())
        except NotScheduled as refused:
            form.add_error(None, str(refused))
        else:
            return go(request, back, f"It will be charged on {day(payment.post_on)}.")
    context = {"form": form, "payment": payment, "customer": payment.customer, "cancel_url": back}
    return show_form(request, "payments/change_day.html", context, invalid=form.is_bound)


@staff(may=processing.modify)
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Charge nothing on the day."""
    payment = _payment(request, pk)

    def act() -> str:
        cancel_scheduled(request.company, pk, at=clock.now(), actor=request.staff.actor())
        return "The scheduled payment was cancelled. Nothing is charged."

    return ask_first(
        request, act, refusals=NotPaid, title=f"Cancel {payment}?", action="Cancel the payment",
        says=f"{money(payment.amount)} will not be charged{_on(payment)}. Its invoices can be paid again.",
        back=to_payment(request, payment),
    )  # fmt: skip


def _on(payment: Payment) -> str:
    return f" on {day(payment.post_on)}" if payment.post_on else ""


def _payment(request: StaffRequest, pk: int) -> Payment:
    found = request.company.payments.select_related("customer", "billing_method")
    payment: Payment = get_object_or_404(found, pk=pk)
    return payment
