"""Can a process go on with the memory of one that was older than Stripe's dialect?"""

from __future__ import annotations

from pathlib import Path

from simulators.memory import Memory


def test_a_memory_from_before_a_column_is_given_it(tmp_path: Path) -> None:
    old = Memory(tmp_path)
    old.run("INSERT INTO merchant (name, security_key) VALUES ('Shop', 'key')")
    old.run("ALTER TABLE txn DROP COLUMN dialect")
    old.run("ALTER TABLE txn DROP COLUMN external_id")
    old.close()
    new = Memory(tmp_path)
    columns = {row["name"] for row in new.all("PRAGMA table_info(txn)")}
    assert {"dialect", "external_id"} <= columns
    assert new.number("SELECT count(*) FROM merchant") == 1
    new.close()
