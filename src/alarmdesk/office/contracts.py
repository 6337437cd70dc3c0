"""How much comes in a month, and how long does the contract run? Read off the recurring invoices."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.lib.money import cents
from alarmdesk.lib.recurrence import Unit

# a day and a week in months: a year has 365 days on the dealer's price list
MONTHS = {
    Unit.DAY: Decimal(12) / Decimal(365),
    Unit.WEEK: Decimal(84) / Decimal(365),
    Unit.MONTH: Decimal(1),
    Unit.YEAR: Decimal(12),
}


def monthly(recurring: RecurringInvoice) -> Decimal:
    """What one recurring invoice comes to in a month, before tax, in cents."""
    return cents(recurring.amount / (recurring.every * MONTHS[Unit(recurring.unit)]))


def present(live: Iterable[RecurringInvoice]) -> list[RecurringInvoice]:
    """Of a chain only the one that bills now, not what will take over from it: both would count one service twice."""
    running = list(live)
    ids = {one.pk for one in running}
    return [one for one in running if one.follows_id not in ids]


@dataclass(frozen=True, slots=True)
class Contract:
    """What is left of the longest recurring invoice that ends by itself. `percent` is how much has been billed."""

    left: str
    note: str
    percent: int | None = None


def contract(live: Iterable[RecurringInvoice]) -> Contract:
    """The contract as the running recurring invoices tell it."""
    running = list(live)
    bounded = [one for one in running if one.times]
    if not running:
        return Contract("None", "Nothing recurs")
    if not bounded:
        return Contract("Open-ended", "Runs until it is ended")
    longest = max(bounded, key=lambda one: one.final_on or one.anchor_on)
    times = longest.times or 0
    left = (times - longest.made) * longest.every
    return Contract(
        f"{left} {longest.unit}{'' if left == 1 else 's'} left",
        f"{longest.made} of {times}",
        longest.made * 100 // times,
    )
