"""Where do the pages about money lead when they are done or left? Back to what they are about, for who may see it."""

from alarmdesk.company.addresses import at, way_back
from alarmdesk.company.marks import StaffRequest
from alarmdesk.company.permissions import Grant
from alarmdesk.customers.permissions import customers
from alarmdesk.invoicing.models import Invoice, RecurringInvoice
from alarmdesk.invoicing.permissions import invoices, recurring
from alarmdesk.payments.models import Payment
from alarmdesk.payments.permissions import billing_methods, payments


def to_payment(request: StaffRequest, payment: Payment) -> str:
    return _or_customer(request, payment.customer_id, payments.view, at("payments:payment", pk=payment.pk))


def to_payments_of(request: StaffRequest, customer: int) -> str:
    return _or_customer(request, customer, payments.view, at("payments:of_customer", customer=customer))


def to_methods_of(request: StaffRequest, customer: int) -> str:
    return _or_customer(request, customer, billing_methods.view, at("payments:methods", customer=customer))


def to_invoice(request: StaffRequest, invoice: Invoice) -> str:
    return _or_customer(request, invoice.customer_id, invoices.view, at("invoicing:invoice", pk=invoice.pk))


def to_recurring(request: StaffRequest, one: RecurringInvoice) -> str:
    return _or_customer(request, one.customer_id, recurring.view, at("invoicing:recurring", pk=one.pk))


def _or_customer(request: StaffRequest, customer: int, grant: Grant, url: str) -> str:
    """There, or to the customer for who may not see it."""
    return way_back(request, (grant, url), (customers.view, at("office:customer", pk=customer)))
