"""What does a new company find in its billing settings? The billable items and terms that every dealer needs.

The numbers are fixed: 2 is the Activation Fee and 3 the Monthly Monitoring Rate in every company, for rules hang on
them (F41, F68). No state tax: rates are the dealer's to know.
"""

from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.company.entering import entered
from alarmdesk.invoicing.models import ACTIVATION_FEE_NUMBER, MMR_NUMBER, BillableItem, Term

PRODUCT = BillableItem.Class.PRODUCT
LABOR = BillableItem.Class.LABOR
SERVICE = BillableItem.Class.SERVICE
IF_NOT_EXEMPT = BillableItem.Taxable.IF_NOT_EXEMPT
NEVER = BillableItem.Taxable.NEVER


@dataclass(frozen=True, slots=True)
class Predefined:
    """A billable item of every company."""

    number: int
    code: str
    item_class: BillableItem.Class
    taxable: BillableItem.Taxable = IF_NOT_EXEMPT
    price: Decimal = Decimal(0)


ITEMS = (
    Predefined(1, "Equipment", PRODUCT),
    Predefined(ACTIVATION_FEE_NUMBER, "Activation Fee", SERVICE, price=Decimal("99.00")),
    Predefined(MMR_NUMBER, "Monthly Monitoring Rate", SERVICE),
    Predefined(4, "Service Call", LABOR, price=Decimal("95.00")),
    Predefined(5, "Labor", LABOR, price=Decimal("85.00")),
    Predefined(6, "Late Fee", SERVICE, NEVER, Decimal("10.00")),
    Predefined(7, "NSF Fee", SERVICE, NEVER, Decimal("25.00")),
    Predefined(8, "Discount", SERVICE),
)
TERMS = (("Due on receipt", 0), ("Net 10", 10), ("Net 15", 15), ("Net 30", 30))
DEFAULT_TERM = "Net 15"


def furnish() -> None:
    """Give the entered company its predefined items and terms; again is harmless and undoes no dealer's change."""
    company = entered()
    there = set(company.billable_items.values_list("number", flat=True))
    BillableItem.objects.bulk_create(
        BillableItem(
            number=item.number,
            code=item.code,
            item_class=item.item_class,
            taxable=item.taxable,
            default_price=item.price,
            description=item.code,
            is_predefined=True,
        )
        for item in ITEMS
        if item.number not in there
    )
    if not company.terms.exists():
        Term.objects.bulk_create(Term(name=name, days=days, is_default=name == DEFAULT_TERM) for name, days in TERMS)
