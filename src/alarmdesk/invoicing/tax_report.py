"""How much sales tax was charged in a span of days, where, and on what? Read off the stored lines and their taxes.

What a return asks for: by state and rate, what was sold with tax and the tax on it, and what was sold without, with
why. Invoices count by their Sale Date, credits are taken off, quotes and void documents are left out.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import connection

from alarmdesk.company.entering import entered_id
from alarmdesk.invoicing.models import TaxBasis
from alarmdesk.lib.money import ZERO

SUMS = """
select l.tax_state, x.rate, case when x.rate is null then l.tax_basis else '' end as basis,
    sum(l.amount * s.sign), coalesce(sum(x.amount * s.sign), 0), count(distinct i.id)
from invoicing_invoice i
cross join lateral (select case i.type when 'credit' then -1 else 1 end) as s (sign)
join invoicing_invoiceline l on l.company_id = i.company_id and l.invoice_id = i.id
left join invoicing_linetax x on x.company_id = l.company_id and x.line_id = l.id
where i.company_id = %(company)s and i.type in ('invoice', 'credit') and i.voided_at is null
  and i.sale_on between %(first)s and %(last)s
group by 1, 2, 3 order by 1, 2 nulls last, 3
"""


@dataclass(frozen=True, slots=True)
class TaxRow:
    """The sales of a state at one rate, or those without tax for one reason (`rate` None). Sums in cents."""

    state: str
    rate: Decimal | None
    reason: str
    taxable: Decimal
    exempt: Decimal
    tax: Decimal
    documents: int


@dataclass(frozen=True, slots=True)
class TaxReport:
    """The rows by state, rates first, and their sums."""

    rows: list[TaxRow]
    states: list[TaxRow]
    total: TaxRow


def report(first: dt.date, last: dt.date) -> TaxReport:
    """The sales tax of the entered company's documents dated from the first to the last day."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, {"company": entered_id(), "first": first, "last": last})
        rows = [_row(*row) for row in cursor.fetchall()]
    by_state: dict[str, list[TaxRow]] = {}
    for row in rows:
        by_state.setdefault(row.state, []).append(row)
    states = [replace(_added(of_state), state=state) for state, of_state in by_state.items()]
    return TaxReport(rows, states, _added(rows))


def _row(state: str, rate: Decimal | None, basis: str, amount: Decimal, tax: Decimal, documents: int) -> TaxRow:
    if rate is not None:
        return TaxRow(state, rate, "", amount, ZERO, tax, documents)
    reason = TaxBasis(basis).label if basis else "Not taxed"
    return TaxRow(state, None, reason, ZERO, amount, ZERO, documents)


def _added(rows: Iterable[TaxRow]) -> TaxRow:
    listed = list(rows)
    return TaxRow(
        "",
        None,
        "",
        sum((row.taxable for row in listed), ZERO),
        sum((row.exempt for row in listed), ZERO),
        sum((row.tax for row in listed), ZERO),
        sum(row.documents for row in listed),
    )
