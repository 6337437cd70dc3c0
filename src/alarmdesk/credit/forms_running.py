"""What is asked before a bureau is asked: about whom, where they live, why, and who agreed to what?

Social Security number and date of birth come out of the form as `Untold` and are never written into it again, not even
when it comes back with an error beside another field.
"""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from django import forms

from alarmdesk.credit.bureaus.port import Place, Pull, Purpose, Subject, Untold
from alarmdesk.credit.inquiring import Consent, Wish
from alarmdesk.credit.models import Bureau, CreditReport
from alarmdesk.credit.queries import active_bureaus
from alarmdesk.customers.models import Customer
from alarmdesk.lib.fields import DateInput, Segmented, Switch

SSN = re.compile(r"\d{3}[- ]?\d{2}[- ]?\d{4}")
NEVER_ISSUED = re.compile(r"000|666|9\d\d|\d{3}00|\d{5}0000")
ZIP = re.compile(r"\d{5}(-\d{4})?")
WHO = (("customer", "The customer"), ("cosigner", "A co-signer"))
PREVIOUS = ("previous_street", "previous_city", "previous_state", "previous_zip_code")
ADULT = dt.timedelta(days=18 * 365)
OLDEST_CONSENT = dt.timedelta(days=30)
AGAIN = "It goes to the bureau and is kept nowhere. If this form comes back, type it again."


class PassingDate(DateInput):
    """A date that is not written into the page again."""

    def format_value(self, value: Any) -> None:
        """Nothing, whatever was typed."""


