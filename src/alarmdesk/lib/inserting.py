"""How are hundreds of rows written in one statement? As arrays, one per column, that PostgreSQL unfolds.

Ten times faster than row by row, four times faster than making objects. Columns that nobody names get the defaults of
the model's fields, so that a field which a room adds later needs no change here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models


def insert_columns(
    model: type[models.Model],
    columns: Mapping[str, Sequence[Any]],
    *,
    constants: Mapping[str, Any] | None = None,
    expressions: Mapping[str, str] | None = None,
    on_conflict: str = "",
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Write rows given as {column: values}, all equally long. Columns are named as in the database (customer_id).

    `constants` are the same in each row; `expressions` are SQL that may name the columns as new.customer_id.
    Answers the `returning` columns of the rows that were written. Raises what PostgreSQL raises.
    """
    fields = _written(model)
    fixed = {**_defaults(fields, {*columns, *(constants or {}), *(expressions or {})}), **(constants or {})}
    told = expressions or {}
    names = [*columns, *told, *fixed]
    sources = [*(f'new."{name}"' for name in columns), *told.values(), *("%s" for _ in fixed)]
    arrays = ", ".join(f"%s::{_type(fields[name])}[]" for name in columns)
    statement = (  # names are those of our own models, values are parameters
        f'insert into "{model._meta.db_table}" ({", ".join(map(_quoted, names))}) '  # noqa: S608
        f"select {', '.join(sources)} from unnest({arrays}) as new ({', '.join(map(_quoted, columns))}) {on_conflict}"
    )
    if returning:
        statement += f" returning {', '.join(map(_quoted, returning))}"
    with connection.cursor() as cursor:
        cursor.execute(statement, [*fixed.values(), *(list(values) for values in columns.values())])
        return cursor.fetchall() if returning else []


def insert_rows(
    model: type[models.Model],
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    same: Mapping[str, Any] | None = None,
    on_conflict: str = "",
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Write rows given as tuples of the named columns, with the columns in `same` equal in all; nothing for no rows."""
    if not rows:
        return []
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    return insert_columns(model, columns, constants=same, on_conflict=on_conflict, returning=returning)


def take_figures(*tables: type[models.Model]) -> None:
    """Let PostgreSQL count these tables anew. Without fresh figures its foreign-key checks may read whole indexes while
    a table grows from nothing; autovacuum comes to it too, but a minute late.
    """
    with connection.cursor() as cursor:
        cursor.execute("select alarmdesk_analyze(%s)", [[model._meta.db_table for model in tables]])


def _written(model: type[models.Model]) -> dict[str, "models.Field[Any, Any]"]:
    """The columns that a row is written with, by name: neither its number nor what PostgreSQL derives."""
    fields = model._meta.local_concrete_fields
    return {str(field.column): field for field in fields if not field.primary_key and not field.generated}


def _defaults(fields: Mapping[str, "models.Field[Any, Any]"], named: set[str]) -> dict[str, Any]:
    return {
        name: field.get_db_prep_save(field.get_default(), connection)
        for name, field in fields.items()
        if name not in named
    }


def _type(field: "models.Field[Any, Any]") -> str:
    """The column's type without its length: a cast to varchar(40) would cut silently, an insert refuses."""
    name = (field.db_type(connection) or "text").partition("(")[0]
    return "text" if name == "varchar" else name


def _quoted(name: str) -> str:
    return f'"{name}"'
