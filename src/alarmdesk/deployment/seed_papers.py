"""Which papers lie about in a sample dealer's office? Quotes sent, signed and declined, a draft, a credit, a price that
changes with the new year, a statement. Made by the rooms' own verbs.
"""

import datetime as dt
from decimal import Decimal

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.actions import issue
from alarmdesk.invoicing.drafts import begin_draft
from alarmdesk.invoicing.forms.drafting import content_from
from alarmdesk.invoicing.models import MMR_NUMBER, BillableItem, Invoice, RecurringInvoice, Term
from alarmdesk.invoicing.pricing import LineInput
from alarmdesk.invoicing.quotes import Reader, accept, decline
from alarmdesk.invoicing.schedules import lines_of
from alarmdesk.lib import clock
from alarmdesk.payments.changing import change_price
from alarmdesk.payments.crediting import Destination, Order, make_credit
from alarmdesk.payments.models import Statement
from alarmdesk.payments.statements import Period, make_statement

ROSA = Actor("staff", "Rosa Calderon")
READER = Reader("203.0.113.24", "Mozilla/5.0 (Phone)")


def lay_out(company: Company) -> None:
    """All of them, dated today."""
    at = clock.now()
    today = company.local_date(at)
    with inside(company, actor=ROSA):
        leads = list(Customer.objects.filter(stage=Customer.Stage.LEAD).order_by("pk")[:3])
        offered = [_quote(lead, today, at) for lead in leads]
        accept(
            offered[1], name=leads[1].name, signature="", typed_signature=leads[1].name, reader=READER, today=today,
            at=at,
        )  # fmt: skip
        decline(offered[2], name=leads[2].name, reason="We wait until spring", reader=READER, today=today, at=at)
        _draft(today, at)
        _new_price(today, at)
        _statement(today, at)
        paid = Invoice.objects.filter(type="invoice", paid__gt=0, credited=0).order_by("-pk").first()
    if paid is not None:
        order = Order(paid.pk, None, Destination.BALANCE, note="One month free for the outage in October")
        make_credit(company, order, today=today, now=clock.now, actor=ROSA)


def _item(number: int) -> BillableItem:
    found: BillableItem = BillableItem.objects.get(number=number)
    return found


def _quote(lead: Customer, today: dt.date, at: dt.datetime) -> Invoice:
    monitoring = _item(MMR_NUMBER)
    labor = BillableItem.objects.filter(item_class=BillableItem.Class.LABOR).order_by("number").first() or monitoring
    lines = [
        LineInput(labor, Decimal(4), "Installation of panel, three doors and a motion detector", Decimal("95.00")),
        LineInput(monitoring, Decimal(1), "First month of monitoring", Decimal("44.95")),
    ]
    return issue(
        customer=lead, type=Invoice.Type.QUOTE, sale_on=today, term=Term.objects.get(days=15), lines=lines,
        note="The price includes everything that we talked about.", at=at, by=ROSA.name,
    )  # fmt: skip


def _draft(today: dt.date, at: dt.datetime) -> None:
    """An invoice that somebody has begun; a price is still missing."""
    customer = Customer.objects.filter(stage=Customer.Stage.CUSTOMER).order_by("pk")[3]
    line = LineInput(_item(MMR_NUMBER), Decimal(1), "Move of the keypad to the garage", Decimal(0))
    content = content_from({"type": "invoice", "sale_on": today, "term": Term.objects.get(days=15).pk}, [line])
    begin_draft(customer=customer, type=Invoice.Type.INVOICE, content=content, at=at, by=ROSA.name)


def _new_price(today: dt.date, at: dt.datetime) -> None:
    """One subscriber pays three dollars more from the new year on."""
    recurring = RecurringInvoice.objects.filter(next_on__isnull=False, times=None).order_by("pk").first()
    if recurring is None:
        return
    lines = [
        LineInput(
            line.item,
            line.quantity,
            line.description,
            line.unit_price + (Decimal(3) if line.item.number == MMR_NUMBER else 0),
            line.tax_rate,
        )
        for line in lines_of(recurring)
    ]
    new_year = dt.date(today.year + 1, 1, 1)
    change_price(recurring, on=new_year, lines=lines, today=today, at=at, by=ROSA.name)


def _statement(today: dt.date, at: dt.datetime) -> None:
    owing = Invoice.objects.filter(type="invoice", voided_at=None, paid=0, due_on__lt=today).order_by("due_on").first()
    if owing is not None:
        period = Period(Statement.Kind.OPEN_ITEM, today.replace(day=1), today, False, True)
        make_statement(owing.customer, period, today=today, at=at)
