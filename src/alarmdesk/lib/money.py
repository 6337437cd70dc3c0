"""How is money rounded? Here and nowhere else: half away from zero, to cents.

Quantities carry 3 decimals, unit prices 4, rates are percent with 4 (F39). PostgreSQL's round(numeric, 2)
rounds the same way, so a total that the database recomputes is equal to the cent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
HUNDRED = Decimal(100)


def cents(amount: Decimal) -> Decimal:
    """The amount rounded to cents, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def line_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Quantity x Unit Price before tax, in cents (F39)."""
    return cents(quantity * unit_price)


def tax_on(amount: Decimal, rate: Decimal) -> Decimal:
    """The tax on one line by one rate in percent, in cents (architecture, section 7)."""
    return cents(amount * rate / HUNDRED)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sub Total, Tax Total and Grand Total of a document: plain sums of its stored lines (F40)."""

    sub_total: Decimal
    tax_total: Decimal

    @property
    def total(self) -> Decimal:
        return self.sub_total + self.tax_total


def totals(lines: Iterable[tuple[Decimal, Iterable[Decimal]]]) -> Totals:
    """Add up lines given as (amount, taxes of that amount), all in cents already."""
    sub_total = tax_total = ZERO
    for amount, taxes in lines:
        sub_total += amount
        tax_total += sum(taxes, ZERO)
    return Totals(sub_total, tax_total)


def part_of(amount: Decimal, begin: int, end: int, whole: int) -> Decimal:
    """What the days [begin, end) of a period of `whole` days bear of its amount, in cents.

    The difference of two running sums: however a period is cut, its parts add up to the whole (3 x 13.33 of 39.99).
    """
    return cents(amount * end / whole) - cents(amount * begin / whole)
