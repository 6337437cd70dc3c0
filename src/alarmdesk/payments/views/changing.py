"""How does the office change the price of a recurring invoice from a day on, and take that back (D1)?"""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing import succession
from alarmdesk.invoicing.forms.numbers import day_typed
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.invoicing.permissions import recurring as recurring_invoices
from alarmdesk.invoicing.schedules import lines_of as lines_of_recurring
from alarmdesk.invoicing.succession import NothingLeft, Turn, turn_of
from alarmdesk.invoicing.views.asking import confirmed
from alarmdesk.invoicing.views.sheet import act, lines_of, open_sheet
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day, money
from alarmdesk.lib.pages import go, is_htmx, show, show_form
from alarmdesk.lib.recurrence import add_months
from alarmdesk.payments.changing import change_price
from alarmdesk.payments.forms_raising import ChangeForm

TEMPLATE = "payments/recurring_change.html"


@staff(may=recurring_invoices.modify)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Another price from a day on: GET shows the form, POST with `do` changes its lines, any other POST saves."""
    recurring = _recurring(request, pk)
    today = request.company.local_date(clock.now())
    if is_htmx(request, "turn"):
        return show(request, f"{TEMPLATE}#turn", _turn(recurring, request.GET, today))
    is_pressed = "do" in request.POST
    initial: dict[str, Any] = {"changes_on": add_months(today.replace(day=1), 1)}
    form = (
        ChangeForm(request.POST or None, today=today)
        if not is_pressed
        else ChangeForm(initial=request.POST.dict(), today=today)
    )
    if not form.is_bound and not is_pressed:
        form = ChangeForm(initial=initial, today=today)
    lines = lines_of(request, lines_of_recurring(recurring))
    focus = act(lines, request.POST["do"], recurring.customer) if is_pressed else None
    if form.is_bound and all([form.is_valid(), lines.check()]):
        said = form.cleaned_data
        try:
            made = change_price(
                recurring, on=said["changes_on"], splits=said["splits"], lines=lines.inputs(), today=today,
                at=clock.now(), by=acting().name,
            )  # fmt: skip
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            message = f"{money(made.amount)} from {day(made.begins_on)} on."
            return go(request, at("invoicing:recurring", pk=made.pk), message)
    typed = {"changes_on": str(form["changes_on"].value() or ""), "splits": str(form["splits"].value() or "")}
    on = day_typed(typed["changes_on"]) or today
    sheet = open_sheet(
        recurring.customer, lines, on=on, url=at("invoicing:recurring_sheet", customer=recurring.customer_id)
    )
    sheet.focus = focus
    context = {"form": form, "sheet": sheet, **_turn(recurring, typed, today)}
    return show_form(request, TEMPLATE, context, invalid=form.is_bound)


def _turn(recurring: RecurringInvoice, typed: Any, today: dt.date) -> dict[str, Any]:
    """What a change on the typed day would do, for the page."""
    context: dict[str, Any] = {
        "recurring": recurring,
        "change_url": at("payments:recurring_change", pk=recurring.pk),
        "cancel_url": at("invoicing:recurring", pk=recurring.pk),
    }
    on = day_typed(typed.get("changes_on", ""))
    if on is None or on <= today:
        return context
    splits = typed.get("splits", "") not in ("", "False")
    try:
        turn = turn_of(recurring.schedule, recurring.next_seq, on, splits=splits)
    except NothingLeft as nothing:
        return {**context, "problem": str(nothing)}
    return {**context, "turn": turn, "left": _left(recurring, turn)}


def _left(recurring: RecurringInvoice, turn: Turn) -> int | None:
    return None if recurring.times is None else recurring.times - (turn.seq - recurring.first_seq)


@staff(may=recurring_invoices.modify)
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a change back before its day."""
    successor = _recurring(request, pk)
    before = request.company.recurring_invoices.filter(pk=successor.follows_id or 0).first()
    if before is None:
        return go(request, at("invoicing:recurring", pk=pk), f"{successor} follows no other: there is nothing to undo.")
    today = request.company.local_date(clock.now())
    return confirmed(
        request,
        lambda: _undo(successor, today),
        title="Undo the change of price?",
        says=(
            f"{successor}, {money(successor.amount)} each from {day(successor.begins_on)}, is removed. "
            f"{before} goes on at {money(before.amount)}."
        ),
        action="Undo the change",
        back=at("invoicing:recurring", pk=pk),
        done=(at("invoicing:recurring", pk=before.pk), f"{before} goes on at {money(before.amount)}."),
    )


def _undo(successor: RecurringInvoice, today: dt.date) -> None:
    succession.undo_change(successor, today=today)


def _recurring(request: StaffRequest, pk: int) -> RecurringInvoice:
    found: RecurringInvoice = get_object_or_404(
        request.company.recurring_invoices.select_related("customer", "term"), pk=pk
    )
    return found
