"""What does the office ask about methods, payments, Auto Pay and the gateway?"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, cast

from django import forms
from django.db.models import QuerySet

from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.forms.schedule import RecurringForm
from alarmdesk.lib.fields import Switch
from alarmdesk.payments.dunning import Bar, bars
from alarmdesk.payments.models import BillingMethod
from alarmdesk.payments.queries import processable

LONGEST_TOKEN = 200


class HostedForm(forms.Form):
    """What we take beside the gateway's own fields: their token, a name, and the payer's agreement."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_TOKEN, required=False)
    nickname = forms.CharField(label="Nickname", max_length=60, required=False)
    default = forms.BooleanField(label="Use as the default", required=False, widget=Switch)
    agreed = forms.BooleanField(error_messages={"required": "The authorization must be agreed to."})

    def __init__(self, *args: Any, agreement: str, **kwargs: Any) -> None:
        """`agreement` labels the box that says yes to the authorization."""
        super().__init__(*args, **kwargs)
        self.fields["agreed"].label = agreement
        self.fields["nickname"].widget.attrs["placeholder"] = "Business card"

    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"]
        if not token:
            raise forms.ValidationError("The card or account did not reach the gateway. Fill in its fields again.")
        return token


class ManualForm(forms.Form):
    """Manual billing: what it is called on this customer."""

    nickname = forms.CharField(
        label="Name", max_length=60, initial="Manual billing", help_text="For example “Check by mail”."
    )


class MethodChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The customer's methods that can be charged."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("queryset", BillingMethod.objects.none())
        options.setdefault("label", "Billing Method")
        super().__init__(**options)
        self.bars: Mapping[int, Bar] = {}

    def offer(self, methods: "QuerySet[BillingMethod, Any]", today: dt.date) -> None:
        """These methods; those that must not be charged today are marked with why."""
        self.bars, self.queryset = bars(methods, today), methods

    def label_from_instance(self, obj: BillingMethod) -> str:
        return named(obj, self.bars.get(obj.pk))


def named(method: BillingMethod, bar: Bar | None) -> str:
    """A method in a list of choices."""
    nickname, default = f" ({method.nickname})" if method.nickname else "", ", default" if method.is_default else ""
    return f"{method}{nickname}{default}{f', {bar.mark}' if bar else ''}"


class PayForm(forms.Form):
    """With what, and where the receipt goes (F53, F56). `amount` is what the page said would be charged."""

    amount = forms.DecimalField(widget=forms.HiddenInput, max_digits=12, decimal_places=2)
    method = MethodChoice(empty_label=None)
    email_receipt = forms.BooleanField(label="Email Receipt", required=False, widget=Switch)
    receipt_to = forms.EmailField(
        label="Send it to", required=False, max_length=254, help_text="Does not change the customer's own address."
    )

    def __init__(self, *args: Any, customer: Customer, amount: Decimal, today: dt.date, **kwargs: Any) -> None:
        """`amount` is what is due now; `today` decides which cards have expired."""
        methods = processable(customer, today)
        barred = bars(methods, today)
        initial = {
            "amount": amount,
            "method": next((method for method in methods if method.pk not in barred), None),
            "email_receipt": bool(customer.email),
            "receipt_to": customer.email,
            **(kwargs.pop("initial", None) or {}),
        }
        super().__init__(*args, **{**kwargs, "initial": initial})
        cast("MethodChoice", self.fields["method"]).offer(methods, today)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("email_receipt") and not said.get("receipt_to") and "receipt_to" not in self.errors:
            self.add_error("receipt_to", "Write where the receipt goes, or switch it off.")
        return said

    @property
    def sends_to(self) -> str:
        """The address of the receipt, "" for none."""
        return self.cleaned_data["receipt_to"] if self.cleaned_data["email_receipt"] else ""


class AutoPayRecurringForm(RecurringForm):
    """A recurring invoice with its Billing Method: choosing one enrols it in Auto Pay (F50, F51)."""

    extra: ClassVar[Sequence[str]] = ("billing_method", "email_on_attempt")

    billing_method = MethodChoice(
        required=False,
        empty_label="None: invoices are sent, not charged",
        help_text="Each invoice is charged to it on its due date.",
    )
    email_on_attempt = forms.BooleanField(label="Email On Attempted Processing", required=False, widget=Switch)

    def __init__(self, *args: Any, customer: Customer, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, customer=customer, today=today, **kwargs)
        cast("MethodChoice", self.fields["billing_method"]).offer(processable(customer, today), today)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("email_on_attempt"):
            if not said.get("billing_method"):
                self.add_error("email_on_attempt", "Choose a billing method first: only then is something processed.")
            elif not self.customer.email:
                self.add_error("email_on_attempt", "The customer has no e-mail address.")
        return said


class AutoPayForm(forms.Form):
    """What a recurring invoice is charged to from now on."""

    method = MethodChoice(empty_label="Choose a billing method")
    email_on_attempt = forms.BooleanField(label="Email On Attempted Processing", required=False, widget=Switch)

    def __init__(self, *args: Any, customer: Customer, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        cast("MethodChoice", self.fields["method"]).offer(processable(customer, today), today)

    def clean_email_on_attempt(self) -> bool:
        wanted: bool = self.cleaned_data["email_on_attempt"]
        if wanted and not self.customer.email:
            raise forms.ValidationError("The customer has no e-mail address.")
        return wanted
