"""What does one type about monitoring: a company, a block of numbers, a connection, a zone, a test?"""

import datetime as dt
import re
from typing import Any

from django import forms
from django.db.models import Q

from alarmdesk.company.entering import entered
from alarmdesk.lib import phones
from alarmdesk.lib.fields import DateInput, DateTimeInput, PhoneInput, Switch
from alarmdesk.monitoring.models import (
    LARGEST_ACCOUNT,
    LARGEST_ZONE,
    MOST_IN_A_BLOCK,
    AccountBlock,
    MonitoringCompany,
    System,
    Zone,
)

ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]*")
OF_A_BLOCK = re.compile(r"(?P<prefix>.*?)(?P<digits>\d{1,12})", re.ASCII)
SYSTEM_FIELDS = (
    "monitoring_company", "account_number", "receiver_number", "panel_type", "communicator", "online_on",
    "out_of_service_on",
)  # fmt: skip
ACCOUNT_SAYS = "Write letters, digits, spaces, points, dashes and slashes."


def account_number(text: str) -> str:
    """The account number, trimmed. Raises ValidationError for what no station would call an account."""
    if not ACCOUNT.fullmatch(text):
        raise forms.ValidationError(ACCOUNT_SAYS)
    return text


class MonitoringCompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A monitoring company."""

    class Meta:
        model = MonitoringCompany
        fields = ("name", "phone", "is_in_house", "is_active")
        widgets = {"phone": PhoneInput, "is_in_house": Switch, "is_active": Switch}
        labels = {"is_in_house": "In-house: our own desk", "is_active": "Can be chosen"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["phone"] = self.instance.shown_phone

    def clean_phone(self) -> str:
        """As E.164."""
        typed: str = self.cleaned_data["phone"]
        if not typed.strip():
            return ""
        try:
            return phones.normal(typed)
        except phones.BadPhone as bad:
            raise forms.ValidationError(str(bad)) from None


class BlockForm(forms.ModelForm):  # type: ignore[type-arg]
    """A block of account numbers, written as its first and its last: NG-0100 to NG-0199."""

    first_number = forms.CharField(label="First number", max_length=24, help_text="As the station writes it: NG-0100.")
    last_number = forms.CharField(label="Last number", max_length=24)

    class Meta:
        model = AccountBlock
        fields = ("monitoring_company",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["monitoring_company"]
        choice.queryset = entered().monitoring_companies.order_by("name")
        choice.empty_label = "Choose a monitoring company"
        if self.instance.pk:
            block = self.instance
            self.initial.update(first_number=block.number(block.first), last_number=block.number(block.last))

    def clean(self) -> dict[str, Any]:
        """The numbers as prefix, span and digits."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        ends = [self._read(name) for name in ("first_number", "last_number")]
        if None in ends or self.errors:
            return said
        (prefix, first, digits), (other, last, _) = ends  # type: ignore[misc]
        if prefix.lower() != other.lower():
            self.add_error("last_number", f"The last number must begin with “{prefix}” as the first does.")
        elif not first <= last < first + MOST_IN_A_BLOCK:
            self.add_error("last_number", f"A block goes upwards and has at most {MOST_IN_A_BLOCK:,} numbers.")
        row = self.instance
        row.prefix, row.first, row.last, row.digits = prefix, first, last, digits
        return said

    def _read(self, name: str) -> tuple[str, int, int] | None:
        text = self.cleaned_data.get(name)
        if not text:
            return None
        found = OF_A_BLOCK.fullmatch(text)
        if not found or not ACCOUNT.fullmatch(text) or len(found["prefix"]) > 12:
            self.add_error(name, "Write a number that ends in digits, such as NG-0100.")
            return None
        value = int(found["digits"])
        return (found["prefix"], value, len(found["digits"])) if value < LARGEST_ACCOUNT else None


class SystemForm(forms.ModelForm):  # type: ignore[type-arg]
    """A customer's connection."""

    class Meta:
        model = System
        fields = SYSTEM_FIELDS
        widgets = {"online_on": DateInput, "out_of_service_on": DateInput}

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        choice: Any = self.fields["monitoring_company"]
        own = Q(is_active=True) | Q(pk=self.instance.monitoring_company_id)
        choice.queryset = entered().monitoring_companies.filter(own).order_by("name")
        choice.empty_label = "Choose a monitoring company"
        self.fields["panel_type"].widget.attrs["placeholder"] = "Touch 7"
        self.fields["communicator"].widget.attrs["placeholder"] = "LTE, Verizon"

    def clean_account_number(self) -> str:
        return account_number(self.cleaned_data["account_number"])

    def clean(self) -> dict[str, Any]:
        """Days are facts: none in the future, and none goes out of service before it was online."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("online_on", "out_of_service_on"):
            on = said.get(name)
            if on is not None and not dt.date(1950, 1, 1) <= on <= self.today:
                self.add_error(name, "Choose a day that is not in the future.")
        online, out = said.get("online_on"), said.get("out_of_service_on")
        if online and out and out < online:
            self.add_error("out_of_service_on", "That is before it was online.")
        return said


class ZoneForm(forms.ModelForm):  # type: ignore[type-arg]
    """A zone of the monitoring company's list."""

    class Meta:
        model = Zone
        fields = ("zone_number", "name", "kind")
        widgets = {"zone_number": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})}

    def clean_zone_number(self) -> int:
        number: int = self.cleaned_data["zone_number"]
        if not 1 <= number <= LARGEST_ZONE:
            raise forms.ValidationError(f"Zones are 1 to {LARGEST_ZONE}.")
        return number


class TestForm(forms.Form):
    """How long, why and who asked. An account that is out of service takes one more yes (domain.md D10)."""

    __test__ = False

    until_at = forms.DateTimeField(label="Until", widget=DateTimeInput)
    reason = forms.CharField(max_length=200)
    asked_by = forms.CharField(
        label="Asked for by", max_length=80, required=False, help_text="Who called, and gave the passcode."
    )
    may_bill = forms.BooleanField(
        label="Place it on test all the same", required=True,
        error_messages={"required": "The account is out of service: tick the box if the test is meant."},
    )  # fmt: skip

    def __init__(self, *args: Any, is_out_of_service: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_out_of_service:
            del self.fields["may_bill"]
