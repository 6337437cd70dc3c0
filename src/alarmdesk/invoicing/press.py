"""Which press draws the papers of billing? One for the life of the process (lib/press.py)."""

import atexit
from functools import cache
from pathlib import Path

from alarmdesk.lib.press import Press, pages_of

__all__ = ["NOTHING", "TEMPLATE", "Press", "forget", "pages_of", "pdf"]
TEMPLATE = Path(__file__).parent / "typst" / "paper.typ"
GENERATIONS = 11
"""Typst remembers what it has laid out for ten compilations; empty ones make it forget what nobody asks for again."""
NOTHING = (
    '{"title": "", "sender": {"name": "", "lines": [], "colour": "#000000", "has_logo": false}, '
    '"counted": false, "papers": []}'
)


@cache
def _press() -> Press:
    made = Press(TEMPLATE)
    atexit.register(made.close)
    return made


def pdf(told: str, logo: bytes, timestamp: int, *, tags: bool) -> bytes:
    """The PDF of what is told, as `Press.pdf` makes it."""
    return _press().pdf(told, logo, timestamp, tags=tags)


def forget() -> None:
    """Give the memory back that the last compilation took."""
    for _ in range(GENERATIONS):
        _press().pdf(NOTHING, b"", 0, tags=False)
