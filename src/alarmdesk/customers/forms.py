"""What does one type to enter a lead or a customer? The person or business, two addresses, any number of phones."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from alarmdesk.company.models import Company, User
from alarmdesk.customers import places
from alarmdesk.customers.actions import AddressData
from alarmdesk.customers.models import Address, Customer, Phone
from alarmdesk.lib import phones
from alarmdesk.lib.amounts import Amount
from alarmdesk.lib.fields import DateInput, MoneyInput, PhoneInput, Segmented
from alarmdesk.lib.money import ZERO


class Dollars(Amount):
    """A sum that is not negative, typed with or without $ and commas; nothing typed is 0.00."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            says="Write a number, such as 39.95.", max_digits=10, decimal_places=2, min_value=ZERO, required=False,
            widget=MoneyInput(), **kwargs,
        )  # fmt: skip
        self.error_messages["min_value"] = "This is never below zero."

    def to_python(self, value: Any) -> Any:
        amount = super().to_python(value)
        return ZERO if amount is None else amount


class CustomerForm(forms.Form):
    """The customer's own fields. A lead has no status and no date since when; a cancelled one keeps its status."""

    kind = forms.ChoiceField(choices=Customer.Kind.choices, widget=Segmented, initial=Customer.Kind.PERSON)
    first_name = forms.CharField(max_length=80, required=False)
    last_name = forms.CharField(max_length=80, required=False)
    business_name = forms.CharField(max_length=160, required=False)
    email = forms.EmailField(
        label="E-mail", required=False, error_messages={"invalid": "Write an e-mail address, like dana@example.com."}
    )
    account_number = forms.CharField(max_length=40, required=False)
    status = forms.ChoiceField()
    customer_since = forms.DateField(required=False, widget=DateInput())
    sales_rep = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody")
    mmr = Dollars(label="Monthly monitoring rate (MMR)")
    activation_fee = Dollars()
    activation_fee_paid = forms.BooleanField(label="The activation fee is paid", required=False)
    no_reminders = forms.BooleanField(label="No payment reminders", required=False)
    note = forms.CharField(max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    billing_same = forms.BooleanField(
        label="The billing address is the same as the service address", required=False, initial=True
    )

    def __init__(self, *args: Any, company: Company, stage: str, customer: Customer | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if stage == Customer.Stage.LEAD:
            del self.fields["customer_since"]
            del self.fields["no_reminders"]
        if stage == Customer.Stage.LEAD or (customer and customer.is_cancelled):
            del self.fields["status"]
        else:
            self._choose("status", [choice for choice in Customer.Status.choices if choice[0] != "cancelled"])
        self._choose("sales_rep", sales_reps(company, customer))
        if customer is None:
            self.fields["account_number"].help_text = "Leave it blank for the next number."
        else:
            self.fields["account_number"].required = True

    def _choose(self, name: str, among: Any) -> None:
        field: Any = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = among
        else:
            field.choices = among

    def clean(self) -> dict[str, Any]:
        """A person has a last name, a business a name; one of them is enough."""
        given: dict[str, Any] = super().clean() or {}
        is_named = given.get("last_name") or given.get("business_name")
        if not is_named and not {"last_name", "business_name"} & set(self.errors):
            is_business = given.get("kind") == Customer.Kind.BUSINESS
            self.add_error("business_name" if is_business else "last_name", "Give a last name or a business name.")
        return given


class AddressForm(forms.Form):
    """One address; left empty altogether it is none."""

    street = forms.CharField(max_length=160, required=False)
    street_2 = forms.CharField(label="Apartment, suite", max_length=80, required=False)
    city = forms.CharField(max_length=80, required=False)
    state = forms.CharField(max_length=2, required=False)
    zip_code = forms.CharField(label="ZIP code", max_length=10, required=False)
    is_wanted = False

    def clean_state(self) -> str:
        return _checked(places.state, places.BadState, self.cleaned_data["state"])

    def clean_zip_code(self) -> str:
        return _checked(places.zip_code, places.BadZip, self.cleaned_data["zip_code"])

    def clean(self) -> dict[str, Any]:
        """Whatever is typed of an address needs its street."""
        given: dict[str, Any] = super().clean() or {}
        if not given.get("street") and "street" not in self.errors and (self.is_wanted or any(given.values())):
            self.add_error("street", "Write the street and house number.")
        return given

    def data_of(self, kind: Address.Kind) -> AddressData | None:
        """The address as typed and checked, or None."""
        return AddressData(kind=kind, **self.cleaned_data) if self.cleaned_data["street"] else None


class PhoneForm(forms.Form):
    """One telephone number; an empty row is none."""

    kind = forms.ChoiceField(choices=Phone.Kind.choices, initial=Phone.Kind.MOBILE)
    number = forms.CharField(max_length=40, required=False, widget=PhoneInput())

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        return _checked(phones.normal, phones.BadPhone, number) if number else ""


class ConvertForm(forms.Form):
    """What a lead becomes."""

    status = forms.ChoiceField(
        label="Status from now on",
        choices=[(status.value, status.label) for status in (Customer.Status.PENDING, Customer.Status.ACTIVE)],
        widget=Segmented,
        initial=Customer.Status.PENDING,
    )


def _checked(rule: Callable[[str], str], error: type[ValueError], text: str) -> str:
    """The rule's answer, its refusal as the field's error."""
    try:
        return rule(text)
    except error as refusal:
        raise forms.ValidationError(str(refusal)) from refusal


def sales_reps(company: Company, customer: Customer | None) -> QuerySet[User]:
    """The company's staff, and whoever sold to this customer and has left since."""
    here = Q(pk__in=company.staff.filter(left_at=None).values("user"))
    if customer is not None and customer.sales_rep_id:
        here |= Q(pk=customer.sales_rep_id)
    return User.objects.filter(here).order_by("name", "email")
