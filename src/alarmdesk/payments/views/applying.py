"""How does the office say which payment pays which invoice (F43)? On the invoice's page, and on the payment's."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day, money
from alarmdesk.lib.money import ZERO
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.payments.allocating import TooMuch, apply, apply_on_invoice
from alarmdesk.payments.forms_applying import ApplyForm, Choice
from alarmdesk.payments.models import Allocation, Payment
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.queries import GOOD, listed, payable
from alarmdesk.payments.templatetags.payment_words import paid_with
from alarmdesk.payments.views.leaving import to_invoice

MOST_SHOWN = 100
Apply = Callable[[Mapping[int, Decimal]], None]


@staff(may=payments.modify)
def on_invoice(request: StaffRequest, invoice: int) -> HttpResponse:
    """Manage Payments On Invoice: the customer's payments that something is left of, and those that pay it now."""
    bill = _invoice(request, invoice)
    form = _of_invoice(request, bill)
    back, here = to_invoice(request, bill), at("payments:on_invoice", invoice=bill.pk)

    def save(wanted: Mapping[int, Decimal]) -> None:
        apply_on_invoice(request.company, bill.pk, wanted, at=clock.now(), actor=request.staff.actor())

    if answer := _saved(request, form, save, here, back):
        return answer
    context = {
        "form": form,
        "title": "Manage payments on invoice",
        "heading": f"{bill}, {money(bill.total)}",
        "customer": bill.customer,
        "crumb": str(bill),
        "back": back,
        "nothing": "No payment of this customer has anything left to apply.",
        "used_label": "On this invoice",
        "left_label": "Due",
        "sums_url": at("payments:on_invoice_sums", invoice=bill.pk),
        "new_url": f"{at('payments:take', customer=bill.customer_id)}?invoice={bill.pk}",
    }
    return show_form(request, "payments/apply.html", context, invalid=form.is_bound)


@staff(may=payments.modify)
def on_invoice_sums(request: StaffRequest, invoice: int) -> HttpResponse:
    """The sums of that page while somebody types."""
    return _sums(request, _of_invoice(request, _invoice(request, invoice)), "On this invoice", "Due")


@staff(may=payments.modify)
def of_payment(request: StaffRequest, pk: int) -> HttpResponse:
    """The mirror: what one payment pays."""
    payment = _payment(request, pk)
    form = _of_payment(request, payment)
    back, here = at("payments:payment", pk=payment.pk), at("payments:apply", pk=payment.pk)

    def save(wanted: Mapping[int, Decimal]) -> None:
        apply(request.company, payment.pk, wanted, at=clock.now(), actor=request.staff.actor())

    if answer := _saved(request, form, save, here, back):
        return answer
    context = {
        "form": form,
        "title": "Apply to invoices",
        "heading": f"{payment}, {money(payment.amount)}",
        "customer": payment.customer,
        "crumb": str(payment),
        "back": back,
        "nothing": "This customer owes nothing.",
        "used_label": "Pays invoices",
        "left_label": "Unapplied credit",
        "sums_url": at("payments:apply_sums", pk=payment.pk),
        "new_url": "",
    }
    return show_form(request, "payments/apply.html", context, invalid=form.is_bound)


@staff(may=payments.modify)
def of_payment_sums(request: StaffRequest, pk: int) -> HttpResponse:
    """The sums of that page while somebody types."""
    return _sums(request, _of_payment(request, _payment(request, pk)), "Pays invoices", "Unapplied credit")


def _saved(request: StaffRequest, form: ApplyForm, save: Apply, here: str, back: str) -> HttpResponse | None:
    """The way on after Save, None for a page that must be shown."""
    if not (form.is_bound and form.is_valid()):
        return None
    if not form.is_as_it_stands:
        try:
            save(form.wanted)
        except TooMuch as refused:
            for pk, why in refused.rows.items():
                box = f"amount-{pk}"
                form.add_error(box if box in form.fields else None, why)
            if not refused.rows:
                form.add_error(None, str(refused))
            return None
    return go(request, here if request.POST.get("stay") else back, "Saved.")


def _sums(request: StaffRequest, form: ApplyForm, used_label: str, left_label: str) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form.full_clean()
    context = {"form": form, "used_label": used_label, "left_label": left_label}
    return show(request, "payments/pieces/apply_sums.html", context)


def _of_invoice(request: StaffRequest, invoice: Invoice) -> ApplyForm:
    applied = _standing(invoice.allocations, "payment_id")
    found = listed(Payment.objects.filter(GOOD, customer_id=invoice.customer_id))
    rows = found.filter(Q(pk__in=applied) | Q(free__gt=0)).order_by("received_on", "pk")
    sees = request.may(payments.view)
    choices = [
        Choice(
            row.pk, str(row),
            f"{day(row.received_on)}, {paid_with(row)}: {money(row.free)} of {money(row.amount)} is left",
            at("payments:payment", pk=row.pk) if sees else "",
            row.free + applied.get(row.pk, ZERO), applied.get(row.pk, ZERO),
        )
        for row in _enough(rows, applied)
    ]  # fmt: skip
    return _form(request, choices, invoice.total - invoice.credited, "the invoice's total")


def _of_payment(request: StaffRequest, payment: Payment) -> ApplyForm:
    applied = _standing(payment.allocations, "invoice_id")
    owed = payable(payment.customer).values("pk")
    rows = Invoice.objects.filter(Q(pk__in=applied) | Q(pk__in=owed)).order_by("due_on", "pk")
    sees = request.may(invoices.view)
    choices = [
        Choice(
            row.pk, str(row), f"due {day(row.due_on)}: {money(row.due)} of {money(row.total)}",
            at("invoicing:invoice", pk=row.pk) if sees else "",
            row.due + applied.get(row.pk, ZERO), applied.get(row.pk, ZERO),
        )
        for row in _enough(rows, applied)
    ]  # fmt: skip
    return _form(request, choices, payment.amount - payment.refunded, "what there is of the payment")


def _enough(rows: Any, applied: Mapping[int, Decimal]) -> list[Any]:
    """All that are applied, for what is not named is taken back, and as many others as a page can show."""
    return [row for place, row in enumerate(rows) if row.pk in applied or place < MOST_SHOWN]


def _standing(allocations: Any, of: str) -> dict[int, Decimal]:
    """What stands of some allocations, by payment or by invoice."""
    standing = Allocation.objects.filter(pk__in=allocations.values("pk")).values(of).annotate(sum=Sum("amount"))
    return {row[of]: row["sum"] for row in standing if row["sum"] > 0}


def _form(request: StaffRequest, choices: list[Choice], limit: Decimal, limit_words: str) -> ApplyForm:
    data = request.POST if request.method == "POST" else None
    return ApplyForm(data, choices=choices, limit=limit, limit_words=limit_words)


def _invoice(request: StaffRequest, pk: int) -> Invoice:
    billed = request.company.invoices.select_related("customer").filter(type=Invoice.Type.INVOICE, voided_at=None)
    if request.method == "POST":
        billed = billed.select_for_update(no_key=True, of=("self",))
    invoice: Invoice = get_object_or_404(billed, pk=pk)
    return invoice


def _payment(request: StaffRequest, pk: int) -> Payment:
    good = request.company.payments.select_related("customer").filter(GOOD)
    payment: Payment = get_object_or_404(good, pk=pk)
    return payment
