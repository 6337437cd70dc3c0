"""Which rows does a CSV file hold? Read as a stream: memory is bounded whatever the file is.

A line of the file is at most 64 kB, a cell 128 kB, a row 1 MB; beyond that reading stops and says where.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alarmdesk.office.importing.mapping import DELIMITERS, ENCODINGS

LONGEST_LINE = 64 * 1024
LONGEST_ROW = 1024 * 1024
MOST_COLUMNS = 1000
BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class UnreadableFile(ValueError):
    """The file as a whole cannot be read, or not beyond a line; the text says why and where. `line` is 1 or more."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it came: the line where it begins and its cells. `damage` says what is wrong with the row itself."""

    line: int
    cells: list[str]
    damage: tuple[str, ...] = ()


class Lines:
    """The physical lines of a stream of bytes as text; what could not be decoded is remembered for its row."""

    def __init__(self, chunks: Iterable[bytes], encoding: str) -> None:
        self.encoding = ENCODINGS[encoding]
        self.number = 0
        self.row_size = 0
        self.damage: list[str] = []
        self._raw = self._split(chunks)
        self._offset = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        raw = next(self._raw)
        self.number += 1
        if self.number == 1:
            self._look_at_first(raw)
            raw = raw.removeprefix(BOM)
        self.row_size += len(raw)
        if self.row_size > LONGEST_ROW:
            raise UnreadableFile("A row is longer than 1 MB. Is the closing quote of a cell missing?", self.number)
        text = self._decoded(raw)
        self._offset += len(raw)
        if "\0" in text:
            self.damage.append(f"Line {self.number} holds a NUL byte: the file is damaged there.")
            text = text.replace("\0", "")
        return text

    def _decoded(self, raw: bytes) -> str:
        try:
            return raw.decode(self.encoding)
        except UnicodeDecodeError as error:
            byte = raw[error.start]
            other = "Is it a Windows-1252 file?" if self.encoding == "utf-8" else "Is it a UTF-8 file?"
            self.damage.append(
                f"Byte {self._offset + error.start + 1:,} of the file (0x{byte:02X}, on line {self.number}) "
                f"is not {'UTF-8' if self.encoding == 'utf-8' else 'Windows-1252'} text. {other}"
            )
            return raw.decode(self.encoding, errors="replace")

    @staticmethod
    def _look_at_first(raw: bytes) -> None:
        if raw.startswith(UTF_16):
            raise UnreadableFile("The file is UTF-16 text. Save it as “CSV UTF-8” and bring it again.")
        if raw.startswith(SPREADSHEETS):
            raise UnreadableFile("The file is a spreadsheet. Save it as “CSV UTF-8” and bring it again.")
        if raw.startswith(b"%PDF-"):
            raise UnreadableFile("The file is a PDF. Export the list as CSV and bring that.")

    @staticmethod
    def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
        rest, number = b"", 1
        for chunk in chunks:
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            for line in lines:
                _check_length(line, number)
                yield line + b"\n"
                number += 1
            _check_length(rest, number)
        if rest:
            yield rest


def _check_length(line: bytes, number: int) -> None:
    if len(line) > LONGEST_LINE:
        hint = " Its lines may end the way old Macs ended them." if b"\r" in line[:-1] else ""
        raise UnreadableFile(f"Line {number:,} is longer than 64 kB: this is not a list of customers.{hint}", number)


def records(chunks: Iterable[bytes], *, encoding: str = "utf-8", delimiter: str = "") -> Iterator[Record]:
    """The rows of a file, its header first; blank lines are left out. Raises UnreadableFile where reading must stop."""
    lines = Lines(chunks, encoding)
    first = next(lines, None)
    if first is None:
        raise UnreadableFile("The file is empty.")
    reader = csv.reader(_again(first, lines), delimiter=delimiter or guess_delimiter(first), strict=True)
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _unreadable(error, begins, lines.number) from None
        if any(cells) or lines.damage:
            yield Record(begins, cells, tuple(lines.damage))
        begins, lines.row_size, lines.damage = lines.number + 1, 0, []


def _again(first: str, lines: Lines) -> Iterator[str]:
    yield first
    yield from lines


def _unreadable(error: csv.Error, begins: int, ends: int) -> UnreadableFile:
    said = str(error)
    if "field larger" in said:
        return UnreadableFile("A cell is longer than 128 kB. Is the closing quote of a cell missing?", begins)
    if "unexpected end of data" in said:
        return UnreadableFile("The file ends inside a quoted cell: a closing quote is missing.", begins)
    if "new-line character" in said:
        return UnreadableFile("A carriage return stands in the middle of a line.", ends)
    return UnreadableFile('A quote stands in the middle of a cell. Double it ("") and quote the whole cell.', ends)


def guess_delimiter(header: str) -> str:
    """The delimiter that the header line uses most; a comma where it uses none."""
    counts = {mark: header.count(mark) for mark in DELIMITERS.values()}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else ","


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file whose header has been read: its column names and the rows that are left to read."""

    header: list[str]
    records: Iterator[Record]


def open_sheet(chunks: Iterable[bytes], *, encoding: str = "utf-8", delimiter: str = "") -> Sheet:
    """The header and the rows behind it. Raises UnreadableFile for an empty file or a header that is none."""
    rows = records(chunks, encoding=encoding, delimiter=delimiter)
    header = next(rows, None)
    if header is None:
        raise UnreadableFile("The file is empty.")
    if header.damage:
        raise UnreadableFile(header.damage[0], header.line)
    names = [cell.strip() for cell in header.cells]
    if len(names) > MOST_COLUMNS:
        raise UnreadableFile(f"The file has {len(names):,} columns; {MOST_COLUMNS:,} are the most.")
    return Sheet(names, rows)
