"""Where does what a customer has on account go? To invoices that have fallen due, before anything is charged for them,
and out of the house when the office sends the customer a credit (F58); the oldest first.

A check that came early and a credit that was given are money in hand: to draw the same sum from a card in that night
would take it twice (domain.md D 3). Credits go first, then payments that no invoice has taken; invoices by due date. A
company may switch it off and apply by hand (F43).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import connection

from alarmdesk.company.entering import SYSTEM, Actor, acting, entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.applying import lock
from alarmdesk.invoicing.models import CreditApplication, Invoice
from alarmdesk.invoicing.queries import credits_left
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.dunning import policy
from alarmdesk.payments.models import Allocation, PaidOut, Payment
from alarmdesk.payments.queries import on_account, payable, unapplied

# in one pass over the company's credits and payments: an index of what is unapplied would be written twice for every
# charge (decision 38)
HELD = """
    select customer_id, sum(amount) from (
        select customer_id, total - used as amount from invoicing_invoice
        where company_id = %(company)s and type = 'credit' and voided_at is null and used < total
        union all
        select customer_id, amount - applied - refunded from payments_payment
        where company_id = %(company)s and kind = 'sale' and status in ('pending', 'complete')
          and amount > applied + refunded and not exists (
            select from payments_attempt t
            where t.company_id = %(company)s and t.payment_id = payments_payment.id
              and t.state in ('created', 'sent', 'unknown', 'held'))
    ) held group by customer_id
"""
# the few who have something in hand are found first; who of them owes is looked up by key (decision 8)
IN_HAND = f"""
    with in_hand as materialized ({HELD})
    select h.customer_id from in_hand h
    where exists (
        select from invoicing_invoice i
        where i.company_id = %(company)s and i.customer_id = h.customer_id and i.type = 'invoice'
          and i.voided_at is null and i.paid < i.total and i.due_on <= %(today)s
    )
    order by h.customer_id
"""  # noqa: S608  a piece of our own
Owed = tuple[dt.date, int, Decimal]
"""An invoice that is owed: its due date, its id, what is due on it."""
Source = tuple[Decimal, Mapping[str, Invoice | Payment]]
"""What a credit pays out of: how much is left of it, and what it is, by the name of its column."""


def in_hand() -> dict[int, Decimal]:
    """What customers of the entered company have on account, by their ids; nobody where it is applied by hand."""
    if not policy().uses_credit:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(HELD, {"company": entered_id()})
        return dict(cursor.fetchall())


def paid_from_account(customer: Customer, invoices: Sequence[Invoice]) -> dict[int, Decimal]:
    """What the customer's credit on account pays by itself of these as they fall due, by the invoice's id; nothing
    where it is applied by hand. `invoices`: all that are payable, for the oldest due takes it first.
    """
    held = on_account(customer).total if policy().uses_credit else ZERO
    if held <= 0:
        return {}
    owed = [(invoice.due_on or dt.date.max, invoice.pk, invoice.due) for invoice in invoices]
    return would_pay({customer.pk: held}, {customer.pk: owed})


def would_pay(held: Mapping[int, Decimal], owed: Mapping[int, Sequence[Owed]]) -> dict[int, Decimal]:
    """How much of each invoice the night would pay from account, by the invoice's id: what `pay_from_account` does,
    without doing it. `owed`: by customer's id, all that is due and on no payment's way.
    """
    paid: dict[int, Decimal] = {}
    for customer, amount in held.items():
        rest = {pk: due for _, pk, due in sorted(owed.get(customer, ()), key=lambda each: each[0])}
        paid.update(_taken(rest, amount))
    return paid


def pay_from_account(company: Company, *, today: dt.date, at: dt.datetime, actor: Actor = SYSTEM) -> Decimal:
    """Apply what customers have in hand to their invoices that are due on `today` or before; how much. Each customer in
    a transaction of their own: a night that is killed goes on where it was. What a payment under way is about to pay is
    left to it.
    """
    with inside(company, actor=actor):
        if not policy().uses_credit:
            return ZERO
        with connection.cursor() as cursor:
            cursor.execute(IN_HAND, {"company": entered_id(), "today": today})
            customers = [customer for (customer,) in cursor.fetchall()]
    applied = ZERO
    for customer in customers:
        with inside(company, actor=actor):
            applied += _pay(Customer(pk=customer), today, at)
    return applied


def _pay(customer: Customer, today: dt.date, at: dt.datetime) -> Decimal:
    """Under the locks of the house's order: documents by id, then payments."""
    due = payable(customer).filter(due_on__lte=today)
    owed = list(due.values_list("pk", flat=True))
    documents, credits_, received = _lock_account(customer, owed)
    # looked at again under the locks: a charge of one of them may have begun
    invoices = [documents[pk] for pk in due.filter(pk__in=owed).values_list("pk", flat=True)]
    rest = {invoice.pk: invoice.due for invoice in invoices}
    for credit in credits_:
        for pk, amount in _taken(rest, credit.left):
            CreditApplication.objects.create(credit=credit, invoice_id=pk, amount=amount, at=at, by=acting().name)
    for payment in received:
        for pk, amount in _taken(rest, payment.unapplied):
            Allocation.objects.create(payment=payment, invoice_id=pk, amount=amount, at=at, by=acting().name)
    return sum((invoice.due - rest[invoice.pk] for invoice in invoices), ZERO)


