"""What is left unused of what was billed when a recurring invoice ends? The credits that are proposed: of each line
what the days from the end on bear and no credit has taken back yet, with the tax that the line bore.

What stays of a line is what its used days bear. So a line is credited once, whatever was credited before and why, and
however often the end is brought forward.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from alarmdesk.invoicing.crediting import OpenLine, credit_invoice, lines_left, what_is_credited
from alarmdesk.invoicing.models import BillingPeriod, Invoice, RecurringInvoice
from alarmdesk.invoicing.periods import Period
from alarmdesk.invoicing.succession import chain_of
from alarmdesk.lib.money import ZERO, part_of


@dataclass(frozen=True, slots=True)
class Unused:
    """The days from the end on that an invoice billed, and what is credited for them: {line's id: amount before tax};
    `total` with tax. `rest`: some of it was credited before.
    """

    invoice: Invoice
    period: Period
    parts: Mapping[int, Decimal]
    total: Decimal
    rest: bool


def unused(recurring: RecurringInvoice, on: dt.date) -> list[Unused]:
    """What invoices have billed for days from `on` on and no credit has taken back, the oldest first: of the period
    that the day cuts, and of the whole ones after it, also where a price change made them. Bounded queries.

    In arrears only a past day leaves any: only days that have passed were billed.
    """
    chain = chain_of(recurring)
    ending = chain[[one.pk for one in chain].index(recurring.pk) :]  # schedules.end ends what follows too
    found = BillingPeriod.objects.filter(recurring_invoice__in=ending, ends_on__gt=on, invoice__isnull=False)
    found = found.filter(invoice__voided_at=None)
    periods = list(found.select_related("invoice").order_by("starts_on", "pk"))
    left = lines_left([period.invoice for period in periods])
    each = (_unused(period, on, left[period.invoice.pk]) for period in periods)
    return [one for one in each if one.total > 0]


def _unused(billed: BillingPeriod, on: dt.date, lines: list[OpenLine]) -> Unused:
    days, used = (billed.ends_on - billed.starts_on).days, max(0, (on - billed.starts_on).days)
    parts = {each.line.pk: _part(each, used, days) for each in lines}
    rest = any(each.left != each.line.amount for each in lines)
    period = Period(max(on, billed.starts_on), billed.ends_on, (billed.starts_on, billed.ends_on))
    return Unused(billed.invoice, period, parts, what_is_credited(lines, parts).total, rest)


def _part(opened: OpenLine, used: int, days: int) -> Decimal:
    """What is left of a line beyond its used days; a discount is a line below zero."""
    beyond = opened.left - part_of(opened.line.amount, 0, used, days)
    return max(beyond, ZERO) if opened.line.amount > 0 else min(beyond, ZERO)


@transaction.atomic
def credit_unused(
    recurring: RecurringInvoice, on: dt.date, *, today: dt.date, at: dt.datetime, by: str
) -> list[Invoice]:
    """Issue the credits that `unused` proposes, one for each invoice. Raises NotCreditable, with nothing written."""
    return [
        credit_invoice(found.invoice, found.parts, sale_on=today, note=_note(found), at=at, by=by)
        for found in unused(recurring, on)
    ]


def _note(found: Unused) -> str:
    less = ", less what was credited before" if found.rest else ""
    return f"Unused days of invoice {found.invoice.number}: {found.period.says}{less}."
