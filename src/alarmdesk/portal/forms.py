"""What does the portal ask of people, and the office about their access?"""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from alarmdesk.company.models import User
from alarmdesk.invoicing.signing import LONGEST, NoSignature, clean_path
from alarmdesk.payments.forms import LONGEST_TOKEN, MethodChoice


class InviteForm(forms.Form):
    """Whom the office invites to a customer's account."""

    email = forms.EmailField(label="E-mail address", max_length=254)


class SignUpForm(forms.Form):
    """A sign-in for somebody who has none."""

    name = forms.CharField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label="Choose a password",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters.",
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        """`email`: the invited address, which must not be the password."""
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password


class PortalPayForm(forms.Form):
    """What the payer was shown, and what it is charged to."""

    amount = forms.DecimalField(widget=forms.HiddenInput, max_digits=12, decimal_places=2)
    method = MethodChoice(label="Pay with", empty_label=None)

    def __init__(self, *args: Any, methods: Any, **kwargs: Any) -> None:
        """`methods`: those of the customer that can be charged."""
        super().__init__(*args, **kwargs)
        self.fields["method"].queryset = methods  # type: ignore[attr-defined]


class GuestPayForm(forms.Form):
    """What we take beside the gateway's own fields from somebody with a link: their token, the amount that was shown,
    where the receipt goes, and for a bank account the authorization.
    """

    token = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_TOKEN, required=False)
    amount = forms.DecimalField(widget=forms.HiddenInput, max_digits=12, decimal_places=2)
    receipt_to = forms.EmailField(
        label="E-mail for the receipt",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="Only this receipt goes there.",
    )
    agreed = forms.BooleanField(
        label="I have read this and agree", error_messages={"required": "The authorization must be agreed to."}
    )

    def __init__(self, *args: Any, kind: str, amount: Decimal, **kwargs: Any) -> None:
        """`kind`: card or ach; only a bank account asks for an authorization. `amount` is what is due now."""
        super().__init__(*args, **{**kwargs, "initial": {**kwargs.get("initial", {}), "amount": amount}})
        self.kind = kind
        if kind != "ach":
            del self.fields["agreed"]

    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"]
        if not token:
            raise forms.ValidationError("The card or account did not reach the payment processor. Fill it in again.")
        return token


class SendLinkForm(forms.Form):
    """Where a pay link is sent."""

    to = forms.EmailField(label="Send to", max_length=254)


class SignForm(forms.Form):
    """What the customer says who accepts a quote: a name, a signature drawn or typed, and that they agree."""

    name = forms.CharField(
        label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"})
    )
    signature = forms.CharField(
        required=False,
        widget=forms.HiddenInput,
        max_length=LONGEST,
        error_messages={"max_length": "That is too much for a signature. Draw it again, or type it below."},
    )
    typed_signature = forms.CharField(
        label="Or type your name as your signature",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    agreed = forms.BooleanField(
        label="I have read the quote and agree",
        error_messages={"required": "Tick that you agree, or decline the quote."},
    )

    def clean_signature(self) -> str:
        try:
            return clean_path(self.cleaned_data["signature"])
        except NoSignature as unreadable:
            raise forms.ValidationError(str(unreadable)) from None

    def clean(self) -> dict[str, Any]:
        """One of the two signatures is needed."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if "signature" not in self.errors and not said.get("signature") and not said.get("typed_signature"):
            self.add_error("signature", "Draw your signature, or type it below.")
        return said


class DeclineForm(forms.Form):
    """Why the customer does not want what was quoted."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    reason = forms.CharField(
        label="What is the reason?", max_length=500, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
