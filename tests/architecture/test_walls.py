"""Can one company ever see, change or point to a row of another? PostgreSQL is asked, table by table."""

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from psycopg import sql

from alarmdesk.company.entering import inside
from alarmdesk.company.walls import Link
from tests.architecture.shop import Shop, tenant_models

TENANT_TABLES = """
select c.oid::regclass::text from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attname = 'company_id' and not a.attisdropped
where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1
"""
# they ask a question that must be asked before anybody has entered, or pin the entered company themselves
STEP_OVER_THE_WALL = {
    "alarmdesk_trail",
    "alarmdesk_places",
    "alarmdesk_holdings",
    "alarmdesk_search",
    # shows no row: it lets the planner count again after an import
    "alarmdesk_analyze",
}
LINKS = [(model, one) for model in tenant_models() for one in model._meta.local_fields if isinstance(one, Link)]
UNMOVABLE = "alarmdesk_refuse"


@pytest.fixture(scope="module")
def tables(owner_connection: psycopg.Connection) -> list[str]:
    return [row[0] for row in owner_connection.execute(TENANT_TABLES)]


def run(statement: str, *values: object, **names: str) -> int:
    """The number of rows that the statement touched; {table} and {column} in it are filled from `names`."""
    with connection.cursor() as cursor:
        filled = sql.SQL(statement).format(**{name: sql.Identifier(text) for name, text in names.items()})
        cursor.execute(filled, values)
        return cursor.rowcount


def count(table: str, company: int) -> int:
    with connection.cursor() as cursor:
        asked = sql.SQL("select count(*) from {} where company_id = %s").format(sql.Identifier(table))
        cursor.execute(asked, [company])
        return int(cursor.fetchone()[0])


def point(table: str, column: str, foreign: int) -> None:
    """Let every visible row point to a foreign one; there must be such rows."""
    assert run("update {table} set {column} = %s", foreign, table=table, column=column) > 0
    run("set constraints all immediate")


def test_every_model_with_a_company_is_a_tenant_table_and_every_tenant_table_has_a_model(tables: list[str]):
    declared = {model._meta.db_table for model in tenant_models()}
    parts = {table for table in tables if table.rpartition("_")[2] in {"rest", *map(str, range(2020, 2100))}}
    assert set(tables) - parts == declared


def test_the_shop_has_a_row_in_every_tenant_table(shop: Shop):
    with inside(shop.company):
        empty = [model.__name__ for model in tenant_models() if not model.objects.filter(company=shop.company).exists()]
    assert empty == [], "fill these in tests/architecture/shop.py"


def test_with_nobody_entered_postgresql_raises_for_every_table(shop: Shop, tables: list[str]):
    silent = []
    for table in tables:
        try:
            run("select * from {table} limit 1", table=table)
        except DatabaseError:
            continue
        silent.append(table)
    assert silent == []


def test_with_nobody_entered_on_a_fresh_connection_postgresql_raises_too(shop: Shop, tables: list[str]):
    connection.close()
    for table in tables:
        with pytest.raises(DatabaseError, match=r"alarmdesk\.company"):
            run("select * from {table} limit 1", table=table)
        connection.close()


def test_inside_a_rival_no_row_of_the_shop_is_seen_changed_or_removed(shop: Shop, rival: Shop, tables: list[str]):
    theirs = shop.company.pk
    leaks = []
    with inside(rival.company):
        for table in tables:
            seen = count(table, theirs)
            changed = run("update {table} set company_id = company_id where company_id = %s", theirs, table=table)
            removed = run("delete from {table} where company_id = %s", theirs, table=table)
            if seen or changed or removed:
                leaks.append((table, seen, changed, removed))
    assert leaks == []


def test_inside_a_rival_no_row_can_be_put_into_the_shop(shop: Shop, rival: Shop, tables: list[str]):
    for table in tables:
        with pytest.raises(ProgrammingError, match="row-level security") as refused, inside(rival.company):
            run("insert into {table} (company_id) values (%s)", shop.company.pk, table=table)
        assert refused.value.__cause__.sqlstate == "42501"


def test_no_row_can_be_moved_into_a_neighbours_company(shop: Shop, rival: Shop, owner_connection: psycopg.Connection):
    held = _with_trigger(owner_connection)
    for model in tenant_models():
        table = model._meta.db_table
        if table in held:
            continue
        with pytest.raises(DatabaseError), inside(rival.company):
            run("update {table} set company_id = %s", shop.company.pk, table=table)


@pytest.mark.parametrize(("model", "one"), LINKS, ids=[f"{model.__name__}.{one.name}" for model, one in LINKS])
def test_no_row_can_point_to_a_neighbours_row(model, one, shop: Shop, rival: Shop, owner_connection):
    table, column, target = model._meta.db_table, one.column, one.remote_field.model._meta.db_table
    keys = owner_connection.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where contype = 'f' and conrelid = %s::regclass", [table]
    ).fetchall()
    wanted = f"FOREIGN KEY (company_id, {column}) REFERENCES {target}(company_id, id)"
    assert any(row[0].startswith(wanted) for row in keys), f"{table}.{column} has no key with the company in it"
    if table in _with_trigger(owner_connection):
        return
    foreign = rival[one.remote_field.model._meta.model_name].pk
    with pytest.raises(IntegrityError) as refused, inside(shop.company):
        point(table, column, foreign)
    assert refused.value.__cause__.sqlstate in {"23503", "23505"}


