"""What stands on the lines of a document while somebody writes it?

The lines travel as `line` (the key of each row, in order) and `line-<key>-<field>`. Every button of the table is a
submit button named `do`, so adding, choosing and removing also work without JavaScript: the server draws the lines.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.http import QueryDict

from alarmdesk.invoicing.forms.numbers import Amount, plain
from alarmdesk.invoicing.models import BillableItem
from alarmdesk.invoicing.pricing import LineInput, Unpriceable, price
from alarmdesk.invoicing.taxes import TaxRules
from alarmdesk.lib.money import ZERO

MOST_LINES = 200
MOST_READ = 2 * MOST_LINES
LONGEST = 500
TAX_SPAN = "Tax must be between 0 and 100 percent."
FIELDS = ("item", "description", "quantity", "unit_price", "tax_rate", "piece")
EMPTY = {"item": "", "description": "", "quantity": "1", "unit_price": "", "tax_rate": "", "piece": ""}
# the equipment that a row bills and the item that it was put there with: with another item it bills it no more
PIECE = re.compile(r"(?P<piece>\d{1,18}):(?P<item>\d{1,18})", re.ASCII)
SMALL = {"inputmode": "decimal", "autocomplete": "off"}


class LineForm(forms.Form):
    """One line (F39). A blank description or price is the item's own; a blank tax rate is left to the rules (D13)."""

    item = forms.ChoiceField(
        error_messages={
            "required": "Choose an item.",
            "invalid_choice": "The item of this line is not there any more. Choose another.",
        }
    )
    description = forms.CharField(
        max_length=LONGEST,
        required=False,
        strip=True,
        error_messages={"max_length": f"Description has at most {LONGEST} characters; this one has %(show_value)d."},
    )
    quantity = Amount(
        says="Quantity must be a number, such as 1 or 2.5.",
        max_digits=12,
        decimal_places=3,
        error_messages={
            "required": "Write a quantity.",
            "invalid": "Quantity must be a number, such as 1 or 2.5.",
            "max_digits": "Quantity must be less than a billion.",
            "max_whole_digits": "Quantity must be less than a billion.",
            "max_decimal_places": "Quantity has at most 3 decimals.",
        },
    )
    unit_price = Amount(
        says="Unit price must be a number, such as 49.95.",
        max_digits=14,
        decimal_places=4,
        required=False,
        error_messages={
            "invalid": "Unit price must be a number, such as 49.95.",
            "max_digits": "Unit price is less than ten billion.",
            "max_whole_digits": "Unit price is less than ten billion.",
            "max_decimal_places": "Unit price has at most 4 decimals.",
        },
    )
    tax_rate = Amount(
        says="Tax must be a number, such as 8.517.",
        max_digits=7,
        decimal_places=4,
        min_value=Decimal(0),
        max_value=Decimal(100),
        required=False,
        error_messages={
            "invalid": "Tax must be a number, such as 8.517.",
            "min_value": TAX_SPAN,
            "max_value": TAX_SPAN,
            "max_digits": TAX_SPAN,
            "max_whole_digits": TAX_SPAN,
            "max_decimal_places": "Tax has at most 4 decimals.",
        },
    )
    piece = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        items: Mapping[str, BillableItem],
        number: int,
        keep: Collection[int] = (),
        **kwargs: Any,
    ) -> None:
        """`items` by the text of their id: those that may be chosen, and turned-off ones that stand on a line; of
        these only the ids in `keep` may stay. `number` is the row as people count.
        """
        super().__init__(*args, **kwargs)
        self.items, self.keep = items, keep
        choices = [("", "Choose an item"), *((key, item.code) for key, item in items.items())]
        cast("forms.ChoiceField", self.fields["item"]).choices = choices
        labels = {
            "item": "Item",
            "description": "Description",
            "quantity": "Quantity",
            "unit_price": "Unit price",
            "tax_rate": "Tax %",
        }
        for name, label in labels.items():
            self.fields[name].widget.attrs["aria-label"] = f"{label}, line {number}"
        self.fields["description"].widget.attrs |= {"placeholder": "Description", "dir": "auto"}
        for name in ("quantity", "unit_price", "tax_rate"):
            self.fields[name].widget.attrs |= SMALL

    def clean_item(self) -> str:
        key: str = self.cleaned_data["item"]
        item = self.items[key]
        if not item.is_active and item.pk not in self.keep:
            raise forms.ValidationError(f"{item.code} was turned off. Choose another item.")
        return key

    def clean_quantity(self) -> Decimal:
        quantity: Decimal = self.cleaned_data["quantity"]
        if quantity == 0:
            raise forms.ValidationError("Quantity cannot be 0. Use the trash can to drop the line.")
        return quantity

    def clean(self) -> dict[str, Any]:
        """Refuses what an invoice cannot hold, beside the price."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                price([self.line_input()], TaxRules(), "", None)
            except Unpriceable as too_much:
                self.add_error("unit_price", str(too_much))
        return said

    def line_input(self) -> LineInput:
        """The line as the rules take it. Only for a valid form."""
        said = self.cleaned_data
        item = self.items[said["item"]]
        unit_price = said["unit_price"]
        return LineInput(
            item=item,
            quantity=said["quantity"],
            description=said["description"] or item.description,
            unit_price=item.default_price if unit_price is None else unit_price,
            tax_rate=said["tax_rate"],
            piece=piece_of(said["piece"], said["item"]),
        )


@dataclass
class Row:
    """One row of the table: what was typed, and what it comes to."""

    key: int
    typed: dict[str, str]
    amount: Decimal = ZERO
    rate: str = ""  # the rate that the rules give, shown where none was typed
    reason: str = ""  # why they give it
    form: LineForm = field(init=False)
    shown: LineForm = field(init=False)

    @property
    def is_blank(self) -> bool:
        """Nothing was written on it: saving passes over it."""
        return not (self.typed["item"] or self.typed["description"].strip() or self.typed["unit_price"].strip())

    @property
    def piece(self) -> int | None:
        """The customer's equipment that the row bills, by its id (F41)."""
        return piece_of(self.typed["piece"], self.typed["item"])

    @property
    def errors(self) -> list[str]:
        """What is wrong with the row, one sentence per box."""
        found = self.shown.errors if self.shown.is_bound else {}
        return list(dict.fromkeys(str(sentence) for sentences in found.values() for sentence in sentences))

    @property
    def bad_field(self) -> str:
        found = self.shown.errors if self.shown.is_bound else {}
        return next(iter(found), "")