class RunForm(forms.Form):
    """One inquiry. Hard ones take a grant, and so does overriding the repeat guards, whose `objections` it shows."""

    bureau = forms.ModelChoiceField(Bureau.objects.none(), label="Credit bureau", empty_label=None)
    pull = forms.ChoiceField(label="Inquiry", choices=CreditReport.Pull, widget=Segmented)
    who = forms.ChoiceField(label="About", choices=WHO, widget=Segmented)
    first_name = forms.CharField(max_length=80)
    last_name = forms.CharField(max_length=80)
    street = forms.CharField(max_length=160)
    city = forms.CharField(max_length=80)
    state = forms.CharField(max_length=2, min_length=2)
    zip_code = forms.CharField(label="ZIP code", max_length=10)
    is_new_here = forms.BooleanField(label="At this address for less than 6 months", required=False, widget=Switch)
    previous_street = forms.CharField(max_length=160, required=False)
    previous_city = forms.CharField(max_length=80, required=False)
    previous_state = forms.CharField(max_length=2, min_length=2, required=False)
    previous_zip_code = forms.CharField(label="Previous ZIP code", max_length=10, required=False)
    ssn = forms.CharField(
        label="Social Security number", required=False, help_text=AGAIN,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}, render_value=False
        ),
    )  # fmt: skip
    born_on = forms.DateField(
        label="Date of birth", required=False, help_text=AGAIN, widget=PassingDate({"autocomplete": "off"})
    )
    purpose = forms.ChoiceField(
        label="Permissible purpose", choices=[("", "Choose why you ask"), *CreditReport.Purpose.choices]
    )
    consent_by = forms.CharField(label="Who agreed", max_length=161, help_text="The full name, as it stands above.")
    consent_how = forms.ChoiceField(label="How", choices=CreditReport.How)
    consent_on = forms.DateField(label="When", widget=DateInput)
    consent = forms.BooleanField(
        error_messages={"required": "Without consent nobody may be asked about. Get it first, then tick the box."}
    )
    override_reason = forms.CharField(
        label="Why it is right all the same", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with the inquiry, with your name.",
    )  # fmt: skip

    def __init__(
        self, *args: Any, customer: Customer, consent_text: str, today: dt.date, may_hard: bool,
        may_override: bool, **kwargs: Any,
    ) -> None:  # fmt: skip
        kwargs["initial"] = _first(customer, today)
        super().__init__(*args, **kwargs)
        self.customer, self.today = customer, today
        self.consent_text = consent_text
        self.objections: Sequence[str] = ()
        self.may_override = may_override
        bureaus: Any = self.fields["bureau"]
        bureaus.queryset = active_bureaus()
        if not may_hard:
            pulls: Any = self.fields["pull"]
            pulls.choices = [(CreditReport.Pull.SOFT.value, CreditReport.Pull.SOFT.label)]
        self.fields[
            "pull"
        ].help_text = (
            "A soft inquiry is seen by the consumer alone. A hard one is seen by lenders and can lower the score."
        )
        self.fields["consent"].label = f"They agreed to this: “{self.consent_text}”"
        if not may_override:
            del self.fields["override_reason"]

    def clean_ssn(self) -> Untold:
        """Nine digits, or nothing. The error repeats none of them."""
        typed: str = self.cleaned_data["ssn"].strip()
        digits = re.sub(r"\D", "", typed)
        if typed and (not SSN.fullmatch(typed) or NEVER_ISSUED.match(digits)):
            raise forms.ValidationError("Write the nine digits, such as 123-45-6789, or leave it blank.")
        return Untold(digits)

    def clean_born_on(self) -> Untold:
        """A day in the life of an adult, or nothing."""
        on: dt.date | None = self.cleaned_data["born_on"]
        if on is None:
            return Untold()
        if not dt.date(1900, 1, 1) <= on <= self.today - ADULT:
            raise forms.ValidationError("Choose the birthday of an adult.")
        return Untold(on.isoformat())

    def clean_consent_on(self) -> dt.date:
        """Consent is fresh: of the last month, and not of the future."""
        on: dt.date = self.cleaned_data["consent_on"]
        if not self.today - OLDEST_CONSENT <= on <= self.today:
            raise forms.ValidationError("Consent must be of today or of the last 30 days.")
        return on

    def clean(self) -> dict[str, Any]:
        """What one field alone cannot tell."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("zip_code", "previous_zip_code"):
            if said.get(name) and not ZIP.fullmatch(said[name]):
                self.add_error(name, "Write five digits.")
        if said.get("is_new_here"):
            for name in PREVIOUS:
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, "Write where they lived before.")
        elif any(said.get(name) for name in PREVIOUS):
            self.add_error("is_new_here", "Switch this on to give a previous address, or empty it.")
        name = f"{said.get('first_name', '')} {said.get('last_name', '')}"
        if said.get("consent_by") and _plain(said["consent_by"]) != _plain(name):
            self.add_error("consent_by", "Each person agrees for themselves: write the name of whom you ask about.")
        if said.get("who") == "cosigner" and _plain(name) == _plain(self.customer.name):
            self.add_error("who", f"{self.customer.name} is the customer, not a co-signer.")
        if said.get("purpose") == CreditReport.Purpose.INSTRUCTION and said.get("consent_how") == CreditReport.How.CALL:
            self.add_error("consent_how", "A call is no written instruction. Choose another purpose or another way.")
        return said

    def wish(self, token: str) -> Wish:
        """What a valid form asks for."""
        said = self.cleaned_data
        return Wish(
            customer=self.customer,
            bureau=said["bureau"],
            pull=Pull(said["pull"]),
            purpose=Purpose(said["purpose"]),
            subject=Subject(
                first_name=said["first_name"], last_name=said["last_name"], place=self._place(""),
                previous=self._place("previous_") if said["is_new_here"] else None, ssn=said["ssn"],
                born_on=said["born_on"],
            ),
            is_cosigner=said["who"] == "cosigner",
            consent=Consent(said["consent_by"], said["consent_how"], said["consent_on"], self.consent_text),
            token=token,
            override_reason=said.get("override_reason", ""),
        )  # fmt: skip

    def _place(self, prefix: str) -> Place:
        said = self.cleaned_data
        return Place(
            street=said[f"{prefix}street"], city=said[f"{prefix}city"], state=said[f"{prefix}state"].upper(),
            zip_code=said[f"{prefix}zip_code"],
        )  # fmt: skip


def _plain(name: str) -> str:
    return " ".join(name.lower().split())


def _first(customer: Customer, today: dt.date) -> dict[str, Any]:
    """What is known of the customer. Who agreed is not filled in: it is said, not assumed."""
    home = customer.service_address
    known = {name: getattr(home, name) for name in ("city", "state", "zip_code")} if home else {}
    return {
        "pull": CreditReport.Pull.SOFT.value, "who": "customer", "first_name": customer.first_name,
        "last_name": customer.last_name, "street": home.street if home else "", "consent_on": today,
        "consent_how": CreditReport.How.PAPER.value, **known,
    }  # fmt: skip
