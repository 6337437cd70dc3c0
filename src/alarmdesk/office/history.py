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
from django.db import models
from django.utils.dateparse import parse_date, parse_datetime

from alarmdesk.company.models import TrailEntry, User
from alarmdesk.lib.amounts import plain
from alarmdesk.lib.furniture import day, moment, money, percent, phone
from alarmdesk.lib.sealed import SealedJSONField

ICONS = {
    "customers_customer": "user-round",
    "customers_address": "map-pin",
    "customers_phone": "phone",
    "customers_contact": "phone-call",
    "customers_contactphone": "phone-call",
    "customers_customeragency": "siren",
    "customers_tagging": "tag",
    "customers_merge": "merge",
    "customers_opportunity": "sparkles",
    "customers_customerfile": "file",
    "customers_note": "sticky-note",
    "customers_ticket": "ticket",
    "customers_ticketcomment": "message-square",
    "invoicing_recurringinvoice": "repeat",
    "invoicing_customertax": "percent",
    "invoicing_findingdismissal": "archive",
    "invoicing_taxcertificate": "shield-off",
    "payments_billingmethod": "credit-card",
    "payments_payment": "banknote",
    "payments_autopay": "zap",
    "payments_promise": "handshake",
    "equipment_piece": "package",
    "credit_creditreport": "gauge",
    "credit_adverseletter": "file-text",
    "monitoring_system": "radio-tower",
    "monitoring_zone": "shield",
    "monitoring_test": "flask-conical",
    "scheduling_appointment": "calendar-days",
    "scheduling_assignment": "hard-hat",
    "portal_accountholder": "key-round",
    "portal_paylinkwithdrawal": "link",
}
TABLES = {
    "customers_customer": "Account",
    "customers_address": "Addresses",
    "customers_phone": "Phones",
    "customers_contact": "Contacts",
    "customers_contactphone": "Phones of contacts",
    "customers_customeragency": "Agencies",
    "customers_tagging": "Tags",
    "customers_merge": "Merged records",
    "customers_opportunity": "Selling",
    "customers_customerfile": "Files",
    "customers_note": "Notes",
    "customers_ticket": "Tickets",
    "customers_ticketcomment": "Comments on tickets",
    "invoicing_recurringinvoice": "Recurring invoices",
    "invoicing_customertax": "Tax rate",
    "invoicing_findingdismissal": "Findings dismissed",
    "invoicing_taxcertificate": "Exemption certificates",
    "payments_billingmethod": "Billing methods",
    "payments_payment": "Payments",
    "payments_promise": "Promises to pay",
    "equipment_piece": "Equipment",
    "credit_creditreport": "Credit reports",
    "credit_adverseletter": "Adverse action letters",
    "monitoring_system": "System",
    "monitoring_zone": "Zones",
    "monitoring_test": "Tests of the system",
    "scheduling_appointment": "Appointments",
    "scheduling_assignment": "Who is on appointments",
    "portal_accountholder": "Portal access",
    "portal_paylinkwithdrawal": "Pay links withdrawn",
}
# keys, references of other systems and what the line's own time and author say already
UNTOLD = frozenset(
    {
        "id",
        "company_id",
        "customer_id",
        "created_at",
        "created_by",
        "added_at",
        "added_by",
        "opened_at",
        "kept_at",
        "merged_at",
        "merged_by",
        "staged_at",
        "kept_by",
        "key",
        "digest",
        "media_type",
        "opened_by",
        "written_at",
        "written_by",
        "connected_at",
        "connected_by",
        "asked_by_user_id",
        "form_token",
        "our_reference",
        "place_key",
        "received_on",
        "run_id",
        "gateway_id",
        "vault_id",
        "initial_transaction_id",
        "consent_ip",
        "consent_text",
        "next_seq",
        "first_seq",
        "q",
    }
)
GOOD, BAD = frozenset({"complete", "active"}), frozenset({"failed", "cancelled", "suspended"})
# what is sealed is told of, never shown
HIDDEN, ANOTHER = "••••", "•••• (another)"
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
    noun = str(model._meta.verbose_name)
    verb = TrailEntry.Verb(entry.verb).label
    if entry.table == "customers_customer":
        return f"Account {verb}"
    name = names.get((model, entry.row_id), "")
    if entry.table == "payments_payment" and entry.verb == TrailEntry.Verb.INSERT:
        return f"{name} {verb}, {money((entry.new or {}).get('amount'))}"
    if name.lower().startswith(noun.lower()):
        return f"{name} {verb}"
    return f"{noun.capitalize()} {verb}{f': {name}' if name else ''}"


def _changes(entry: TrailEntry, model: type[models.Model], names: Names) -> Iterable[Change]:
    old, new = entry.old or {}, entry.new or {}
    for one in model._meta.concrete_fields:
        column = one.column
        if column not in {**old, **new} or _is_untold(one):
            continue
        if isinstance(one, SealedJSONField):
            was, now = bool(old.get(column)), bool(new.get(column))
            change = Change(_label(one), HIDDEN if was else "", (ANOTHER if was else HIDDEN) if now else "")
        else:
            change = Change(_label(one), shown(one, old.get(column), names), shown(one, new.get(column), names))
        if change.old != change.new:
            yield change


def _is_untold(one: "models.Field[Any, Any]") -> bool:
    """Keys, JSON, and the number of a document, which stands in its name."""
    return one.column in UNTOLD or isinstance(one, models.JSONField | models.BigIntegerField)


def _label(one: "models.Field[Any, Any]") -> str:
    text = str(one.verbose_name)
    return text[:1].upper() + text[1:]


def shown(one: "models.Field[Any, Any]", value: Any, names: Names) -> str:  # noqa: PLR0911  one line per kind of field
    """A trail's JSON value as a person reads it."""
    if value is None or value == "":
        return ""
    if one.choices:
        return str(dict(one.flatchoices).get(value, value))
    match one:
        case models.ForeignKey():
            return names.get((one.remote_field.model, value), f"No. {value}")
        case models.BooleanField():
            return "Yes" if value else ""
        case models.DateTimeField():
            at = parse_datetime(value)
            return moment(at) if at else str(value)
        case models.DateField():
            on = parse_date(value)
            return day(on) if on else str(value)
        case models.DecimalField(name="quantity"):
            return plain(Decimal(str(value)))
        case models.DecimalField():
            return percent(Decimal(str(value))) if one.name.endswith("rate") else money(Decimal(str(value)))
    return phone(value) if one.name == "number" else str(value)


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
        names |= {(model, row.pk): row.get_full_name() if isinstance(row, User) else _called(row) for row in rows}
    return names


def _called(row: models.Model) -> str:
    """The row's own name; nothing for rows that have none ("AutoPay object (3)" says nothing to a dealer)."""
    return str(row) if type(row).__str__ is not models.Model.__str__ else ""
