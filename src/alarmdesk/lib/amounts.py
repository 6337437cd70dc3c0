"""How is a number read that a person typed? With its dollar sign and thousands comma, and never dropped silently."""

from decimal import Decimal
from typing import Any

from django import forms


class Amount(forms.DecimalField):
    """A sum, a quantity or a rate as people type it: "$1,234.50" is 1234.50, "8.517%" is 8.517."""

    widget = forms.TextInput

    def __init__(self, *, says: str, **options: Any) -> None:
        """`says` is the error for what is no number, such as "Unit price must be a number, such as 49.95"."""
        options.setdefault("error_messages", {"invalid": says})
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.strip().replace(",", "").replace("\N{MINUS SIGN}", "-").lstrip("$").rstrip("%").strip()
        return super().to_python(value)


def plain(value: Decimal | None, places: int = 0) -> str:
    """A number for an input box: at least `places` decimals and no more zeros than that; None is ""."""
    if value is None:
        return ""
    whole, _, decimals = f"{value:f}".partition(".")
    decimals = decimals.rstrip("0").ljust(places, "0")
    return f"{whole}.{decimals}" if decimals else whole
