"""How are hundreds of recurring invoices written or removed at once? Set-based, for an import and its undoing.

Each has one line, the Monthly Monitoring Rate (item 3, F68). Prices come from pricing.price as everywhere.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.company.entering import entered
from alarmdesk.company.numbers import next_numbers
from alarmdesk.invoicing.models import (
    MMR_NUMBER,
    BillableItem,
    CustomerTax,
    ParkedAccount,
    RecurringInvoice,
    RecurringLine,
)
from alarmdesk.invoicing.pricing import LineInput, price
from alarmdesk.invoicing.taxes import load_book
from alarmdesk.lib.inserting import insert_columns

FACTS = ("customer_id", "anchor_on", "every", "unit", "times", "term_id", "email_on_generation")


class NoMonitoringItem(Exception):
    """The company has no billable item for the Monthly Monitoring Rate."""


@dataclass(frozen=True, slots=True)
class NewRecurring:
    """A recurring invoice to write. `amount` is before tax, `state` the customer's, for the tax; times None: no end."""

    customer_id: int
    state: str
    amount: Decimal
    every: int
    unit: str
    times: int | None
    anchor_on: dt.date
    term_id: int
    email_on_generation: bool


def monitoring_item() -> BillableItem:
    """The entered company's item 3. Raises NoMonitoringItem."""
    item = entered().billable_items.filter(number=MMR_NUMBER).first()
    if item is None:
        raise NoMonitoringItem("The company has no item for the Monthly Monitoring Rate (item 3).")
    return item


def add_recurring(rows: Sequence[NewRecurring], *, imported_by: int, at: dt.datetime, by: str) -> dict[int, int]:
    """Write recurring invoices of an import, at most one per customer: ids by customer. Raises NoMonitoringItem."""
    if not rows:
        return {}
    item = monitoring_item()
    totals = _totals(rows, item)
    columns: dict[str, Sequence[object]] = {name: [getattr(row, name) for row in rows] for name in FACTS}
    columns["next_on"] = columns["anchor_on"]
    columns["amount"] = [totals[row.amount, row.state, row.anchor_on] for row in rows]
    columns["number"] = next_numbers("recurring", len(rows))
    written = insert_columns(
        RecurringInvoice,
        columns,
        constants={"imported_by_id": imported_by, "created_at": at, "created_by": by},
        returning=("customer_id", "id"),
    )
    ids: dict[int, int] = dict(written)
    amounts = [row.amount for row in rows]
    insert_columns(
        RecurringLine,
        {
            "recurring_invoice_id": [ids[row.customer_id] for row in rows],
            "unit_price": amounts,
            "amount": amounts,
            "tax": [totals[row.amount, row.state, row.anchor_on] - row.amount for row in rows],
        },
        constants={"position": 1, "item_id": item.pk, "quantity": 1, "description": item.description},
    )
    return ids


def _totals(rows: Sequence[NewRecurring], item: BillableItem) -> dict[tuple[Decimal, str, dt.date], Decimal]:
    """What each invoice will come to with tax, by amount, state and first date: most rows share few of them."""
    book = load_book()
    found: dict[tuple[Decimal, str, dt.date], Decimal] = {}
    for row in rows:
        key = (row.amount, row.state, row.anchor_on)
        if key not in found:
            line = LineInput(item, Decimal(1), item.description, row.amount)
            found[key] = price([line], book.on(row.anchor_on), row.state, None)[1].total
    return found


def pause_recurring(*, imported_by: int) -> None:
    """Let no run bill an import's recurring invoices any more: it is being undone."""
    RecurringInvoice.objects.filter(imported_by=imported_by, next_on__isnull=False).update(next_on=None)


def remove_recurring(customer_ids: Sequence[int]) -> None:
    """Remove all recurring invoices of these customers, none of which has made an invoice."""
    recurring = RecurringInvoice.objects.filter(customer_id__in=customer_ids)
    for rows in (
        ParkedAccount.objects.filter(customer_id__in=customer_ids),
        CustomerTax.objects.filter(customer_id__in=customer_ids),
        RecurringLine.objects.filter(recurring_invoice__in=list(recurring.values_list("pk", flat=True))),
        recurring,
    ):
        rows._raw_delete(rows.db)  # without reading the rows first
