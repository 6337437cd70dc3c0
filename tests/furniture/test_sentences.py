"""Do forms speak to people? Of what to write, not of values."""

from decimal import Decimal
from typing import Any

import pytest
from django import forms

from alarmdesk.company.models import Company


class Sheet(forms.Form):
    name = forms.CharField(max_length=5, min_length=2, required=False)
    count = forms.IntegerField(min_value=1, max_value=9, required=False)
    price = forms.DecimalField(max_digits=5, decimal_places=2, required=False)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name": "Whitfield"}, "Write at most 5 characters: these are 9."),
        ({"name": "W"}, "Write at least 2 characters: these are 1."),
        ({"count": "0"}, "Write 1 or more."),
        ({"count": "10"}, "Write 9 or less."),
        ({"price": "1.005"}, "Write at most 2 decimals."),
        ({"price": "12345"}, "Write at most 3 digits before the point."),
        ({"price": str(Decimal("123456.78"))}, "Write at most 5 digits."),
    ],
)
def test_what_is_refused_is_said_as_what_to_write(typed: dict[str, str], says: str) -> None:
    form = Sheet(typed)
    said: Any = [sentence for several in form.errors.values() for sentence in several]
    assert says in said
    assert not any("Ensure" in sentence for sentence in said)


def test_fields_of_models_say_the_same() -> None:
    form = forms.modelform_factory(Company, fields=["name"])({"name": "N" * 1000})
    assert any(sentence.startswith("Write at most ") for sentence in form.errors["name"])
