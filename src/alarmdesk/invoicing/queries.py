"""What do pages and the rooms above ask of invoices?"""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Prefetch, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Address, Customer
from alarmdesk.invoicing.models import (
    ACTIVATION_FEE_NUMBER,
    CustomerTax,
    Invoice,
    QuoteAnswer,
    RecurringInvoice,
    TaxCertificate,
)
from alarmdesk.invoicing.taxes import Certificate, OwnTax

Invoices = QuerySet[Invoice, Any]


def tax_facts(customer: Customer) -> tuple[str, OwnTax]:
    """The state whose tax a customer bears, and the customer's own rate and certificates, if any (F39, D13).

    The state is where the system is: the service address, else the billing address, else "".
    """
    return tax_facts_of([customer.pk])[customer.pk]


def tax_facts_of(customers: Collection[int]) -> dict[int, tuple[str, OwnTax]]:
    """The same for several customers by their ids, in three queries however many."""
    company = entered()
    rows = Address.objects.filter(company=company, customer_id__in=customers)
    states = {(customer, kind): state for customer, kind, state in rows.values_list("customer_id", "kind", "state")}
    own = CustomerTax.objects.filter(company=company, customer_id__in=customers)
    rates = dict(own.values_list("customer_id", "rate"))
    shown = TaxCertificate.objects.filter(company=company, customer_id__in=customers, withdrawn_at=None)
    certificates: dict[int, list[Certificate]] = {}
    for one in shown.order_by("pk"):
        certificates.setdefault(one.customer_id, []).append(
            Certificate(one.number, one.valid_from, one.valid_until, frozenset(one.states), frozenset(one.item_classes))
        )
    return {
        pk: (
            states.get((pk, Address.Kind.SERVICE)) or states.get((pk, Address.Kind.BILLING)) or "",
            OwnTax(rates.get(pk), tuple(certificates.get(pk, ()))),
        )
        for pk in customers
    }


def with_quote_facts(documents: Invoices) -> Invoices:
    """Documents with what tells how a quote stands, in three queries more, however many."""
    answers = QuoteAnswer.objects.defer("document", "signature", "agreed_text")
    return documents.prefetch_related("offers", Prefetch("answers", answers), "successions__successor")


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