def can_pay_out(customer: Customer) -> Decimal:
    """How much of what is on account a credit may pay out: what `lock_sources` finds, without a lock."""
    return on_account(customer, settled=True).total


def lock_sources(customer_id: int) -> list[Source]:
    """Lock what a credit may pay out, the order in which it is used up. Before a number is taken for the credit: who
    refunds such a payment locks it first, too.
    """
    _, credits_, received = _lock_account(Customer(pk=customer_id))
    return [
        *((credit.left, {"credit": credit}) for credit in credits_),
        *((one.unapplied, {"payment": one}) for one in received if one.status == Payment.Status.COMPLETE),
    ]


def pay_out(payout: Payment, sources: Sequence[Source], *, at: dt.datetime) -> Decimal:
    """What is on account is used up by a credit that was just written down, as far as the credit goes: no invoice can
    take it any more, and nobody can be given it again. Answers how much; the rest of the credit is a gift. Inside the
    company, in the transaction that has locked the sources and writes the credit.
    """
    rest, rows = -payout.amount, []
    for left, source in sources:
        if (part := min(rest, left)) > 0:
            rest -= part
            rows.append(PaidOut(payout=payout, amount=part, at=at, by=acting().name, **source))
    PaidOut.objects.bulk_create(rows)
    return -payout.amount - rest


def _lock_account(
    customer: Customer, owed: Sequence[int] = ()
) -> tuple[dict[int, Invoice], list[Invoice], list[Payment]]:
    """Lock these invoices and all that the customer has on account, in the house's order: documents by id, then
    payments. The documents by their ids; credits, then payments, of which something is left, the oldest first.
    """
    given = list(credits_left(customer.invoices.all()).values_list("pk", flat=True))
    documents = lock(owed, given)
    held = unapplied(customer.payments.all()).select_for_update(no_key=True, of=("self",)).order_by("pk")
    ids = [payment.pk for payment in held]
    # looked at again under the locks: a void of one of them may have begun
    received = unapplied(customer.payments.filter(pk__in=ids)).order_by("received_on", "pk")
    return documents, [documents[pk] for pk in given], list(received)


def _taken(rest: dict[int, Decimal], amount: Decimal) -> list[tuple[int, Decimal]]:
    """How an amount goes over what is left of invoices, in their order: (id, amount). What it takes is counted."""
    parts = []
    for pk, due in rest.items():
        part = min(due, amount)
        if part > 0:
            parts.append((pk, part))
            rest[pk] -= part
            amount -= part
    return parts
