"""What was changed, told in the dealer's words? The trail's columns become labels, its ids names, its codes choices.

The trail itself is written by PostgreSQL (architecture, section 6). Names are fetched in bulk: a page of fifty changes
costs one query for each kind of row that it names.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.dateparse import parse_date, parse_datetime

from alarmdesk.company.models import TrailEntry, User
from alarmdesk.customers.search import plain as plain_text
from alarmdesk.lib.amounts import plain
from alarmdesk.lib.furniture import day, moment, money, percent, phone
from alarmdesk.lib.sealed import SealedJSONField
from alarmdesk.office.history_words import ICONS, LABELS, NOUNS, UNTOLD, UNTOLD_HERE, WORDS

GOOD, BAD = frozenset({"complete", "active"}), frozenset({"failed", "cancelled", "suspended"})
# what is sealed is told of, never shown
HIDDEN, ANOTHER = "••••", "•••• (another)"
# settings that are a structure of their own: that they were filled in, and filled in anew
FILLED, ANEW = "Filled in", "Filled in anew"
GONE = "one that is gone"
PHONES = frozenset({"customers_phone", "customers_contactphone"})
# whose name is that of another row
NAMED_BY = {
    "company_staff": ("user",),
    "customers_customeragency": ("agency",),
    "customers_tagging": ("tag",),
    "scheduling_technician": ("staff__user",),
    "scheduling_assignment": ("technician__staff__user",),
}
Names = Mapping[tuple[type[models.Model], Any], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One field: what it was ("" = nothing) and what it became."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Told:
    """One change of one row. `who` is a person or System, `what` a sentence, `kind` colours its icon."""

    id: int
    at: dt.datetime
    who: str
    what: str
    icon: str
    kind: str
    verb: str
    changes: Sequence[Change] = field(default_factory=tuple)

    def says(self, words: Sequence[str]) -> bool:
        """Whether each of these words (plain, see customers/search.py) stands in what is told."""
        parts = [self.what, self.who, *(part for one in self.changes for part in (one.label, one.old, one.new))]
        text = plain_text(" ".join(parts))
        return all(word in text for word in words)

    @property
    def note(self) -> str:
        """The changes in one line, for a narrow place."""
        if self.verb == TrailEntry.Verb.INSERT:
            return self.who
        told = "; ".join(f"{change.label}: {change.old or '—'} → {change.new or '—'}" for change in self.changes[:2])
        return f"{told} · {self.who}" if told else self.who


def tell(entries: Iterable[TrailEntry]) -> list[Told]:
    """The entries, told; in the order given. Inside their company."""
    listed = [entry for entry in entries if _model(entry.table) is not None]
    names = _names(listed)
    return [_told(entry, names) for entry in listed]


def who(entry: TrailEntry) -> str:
    """The actor's name, "Database" for a change made by hand in SQL."""
    actor = entry.actor or {}
    return str(actor.get("name") or "Database")


def _told(entry: TrailEntry, names: Names) -> Told:
    model = _model(entry.table)
    assert model is not None  # noqa: S101  `tell` left the others out
    changes = tuple(_changes(entry, model, names))
    status = str((entry.new or {}).get("status", ""))
    return Told(
        id=entry.pk,
        at=entry.at,
        who=who(entry),
        what=_sentence(entry, model, names),
        icon=ICONS.get(entry.table, "pencil"),
        kind="ok" if status in GOOD else "bad" if status in BAD else "plain",
        verb=entry.verb,
        changes=changes,
    )


def _sentence(entry: TrailEntry, model: type[models.Model], names: Names) -> str:
    noun = NOUNS.get(entry.table) or str(model._meta.verbose_name)
    verb = "voided" if (entry.new or {}).get("voided_at") else TrailEntry.Verb(entry.verb).label
    if entry.table == "customers_customer":
        return f"Account {verb}"
    name = names.get((model, entry.row_id), "")
    if entry.table == "payments_payment" and entry.verb == TrailEntry.Verb.INSERT:
        return f"{name} {verb}, {money((entry.new or {}).get('amount'))}"
    if name.lower().startswith(noun.lower()) or entry.table == "invoicing_invoice":
        return f"{name} {verb}"
    return f"{noun[:1].upper()}{noun[1:]} {verb}{f': {name}' if name else ''}"


