"""Which sales tax does a line bear, and why? The rates by state and date, the exemptions, who overrides whom (D13).

There is one set of rules, in Python. The night asks PostgreSQL for the facts of many customers at once, as `OwnTax`
reads them, and the rules judge those: nothing is decided in SQL.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from alarmdesk.company.entering import entered
from alarmdesk.invoicing.models import BillableItem, StateExemption, StateTax, TaxBasis
from alarmdesk.lib.furniture import day, percent

ALWAYS = BillableItem.Taxable.ALWAYS.value
NEVER = BillableItem.Taxable.NEVER.value
Rate = tuple[dt.date, str, Decimal]
"""From when on, the state's two letters, percent."""


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax that a line bears: its name on the document and its rate in percent, above 0."""

    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Verdict:
    """The tax on a line, or None, and why: a basis to count by and a sentence to read."""

    tax: Tax | None
    basis: TaxBasis
    reason: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """An exemption certificate, for documents dated from its first to its last day (None: without end).

    No states: in all of them; no classes: on all items.
    """

    number: str
    first: dt.date
    last: dt.date | None = None
    states: frozenset[str] = frozenset()
    item_classes: frozenset[str] = frozenset()

    def exempts(self, *, on: dt.date, state: str, item_class: str) -> bool:
        """Does it take the tax off items of a class on a document of that date?"""
        return (
            self.first <= on
            and (self.last is None or on <= self.last)
            and (not self.states or state in self.states)
            and (not self.item_classes or item_class in self.item_classes)
        )


@dataclass(frozen=True, slots=True)
class OwnTax:
    """What a customer has of their own: a rate in percent instead of the state's (0 exempts), and certificates."""

    rate: Decimal | None = None
    certificates: tuple[Certificate, ...] = ()


NOTHING_OWN = OwnTax()


@dataclass(frozen=True, slots=True)
class TaxRules:
    """The rules on one date: percent by state, and the classes of items on which a state charges nothing.

    `since` and `names` tell from when on a state's rate counts and what the state calls it; `day` is the date.
    """

    rates: Mapping[str, Decimal] = field(default_factory=dict)
    exempt: frozenset[tuple[str, str]] = frozenset()
    since: Mapping[str, dt.date] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    day: dt.date = dt.date.min

    def tax_for(
        self, *, item_class: str, taxable: str, state: str, own: OwnTax | None, override: Decimal | None
    ) -> Tax | None:
        """The tax on a line, or None; see `judge`."""
        return self.judge(item_class=item_class, taxable=taxable, state=state, own=own, override=override).tax

    def judge(
        self, *, item_class: str, taxable: str, state: str, own: OwnTax | None, override: Decimal | None
    ) -> Verdict:
        """The tax on a line and why (D13).

        An item that is Never taxable bears none. A rate on the line wins over all else. Then a certificate that is in
        force on the date, then the customer's own rate (0 is an exemption), then the state's rate unless the state
        exempts the class. Always beats all three exemptions.
        """
        own = own or NOTHING_OWN
        if taxable == NEVER:
            return Verdict(None, TaxBasis.NEVER, "Item never taxed")
        if override is not None:
            return _by_line(override)
        if taxable != ALWAYS and (exemption := self._exemption(own, state, item_class)):
            return exemption
        if own.rate:
            return Verdict(Tax("Sales tax", own.rate), TaxBasis.OWN, f"Customer's own rate {percent(own.rate)}")
        return self._by_state(state)

    def _exemption(self, own: OwnTax, state: str, item_class: str) -> Verdict | None:
        """Why an item of a class bears no tax though it could, if so."""
        if shown := self._certificate(own, state, item_class):
            until = f"until {day(shown.last)}" if shown.last else "without end"
            return Verdict(None, TaxBasis.CERTIFICATE, f"Exempt: certificate {shown.number} {until}")
        if own.rate:
            return None
        if own.rate is not None:
            return Verdict(None, TaxBasis.OWN_EXEMPT, "Exempt: the customer's own rate is 0%")
        if (state, item_class) in self.exempt:
            return Verdict(None, TaxBasis.CLASS, f"{state} does not tax the class {_class(item_class)}")
        return None

    def _certificate(self, own: OwnTax, state: str, item_class: str) -> Certificate | None:
        """The certificate that exempts, of several the one that lasts longest."""
        found = [one for one in own.certificates if one.exempts(on=self.day, state=state, item_class=item_class)]
        return max(found, key=lambda one: (one.last or dt.date.max, one.number), default=None)

    def _by_state(self, state: str) -> Verdict:
        rate = self.rates.get(state)
        if not state:
            return Verdict(None, TaxBasis.NO_STATE, "No address with a state: no tax")
        if rate is None:
            return Verdict(None, TaxBasis.NO_RATE, f"No rate is known for {state}")
        since = f" from {day(self.since[state])}" if state in self.since else ""
        reason = f"{state} state {percent(rate)}{since}"
        name = self.names.get(state) or f"{state} sales tax"
        return Verdict(Tax(name, rate) if rate else None, TaxBasis.STATE, reason)


