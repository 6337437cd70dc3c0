"""Which payments are there, and what is known of one (F59, F60)?"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.customers.search import find
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing
from alarmdesk.lib.pages import is_htmx, show
from alarmdesk.lib.pdfs import pdf_answer
from alarmdesk.messaging.models import Message
from alarmdesk.payments import receipts
from alarmdesk.payments.letters import ABOUT_PAYMENTS
from alarmdesk.payments.models import Payment
from alarmdesk.payments.next_steps import steps_after
from alarmdesk.payments.permissions import payments, processing
from alarmdesk.payments.processing_log import log_of
from alarmdesk.payments.queries import listed, on_account, taken_from, unapplied, with_transaction
from alarmdesk.payments.refunding import refundable
from alarmdesk.payments.taking_back import is_by_hand
from alarmdesk.payments.unblocking import is_cleared

LARGEST_NUMBER = 2**63 - 1
STOP_ASKING = 286
STATUS_PART = "payment-status"
CAME_BACK = (Payment.Status.RETURNED, Payment.Status.DISPUTED)


def _with_status(status: Payment.Status) -> Any:
    return lambda rows: rows.filter(status=status)


class PaymentList(Listing):
    """All payments of the company."""

    name, title = "payments", "Payments"
    row = "payments/payment_row.html"
    search_label = "Find by number, transaction ID or customer"
    default_sort = "-pk"
    columns: ClassVar[Sequence[Column]] = (
        Column("ID", "number"),
        Column("Customer"),
        Column("Date", "received_on"),
        Column("Method"),
        Column("Processing Info"),
        Column("Status"),
        Column("Amount", "amount", "end"),
        Column("Applied", "applied", "end"),
        Column("Unapplied", "free", "end"),
    )
    chips = (
        Chip("scheduled", "Scheduled", _with_status(Payment.Status.SCHEDULED)),
        Chip("pending", "Pending", _with_status(Payment.Status.PENDING)),
        Chip("complete", "Complete", lambda rows: rows.filter(status=Payment.Status.COMPLETE, refunded=0)),
        Chip("failed", "Failed", _with_status(Payment.Status.FAILED)),
        Chip("unknown", "Unknown", _with_status(Payment.Status.UNKNOWN)),
        Chip("returned", "Returned", lambda rows: rows.filter(status__in=CAME_BACK)),
        Chip("refunds", "Refunded", lambda rows: rows.filter(Q(kind=Payment.Kind.REFUND) | Q(refunded__gt=0))),
        Chip("unapplied", "Unapplied", unapplied),
    )

    def search(self, rows: QuerySet[Payment, Any], words: str) -> QuerySet[Payment, Any]:
        """By the payment's number, the gateway's transaction ID, or by anything that finds its customer."""
        hit = Q(customer_id__in=find(words)) | Q(pk__in=with_transaction(words))
        number = words.strip().lstrip("#")
        if number.isdecimal() and int(number) <= LARGEST_NUMBER:
            hit |= Q(number=int(number))
        return rows.filter(hit)


class CustomerPaymentList(PaymentList):
    """The payments of one customer."""

    search_label = ""
    columns = tuple(column for column in PaymentList.columns if column.label != "Customer")


@staff(may=payments.view)
def of_company(request: StaffRequest) -> HttpResponse:
    """The list of all payments."""
    listing = PaymentList(
        request,
        listed(request.company.payments.all()),
        empty=Empty(
            "No payments yet",
            "Auto Pay makes them at night; a customer's page and the portal take one at once.",
            "credit-card",
            "Go to customers",
            at("customers:list"),
            dialog=False,
        ),
        actions="payments/list_actions.html",
    )
    return listing.answer("payments/list.html")


@staff(may=payments.view)
def of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer's payments: a tab of the customer's page."""
    person = get_object_or_404(request.company.customers.filter(stage=Customer.Stage.CUSTOMER), pk=customer)
    request.customer, request.tab = person, "payments"  # type: ignore[attr-defined]
    may_take = request.may(processing.create) or request.may(payments.create)
    listing = CustomerPaymentList(
        request,
        listed(person.payments.all()),
        empty=Empty(
            "No payments yet",
            "What this customer pays stands here.",
            "credit-card",
            "Take payment" if may_take else "",
            at("payments:take", customer=person.pk) if may_take else "",
        ),
        actions="payments/customer_list_actions.html",
    )
    credit = on_account(person)
    return listing.answer("payments/of_customer.html", {"customer": person, "credit": credit, "may_take": may_take})


@staff(may=payments.view)
def receipt(request: StaffRequest, pk: int) -> HttpResponse:
    """The receipt of a payment as PDF: shown by the browser, or saved with ?download=1."""
    payment = get_object_or_404(receipts.with_receipt(request.company.payments.all()), pk=pk)
    content = receipts.pdf(payment, request.company)
    return pdf_answer(content, receipts.file_name(payment), download=request.GET.get("download") == "1")


@staff(may=payments.view)
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """One payment: what it paid, every attempt at the gateway, and what the gateway said."""
    payment = get_object_or_404(listed(request.company.payments.all()), pk=pk)
    if is_htmx(request, STATUS_PART):
        # while nobody knows what became of it the page asks every few seconds; 286 tells htmx that it is over
        is_open = payment.status == Payment.Status.UNKNOWN
        return show(request, "payments/payment.html#status", {"payment": payment}, 200 if is_open else STOP_ASKING)
    letters = request.company.messages.filter(kind__in=list(ABOUT_PAYMENTS), about_id=payment.pk)
    context = {
        "payment": payment,
        "customer": payment.customer,
        "log": log_of(payment),
        "can_refund": request.may(processing.modify) and refundable(payment) > 0,
        "can_apply": request.may(payments.modify) and (payment.free or payment.applied),
        "can_take_back": request.may(payments.delete) and is_by_hand(payment) and not payment.refunded,
        "taken": taken_from(payment) if payment.status == Payment.Status.DISPUTED else [],
        "is_cleared": is_cleared(payment),
        "is_scheduled": payment.status == Payment.Status.SCHEDULED,
        "is_queued": payment.status == Payment.Status.QUEUED,
        "allocations": payment.allocations.select_related("invoice", "reverses").order_by("pk"),
        "plans": payment.plans.filter(is_live=True).select_related("invoice").order_by("pk"),
        "refunds": listed(payment.refunds.all()).order_by("pk"),
        "paid_out": payment.paid_out.select_related("credit", "payment").order_by("pk"),
        "paid_out_by": payment.paid_out_by.select_related("payout").order_by("pk"),
        "steps": steps_after(payment, today=request.company.local_date(clock.now())),
        "letters": letters.order_by("pk"),
        "has_receipt": receipts.has_receipt(payment),
        "waiting": (Message.State.QUEUED, Message.State.SENDING),
    }
    return show(request, "payments/payment.html", context)
