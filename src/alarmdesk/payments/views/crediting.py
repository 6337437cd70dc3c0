"""How does the office credit an invoice (D7), and say which invoices a credit pays (F43)?"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing.crediting import open_lines
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day, money
from alarmdesk.lib.lists import Rows
from alarmdesk.lib.money import ZERO
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.payments import once
from alarmdesk.payments.allocating import TooMuch
from alarmdesk.payments.crediting import (
    Made,
    NotApplicable,
    NotCreditable,
    Order,
    applied,
    apply_oldest_first,
    bring_credit_to,
    make_credit,
)
from alarmdesk.payments.forms_applying import ApplyForm, Choice
from alarmdesk.payments.forms_crediting import CreditForm, Paid
from alarmdesk.payments.models import Payment
from alarmdesk.payments.permissions import payments, processing
from alarmdesk.payments.queries import GOOD, payable
from alarmdesk.payments.refunding import refundable
from alarmdesk.payments.views.leaving import to_invoice

MOST_SHOWN = 100


@staff(may=invoices.create, outside=True)
def credit(request: StaffRequest, invoice: int) -> HttpResponse:
    """Credit This Invoice: how much of which line, where it goes, and what that will do."""
    actor = request.staff.actor()
    with inside(request.company, actor=actor):
        bill = _invoice(request, invoice)
        form = _form(request, bill)
        if not (form.is_bound and form.is_valid()):
            return _page(request, bill, form)
    try:
        once.claim(request.company, form.cleaned_data["token"], at=clock.now(), actor=actor)
        made = _make(request, bill, form)
    except once.AlreadySent as sent:
        with inside(request.company, actor=actor):
            return go(request, at("invoicing:invoice", pk=invoice), str(sent))
    except (NotCreditable, NotApplicable) as refused:
        with inside(request.company, actor=actor):
            return _refused(request, invoice, refused)
    if made.refund is not None:
        once.keep(request.company, form.cleaned_data["token"], made.refund, actor=actor)
    with inside(request.company, actor=actor):
        return go(request, at("invoicing:invoice", pk=made.credit.pk), _said(made))


@staff(may=invoices.create)
def credit_says(request: StaffRequest, invoice: int) -> HttpResponse:
    """What the credit comes to and does, while it is typed."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = _form(request, _invoice(request, invoice))
    form.full_clean()
    return show(request, "payments/pieces/credit_says.html", {"form": form})


def _make(request: StaffRequest, invoice: Invoice, form: CreditForm) -> Made:
    refunded = form.refunded
    order = Order(
        invoice.pk, form.parts, form.goes, payment_id=refunded.payment.pk if refunded else None,
        note=form.cleaned_data["note"],
    )  # fmt: skip
    today = request.company.local_date(clock.now())
    return make_credit(request.company, order, today=today, now=clock.now, actor=request.staff.actor())


def _refused(request: StaffRequest, pk: int, refused: Exception) -> HttpResponse:
    """The page again with the reason and a fresh token."""
    invoice = _invoice(request, pk)
    form = _form(request, invoice, fresh=True)
    form.full_clean()
    lines = refused.lines if isinstance(refused, NotCreditable) else {}
    for line, why in lines.items():
        form.add_error(f"part-{line}", why)
    if not lines:
        form.add_error(None, str(refused))
    return _page(request, invoice, form)


def _page(request: StaffRequest, invoice: Invoice, form: CreditForm) -> HttpResponse:
    context = {
        "form": form,
        "invoice": invoice,
        "customer": invoice.customer,
        "heading": f"{invoice}, {money(invoice.total)}, {money(invoice.due)} due",
        "says_url": at("payments:credit_says", invoice=invoice.pk),
        "cancel_url": at("invoicing:invoice", pk=invoice.pk),
    }
    return show_form(request, "payments/credit.html", context, invalid=form.is_bound)


def _form(request: StaffRequest, invoice: Invoice, *, fresh: bool = False) -> CreditForm:
    data, today = request.POST.copy() if request.method == "POST" else None, request.company.local_date(clock.now())
    if data is not None and fresh:
        data["token"] = once.new_token(today)
    paid = _paid(invoice) if request.may(processing.modify) else []
    return CreditForm(data, invoice=invoice, lines=open_lines(invoice), paid=paid, today=today)


