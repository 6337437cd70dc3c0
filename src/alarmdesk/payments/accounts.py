"""What is in a customer's account at the end of a day, and what moved it since another? For some customers at once.

Each row counts at its own instant: a document when it was issued and when it was voided, a payment when it came and
when the bank took it back, a refund when it was asked for. Amounts are what the customer owes by it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from alarmdesk.company.entering import entered
from alarmdesk.invoicing.models import CreditApplication, Invoice
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.aging import end_of
from alarmdesk.payments.models import Allocation, PaidOut, Payment

CAME = (Payment.Status.PENDING, Payment.Status.COMPLETE, Payment.Status.RETURNED, Payment.Status.DISPUTED)
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
    """Something that moved the balance by `amount`: up when the customer owes more."""

    at: dt.datetime
    on: dt.date
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
    """The accounts of these customers of the entered company, in ten queries."""
    return _Reading(customer_ids, starts_on, ends_on).read()


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
            account.events.sort(key=lambda event: event.at)
        return self.accounts

    def _documents(self) -> None:
        paid = self._sums(Allocation.objects.filter(invoice__customer__in=self.ids), "invoice")
        credited = self._sums(CreditApplication.objects.filter(invoice__customer__in=self.ids), "invoice")
        used = self._sums(CreditApplication.objects.filter(credit__customer__in=self.ids), "credit")
        for pk, amount in self._sums(self._out().filter(credit__customer__in=self.ids), "credit").items():
            used[pk] = used.get(pk, ZERO) + amount
        rows = Invoice.objects.filter(customer__in=self.ids, issued_at__lt=self.until).exclude(type="quote")
        for each in rows.defer("bill_to", "note").order_by("pk"):
            account = self.accounts[each.customer_id]
            is_credit = each.type == Invoice.Type.CREDIT
            owed = -each.total if is_credit else each.total
            self._event(account, each.issued_at, str(each), owed)
            if each.voided_at is not None and each.voided_at < self.until:
                self._event(account, each.voided_at, f"{each}, void", -owed)
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
        counted = Q(kind=Payment.Kind.SALE, status__in=CAME) | (~Q(kind=Payment.Kind.SALE) & ~Q(status__in=GONE))
        found = list(ours.filter(counted).order_by("pk"))
        given = self._sums(self._out().filter(payment__customer__in=self.ids), "payment")
        covered = self._sums(PaidOut.objects.filter(payout__customer__in=self.ids), "payout")
        for each in found:
            if each.original_id is not None:
                given[each.original_id] = given.get(each.original_id, ZERO) - each.amount
        for each in found:
            account = self.accounts[each.customer_id]
            what = str(each) if each.kind == Payment.Kind.SALE else f"{each.get_kind_display()}, {each}"
            # a credit counts as far as it pays out what was on account: the rest of it is a gift
            owes = covered.get(each.pk, ZERO) if each.kind == Payment.Kind.CREDIT else -each.amount
            if owes:
                self._event(account, each.created_at, what, owes)
            if owes and _came_back(each):
                back = each.returned_at or each.created_at
                self._event(account, back, f"{each}, {each.get_status_display().lower()}", -owes)
                if back < self.until:
                    continue
            left = each.amount - applied.get(each.pk, ZERO) - given.get(each.pk, ZERO)
            if each.kind == Payment.Kind.SALE and left > 0:
                account.unapplied.append(Open(each.received_on, str(each), each.received_on, each.amount, left))

    def _out(self) -> QuerySet[PaidOut, Any]:
        """What credits that stood at the end of the day had paid out."""
        failed = Q(payout__status__in=GONE)
        return PaidOut.objects.exclude(failed | Q(payout__status="returned", payout__returned_at__lt=self.until))

    def _event(self, account: Account, at: dt.datetime, what: str, amount: Decimal) -> None:
        on = at.astimezone(self.zone).date()
        if on < self.starts_on:
            account.opening += amount
        elif on <= self.ends_on:
            account.events.append(Event(at, on, what, amount))

    def _sums(self, rows: QuerySet[Any], of: str) -> dict[int, Decimal]:
        """What had been applied by the end of the day, by this side of it."""
        summed = rows.filter(at__lt=self.until).order_by().values(of).annotate(sum=Sum("amount"))
        return {row[of]: row["sum"] for row in summed}


def _came_back(payment: Payment) -> bool:
    """Did the money go back where it came from? A sale's to the payer, a credit's to us."""
    if payment.kind == Payment.Kind.SALE:
        return payment.status not in STANDS
    return payment.kind == Payment.Kind.CREDIT and payment.status == Payment.Status.RETURNED
