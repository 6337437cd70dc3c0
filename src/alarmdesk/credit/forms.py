"""What does one type about bureaus, rules, a score read elsewhere, and a decision?"""

import re
from typing import Any, ClassVar, cast

from django import forms

from alarmdesk.credit.models import (
    HIGHEST_SCORE,
    LOWEST_SCORE,
    Bureau,
    CreditReport,
    CreditSettings,
)
from alarmdesk.lib.fields import Segmented, Switch

PRODUCTS = (("07000", "07000 Credit report"), ("08000", "08000 Credit report with FICO score"))
SERVICES = tuple((name, name) for name in ("ACRO", "ACRO Test", "Decision Power", "Decision Power Test"))
KEEPS = "Leave blank to keep the one on file."
CONSUMER = {
    Bureau.Kind.TRANSUNION: ("TransUnion LLC", "P.O. Box 1000, Chester, PA 19016", "800-888-4213"),
    Bureau.Kind.EQUIFAX: ("Equifax Information Services LLC", "P.O. Box 740241, Atlanta, GA 30374", "800-685-1111"),
}
"""Where each bureau wants consumers to write and call; the dealer's own contract may name another place."""
CODE = re.compile(r"[A-Za-z0-9-]*")


def _secret(label: str, *, required: bool = True) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=60, required=required, widget=widget)


