"""How is a file of another system to be read? Its columns, translations of their values, constants, and options.

The same structure comes from a TOML file (command line), from a form, and from a saved Mapping's JSON:

    [columns]            column of the file = field, or a list of fields
    [constants]          field = value, where the file's own cell is blank or there is no column
    [values.status]      what a cell says = what it means for the field "status"; "*" stands for anything else
    [options]            delimiter, encoding, date_format
    [[options.skip]]     column = "Type", is = ["Test"]: rows that are left out

Source: docs/recipes/import-customers.md.
"""

import difflib
import tomllib
from collections.abc import Mapping as Table
from dataclasses import asdict, dataclass, field
from typing import Any

from alarmdesk.office.importing.fields import BY_CODE, DATES, REQUIRED

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
ENCODINGS = {"utf-8": "utf-8", "windows-1252": "cp1252"}
RELATIVE_DATES = ("today", "tomorrow", "first of next month")


class BadMapping(ValueError):
    """The mapping itself cannot be used; the text says where it is wrong."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Rows to leave out: those whose cell of the column is one of the values."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """A mapping that has been understood. Column names and values are as the file writes them."""

    columns: dict[str, tuple[str, ...]]
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    delimiter: str = ""  # "" stands for: find out
    encoding: str = "utf-8"
    date_format: str = ""
    skip: tuple[Skip, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The structure that `understood` takes."""
        options: dict[str, Any] = {"encoding": self.encoding}
        if self.delimiter:
            options["delimiter"] = self.delimiter
        if self.date_format:
            options["date_format"] = self.date_format
        if self.skip:
            options["skip"] = [{"column": each.column, "is": list(asdict(each)["values"])} for each in self.skip]
        return {
            "columns": {column: list(fields) for column, fields in self.columns.items()},
            "values": self.values,
            "constants": self.constants,
            "options": options,
        }


def from_toml(source: str) -> Rules:
    """The rules of a TOML text. Raises BadMapping."""
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"The mapping is not TOML: {error}.") from None
    return understood(table)


def understood(table: Table[str, Any]) -> Rules:
    """The rules of a table as the module's docstring shows it. Raises BadMapping."""
    _only(table, ("columns", "values", "constants", "options"), "the mapping")
    options = _table(table, "options")
    _only(options, ("delimiter", "encoding", "date_format", "skip"), "[options]")
    rules = Rules(
        columns=_columns(_table(table, "columns")),
        values=_values(_table(table, "values")),
        constants={_field(code): _word(value) for code, value in _table(table, "constants").items()},
        delimiter=_delimiter(str(options.get("delimiter", ""))),
        encoding=_encoding(str(options.get("encoding", "utf-8"))),
        date_format=str(options.get("date_format", "")),
        skip=tuple(_skip(each) for each in options.get("skip", [])),
    )
    _check(rules)
    return rules


def _columns(table: Table[str, Any]) -> dict[str, tuple[str, ...]]:
    columns = {}
    for column, fields in table.items():
        listed = [fields] if isinstance(fields, str) else fields
        if not isinstance(listed, list):
            raise BadMapping(f"The column “{column}” must name a field or a list of fields.")
        columns[column.strip()] = tuple(_field(each) for each in listed)
    return columns


def _values(table: Table[str, Any]) -> dict[str, dict[str, str]]:
    for code, words in table.items():
        if not isinstance(words, dict):
            raise BadMapping(f"[values.{code}] must be a table of what a cell says and what it means.")
    return {
        _field(code): {said.strip(): _word(meant) for said, meant in words.items()} for code, words in table.items()
    }


def _check(rules: Rules) -> None:
    named = [code for fields in rules.columns.values() for code in fields]
    if twice := sorted({code for code in named if named.count(code) > 1}):
        raise BadMapping(f"Two columns give the field “{BY_CODE[twice[0]].label}”: it can have one only.")
    for code in REQUIRED:
        if code not in named:
            raise BadMapping(f"No column gives the field “{BY_CODE[code].label}” ({code}).")
    for code in REQUIRED:
        if code in rules.constants:
            raise BadMapping(f"The field “{BY_CODE[code].label}” differs from row to row: it cannot be a constant.")
    for code, value in rules.constants.items():
        _check_meaning(code, value, f"[constants] {code}")
    for code, words in rules.values.items():
        for meant in words.values():
            _check_meaning(code, meant, f"[values.{code}]")


def _check_meaning(code: str, value: str, where: str) -> None:
    if not value or (code in DATES and value.lower() in RELATIVE_DATES):
        return
    try:
        BY_CODE[code].read(value)
    except ValueError as error:
        raise BadMapping(f"{where} = “{value}”: {error}") from None


def _field(code: Any) -> str:
    if code in BY_CODE:
        return str(code)
    near = difflib.get_close_matches(str(code), BY_CODE, 1)
    hint = f" Did you mean “{near[0]}”?" if near else f" The fields are: {', '.join(BY_CODE)}."
    raise BadMapping(f"There is no field “{code}”.{hint}")


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (dict, list)):
        raise BadMapping("A value must be a text, a number or a date.")
    return str(value).strip()


def _delimiter(text: str) -> str:
    found = DELIMITERS.get(text.lower(), text)
    if found and found not in DELIMITERS.values():
        raise BadMapping(f"“{text}” is not a delimiter. Use one of: {', '.join(DELIMITERS)}.")
    return found


def _encoding(text: str) -> str:
    name = {"utf8": "utf-8", "utf-8-sig": "utf-8", "cp1252": "windows-1252"}.get(text.lower(), text.lower())
    if name not in ENCODINGS:
        raise BadMapping(f"“{text}” is not an encoding known here. Use one of: {', '.join(ENCODINGS)}.")
    return name


def _skip(table: Any) -> Skip:
    if not isinstance(table, dict) or "column" not in table or "is" not in table:
        raise BadMapping("[[options.skip]] needs a column and is = a value or a list of values.")
    values = table["is"] if isinstance(table["is"], list) else [table["is"]]
    return Skip(str(table["column"]), tuple(_word(value).lower() for value in values))


def _table(table: Table[str, Any], name: str) -> dict[str, Any]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        raise BadMapping(f"[{name}] must be a table.")
    return found


def _only(table: Table[str, Any], names: tuple[str, ...], where: str) -> None:
    if strange := sorted(set(table) - set(names)):
        raise BadMapping(f"“{strange[0]}” has no place in {where}; it has {', '.join(names)}.")
