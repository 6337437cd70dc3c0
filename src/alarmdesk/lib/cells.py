"""How does a value stand in a cell of a CSV file?

No cell is a formula: a text that begins with = + - @ or a tab gets an apostrophe before it. Numbers stay numbers.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"


def cell(value: Any) -> str:
    """A value as a cell: dates ISO, yes and no, numbers bare, texts never a formula, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, Decimal)):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as CSV."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()
