"""What does the simulator remember, and how does it survive kill -9?

One SQLite file in the state folder, in WAL mode with `synchronous=NORMAL`: a commit is in the operating system's
hands before the answer leaves, so a killed process loses nothing that it has answered for. (A power cut may: that
is no case for a simulator.) Amounts are whole cents, instants whole seconds since 1970 UTC.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FIRST_TRANSACTION_ID = 8_000_000_000  # ten digits, as the real gateway's ids have

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS merchant (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, security_key TEXT NOT NULL UNIQUE,
  tokenization_key TEXT UNIQUE, username TEXT, password TEXT,
  duplicate_seconds INTEGER NOT NULL DEFAULT 1200, duplicate_code TEXT NOT NULL DEFAULT '430',
  duplicate_includes_order_id INTEGER NOT NULL DEFAULT 0, refunds_before_settlement INTEGER NOT NULL DEFAULT 0,
  cutoff TEXT NOT NULL DEFAULT '22:00');
CREATE TABLE IF NOT EXISTS vault (
  merchant_id INTEGER NOT NULL, vault_id TEXT NOT NULL, account TEXT NOT NULL, details TEXT NOT NULL,
  at INTEGER NOT NULL, updated_at INTEGER NOT NULL DEFAULT 0, updater TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (merchant_id, vault_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS token (
  token TEXT PRIMARY KEY, merchant_id INTEGER NOT NULL, account TEXT NOT NULL, expires_at INTEGER NOT NULL,
  used_at INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS txn (
  id INTEGER PRIMARY KEY AUTOINCREMENT, merchant_id INTEGER NOT NULL, type TEXT NOT NULL, method TEXT NOT NULL,
  amount INTEGER NOT NULL, refunded INTEGER NOT NULL DEFAULT 0, order_id TEXT NOT NULL, condition TEXT NOT NULL,
  at INTEGER NOT NULL, due_at INTEGER, batch_id INTEGER, fingerprint TEXT NOT NULL, account TEXT NOT NULL,
  vault_id TEXT NOT NULL, original_id INTEGER, response TEXT NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL,
  authcode TEXT NOT NULL, return_code TEXT, return_days INTEGER, details TEXT NOT NULL,
  dialect TEXT NOT NULL DEFAULT 'nmi', external_id TEXT NOT NULL DEFAULT '', taken_back INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS txn_merchant ON txn (merchant_id, id);
CREATE INDEX IF NOT EXISTS txn_order ON txn (merchant_id, order_id);
CREATE INDEX IF NOT EXISTS txn_duplicate ON txn (merchant_id, fingerprint, amount, at);
CREATE INDEX IF NOT EXISTS txn_due ON txn (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS txn_original ON txn (original_id) WHERE original_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS action (
  id INTEGER PRIMARY KEY, txn_id INTEGER NOT NULL, type TEXT NOT NULL, amount INTEGER NOT NULL, at INTEGER NOT NULL,
  success INTEGER NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL, batch_id INTEGER);
DROP INDEX IF EXISTS action_txn;
CREATE INDEX IF NOT EXISTS action_txn_at ON action (txn_id, at);
CREATE INDEX IF NOT EXISTS action_at ON action (at);
CREATE TABLE IF NOT EXISTS batch (
  id INTEGER PRIMARY KEY, merchant_id INTEGER NOT NULL, method TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fault (
  id INTEGER PRIMARY KEY, spec TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0, fired INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS stripe_object (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, merchant_id INTEGER NOT NULL, kind TEXT NOT NULL,
  owner TEXT NOT NULL, parent TEXT NOT NULL, created INTEGER NOT NULL, txn_id INTEGER, account TEXT NOT NULL,
  document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS stripe_object_listed ON stripe_object (merchant_id, kind, number, created);
CREATE INDEX IF NOT EXISTS stripe_object_owner ON stripe_object (owner, kind) WHERE owner != '';
CREATE INDEX IF NOT EXISTS stripe_object_parent ON stripe_object (merchant_id, kind, parent);
CREATE TABLE IF NOT EXISTS stripe_step (
  id INTEGER PRIMARY KEY, merchant_id INTEGER NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL,
  object_id TEXT NOT NULL, UNIQUE (merchant_id, at, what, object_id));
CREATE INDEX IF NOT EXISTS stripe_step_at ON stripe_step (at);
CREATE TABLE IF NOT EXISTS stripe_answer (
  merchant_id INTEGER NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, request TEXT NOT NULL, request_id TEXT NOT NULL,
  status INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (merchant_id, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT, merchant_id INTEGER NOT NULL, event_id TEXT NOT NULL, kind TEXT NOT NULL,
  url TEXT NOT NULL, secret TEXT NOT NULL, body TEXT NOT NULL, first_at INTEGER NOT NULL, due_at INTEGER,
  is_forged INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS bureau_subscriber (
  id INTEGER PRIMARY KEY, bureau TEXT NOT NULL, code TEXT NOT NULL, secret TEXT NOT NULL,
  UNIQUE (bureau, code));
CREATE TABLE IF NOT EXISTS bureau_consumer (
  id INTEGER PRIMARY KEY, last TEXT NOT NULL, first TEXT NOT NULL, score INTEGER, flags TEXT NOT NULL DEFAULT '',
  UNIQUE (last, first));
CREATE TABLE IF NOT EXISTS bureau_inquiry (
  id INTEGER PRIMARY KEY AUTOINCREMENT, bureau TEXT NOT NULL, code TEXT NOT NULL, reference TEXT NOT NULL,
  at INTEGER NOT NULL, is_hard INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, address TEXT NOT NULL,
  previous TEXT NOT NULL, has_ssn INTEGER NOT NULL, has_birth_date INTEGER NOT NULL, purpose TEXT NOT NULL,
  finding TEXT NOT NULL, score INTEGER, number TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mail (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL,
  subject TEXT NOT NULL, raw BLOB NOT NULL);
"""
TABLES = (
    "merchant", "vault", "token", "txn", "action", "batch", "fault", "mail", "stripe_object", "stripe_step",
    "stripe_answer", "delivery", "bureau_subscriber", "bureau_consumer", "bureau_inquiry",
)  # fmt: skip
SINCE = {
    "txn": {
        "dialect": "TEXT NOT NULL DEFAULT 'nmi'", "external_id": "TEXT NOT NULL DEFAULT ''",
        "taken_back": "INTEGER NOT NULL DEFAULT 0",
    },
    "vault": {"updated_at": "INTEGER NOT NULL DEFAULT 0", "updater": "TEXT NOT NULL DEFAULT ''"},
}  # fmt: skip
"""Columns that a memory from before them has to be given."""


