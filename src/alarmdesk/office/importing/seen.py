"""Was this account number met before? Remembered on disk once there are many, so that memory stays bounded."""

import sqlite3
from collections.abc import Iterable

TAKEN = 0
"""The line of an account number that the company has already."""


class Seen:
    """Account numbers in lower case with the line where each was met first."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        # "" is SQLite's word for a private file that goes away with the connection
        self._store = sqlite3.connect("", isolation_level=None)
        self._store.execute("pragma journal_mode = off")
        self._store.execute("pragma cache_size = -8000")
        self._store.execute("create table seen (account text primary key, line integer) without rowid")
        self._store.execute("begin")
        rows = ((account.lower(), TAKEN) for account in taken)
        self._store.executemany("insert or ignore into seen values (?, ?)", rows)

    def first_line(self, account: str, line: int) -> int | None:
        """The line where the account number was met before (TAKEN for the company's own), or None; then it is now."""
        key = account.lower()
        if self._store.execute("insert or ignore into seen values (?, ?)", (key, line)).rowcount:
            return None
        found: int = self._store.execute("select line from seen where account = ?", (key,)).fetchone()[0]
        return found

    def close(self) -> None:
        self._store.close()
