"""How are rows written as CSV without holding them all? Read by a server-side cursor, written piece by piece."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import connection

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.lib import phones
from alarmdesk.lib.cells import BOM, cell, table
from alarmdesk.office.exporting.nouns import Noun

ROWS_AT_ONCE = 1_000


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
        yield ((BOM if bom else "") + table([noun.names])).encode()
        phone_columns = {at for at, name in enumerate(noun.names) if name.startswith("phone_")}
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield table(_row(row, phone_columns) for row in rows).encode()


def _row(row: tuple[Any, ...], phone_columns: set[int]) -> list[str]:
    return [cell(phones.shown(value) if at in phone_columns and value else value) for at, value in enumerate(row)]
