"""What does one choose when two records become one?"""

from collections.abc import Sequence
from typing import Any

from django import forms

from alarmdesk.customers.merging import Choice

KEPT, GONE = "kept", "gone"


class MergeForm(forms.Form):
    """Whose value stays, for each field in which the two differ; and what the two said when this was asked."""

    shown_as = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: Sequence[Choice], shown_as: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shown_as"].initial = shown_as
        for choice in choices:
            self.fields[choice.code] = forms.ChoiceField(
                label=choice.label,
                choices=[(KEPT, choice.kept or "Nothing"), (GONE, choice.gone or "Nothing")],
                initial=GONE if choice.prefers_gone else KEPT,
                widget=forms.RadioSelect,
            )

    @property
    def of_gone(self) -> frozenset[str]:
        """The codes of the fields of which the record that goes has the value that stays."""
        return frozenset(code for code, side in self.cleaned_data.items() if side == GONE)
