"""What do tests need of invoicing? Items, invoices and recurring invoices of a furnished company."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from alarmdesk.company.entering import entered, inside
from alarmdesk.company.models import Company
from alarmdesk.company.numbers import next_numbers
from alarmdesk.company.testing import OPENED, make_bare_company, unique
from alarmdesk.customers import search
from alarmdesk.customers.models import Address, Customer
from alarmdesk.invoicing.actions import issue
from alarmdesk.invoicing.drafts import begin_draft
from alarmdesk.invoicing.forms.drafting import content_from
from alarmdesk.invoicing.furnishing import furnish
from alarmdesk.invoicing.models import MMR_NUMBER, BillableItem, Draft, Invoice, RecurringInvoice, StateTax, Term
from alarmdesk.invoicing.pricing import LineInput
from alarmdesk.invoicing.schedules import schedule

TODAY = dt.date(2026, 1, 1)
BY = "Rosa Calderon"


def make_furnished_company(**fields: Any) -> Company:
    """A company with its predefined items and terms."""
    company = make_bare_company(**fields)
    with inside(company):
        furnish()
    return company


def make_billed_customer(*, state: str = "OK", **fields: Any) -> Customer:
    """A customer of the entered company with a service address in a state ("" for none): enough to be billed."""
    fields = {"first_name": "Nora", "last_name": "Whitfield", "email": "nora@example.com", **fields}
    fields = {"account_number": unique("C"), "created_at": OPENED, **fields}
    customer = Customer.objects.create(**fields)
    if state:
        Address.objects.create(
            customer=customer, kind="service", street="2210 E 15th St", city="Tulsa", state=state, zip_code="74104"
        )
    search.refresh([customer.pk])
    return customer


def make_item(**fields: Any) -> BillableItem:
    """A billable item of the entered company, with the next free number."""
    fields = {"code": unique("Item"), "item_class": "service", "description": "An item", **fields}
    last = entered().billable_items.order_by("-number").values_list("number", flat=True).first() or 0
    fields.setdefault("number", last + 1)
    item: BillableItem = BillableItem.objects.create(**fields)
    return item


def mmr() -> BillableItem:
    """The Monthly Monitoring Rate of the entered, furnished company."""
    item: BillableItem = entered().billable_items.get(number=MMR_NUMBER)
    return item


def net(days: int) -> Term:
    """The predefined term of so many days."""
    term: Term = entered().terms.get(days=days)
    return term


def make_state_tax(state: str = "OK", rate: str = "8.25", effective_on: dt.date = dt.date(2020, 1, 1)) -> StateTax:
    """A state's tax of `rate` percent."""
    tax: StateTax = StateTax.objects.create(state=state, rate=Decimal(rate), effective_on=effective_on)
    return tax


def line(price: str = "39.95", quantity: str = "1", item: BillableItem | None = None, **fields: Any) -> LineInput:
    """A line; of the Monthly Monitoring Rate where no item is named."""
    item = item or mmr()
    return LineInput(item, Decimal(quantity), fields.pop("description", item.description), Decimal(price), **fields)


def make_invoice(customer: Customer | None = None, **fields: Any) -> Invoice:
    """An issued document: an invoice of 39.95 of January 1, 2026, Net 15, unless told otherwise."""
    fields = {"type": "invoice", "sale_on": TODAY, "at": OPENED, "by": BY, **fields}
    fields.setdefault("term", net(15))
    fields.setdefault("lines", [line()])
    return issue(customer=customer or make_billed_customer(), **fields)


def make_draft(customer: Customer | None = None, *, lines: Iterable[LineInput] | None = None, **head: Any) -> Draft:
    """An open draft: an invoice of 39.95 of January 1, 2026, Net 15, unless told otherwise."""
    head = {"type": "invoice", "sale_on": TODAY, "term": net(15).pk, **head}
    content = content_from(head, [line()] if lines is None else lines)
    person = customer or make_billed_customer()
    return begin_draft(customer=person, type=head["type"], content=content, at=OPENED, by=BY)[0]


def make_recurring(customer: Customer | None = None, **fields: Any) -> RecurringInvoice:
    """A recurring invoice: monthly from January 31, 2026, 36 times, 39.95, Net 15, unless told otherwise."""
    fields = {"anchor_on": dt.date(2026, 1, 31), "every": 1, "unit": "month", "times": 36, **fields}
    fields = {"today": TODAY, "at": OPENED, "by": BY, **fields}
    fields.setdefault("term", net(15))
    fields.setdefault("lines", [line()])
    return schedule(customer=customer or make_billed_customer(), **fields)


def make_poisoned_recurring(customer: Customer | None = None, **fields: Any) -> RecurringInvoice:
    """A recurring invoice that cannot be billed: its line was made larger than an invoice can hold, behind our back."""
    recurring = make_recurring(customer, **fields)
    recurring.lines.update(quantity=Decimal(999_999_999), unit_price=Decimal("9999999999.0000"))
    return recurring


def skip_numbers(code: str, count: int) -> None:
    """Lose numbers of a series, as a faulty program would: for tests of the audit."""
    next_numbers(code, count)
