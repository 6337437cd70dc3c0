"""How is a number read that a person typed? With its dollar sign and the commas between its thousands. A comma anywhere
else, an exponent or a letter makes it no number: 41,85 is not read as 4,185.
"""

import re
from decimal import Decimal
from typing import Any

from django import forms

_TYPED = re.compile(r"(?P<sign>[-\N{MINUS SIGN}]?)\s*\$?\s*(?P<digits>(\d{1,3}(,\d{3})+|\d*)(\.\d*)?)\s*%?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[^,]*\d,\d{1,2}\D*")


class NotANumber(ValueError):
    """What was typed is none; its text says what to write where that is plain, and is "" where it is not."""


def read(typed: str) -> Decimal:
    """The number that was typed: "$1,234.50" is 1234.50, "8.517%" is 8.517. Raises NotANumber."""
    text = typed.strip()
    found = _TYPED.fullmatch(text)
    if found is None or not any(map(str.isdigit, text)):
        raise NotANumber(f"Write {text.replace(',', '.')}, with a point." if _DECIMAL_COMMA.fullmatch(text) else "")
    sign = "-" if found["sign"] else ""
    return Decimal(sign + found["digits"].replace(",", ""))


class Amount(forms.DecimalField):
    """A sum, a quantity or a rate as people type it: "$1,234.50" is 1234.50, "8.517%" is 8.517."""

    widget = forms.TextInput

    def __init__(self, *, says: str, **options: Any) -> None:
        """`says` is the error for what is no number, such as "Unit price must be a number, such as 49.95"."""
        options.setdefault("error_messages", {"invalid": says})
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and (value := value.strip()):
            try:
                value = read(value)
            except NotANumber as wrong:
                raise forms.ValidationError(str(wrong) or self.error_messages["invalid"], code="invalid") from wrong
        return super().to_python(value)


def plain(value: Decimal | None, places: int = 0) -> str:
    """A number for an input box: at least `places` decimals and no more zeros than that; None is ""."""
    if value is None:
        return ""
    whole, _, decimals = f"{value:f}".partition(".")
    decimals = decimals.rstrip("0").ljust(places, "0")
    return f"{whole}.{decimals}" if decimals else whole
