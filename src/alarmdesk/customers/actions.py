"""How do leads and customers come to be, change, convert, leave and come back?

Every action works in the entered company; `at` is the instant and `by` the name of who does it. The search entry is
written in the same transaction as what it derives from.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, connection, transaction

from alarmdesk.company.entering import entered, entered_id
from alarmdesk.company.models import User
from alarmdesk.company.numbers import next_numbers
from alarmdesk.customers import pipeline, search
from alarmdesk.customers.models import Address, Customer, Phone
from alarmdesk.lib import phones as numbers
from alarmdesk.lib.money import ZERO

ACCOUNT_PREFIX = "C-"
FIRST_ACCOUNT = 10_000  # the series counts from 1: C-10001


class AccountNumberTaken(ValueError):
    """Another lead or customer of the company has the account number, in whatever case."""


class NameMissing(ValueError):
    """Neither a last name nor a business name was given."""


class NegativeSum(ValueError):
    """A rate or a fee below zero."""


class AlreadyACustomer(ValueError):
    """A lead was to be converted that is a customer."""


class StillALead(ValueError):
    """An account was to be cancelled or brought back that is a lead's."""


class AlreadyCancelled(ValueError):
    """The account is cancelled."""


class NotCancelled(ValueError):
    """An account was to be brought back that is not cancelled."""


@dataclass(frozen=True, slots=True)
class AddressData:
    """An address as it is entered: one of each kind at most."""

    street: str
    city: str = ""
    state: str = ""
    zip_code: str = ""
    street_2: str = ""
    kind: Address.Kind = Address.Kind.SERVICE


@dataclass(frozen=True, slots=True)
class PhoneData:
    """A telephone number in any format."""

    number: str
    kind: Phone.Kind = Phone.Kind.MOBILE


class Changes(TypedDict, total=False):
    """The fields of a customer that change_customer may write."""

    kind: Customer.Kind
    status: Customer.Status
    account_number: str
    first_name: str
    last_name: str
    business_name: str
    email: str
    mmr: Decimal
    activation_fee: Decimal
    activation_fee_paid: bool
    customer_since: dt.date | None
    sales_rep: User | None
    note: str
    no_reminders: bool


def add_customer(
    *,
    at: dt.datetime,
    by: str,
    stage: Customer.Stage = Customer.Stage.CUSTOMER,
    kind: Customer.Kind = Customer.Kind.PERSON,
    first_name: str = "",
    last_name: str = "",
    business_name: str = "",
    email: str = "",
    mmr: Decimal = ZERO,
    activation_fee: Decimal = ZERO,
    activation_fee_paid: bool = False,
    account_number: str = "",
    addresses: Sequence[AddressData] = (),
    phones: Sequence[PhoneData] = (),
    status: Customer.Status = Customer.Status.ACTIVE,
    customer_since: dt.date | None = None,
    sales_rep: User | None = None,
    note: str = "",
    no_reminders: bool = False,
) -> Customer:
    """A new lead or customer; without an account number it gets the next free one of the series (C-10001 …).

    Raises NameMissing, NegativeSum, AccountNumberTaken, BadPhone.
    """
    customer = Customer(
        stage=stage, kind=kind, status=status, account_number=account_number.strip(), first_name=first_name.strip(),
        last_name=last_name.strip(), business_name=business_name.strip(), email=email.strip(), mmr=mmr,
        activation_fee=activation_fee, activation_fee_paid=activation_fee_paid, customer_since=customer_since,
        sales_rep=sales_rep, note=note, no_reminders=no_reminders, created_at=at, created_by=by,
    )  # fmt: skip
    _check(customer)
    return _save_whole(customer, addresses, phones)


def _save_whole(customer: Customer, addresses: Sequence[AddressData], phones: Sequence[PhoneData]) -> Customer:
    """Write a new customer with all that belongs to them, or nothing."""
    with transaction.atomic():
        wanted = _normal(phones)
        if customer.account_number:
            _save(customer)
        else:
            _save_with_next_number(customer)
        Address.objects.bulk_create(Address(customer=customer, **_columns(address)) for address in addresses)
        Phone.objects.bulk_create(Phone(customer=customer, number=number, kind=wanted[number]) for number in wanted)
        search.refresh([customer.pk])
        if customer.is_lead:
            pipeline.begin([customer.pk], expected=[customer.mmr], at=customer.created_at)
    return customer


def change_customer(
    customer: Customer,
    *,
    addresses: Sequence[AddressData] | None = None,
    phones: Sequence[PhoneData] | None = None,
    **changes: Unpack[Changes],
) -> Customer:
    """Write what is given and leave the rest; `addresses` and `phones` are all that remain. Who did it and when is in
    the trail. Raises NameMissing, NegativeSum, AccountNumberTaken, BadPhone; AlreadyCancelled for a status of a
    cancelled account, which `cancel` and `reinstate` decide.
    """
    if "status" in changes and Customer.Status.CANCELLED in (changes["status"], customer.status):
        raise AlreadyCancelled("Cancel the account or bring it back; its status cannot just be changed.")
    for field, value in changes.items():
        setattr(customer, field, value.strip() if isinstance(value, str) else value)
    _check(customer)
    with transaction.atomic():
        if changes:
            _save(customer, update_fields=list(changes))
        if addresses is not None:
            _keep_addresses(customer, addresses)
        if phones is not None:
            _keep_phones(customer, _normal(phones))
        search.refresh([customer.pk])
    return customer


