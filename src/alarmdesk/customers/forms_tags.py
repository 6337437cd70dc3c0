"""What does one type of a tag (F26)?"""

from typing import Any

from django import forms

from alarmdesk.customers.models import Tag
from alarmdesk.customers.tagging import LONGEST, in_use


class TagForm(forms.ModelForm):  # type: ignore[type-arg]
    """A tag of the settings."""

    class Meta:
        model = Tag
        fields = ("name", "colour")


class PutTagForm(forms.Form):
    """A tag to put on somebody: free text, with those in use offered; the colour is for a new one."""

    name = forms.CharField(
        label="Tag", max_length=LONGEST, error_messages={"required": "Write a word or two."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "tags-in-use"}),
    )  # fmt: skip
    colour = forms.ChoiceField(choices=Tag.Colour.choices, required=False, help_text="For a new tag.")

    def clean_colour(self) -> str:
        return self.cleaned_data["colour"] or Tag.Colour.GREY


class ChooseTagForm(forms.Form):
    """One of the tags in use."""

    tag = forms.ModelChoiceField(Tag.objects.none(), empty_label="Choose a tag")

    def __init__(self, *args: Any, without: Tag | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["tag"]
        choice.queryset = in_use().exclude(pk=without.pk) if without else in_use()
