"""How are recurring invoices written, seen and ended (F44-F52, D1)?

`recurring_form_page` and `RecurringDraft` are made to be built upon by the room of payments (forms/schedule.py).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.charges import copied_lines
from alarmdesk.invoicing.forms.document import active_terms
from alarmdesk.invoicing.forms.numbers import day_typed
from alarmdesk.invoicing.forms.schedule import RecurringForm
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.invoicing.permissions import recurring as recurring_invoices
from alarmdesk.invoicing.pricing import LineInput
from alarmdesk.invoicing.schedules import lines_of as lines_of_recurring
from alarmdesk.invoicing.schedules import schedule
from alarmdesk.invoicing.views.ahead import schedule_ahead
from alarmdesk.invoicing.views.sheet import act, answer_sheet, lines_of, open_sheet
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show_form
from alarmdesk.lib.recurrence import Unit, add_months

SCHEDULE = ("anchor_on", "every", "unit", "times", "starts_on", "in_arrears")


@dataclass
class RecurringDraft:
    """The form of a recurring invoice as it came: build it with `open_draft`, save it with `save_draft`."""

    customer: Customer
    form: RecurringForm
    lines: Any
    today: dt.date
    focus: int | None = None

    def is_valid(self) -> bool:
        """Judge the form and every line; what is bad is marked on the page."""
        return all([self.form.is_valid(), self.lines.check()])


def open_draft(
    request: StaffRequest, customer: Customer, form_class: type[RecurringForm] = RecurringForm, **initial: Any
) -> RecurringDraft:
    """The form of this request: empty, copied (`?copy=` an invoice, `?again=` a recurring invoice), or as sent."""
    today = request.company.local_date(clock.now())
    terms = active_terms()
    options: dict[str, Any] = {"customer": customer, "terms": terms, "today": today}
    if request.method == "POST":
        lines = lines_of(request)
        if "do" not in request.POST:
            return RecurringDraft(customer, form_class(request.POST, **options), lines, today)
        # a button of the table was pressed: the rest is shown as typed, not judged yet
        typed = request.POST.dict()
        if "anchor_on" not in typed:  # it was pressed where a document is written
            typed = {**_begin(customer, today), **initial, **typed}
        form = form_class(initial=typed, **options)
        return RecurringDraft(customer, form, lines, today, focus=act(lines, request.POST["do"], customer))
    begin = _begin(customer, today)
    copied, inputs = _copied(request, customer)
    return RecurringDraft(
        customer, form_class(initial=begin | copied | initial, **options), lines_of(request, inputs), today
    )


def _begin(customer: Customer, today: dt.date) -> dict[str, Any]:
    """What a new one begins with."""
    return {
        "anchor_on": _next_month(today),
        "every": 1,
        "unit": Unit.MONTH.value,
        "term": active_terms().filter(is_default=True).values_list("pk", flat=True).first(),
        "email_on_generation": bool(customer.email),
    }


def _next_month(today: dt.date) -> dt.date:
    """The first of the next month: when most dealers bill."""
    return add_months(today.replace(day=1), 1)


def _copied(request: StaffRequest, customer: Customer) -> tuple[dict[str, Any], Sequence[LineInput]]:
    copy, again = (_id(request.GET.get(name, "")) for name in ("copy", "again"))
    if invoice := customer.invoices.filter(pk=copy).first() if copy else None:
        head = {"term": invoice.term_id, "po_number": invoice.po_number, "note": invoice.note}
        return head, copied_lines(invoice)
    if old := customer.recurring_invoices.filter(pk=again).first() if again else None:
        head = {
            "every": old.every,
            "unit": old.unit,
            "times": old.times,
            "term": old.term_id,
            "po_number": old.po_number,
            "note": old.note,
            "email_on_generation": old.email_on_generation,
            "in_arrears": old.in_arrears,
        }
        return head, lines_of_recurring(old)
    return {}, ()


def _id(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 18 else None


def save_draft(draft: RecurringDraft) -> RecurringInvoice | None:
    """The recurring invoice that a valid draft describes; None when the rules refuse it, the reason is on the form."""
    said = draft.form.cleaned_data
    try:
        return schedule(
            customer=draft.customer,
            anchor_on=said["anchor_on"],
            every=said["every"],
            unit=Unit(said["unit"]),
            times=said["times"],
            term=said["term"],
            lines=draft.lines.inputs(),
            po_number=said["po_number"],
            note=said["note"],
            email_on_generation=said["email_on_generation"],
            starts_on=said["starts_on"],
            in_arrears=said["in_arrears"],
            today=draft.today,
            at=clock.now(),
            by=acting().name,
        )
    except ValueError as refused:
        draft.form.add_error(None, str(refused))
        return None


def recurring_form_page(
    request: StaffRequest, draft: RecurringDraft, *, invalid: bool = False, **context: Any
) -> HttpResponse:
    """The page or dialog of a draft, with its schedule and totals."""
    form, customer = draft.form, draft.customer
    on = day_typed(str(form["anchor_on"].value() or "")) or draft.today
    sheet = open_sheet(customer, draft.lines, on=on, url=at("invoicing:recurring_sheet", customer=customer.pk))
    sheet.focus = draft.focus
    typed = {name: str(form[name].value() or "") for name in SCHEDULE}
    values = {
        "form": form,
        "sheet": sheet,
        "customer": customer,
        "schedule": schedule_ahead(customer, draft.lines, typed),
        "cancel_url": at("invoicing:recurring_of_customer", customer=customer.pk),
    }
    return show_form(request, "invoicing/recurring_new.html", {**values, **context}, invalid=invalid)


@staff(may=recurring_invoices.create)
def new(request: StaffRequest, customer: int) -> HttpResponse:
    """Set up a recurring invoice without a billing method (the room of payments has its own page that adds one)."""
    person = get_object_or_404(request.company.customers, pk=customer)
    draft = open_draft(request, person)
    if request.method != "POST" or "do" in request.POST:
        return recurring_form_page(request, draft)
    if draft.is_valid() and (made := save_draft(draft)):
        return go(request, at("invoicing:recurring", pk=made.pk), f"{made} starts on {made.first_on:%B %-d, %Y}.")
    return recurring_form_page(request, draft, invalid=True)


@staff(may=recurring_invoices.view)
def sheet(request: StaffRequest, customer: int) -> HttpResponse:
    """What changes while the recurring invoice is typed, by whoever makes one or changes one: nothing is written."""
    person = get_object_or_404(request.company.customers, pk=customer)
    return require_POST(answer_sheet)(request, person, at("invoicing:recurring_sheet", customer=person.pk))