class Memory:
    """The one durable store of the process. All calls are short and run on the event loop's thread."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "simulators.sqlite3"
        self.db = self._connect()
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.executescript(SCHEMA)
        self._catch_up()
        if self.one("SELECT 1 FROM sqlite_sequence WHERE name = 'txn'") is None:
            self.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('txn', ?)", FIRST_TRANSACTION_ID)
        if not self.setting("salt"):
            self.remember(salt=secrets.token_hex(16))

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, timeout=10)
        db.row_factory = sqlite3.Row
        return db

    def _catch_up(self) -> None:
        for table, columns in SINCE.items():
            known = {row["name"] for row in self.all(f"PRAGMA table_info({table})")}
            for name, definition in columns.items():
                if name not in known:
                    self.run(f"ALTER TABLE {table} ADD COLUMN {name} {definition}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; committed when the block ends, so reply only after it."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A second connection that sees one moment of the store, for answers too long to be given in one go."""
        db = self._connect()
        try:
            db.execute("BEGIN")
            yield db
        finally:
            db.close()

    def run(self, sql: str, *values: object) -> int:
        """Run one statement; answers the id of the row it inserted."""
        return int(self.db.execute(sql, values).lastrowid or 0)

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row or None."""
        row: sqlite3.Row | None = self.db.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """All rows."""
        return self.db.execute(sql, values).fetchall()

    def number(self, sql: str, *values: object) -> int:
        """The first column of the first row as a whole number; 0 when there is none."""
        row = self.one(sql, *values)
        return int(row[0] or 0) if row is not None else 0

    def setting(self, name: str) -> str:
        """A remembered setting; empty when never set."""
        row = self.one("SELECT value FROM setting WHERE name = ?", name)
        return str(row["value"]) if row is not None else ""

    def remember(self, **settings: object) -> None:
        """Write settings; durable when it returns."""
        for name, value in settings.items():
            self.run("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", name, str(value))

    def forget(self) -> None:
        """Empty everything but the salt, so that a test starts from nothing."""
        with self.transaction():
            for table in TABLES:
                self.run(f"DELETE FROM {table}")  # noqa: S608 (names of our own)
            self.run("UPDATE sqlite_sequence SET seq = ? WHERE name = 'txn'", FIRST_TRANSACTION_ID)
            self.run("DELETE FROM setting WHERE name != 'salt'")

    def close(self) -> None:
        """Write the log back into the file and let go of it."""
        self.db.close()


def row_values(row: sqlite3.Row) -> dict[str, Any]:
    """A row as a plain dict."""
    return dict(zip(row.keys(), tuple(row), strict=True))
