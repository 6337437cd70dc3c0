"""How is a recurring invoice charged by itself, set up and ended (F50, F51, F70, D4)?"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.invoicing.permissions import recurring as recurring_invoices
from alarmdesk.invoicing.views.recurring import open_draft, recurring_form_page, save_draft
from alarmdesk.lib import clock
from alarmdesk.lib.pages import ask_first, go, show_form
from alarmdesk.payments import methods
from alarmdesk.payments.forms import AutoPayForm, AutoPayRecurringForm
from alarmdesk.payments.methods import NotProcessable
from alarmdesk.payments.permissions import billing_methods
from alarmdesk.payments.queries import processable, running_auto_pay
from alarmdesk.payments.views.leaving import to_recurring


@staff(may=recurring_invoices.create)
def recurring_new(request: StaffRequest, customer: int) -> HttpResponse:
    """Set up a recurring invoice; choosing a billing method enrols it in Auto Pay."""
    person = get_object_or_404(request.company.customers.filter(stage=Customer.Stage.CUSTOMER), pk=customer)
    today = request.company.local_date(clock.now())
    draft = open_draft(
        request,
        person,
        AutoPayRecurringForm,
        billing_method=processable(person, today).filter(is_default=True).first(),
        email_on_attempt=False,
    )
    if request.method != "POST" or "do" in request.POST:
        return recurring_form_page(request, draft)
    if draft.is_valid() and (made := save_draft(draft)):
        said = draft.form.cleaned_data
        message = f"{made} starts on {made.first_on:%B %-d, %Y}."
        if method := said["billing_method"]:
            methods.enrol(
                recurring_invoice=made,
                method=method,
                email_on_attempt=said["email_on_attempt"],
                at=clock.now(),
                by=acting().name,
            )
            message = f"{message} Auto Pay charges {method}."
        return go(request, at("invoicing:recurring", pk=made.pk), message)
    return recurring_form_page(request, draft, invalid=True)


@staff(may=billing_methods.modify)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Enrol a recurring invoice in Auto Pay, or charge another method from now on."""
    recurring = _recurring(request, pk)
    running = running_auto_pay(recurring)
    form = AutoPayForm(
        request.POST if request.method == "POST" else None,
        customer=recurring.customer,
        today=request.company.local_date(clock.now()),
        initial={
            "method": running.billing_method_id if running else None,
            "email_on_attempt": running.email_on_attempt if running else bool(recurring.customer.email),
        },
    )
    if form.is_bound and form.is_valid():
        method = form.cleaned_data["method"]
        try:
            methods.enrol(
                recurring_invoice=recurring,
                method=method,
                email_on_attempt=form.cleaned_data["email_on_attempt"],
                at=clock.now(),
                by=acting().name,
            )
        except NotProcessable as refused:
            form.add_error("method", str(refused))
        else:
            return go(request, to_recurring(request, recurring), f"Auto Pay charges {method}.")
    context = {
        "form": form,
        "recurring": recurring,
        "running": running,
        "cancel_url": to_recurring(request, recurring),
    }
    return show_form(request, "payments/auto_pay_form.html", context, invalid=form.is_bound)


@staff(may=billing_methods.modify)
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """End Auto Pay: invoices are sent, not charged (D4)."""
    recurring = _recurring(request, pk)
    running = running_auto_pay(recurring)
    charged = running.billing_method if running else "the billing method"

    def act() -> str:
        methods.end_auto_pay(recurring, at=clock.now(), by=acting().name)
        return "Auto Pay has ended."

    return ask_first(
        request, act, title="End Auto Pay?", action="End Auto Pay", back=to_recurring(request, recurring),
        says=f"Invoices of {recurring} will still be made and sent, but {charged} is not charged for them any more.",
    )  # fmt: skip


def _recurring(request: StaffRequest, pk: int) -> RecurringInvoice:
    return get_object_or_404(request.company.recurring_invoices.select_related("customer"), pk=pk)
