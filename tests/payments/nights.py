"""What do the stories of the night share? Subscribers on Auto Pay, and the gateway's word on what was drawn."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Model

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.company.numbers import next_numbers
from alarmdesk.company.testing import unique
from alarmdesk.customers import search
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import RecurringInvoice, RecurringLine
from alarmdesk.invoicing.testing import line, make_billed_customer, make_recurring, net
from alarmdesk.lib import clock
from alarmdesk.payments.models import AutoPay, BillingMethod
from alarmdesk.payments.night import Night, night, open_night
from alarmdesk.payments.testing import make_auto_pay, make_method, merchant_of

FIRST = dt.date(2026, 3, 3)
Row = TypeVar("Row", bound=Model)


def make_subscribers(company: Company, count: int, *, token: str | None = None) -> list[RecurringInvoice]:
    """Customers billed monthly from March 3, due at once, charged to one stored card each. Amounts differ by a cent."""
    with inside(company):
        # one vault entry serves them all: what is told apart here are charges, not cards
        first = make_billed_customer(state="")
        method = make_method(first, **({"token": token} if token else {}))
        recurring = make_recurring(first, anchor_on=FIRST, term=net(0), lines=[line(price="20.00")])
        make_auto_pay(recurring, method)
        return [recurring, *_more_like_it(recurring, method, count - 1)]


def _more_like_it(recurring: RecurringInvoice, method: BillingMethod, count: int) -> list[RecurringInvoice]:
    """So many more subscribers in a few statements, each a cent dearer than the one before."""
    numbers = range(1, count + 1)
    if not numbers:
        return []
    customers = [
        _copy(recurring.customer, account_number=unique("C"), email=f"payer{number}@example.com") for number in numbers
    ]
    Customer.objects.bulk_create(customers)
    search.refresh([customer.pk for customer in customers])
    prices = [recurring.amount + Decimal(number) / 100 for number in numbers]
    more = [
        _copy(recurring, customer=customer, number=number, amount=price)
        for customer, number, price in zip(customers, next_numbers("recurring", count), prices, strict=True)
    ]
    RecurringInvoice.objects.bulk_create(more)
    (only,) = recurring.lines.all()
    RecurringLine.objects.bulk_create(
        _copy(only, recurring_invoice=each, unit_price=each.amount, amount=each.amount) for each in more
    )
    methods = [_copy(method, customer=customer) for customer in customers]
    BillingMethod.objects.bulk_create(methods)
    running = recurring.auto_pays.get()
    AutoPay.objects.bulk_create(
        _copy(running, recurring_invoice=each, billing_method=own) for each, own in zip(more, methods, strict=True)
    )
    return more


def _copy(row: Row, **changes: Any) -> Row:
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    twin = type(row)(**values)
    for name, value in changes.items():
        setattr(twin, name, value)
    return twin


def copy_of(method: BillingMethod, customer_id: int) -> BillingMethod:
    twin = _copy(method, customer_id=customer_id)
    twin.save(force_insert=True)
    return twin


def run_night(company: Company, on: dt.date) -> Night:
    """The night of a date, at three in the morning in Denver."""
    with clock.hold(night_of(on)):
        run = open_night(company, on=on, at=clock.now(), by="test")
        return night(company, on=on, now=clock.now, run=run)


def night_of(on: dt.date) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(10), dt.UTC)


def drawn(world: Any, company: Company) -> Counter[Decimal]:
    """How often the gateway drew which amount."""
    return Counter(
        Decimal(str(row["amount"]))
        for row in world.statement(merchant_of(company))["transactions"]
        if row["type"] == "sale" and row["status"] in ("pending", "settled")
    )


def owed(subscribers: list[RecurringInvoice]) -> Counter[Decimal]:
    """What one month of them comes to, amount by amount."""
    return Counter(recurring.amount for recurring in subscribers)