def _paid(invoice: Invoice) -> Sequence[Paid]:
    """What payments that can be refunded pay of the invoice, the latest first."""
    rows = invoice.allocations.values("payment").annotate(sum=Sum("amount")).filter(sum__gt=0)
    sums = {row["payment"]: row["sum"] for row in rows}
    found = Payment.objects.filter(GOOD, pk__in=sums).select_related("billing_method").order_by("-pk")[:MOST_SHOWN]
    return [Paid(each, min(sums[each.pk], refundable(each))) for each in found if refundable(each) > 0]


def _said(made: Made) -> str:
    if made.problem:
        return f"{made.credit} was made, but not refunded: {made.problem} The money stays on account."
    if made.refund is not None:
        return f"{made.credit} was made; {money(made.credit.total)} goes back to the customer."
    return f"{made.credit} was made."


def _invoice(request: StaffRequest, pk: int) -> Invoice:
    billed = request.company.invoices.select_related("customer").filter(type=Invoice.Type.INVOICE, voided_at=None)
    invoice: Invoice = get_object_or_404(billed, pk=pk)
    return invoice


# --- which invoices a credit pays


@staff(may=payments.modify)
def apply(request: StaffRequest, pk: int) -> HttpResponse:
    """Which invoices a credit takes something off."""
    found = _credit(request, pk)
    form = _applying(request, found)
    back, here = to_invoice(request, found), at("payments:credit_apply", pk=pk)
    if form.is_bound and form.is_valid():
        try:
            if not form.is_as_it_stands:
                bring_credit_to(request.company, pk, form.wanted, at=clock.now(), actor=request.staff.actor())
            return go(request, here if request.POST.get("stay") else back, "Saved.")
        except TooMuch as refused:
            for box, why in refused.rows.items():
                form.add_error(f"amount-{box}" if f"amount-{box}" in form.fields else None, why)
            if not refused.rows:
                form.add_error(None, str(refused))
    context = {
        "form": form,
        "title": "Apply credit to invoices",
        "heading": f"{found}, {money(found.total)}",
        "customer": found.customer,
        "crumb": str(found),
        "back": back,
        "nothing": "This customer owes nothing.",
        "used_label": "Takes off invoices",
        "left_label": "Stays on account",
        "sums_url": at("payments:credit_apply_sums", pk=pk),
        "new_url": "",
    }
    return show_form(request, "payments/apply.html", context, invalid=form.is_bound)


@staff(may=payments.modify)
def apply_sums(request: StaffRequest, pk: int) -> HttpResponse:
    """The sums of that page while somebody types."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = _applying(request, _credit(request, pk))
    form.full_clean()
    context = {"form": form, "used_label": "Takes off invoices", "left_label": "Stays on account"}
    return show(request, "payments/pieces/apply_sums.html", context)


@staff(may=payments.modify)
def apply_oldest(request: StaffRequest, pk: int) -> HttpResponse:
    """Apply what is left to what has been due the longest."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = _credit(request, pk)
    back = to_invoice(request, found)
    try:
        amount = apply_oldest_first(request.company, found.pk, at=clock.now(), actor=request.staff.actor())
    except TooMuch as refused:
        return go(request, back, str(refused))
    return go(request, back, f"{money(amount)} was applied." if amount else "Nothing is due that it could pay.")


def _applying(request: StaffRequest, found: Invoice) -> ApplyForm:
    now = applied(found)
    owed = payable(found.customer).values("pk")
    rows: Rows = Invoice.objects.filter(Q(pk__in=now) | Q(pk__in=owed)).order_by("due_on", "pk")
    shown = [row for place, row in enumerate(rows) if row.pk in now or place < MOST_SHOWN]
    data = request.POST if request.method == "POST" else None
    sees = request.may(invoices.view)
    choices = [_choice(row, now.get(row.pk, ZERO), sees=sees) for row in shown]
    return ApplyForm(data, choices=choices, limit=found.total, limit_words="the credit")


def _choice(row: Invoice, now: Decimal, *, sees: bool) -> Choice:
    note = f"due {day(row.due_on)}: {money(row.due)} of {money(row.total)}"
    url = at("invoicing:invoice", pk=row.pk) if sees else ""
    return Choice(row.pk, str(row), note, url, row.due + now, now)


def _credit(request: StaffRequest, pk: int) -> Invoice:
    made: Any = request.company.invoices.select_related("customer")
    found: Invoice = get_object_or_404(made.filter(type=Invoice.Type.CREDIT, voided_at=None), pk=pk)
    return found
