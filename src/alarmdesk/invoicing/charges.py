"""Which lines can a document being written begin with, or get at one press: own charges, another document's lines?

Source: F41. The Activation Fee is offered while it is neither marked paid nor on an invoice in force; the monthly
charge always.
"""

from decimal import Decimal

from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.equipping import billed_on
from alarmdesk.invoicing.models import ACTIVATION_FEE_NUMBER, MMR_NUMBER, BillableItem, Invoice, TaxBasis
from alarmdesk.invoicing.pricing import LineInput
from alarmdesk.invoicing.queries import tax_facts
from alarmdesk.invoicing.taxes import load_rules


def own_prices(customer: Customer) -> dict[int, Decimal]:
    """Unit prices that this customer pays instead of the item's default, by item number."""
    prices = {ACTIVATION_FEE_NUMBER: customer.activation_fee, MMR_NUMBER: customer.mmr}
    return {number: price for number, price in prices.items() if price}


def own_charge(customer: Customer, number: int) -> LineInput | None:
    """The line that charges the customer's own price for an item by its number; None when it is off."""
    item = customer.company.billable_items.filter(number=number, is_active=True).first()
    if item is None:
        return None
    price = own_prices(customer).get(number, item.default_price)
    return LineInput(item=item, quantity=Decimal(1), description=item.description, unit_price=price)


def copied_lines(invoice: Invoice, *, takes_its_place: bool = False) -> list[LineInput]:
    """A document's lines to begin another with. A rate that was typed on a line is kept; any other is the rules' to say
    again, for the customer and the day of the other document. The equipment that the lines bill goes along with a
    document that takes the place of this one, and with no other.
    """
    pieces = billed_on(invoice) if takes_its_place else {}
    rules = load_rules(invoice.sale_on)
    state, own = tax_facts(invoice.customer)
    lines = []
    for line in invoice.lines.select_related("item").prefetch_related("taxes"):
        item: BillableItem = line.item
        taxes = list(line.taxes.all())
        rate = taxes[0].rate if taxes else Decimal(0)
        was_typed = line.tax_basis == TaxBasis.LINE
        if not line.tax_basis:  # from before the reason was kept: what the rules would not have given was typed
            ruled = rules.tax_for(item_class=item.item_class, taxable=item.taxable, state=state, own=own, override=None)
            was_typed = rate != (ruled.rate if ruled else 0)
        typed = rate if was_typed else None
        lines.append(
            LineInput(item, line.quantity, line.description, line.unit_price, typed, piece=pieces.get(line.pk))
        )
    return lines
