"""How do a package and its lines make one form? All that was typed stays, whatever is asked next.

Adding or removing a line is a POST too: the sheet comes back with what was typed, so that it works without JavaScript.
A line whose equipment was turned off stays on the package, and shows it.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict

from alarmdesk.company.entering import entered
from alarmdesk.equipment.catalogue import PackageLineInput
from alarmdesk.equipment.forms import PackageForm, price_field, quantity_field
from alarmdesk.equipment.models import Equipment, Package
from alarmdesk.lib.amounts import plain

MOST_LINES = 60
RESHAPES = ("add_line", "remove_line")


class LineForm(forms.Form):
    """One line of a package; a blank charge is the catalogue's price. Left empty altogether it is none."""

    equipment = forms.TypedChoiceField(
        required=False, empty_value=None, error_messages={"invalid_choice": "Choose equipment of the list."}
    )
    quantity = quantity_field(Decimal(1), initial="1", required=False)
    charge = price_field("Charge each", required=False)

    def __init__(self, *args: Any, choices: Sequence[Equipment], number: int, **kwargs: Any) -> None:
        """`choices`: what may be chosen. `number` is the line as people count."""
        super().__init__(*args, **kwargs)
        by_id = {one.pk: one for one in choices}
        field: Any = self.fields["equipment"]
        field.choices = [("", "Choose equipment"), *((one.pk, _called(one)) for one in choices)]
        field.coerce = lambda pk: by_id[int(pk)]
        for name, one in self.fields.items():
            one.widget.attrs["aria-label"] = f"{one.label or name.capitalize()}, line {number}"

    def clean(self) -> dict[str, Any]:
        """A line that says anything names its equipment."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and said.get("equipment") is None and said.get("charge") is not None:
            self.add_error("equipment", "Choose the equipment.")
        if said.get("equipment") is not None and said.get("quantity") is None and "quantity" not in self.errors:
            self.add_error("quantity", "Write 1 or more.")
        return said


def _called(equipment: Equipment) -> str:
    return equipment.name if equipment.is_active else f"{equipment.name} (off)"


class PackageSheet:
    """A package with its lines on one form. `data` is what was posted, None for a fresh form."""

    def __init__(self, package: Package, data: QueryDict | None = None) -> None:
        self.package = package
        self.data = data
        self.is_bound = data is not None and not any(name in data for name in RESHAPES)
        self.lines_missing = False
        if self.is_bound:
            self.main: Any = PackageForm(data, instance=package)
        elif data is not None:
            typed = {name: data.get(name, "") for name in PackageForm.base_fields}
            self.main = PackageForm(instance=package, initial=typed)
        else:
            self.main = PackageForm(instance=package)
        here = Q(is_active=True)
        if package.pk:
            here |= Q(pk__in=package.lines.values("equipment_id"))
        self.choices = list(entered().equipment.filter(here).order_by("name", "pk"))
        self.lines = self._line_forms()

    @property
    def can_add_line(self) -> bool:
        return len(self.lines) < MOST_LINES

    def is_valid(self) -> bool:
        """Whether it was sent to be saved, every box is right, and there is a line."""
        # every part is asked, so that all errors show at once
        fits = self.is_bound and not [part for part in (self.main, *self.lines) if not part.is_valid()]
        self.lines_missing = bool(fits) and not self.inputs()
        return bool(fits) and not self.lines_missing

    def inputs(self) -> list[PackageLineInput]:
        """The lines as the rules take them. Only for a valid sheet."""
        said = [form.cleaned_data for form in self.lines if form.cleaned_data["equipment"] is not None]
        return [
            PackageLineInput(
                line["equipment"],
                line["quantity"],
                line["equipment"].default_price if line["charge"] is None else line["charge"],
            )
            for line in said
        ]

    def _form(self, number: int, *args: Any, **kwargs: Any) -> LineForm:
        return LineForm(*args, prefix=f"line-{number}", choices=self.choices, number=number + 1, **kwargs)

    def _line_forms(self) -> list[LineForm]:
        if self.data is None:
            rows = [_typed(line) for line in self.package.lines.all()] if self.package.pk else []
            return [self._form(n, initial=row) for n, row in enumerate(rows or [{"quantity": "1"}] * 3)]
        text = self.data.get("lines", "")
        count = min(int(text), MOST_LINES) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
        if self.is_bound:
            return [self._form(n, self.data) for n in range(count)]
        rows = [{name: self.data.get(f"line-{n}-{name}", "") for name in LineForm.base_fields} for n in range(count)]
        gone = self.data.get("remove_line", "")
        rows = [row for n, row in enumerate(rows) if str(n) != gone]
        if "add_line" in self.data and len(rows) < MOST_LINES:
            rows.append({"equipment": "", "quantity": "1", "charge": ""})
        lines = [self._form(n, initial=row) for n, row in enumerate(rows or [{"quantity": "1"}])]
        if "add_line" in self.data:
            lines[-1].fields["equipment"].widget.attrs["autofocus"] = True
        return lines


def _typed(line: Any) -> dict[str, Any]:
    return {
        "equipment": line.equipment_id,
        "quantity": plain(line.quantity),
        "charge": plain(line.charge, 2),
    }
