"""What do the tests of the whole house share? Two companies with a row of everything, whose ids never meet."""

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

if TYPE_CHECKING:  # a conftest is read before Django is set up
    from tests.architecture.shop import Shop

APART = 10_000_000


@pytest.fixture(scope="module")
def two_shops(owner_connection: psycopg.Connection) -> tuple["Shop", "Shop"]:
    """A shop and its rival. Each table counts from a place of its own, so that an id of one table is in no other."""
    from tests.architecture.shop import full_shop, tenant_models

    for place, model in enumerate(tenant_models(), start=1):
        table = model._meta.db_table
        found = owner_connection.execute("select pg_get_serial_sequence(%s, 'id')", [table]).fetchone()
        sequence = found[0] if found and found[0] else f"{table}_number"
        now = owner_connection.execute(sql.SQL("select last_value from {}").format(_name(sequence))).fetchone()
        if now[0] < place * APART:
            owner_connection.execute("select setval(%s, %s)", [sequence, place * APART])
    return full_shop(), full_shop()


def _name(sequence: str) -> sql.Identifier:
    return sql.Identifier(*sequence.replace('"', "").split("."))


@pytest.fixture(scope="module")
def shop(two_shops: tuple["Shop", "Shop"]) -> "Shop":
    return two_shops[0]


@pytest.fixture(scope="module")
def rival(two_shops: tuple["Shop", "Shop"]) -> "Shop":
    return two_shops[1]
