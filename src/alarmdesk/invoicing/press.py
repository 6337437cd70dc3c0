"""Which press draws the papers of billing? One for the life of the process (lib/press.py)."""

from pathlib import Path

from alarmdesk.lib.press import Press, pages_of, press_of

__all__ = ["NOTHING", "TEMPLATE", "Press", "forget", "pages_of", "pdf"]
TEMPLATE = Path(__file__).parent / "typst" / "paper.typ"
GENERATIONS = 11
"""Typst remembers what it has laid out for ten compilations; empty ones make it forget what nobody asks for again."""
NOTHING = (
    '{"title": "", "sender": {"name": "", "lines": [], "colour": "#000000", "has_logo": false}, '
    '"counted": false, "papers": []}'
)


def pdf(told: str, logo: bytes, timestamp: int, *, tags: bool) -> bytes:
    """The PDF of what is told, as `Press.pdf` makes it."""
    return press_of(TEMPLATE).pdf(told, logo, timestamp, tags=tags)


def forget() -> None:
    """Give the memory back that the last compilation took."""
    for _ in range(GENERATIONS):
        press_of(TEMPLATE).pdf(NOTHING, b"", 0, tags=False)
