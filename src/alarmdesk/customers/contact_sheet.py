"""How do a contact and its numbers make one form? Adding a number is a POST too: no JavaScript is needed."""

from typing import Any

from django.forms import BooleanField
from django.http import QueryDict

from alarmdesk.customers.contacts import FACTS, ContactFacts, PhoneFacts
from alarmdesk.customers.forms_contacts import ContactForm, ContactPhoneForm
from alarmdesk.customers.models import Contact, ContactPhone
from alarmdesk.lib.versions import Version

MOST_PHONES = 8


class ContactSheet:
    """All of a contact on one form. `data` is what was posted, None for a fresh form."""

    def __init__(self, contact: Contact | None = None, data: QueryDict | None = None) -> None:
        self.contact, self.data = contact, data
        self.is_bound = data is not None and "add_phone" not in data
        has_passcode = bool(contact is not None and contact.passcode)
        about: dict[str, Any] = {"has_passcode": has_passcode, "instance": contact}
        if data is None or self.is_bound:
            self.main: Any = ContactForm(data, **about)
        else:  # another number: what was typed stays, nothing is judged yet
            self.main = ContactForm(initial=_typed(data), **about)
        self.phones = self._phone_forms()

    @property
    def can_add_phone(self) -> bool:
        return len(self.phones) < MOST_PHONES

    def is_valid(self) -> bool:
        """Whether it was sent to be saved and every field is right."""
        # every part is asked, so that all errors show at once
        return self.is_bound and not [part for part in (self.main, *self.phones) if not part.is_valid()]

    def facts(self) -> ContactFacts:
        return ContactFacts(**{name: self.main.cleaned_data[name] for name in FACTS})

    def numbers(self) -> list[PhoneFacts]:
        return [PhoneFacts(form.cleaned_data["number"], form.cleaned_data["kind"]) for form in self.phones]

    def version(self) -> Version:
        """What the contact says now, against what the form had shown."""
        held = ContactSheet(self.contact)
        parts: dict[str, Any] = {"": held.main}
        parts |= {f"Phone {n}": form for n, form in enumerate(held.phones, 1) if form.initial.get("number")}
        return Version(parts, self.data)

    def _phone_forms(self) -> list[Any]:
        if self.data is None:
            rows = [{"kind": row.kind, "number": str(row)} for row in self.contact.phones.all()] if self.contact else []
            return [ContactPhoneForm(initial=row, prefix=f"phone-{n}") for n, row in enumerate(rows or [{}])]
        count = _count(self.data.get("phones", ""))
        if self.is_bound:
            return [ContactPhoneForm(self.data, prefix=f"phone-{n}") for n in range(count)]
        typed = [{name: self.data.get(f"phone-{n}-{name}", "") for name in ("number", "kind")} for n in range(count)]
        if count < MOST_PHONES:
            typed.append({"number": "", "kind": ContactPhone.Kind.MOBILE})
        forms = [ContactPhoneForm(initial=row, prefix=f"phone-{n}") for n, row in enumerate(typed)]
        forms[-1].fields["number"].widget.attrs["autofocus"] = True
        return forms


def _typed(data: QueryDict) -> dict[str, Any]:
    ticks = {name for name, field in ContactForm.base_fields.items() if isinstance(field, BooleanField)}
    return {name: name in data if name in ticks else data.get(name, "") for name in ContactForm.base_fields}


def _count(text: str) -> int:
    return min(int(text), MOST_PHONES) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
