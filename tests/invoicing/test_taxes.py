"""Which sales tax a line bears (D13)."""

import datetime as dt
from decimal import Decimal

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.invoicing.models import StateExemption
from alarmdesk.invoicing.taxes import OwnTax, TaxRules, load_rules, rule_book
from alarmdesk.invoicing.testing import make_furnished_company, make_state_tax

RULES = TaxRules({"OK": Decimal("8.25"), "KS": Decimal("6.5"), "OR": Decimal(0)}, frozenset({("KS", "labor")}))
STATE = Decimal("8.25")


@pytest.mark.parametrize(
    ("taxable", "state", "item_class", "customer", "override", "rate"),
    [
        # the state's rate
        ("if_not_exempt", "OK", "service", None, None, STATE),
        ("always", "OK", "service", None, None, STATE),
        ("never", "OK", "service", None, None, None),
        ("if_not_exempt", "TX", "service", None, None, None),  # no rate known
        ("if_not_exempt", "OR", "service", None, None, None),  # a rate of nothing
        ("if_not_exempt", "", "service", None, None, None),
        # the state's exemption of a class
        ("if_not_exempt", "KS", "labor", None, None, None),
        ("if_not_exempt", "KS", "product", None, None, Decimal("6.5")),
        ("always", "KS", "labor", None, None, Decimal("6.5")),
        # the customer's own rate, and exemption
        ("if_not_exempt", "OK", "service", Decimal(5), None, Decimal(5)),
        ("if_not_exempt", "KS", "labor", Decimal(5), None, Decimal(5)),
        ("if_not_exempt", "OK", "service", Decimal(0), None, None),
        ("always", "OK", "service", Decimal(0), None, STATE),
        ("always", "OK", "service", Decimal(5), None, Decimal(5)),
        ("always", "KS", "labor", Decimal(0), None, Decimal("6.5")),
        ("never", "OK", "service", Decimal(5), None, None),
        # the rate on the line
        ("if_not_exempt", "OK", "service", None, Decimal(3), Decimal(3)),
        ("if_not_exempt", "OK", "service", Decimal(0), Decimal(3), Decimal(3)),
        ("if_not_exempt", "KS", "labor", None, Decimal(3), Decimal(3)),
        ("if_not_exempt", "OK", "service", None, Decimal(0), None),
        ("always", "OK", "service", None, Decimal(0), None),
        ("never", "OK", "service", None, Decimal(3), None),
    ],
)
def test_who_overrides_whom(taxable, state, item_class, customer, override, rate):
    tax = RULES.tax_for(item_class=item_class, taxable=taxable, state=state, own=OwnTax(customer), override=override)

    assert (tax.rate if tax else None) == rate


def test_the_tax_is_named_after_the_state_whose_rate_it_is():
    def name(**kwargs):
        facts = {"item_class": "service", "taxable": "always", "own": None, "override": None, **kwargs}
        return RULES.tax_for(state="OK", **facts).name

    assert (name(), name(override=Decimal(3)), name(own=OwnTax(Decimal(5)))) == (
        "OK sales tax",
        "Sales tax",
        "Sales tax",
    )


def test_a_new_rate_is_in_force_from_its_date_on():
    book = rule_book([(dt.date(2026, 7, 1), "OK", Decimal(9)), (dt.date(2020, 1, 1), "OK", Decimal(8))])

    assert book.on(dt.date(2019, 12, 31)).rates == {}
    assert book.on(dt.date(2026, 6, 30)).rates == {"OK": Decimal(8)}
    assert book.on(dt.date(2026, 7, 1)).rates == {"OK": Decimal(9)}


def test_a_company_has_its_own_rules():
    company, rival = make_furnished_company(), make_furnished_company()
    with inside(rival):
        make_state_tax("KS", "1")
    with inside(company):
        make_state_tax("OK", "8.25")
        StateExemption.objects.create(state="OK", item_class="labor")

        rules = load_rules(dt.date(2026, 1, 1))
        assert (rules.rates, rules.exempt) == ({"OK": Decimal("8.25")}, frozenset({("OK", "labor")}))
