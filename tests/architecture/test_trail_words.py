"""Does the History speak a dealer's language, whatever table and column was changed (F23)?

All that PostgreSQL trails is walked, none is listed by hand.
"""

import calendar
import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from alarmdesk.company.entering import inside
from alarmdesk.company.models import TrailEntry, User
from alarmdesk.lib.sealed import SealedJSONField
from alarmdesk.office.history import GONE, _is_untold, label, tell
from alarmdesk.office.history_words import NOUNS, TABLES
from alarmdesk.office.trail_reading import CREDIT, OPEN, TAKES
from tests.architecture.shop import Shop

TRAILED = """
select c.relname, split_part(encode(t.tgargs, 'escape'), '\\000', 1), split_part(encode(t.tgargs, 'escape'), '\\000', 2)
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
where p.proname = 'alarmdesk_trail'
"""
# a label that says nothing to a dealer: a column's own name, a yes or no without its noun
RAW_LABEL = re.compile(r"_|\bid\b|^(Is|Has) |^(At|By|Ip|Q|Key|Seq)$")
# a value as a machine keeps it: a code, a truth, a list, an instant, a date
RAW_VALUE = re.compile(r"^[a-z0-9]+(_[a-z0-9]+)+$|^(True|False|None)$|^[\[{]|\d{4}-\d\d-\d\d|\+00:00|^No\. \d+$")
MODELS = {model._meta.db_table: model for model in apps.get_models()}


@pytest.fixture(scope="module")
def trailed(owner_connection: psycopg.Connection) -> dict[str, tuple[str, frozenset[str]]]:
    """What PostgreSQL trails: by table the column of the customer, and the columns that are left out."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for table, customer, left_out in owner_connection.execute(TRAILED):
        found[table] = customer, frozenset(left_out.split(","))
    assert len(found) > 40
    return found


def told_columns(table: str, left_out: frozenset[str]) -> Iterator["models.Field[Any, Any]"]:
    for one in MODELS[table]._meta.concrete_fields:
        if one.column not in left_out and not _is_untold(one):
            yield one


# by kind of field: a value as the trail keeps it, and how it must read (None: in any words)
VALUES: tuple[tuple[Any, Any, str | None], ...] = (
    (SealedJSONField, {"code": "maple"}, None),
    (models.JSONField, {"code": "maple"}, None),
    (models.BooleanField, True, "Yes"),
    (models.DateTimeField, "2026-03-10T18:00:00+00:00", None),
    (models.DateField, "2026-03-10", "Mar 10, 2026"),
    (models.TimeField, "08:30:00", "8:30 AM"),
    (models.DecimalField, "12.5000", None),
    (models.IntegerField, 3, None),
)


def samples(one: "models.Field[Any, Any]", row: models.Model) -> list[tuple[Any, str | None]]:
    """Values as the trail keeps them, each with how it must read."""
    if one.choices:
        return [(value, str(text)) for value, text in one.flatchoices if value != ""]
    if isinstance(one, models.ForeignKey):
        other = getattr(row, one.name) or one.remote_field.model._default_manager.first()
        assert other is not None, f"the shop has no {one.remote_field.model.__name__}"
        return [(other.pk, other.get_full_name() if isinstance(other, User) else str(other))]
    if isinstance(one, ArrayField):
        return [([value], text) for value, text in samples_of_base(one)]
    for kind, value, wanted in VALUES:
        if isinstance(one, kind):
            return [(value, wanted)]
    own = getattr(row, one.name)
    return [(str(own), None)] if own else []


def samples_of_base(one: Any) -> list[tuple[Any, str | None]]:
    base = one.base_field
    return [(value, str(text)) for value, text in base.flatchoices] if base.choices else [("OK", "OK")]


def entry(table: str, row: models.Model, old: dict[str, Any], new: dict[str, Any]) -> TrailEntry:
    return TrailEntry(
        pk=1,
        at=dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC),
        table=table,
        row_id=row.pk,
        verb="update",
        old=old,
        new=new,
    )


def test_every_column_that_is_trailed_is_told_in_words(shop: Shop, trailed: dict[str, tuple[str, frozenset[str]]]):
    wrong = []
    with inside(shop.company):
        for table, (_, left_out) in trailed.items():
            model = MODELS[table]
            rows = model._default_manager.all()
            row = shop.company if table == "company_company" else rows.filter(company=shop.company).first()
            for one in told_columns(table, left_out):
                if RAW_LABEL.search(label(one)):
                    wrong.append(f"{table}.{one.column} is called “{label(one)}”")
                for value, wanted in samples(one, row):
                    (told,) = tell([entry(table, row, {one.column: None}, {one.column: value})])
                    said = [change.new for change in told.changes if change.label == label(one)]
                    is_right = said and (said == [wanted] if wanted else not RAW_VALUE.search(said[0]))
                    if not is_right:
                        wrong.append(
                            f"{table}.{one.column}: {value!r} is told as {said} instead of {wanted or 'words'}"
                        )
    assert wrong == [], "\n".join(wrong)


def test_what_the_shop_did_is_told_without_a_code(shop: Shop):
    """Codes without a list of choices show only in real rows."""
    with inside(shop.company):
        told = tell(TrailEntry.objects.filter(company=shop.company).order_by("pk"))
    assert len(told) > 100
    raw = {
        f"{one.what}: {change.label}: {value}"
        for one in told
        for change in one.changes
        for value in (change.old, change.new)
        if RAW_VALUE.search(value)
    }
    assert raw == set()
    assert {one.what for one in told if "_" in one.what.partition(":")[0]} == set()


def test_a_row_is_called_what_a_dealer_calls_it(trailed: dict[str, tuple[str, frozenset[str]]]):
    names = {table: NOUNS.get(table) or str(MODELS[table]._meta.verbose_name) for table in trailed}
    assert {table: name for table, name in names.items() if "_" in name or name == table} == {}


def test_whatever_hangs_on_a_customer_can_be_chosen_and_takes_a_grant(
    trailed: dict[str, tuple[str, frozenset[str]]],
):
    of_customers = {table for table, (customer, _) in trailed.items() if customer}
    assert set(TABLES) == of_customers
    assert set(TAKES) | OPEN | CREDIT == of_customers
    assert not set(TAKES) & OPEN


def test_a_row_that_is_gone_is_not_told_as_a_number(shop: Shop):
    with inside(shop.company):
        (told,) = tell([entry("equipment_piece", shop["piece"], {"equipment_id": 987654321}, {"equipment_id": None})])
    assert [(change.label, change.old) for change in told.changes] == [("Equipment", GONE)]


def test_samples_of_money_hours_and_days_read_as_one_says_them(shop: Shop):
    with inside(shop.company):
        (told,) = tell([entry("customers_customer", shop["customer"], {"mmr": "39.95"}, {"mmr": "1044.95"})])
        assert [(change.old, change.new) for change in told.changes] == [("$39.95", "$1,044.95")]
        hours = MODELS["scheduling_workinghours"]._default_manager.first()
        (told,) = tell([entry("scheduling_workinghours", hours, {"weekday": 0}, {"weekday": 6})])
        assert [(change.old, change.new) for change in told.changes] == [(calendar.day_name[0], calendar.day_name[6])]
        sealed = {"passcode": json.dumps("gAAAA-first")}, {"passcode": json.dumps("gAAAA-second")}
        (told,) = tell([entry("customers_contact", shop["contact"], *sealed)])
        assert "gAAAA" not in str(told.changes)
        assert told.changes[0].new
