"""What does a file of state rates say? A CSV with state, rate and effective date; every bad cell is named."""

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from alarmdesk.customers.places import STATES

MOST_ROWS = 5_000
MOST_BYTES = 1_000_000
TEMPLATE = "state,rate,effective_on,name\r\nOK,4.5,2026-01-01,\r\nTX,6.25,2026-01-01,Texas sales and use tax\r\n"
COLUMNS = {
    "state": ("state",),
    "rate": ("rate", "tax rate", "rate percent", "percent"),
    "effective_on": ("effective on", "effective date", "effective", "from"),
    "name": ("name", "jurisdiction"),
}
NEEDED = ("state", "rate", "effective_on")
US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class RateRow:
    """A good row: its line in the file, two letters, percent with at most 4 decimals, the first day, a name or ""."""

    line: int
    state: str
    rate: Decimal
    effective_on: dt.date
    name: str


@dataclass(frozen=True, slots=True)
class RateProblem:
    """A bad cell: line and column of the file, what stands there, what is wrong."""

    line: int
    column: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class RateSheet:
    """A file as read: good rows, bad cells, and how many rows are in the books already."""

    rows: list[RateRow] = field(default_factory=list)
    problems: list[RateProblem] = field(default_factory=list)
    known: int = 0


class BadCell(ValueError):
    """The cell does not say what its column holds."""


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8 with or without its mark, else as Windows writes it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read(text: str) -> RateSheet:
    """All rows of a file, good and bad; blank lines are passed over."""
    sheet = RateSheet()
    if "\0" in text:
        sheet.problems.append(RateProblem(1, "", "", "This is not a text file."))
        return sheet
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    seen: dict[tuple[str, dt.date], int] = {}
    try:
        places = _places(next(reader, []), sheet)
        for cells in reader:
            if places is None or not any(cell.strip() for cell in cells):
                continue
            if len(sheet.rows) >= MOST_ROWS:
                sheet.problems.append(RateProblem(reader.line_num, "", "", f"More than {MOST_ROWS:,} rows."))
                break
            said = {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()}
            _take(said, reader.line_num, sheet, seen)
    except csv.Error as broken:
        sheet.problems.append(RateProblem(reader.line_num, "", "", f"The row cannot be read: {broken}."))
    return sheet


def _places(header: list[str], sheet: RateSheet) -> dict[str, int] | None:
    """Where each column stands, or None where a needed one is missing."""
    named = [cell.strip().lower().replace("_", " ") for cell in header]
    places = {name: named.index(word) for name, words in COLUMNS.items() for word in words if word in named}
    missing = [name for name in NEEDED if name not in places]
    sheet.problems.extend(RateProblem(1, name, "", f"There is no column “{name}”.") for name in missing)
    return None if missing else places


def _take(said: Mapping[str, str], line: int, sheet: RateSheet, seen: dict[tuple[str, dt.date], int]) -> None:
    """Add the row, or what is wrong with each of its cells."""
    found: dict[str, object] = {}
    for column, read_cell in (("state", _state), ("rate", _rate), ("effective_on", _date), ("name", _name)):
        value = said.get(column, "")
        try:
            found[column] = read_cell(value)
        except BadCell as bad:
            sheet.problems.append(RateProblem(line, column, value[:80], str(bad)))
    if len(found) < len(COLUMNS):
        return
    row = RateRow(line, **found)  # type: ignore[arg-type]  # each by its own reader
    first = seen.setdefault((row.state, row.effective_on), line)
    if first != line:
        says = f"Line {first} has a rate of {row.state} from that day already."
        sheet.problems.append(RateProblem(line, "effective_on", said["effective_on"], says))
        return
    sheet.rows.append(row)


def _state(text: str) -> str:
    letters = text.upper()
    if letters not in STATES:
        raise BadCell("Write the state's two letters, like OK.")
    return letters


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        raise BadCell("The rate must be a number, such as 8.517.") from None
    if not rate.is_finite() or not 0 <= rate <= 100:
        raise BadCell("A rate is between 0 and 100 percent.")
    if rate != round(rate, 4):
        raise BadCell("A rate has at most 4 decimals.")
    return rate


def _date(text: str) -> dt.date:
    found = US_DATE.fullmatch(text)
    try:
        month, day, year = (int(part) for part in found.groups()) if found else (0, 0, 0)
        date = dt.date(year, month, day) if found else dt.date.fromisoformat(text)
    except ValueError:
        raise BadCell("Write a date like 2026-01-31 or 1/31/2026.") from None
    if not 1950 <= date.year <= 2199:
        raise BadCell("Choose a day between 1950 and 2199.")
    return date


def _name(text: str) -> str:
    if len(text) > 40:
        raise BadCell("A name has at most 40 letters.")
    return text
