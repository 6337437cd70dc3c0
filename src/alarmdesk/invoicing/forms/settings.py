"""What does the office say of a billable item, a term, a tax?"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms

from alarmdesk.customers.places import STATES, BadState
from alarmdesk.customers.places import state as read_state
from alarmdesk.equipment.queries import with_chosen
from alarmdesk.invoicing.forms.numbers import Amount, plain
from alarmdesk.invoicing.models import BillableItem, StateTax, TaxCertificate, Term
from alarmdesk.invoicing.rate_files import MOST_BYTES, decoded
from alarmdesk.lib.fields import DateInput, DropZone, MoneyInput, PercentInput, Switch

STATE_CHOICES = [("", "Choose a state"), *((state, state) for state in sorted(STATES))]
RATE_SAYS = "The rate must be a number, such as 8.517."


def rate_field(**options: Any) -> Amount:
    """A rate in percent, 0 to 100 with at most 4 decimals."""
    return Amount(
        says=RATE_SAYS,
        max_digits=7,
        decimal_places=4,
        min_value=Decimal(0),
        max_value=Decimal(100),
        widget=PercentInput,
        **options,
    )


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """A billable item."""

    default_price = Amount(
        label="Default unit price",
        says="The price must be a number, such as 49.95.",
        max_digits=14,
        decimal_places=4,
        min_value=Decimal(0),
        widget=MoneyInput,
    )

    class Meta:
        model = BillableItem
        fields = ("code", "item_class", "description", "default_price", "taxable", "equipment", "is_active")
        widgets = {"is_active": Switch, "description": forms.TextInput}
        labels = {"code": "Name", "is_active": "Can be put on new invoices"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["default_price"] = plain(self.instance.default_price, 2)
        bills: Any = self.fields["equipment"]
        bills.queryset, bills.empty_label = with_chosen(self.instance.equipment_id), "Nothing of the catalogue"
        bills.help_text = "What a line with this item puts on the customer."
        if self.instance.is_predefined:
            self.fields["code"].disabled = True
            self.fields["code"].help_text = "Every company has this item; its name stays."


class TermForm(forms.ModelForm):  # type: ignore[type-arg]
    """When invoices fall due."""

    class Meta:
        model = Term
        fields = ("name", "days", "is_default", "is_active")
        widgets = {"is_default": Switch, "is_active": Switch}
        labels = {
            "days": "Days until due",
            "is_default": "Chosen on new invoices",
            "is_active": "Can be chosen",
        }

    def clean_days(self) -> int:
        days: int = self.cleaned_data["days"]
        if not 0 <= days <= 365:
            raise forms.ValidationError("Write 0 to 365 days.")
        return days

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("is_default") and not said.get("is_active"):
            self.add_error("is_active", "The term chosen on new invoices must be one that can be chosen.")
        return said


class StateTaxForm(forms.ModelForm):  # type: ignore[type-arg]
    """A state's sales tax from a day on (D13)."""

    state = forms.ChoiceField(choices=STATE_CHOICES)
    rate = rate_field(label="Rate")
    effective_on = forms.DateField(label="From", widget=DateInput)

    class Meta:
        model = StateTax
        fields = ("state", "rate", "effective_on", "name")
        labels = {"name": "Called"}
        help_texts = {"name": "What the state calls it, on documents. Left blank: “OK sales tax”."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["rate"] = plain(self.instance.rate)

    def clean_effective_on(self) -> dt.date:
        on: dt.date = self.cleaned_data["effective_on"]
        if not 1950 <= on.year <= 2199:
            raise forms.ValidationError("Choose a day between 1950 and 2199.")
        return on


class ExemptionForm(forms.Form):
    """The classes of items on which a state charges nothing."""

    state = forms.ChoiceField(choices=STATE_CHOICES)
    item_classes = forms.MultipleChoiceField(
        label="Not taxed there",
        choices=BillableItem.Class.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Items that are taxed “Always” are taxed all the same.",
    )


class CustomerTaxForm(forms.Form):
    """A customer's own rate, or none."""

    rate = rate_field(
        label="Own tax rate", required=False, help_text="0 exempts the customer. Leave blank for the state's rate."
    )
    reason = forms.CharField(
        max_length=120, required=False, help_text="For instance the number of the exemption certificate."
    )


class RatesFileForm(forms.Form):
    """A file of state rates, or its lines pasted."""

    file = forms.FileField(
        label="CSV file", required=False, allow_empty_file=True, widget=DropZone(attrs={"accept": ".csv,.txt,text/csv"})
    )
    text = forms.CharField(
        label="Or paste its lines",
        required=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": "state,rate,effective_on"}),
    )
    file_name = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """The text of the file takes the place of the pasted one."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        file = said.get("file")
        if file is not None and file.size > MOST_BYTES:
            self.add_error("file", "The file is larger than 1 MB.")
        elif file is not None:
            said["text"], said["file_name"] = decoded(file.read()), file.name[:200]
        if not self.errors and not said.get("text", "").strip():
            self.add_error("file", "Choose a file with at least one rate, or paste its lines.")
        return said


class StatesField(forms.CharField):
    """States as their letters, in a row: "OK, TX"; none means all of them."""

    def clean(self, value: Any) -> list[str]:
        """The letters, each once, in order. Refuses what is no state."""
        text: str = super().clean(value) or ""
        try:
            return sorted({read_state(part) for part in text.replace(",", " ").split()})
        except BadState as bad:
            raise forms.ValidationError(str(bad)) from bad


class CertificateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A customer's exemption certificate (D13)."""

    states = StatesField(required=False, max_length=250, help_text="Like OK, TX. Leave blank for all states.")
    item_classes = forms.MultipleChoiceField(
        label="Only for",
        choices=BillableItem.Class.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick none for all items. Items that are taxed “Always” are taxed all the same.",
    )
    valid_from = forms.DateField(label="Valid from", widget=DateInput)
    valid_until = forms.DateField(
        label="Last day", required=False, widget=DateInput, help_text="Leave blank for one without end."
    )

    class Meta:
        model = TaxCertificate
        fields = ("number", "kind", "states", "item_classes", "valid_from", "valid_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["states"] = ", ".join(self.instance.states)

    def clean_valid_from(self) -> dt.date:
        on: dt.date = self.cleaned_data["valid_from"]
        if not 1950 <= on.year <= 2199:
            raise forms.ValidationError("Choose a day between 1950 and 2199.")
        return on

    def clean(self) -> dict[str, Any]:
        """Says beside the field what PostgreSQL would refuse."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = said.get("valid_from"), said.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", "The last day is before the first one.")
        return said


class WithdrawForm(forms.Form):
    """Why a certificate exempts nothing any more."""

    reason = forms.CharField(max_length=200)
