"""How is a recurring invoice set up, shown ahead, ended? Source: F44-F52, D1.

Which days each invoice bills and when it is made, periods.py says; a price that changes is succession.py's.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from alarmdesk.company.entering import entered
from alarmdesk.company.numbers import next_numbers
from alarmdesk.customers.models import Customer, Import
from alarmdesk.invoicing.actions import LeadsGetQuotesOnly, ReasonMissing, checked, price_for
from alarmdesk.invoicing.models import RecurringInvoice, RecurringLine, Term
from alarmdesk.invoicing.periods import Period, Schedule
from alarmdesk.invoicing.pricing import LineInput, PricedLine
from alarmdesk.lib.furniture import day
from alarmdesk.lib.money import ZERO
from alarmdesk.lib.recurrence import Unit

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


class FollowsAnother(ValueError):
    """It is what a price change made of another one: the change can be undone, not the one deleted."""


@dataclass(frozen=True, slots=True)
class SchedulePreview:
    """The first invoice dates, the Final Invoice Date (None: until it is ended), and whether more dates follow.

    `periods`: what the invoices of those dates bill.
    """

    dates: list[dt.date]
    final_on: dt.date | None
    more: bool
    periods: list[Period] = field(default_factory=list)


def schedule_of(
    anchor_on: dt.date,
    every: int,
    unit: str,
    times: int | None,
    *,
    starts_on: dt.date | None = None,
    in_arrears: bool = False,
) -> Schedule:
    """The schedule with its Next Invoice Date on `anchor_on`, if it can be kept. Raises ImpossibleRecurrence.

    In arrears the first invoice bills the period before that date. `starts_on` is the first day that is billed: the
    days until the Next Invoice Date are a part of a period, and in advance an invoice of their own on that day.
    """
    try:
        known = Unit(unit)
    except ValueError:
        raise ImpossibleRecurrence(f"“{unit}” is no unit. Choose days, weeks, months or years.") from None
    if not 1 <= every <= MOST_EVERY[known]:
        raise ImpossibleRecurrence(f"Recur every 1 to {MOST_EVERY[known]:,} {known}s, not {every}.")
    if times is not None and not 1 <= times <= MOST_TIMES:
        raise ImpossibleRecurrence(f"It can recur 1 to {MOST_TIMES:,} times, not {times}.")
    made = Schedule(anchor_on, every, known.value, times, -1 if in_arrears or starts_on else 0, None, in_arrears)
    try:
        made.recurrence.occurrence(times or 1)  # the end of the last period
        before = made.recurrence.occurrence(-1)
    except OverflowError:
        raise ImpossibleRecurrence("The last invoice would be after the year 9999.") from None
    if starts_on is None or starts_on == before:
        return made
    if not before < starts_on < anchor_on:
        raise ImpossibleRecurrence(
            f"The first day billed must be within one period before the Next Invoice Date: from {day(before)} to "
            f"{day(anchor_on - dt.timedelta(days=1))}."
        )
    return replace(made, starts_on=starts_on)


def preview(
    anchor_on: dt.date,
    every: int,
    unit: str,
    times: int | None,
    count: int = 12,
    *,
    starts_on: dt.date | None = None,
    in_arrears: bool = False,
) -> SchedulePreview:
    """The first `count` dates and the Final Invoice Date (F48). Raises ImpossibleRecurrence."""
    planned = schedule_of(anchor_on, every, unit, times, starts_on=starts_on, in_arrears=in_arrears)
    shown = count if times is None else min(count, times)
    periods = []
    for seq in range(planned.first_seq, planned.first_seq + shown):
        try:
            periods.append(planned.period(seq))
        except OverflowError:  # one without an end, near the end of the calendar
            return SchedulePreview([planned.made_on(one) for one in periods], None, more=False, periods=periods)
    dates = [planned.made_on(one) for one in periods]
    return SchedulePreview(dates, planned.final_on, times is None or times > shown, periods)


def next_date(recurring: RecurringInvoice, seq: int) -> dt.date | None:
    """The date of invoice `seq` of a recurring invoice, or None when it has no such invoice."""
    return recurring.schedule.due(seq)


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
    starts_on: dt.date | None = None,
    in_arrears: bool = False,
    today: dt.date,
    at: dt.datetime,
    by: str,
    imported_by: Import | None = None,
) -> RecurringInvoice:
    """A recurring invoice whose Next Invoice Date is `anchor_on`; `times` None recurs until it is ended. `starts_on`
    and `in_arrears` as in schedule_of.

    Raises NotAfterToday, ImpossibleRecurrence, NoEmail, NotIssuable, Unpriceable.
    """
    _check_can_be_billed(customer, by_email=email_on_generation)
    if anchor_on <= today:
        raise NotAfterToday("The next invoice date must be after today.")
    planned = schedule_of(anchor_on, every, unit, times, starts_on=starts_on, in_arrears=in_arrears)
    recurring = RecurringInvoice(
        customer=customer, anchor_on=anchor_on, every=every, unit=planned.unit, times=times, term=term,
        first_seq=planned.first_seq, starts_on=planned.starts_on, in_arrears=in_arrears, po_number=po_number, note=note,
        email_on_generation=email_on_generation, created_at=at, created_by=by, imported_by=imported_by,
    )  # fmt: skip
    if recurring.first_on <= today:
        raise NotAfterToday("The first day billed must be after today: its invoice is made on that day.")
    return set_up(recurring, lines)


def set_up(recurring: RecurringInvoice, lines: Iterable[LineInput]) -> RecurringInvoice:
    """Write a new recurring invoice that has all but number, amount, lines and what its schedule says is next.

    Raises NotIssuable, Unpriceable.
    """
    priced_from = checked(lines)
    recurring.next_seq, recurring.next_on = recurring.first_seq, next_date(recurring, recurring.first_seq)
    priced, sums = price_for(recurring.customer, priced_from, recurring.first_on)
    recurring.amount, recurring.number = sums.total, next_numbers("recurring")[0]
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
            tax=sum((tax.amount for tax in line.taxes), ZERO),
        )
        for position, (written, line) in enumerate(zip(inputs, priced, strict=True), start=1)
    )


def lines_of(recurring: RecurringInvoice) -> list[LineInput]:
    """Its lines as they were written: to price them, or to duplicate it (D1)."""
    return [
        LineInput(line.item, line.quantity, line.description, line.unit_price, line.tax_rate)
        for line in recurring.lines.select_related("item")
    ]


def end(recurring: RecurringInvoice, *, on: dt.date, reason: str, by: str, prorated: bool = False) -> None:
    """Nothing is billed for days from `on` on; what was due before is still billed, also what a missed night owes.

    A period that the day cuts is billed whole in advance and not at all in arrears; `prorated`: up to the day. What a
    price change has made to follow ends with it. May be brought forward later, never put off. Raises ReasonMissing,
    AlreadyEnded.
    """
    if not reason.strip():
        raise ReasonMissing("Say why it ends.")
    held = _held(recurring)
    if held.ended_on is not None and held.ended_on <= on:
        raise AlreadyEnded(f"{held} already ends on {held.ended_on:%B %-d, %Y}.")
    for row in (held, recurring):
        row.ended_on, row.ended_reason, row.ended_by, row.prorates_end = on, reason.strip(), by, prorated
    held.next_on = recurring.next_on = next_date(held, held.next_seq)
    held.save(update_fields=["ended_on", "ended_reason", "ended_by", "prorates_end", "next_on"])
    for successor in held.successors.all():
        if successor.ended_on is None or successor.ended_on > on:
            end(successor, on=on, reason=reason, by=by, prorated=prorated)


def delete(recurring: RecurringInvoice) -> None:
    """Remove one that has made no invoice yet. Raises AlreadyBilled (D1), FollowsAnother."""
    held = _held(recurring)
    if held.made or held.periods.exists():
        raise AlreadyBilled(f"{held} has made invoices. End it instead; its history stays.")
    if held.follows_id is not None or held.successors.exists():
        raise FollowsAnother(f"A price change made {held} part of a chain. Undo the change instead.")
    held.delete()


def _held(recurring: RecurringInvoice) -> RecurringInvoice:
    """The row as it is now, locked against the nightly run."""
    return entered().recurring_invoices.select_for_update().get(pk=recurring.pk)
