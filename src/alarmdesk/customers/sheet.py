"""How do one customer's fields, addresses and phones make one form? All values typed stay, whatever is asked next.

Adding or removing a phone, or opening the billing address, is a POST too: the same sheet comes back with what was
typed and without errors, so that it works without JavaScript.
"""

import datetime as dt
from typing import Any

from django import forms
from django.http import QueryDict

from alarmdesk.company.models import Company
from alarmdesk.customers.actions import AddressData, PhoneData
from alarmdesk.customers.forms import AddressForm, CustomerForm, PhoneForm
from alarmdesk.customers.models import Address, Customer, Phone
from alarmdesk.lib.versions import Version

MOST_PHONES = 10
RESHAPES = ("add_phone", "remove_phone", "toggle_billing", "look_alike")


class CustomerSheet:
    """All of a lead or customer on one form. `data` is what was posted, None for a fresh form."""

    def __init__(
        self,
        company: Company,
        *,
        stage: str,
        today: dt.date,
        customer: Customer | None = None,
        data: QueryDict | None = None,
    ) -> None:
        self.customer = customer
        self.data = data
        self.is_bound = data is not None and not any(name in data for name in RESHAPES)
        held = {"customer_since": today} if customer is None else _held(customer)
        about = {"company": company, "stage": stage, "customer": customer}
        self.main: Any = self._form(CustomerForm, None, held, **about)
        self.service: Any = self._form(AddressForm, "service", _address(customer, Address.Kind.SERVICE))
        self.billing: Any = self._form(AddressForm, "billing", _address(customer, Address.Kind.BILLING))
        self.billing.is_wanted = True
        self.phones = self._phone_forms()
        self._place_the_cursor()

    @property
    def is_billing_same(self) -> bool:
        """Whether bills go to the service address."""
        return bool(self.main["billing_same"].value())

    @property
    def can_add_phone(self) -> bool:
        return len(self.phones) < MOST_PHONES

    def is_valid(self) -> bool:
        """Whether it was sent to be saved and every field is right."""
        parts = [self.main, self.service, *self.phones, *([] if self.is_billing_same else [self.billing])]
        # every part is asked, so that all errors show at once
        return self.is_bound and not [part for part in parts if not part.is_valid()]

    def facts(self) -> dict[str, Any]:
        """The keywords of add_customer and change_customer."""
        facts = dict(self.main.cleaned_data)
        facts["addresses"] = self._addresses(is_same=facts.pop("billing_same"))
        facts["phones"] = [
            PhoneData(form.cleaned_data["number"], form.cleaned_data["kind"])
            for form in self.phones
            if form.cleaned_data["number"]
        ]
        return facts

    @property
    def shares(self) -> dict[str, Any]:
        """The keywords of duplicates.alike, of what has been typed so far: right or wrong."""
        forms_ = [self.service] if self.is_billing_same else [self.service, self.billing]
        names = ("street", "street_2", "city", "zip_code")
        return {
            "email": str(self.main["email"].value() or ""),
            "numbers": [str(form["number"].value() or "") for form in self.phones],
            "places": [tuple(str(form[name].value() or "") for name in names) for form in forms_],
        }

    def _addresses(self, *, is_same: bool) -> list[AddressData]:
        service = self.service.data_of(Address.Kind.SERVICE)
        billing = None if is_same else self.billing.data_of(Address.Kind.BILLING)
        return [address for address in (service, billing) if address]

    def _form(self, form: type[forms.Form], prefix: str | None, held: dict[str, Any], **about: Any) -> Any:
        if self.is_bound:
            return form(self.data, prefix=prefix, **about)
        initial = held if self.data is None else _typed(form, self.data, prefix)
        return form(initial=initial, prefix=prefix, **about)

    def _phone_forms(self) -> list[Any]:
        if self.data is None:
            held = [] if self.customer is None else list(self.customer.phones.order_by("pk"))
            rows: list[dict[str, Any]] = [{"kind": phone.kind, "number": str(phone)} for phone in held] or [{}]
            return [PhoneForm(initial=row, prefix=f"phone-{n}") for n, row in enumerate(rows)]
        count = _count(self.data.get("phones", ""))
        if self.is_bound:
            return [PhoneForm(self.data, prefix=f"phone-{n}") for n in range(count)]
        rows = [_typed(PhoneForm, self.data, f"phone-{n}") for n in range(count)]
        gone = self.data.get("remove_phone", "")
        rows = [row for n, row in enumerate(rows) if str(n) != gone]
        if "add_phone" in self.data and len(rows) < MOST_PHONES:
            rows.append({"kind": Phone.Kind.MOBILE})
        return [PhoneForm(initial=row, prefix=f"phone-{n}") for n, row in enumerate(rows or [{}])]

    def _place_the_cursor(self) -> None:
        """In the row that was just added."""
        if self.data is None or self.is_bound:
            return
        if "add_phone" in self.data:
            self.phones[-1].fields["number"].widget.attrs["autofocus"] = True
        elif "toggle_billing" in self.data:
            name, form = ("billing_same", self.main) if self.is_billing_same else ("street", self.billing)
            form.fields[name].widget.attrs["autofocus"] = True


def version_of(company: Company, customer: Customer, *, today: dt.date, posted: QueryDict) -> Version:
    """What the customer's row, addresses and phones say now, against what the sheet had shown."""
    held = CustomerSheet(company, stage=customer.stage, today=today, customer=customer)
    parts = {"": held.main, "Service address": held.service, "Billing address": held.billing}
    parts |= {f"Phone {n}": form for n, form in enumerate(held.phones, 1)}
    # a field or not: whether the account is cancelled decides over the field
    also = {} if "status" in held.main.fields else {"Status": customer.status}
    return Version(parts, posted, also)


def _held(customer: Customer) -> dict[str, Any]:
    names = set(CustomerForm.base_fields) - {"billing_same", "sales_rep"}
    held = {name: getattr(customer, name) for name in names}
    return held | {
        "sales_rep": customer.sales_rep_id,
        "billing_same": customer.address(Address.Kind.BILLING) is None,
    }


def _address(customer: Customer | None, kind: Address.Kind) -> dict[str, Any]:
    address = customer.address(kind) if customer else None
    return {name: getattr(address, name) for name in AddressForm.base_fields} if address else {}


def _typed(form: type[forms.Form], data: QueryDict, prefix: str | None) -> dict[str, Any]:
    """What was posted, unchecked, as the initial values of a fresh form."""
    before = f"{prefix}-" if prefix else ""
    typed: dict[str, Any] = {}
    for name, field in form.base_fields.items():
        text = data.get(before + name, "")
        typed[name] = bool(text) if isinstance(field, forms.BooleanField) else text
    return typed


def _count(text: str) -> int:
    return min(int(text), MOST_PHONES) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
