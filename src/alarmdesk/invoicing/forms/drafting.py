"""What did somebody type, word for word? As a draft keeps it, and as the form shows it again.

Text is kept as it came, valid or not; only what PostgreSQL cannot hold (the character 0) is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import QueryDict

from alarmdesk.invoicing.forms.lines import EMPTY, FIELDS, MOST_READ, as_typed
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.pricing import LineInput
from alarmdesk.lib.versions import Change

HEAD = ("type", "sale_on", "term", "po_number", "valid_until", "reason", "note")
HEAD_LABELS = {
    "type": "Type",
    "sale_on": "Sale Date",
    "term": "Term",
    "po_number": "PO Number",
    "valid_until": "Valid until",
    "reason": "Reason",
    "note": "Note",
}
LINE_LABELS = {
    "item": "Item",
    "description": "Description",
    "quantity": "Quantity",
    "unit_price": "Unit price",
    "tax_rate": "Tax %",
}
Content = dict[str, Any]


def content_typed(data: QueryDict) -> Content:
    """What a form sent: head and lines. Rows that nothing was written on are no lines."""
    keys = [key for key in dict.fromkeys(data.getlist("line")) if key.isdecimal() and len(key) < 7][:MOST_READ]
    rows = [{name: _kept(data.get(f"line-{key}-{name}", "")) for name in FIELDS} for key in keys]
    lines = [row for row in rows if row["item"] or row["description"].strip() or row["unit_price"].strip()]
    return {"head": {name: _kept(data.get(name, "")) for name in HEAD}, "lines": lines}


def content_from(head: Mapping[str, Any], lines: Iterable[LineInput]) -> Content:
    """What a form with these values would send."""
    values = {name: "" if head.get(name) is None else str(head[name]) for name in HEAD}
    return {"head": values, "lines": [as_typed(line) for line in lines]}


def lines_in(content: Content) -> list[dict[str, str]]:
    """The typed boxes of each line."""
    return [{**EMPTY, **row} for row in content.get("lines", ())]


def items_in(contents: Iterable[Content]) -> set[int]:
    """The ids of the items that the lines name."""
    return {pk for content in contents for row in content.get("lines", ()) if (pk := id_typed(row.get("item", "")))}


def id_typed(text: str) -> int | None:
    """A row's id as an address or a form names it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def kind_typed(text: str) -> str:
    """The document's type; an invoice where it is none that we know."""
    return text if text in Invoice.Type.values else Invoice.Type.INVOICE.value


def differences(theirs: Content, mine: Content, names: Mapping[tuple[str, str], str]) -> list[Change]:
    """What differs between two versions, in words: label, theirs, mine. `names`: ("item" | "term", id) -> its name."""
    found = [
        Change(
            label, _worded(name, theirs["head"].get(name, ""), names), _worded(name, mine["head"].get(name, ""), names)
        )
        for name, label in HEAD_LABELS.items()
        if theirs["head"].get(name, "") != mine["head"].get(name, "")
    ]
    a, b = lines_in(theirs), lines_in(mine)
    for number in range(max(len(a), len(b))):
        found += _line_differences(number + 1, a[number : number + 1], b[number : number + 1], names)
    return found


def _line_differences(
    number: int, theirs: Sequence[dict[str, str]], mine: Sequence[dict[str, str]], names: Mapping[tuple[str, str], str]
) -> list[Change]:
    if not theirs or not mine:
        return [
            Change(f"Line {number}", *("; ".join(_told(row, names) for row in side) or "—" for side in (theirs, mine)))
        ]
    return [
        Change(f"Line {number}: {label}", _worded(name, theirs[0][name], names), _worded(name, mine[0][name], names))
        for name, label in LINE_LABELS.items()
        if theirs[0][name] != mine[0][name]
    ]


def _told(row: dict[str, str], names: Mapping[tuple[str, str], str]) -> str:
    item = _worded("item", row["item"], names)
    return f"{row['quantity']} × {row['description'] or item} at {row['unit_price'] or 'its price'}"


def _worded(name: str, value: str, names: Mapping[tuple[str, str], str]) -> str:
    shown = names.get((name, value), value)
    if name == "type":
        shown = dict(Invoice.Type.choices).get(value, value)
    return (shown if len(shown) <= 120 else f"{shown[:119]}…") or "—"


def _kept(text: str) -> str:
    return text.replace("\0", "")
