"""What does one type of a contact, an agency and an alarm permit (F28)?"""

import re
from typing import Any

from django import forms

from alarmdesk.company.entering import entered
from alarmdesk.customers.contacts import FACTS
from alarmdesk.customers.forms import Dollars
from alarmdesk.customers.models import Agency, Contact, ContactPhone, CustomerAgency
from alarmdesk.lib import phones
from alarmdesk.lib.fields import DateInput, PhoneInput, Segmented

MOST_ZIPS = 2_000
_ZIP = re.compile(r"\d{5}|\d{3}")
RIGHTS = ("may_cancel", "may_test", "may_edit", "may_ask")
ROLES = ("is_key_holder", "is_verifier", "is_duress")


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """A contact. The passcode that it has is never shown here: what is typed replaces it."""

    code = forms.CharField(
        label="Passcode", max_length=40, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    no_code = forms.BooleanField(label="Take the passcode away", required=False)

    class Meta:
        model = Contact
        fields = FACTS

    def __init__(self, *args: Any, has_passcode: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["relation"].widget.attrs["placeholder"] = "Neighbor, manager, daughter …"
        self.fields["is_verifier"].help_text = "Called before anybody is sent, to find out whether the alarm is real."
        self.fields["is_duress"].help_text = "Whoever says this passcode is in danger: help is sent silently."
        if has_passcode:
            self.fields["code"].help_text = "One is kept. Leave it blank to keep it."
        else:
            del self.fields["no_code"]

    @property
    def passcode(self) -> str | None:
        """What the passcode is to be; None leaves the one that is kept."""
        typed: str = self.cleaned_data["code"].strip()
        return typed or ("" if self.cleaned_data.get("no_code") else None)

    @property
    def rights(self) -> list[forms.BoundField]:
        return [self[name] for name in RIGHTS]

    @property
    def roles(self) -> list[forms.BoundField]:
        return [self[name] for name in ROLES]


class ContactPhoneForm(forms.Form):
    """One number of a contact; an empty row is none."""

    number = forms.CharField(label="Phone", max_length=40, required=False, widget=PhoneInput({"autocomplete": "off"}))
    kind = forms.ChoiceField(label="Type", choices=ContactPhone.Kind.choices, initial=ContactPhone.Kind.MOBILE)

    def clean_number(self) -> str:
        return _number(self.cleaned_data["number"])


class AgencyForm(forms.ModelForm):  # type: ignore[type-arg]
    """An agency of the directory."""

    zips = forms.CharField(
        label="ZIP codes", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where it is sent to: 74104, 74105. Three digits stand for all that begin so: 741.",
    )  # fmt: skip
    response_fee = Dollars(help_text="What a visit costs, where it costs something.")

    class Meta:
        model = Agency
        fields = ("kind", "name", "phone", "response_fee")
        widgets = {"kind": Segmented, "phone": PhoneInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["phone"] = self.instance.shown_phone if self.instance.pk else ""
        self.initial["zips"] = ", ".join(self.instance.zip_codes)

    def clean_phone(self) -> str:
        return _number(self.cleaned_data["phone"])

    def clean_zips(self) -> str:
        """ZIP codes of five digits or beginnings of three, each once."""
        words = list(dict.fromkeys(re.split(r"[\s,;]+", self.cleaned_data["zips"].strip())))
        wrong = [word for word in words if word and not _ZIP.fullmatch(word)]
        if wrong:
            raise forms.ValidationError(f"“{wrong[0][:40]}” is not a ZIP code. Write five digits, or the first three.")
        if len(words) > MOST_ZIPS:
            raise forms.ValidationError(f"At most {MOST_ZIPS:,} ZIP codes.")
        self.instance.zip_codes = sorted(word for word in words if word)
        return ", ".join(self.instance.zip_codes)

    def clean_response_fee(self) -> Any:
        """Nothing typed is no fee."""
        return self.cleaned_data["response_fee"] or None


class PermitForm(forms.ModelForm):  # type: ignore[type-arg]
    """The alarm permit of a customer at an agency."""

    class Meta:
        model = CustomerAgency
        fields = ("permit_number", "permit_expires_on")
        widgets = {"permit_expires_on": DateInput}


class OtherAgencyForm(PermitForm):
    """Any agency of the directory, whatever ZIP codes it serves."""

    class Meta(PermitForm.Meta):
        fields = ("agency", *PermitForm.Meta.fields)  # type: ignore[assignment]

    def __init__(self, *args: Any, customer: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["agency"]
        choice.queryset = entered().agencies.exclude(customers__customer=customer).order_by("kind", "name")
        choice.label_from_instance = lambda row: f"{row.get_kind_display()}: {row.name}"
        choice.empty_label = "Choose an agency"


def _number(typed: str) -> str:
    """The number as E.164, "" for nothing typed. Raises ValidationError."""
    if not typed.strip():
        return ""
    try:
        return phones.normal(typed)
    except phones.BadPhone as bad:
        raise forms.ValidationError(str(bad)) from None
