"""What does the office ask about the account at the gateway, and about a payment that the gateway cannot tell of?"""

from typing import Any, cast

from django import forms

from alarmdesk.lib.fields import Segmented, Switch
from alarmdesk.payments.models import Gateway

SECRETS = {
    Gateway.Kind.NMI: "security_key",
    Gateway.Kind.STRIPE: "secret_key",
}
"""Under which name each gateway's secret key is kept."""


def _secret(label: str, help_text: str) -> forms.CharField:
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    widget = forms.PasswordInput(attrs=attrs)
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=200, widget=widget)


class GatewayForm(forms.ModelForm):  # type: ignore[type-arg]
    """The company's account at the gateway (domain.md B6). A blank key keeps the one that is stored."""

    security_key = _secret("Security key", "")
    webhook_key = _secret("Webhook signing key", "")

    class Meta:
        model = Gateway
        fields = ["kind", "tokenization_key", "takes_cards", "takes_ach", "checks_duplicates", "emails_receipts"]
        labels = {
            "kind": "Gateway",
            "tokenization_key": "Tokenization key",
            "takes_cards": "Credit card processing enabled",
            "takes_ach": "ACH processing enabled",
            "checks_duplicates": "Let the gateway refuse equal charges made minutes apart",
            "emails_receipts": "Offer to e-mail a receipt with each payment",
        }
        widgets = {
            "kind": Segmented, "takes_cards": Switch, "takes_ach": Switch, "checks_duplicates": Switch,
            "emails_receipts": Switch,
        }  # fmt: skip
        help_texts = {
            "tokenization_key": "The public key for the card fields on our pages. Stripe calls it the publishable key.",
            "takes_cards": "Switched off, no card is charged or put on file.",
            "takes_ach": "Switched off, no bank account is charged or put on file.",
            "emails_receipts": "Email Receipt is then on to begin with, where the customer has an e-mail address.",
        }

    field_order = (
        "kind", "security_key", "tokenization_key", "webhook_key", "takes_cards", "takes_ach", "checks_duplicates",
        "emails_receipts",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.instance.credentials or {}
        self.has_key = bool(kept.get(SECRETS[Gateway.Kind(self.instance.kind)]))
        self.has_webhook_key = bool(kept.get("webhook_key"))
        key, hook = self.fields["security_key"], self.fields["webhook_key"]
        key.required = not self.has_key
        keeps = "Leave blank to keep the one on file. " if self.has_key else "It is stored encrypted. "
        key.help_text = f"{keeps}Stripe calls it the secret key."
        hook.help_text = (
            "Leave blank to keep the one on file."
            if self.has_webhook_key
            else "The gateway shows it where the webhook address is entered. Without it no news is taken."
        )
        self.fields["tokenization_key"].required = True
        kinds = cast("forms.ChoiceField", self.fields["kind"])
        kinds.choices = list(Gateway.Kind.choices)

    def save(self, commit: bool = True) -> Gateway:
        gateway: Gateway = self.instance
        told = {SECRETS[Gateway.Kind(gateway.kind)]: "security_key", "webhook_key": "webhook_key"}
        typed = {name: self.cleaned_data[box].strip() for name, box in told.items()}
        gateway.credentials = {**(gateway.credentials or {}), **{name: key for name, key in typed.items() if key}}
        gateway.name = gateway.get_kind_display()
        return cast("Gateway", super().save(commit))


class ItWasCharged(forms.Form):
    """The office has found the transaction in the merchant account's own pages."""

    external_id = forms.CharField(
        label="Transaction ID at the gateway",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    note = forms.CharField(label="How you know", max_length=200)


class ItWasNotMade(forms.Form):
    """The office has looked for the transaction in the merchant account's own pages, and it is not there."""

    note = forms.CharField(label="How you know", max_length=200)
