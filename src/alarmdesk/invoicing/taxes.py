"""Which sales tax does a line bear? The rates by state and date, the exemptions, and who overrides whom (D13)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from alarmdesk.company.entering import entered
from alarmdesk.invoicing.models import BillableItem, StateExemption, StateTax

ALWAYS = BillableItem.Taxable.ALWAYS.value
NEVER = BillableItem.Taxable.NEVER.value


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax that a line bears: its name on the document and its rate in percent, above 0."""

    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class TaxRules:
    """The rules on one date: percent by state, and the classes of items on which a state charges nothing."""

    rates: dict[str, Decimal] = field(default_factory=dict)
    exempt: frozenset[tuple[str, str]] = frozenset()

    def tax_for(
        self, *, item_class: str, taxable: str, state: str, customer_rate: Decimal | None, override: Decimal | None
    ) -> Tax | None:
        """The tax on a line, or None (D13).

        An item that is Never taxable bears none. A rate on the line wins over all else. Then the customer's own rate
        (0 is an exemption), then the state's rate unless the state exempts the class. Always beats both exemptions.
        """
        if taxable == NEVER:
            return None
        if override is not None:
            return _tax("Sales tax", override)
        always = taxable == ALWAYS
        if customer_rate is not None and not (always and customer_rate == 0):
            return _tax("Sales tax", customer_rate)
        if not always and (state, item_class) in self.exempt:
            return None
        return _tax(f"{state} sales tax", self.rates.get(state))


def _tax(name: str, rate: Decimal | None) -> Tax | None:
    return Tax(name, rate) if rate else None


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of a company, whatever the date; `on` opens it at one."""

    rates: tuple[tuple[dt.date, str, Decimal], ...]  # (effective_on, state, percent), oldest first
    exempt: frozenset[tuple[str, str]]

    def on(self, date: dt.date) -> TaxRules:
        """The rules that are in force on a date."""
        rates = {state: rate for effective_on, state, rate in self.rates if effective_on <= date}
        return TaxRules(rates, self.exempt)


def rule_book(rates: Iterable[tuple[dt.date, str, Decimal]], exempt: Iterable[tuple[str, str]] = ()) -> RuleBook:
    """A book from (effective_on, state, percent) in any order, and (state, class)."""
    return RuleBook(tuple(sorted(rates)), frozenset(exempt))


def load_book() -> RuleBook:
    """The entered company's rules, in two queries."""
    company = entered()
    return rule_book(
        StateTax.objects.filter(company=company).values_list("effective_on", "state", "rate"),
        StateExemption.objects.filter(company=company).values_list("state", "item_class"),
    )


def load_rules(on: dt.date) -> TaxRules:
    """The entered company's rules on a date, in two queries."""
    return load_book().on(on)
