"""Did somebody else save the same thing while this form was open?

A form that edits a row carries what it showed, signed, in a hidden field. When it is sent, what it showed is held
against what the row says now: where the two differ the form comes back with the differences and with what was typed,
and only the next button, “Save anyway”, writes. The caller locks the row first, so two who save at once queue up.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.core import signing
from django.forms import BaseForm, BooleanField, ChoiceField, DateField, FileField
from django.forms.boundfield import BoundField
from django.http import QueryDict

from alarmdesk.lib.furniture import day

FIELD = "version"
SALT = "alarmdesk.form"
NOTHING = "nothing"
UNREADABLE = "This form was opened too long ago to tell what has changed since. Look it over before you save."


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that somebody else wrote meanwhile, in words: its label, what it was, what it is."""

    label: str
    was: str
    now: str


class Version:
    """What the row says now, by the labels of `parts` (heading -> unbound form), and `also` that has no field.

    `posted` is the request's POST, None or without the hidden field where nothing was shown before.
    """

    def __init__(
        self, parts: Mapping[str, BaseForm], posted: QueryDict | None = None, also: Mapping[str, str] | None = None
    ) -> None:
        self._boxes = {
            f"{heading}: {box.label}" if heading else str(box.label): box
            for heading, form in parts.items()
            for box in form
            if not isinstance(box.field, FileField)
        }
        self._now = {label: _plain(box) for label, box in self._boxes.items()} | dict(also or {})
        self.changes: list[Change] = []
        self.warning = ""
        self.by = ""
        shown = posted.get(FIELD) if posted else ""
        if shown:
            self._hold_against(str(shown))

    @property
    def token(self) -> str:
        """For the hidden field of the form that is shown now."""
        return signing.dumps(self._now, salt=SALT, compress=True)

    @property
    def is_overtaken(self) -> bool:
        """Whether the form must be shown again before anything is written."""
        return bool(self.changes or self.warning)

    def _hold_against(self, token: str) -> None:
        try:
            shown: dict[str, str] = signing.loads(token, salt=SALT)
        except signing.BadSignature:  # the signing key is another one since
            self.warning = UNREADABLE
            return
        for label in dict.fromkeys([*self._now, *shown]):
            was, now = shown.get(label, ""), self._now.get(label, "")
            if was != now:
                self.changes.append(Change(label, self._worded(label, was), self._worded(label, now)))

    def _worded(self, label: str, value: str) -> str:
        """The value as the page would show it."""
        field = self._boxes[label].field if label in self._boxes else None
        if isinstance(field, BooleanField):
            return "yes" if value == "True" else "no"
        if not value:
            return NOTHING
        if isinstance(field, DateField):
            return day(dt.date.fromisoformat(value))
        if isinstance(field, ChoiceField):
            known = {str(code): str(words) for code, words in _flat(field.choices)}
            return known.get(value, value)
        return value


def _plain(box: BoundField) -> str:
    """The field's value as text; the same value always gives the same text."""
    value = box.value()
    if isinstance(value, (list, tuple)):
        return ", ".join(sorted(str(each) for each in value))
    return "" if value is None else str(getattr(value, "pk", value))


def _flat(choices: object) -> list[tuple[object, object]]:
    """The choices without their groups."""
    flat: list[tuple[object, object]] = []
    for code, words in choices:  # type: ignore[attr-defined]
        flat += _flat(words) if isinstance(words, (list, tuple)) else [(code, words)]
    return flat
