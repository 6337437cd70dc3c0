"""Numbers that people type: read as they are meant, or refused with what to write instead."""

from decimal import Decimal

import pytest
from django import forms

from alarmdesk.lib.amounts import Amount, NotANumber, read

SAYS = "Amount must be a number, such as 49.95"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("41.85", "41.85"), ("$1,234.50", "1234.50"), ("$ 39.95 ", "39.95"), ("1,000,000", "1000000"), (".5", "0.5"),
        ("8.517%", "8.517"), ("8 %", "8"), ("-$5", "-5"), ("−5.00", "-5"), ("0012", "12"), ("7.", "7"),
    ],
)  # fmt: skip
def test_what_is_a_number_is_read(typed, meant):
    assert read(typed) == Decimal(meant)
    assert Amount(says=SAYS).clean(typed) == Decimal(meant)


@pytest.mark.parametrize("typed", ["41,85", "1,5", "8,5", "8,5 %", "$44,95", "1,23"])
def test_a_comma_for_a_point_is_never_left_out(typed):
    with pytest.raises(forms.ValidationError, match=r"^\['Write .*\d\.\d.*, with a point\.'\]$"):
        Amount(says=SAYS).clean(typed)


@pytest.mark.parametrize(
    "typed", ["1e5", "1E3", "abc", "1,0000", "12,34,567", ",5", "$", "%", "1.2.3", "٣", "nan", "inf", "--5", "1 000"]
)
def test_what_is_none_is_said_to_be_none(typed):
    with pytest.raises(NotANumber):
        read(typed)
    with pytest.raises(forms.ValidationError):
        Amount(says=SAYS).clean(typed)


def test_nothing_typed_is_nothing():
    assert Amount(says=SAYS, required=False).clean(" ") is None
