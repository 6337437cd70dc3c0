"""What is in the file, before anybody says what it means? Its columns, with examples and their different values."""

from dataclasses import dataclass
from itertools import islice

from alarmdesk.company.models import Company
from alarmdesk.customers.models import Import
from alarmdesk.office.importing.keeping import pieces_of
from alarmdesk.office.importing.mapping import Rules
from alarmdesk.office.importing.reading import open_sheet

EXAMPLES = 3
LONGEST = 40
LOOKED_AT = 5_000
"""Rows from the beginning of the file whose values are looked at."""
MOST_VALUES = 30
"""A column with more different values than these says no choice."""


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of the file with a few of its values, and with all of them where they are few."""

    name: str
    examples: str
    values: tuple[str, ...] = ()


def columns_of(company: Company, kept: Import, rules: Rules) -> list[FoundColumn]:
    """The columns with examples. Called inside or outside the company. Raises reading.UnreadableFile."""
    sheet = open_sheet(pieces_of(company, kept), encoding=rules.encoding, delimiter=rules.delimiter)
    # by their first look: dict keeps the order in which values are met
    met: list[dict[str, None]] = [{} for _ in sheet.header]
    for record in islice(sheet.records, LOOKED_AT):
        for values, cell in zip(met, record.cells, strict=False):
            if len(values) <= MOST_VALUES and (value := cell.strip()):
                values[value] = None
    return [_found(name, list(values)) for name, values in zip(sheet.header, met, strict=True)]


def _found(name: str, values: list[str]) -> FoundColumn:
    examples = list(dict.fromkeys(value[:LONGEST] for value in values))[:EXAMPLES]
    return FoundColumn(name, ", ".join(examples), tuple(values) if len(values) <= MOST_VALUES else ())