class BureauForm(forms.ModelForm):  # type: ignore[type-arg]
    """What all bureaus have. A blank secret keeps the one that is stored; none is ever shown."""

    secret: ClassVar[tuple[str, ...]] = ()
    kept: ClassVar[tuple[str, ...]] = ()

    class Meta:
        model = Bureau
        fields = ("name", "consumer_name", "consumer_address", "consumer_phone", "is_active")
        widgets = {"is_active": Switch}
        labels = {"is_active": "Can be chosen"}
        help_texts = {
            "consumer_name": "These three lines stand in adverse action letters.",
            "consumer_phone": "The law asks for a toll-free one.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bureau = self.instance
        self.initial.update({name: bureau.account.get(name, "") for name in self.kept if name in bureau.account})
        for name in self.secret:
            if bureau.secrets.get(name):
                self.fields[name].required = False
                self.fields[name].help_text = KEEPS
        if not bureau.pk:
            told = CONSUMER[Bureau.Kind(bureau.kind)]
            names = ("consumer_name", "consumer_address", "consumer_phone")
            self.initial.update({"name": bureau.get_kind_display(), **dict(zip(names, told, strict=True))})

    def clean(self) -> dict[str, Any]:
        """Codes are letters, digits and dashes."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.kept:
            if isinstance(said.get(name), str) and name != "service" and not CODE.fullmatch(said[name]):
                self.add_error(name, "Write letters, digits and dashes only.")
        return said

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        bureau, said = self.instance, self.cleaned_data
        bureau.account = {**bureau.account, **{name: said[name] for name in self.kept if name in said}}
        typed = {name: said[name].strip() for name in self.secret if said.get(name)}
        bureau.secrets = {**bureau.secrets, **typed}


class TransUnionForm(BureauForm):
    """The parts of a subscriber code, the password and the product (domain.md B8)."""

    secret = ("password",)
    kept = ("market", "submarket", "industry", "member", "product", "add_on")

    market = forms.CharField(label="Market", min_length=2, max_length=2, help_text="Subscriber code: 2 places.")
    submarket = forms.CharField(label="Submarket", min_length=2, max_length=2, help_text="2 places.")
    industry = forms.CharField(label="Industry", max_length=1, help_text="1 place.")
    member = forms.CharField(label="Member", max_length=8)
    password = _secret("Password")
    product = forms.ChoiceField(label="Product code", choices=PRODUCTS)
    add_on = forms.CharField(label="Add-on of the score", max_length=10, required=False, help_text="Such as 00W18.")

    field_order = (
        "name", "market", "submarket", "industry", "member", "password", "product", "add_on", "is_active",
        "consumer_name", "consumer_address", "consumer_phone",
    )  # fmt: skip


class EquifaxForm(BureauForm):
    """Member number, security digits, score model and service (domain.md B8)."""

    secret = ("security_digits", "pin")
    kept = ("member_number", "score_model", "service", "wants_image")

    member_number = forms.CharField(max_length=20)
    security_digits = _secret("Security digits")
    pin = _secret("Transaction PIN", required=False)
    score_model = forms.CharField(max_length=10, required=False, help_text="Such as 02781.")
    service = forms.ChoiceField(
        label="Service name", choices=SERVICES, help_text="The test variants ask the bureau's test system."
    )
    wants_image = forms.BooleanField(label="Include the print image", required=False, widget=Switch)

    field_order = (
        "name", "member_number", "security_digits", "pin", "score_model", "service", "wants_image", "is_active",
        "consumer_name", "consumer_address", "consumer_phone",
    )  # fmt: skip


FORMS: dict[str, type[BureauForm]] = {
    Bureau.Kind.TRANSUNION.value: TransUnionForm,
    Bureau.Kind.EQUIFAX.value: EquifaxForm,
}


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Grades, guards, and how long a result is kept."""

    class Meta:
        model = CreditSettings
        fields = (
            "grade_a", "grade_b", "grade_c", "grade_d", "passing", "guard_days", "daily_limit", "keep_days",
            "consent_text",
        )  # fmt: skip
        widgets = {"passing": Segmented, "consent_text": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "passing": "A check below it, or without a score, counts as failed.",
            "guard_days": "Another name or address after a failed check needs a manager.",
            "keep_days": "Then only score, grade and date stay.",
            "consent_text": "{company} becomes your company's name. Have your lawyer read it.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        points = (LOWEST_SCORE + 1, HIGHEST_SCORE)
        bounds = {"guard_days": (1, 365), "daily_limit": (1, 500), "keep_days": (1, 730)}
        bounds |= dict.fromkeys(("grade_a", "grade_b", "grade_c", "grade_d"), points)
        for name in bounds:
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
            field = cast("forms.IntegerField", self.fields[name])
            field.min_value, field.max_value = bounds[name]
        passing = cast("forms.ChoiceField", self.fields["passing"])
        passing.choices = [choice for choice in CreditSettings.Grade.choices if choice[0] != CreditSettings.Grade.E]

    def clean(self) -> dict[str, Any]:
        """Grades descend, and numbers keep to their bounds."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            low, high = getattr(field, "min_value", None), getattr(field, "max_value", None)
            if low is not None and high is not None and said.get(name) is not None and not low <= said[name] <= high:
                self.add_error(name, f"Write a number from {low} to {high}.")
        for above, below in (("grade_a", "grade_b"), ("grade_b", "grade_c"), ("grade_c", "grade_d")):
            if (said.get(above) or HIGHEST_SCORE) <= (said.get(below) or 0):
                self.add_error(below, "Each grade begins below the one before.")
        return said


class ManualForm(forms.Form):
    """A score that was read elsewhere."""

    source = forms.CharField(label="Where it comes from", max_length=80)
    first_name = forms.CharField(max_length=80)
    last_name = forms.CharField(max_length=80)
    score = forms.IntegerField(
        min_value=LOWEST_SCORE, max_value=HIGHEST_SCORE,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].widget.attrs["placeholder"] = "Experian, read on the phone"


class DeclineForm(forms.Form):
    """What was decided, as the letter will say it, and how the letter goes out."""

    WAYS = (("print", "Print it"), ("email", "E-mail it"))
    DECISIONS = (
        "We cannot offer you monitoring on account.",
        "We ask for a deposit before we install.",
        "We ask you to pay for the equipment in advance.",
        "We ask for a co-signer.",
    )

    decision = forms.CharField(label="What you decided", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    way = forms.ChoiceField(label="The letter", choices=WAYS, widget=Segmented, initial="print")
    to = forms.EmailField(label="E-mail address", required=False)

    def __init__(self, *args: Any, report: CreditReport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].help_text = f"A whole sentence, such as: {self.DECISIONS[1]}"
        self.initial.update(
            {
                "decision": self.DECISIONS[0],
                "to": "" if report.is_cosigner else report.customer.email,
            }
        )

    def clean(self) -> dict[str, Any]:
        """A mail needs an address."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("way") == "email" and not said.get("to") and "to" not in self.errors:
            self.add_error("to", "Write where the letter goes.")
        return said

    @property
    def sends_to(self) -> str:
        """The address of a letter that is mailed; "" of one that is printed."""
        return str(self.cleaned_data["to"]) if self.cleaned_data["way"] == "email" else ""


class MailForm(forms.Form):
    """Where a letter goes once more."""

    to = forms.EmailField(label="E-mail address")
