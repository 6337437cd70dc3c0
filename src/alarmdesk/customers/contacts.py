"""Who stands on a customer's call list, in which order, and who has seen their passcodes (F28, domain.md E7)?"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Contact, ContactPhone, Customer
from alarmdesk.lib import phones as numbers


class NoPasscode(ValueError):
    """There is none to show, or a duress contact would be left without one."""


class PasscodeTaken(ValueError):
    """A duress code that somebody else on the list uses too would send help at every call, or at none."""


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What is written of a contact, all but its passcode and phones."""

    name: str
    relation: str = ""
    email: str = ""
    language: str = Contact.Language.ENGLISH
    may_cancel: bool = False
    may_test: bool = False
    may_edit: bool = False
    may_ask: bool = False
    is_key_holder: bool = False
    is_verifier: bool = False
    is_duress: bool = False


FACTS = tuple(field.name for field in fields(ContactFacts))


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """A number of a contact's, in any format."""

    number: str
    kind: str = ContactPhone.Kind.MOBILE


def call_list(customer: Customer) -> QuerySet[Contact]:
    """The customer's contacts in order, with their phones; no passcode is opened, `has_passcode` says where one is."""
    rows = customer.contacts.defer("passcode").annotate(has_passcode=~Q(passcode=""))
    return rows.order_by("position", "pk").prefetch_related("phones")


def add_contact(
    *,
    customer: Customer,
    facts: ContactFacts,
    phones: Sequence[PhoneFacts],
    passcode: str = "",
    at: dt.datetime,
    by: str,
) -> Contact:
    """One more contact, the last of the list (F28). Raises NoPasscode, PasscodeTaken, BadPhone."""
    with transaction.atomic():
        _hold(customer)
        contact = Contact(
            customer=customer, position=customer.contacts.count() + 1, passcode=_sealed(passcode), added_at=at,
            added_by=by, **asdict(facts),
        )  # fmt: skip
        _check(contact, passcode)
        contact.save()
        _keep_phones(contact, phones)
    return contact


def change_contact(
    contact: Contact, facts: ContactFacts, *, phones: Sequence[PhoneFacts], passcode: str | None = None
) -> Contact:
    """Write what differs; `phones` are all that remain. `passcode=None` leaves the passcode, "" takes it away.

    Raises NoPasscode, PasscodeTaken, BadPhone.
    """
    with transaction.atomic():
        _hold(contact.customer)
        held = entered().contacts.get(pk=contact.pk)
        before = str(held.passcode.get("code", ""))
        changed = [name for name in FACTS if getattr(held, name) != getattr(facts, name)]
        for name in changed:
            setattr(held, name, getattr(facts, name))
        if passcode is not None and passcode.strip() != before:
            held.passcode = _sealed(passcode)
            changed.append("passcode")
        _check(held, str(held.passcode.get("code", "")))
        if changed:
            held.save(update_fields=changed)
        _keep_phones(held, phones)
    return held


def remove_contact(contact: Contact) -> None:
    """Take somebody off the list; whoever stood below moves up."""
    with transaction.atomic():
        _hold(contact.customer)
        held = entered().contacts.defer("passcode").get(pk=contact.pk)
        held.delete()
        entered().contacts.filter(customer=contact.customer_id, position__gt=held.position).update(
            position=F("position") - 1
        )


def move_contact(contact: Contact, place: int) -> int:
    """Let somebody be called at this place, from 1; the others close up. The place, which is the last where there are
    fewer than that.
    """
    with transaction.atomic():
        _hold(contact.customer)
        rows = list(entered().contacts.filter(customer=contact.customer_id).order_by("position").only("pk", "position"))
        moved = next(row for row in rows if row.pk == contact.pk)
        rows.remove(moved)
        rows.insert(min(max(place, 1) - 1, len(rows)), moved)
        for position, row in enumerate(rows, 1):
            if row.position != position:
                entered().contacts.filter(pk=row.pk).update(position=position)
        return rows.index(moved) + 1


def show_passcode(contact: Contact, *, at: dt.datetime, by: str) -> str:
    """The passcode in clear, for a person to read out of it whether a caller knows it; the trail keeps who saw it.

    Raises NoPasscode, Unsealable.
    """
    held = entered().contacts.get(pk=contact.pk)
    if not held.passcode:
        raise NoPasscode(f"{held.name} has no passcode.")
    held.passcode_shown_at, held.passcode_shown_by = at, by
    held.save(update_fields=["passcode_shown_at", "passcode_shown_by"])
    return str(held.passcode["code"])


def _hold(customer: Customer) -> None:
    """Whoever changes the same list at the same time waits here, so that nobody gets a place twice."""
    entered().customers.select_for_update(of=("self",), no_key=True).only("pk").get(pk=customer.pk)


def _sealed(passcode: str) -> dict[str, Any]:
    return {"code": passcode.strip()} if passcode.strip() else {}


def _check(contact: Contact, passcode: str) -> None:
    code = passcode.strip().casefold()
    if contact.is_duress and not code:
        raise NoPasscode("A duress contact needs a passcode: it is the word that sends help silently.")
    if not code:
        return
    others = entered().contacts.filter(customer=contact.customer_id).exclude(pk=contact.pk)
    same = [one for one in others if str(one.passcode.get("code", "")).casefold() == code]
    if any(one.is_duress for one in same) or (contact.is_duress and same):
        raise PasscodeTaken("Somebody else on this list has that passcode. A duress code must be nobody else's.")


def is_duress_code_shared(one: Customer, other: Customer) -> bool:
    """Whether on one call list of both somebody's duress code would be another's passcode too."""
    both = entered().contacts.filter(customer__in=[one.pk, other.pk])
    codes = [(str(each.passcode.get("code", "")).casefold(), each.is_duress) for each in both if each.passcode]
    return any(count > 1 for code, count in Counter(code for code, _ in codes if code).items() if (code, True) in codes)


def _keep_phones(contact: Contact, phones: Sequence[PhoneFacts]) -> None:
    """The numbers in this order, each once; rows that stay as they are are not touched."""
    wanted = {numbers.normal(phone.number): phone.kind for phone in phones if phone.number.strip()}
    held = list(contact.phones.order_by("pk"))
    if [(row.number, row.kind) for row in held] == list(wanted.items()):
        return
    kept = 0
    for row, pair in zip(held, wanted.items(), strict=False):
        if (row.number, row.kind) != pair:
            break
        kept += 1
    ContactPhone.objects.filter(pk__in=[row.pk for row in held[kept:]]).delete()
    for number, kind in list(wanted.items())[kept:]:
        ContactPhone.objects.create(contact=contact, number=number, kind=kind)
