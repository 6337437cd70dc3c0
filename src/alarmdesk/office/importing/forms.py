"""What does a person say about a file: which one it is, and what its columns mean?"""

from collections.abc import Sequence
from typing import Any

from django import forms

from alarmdesk.customers.models import Mapping
from alarmdesk.lib.fields import DropZone
from alarmdesk.office.importing.fields import FIELDS, Field
from alarmdesk.office.importing.guessing import UNSAID, meanings
from alarmdesk.office.importing.mapping import DELIMITERS, ENCODINGS, BadMapping, Rules, understood
from alarmdesk.office.importing.previewing import FoundColumn

NO_COLUMN = ""


class UploadForm(forms.Form):
    """The file, and a saved mapping to read it by."""

    file = forms.FileField(
        label="CSV file", widget=DropZone(attrs={"accept": ".csv,.txt,text/csv"}), allow_empty_file=True
    )
    mapping = forms.ChoiceField(label="Mapping", required=False)
    delimiter = forms.ChoiceField(
        label="Columns are divided by",
        required=False,
        choices=[("", "Find out"), *((k, k.capitalize()) for k in DELIMITERS)],
    )
    encoding = forms.ChoiceField(label="Encoding", choices=[(code, code.upper()) for code in ENCODINGS])

    def __init__(self, *args: Any, mappings: list[Mapping], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saved = [(str(each.pk), each.name) for each in mappings]
        self.fields["mapping"].choices = [("", "Say it on the next page"), *saved]  # type: ignore[attr-defined]


class MappingForm(forms.Form):
    """Which column gives which field, what its values mean, and what stands where a cell is blank.

    For each field c_<code> is the column; where it makes sense k_<code> is the constant and v_<code> the translations,
    one a line: said = meant.
    """

    date_format = forms.CharField(
        label="Dates", required=False, max_length=40, help_text="Blank: 2026-11-21 or 11/21/2026. Else like %d.%m.%Y."
    )
    save_as = forms.CharField(label="Save this mapping as", required=False, max_length=80)

    def __init__(
        self, *args: Any, columns: list[FoundColumn], base: Rules, terms: Sequence[str] = (), **kwargs: Any
    ) -> None:
        """`base` are the rules to begin with; what the form does not ask stays as they have it. `terms`: the names of
        the company's terms.
        """
        super().__init__(*args, **kwargs)
        self.base, self.terms = base, terms
        self.values = {column.name: column.values for column in columns}
        self.rules: Rules | None = None
        shown = {
            column.name: f"{column.name} ({column.examples})" if column.examples else column.name
            for column in columns
            if column.name
        }
        listed = [(NO_COLUMN, "—"), *shown.items()]
        self.column_of = {code: column for column, codes in base.columns.items() for code in codes}
        for field in FIELDS:
            self._add(field, listed, self.column_of.get(field.code, NO_COLUMN))
        self.fields["date_format"].initial = base.date_format

    def _add(self, field: Field, columns: list[tuple[str, str]], column: str) -> None:
        code, label = field.code, field.label
        self.fields[f"c_{code}"] = forms.ChoiceField(label=label, required=False, choices=columns, initial=column)
        if field.is_constant or code in self.base.constants:
            held = self.base.constants.get(code, "")
            self.fields[f"k_{code}"] = forms.CharField(
                label=f"{label}, when blank", required=False, max_length=200, initial=held, help_text=field.hint
            )
        if field.is_translated or code in self.base.values:
            words = "\n".join(f"{said} = {meant}" for said, meant in self._meanings(code, column).items())
            self.fields[f"v_{code}"] = forms.CharField(
                label=f"{label}: what its values mean",
                required=False,
                widget=forms.Textarea(attrs={"rows": 3}),
                initial=words,
                help_text=field.hint,
            )

    def _meanings(self, code: str, column: str) -> dict[str, str]:
        """What the mapping says of the values of a field, and a guess for each that is in the file and not in it."""
        held = dict(self.base.values.get(code, {}))
        known = {said.lower() for said in held}
        if "*" in known:
            return held
        new = [value for value in self.values.get(column, ()) if value.lower() not in known]
        guessed = meanings(code, new, terms=self.terms, has_vault="vault_id" in self.column_of)
        return held | (guessed or ({value: value for value in new} if held else {}))

    def groups(self) -> list[dict[str, Any]]:
        """What the page shows by group: boxes that stand alone, and rows of a column with what belongs to it.

        Only what is filled in, or wrong, is open: most of the fields are in no file.
        """
        found: dict[str, dict[str, Any]] = {}
        for field in FIELDS:
            group = found.setdefault(
                field.group, {"title": field.group, "single": [], "rows": [], "count": 0, "named": 0, "is_wrong": False}
            )
            column, *more = [self[name] for kind in "ckv" if (name := f"{kind}_{field.code}") in self.fields]
            is_wrong = bool(column.errors or any(box.errors for box in more))
            is_said = any(box.value() for box in more)
            group["count"] += 1
            group["named"] += bool(column.value() or is_said)
            group["is_wrong"] |= is_wrong
            if more:
                group["rows"].append({"column": column, "more": more, "is_open": is_wrong or is_said})
            else:
                group["single"].append(column)
        for group in found.values():
            group["is_open"] = group["named"] > 0 or group["is_wrong"] or group["title"] == FIELDS[0].group
        return list(found.values())

    def clean(self) -> dict[str, Any]:
        """Makes the rules. What is wrong with them stands in the banner."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        columns: dict[str, list[str]] = {}
        for field in FIELDS:
            if column := said.get(f"c_{field.code}"):
                columns.setdefault(column, []).append(field.code)
        table = self.base.as_json() | {
            "columns": columns,
            "constants": {field.code: text for field in FIELDS if (text := said.get(f"k_{field.code}"))},
            "values": {field.code: words for field in FIELDS if (words := self._words(field.code))},
        }
        table["options"]["date_format"] = said.get("date_format", "")
        try:
            self.rules = understood(table)
        except BadMapping as error:
            raise forms.ValidationError(str(error)) from None
        return said

    def _words(self, code: str) -> dict[str, str]:
        words = {}
        for line in (self.cleaned_data.get(f"v_{code}") or "").splitlines():
            said, equals, meant = line.rpartition("=")
            if equals and meant.strip() == UNSAID:
                self.add_error(f"v_{code}", f"Say what “{said.strip()}” means: put it where the question mark is.")
            elif equals:
                words[said.strip()] = meant.strip()
            elif line.strip():
                self.add_error(f"v_{code}", f"Write “{line.strip()} = what it means”.")
        return words
