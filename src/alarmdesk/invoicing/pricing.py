"""What does a document come to? The one function that computes amounts, taxes and totals (architecture, section 7).

Pages, PDF, mail, preview and the nightly run all ask `price`. Amounts round half up to cents per line, taxes per line
and rate, the header is the plain sum (billing.md 1.4): 55.55 + 11.11 at 23 % bear 15.34, not 15.33.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.invoicing.models import BillableItem
from alarmdesk.invoicing.taxes import OwnTax, TaxRules
from alarmdesk.lib.money import Totals, line_amount, tax_on, totals

LARGEST = Decimal("9999999999.99")
"""What numeric(12, 2) holds."""


class Unpriceable(ValueError):
    """A line or a document that cannot be priced; the sentence says why."""


class TooManyDecimals(Unpriceable):
    """A quantity has more than 3 decimals, a unit price or a rate more than 4 (F39)."""


class AmountTooLarge(Unpriceable):
    """An amount is beyond what an invoice can hold."""


class RateOutOfRange(Unpriceable):
    """A tax rate is not between 0 and 100 percent."""


@dataclass(frozen=True, slots=True)
class LineInput:
    """A line as it is written: quantity (3 decimals), unit price (4), and a tax rate in percent that beats the rules.

    `tax_rate` None leaves the tax to the rules, 0 takes it away (F39). `piece`: the id of the customer's equipment that
    the line bills (F41). Raises Unpriceable.
    """

    item: BillableItem
    quantity: Decimal
    description: str
    unit_price: Decimal
    tax_rate: Decimal | None = None
    piece: int | None = None

    def __post_init__(self) -> None:
        _check_decimals("quantity", self.quantity, 3)
        _check_decimals("unit price", self.unit_price, 4)
        if self.tax_rate is not None:
            _check_decimals("tax rate", self.tax_rate, 4)
            if not 0 <= self.tax_rate <= 100:
                raise RateOutOfRange("A tax rate is between 0 and 100 percent.")


def _check_decimals(what: str, value: Decimal, most: int) -> None:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise Unpriceable(f"The {what} is not a number.")
    if exponent < -most and value != round(value, most):
        raise TooManyDecimals(f"The {what} {value} has more than {most} decimals.")
    if abs(value) > LARGEST:
        raise AmountTooLarge(f"The {what} {value:,f} is too large.")


@dataclass(frozen=True, slots=True)
class LineTaxAmount:
    """A tax on a line: rate in percent, amount in cents."""

    name: str
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its amount before tax (F39), its taxes, and in which state and why it bears them (D13)."""

    item: BillableItem
    quantity: Decimal
    description: str
    unit_price: Decimal
    amount: Decimal
    taxes: tuple[LineTaxAmount, ...]
    state: str = ""
    basis: str = ""
    reason: str = ""


def price(
    lines: Iterable[LineInput], rules: TaxRules, state: str, own: OwnTax | None
) -> tuple[list[PricedLine], Totals]:
    """Amounts, taxes and totals of a document for a customer of a state. Raises AmountTooLarge."""
    priced = [_priced(line, rules, state, own) for line in lines]
    sums = totals((line.amount, (tax.amount for tax in line.taxes)) for line in priced)
    if max(abs(sums.sub_total), abs(sums.tax_total), abs(sums.total)) > LARGEST:
        raise AmountTooLarge(f"{sums.total:,f} is more than an invoice can hold.")
    return priced, sums


def _priced(line: LineInput, rules: TaxRules, state: str, own: OwnTax | None) -> PricedLine:
    product = line.quantity * line.unit_price
    if abs(product) > LARGEST:
        raise AmountTooLarge(f"{line.quantity} × {line.unit_price} is more than an invoice can hold.")
    amount = line_amount(line.quantity, line.unit_price)
    verdict = rules.judge(
        item_class=line.item.item_class,
        taxable=line.item.taxable,
        state=state,
        own=own,
        override=line.tax_rate,
    )
    tax = verdict.tax
    taxes = (LineTaxAmount(tax.name, tax.rate, tax_on(amount, tax.rate)),) if tax else ()
    return PricedLine(
        line.item, line.quantity, line.description, line.unit_price, amount, taxes,
        state=state, basis=verdict.basis.value, reason=verdict.reason,
    )  # fmt: skip
