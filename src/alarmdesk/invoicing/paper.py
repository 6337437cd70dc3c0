"""How does a paper become a PDF: an invoice, a quote, a credit, a receipt, a statement?

Each is a `Paper`: words and figures that are written out already, in the parts that all papers have. One typst template
draws them all. `render` draws one, `render_many` one file of many, several times as fast each. The compiler (press.py)
is kept warm for the life of the process and fed data, never source (performance.md, "PDF").
"""

import datetime as dt
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from alarmdesk.company.letterhead import Sender, sender_as_json
from alarmdesk.invoicing import press
from alarmdesk.lib import qr

DIGIT, SMALL_LETTER, INSETS, WIDEST = 6.1, 5.2, 10.0, 110.0
"""Points: a tabular digit of the table's text, a letter of its head, what stands around a cell, a column at most."""
MOST_AT_ONCE = 100
FEW_ROWS = 24
"""So many rows and everything around them may find room on one page."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """To whom: the label above ("Bill to"), the name, the lines of the address."""

    label: str
    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table; figures stand at the right."""

    label: str
    is_figure: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, a cell for each column; `below` is a second, smaller line in the wide column."""

    cells: tuple[str, ...]
    below: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """A line below the table. The strong ones are what the reader looks for."""

    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """All of one paper, written out. What is empty is left out.

    `wide`: the place of the column that takes the rest of the width (the description). `stamp`: one word, such as Paid;
    with `is_void` it stands across each page as well. `strip`: (label, amount) in equal boxes above the table, such as
    the ages of what is owed. `pay_url`: an address for the QR code, `pay_says` the words beside it. `slip`: (label,
    value) of the part that the customer cuts off and sends with a check.
    """

    title: str
    number: str
    receiver: Receiver
    pairs: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    sums: tuple[Sum, ...] = ()
    wide: int = 0
    stamp: str = ""
    is_void: bool = False
    strip: tuple[tuple[str, str], ...] = ()
    note: tuple[str, ...] = ()
    small_print: str = ""
    pay_url: str = ""
    pay_says: str = "Scan the code with your phone, or follow the link. You need no password."
    slip: tuple[tuple[str, str], ...] = ()


def render(paper: Paper, sender: Sender, *, at: dt.datetime) -> bytes:
    """One paper as PDF. `at` goes into the file as its date, so that the same paper is the same file."""
    title = f"{paper.title} {paper.number}".strip()
    return _compiled(title, sender, [paper], at)


def render_many(papers: Sequence[Paper], sender: Sender, *, title: str, at: dt.datetime) -> bytes:
    """Many papers of one sender as one PDF, each counting its own pages. About 1 MB of memory each while it is made:
    hand over MOST_AT_ONCE at most. Afterwards the memory is free again.
    """
    try:
        return _compiled(title, sender, papers, at)
    finally:
        press.forget()


def _compiled(title: str, sender: Sender, papers: Sequence[Paper], at: dt.datetime) -> bytes:
    """To count pages costs as much again as all else. So short papers are drawn as if each had one page; when the file
    has as many pages as papers, that is true of each, and else they are drawn once more and counted.
    """
    told = json.dumps([_told(paper) for paper in papers])
    if all(len(paper.rows) <= FEW_ROWS for paper in papers):
        made = _drawn(title, sender, told, len(papers), at, counted=False)
        if press.pages_of(made) == len(papers):
            return made
    return _drawn(title, sender, told, len(papers), at, counted=True)


def _drawn(title: str, sender: Sender, told: str, count: int, at: dt.datetime, *, counted: bool) -> bytes:
    head = f'"title": {json.dumps(title)}, "counted": {json.dumps(counted)}, "sender": {sender_as_json(sender)}'
    return press.pdf(f'{{{head}, "papers": {told}}}', sender.logo, int(at.timestamp()), tags=count == 1)


def _told(paper: Paper) -> dict[str, Any]:
    """The paper as the template reads it."""
    told: dict[str, Any] = {
        "title": paper.title,
        "number": paper.number,
        "stamp": paper.stamp,
        "is_void": paper.is_void,
        "receiver": {
            "label": paper.receiver.label,
            "name": _worded(paper.receiver.name),
            "lines": paper.receiver.lines,
        },
        "pairs": paper.pairs,
        "strip": paper.strip,
        "columns": list(_columns(paper)),
        "wide": paper.wide,
        "rows": [{"cells": _cells(row, paper.wide), "below": row.below} for row in paper.rows],
        "sums": [{"label": each.label, "amount": each.amount, "strong": each.strong} for each in paper.sums],
        "note": [_worded(line) for line in paper.note],
        "small_print": paper.small_print,
        "slip": paper.slip,
    }
    if paper.pay_url:
        told["pay"] = {"url": paper.pay_url, "says": paper.pay_says, "code": list(qr.png(paper.pay_url))}
    return told


def _columns(paper: Paper) -> Iterable[tuple[str, bool, float]]:
    """Each column with its width in points, 0 for the wide one. Measured here: typst would lay every cell out twice."""
    for place, column in enumerate(paper.columns):
        longest = max((len(row.cells[place]) for row in paper.rows), default=0)
        points = max(longest * DIGIT, len(column.label) * SMALL_LETTER) + INSETS
        yield column.label, column.is_figure, 0.0 if place == paper.wide else min(points, WIDEST)


def _cells(row: Row, wide: int) -> list[Any]:
    return [_worded(cell) if place == wide else cell for place, cell in enumerate(row.cells)]


def _worded(words: str) -> Any:
    """The words, in a list of their own where they are read from right to left."""
    return [words] if is_right_to_left(words) else words


def is_right_to_left(words: str) -> bool:
    """Whether the first letter that has a direction runs from right to left (Unicode's bidi rules P2 and P3)."""
    if words.isascii():
        return False
    for letter in words:
        side = unicodedata.bidirectional(letter)
        if side in {"L", "R", "AL"}:
            return side != "L"
    return False