def _with_trigger(owner: psycopg.Connection) -> set[str]:
    """Tables whose rows refuse any such update by a trigger, before a key is even looked at."""
    found = owner.execute(
        "select tgrelid::regclass::text from pg_trigger t join pg_proc p on p.oid = t.tgfoid where p.proname ~ %s",
        [UNMOVABLE],
    )
    return {row[0] for row in found}


def test_every_tenant_table_has_row_security_with_a_policy_for_reading_and_writing(
    tables: list[str], owner_connection: psycopg.Connection
):
    for table in tables:
        enabled = owner_connection.execute(
            "select relrowsecurity from pg_class where oid = %s::regclass", [table]
        ).fetchone()
        policies = owner_connection.execute(
            "select polcmd, polpermissive, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)"
            " from pg_policy where polrelid = %s::regclass",
            [table],
        ).fetchall()
        wall = "(company_id = (current_setting('alarmdesk.company'::text))::bigint)"
        assert enabled == (True,), table
        assert policies == [("*", True, wall, wall)], table


def test_every_key_of_a_tenant_table_has_the_company_in_it(tables: list[str], owner_connection: psycopg.Connection):
    indexes = owner_connection.execute(
        """
        select i.indrelid::regclass::text, i.indisprimary, pg_get_indexdef(i.indexrelid)
        from pg_index i where i.indisunique and i.indrelid::regclass::text = any(%s)
        """,
        [tables],
    ).fetchall()
    assert len(indexes) >= len(tables)
    loose = [definition for _, _, definition in indexes if "company_id" not in definition]
    later = [definition for _, first, definition in indexes if first and "(company_id, " not in definition]
    assert loose == []
    assert later == []


def test_the_application_lives_as_a_role_that_walls_stop():
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles"
            " where rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False, False, False)
        cursor.execute("select count(*) from pg_class where relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute("select count(*) from pg_auth_members where member = current_user::regrole")
        assert cursor.fetchone() == (0,)


def test_the_application_cannot_take_a_wall_down(shop: Shop):
    for statement in (
        "alter table customers_customer disable row level security",
        "drop policy wall on customers_customer",
        "alter table payments_allocation disable trigger insert_only",
        "truncate customers_customer cascade",
        "set session_replication_role = replica",
    ):
        with pytest.raises(ProgrammingError) as refused, transaction.atomic():
            run(statement)
        assert refused.value.__cause__.sqlstate == "42501", statement


def test_the_functions_that_step_over_the_wall_are_known_and_cannot_be_led_astray(
    owner_connection: psycopg.Connection,
):
    found = owner_connection.execute(
        """
        select p.proname, coalesce(array_to_string(p.proconfig, ','), '') from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and n.nspname = 'public'
        """
    ).fetchall()
    assert {name for name, _ in found} == STEP_OVER_THE_WALL
    assert all("search_path=public, pg_temp" in settings for _, settings in found)


def test_entering_one_company_inside_another_brings_the_first_back(shop: Shop, rival: Shop):
    with inside(shop.company):
        with inside(rival.company):
            assert count("customers_customer", shop.company.pk) == 0
        assert count("customers_customer", shop.company.pk) > 0
        assert count("customers_customer", rival.company.pk) == 0


def test_an_error_inside_leaves_nobody_entered(shop: Shop):
    with pytest.raises(ZeroDivisionError), inside(shop.company):
        raise ZeroDivisionError
    with pytest.raises(DatabaseError):
        count("customers_customer", shop.company.pk)


WATCHED = """
select t.tgrelid::regclass::text, a.attname::text from pg_trigger t
join pg_attribute a on a.attrelid = t.tgrelid and a.attnum > 0 and not a.attisdropped and not a.attnum = any (t.tgattr)
where t.tgname = %s
"""


LEFT_OUT = {
    "trail_changes": {
        "customers_customer": {"email_key"},
        "customers_address": {"place"},
        "company_company": {"logo"},
        "credit_adverseletter": {"said"},
        "customers_import": {"through_line", "imported_rows"},
        "invoicing_recurringinvoice": {"next_seq", "next_on"},
        "invoicing_quoteanswer": {"document", "digest", "signature", "agreed_text"},
        "payments_discrepancy": {"lines"},
        "scheduling_assignment": {"starts_at", "ends_at", "released_at"},
        "payments_gateway": {"webhook_code", "methods_read_at", "reconciled_at"},
        "payments_billingmethod": {"initial_transaction_id", "expiry_told_for", "expiry_told_days"},
        # when and by whom something came to nothing, the entry of its status says
        "payments_payment": {"applied", "refunded", "batch_id", "voided_at", "voided_by"},
    },
    "frozen": {
        "invoicing_invoice": {"paid", "credited", "used", "voided_at", "voided_by", "void_reason", "customer_id"},
        # these follow a merge, and nothing else (test_merging.py)
        "invoicing_quoteanswer": {"customer_id"},
        "payments_statement": {"customer_id", "moved_from"},
        "invoicing_invoicedpiece": {"released_at"},
        "credit_creditreport": {
            "customer_id", "state", "answered_at", "external_id", "score", "grade", "applied_at", "applied_by",
        },
        "credit_adverseletter": {"said"},
    },
}  # fmt: skip


@pytest.mark.parametrize("trigger", ["trail_changes", "frozen"])
def test_no_column_that_came_later_escapes_the_trail_or_the_ice(trigger: str, owner_connection: psycopg.Connection):
    """The triggers name the columns that they watch: a new column needs RenewTrail in its migration."""
    left_out: dict[str, set[str]] = {}
    for table, column in owner_connection.execute(WATCHED, [trigger]):
        left_out.setdefault(table, set()).add(column)
    assert {table: columns for table, columns in left_out.items() if columns != LEFT_OUT[trigger].get(table)} == {}
