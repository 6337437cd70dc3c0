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
from alarmdesk.payments.models import Allocation, PaidOut, Payment
from alarmdesk.payments.standing import of_payment

CAME = (Payment.Status.PENDING, Payment.Status.COMPLETE, Payment.Status.RETURNED, Payment.Status.DISPUTED)
GONE = (Payment.Status.FAILED, Payment.Status.CANCELLED)
# what counted once and came to nothing says when; a disputed payment that was won counts again since
COUNTED = Q(kind=Payment.Kind.SALE, status__in=CAME) | Q(voided_at__isnull=False)
GIVEN_BACK = ~Q(kind=Payment.Kind.SALE) & ~Q(status__in=GONE)
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
    """The accounts of these customers of the entered company, in eight queries."""
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
        self.paid_out = [row for row in self._paid_out() if _is_told(row.payout)]

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
        for pk, amount in self._out_of("credit_id").items():
            used[pk] = used.get(pk, ZERO) + amount
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
        found = list(ours.filter(COUNTED | GIVEN_BACK).order_by("pk"))
        given = self._out_of("payment_id")
        for each in found:
            if each.original_id is not None and self._counts(each):
                given[each.original_id] = given.get(each.original_id, ZERO) - each.amount
        for each in found:
            account = self.accounts[each.customer_id]
            self._moves(account, each)
            left = each.amount - applied.get(each.pk, ZERO) - given.get(each.pk, ZERO)
            if each.kind == Payment.Kind.SALE and left > 0 and self._counts(each):
                account.unapplied.append(Open(each.received_on, str(each), each.received_on, each.amount, left))

    def _moves(self, account: Account, payment: Payment) -> None:
        """What a payment, refund or credit did to the balance, each time that it began or ceased to count."""
        is_sale = payment.kind == Payment.Kind.SALE
        what = str(payment) if is_sale else f"{payment.get_kind_display()}, {payment}"
        amount = self._owed_by(payment)
        if not amount:
            return
        for place, (start, end) in enumerate(self._spans(payment)):
            if not is_sale and end is not None and self._day(start) == self._day(end):
                continue  # a refund that was refused at once told nobody of anything
            on, again = (None, ", dispute won") if place else (payment.received_on, "")
            self._event(account, start, on, what + again, amount)
            if end is not None:
                why = "Charged back" if payment.dispute_won_at and not place else of_payment(payment).text
                self._event(account, end, None, f"{what}, {why.lower()}", -amount)

    def _owed_by(self, payment: Payment) -> Decimal:
        """What the customer owes by it: a credit counts as far as it paid out what was on account, the rest is a gift
        (decision 51).
        """
        if payment.kind != Payment.Kind.CREDIT:
            return -payment.amount
        return sum((row.amount for row in self.paid_out if row.payout_id == payment.pk), ZERO)

    def _counts(self, payment: Payment) -> bool:
        """Does it count at the end of the day?"""
        spans = self._spans(payment)
        return any(start < self.until and (end is None or end >= self.until) for start, end in spans)

    def _spans(self, payment: Payment) -> list[tuple[dt.datetime, dt.datetime | None]]:
        """From when to when it counted. A payment that was scheduled is no money before its day, and one that was
        recorded later counts from then on.
        """
        came = max(payment.created_at, dt.datetime.combine(payment.received_on, dt.time(), self.zone))
        back, won = payment.returned_at, payment.dispute_won_at
        if payment.kind == Payment.Kind.CREDIT:
            return [(came, payment.voided_at or back)]
        if payment.kind != Payment.Kind.SALE or back is None:
            return [(came, payment.voided_at)]
        if won is None or payment.status == Payment.Status.RETURNED:
            return [(came, back)]
        return [(came, back), (won, payment.voided_at)]

    def _day(self, at: dt.datetime) -> dt.date:
        return at.astimezone(self.zone).date()

    def _event(self, account: Account, at: dt.datetime, on: dt.date | None, what: str, amount: Decimal) -> None:
        """`on`: the date of its own paper, None for what has none but the day on which it happened."""
        entered_on = self._day(at)
        if entered_on < self.starts_on:
            account.opening += amount
        elif entered_on <= self.ends_on:
            account.events.append(Event(at, on or entered_on, entered_on, what, amount))

    def _paid_out(self) -> QuerySet[PaidOut, Any]:
        rows = PaidOut.objects.filter(payout__customer__in=self.ids, at__lt=self.until)
        return rows.select_related("payout").order_by("pk")

    def _out_of(self, source: str) -> dict[int, Decimal]:
        """What stood paid out at the end of the day, by its sources of one kind."""
        summed: dict[int, Decimal] = {}
        for row in self.paid_out:
            pk: int | None = getattr(row, source)
            if pk is not None and self._counts(row.payout):
                summed[pk] = summed.get(pk, ZERO) + row.amount
        return summed

    def _sums(self, rows: QuerySet[Any], of: str) -> dict[int, Decimal]:
        """What had been applied by the end of the day, by this side of it."""
        summed = rows.filter(at__lt=self.until).order_by().values(of).annotate(sum=Sum("amount"))
        return {row[of]: row["sum"] for row in summed}


def _is_told(credit: Payment) -> bool:
    """Did a credit ever count? One that failed at once told nobody of anything."""
    return credit.status not in GONE or credit.voided_at is not None
