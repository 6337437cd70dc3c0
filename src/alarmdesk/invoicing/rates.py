"""How do the sales tax rates of states come, change and go (D13)? By hand, or many at once from a file.

A rate that an issued document bears is never changed or deleted: a new rate from a later day supersedes it.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from alarmdesk.company.entering import entered, entered_id
from alarmdesk.invoicing.models import RateImport, StateTax
from alarmdesk.invoicing.rate_files import RateProblem, RateRow, RateSheet
from alarmdesk.lib.furniture import day, percent

# documents from its day on that bear it, void ones too: they say so for ever
BORNE = """
select exists (
    select from invoicing_invoice i
    join invoicing_invoiceline l on l.company_id = i.company_id and l.invoice_id = i.id
    left join invoicing_linetax x on x.company_id = l.company_id and x.line_id = l.id
    where i.company_id = %(company)s and i.sale_on >= %(since)s
      and l.tax_state = %(state)s and l.tax_basis = 'state' and coalesce(x.rate, 0) = %(rate)s
)
"""


ALL_OR_NONE = "All rows of a file come in, or none. Mend the bad ones and check it again."


class RateThere(ValueError):
    """The state has a rate from that day already."""


class RateUsed(ValueError):
    """Issued documents bear the rate."""


class FileHasProblems(ValueError):
    """A file with bad rows is not brought in."""


class AlreadyUndone(ValueError):
    """The import was taken back before."""


def is_used(tax: StateTax) -> bool:
    """Does an issued document bear this very rate?"""
    facts: dict[str, Any] = {"company": entered_id(), "since": tax.effective_on, "state": tax.state, "rate": tax.rate}
    with connection.cursor() as cursor:
        cursor.execute(BORNE, facts)
        used: bool = cursor.fetchone()[0]
        return used


def save_state_tax(tax: StateTax) -> None:
    """Add a state's rate from a day on, or change one that no document bears. Raises RateThere, RateUsed."""
    rates = entered().state_taxes
    if tax.pk is not None:
        _refuse_used(rates.select_for_update(no_key=True).get(pk=tax.pk))
        tax.imported_by = None  # what was changed by hand stays when its file is taken back
    if rates.filter(state=tax.state, effective_on=tax.effective_on).exclude(pk=tax.pk).exists():
        raise RateThere(f"{tax.state} has a rate from that day already. Change that one.")
    tax.save()


def delete_state_tax(tax: StateTax) -> None:
    """Remove a rate that no document bears; from its day on the one before it counts. Raises RateUsed."""
    _refuse_used(tax)
    tax.delete()


def _refuse_used(tax: StateTax) -> None:
    if is_used(tax):
        raise RateUsed(
            f"Issued documents bear {tax.state} {percent(tax.rate)} from {day(tax.effective_on)}, so it stays. "
            "Add a rate from a later day instead."
        )


@dataclass(frozen=True, slots=True)
class ShownRate:
    """A rate of the list: whether it counts today, is to come, or was superseded on a day."""

    tax: StateTax
    state: str
    is_first: bool
    standing: str
    kind: str


def state_rates(today: dt.date) -> list[ShownRate]:
    """The rates by state, newest first in each, with how they stand."""
    shown: list[ShownRate] = []
    later: dt.date | None = None
    state = ""
    for tax in entered().state_taxes.order_by("state", "-effective_on"):
        is_first = tax.state != state
        state, later = tax.state, None if is_first else later
        if tax.effective_on > today:
            standing, kind = "To come", "info"
        elif later is not None and later <= today:
            standing, kind = f"Until {day(later - dt.timedelta(days=1))}", "plain"
        else:
            standing, kind = "In force", "ok"
        shown.append(ShownRate(tax, tax.state, is_first, standing, kind))
        later = tax.effective_on
    return shown


# --- a file of rates


def checked(sheet: RateSheet) -> RateSheet:
    """The file held against the rates that are there: equal ones are passed over, others from that day are bad rows."""
    there = {(tax.state, tax.effective_on): tax for tax in entered().state_taxes.all()}
    new: list[RateRow] = []
    known = 0
    problems = list(sheet.problems)
    for row in sheet.rows:
        tax = there.get((row.state, row.effective_on))
        if tax is None:
            new.append(row)
        elif tax.rate == row.rate:
            known += 1
        else:
            says = f"{row.state} has {percent(tax.rate)} from {day(row.effective_on)} already."
            problems.append(RateProblem(row.line, "rate", f"{row.rate:f}", says))
    return RateSheet(new, sorted(problems, key=lambda problem: problem.line), known)


def bring_in(sheet: RateSheet, *, file_name: str, at: dt.datetime, by: str) -> RateImport:
    """Add the new rates of a file, all or none. Raises FileHasProblems."""
    fresh = checked(sheet)
    if fresh.problems or not fresh.rows:
        raise FileHasProblems(ALL_OR_NONE if fresh.problems else "The file has no new rate.")
    made: RateImport = RateImport.objects.create(
        file_name=file_name, rows=len(fresh.rows), imported_at=at, imported_by=by
    )
    StateTax.objects.bulk_create(
        StateTax(state=row.state, rate=row.rate, effective_on=row.effective_on, name=row.name, imported_by=made)
        for row in fresh.rows
    )
    return made


def undo(rate_import: RateImport, *, at: dt.datetime, by: str) -> int:
    """Take back the rates of a file that nobody has changed since: how many. Raises AlreadyUndone, RateUsed."""
    held = entered().rate_imports.select_for_update(no_key=True).get(pk=rate_import.pk)
    if held.undone_at is not None:
        raise AlreadyUndone(f"{held} was taken back before.")
    rates = list(held.rates.order_by("state", "effective_on"))
    for tax in rates:
        _refuse_used(tax)
    for tax in rates:
        tax.delete()
    held.undone_at, held.undone_by = at, by
    held.save(update_fields=["undone_at", "undone_by"])
    return len(rates)