class Lines:
    """The lines of one document being written."""

    def __init__(
        self,
        rows: Sequence[dict[str, str]],
        *,
        items: Iterable[BillableItem],
        keys: Sequence[int] = (),
        keep: Collection[int] = (),
    ) -> None:
        """`keep`: ids of turned-off items that may stay on their lines (see LineForm)."""
        self.items = {str(item.pk): item for item in items}
        self.keep = keep
        chosen = list(keys) or list(range(len(rows)))
        self.rows = [Row(key, {**EMPTY, **row}) for key, row in zip(chosen, rows, strict=True)]
        self.is_checked = False
        self._build()

    @classmethod
    def typed(cls, data: QueryDict, *, items: Iterable[BillableItem], keep: Collection[int] = ()) -> "Lines":
        """The lines as a form sent them."""
        keys = [int(key) for key in dict.fromkeys(data.getlist("line")) if key.isdecimal() and len(key) < 7]
        keys = keys[:MOST_READ]
        rows = [{name: data.get(f"line-{key}-{name}", "") for name in FIELDS} for key in keys]
        return cls(rows, items=items, keys=keys, keep=keep)

    @classmethod
    def of(cls, inputs: Iterable[LineInput], *, items: Iterable[BillableItem]) -> "Lines":
        """Lines to begin with, such as those of a document that is copied."""
        return cls([as_typed(line) for line in inputs], items=items)

    def _build(self) -> None:
        for number, row in enumerate(self.rows, start=1):
            prefix = f"line-{row.key}"
            data = {f"{prefix}-{name}": value for name, value in row.typed.items()}
            same: dict[str, Any] = {"prefix": prefix, "items": self.items, "number": number, "keep": self.keep}
            row.form = LineForm(data, **same)
            checked = self.is_checked and not row.is_blank
            row.shown = row.form if checked else LineForm(initial=row.typed, **same)

    @property
    def written(self) -> list[Row]:
        """The rows that are not blank."""
        return [row for row in self.rows if not row.is_blank]

    @property
    def valid(self) -> list[Row]:
        """The rows that can be priced as they stand."""
        return [row for row in self.written if row.form.is_valid()]

    def check(self) -> bool:
        """Mark every bad box; True when all is well and there is at least one line."""
        self.is_checked = True
        self._build()
        return bool(self.written) and len(self.valid) == len(self.written) and not self.are_too_many

    @property
    def are_too_many(self) -> bool:
        return len(self.written) > MOST_LINES

    def inputs(self) -> list[LineInput]:
        """The valid lines as the rules take them."""
        return [row.form.line_input() for row in self.valid]

    # --- what the buttons do

    def add(self, line: LineInput | None = None) -> None:
        """One more row at the end: blank, or that line, in the place of a last row that is still blank."""
        typed = as_typed(line) if line else dict(EMPTY)
        if line and self.rows and self.rows[-1].is_blank:
            self.rows[-1].typed = typed
        elif len(self.rows) < MOST_LINES:
            self.rows.append(Row(max((row.key for row in self.rows), default=-1) + 1, typed))
        self._build()

    def after(self, key: int) -> int | None:
        """The key of the row that takes the place of that one when it goes: the next, else the one before."""
        keys = [row.key for row in self.rows]
        at = keys.index(key) if key in keys else -1
        beside = keys[at + 1 : at + 2] or keys[max(at - 1, 0) : at]
        return beside[0] if beside else None

    def remove(self, key: int) -> None:
        """Drop a row; the table never stands empty."""
        self.rows = [row for row in self.rows if row.key != key]
        if not self.rows:
            self.add()
        self._build()

    def choose(self, key: int, prices: Mapping[int, Decimal]) -> None:
        """An item was picked: its description and price fill the row. `prices`: this customer's own, by item number."""
        for row in self.rows:
            item = self.items.get(row.typed["item"])
            if row.key == key and item:
                unit_price = prices.get(item.number, item.default_price)
                row.typed |= {"description": item.description, "unit_price": plain(unit_price, 2), "tax_rate": ""}
        self._build()


def as_typed(line: LineInput) -> dict[str, str]:
    """A line as its boxes would show it."""
    return {
        "item": str(line.item.pk),
        "description": line.description,
        "quantity": plain(line.quantity),
        "unit_price": plain(line.unit_price, 2),
        "tax_rate": plain(line.tax_rate),
        "piece": "" if line.piece is None else f"{line.piece}:{line.item.pk}",
    }


def piece_of(text: str, item: str) -> int | None:
    """The piece that a row names, while it stands under the item that it was put there with."""
    named = PIECE.fullmatch(text)
    return int(named["piece"]) if named and named["item"] == item else None
