"""A customer leaves, and comes back: what becomes of the account, and of what bills it by itself?"""

import datetime as dt

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers import actions
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers
from alarmdesk.invoicing import schedules, waiving
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.invoicing.permissions import recurring
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day
from alarmdesk.lib.money import ZERO
from alarmdesk.lib.pages import go, show_form
from alarmdesk.office.forms import LeavingForm, ReturningForm
from alarmdesk.payments.models import AutoPay

SHOWN = 10


@staff(may=customers.modify)
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Mark an account as cancelled and, where wanted, end its recurring invoices."""
    customer = get_object_or_404(request.company.customers, pk=pk)
    live = _live(customer)
    may_end = bool(live) and request.may(recurring.modify)
    today = request.company.local_date(clock.now())
    form = LeavingForm(request.POST or None, may_end=may_end, initial={"on": today})
    back = at("office:customer", pk=pk)
    if form.is_valid():
        on = form.cleaned_data["on"]
        try:
            actions.cancel(customer, on=on, by=acting().name)
        except (actions.AlreadyCancelled, actions.StillALead) as error:
            form.add_error(None, str(error))
        else:
            if not form.cleaned_data.get("ends_recurring"):
                return go(request, back, f"{customer.name} is cancelled", undo=at("office:reinstate", pk=pk))
            count = _end(live, on)
            # what has ended does not begin again: there is no Undo of the whole
            return go(request, back, f"{customer.name} is cancelled; {_some(count)} on {day(on)}")
    context = {
        "form": form,
        "customer": customer,
        "live": live[:SHOWN],
        "more": len(live) - SHOWN,
        "may_end": may_end,
        "back": back,
    }
    return show_form(request, "office/cancel.html", context, invalid=form.is_bound)


@staff(may=customers.modify)
def reinstate(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a cancellation back. Where dates have passed unbilled meanwhile it asks what becomes of them, also whoever
    pressed Undo: else the next night would bill them all.
    """
    customer = get_object_or_404(request.company.customers, pk=pk)
    today = request.company.local_date(clock.now())
    missed = waiving.missed(customer, today=today) if customer.is_cancelled else []
    said = request.POST if request.method == "POST" and (not missed or "missed" in request.POST) else None
    form = ReturningForm(said, asks=bool(missed))
    back = at("office:customer", pk=pk)
    if form.is_valid() and (not missed or request.may(recurring.modify)):
        try:
            actions.reinstate(customer)
        except actions.NotCancelled as error:
            return go(request, back, str(error))
        told = f"{customer.name} is active again"
        if form.cleaned_data.get("missed") == "waive":
            count = waiving.waive(customer, today=today, at=clock.now(), by=acting().name)
            told = f"{told}; {count} {'invoice is' if count == 1 else 'invoices are'} not made"
        return go(request, back, told)
    drawn = {one.pk for one in _live(customer) if one.is_drawn}  # type: ignore[attr-defined]
    context = {
        "form": form,
        "customer": customer,
        "missed": [(one, one.recurring.pk in drawn) for one in missed[:SHOWN]],
        "more": len(missed) - SHOWN,
        "amount": sum((one.amount for one in missed), ZERO),
        "may_decide": request.may(recurring.modify),
        "back": back,
    }
    return show_form(request, "office/reinstate.html", context, invalid=form.is_bound)


def _live(customer: Customer) -> list[RecurringInvoice]:
    """What will bill the customer again, the next one first, with whether it `is_drawn` by Auto Pay."""
    drawn = AutoPay.objects.filter(company=OuterRef("company"), recurring_invoice=OuterRef("pk"), ended_at=None)
    rows = customer.recurring_invoices.filter(next_on__isnull=False).annotate(is_drawn=Exists(drawn))
    return list(rows.order_by("next_on", "pk"))


def _end(live: list[RecurringInvoice], on: dt.date) -> int:
    """End them on a day, as far as they do not end before it: how many."""
    count = 0
    for one in live:
        one.refresh_from_db(fields=["ended_on"])  # what follows another one has ended with it
        if one.ended_on is None or one.ended_on > on:
            schedules.end(one, on=on, reason="The account was cancelled.", by=acting().name)
        count += one.ended_on == on
    return count


def _some(count: int) -> str:
    return "1 recurring invoice ends" if count == 1 else f"{count} recurring invoices end"
