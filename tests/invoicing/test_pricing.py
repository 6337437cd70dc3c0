"""What a document comes to."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmdesk.invoicing.pricing import AmountTooLarge, LineInput, TooManyDecimals, Unpriceable, price
from alarmdesk.invoicing.taxes import OwnTax, TaxRules

SERVICE = SimpleNamespace(item_class="service", taxable="if_not_exempt")
POLAND = TaxRules({"OK": Decimal(23)})


def line(quantity, unit_price, tax_rate=None):
    return LineInput(
        SERVICE, Decimal(quantity), "x", Decimal(unit_price), None if tax_rate is None else Decimal(tax_rate)
    )


def test_tax_is_rounded_line_by_line():
    _, sums = price([line(1, "55.55"), line(1, "11.11")], POLAND, "OK", None)

    assert (sums.sub_total, sums.tax_total, sums.total) == (Decimal("66.66"), Decimal("15.34"), Decimal("82.00"))


@pytest.mark.parametrize(
    ("quantity", "unit_price", "rate", "amount", "tax"),
    [
        ("1", "2.665", "0", "2.67", "0.00"),  # half up, not half even
        ("-1", "2.665", "0", "-2.67", "0.00"),  # away from zero on both sides
        ("0.333", "0.015", "0", "0.00", "0.00"),
        ("1.5", "0.33", "0", "0.50", "0.00"),
        ("1", "39.95", "8.25", "39.95", "3.30"),
        ("-1", "39.95", "8.25", "-39.95", "-3.30"),
        ("1", "100", "9.975", "100.00", "9.98"),
        ("-1", "100", "9.975", "-100.00", "-9.98"),
        ("9999.999", "12.3456", "8.25", "123455.99", "10185.12"),
        ("1", "0", "8.25", "0.00", "0.00"),
        ("1", "0.06", "8.25", "0.06", "0.00"),
        ("1", "0.07", "8.25", "0.07", "0.01"),
    ],
)
def test_a_line_and_its_tax(quantity, unit_price, rate, amount, tax):
    lines, sums = price([line(quantity, unit_price, rate)], TaxRules(), "", None)

    assert str(lines[0].amount) == amount
    assert sum((t.amount for t in lines[0].taxes), Decimal("0.00")) == sums.tax_total == Decimal(tax)


def test_a_line_of_a_dealer_in_no_state_bears_no_tax():
    lines, sums = price([line(1, 10)], POLAND, "", None)

    assert (lines[0].taxes, sums.total) == ((), Decimal("10.00"))


def test_a_fourth_decimal_of_a_quantity_is_refused():
    with pytest.raises(TooManyDecimals, match=r"quantity 1.0001 has more than 3 decimals"):
        line("1.0001", 1)


def test_zeros_behind_the_last_decimal_are_no_decimals():
    assert line("1.0000", "2.50000").unit_price == Decimal("2.5")


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(Unpriceable, match="not a number"):
        line(bad, 1)


@pytest.mark.parametrize("rate", ["-0.01", "100.01"])
def test_a_rate_is_a_percentage(rate):
    with pytest.raises(Unpriceable, match="between 0 and 100"):
        line(1, 1, rate)


def test_more_than_an_invoice_can_hold_is_refused():
    with pytest.raises(AmountTooLarge):
        price([line("999999999", "9999999999")], POLAND, "OK", None)
    with pytest.raises(AmountTooLarge):
        price([line("1", "9999999999.99"), line("1", "0.01")], TaxRules(), "", None)


quantities = st.decimals("-9999.999", "9999.999", places=3)
prices = st.decimals("-99999.9999", "99999.9999", places=4)
rates = st.decimals("0", "100", places=4)
written = st.builds(lambda q, p, r: LineInput(SERVICE, q, "x", p, r), quantities, prices, st.none() | rates)


@given(st.lists(written, max_size=40), st.none() | rates)
def test_the_header_is_the_sum_of_the_lines(lines, customer_rate):
    priced, sums = price(lines, POLAND, "OK", OwnTax(customer_rate))

    assert sums.sub_total == sum((line.amount for line in priced), Decimal(0))
    assert sums.tax_total == sum((tax.amount for line in priced for tax in line.taxes), Decimal(0))
    assert sums.total == sums.sub_total + sums.tax_total
    assert all(line.amount == line.amount.quantize(Decimal("0.01")) for line in priced)


@given(written)
def test_a_line_is_at_most_half_a_cent_off(line):
    (priced,), _ = price([line], POLAND, "OK", None)

    assert abs(priced.amount - line.quantity * line.unit_price) <= Decimal("0.005")
    for tax in priced.taxes:
        assert abs(tax.amount - priced.amount * tax.rate / 100) <= Decimal("0.005")


@given(st.lists(written, max_size=20))
def test_the_same_lines_taken_back_come_to_nothing(lines):
    back = [LineInput(line.item, -line.quantity, "x", line.unit_price, line.tax_rate) for line in lines]
    _, sums = price([*lines, *back], POLAND, "OK", None)

    assert (sums.sub_total, sums.tax_total) == (0, 0)


@given(st.lists(written, max_size=12), st.randoms())
def test_the_order_of_lines_changes_nothing(lines, random):
    _, one = price(lines, POLAND, "OK", None)
    random.shuffle(lines)
    _, other = price(lines, POLAND, "OK", None)

    assert one == other
