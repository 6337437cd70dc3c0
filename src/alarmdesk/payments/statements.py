"""What does a customer owe, told on one paper? (domain.md B17; billing.md 6)

Open item: each invoice that is open at the end of the period. Balance forward: the balance at its beginning, what
happened since, and the balance at its end. Both come to the same: what is due, less what is on account. A statement is
a snapshot: made once, with a number, and never changed.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from alarmdesk.company.entering import acting
from alarmdesk.company.models import Run
from alarmdesk.company.numbers import next_numbers
from alarmdesk.customers.models import Customer
from alarmdesk.customers.snapshots import snapshot
from alarmdesk.lib.furniture import day
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.accounts import Account, Open, accounts
from alarmdesk.payments.aging import BUCKETS
from alarmdesk.payments.models import Statement

FIRST_DAY = dt.date(2000, 1, 1)


class NotStatable(ValueError):
    """There is no such period. `str(error)` is fit to show."""


@dataclass(frozen=True, slots=True)
class Period:
    """What a statement covers: kind, first and last day, and what is told of it."""

    kind: str
    starts_on: dt.date
    ends_on: dt.date
    includes_paid: bool = False
    includes_credits: bool = True

    def check(self, today: dt.date) -> None:
        """Raises NotStatable for a period that ends before it begins, or after `today`."""
        if self.starts_on > self.ends_on:
            raise NotStatable("The period ends before it begins.")
        if self.ends_on > today:
            raise NotStatable("A statement cannot tell of days to come.")
        if self.starts_on < FIRST_DAY:
            raise NotStatable("Choose a day from the year 2000 on.")


def make_statement(customer: Customer, period: Period, *, today: dt.date, at: dt.datetime) -> Statement:
    """A new statement of the customer. Raises NotStatable."""
    (made,) = make_statements([customer], period, today=today, at=at)
    return made


def make_statements(
    customers: Sequence[Customer], period: Period, *, today: dt.date, at: dt.datetime, run: Run | None = None
) -> list[Statement]:
    """A statement for each customer, in a fixed number of queries; take a hundred at a time. With a run, none of them
    may have one of it yet. Raises NotStatable.
    """
    period.check(today)
    if not customers:
        return []
    found = accounts([customer.pk for customer in customers], period.starts_on, period.ends_on)
    numbers = next_numbers("statement", len(customers))
    rows = [
        _row(customer, found[customer.pk], period, number=number, at=at, run=run)
        for customer, number in zip(customers, numbers, strict=True)
    ]
    return Statement.objects.bulk_create(rows)


def told(customer: Customer, period: Period, *, at: dt.datetime) -> Statement:
    """The statement as it would be made now, not kept and without a number: for a preview."""
    found = accounts([customer.pk], period.starts_on, period.ends_on)
    return _row(customer, found[customer.pk], period, number=0, at=at, run=None)


def _row(
    customer: Customer, account: Account, period: Period, *, number: int, at: dt.datetime, run: Run | None
) -> Statement:
    due = sum((item.due for item in account.items), ZERO)
    credit = account.on_account if period.includes_credits else ZERO
    lines = _forward(account, period.starts_on) if period.kind == Statement.Kind.FORWARD else _items(account, period)
    kept: dict[str, Any] = {
        "bill_to": snapshot(customer),
        "lines": lines,
        "ages": _ages(account.items, period.ends_on),
        "opening": str(account.opening),
        "closing": str(account.closing),
    }
    return Statement(
        customer=customer, number=number, kind=period.kind, starts_on=period.starts_on, ends_on=period.ends_on,
        includes_paid=period.includes_paid, includes_credits=period.includes_credits, due=due, credit=credit,
        balance=due - credit, snapshot=kept, run=run, made_at=at, made_by=acting().name,
    )  # fmt: skip


def _items(account: Account, period: Period) -> list[dict[str, str]]:
    """The open invoices by due date, those that are paid among them where that is wished, then what is on account."""
    shown = [item for item in account.items if item.due or (period.includes_paid and item.on >= period.starts_on)]
    lines = [
        {"on": item.on.isoformat(), "what": item.what, "due_on": item.due_on.isoformat(), "amount": str(item.amount),
         "open": str(item.due)}
        for item in sorted(shown, key=lambda item: (item.due_on, item.what))
    ]  # fmt: skip
    if period.includes_credits:
        lines += [
            {"on": left.on.isoformat(), "what": left.what, "due_on": "", "amount": str(-left.amount),
             "open": str(-left.due)}
            for left in account.unapplied
        ]  # fmt: skip
    return lines


def _forward(account: Account, starts_on: dt.date) -> list[dict[str, str]]:
    """What came into the books in the period, by date, with the balance after each. What bears a date before it says
    when it was entered: the statement of its own date was told without it.
    """
    balance, lines = account.opening, []
    for event in account.events:
        balance += event.amount
        late = f", entered {day(event.entered_on)}" if event.on < starts_on else ""
        line = {
            "on": event.on.isoformat(), "what": event.what + late, "amount": str(event.amount), "open": str(balance),
        }  # fmt: skip
        lines.append(line)
    return lines


def _ages(items: Iterable[Open], on: dt.date) -> list[str]:
    """What is open by age (D9), in the order of BUCKETS."""
    sums: Mapping[str, Decimal] = {
        bucket.code: sum((item.due for item in items if bucket.holds((on - item.due_on).days)), ZERO)
        for bucket in BUCKETS
    }
    return [str(sums[bucket.code]) for bucket in BUCKETS]
