"""What does the office say about declined payments? On which days they are tried again, what is written, and what a
customer promised.
"""

from typing import Any

from django import forms

from alarmdesk.lib.fields import DateInput, Switch
from alarmdesk.payments.dunning import MOST_IN_30_DAYS, WINDOW, Policy
from alarmdesk.payments.models import DunningPolicy

LAST_DAY = 60
MOST_TRIES = 10


class CollectionsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The company's policy. Days are written with commas: "3, 7, 14"."""

    schedule = forms.CharField(
        label="Try again on these days after the first decline",
        required=False,
        max_length=80,
        help_text="For example 3, 7, 14. Leave it empty to try once only.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    class Meta:
        model = DunningPolicy
        fields = ("uses_credit", "writes", "tells_expiry")
        labels = {
            "uses_credit": "Credit on account pays what falls due",
            "writes": "Write to the customer after each decline",
            "tells_expiry": "Write to the customer before a card expires",
        }
        help_texts = {
            "uses_credit": "Each night before anything is charged: credits first, then payments that no invoice has"
            " taken, on the invoices that are due longest. Off, they wait until somebody applies them.",
            "writes": "With the reason, what happens next and a link to pay. The last letter says that it is the last.",
            "tells_expiry": "30 and 7 days before, for cards that Auto Pay draws on.",
        }
        widgets = {"uses_credit": Switch, "writes": Switch, "tells_expiry": Switch}

    field_order = ("uses_credit", "schedule", "writes", "tells_expiry")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = self.instance.days if self.instance.pk else Policy().days
        self.initial["schedule"] = ", ".join(str(day) for day in days)

    def clean_schedule(self) -> list[int]:
        """The days as numbers, in order."""
        typed = self.cleaned_data["schedule"].replace(",", " ").split()
        if not all(each.isascii() and each.isdigit() for each in typed):
            raise forms.ValidationError("Write whole numbers of days with commas between them, for example 3, 7, 14.")
        days = [int(each) for each in typed]
        if days != sorted(set(days)) or (days and days[0] < 1):
            raise forms.ValidationError("Write the days in order, each once, from 1 on.")
        if days and days[-1] > LAST_DAY:
            raise forms.ValidationError(f"The last try may be {LAST_DAY} days after the first decline.")
        if len(days) > MOST_TRIES:
            raise forms.ValidationError(
                f"{MOST_TRIES} more tries at most: the card networks allow {MOST_IN_30_DAYS} in {WINDOW.days} days on "
                "one card, for all invoices together."
            )
        return days

    def save(self, commit: bool = True) -> DunningPolicy:
        self.instance.days = self.cleaned_data["schedule"]
        saved: DunningPolicy = super().save(commit)
        return saved


class PromiseForm(forms.Form):
    """By when the customer will pay, and what was said."""

    until = forms.DateField(label="Will pay by", widget=DateInput)
    note = forms.CharField(label="Note", required=False, max_length=300)