def _changes(entry: TrailEntry, model: type[models.Model], names: Names) -> Iterable[Change]:
    old, new = entry.old or {}, entry.new or {}
    for one in model._meta.concrete_fields:
        column = one.column
        if column not in {**old, **new} or _is_untold(one):
            continue
        before, after = old.get(column), new.get(column)
        if isinstance(one, SealedJSONField):
            change = _veiled(one, before, after, HIDDEN, ANOTHER)
        elif isinstance(one, models.JSONField):
            change = _veiled(one, before, after, FILLED, ANEW)
        else:
            change = Change(label(one), shown(one, before, names), shown(one, after, names))
        if change.old != change.new:
            yield change


def _veiled(one: "models.Field[Any, Any]", before: Any, after: Any, there: str, another: str) -> Change:
    """That it is there, and that it became another: not what."""
    return Change(label(one), there if before else "", (another if before else there) if after else "")


def _is_untold(one: "models.Field[Any, Any]") -> bool:
    """Keys, and the number of a document, which stands in its name."""
    is_number = isinstance(one, models.BigIntegerField) and one.name == "number"
    return is_number or one.column in UNTOLD or (one.model._meta.db_table, one.column) in UNTOLD_HERE


def label(one: "models.Field[Any, Any]") -> str:
    """What a column is called."""
    text = str(one.verbose_name)
    return LABELS.get((one.model._meta.db_table, str(one.column))) or text[:1].upper() + text[1:]


def shown(one: "models.Field[Any, Any]", value: Any, names: Names) -> str:
    """A trail's JSON value as a person reads it."""
    if value is None or value in ("", []):
        return ""
    if says := WORDS.get((one.model._meta.db_table, getattr(one, "column", ""))):
        return says(value)
    if one.choices:
        return str(dict(one.flatchoices).get(value, value))
    if isinstance(one, models.ForeignKey):
        return names.get((one.remote_field.model, value), GONE)
    if isinstance(one, ArrayField):
        return ", ".join(shown(one.base_field, each, names) for each in value)
    return _typed(one, value)


def _typed(one: "models.Field[Any, Any]", value: Any) -> str:  # noqa: PLR0911  one line per kind of field
    """A value that means what it says: a date, an amount, a text."""
    match one:
        case models.BooleanField():
            return "Yes" if value else ""
        case models.DateTimeField():
            at = parse_datetime(value)
            return moment(at) if at else str(value)
        case models.DateField():
            on = parse_date(value)
            return day(on) if on else str(value)
        case models.TimeField():
            return f"{dt.time.fromisoformat(value):%I:%M %p}".lstrip("0")
        case models.DecimalField(name="quantity"):
            return plain(Decimal(str(value)))
        case models.DecimalField():
            return percent(Decimal(str(value))) if one.name.endswith("rate") else money(Decimal(str(value)))
    whose, name = one.model._meta.db_table, str(one.name)
    return phone(value) if name.endswith("phone") or (whose in PHONES and name == "number") else str(value)


def _model(table: str) -> type[models.Model] | None:
    return _models().get(table)


def _models() -> dict[str, type[models.Model]]:
    return {model._meta.db_table: model for model in apps.get_models()}


def _names(entries: Sequence[TrailEntry]) -> dict[tuple[type[models.Model], Any], str]:
    """What the rows are called that the entries are about or point to: one query for each kind of row."""
    wanted: dict[type[models.Model], set[Any]] = {}
    for entry in entries:
        model = _model(entry.table)
        assert model is not None  # noqa: S101  `tell` left the others out
        if entry.verb != TrailEntry.Verb.DELETE and entry.table != "customers_customer":
            wanted.setdefault(model, set()).add(entry.row_id)
        for one in model._meta.concrete_fields:
            if isinstance(one, models.ForeignKey) and one.column not in UNTOLD:
                values = {(entry.old or {}).get(one.column), (entry.new or {}).get(one.column)} - {None}
                if values:
                    wanted.setdefault(one.remote_field.model, set()).update(values)
    names: dict[tuple[type[models.Model], Any], str] = {}
    for model, ids in wanted.items():
        rows = model._default_manager.filter(pk__in=ids)
        if by := NAMED_BY.get(model._meta.db_table):
            rows = rows.select_related(*by)
        names |= {(model, row.pk): row.get_full_name() if isinstance(row, User) else _called(row) for row in rows}
    return names


def _called(row: models.Model) -> str:
    """The row's own name; nothing for rows that have none ("AutoPay object (3)" says nothing to a dealer)."""
    return str(row) if type(row).__str__ is not models.Model.__str__ else ""
