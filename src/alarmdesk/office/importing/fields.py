"""What can a column of a file be? The fields of an import, in the order in which a page offers them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from alarmdesk.customers.models import Customer
from alarmdesk.lib.recurrence import Unit
from alarmdesk.office.importing import cells

METHODS = ("manual", "test-card", "test-ach", "card", "ach")
OFTEN_TRANSLATED = frozenset(("recurring_times", "term", "auto_pay", "email_on_generation"))
OFTEN_CONSTANT = OFTEN_TRANSLATED | {"recurring_every", "next_invoice_on", "customer_since", "service_city"}
HINTS = {
    "recurring_times": "a number, 60 months, or until ended",
    "next_invoice_on": "a date, or first of next month",
    "auto_pay": "yes · no",
    "email_on_generation": "yes · no",
    "term": "one of your terms, like Net 15",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a row can say. `read` turns the text of a cell into the value, or raises cells.Unreadable."""

    code: str
    label: str
    group: str
    read: Callable[[str], Any]
    choices: tuple[str, ...] = ()

    @property
    def is_translated(self) -> bool:
        """Do other systems say it in words of their own?"""
        return bool(self.choices) or self.code in OFTEN_TRANSLATED

    @property
    def is_constant(self) -> bool:
        """May all rows of a file have the same?"""
        return bool(self.choices) or self.code in OFTEN_CONSTANT

    @property
    def hint(self) -> str:
        """What it may be, for a page."""
        return HINTS.get(self.code) or " · ".join(self.choices)


def _choice(options: dict[str, str]) -> Callable[[str], str]:
    """Reads one of the codes, or its label, in any case."""
    known = {code.lower(): code for code in options} | {label.lower(): code for code, label in options.items()}

    def read(value: str) -> str:
        code = known.get(value.lower())
        if code is None:
            raise cells.Unreadable(f"This must be one of: {', '.join(options)}.")
        return code

    return read


def _unit(value: str) -> Unit:
    try:
        return Unit(value.lower().removesuffix("s"))
    except ValueError:
        raise cells.Unreadable(f"This must be one of: {', '.join(Unit)}.") from None


def _text(longest: int) -> Callable[[str], str]:
    return partial(cells.text, longest=longest)


def _chosen(code: str, label: str, group: str, options: dict[str, str]) -> Field:
    return Field(code, label, group, _choice(options), tuple(options))


def _address(kind: str) -> list[Field]:
    group = f"{kind.capitalize()} address"
    return [
        Field(f"{kind}_street", "Street", group, _text(160)),
        Field(f"{kind}_street_2", "Apartment, suite", group, _text(80)),
        Field(f"{kind}_city", "City", group, _text(80)),
        Field(f"{kind}_state", "State", group, cells.state),
        Field(f"{kind}_zip", "ZIP code", group, cells.zip_code),
    ]


FIELDS = [
    Field("account_number", "Account number", "Customer", _text(40)),
    Field("first_name", "First name", "Customer", _text(80)),
    Field("last_name", "Last name", "Customer", _text(80)),
    Field("business_name", "Business name", "Customer", _text(160)),
    _chosen("kind", "Residential or commercial", "Customer", dict(Customer.Kind.choices)),
    _chosen("stage", "Lead or customer", "Customer", dict(Customer.Stage.choices)),
    _chosen("status", "Status", "Customer", dict(Customer.Status.choices)),
    Field("email", "E-mail", "Customer", cells.email),
    Field("phone_mobile", "Mobile phone", "Customer", cells.phone),
    Field("phone_home", "Home phone", "Customer", cells.phone),
    Field("phone_work", "Work phone", "Customer", cells.phone),
    Field("mmr", "Monthly monitoring rate", "Customer", cells.money),
    Field("activation_fee", "Activation fee", "Customer", cells.money),
    Field("customer_since", "Customer since", "Customer", cells.date),
    Field("cancelled_on", "Cancelled on", "Customer", cells.date),
    Field("months_of_service", "Months of service (instead of Customer since)", "Customer",
          partial(cells.whole, least=0, most=1200)),
    Field("note", "Note", "Customer", partial(cells.paragraph, longest=4000)),
    *_address("service"),
    *_address("billing"),
    Field("recurring_amount", "Amount", "Recurring invoice", cells.money),
    Field("recurring_every", "Recur every", "Recurring invoice", partial(cells.whole, least=1, most=999)),
    Field("recurring_unit", "Unit", "Recurring invoice", _unit, tuple(Unit)),
    Field("recurring_times", "Times to recur", "Recurring invoice", cells.times),
    Field("next_invoice_on", "Next invoice date", "Recurring invoice", cells.date),
    Field("term", "Term", "Recurring invoice", _text(60)),
    Field("email_on_generation", "E-mail on invoice generation", "Recurring invoice", cells.yes_or_no),
    _chosen("billing_method", "Billing method", "Billing", {code: code for code in METHODS}),
    Field("vault_id", "Vault reference", "Billing", _text(60)),
    Field("brand", "Card brand", "Billing", _text(30)),
    Field("last_four", "Last four digits", "Billing", cells.last_four),
    Field("expires", "Expires", "Billing", cells.expiry),
    Field("auto_pay", "Auto Pay", "Billing", cells.yes_or_no),
]  # fmt: skip
BY_CODE = {field.code: field for field in FIELDS}
DATES = frozenset(("customer_since", "cancelled_on", "next_invoice_on"))
REQUIRED = ("account_number",)
