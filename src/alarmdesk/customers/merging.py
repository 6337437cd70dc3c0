"""Of two records of one customer, what does the one say that is kept, and where does the other lead (decision 47)?

What this room keeps of a record's face: its fields, its addresses, its phones. What hangs on it in every room is moved
from above (office/merging), between `begin` and `close`.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from alarmdesk.company.entering import entered
from alarmdesk.customers import search
from alarmdesk.customers.models import Address, Customer, Merge, Phone, SearchEntry
from alarmdesk.lib.furniture import day, money


@dataclass(frozen=True, slots=True)
class Question:
    """Columns of which only one record's can stay, and what they are called."""

    code: str
    label: str
    columns: tuple[str, ...] = ()
    place: str = ""


QUESTIONS = (
    Question("name", "Name", ("kind", "first_name", "last_name", "business_name")),
    Question("account_number", "Account number", ("account_number",)),
    Question("email", "E-mail", ("email",)),
    Question("status", "Status", ("status", "cancelled_on", "cancelled_by")),
    Question("service", "Service address", place=Address.Kind.SERVICE),
    Question("billing", "Billing address", place=Address.Kind.BILLING),
    Question("mmr", "MMR", ("mmr",)),
    Question("activation_fee", "Activation fee", ("activation_fee", "activation_fee_paid")),
    Question("customer_since", "Customer since", ("customer_since",)),
    Question("sales_rep", "Sales rep", ("sales_rep",)),
    Question("no_reminders", "Payment reminders", ("no_reminders",)),
    Question("note", "Note", ("note",)),
)

# a lead has no say in these
OF_CUSTOMERS = frozenset({"status", "customer_since", "no_reminders"})


@dataclass(frozen=True, slots=True)
class Choice:
    """A question on which the two records differ: what each says, as a person reads it, and whether the record that
    goes is the better guess.
    """

    code: str
    label: str
    kept: str
    gone: str
    prefers_gone: bool


def choices(kept: Customer, gone: Customer) -> list[Choice]:
    """Where the two differ. Whatever only one of them says is offered; and a wish for no reminders."""
    found = []
    for question in QUESTIONS:
        if _values(kept, question) == _values(gone, question) or (gone.is_lead and question.code in OF_CUSTOMERS):
            continue
        said, other = _told(kept, question), _told(gone, question)
        prefers_gone = (not said and bool(other)) or (question.code == "no_reminders" and gone.no_reminders)
        # a cancelled account is billed by nothing: the two are one who is a customer still
        prefers_gone = prefers_gone or (question.code == "status" and kept.is_cancelled and not gone.is_cancelled)
        found.append(Choice(question.code, question.label, said, other, prefers_gone))
    return found


def shown_as(kept: Customer, gone: Customer) -> str:
    """What the two records said when somebody chose between them, as one short word: it changes when they do."""
    said = [f"{ask.code} {value}" for one in (kept, gone) for ask in QUESTIONS for value in _values(one, ask)]
    said += [f"{one.pk} {one.stage}" for one in (kept, gone)]
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:32]


def begin(kept: Customer, gone: Customer, *, moved: Mapping[str, int], at: dt.datetime, by: str) -> Merge:
    """Say that the two are one, so that rows that never change may follow. `moved`: how many of each kind."""
    return Merge.objects.create(
        customer=kept, merged_id=gone.pk, name=gone.name, account_number=gone.account_number, moved=dict(moved),
        merged_at=at, merged_by=by,
    )  # fmt: skip


def close(kept: Customer, gone: Customer, *, of_gone: Collection[str]) -> None:
    """Once all else has moved: phones of both, the addresses and fields of which `of_gone` names those of the record
    that goes, and that record is no more. Anything that still hangs on it makes PostgreSQL refuse the whole.
    """
    chosen = [question for question in QUESTIONS if question.code in of_gone]
    values = {column: getattr(gone, column) for question in chosen for column in question.columns}
    had = Phone.objects.filter(customer=kept).values("number")
    _drop(Phone.objects.filter(customer=gone, number__in=had))
    Phone.objects.filter(customer=gone).update(customer=kept)
    for question in chosen:
        if question.place:
            _drop(Address.objects.filter(customer=kept, kind=question.place))
            Address.objects.filter(customer=gone, kind=question.place).update(customer=kept)
    _drop(Address.objects.filter(customer=gone))
    _drop(SearchEntry.objects.filter(customer=gone))
    # not `delete`: that would take along what a room forgot to move
    _drop(Customer.objects.filter(pk=gone.pk))
    for column, value in values.items():
        setattr(kept, column, value)
    if values:
        kept.save(update_fields=list(values))
    search.refresh([kept.pk])


def kept_of(pk: int) -> Customer | None:
    """Whom the number of a merged record leads to, in the entered company."""
    merge = entered().merges.select_related("customer").filter(merged_id=pk).first()
    return merge.customer if merge else None


def _drop(rows: Any) -> None:
    rows._raw_delete(rows.db)


def _values(customer: Customer, question: Question) -> tuple[Any, ...]:
    if question.place:
        address = customer.address(question.place)
        names = ("street", "street_2", "city", "state", "zip_code")
        return tuple(getattr(address, name) for name in names) if address else ()
    return tuple(getattr(customer, f"{column}_id" if column == "sales_rep" else column) for column in question.columns)


def _told(customer: Customer, question: Question) -> str:
    """The record's answer as a person reads it; "" for none."""
    if question.place:
        address = customer.address(question.place)
        return address.one_line if address else ""
    tell = IN_WORDS.get(question.code)
    return tell(customer) if tell else str(getattr(customer, question.columns[0]))


def _status(customer: Customer) -> str:
    ended = f", {day(customer.cancelled_on)}" if customer.cancelled_on else ""
    return f"{customer.get_status_display()}{ended}"


def _activation_fee(customer: Customer) -> str:
    paid = " (paid)" if customer.activation_fee_paid else ""
    return f"{money(customer.activation_fee)}{paid}" if customer.activation_fee else ""


IN_WORDS: Mapping[str, Callable[[Customer], str]] = MappingProxyType(
    {
        "name": lambda one: f"{one.name} ({one.get_kind_display()})",
        "status": _status,
        "mmr": lambda one: money(one.mmr) if one.mmr else "",
        "activation_fee": _activation_fee,
        "customer_since": lambda one: day(one.customer_since) if one.customer_since else "",
        "sales_rep": lambda one: one.sales_rep.get_full_name() if one.sales_rep else "",
        "no_reminders": lambda one: "None wanted" if one.no_reminders else "As usual",
    }
)
