"""What becomes of the periods that nobody billed while an account was cancelled? Reinstated, it owes them all: the next
night would bill every one. Or they are waived: each is settled without an invoice, and the schedule goes on behind it.

A waived period counts like a billed one: periods tile, a recurring invoice of twelve times has one less to make.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import BillingPeriod, RecurringInvoice
from alarmdesk.invoicing.periods import Step, step_of


@dataclass(frozen=True, slots=True)
class Missed:
    """What the next night would make of a recurring invoice: `count` invoices dated `first_on` to `last_on`, `amount`
    in all with tax as the template has it; and its first date after that, None where there is none.
    """

    recurring: RecurringInvoice
    count: int
    amount: Decimal
    first_on: dt.date
    last_on: dt.date
    next_on: dt.date | None


def missed(customer: Customer, *, today: dt.date) -> list[Missed]:
    """Each recurring invoice of the customer with dates up to `today` that were not billed, the oldest first."""
    late = customer.recurring_invoices.filter(next_on__lte=today).order_by("next_on", "pk")
    return [_missed(recurring, list(_steps(recurring, today))) for recurring in late]


def _missed(recurring: RecurringInvoice, steps: list[Step]) -> Missed:
    amount = sum((step.period.part(recurring.amount) for step in steps), Decimal("0.00"))
    first, last = steps[0], steps[-1]
    return Missed(recurring, len(steps), amount, first.made_on, last.made_on, last.next_on)


def waive(customer: Customer, *, today: dt.date, at: dt.datetime, by: str) -> int:
    """The customer's periods due up to `today` are never billed; the next invoice is that of the first date after it.
    How many. The rows are locked against the nightly run.
    """
    count = 0
    held = entered().recurring_invoices.filter(customer=customer, next_on__lte=today)
    for recurring in held.select_for_update(of=("self",)).order_by("pk"):
        steps = list(_steps(recurring, today))
        BillingPeriod.objects.bulk_create(
            BillingPeriod(
                recurring_invoice=recurring, seq=seq, starts_on=step.period.starts_on, ends_on=step.period.ends_on,
                waived_at=at, waived_by=by,
            )
            for seq, step in enumerate(steps, start=recurring.next_seq)
        )  # fmt: skip
        recurring.next_seq, recurring.next_on = recurring.next_seq + len(steps), steps[-1].next_on
        recurring.save(update_fields=["next_seq", "next_on"])
        count += len(steps)
    return count


def waived(recurring: RecurringInvoice) -> dict[str, Any]:
    """How many of its periods were waived (`count`), when the first and the last of them began, and who said so."""
    rows = recurring.periods.exclude(waived_at=None)
    return rows.aggregate(
        count=Count("pk"), first_on=Min("starts_on"), last_on=Max("starts_on"), by=Max("waived_by")
    )  # fmt: skip


def _steps(recurring: RecurringInvoice, today: dt.date) -> Iterator[Step]:
    """Its unbilled invoices dated up to a day."""
    seq, due = recurring.next_seq, recurring.next_on
    while due is not None and due <= today:
        step = step_of(recurring.schedule, seq)
        yield step
        seq, due = seq + 1, step.next_on
