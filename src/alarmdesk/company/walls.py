"""What keeps one company's rows from another's? Row-level security, composite keys and insert-only tables.

Every tenant table has a `company` key and is walled by the migration operation `Wall`: primary key
(company_id, id), a policy that compares company_id with the entered company (and raises when nobody entered),
a composite foreign key for every `Link` (foreign-key checks bypass row security, so the company must be in the key),
and the trail's trigger. Source: architecture, sections 4 and 6.
"""

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from alarmdesk.company.entering import entered_id

ENTERED = "current_setting('alarmdesk.company')::bigint"


class CompanyKey(models.ForeignKey):  # type: ignore[type-arg]
    """The company that owns the row; by default the entered one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("to", "company.Company")
        kwargs.setdefault("on_delete", models.PROTECT)
        kwargs.setdefault("default", entered_id)
        kwargs.setdefault("db_index", False)
        kwargs.setdefault("editable", False)
        super().__init__(**kwargs)


class Link(models.ForeignKey):  # type: ignore[type-arg]
    """A foreign key from tenant row to tenant row; `Wall` makes it (company_id, x_id) -> (company_id, id).

    `indexed=False` where another index already begins with (company_id, x_id).
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, *, indexed: bool = True, **kwargs: Any) -> None:
        self.indexed = indexed
        kwargs["db_constraint"] = False
        kwargs["db_index"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        for implied in ("db_constraint", "db_index"):
            kwargs.pop(implied, None)
        if not self.indexed:
            kwargs["indexed"] = False
        return name, path, args, kwargs


class _SQLOperation(Operation):
    """An operation that runs statements computed from the model's state; it changes no state itself."""

    reversible = False
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def statements(self, model: type[models.Model]) -> list[str]:
        raise NotImplementedError

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        for statement in self.statements(model):
            schema_editor.execute(statement, params=None)

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name


class Wall(_SQLOperation):
    """Wall a tenant table. `trail` names the column with the customer whose History its changes belong to (or, as
    table.column, the row that the customer is known from),
    "" keeps a trail that concerns no customer, None keeps none (insert-only tables and high-volume rows).
    `untracked` columns are derived: a change of theirs alone is no entry.
    """

    def __init__(self, model_name: str, trail: str | None = None, untracked: tuple[str, ...] = ()) -> None:
        super().__init__(model_name)
        self.trail = trail
        self.untracked = untracked

    def describe(self) -> str:
        return f"Wall {self.model_name}"

    def statements(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        statements = [
            f'alter table "{table}" drop constraint "{table}_pkey", add primary key (company_id, id)',
            # no statistics of companies: a company that has just begun to grow would count as one row until the next
            # ANALYZE, and PostgreSQL would read all of its rows for each row that it looks up (decision 8)
            f'alter table "{table}" alter column company_id set statistics 0',
            *policy(table),
        ]
        for field in model._meta.local_fields:
            if isinstance(field, Link):
                statements += link_statements(table, field)
        if self.trail is not None:
            statements += trail_triggers(model, self.trail, self.untracked)
        return statements


class WallLink(_SQLOperation):
    """The composite key of a Link that came to a walled table later."""

    def __init__(self, model_name: str, field: str) -> None:
        super().__init__(model_name)
        self.field = field

    def statements(self, model: type[models.Model]) -> list[str]:
        return link_statements(model._meta.db_table, model._meta.get_field(self.field))


class RenewTrail(_SQLOperation):
    """Make the trail's triggers of a table again, after its columns changed. The arguments are those of its Wall."""

    def __init__(self, model_name: str, trail: str, untracked: tuple[str, ...] = ()) -> None:
        super().__init__(model_name)
        self.trail, self.untracked = trail, untracked

    def statements(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        gone = [f'drop trigger {name} on "{table}"' for name in ("trail", "trail_changes")]
        return gone + trail_triggers(model, self.trail, self.untracked)


class Trail(_SQLOperation):
    """Keep a trail of a table that is not walled: the company's own row."""

    def __init__(self, model_name: str, untracked: tuple[str, ...] = ()) -> None:
        super().__init__(model_name)
        self.untracked = untracked

    def statements(self, model: type[models.Model]) -> list[str]:
        return trail_triggers(model, "", self.untracked)


class TrailOfFacts(_SQLOperation):
    """Keep a trail of a ledger's few `facts` that come later, such as that a row was voided; its making is its own
    record. `trail` as for Wall.
    """

    def __init__(self, model_name: str, trail: str, facts: tuple[str, ...]) -> None:
        super().__init__(model_name)
        self.trail, self.facts = trail, facts

    def statements(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        differ = " or ".join(f'old."{column}" is distinct from new."{column}"' for column in self.facts)
        columns = [str(field.column) for field in model._meta.local_fields if field.column not in self.facts]
        return [
            f'create trigger trail_facts after update of {_columns_but(model, tuple(columns))} on "{table}" '
            f"for each row when ({differ}) "
            f"execute function alarmdesk_trail('{self.trail}', '{','.join(columns)}')"
        ]


class InsertOnly(_SQLOperation):
    """Let PostgreSQL refuse UPDATE and DELETE: the table is a ledger."""

    def statements(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        return [
            f'create trigger insert_only before update or delete on "{table}" '
            "for each row execute function alarmdesk_refuse_change()"
        ]


class Frozen(_SQLOperation):
    """Let PostgreSQL refuse a change of any column but the `free` ones, and the deletion, with a sentence each."""

    def __init__(self, model_name: str, free: tuple[str, ...], changing: str, deleting: str) -> None:
        super().__init__(model_name)
        self.free, self.changing, self.deleting = free, changing, deleting

    def statements(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        frozen = [field.column for field in model._meta.local_fields if field.column not in self.free]
        differ = " or ".join(f'old."{column}" is distinct from new."{column}"' for column in frozen)
        return [
            f'create trigger frozen before update of {_columns_but(model, self.free)} on "{table}" for each row '
            f"when ({differ}) execute function alarmdesk_refuse('{self.changing}')",
            f'create trigger kept before delete on "{table}" for each row '
            f"execute function alarmdesk_refuse('{self.deleting}')",
        ]


class MovedByMerge(_SQLOperation):
    """Let the customer of rows that never change (`Frozen`, which leaves it free) change where a merge has made two
    customers one, and only along that merge (decision 47). `also` names columns that may change with it alone.
    """

    def __init__(self, model_name: str, refusing: str, also: tuple[str, ...] = ()) -> None:
        super().__init__(model_name)
        self.refusing, self.also = refusing, also

    def statements(self, model: type[models.Model]) -> list[str]:
        table, free = model._meta.db_table, ("customer_id", *self.also)
        differ = " or ".join(f'old."{column}" is distinct from new."{column}"' for column in free)
        return [
            f'create trigger moved before update of {", ".join(free)} on "{table}" for each row '
            f"when ({differ}) execute function alarmdesk_refuse_move('{self.refusing}')"
        ]


class PartitionByYear(_SQLOperation):
    """Turn a freshly made, empty, walled table into one partitioned by the year of its `at` column.

    Each partition carries the wall too, for a partition can be named directly.
    """

    def __init__(self, model_name: str, first: int, last: int) -> None:
        super().__init__(model_name)
        self.first, self.last = first, last

    def statements(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        old = f"{table}_plain"
        statements = [
            f'alter table "{table}" rename to "{old}"',
            f'create table "{table}" (like "{old}" including defaults) partition by range (at)',
            f'drop table "{old}"',
            # a sequence and not an identity: PostgreSQL before 17 has none on partitioned tables
            f'create sequence "{table}_number" owned by "{table}".id',
            f"""alter table "{table}" alter column id set default nextval('"{table}_number"')""",
            f'alter table "{table}" add primary key (company_id, id, at)',
            *policy(table),
        ]
        for year in range(self.first, self.last + 1):
            part = f"{table}_{year}"
            statements += [
                f'create table "{part}" partition of "{table}" '
                f"for values from ('{year}-01-01 00:00+00') to ('{year + 1}-01-01 00:00+00')",
                *policy(part),
            ]
        rest = f"{table}_rest"
        statements += [f'create table "{rest}" partition of "{table}" default', *policy(rest)]
        return statements


def policy(table: str) -> list[str]:
    """The wall itself: rows of the entered company only, for reading and for writing."""
    return [
        f'alter table "{table}" enable row level security',
        f'create policy wall on "{table}" using (company_id = {ENTERED}) with check (company_id = {ENTERED})',
    ]


def link_statements(table: str, field: Any) -> list[str]:
    """The composite foreign key of one Link, and the index that finds the rows from the other side."""
    column = field.column
    target = field.remote_field.model._meta.db_table
    statements = [
        f'alter table "{table}" add constraint "{table}_{column}_wall" foreign key (company_id, {column}) '
        f'references "{target}" (company_id, id) deferrable initially immediate'
    ]
    if field.indexed:
        statements.append(f'create index "{table}_{column}_idx" on "{table}" (company_id, {column})')
    return statements


def trail_triggers(model: type[models.Model], customer_column: str, untracked: tuple[str, ...] = ()) -> list[str]:
    """The triggers that write the table's changes to the trail (migration 0002 has the function).

    An update that names untracked columns alone does not even look at the row: most updates are of that kind.
    """
    table = model._meta.db_table
    call = f"execute function alarmdesk_trail('{customer_column}', '{','.join(untracked)}')"
    return [
        f'create trigger trail after insert or delete on "{table}" for each row {call}',
        f'create trigger trail_changes after update of {_columns_but(model, untracked)} on "{table}" for each row '
        f"when (old.* is distinct from new.*) {call}",
    ]


def _columns_but(model: type[models.Model], left_out: tuple[str, ...]) -> str:
    return ", ".join(f'"{field.column}"' for field in model._meta.local_fields if field.column not in left_out)
