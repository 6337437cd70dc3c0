"""What does the office say of a price that changes, for one or for many, and of the night that it wants to see?"""

import datetime as dt
from typing import Any, cast

from django import forms

from alarmdesk.company.entering import entered
from alarmdesk.invoicing.forms.numbers import Amount, plain
from alarmdesk.invoicing.models import MMR_NUMBER, RateIncrease
from alarmdesk.invoicing.raise_letters import LETTER
from alarmdesk.lib.fields import DateInput, Segmented, Switch

MOST_PERCENT = 100


class ChangeForm(forms.Form):
    """From when on another price is billed. The lines stand beside it."""

    changes_on = forms.DateField(label="New price from", widget=DateInput)
    splits = forms.BooleanField(
        label="On that very day",
        required=False,
        widget=Switch,
        help_text="A period that the day cuts is billed in two parts. Off: the next period is the first.",
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["changes_on"].widget.attrs["min"] = (today + dt.timedelta(days=1)).isoformat()

    def clean_changes_on(self) -> dt.date:
        on: dt.date = self.cleaned_data["changes_on"]
        if on <= self.today:
            raise forms.ValidationError("A price can change from tomorrow on: what was billed stays as it is.")
        return on


class IncreaseForm(forms.Form):
    """An increase of many prices."""

    how = forms.ChoiceField(label="Raise by", choices=RateIncrease.How, widget=Segmented, initial="percent")
    value = Amount(label="How much", says="Write a number, such as 4.5.", max_digits=9, decimal_places=4)
    rounding = forms.ChoiceField(label="Round the new price", choices=RateIncrease.Rounding, initial="cent")
    effective_on = forms.DateField(
        label="Effective date",
        widget=DateInput,
        help_text="The new price counts for each one's first period from this day on.",
    )
    splits = forms.BooleanField(
        label="On that very day for all",
        required=False,
        widget=Switch,
        help_text="A period that the day cuts and that is not billed yet is billed in two parts.",
    )
    items = forms.MultipleChoiceField(
        label="Items", widget=forms.CheckboxSelectMultiple, help_text="Whose prices are raised."
    )
    state = forms.ChoiceField(label="State", required=False)
    kind = forms.ChoiceField(label="Customers", required=False)
    price_from = Amount(
        label="Present price from", says="Write a price, such as 30.", max_digits=14, decimal_places=4, required=False
    )
    price_to = Amount(label="to", says="Write a price, such as 45.", max_digits=14, decimal_places=4, required=False)
    since_before = forms.DateField(label="Customers since before", required=False, widget=DateInput)
    spares_months = forms.IntegerField(
        label="Spare who signed in the last months",
        min_value=0,
        max_value=120,
        initial=12,
        help_text="Months before the effective date; 0 spares nobody.",
    )
    tells = forms.BooleanField(label="Write to the customers", required=False, initial=True, widget=Switch)
    letter = forms.CharField(
        label="Letter", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}), initial=LETTER
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        """Choices are those of the entered company."""
        super().__init__(*args, **kwargs)
        self.today = today
        company = entered()
        items = list(company.billable_items.filter(is_active=True).order_by("number"))
        self._choose("items", [(str(item.pk), item.code) for item in items])
        if mmr := next((item for item in items if item.number == MMR_NUMBER), None):
            self.fields["items"].initial = [str(mmr.pk)]
        states = company.addresses.exclude(state="").order_by("state").values_list("state", flat=True).distinct()
        self._choose("state", [("", "All states"), *((state, state) for state in states)])
        self._choose("kind", [("", "All customers"), ("person", "Residential"), ("business", "Commercial")])
        self.fields["effective_on"].widget.attrs["min"] = (today + dt.timedelta(days=1)).isoformat()

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def clean_effective_on(self) -> dt.date:
        on: dt.date = self.cleaned_data["effective_on"]
        if on <= self.today:
            raise forms.ValidationError("Choose a day after today: what was billed stays as it is.")
        return on

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        value, low, high = said.get("value"), said.get("price_from"), said.get("price_to")
        if value is not None and value <= 0:
            self.add_error("value", "An increase is above zero.")
        elif value is not None and said.get("how") == RateIncrease.How.PERCENT and value > MOST_PERCENT:
            self.add_error("value", f"At most {MOST_PERCENT} percent at once.")
        if low is not None and high is not None and low > high:
            self.add_error("price_to", "The range ends before it begins.")
        return said

    def facts(self) -> dict[str, Any]:
        """The fields of the increase as they are kept. Only for a valid form."""
        return {**self.cleaned_data, "items": [int(pk) for pk in self.cleaned_data["items"]]}


def initial_of(increase: RateIncrease) -> dict[str, Any]:
    """An increase as its form shows it."""
    shown = {name: getattr(increase, name) for name in IncreaseForm.base_fields}
    numbers = {name: plain(shown[name]) for name in ("value", "price_from", "price_to")}
    return {**shown, **numbers, "items": [str(pk) for pk in increase.items]}