def convert_lead(
    customer: Customer, *, at: dt.datetime, by: str, status: Customer.Status = Customer.Status.PENDING
) -> Customer:
    """The lead bought: from today on it is a customer, to be installed as a rule, and its opportunity is won.

    Raises AlreadyACustomer.
    """
    with transaction.atomic():
        lead = _locked(customer)
        if not lead.is_lead:
            raise AlreadyACustomer(f"{lead.name} is a customer already.")
        lead.stage, lead.status = Customer.Stage.CUSTOMER, status
        lead.customer_since = entered().local_date(at)
        lead.converted_at, lead.converted_by = at, by
        lead.save(update_fields=["stage", "status", "customer_since", "converted_at", "converted_by"])
        pipeline.win(lead, at=at)
    return _told(customer, lead)


def cancel(customer: Customer, *, on: dt.date, by: str) -> Customer:
    """The customer leaves on a date. What the rooms above bill goes on until it is ended there.

    Raises StillALead, AlreadyCancelled.
    """
    with transaction.atomic():
        leaving = _locked(customer)
        if leaving.is_lead:
            raise StillALead(f"{leaving.name} is a lead; there is no account to cancel.")
        if leaving.status == Customer.Status.CANCELLED:
            raise AlreadyCancelled(f"{leaving.name} is cancelled already.")
        leaving.status, leaving.cancelled_on, leaving.cancelled_by = Customer.Status.CANCELLED, on, by
        leaving.save(update_fields=["status", "cancelled_on", "cancelled_by"])
    return _told(customer, leaving)


def reinstate(customer: Customer) -> Customer:
    """A cancelled customer is back and active; the trail keeps when. Raises NotCancelled."""
    with transaction.atomic():
        back = _locked(customer)
        if back.status != Customer.Status.CANCELLED:
            raise NotCancelled(f"{back.name} is not cancelled.")
        back.status, back.cancelled_on, back.cancelled_by = Customer.Status.ACTIVE, None, ""
        back.save(update_fields=["status", "cancelled_on", "cancelled_by"])
    return _told(customer, back)


def _check(customer: Customer) -> None:
    if not customer.last_name and not customer.business_name:
        raise NameMissing("Give a last name or a business name.")
    if customer.mmr < 0 or customer.activation_fee < 0:
        raise NegativeSum("A rate or a fee is never below zero.")


def _save(customer: Customer, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            customer.save(update_fields=update_fields)
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", "") != "customers_account_number_once":
            raise
        raise AccountNumberTaken(f"Account number {customer.account_number} is taken.") from error


def _save_with_next_number(customer: Customer) -> None:
    (number,) = next_numbers("account")
    while True:
        customer.account_number = f"{ACCOUNT_PREFIX}{FIRST_ACCOUNT + number}"
        try:
            return _save(customer)
        except AccountNumberTaken:  # typed or imported before; rare, so only now it costs a look at all numbers
            number = next_numbers("account", _first_free_after(number) - number)[-1]


def _first_free_after(number: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with taken as (
                select distinct substr(account_number, 3)::bigint - %(first)s as n from customers_customer
                where company_id = %(company)s and account_number ~* %(ours)s
            )
            select min(free) from (
                select %(after)s + 1 as free union all select n + 1 from taken where n > %(after)s
            ) candidates
            where free not in (select n from taken)
            """,
            # longer digits are no number of ours and would not fit
            {"first": FIRST_ACCOUNT, "company": entered_id(), "after": number, "ours": r"^C-[1-9]\d{0,14}$"},
        )
        free: int = cursor.fetchone()[0]
    return free


def _normal(phones: Sequence[PhoneData]) -> dict[str, str]:
    """E.164 -> kind, each number once."""
    return {numbers.normal(phone.number): phone.kind for phone in phones if phone.number.strip()}


def _columns(address: AddressData) -> dict[str, str]:
    names = ("kind", "street", "street_2", "city", "state", "zip_code")
    return {name: getattr(address, name).strip() for name in names}


def _keep_addresses(customer: Customer, addresses: Sequence[AddressData]) -> None:
    """Rows that stay are updated only where they differ, so that History tells what changed."""
    held = {address.kind: address for address in Address.objects.filter(customer=customer)}
    for wanted in addresses:
        columns = _columns(wanted)
        row = held.pop(columns["kind"], None)
        if row is None:
            Address.objects.create(customer=customer, **columns)
        elif any(getattr(row, name) != value for name, value in columns.items()):
            Address.objects.filter(pk=row.pk).update(**columns)
    Address.objects.filter(pk__in=[row.pk for row in held.values()]).delete()


def _keep_phones(customer: Customer, wanted: dict[str, str]) -> None:
    held = {phone.number: phone for phone in Phone.objects.filter(customer=customer)}
    for number, kind in wanted.items():
        if number not in held:
            Phone.objects.create(customer=customer, number=number, kind=kind)
        elif held[number].kind != kind:
            Phone.objects.filter(pk=held[number].pk).update(kind=kind)
    Phone.objects.filter(pk__in=[row.pk for number, row in held.items() if number not in wanted]).delete()


def _locked(customer: Customer) -> Customer:
    return entered().customers.select_for_update(of=("self",)).get(pk=customer.pk)


def _told(customer: Customer, changed: Customer) -> Customer:
    """Let the row in the caller's hand say the same as the one that was locked and written."""
    for field in ("stage", "status", "customer_since", "converted_at", "converted_by", "cancelled_on", "cancelled_by"):
        setattr(customer, field, getattr(changed, field))
    return customer