def _by_line(rate: Decimal) -> Verdict:
    if not rate:
        return Verdict(None, TaxBasis.LINE, "The tax was taken off this line")
    return Verdict(Tax("Sales tax", rate), TaxBasis.LINE, f"{percent(rate)} was set on this line")


def _class(item_class: str) -> str:
    return str(dict(BillableItem.Class.choices).get(item_class, item_class)).lower()


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of a company, whatever the date; `on` opens it at one."""

    rates: tuple[Rate, ...]  # oldest first
    exempt: frozenset[tuple[str, str]]
    names: Mapping[tuple[dt.date, str], str] = field(default_factory=dict)

    def on(self, date: dt.date) -> TaxRules:
        """The rules that are in force on a date."""
        now = [(effective_on, state, rate) for effective_on, state, rate in self.rates if effective_on <= date]
        since = {state: effective_on for effective_on, state, _ in now}
        names = {state: self.names.get((effective_on, state), "") for state, effective_on in since.items()}
        rates = {state: rate for _, state, rate in now}
        return TaxRules(rates, self.exempt, since, {state: name for state, name in names.items() if name}, date)


def rule_book(
    rates: Iterable[Rate],
    exempt: Iterable[tuple[str, str]] = (),
    names: Mapping[tuple[dt.date, str], str] | None = None,
) -> RuleBook:
    """A book from rates in any order, and (state, class); names by (effective_on, state)."""
    return RuleBook(tuple(sorted(rates)), frozenset(exempt), names or {})


def load_book() -> RuleBook:
    """The entered company's rules, in two queries."""
    company = entered()
    rows = list(StateTax.objects.filter(company=company).values_list("effective_on", "state", "rate", "name"))
    return rule_book(
        [(effective_on, state, rate) for effective_on, state, rate, _ in rows],
        StateExemption.objects.filter(company=company).values_list("state", "item_class"),
        {(effective_on, state): name for effective_on, state, _, name in rows if name},
    )


def load_rules(on: dt.date) -> TaxRules:
    """The entered company's rules on a date, in two queries."""
    return load_book().on(on)


def own_tax(rate: Decimal | None, certificates: str) -> OwnTax:
    """What batches.TAX_FACTS tells of a customer: the own rate, and the certificates as JSON, "" for none."""
    return OwnTax(rate, tuple(_certificate(*one) for one in json.loads(certificates)) if certificates else ())


def _certificate(
    number: str, first: str, last: str | None, states: Sequence[str], item_classes: Sequence[str]
) -> Certificate:
    until = dt.date.fromisoformat(last) if last else None
    return Certificate(number, dt.date.fromisoformat(first), until, frozenset(states), frozenset(item_classes))
