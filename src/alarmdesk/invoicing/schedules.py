"""How is a recurring invoice set up, shown ahead, ended? Source: F44-F52, D1.

Occurrence n is due while n < times and its date lies before `ended_on`; occurrence 0 is the anchor.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from alarmdesk.company.entering import entered
from alarmdesk.company.numbers import next_numbers
from alarmdesk.customers.models import Customer, Import
from alarmdesk.invoicing.actions import LeadsGetQuotesOnly, ReasonMissing, checked, price_for
from alarmdesk.invoicing.models import RecurringInvoice, RecurringLine, Term
from alarmdesk.invoicing.pricing import LineInput, PricedLine
from alarmdesk.lib.recurrence import Recurrence, Unit

MOST_TIMES = 1200
MOST_EVERY = {Unit.DAY: 3660, Unit.WEEK: 520, Unit.MONTH: 120, Unit.YEAR: 10}


class NotAfterToday(ValueError):
    """The Next Invoice Date is today or past (F46)."""


class ImpossibleRecurrence(ValueError):
    """The schedule cannot be kept; the sentence says why."""


class NoEmail(ValueError):
    """Invoices are to be e-mailed to a customer without an e-mail address (F49)."""


class AlreadyBilled(ValueError):
    """An invoice was made from it, so it can only be ended (D1)."""


class AlreadyEnded(ValueError):
    """It was ended before, on an earlier or the same day."""


@dataclass(frozen=True, slots=True)
class SchedulePreview:
    """The first invoice dates, the Final Invoice Date (None: until it is ended), and whether more dates follow."""

    dates: list[dt.date]
    final_on: dt.date | None
    more: bool


def recurrence_of(anchor_on: dt.date, every: int, unit: str, times: int | None) -> Recurrence:
    """The schedule, if it can be kept. Raises ImpossibleRecurrence."""
    try:
        known = Unit(unit)
    except ValueError:
        raise ImpossibleRecurrence(f"“{unit}” is no unit. Choose days, weeks, months or years.") from None
    if not 1 <= every <= MOST_EVERY[known]:
        raise ImpossibleRecurrence(f"Recur every 1 to {MOST_EVERY[known]:,} {known}s, not {every}.")
    if times is not None and not 1 <= times <= MOST_TIMES:
        raise ImpossibleRecurrence(f"It can recur 1 to {MOST_TIMES:,} times, not {times}.")
    recurrence = Recurrence(anchor_on, every, known)
    try:
        recurrence.occurrence(times or 1)  # the end of the last period
    except OverflowError:
        raise ImpossibleRecurrence("The last invoice would be after the year 9999.") from None
    return recurrence


def preview(anchor_on: dt.date, every: int, unit: str, times: int | None, count: int = 12) -> SchedulePreview:
    """The first `count` dates and the Final Invoice Date (F48). Raises ImpossibleRecurrence."""
    recurrence = recurrence_of(anchor_on, every, unit, times)
    shown = count if times is None else min(count, times)
    dates = []
    for n in range(shown):
        try:
            dates.append(recurrence.occurrence(n))
        except OverflowError:  # one without an end, near the end of the calendar
            return SchedulePreview(dates, None, more=False)
    return SchedulePreview(dates, recurrence.occurrence(times - 1) if times else None, times is None or times > shown)


def next_date(recurring: RecurringInvoice, seq: int) -> dt.date | None:
    """The date of occurrence `seq` of a recurring invoice, or None when it has no such occurrence."""
    if recurring.times is not None and seq >= recurring.times:
        return None
    on = recurring.recurrence.occurrence(seq)
    return None if recurring.ended_on is not None and on >= recurring.ended_on else on


def schedule(
    *,
    customer: Customer,
    anchor_on: dt.date,
    every: int,
    unit: str,
    times: int | None,
    term: Term,
    lines: Iterable[LineInput],
    po_number: str = "",
    note: str = "",
    email_on_generation: bool = False,
    today: dt.date,
    at: dt.datetime,
    by: str,
    imported_by: Import | None = None,
) -> RecurringInvoice:
    """A recurring invoice whose first invoice is made on `anchor_on`; `times` None recurs until it is ended.

    Raises NotAfterToday, ImpossibleRecurrence, NoEmail, NotIssuable, Unpriceable.
    """
    _check_can_be_billed(customer, by_email=email_on_generation)
    if anchor_on <= today:
        raise NotAfterToday("The next invoice date must be after today.")
    recurrence_of(anchor_on, every, unit, times)
    priced_from = checked(lines)
    priced, sums = price_for(customer, priced_from, anchor_on)
    recurring = RecurringInvoice(
        customer=customer, anchor_on=anchor_on, next_on=anchor_on, every=every, unit=unit, times=times, term=term,
        po_number=po_number, note=note, email_on_generation=email_on_generation, amount=sums.total, created_at=at,
        created_by=by, imported_by=imported_by,
    )  # fmt: skip
    recurring.number = next_numbers("recurring")[0]
    recurring.save(force_insert=True)
    _write_lines(recurring, priced_from, priced)
    return recurring


def _check_can_be_billed(customer: Customer, *, by_email: bool) -> None:
    if customer.is_lead:
        raise LeadsGetQuotesOnly(f"{customer.name} is still a lead. Convert the lead before billing it.")
    if by_email and not customer.email:
        raise NoEmail(f"{customer.name} has no e-mail address to send invoices to.")


def _write_lines(recurring: RecurringInvoice, inputs: list[LineInput], priced: list[PricedLine]) -> None:
    RecurringLine.objects.bulk_create(
        RecurringLine(
            recurring_invoice=recurring,
            position=position,
            item=line.item,
            quantity=line.quantity,
            description=line.description,
            unit_price=line.unit_price,
            amount=line.amount,
            tax_rate=written.tax_rate,
        )
        for position, (written, line) in enumerate(zip(inputs, priced, strict=True), start=1)
    )


def lines_of(recurring: RecurringInvoice) -> list[LineInput]:
    """Its lines as they were written: to price them, or to duplicate it (D1)."""
    return [
        LineInput(line.item, line.quantity, line.description, line.unit_price, line.tax_rate)
        for line in recurring.lines.select_related("item")
    ]


def end(recurring: RecurringInvoice, *, on: dt.date, reason: str, by: str) -> None:
    """No invoice is made for a date from `on` on; those before it still are, also ones that a missed night owes.

    May be brought forward later, never put off. Raises ReasonMissing, AlreadyEnded.
    """
    if not reason.strip():
        raise ReasonMissing("Say why it ends.")
    held = _held(recurring)
    if held.ended_on is not None and held.ended_on <= on:
        raise AlreadyEnded(f"{held} already ends on {held.ended_on:%B %-d, %Y}.")
    for row in (held, recurring):
        row.ended_on, row.ended_reason, row.ended_by = on, reason.strip(), by
        row.next_on = None if held.next_on is None or held.next_on >= on else held.next_on
    held.save(update_fields=["ended_on", "ended_reason", "ended_by", "next_on"])


def delete(recurring: RecurringInvoice) -> None:
    """Remove one that has made no invoice yet. Raises AlreadyBilled (D1)."""
    held = _held(recurring)
    if held.next_seq or held.periods.exists():
        raise AlreadyBilled(f"{held} has made invoices. End it instead; its history stays.")
    held.delete()


def _held(recurring: RecurringInvoice) -> RecurringInvoice:
    """The row as it is now, locked against the nightly run."""
    return entered().recurring_invoices.select_for_update().get(pk=recurring.pk)
