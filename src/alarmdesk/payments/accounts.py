"""What is in a customer's account at the end of a day, and what moved it since another? For some customers at once.

Each row counts from the moment at which it came into the books, as in the aging: a document when it was issued and when
it was voided, a payment when it was recorded or drawn and when it came to nothing, a refund when it was asked for. It
is dated as its own paper is: a document with its Sale Date, a payment with the day on which it was received. So a
balance that was told once is where the next statement begins, and what was entered late stands there with its own date
(decision 50). Amounts are what the customer owes by it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import CreditApplication, Invoice
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.aging import end_of
from alarmdesk.payments.models import Allocation, Payment
from alarmdesk.payments.standing import of_payment

CAME = (Payment.Status.PENDING, Payment.Status.COMPLETE, Payment.Status.RETURNED, Payment.Status.DISPUTED)
# what was good once and came to nothing says when (`voided_at`): until then it counted
VOIDED = Q(kind=Payment.Kind.SALE, voided_at__isnull=False)
GONE = (Payment.Status.FAILED, Payment.Status.CANCELLED)
STANDS = (Payment.Status.PENDING, Payment.Status.COMPLETE)


@dataclass(frozen=True, slots=True)
class Open:
    """An invoice, a credit or a payment with what is still open of it (`due`, never below zero)."""

    on: dt.date
    what: str
    due_on: dt.date
    amount: Decimal
    due: Decimal


@dataclass(frozen=True, slots=True)
class Event:
    """Something that moved the balance by `amount`: up when the customer owes more. `at`: from when it counts, `on`:
    its own date, `entered_on`: the day of `at`.
    """

    at: dt.datetime
    on: dt.date
    entered_on: dt.date
    what: str
    amount: Decimal


@dataclass(slots=True)
class Account:
    """One customer: invoices in force at the end, what is unapplied then, the balance before and what moved it."""

    items: list[Open] = field(default_factory=list)
    unapplied: list[Open] = field(default_factory=list)
    opening: Decimal = ZERO
    events: list[Event] = field(default_factory=list)

    @property
    def on_account(self) -> Decimal:
        return sum((left.due for left in self.unapplied), ZERO)

    @property
    def closing(self) -> Decimal:
        return self.opening + sum((event.amount for event in self.events), ZERO)


def accounts(customer_ids: Sequence[int], starts_on: dt.date, ends_on: dt.date) -> dict[int, Account]:
    """The accounts of these customers of the entered company, in seven queries."""
    return _Reading(customer_ids, starts_on, ends_on).read()


def entered_later(customer: Customer, starts_on: dt.date, ends_on: dt.date) -> int:
    """How many documents and payments bear a date of the period and came into the books after it: its statement does
    not tell of them, the next one does.
    """
    until = end_of(ends_on)
    papers = customer.invoices.filter(sale_on__range=(starts_on, ends_on), issued_at__gte=until, voided_at=None)
    received = customer.payments.filter(received_on__range=(starts_on, ends_on), created_at__gte=until)
    received = received.filter(kind=Payment.Kind.SALE, status__in=STANDS)
    return papers.exclude(type=Invoice.Type.QUOTE).count() + received.count()


class _Reading:
    """One look at some customers' rows, up to the end of a day."""

    def __init__(self, customer_ids: Sequence[int], starts_on: dt.date, ends_on: dt.date) -> None:
        self.ids, self.starts_on, self.ends_on = customer_ids, starts_on, ends_on
        self.until = end_of(ends_on)
        self.zone = entered().zone
        self.accounts = {pk: Account() for pk in customer_ids}

    def read(self) -> dict[int, Account]:
        self._documents()
        self._payments()
        for account in self.accounts.values():
            # what bears a later date than that of its entry stands where it was entered
            account.events.sort(key=lambda event: (min(event.on, event.entered_on), event.at))
        return self.accounts

    def _documents(self) -> None:
        paid = self._sums(Allocation.objects.filter(invoice__customer__in=self.ids), "invoice")
        credited = self._sums(CreditApplication.objects.filter(invoice__customer__in=self.ids), "invoice")
        used = self._sums(CreditApplication.objects.filter(credit__customer__in=self.ids), "credit")
        rows = Invoice.objects.filter(customer__in=self.ids, issued_at__lt=self.until).exclude(type="quote")
        for each in rows.defer("bill_to", "note").order_by("pk"):
            account = self.accounts[each.customer_id]
            is_credit = each.type == Invoice.Type.CREDIT
            owed = -each.total if is_credit else each.total
            self._event(account, each.issued_at, each.sale_on, str(each), owed)
            if each.voided_at is not None and each.voided_at < self.until:
                self._event(account, each.voided_at, None, f"{each}, void", -owed)
                continue
            taken = used.get(each.pk, ZERO) if is_credit else paid.get(each.pk, ZERO) + credited.get(each.pk, ZERO)
            item = Open(each.sale_on, str(each), each.due_on or each.sale_on, each.total, each.total - taken)
            if not is_credit:
                account.items.append(item)
            elif item.due:
                account.unapplied.append(item)

    def _payments(self) -> None:
        ours = Payment.objects.filter(customer__in=self.ids, created_at__lt=self.until)
        applied = self._sums(Allocation.objects.filter(payment__customer__in=self.ids), "payment")
        given_back = ~Q(kind=Payment.Kind.SALE) & ~Q(status__in=GONE)
        counted = VOIDED | Q(kind=Payment.Kind.SALE, status__in=CAME) | given_back
        found = [each for each in ours.filter(counted).order_by("pk") if self._came_at(each) < self.until]
        given: dict[int, Decimal] = {}
        for each in found:
            if each.original_id is not None:
                given[each.original_id] = given.get(each.original_id, ZERO) - each.amount
        for each in found:
            account = self.accounts[each.customer_id]
            what = str(each) if each.kind == Payment.Kind.SALE else f"{each.get_kind_display()}, {each}"
            self._event(account, self._came_at(each), each.received_on, what, -each.amount)
            if each.status not in STANDS and each.kind == Payment.Kind.SALE:
                back = each.voided_at or each.returned_at or each.created_at
                self._event(account, back, None, f"{each}, {of_payment(each).text.lower()}", each.amount)
                if back < self.until:
                    continue
            left = each.amount - applied.get(each.pk, ZERO) - given.get(each.pk, ZERO)
            if each.kind == Payment.Kind.SALE and left > 0:
                account.unapplied.append(Open(each.received_on, str(each), each.received_on, each.amount, left))

    def _came_at(self, payment: Payment) -> dt.datetime:
        """A payment that was scheduled is no money before its day; one that was recorded later counts from then on."""
        return max(payment.created_at, dt.datetime.combine(payment.received_on, dt.time(), self.zone))

    def _event(self, account: Account, at: dt.datetime, on: dt.date | None, what: str, amount: Decimal) -> None:
        """`on`: the date of its own paper, None for what has none but the day on which it happened."""
        entered_on = at.astimezone(self.zone).date()
        if entered_on < self.starts_on:
            account.opening += amount
        elif entered_on <= self.ends_on:
            account.events.append(Event(at, on or entered_on, entered_on, what, amount))

    def _sums(self, rows: QuerySet[Any], of: str) -> dict[int, Decimal]:
        """What had been applied by the end of the day, by this side of it."""
        summed = rows.filter(at__lt=self.until).order_by().values(of).annotate(sum=Sum("amount"))
        return {row[of]: row["sum"] for row in summed}
