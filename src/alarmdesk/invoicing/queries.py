"""What do pages and the rooms above ask of invoices?"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Address, Customer
from alarmdesk.invoicing.models import ACTIVATION_FEE_NUMBER, CustomerTax, Invoice, RecurringInvoice

Invoices = QuerySet[Invoice, Any]


def tax_facts(customer: Customer) -> tuple[str, Decimal | None]:
    """The state whose tax a customer bears and the customer's own rate in percent, if any (F39, D13).

    The state is where the system is: the service address, else the billing address, else "".
    """
    states = dict(customer.addresses.values_list("kind", "state"))
    own = CustomerTax.objects.filter(customer=customer).values_list("rate", flat=True).first()
    return states.get(Address.Kind.SERVICE) or states.get(Address.Kind.BILLING) or "", own


def in_force(invoices: Invoices) -> Invoices:
    """Invoices proper that are not void."""
    return invoices.filter(type=Invoice.Type.INVOICE, voided_at=None)


def owing(invoices: Invoices) -> Invoices:
    """Invoices with something left to pay (F37)."""
    return in_force(invoices).filter(paid__lt=F("total"))


def past_due(invoices: Invoices, today: dt.date) -> Invoices:
    """Owing, with the due date strictly before today (D9)."""
    return owing(invoices).filter(due_on__lt=today)


def paid_in_full(invoices: Invoices) -> Invoices:
    """Invoices in force with nothing left to pay."""
    return in_force(invoices).filter(paid=F("total"))


def credits_left(invoices: Invoices) -> Invoices:
    """Credits in force of which something is left, the oldest first."""
    left = invoices.filter(type=Invoice.Type.CREDIT, voided_at=None, used__lt=F("total"))
    return left.order_by("sale_on", "pk")


def crediting(invoice: Invoice) -> Invoices:
    """The credits in force that take back lines of an invoice, the oldest first."""
    return Invoice.objects.filter(reversals__invoice=invoice, voided_at=None).distinct().order_by("pk")


def balance(invoices: Invoices) -> Decimal:
    """What is unpaid on the owing ones among them."""
    zero = Value(Decimal("0.00"), output_field=DecimalField(max_digits=12, decimal_places=2))
    answer: Decimal = owing(invoices).aggregate(due=Coalesce(Sum(F("total") - F("paid")), zero))["due"]
    return answer


def is_activation_fee_open(customer: Customer) -> bool:
    """May the Activation Fee be added: not marked paid and not on another invoice in force (F41)."""
    if customer.activation_fee_paid:
        return False
    return (
        not in_force(customer.invoices.all())
        .filter(lines__item__number=ACTIVATION_FEE_NUMBER, lines__item__company=entered())
        .exists()
    )


def running(recurring: QuerySet[RecurringInvoice, Any]) -> QuerySet[RecurringInvoice, Any]:
    """Recurring invoices that still have one to make."""
    return recurring.filter(next_on__isnull=False)


def ended(recurring: QuerySet[RecurringInvoice, Any]) -> QuerySet[RecurringInvoice, Any]:
    """Recurring invoices with nothing left to make: all their times are up, or they were ended."""
    return recurring.filter(Q(next_on__isnull=True))
