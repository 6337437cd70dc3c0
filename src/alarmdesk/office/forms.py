"""What does the office ask for in its own forms? The company's face, people, groups, a night to run."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.http import QueryDict

from alarmdesk.company.models import Company, Group
from alarmdesk.company.permissions import Grant
from alarmdesk.lib import phones
from alarmdesk.lib.colours import LEAST_CONTRAST, contrast_with_white, is_readable
from alarmdesk.lib.fields import DateInput, DropZone, PhoneInput, Segmented
from alarmdesk.office.branding import NoLogo, clean_logo
from alarmdesk.office.permissions import VERBS, sections

US_ZONES = (
    ("America/New_York", "Eastern"),
    ("America/Chicago", "Central"),
    ("America/Denver", "Mountain"),
    ("America/Phoenix", "Mountain, without daylight saving (Arizona)"),
    ("America/Los_Angeles", "Pacific"),
    ("America/Anchorage", "Alaska"),
    ("Pacific/Honolulu", "Hawaii"),
)
LONGEST_RUN_BACK = 31  # days
LONGEST_RUN_AHEAD = 31  # days, in a demo


def zone_choices() -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """The zones of the United States by their everyday names, then all others."""
    known = {zone for zone, _ in US_ZONES}
    others = sorted(zone for zone in available_timezones() if "/" in zone and zone not in known)
    others = [zone for zone in others if not zone.startswith(("Etc/", "SystemV/", "US/"))]
    return [("United States", US_ZONES), ("Elsewhere", [(zone, zone.replace("_", " ")) for zone in others])]


class ColourInput(forms.TextInput):
    """The browser's own colour picker."""

    input_type = "color"


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(
        label="Time zone", choices=zone_choices, help_text="Due dates and nightly runs follow this zone's calendar."
    )
    logo_file = forms.FileField(
        label="Logo",
        required=False,
        widget=DropZone,
        help_text="PNG or JPEG, at most 1 MB. It stands on your invoices and in your customers' portal.",
    )
    remove_logo = forms.BooleanField(label="Remove the logo", required=False)

    class Meta:
        model = Company
        fields = (
            "name", "time_zone", "phone", "email", "street", "city", "state", "zip_code", "colour", "sheet",
            "has_remittance_slip",
        )  # fmt: skip
        labels = {"zip_code": "ZIP code", "colour": "Color", "email": "E-mail"}
        widgets = {"colour": ColourInput, "phone": PhoneInput}
        help_texts = {
            "colour": "Titles of your papers and buttons of your customers' portal. White text must be readable on it.",
            "has_remittance_slip": "A part at the foot of unpaid invoices that customers send back with a check.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logo: bytes | None = None
        if not self.instance.logo_type:
            del self.fields["remove_logo"]

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        try:
            return phones.normal(typed) if typed else ""
        except phones.BadPhone as wrong:
            raise forms.ValidationError(str(wrong)) from None

    def clean_state(self) -> str:
        return str(self.cleaned_data["state"]).upper()

    def clean_colour(self) -> str:
        colour: str = self.cleaned_data["colour"].lower()
        if len(colour) == 7 and not is_readable(colour):
            found = contrast_with_white(colour)
            raise forms.ValidationError(
                f"White text on this color has a contrast of {found:.1f} to 1; it takes {LEAST_CONTRAST} to 1. "
                "Choose a darker one."
            )
        return colour

    def clean_logo_file(self) -> Any:
        file = self.cleaned_data["logo_file"]
        if file:
            try:
                self.logo = clean_logo(file, file.size or 0)
            except NoLogo as wrong:
                raise forms.ValidationError(str(wrong)) from None
        return file

    def save(self, commit: bool = True) -> Company:  # noqa: ARG002  Django's own signature
        """The company with its new face, saved in the columns of this form alone."""
        company: Company = super().save(commit=False)
        if self.logo is not None:
            company.logo, company.logo_type = self.logo, "image/png"
        elif self.cleaned_data.get("remove_logo"):
            company.logo, company.logo_type = None, ""
        touched = [*self.Meta.fields, *(["logo", "logo_type"] if self._moves_logo else [])]
        company.save(update_fields=touched)
        return company

    @property
    def _moves_logo(self) -> bool:
        return self.logo is not None or bool(self.cleaned_data.get("remove_logo"))


class PlaceForm(forms.Form):
    """A person's group and title."""

    group = forms.ModelChoiceField(Group.objects.none(), label="Group", empty_label=None)
    title = forms.CharField(label="Title", max_length=80, required=False, help_text="Such as Office manager.")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = company.groups.order_by("name")  # type: ignore[attr-defined]


class InviteForm(PlaceForm):
    """Somebody new."""

    email = forms.EmailField(label="E-mail", help_text="The invitation goes there.")
    name = forms.CharField(label="Name", max_length=120)
    field_order = ("name", "email", "group", "title")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class GroupForm(forms.Form):
    """A group's name and what it may: one checkbox for each verb of each resource."""

    name = forms.CharField(label="Name", max_length=255)
    description = forms.CharField(label="Description", max_length=255, required=False)

    def __init__(self, *args: Any, held: frozenset[Grant] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data.getlist("grants") if isinstance(self.data, QueryDict) else []
        self.ticked = frozenset(sent) if self.is_bound else frozenset(str(grant) for grant in held)

    @property
    def matrix(self) -> list[dict[str, Any]]:
        """The checkboxes as the page draws them: sections of resources, a cell for each verb (None: no such verb)."""
        return [
            {
                "title": title,
                "rows": [
                    {
                        "resource": resource,
                        "cells": [
                            {
                                "code": f"{resource.code}.{verb}",
                                "ticked": f"{resource.code}.{verb}" in self.ticked,
                                "label": f"{label} {resource.label}",
                            }
                            if verb in resource.verbs
                            else None
                            for verb, label in VERBS.items()
                        ],
                        "special": [
                            {
                                "code": f"{resource.code}.{code}",
                                "ticked": f"{resource.code}.{code}" in self.ticked,
                                "label": label,
                            }
                            for code, label in resource.special.items()
                        ],
                    }
                    for resource in resources
                ],
            }
            for title, resources in sections().items()
        ]

    @property
    def granted(self) -> list[str]:
        """The ticked boxes by their labels."""
        rows = [row for section in self.matrix for row in section["rows"]]
        cells = [cell for row in rows for cell in [*row["cells"], *row["special"]]]
        return [cell["label"] for cell in cells if cell and cell["ticked"]]

    @property
    def chosen(self) -> frozenset[Grant]:
        """The ticked grants; a code that no room declares is not among them."""
        declared = {
            str(grant): grant for resources in sections().values() for one in resources for grant in one.grants()
        }
        return frozenset(declared[code] for code in self.ticked if code in declared)


class LeavingForm(forms.Form):
    """When a customer leaves, and whether what recurs ends with it."""

    on = forms.DateField(label="Cancelled on", widget=DateInput())
    ends_recurring = forms.BooleanField(label="End the recurring invoices on that day", required=False, initial=True)

    def __init__(self, *args: Any, may_end: bool, **kwargs: Any) -> None:
        """`may_end`: something recurs, and the person may end it."""
        super().__init__(*args, **kwargs)
        if not may_end:
            del self.fields["ends_recurring"]


class ReturningForm(forms.Form):
    """A customer comes back: what becomes of the dates that passed unbilled meanwhile?"""

    missed = forms.ChoiceField(
        label="What was not billed meanwhile",
        widget=Segmented,
        choices=[("waive", "Is never billed"), ("bill", "Is billed tonight")],
        initial="waive",
    )

    def __init__(self, *args: Any, asks: bool, **kwargs: Any) -> None:
        """`asks`: something was missed."""
        super().__init__(*args, **kwargs)
        if not asks:
            del self.fields["missed"]


class NightForm(forms.Form):
    """The date that a nightly run is to be made for."""

    on = forms.DateField(label="Date", widget=DateInput)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["on"].initial = today
        self.fields["on"].help_text = "Everything that is due up to and including this date is invoiced and charged."
        if settings.ENVIRONMENT == "demo":
            self.fields["on"].help_text += " This is a demo: a day to come may be chosen too."

    def clean_on(self) -> dt.date:
        on: dt.date = self.cleaned_data["on"]
        if on > self.today and settings.ENVIRONMENT != "demo":
            raise forms.ValidationError("A run cannot be made for a day that has not come yet.")
        if (on - self.today).days > LONGEST_RUN_AHEAD:
            raise forms.ValidationError(f"Even in a demo a run is made at most {LONGEST_RUN_AHEAD} days ahead.")
        if (self.today - on).days > LONGEST_RUN_BACK:
            raise forms.ValidationError(f"At most {LONGEST_RUN_BACK} days back: a later run catches up by itself.")
        return on
