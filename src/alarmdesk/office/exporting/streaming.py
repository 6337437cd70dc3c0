"""How are rows written as CSV without holding them all? Read by a server-side cursor, written piece by piece.

No cell is a formula: a text that begins with = + - @ or a tab gets an apostrophe before it. Numbers stay numbers.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db import connection

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.lib import phones
from alarmdesk.office.exporting.nouns import Noun

ROWS_AT_ONCE = 1_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"


def csv_of(
    company: Company,
    noun: Noun,
    *,
    actor: Actor,
    first: dt.date | None = None,
    last: dt.date | None = None,
    bom: bool = False,
) -> Iterator[bytes]:
    """A noun's rows as UTF-8 CSV with a header, in pieces, of one instant of the company; days from `first` to `last`.

    `bom` marks the file as UTF-8 for spreadsheets. The company is entered until the last piece was taken or the
    iterator is closed.
    """
    with inside(company, actor=actor), connection.chunked_cursor() as cursor:
        values: dict[str, int | str | dt.date | None] = {
            "company": company.pk,
            "zone": company.time_zone,
            "first": first,
            "last": last,
        }
        cursor.execute(noun.statement(), values)
        yield ((BOM if bom else "") + _text([noun.names])).encode()
        phone_columns = {at for at, name in enumerate(noun.names) if name.startswith("phone_")}
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield _text(_row(row, phone_columns) for row in rows).encode()


def _row(row: tuple[Any, ...], phone_columns: set[int]) -> list[str]:
    return [cell(phones.shown(value) if at in phone_columns and value else value) for at, value in enumerate(row)]


def cell(value: Any) -> str:
    """A value as a cell: dates ISO, yes and no, numbers bare, texts never a formula, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, Decimal)):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _text(rows: Iterable[list[str]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()
