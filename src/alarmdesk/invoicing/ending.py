"""What is left unused of a period that was billed when a recurring invoice ends inside it? The credit that is proposed:
the part of each line for the days from the end on, with the tax that the line bore.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.invoicing.actions import issue
from alarmdesk.invoicing.models import BillingPeriod, Invoice, InvoiceLine, RecurringInvoice
from alarmdesk.invoicing.periods import Period
from alarmdesk.invoicing.pricing import LineInput
from alarmdesk.lib.money import ZERO, part_of, tax_on


@dataclass(frozen=True, slots=True)
class Unused:
    """The days from the end on that an invoice billed, and the lines of a credit for them; `total` with tax."""

    invoice: Invoice
    period: Period
    lines: tuple[LineInput, ...]
    total: Decimal


def unused(recurring: RecurringInvoice, on: dt.date) -> Unused | None:
    """What the invoice whose days `on` cuts has billed for the days from then on; None where nothing is to be credited.

    In arrears nothing is: only days that have passed were billed.
    """
    periods = recurring.periods.select_related("invoice").filter(starts_on__lt=on, ends_on__gt=on)
    cut: BillingPeriod | None = periods.filter(invoice__voided_at=None).first()
    if cut is None:
        return None
    period = Period(on, cut.ends_on, (cut.starts_on, cut.ends_on))
    days = (cut.ends_on - cut.starts_on).days
    used = (on - cut.starts_on).days
    lines, total = [], ZERO
    for line in cut.invoice.lines.select_related("item").prefetch_related("taxes"):
        part = part_of(line.amount, used, days, days)
        rate = _rate(line)
        if part:
            says = f"{line.description} ({period.says}, unused)"[:500]
            lines.append(LineInput(line.item, Decimal(1), says, part, rate))
            total += part + tax_on(part, rate)
    return Unused(cut.invoice, period, tuple(lines), total) if lines and total > 0 else None


def _rate(line: InvoiceLine) -> Decimal:
    return sum((tax.rate for tax in line.taxes.all()), Decimal(0))


def credit(recurring: RecurringInvoice, found: Unused, *, today: dt.date, at: dt.datetime, by: str) -> Invoice:
    """Issue the credit that was proposed. Raises as actions.issue does."""
    return issue(
        customer=recurring.customer,
        type=Invoice.Type.CREDIT,
        sale_on=today,
        term=recurring.term,
        lines=found.lines,
        note=f"Unused days of invoice {found.invoice.number}.",
        at=at,
        by=by,
    )
