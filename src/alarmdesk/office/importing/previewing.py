"""What is in the file, before anybody says what it means? Its columns with examples, and a first guess of a mapping."""

import re
from dataclasses import dataclass
from itertools import islice

from alarmdesk.company.models import Company
from alarmdesk.customers.models import Import
from alarmdesk.office.importing.fields import FIELDS
from alarmdesk.office.importing.keeping import pieces_of
from alarmdesk.office.importing.mapping import Rules
from alarmdesk.office.importing.reading import open_sheet

EXAMPLES = 3
LONGEST = 40
OTHER_NAMES = {
    "account_number": ("account", "acct", "customer id", "customerid", "customer number", "account id", "id"),
    "first_name": ("first", "given name"),
    "last_name": ("last", "surname", "family name", "name"),
    "business_name": ("company", "business", "company name"),
    "email": ("e mail", "mail", "email address"),
    "phone_mobile": ("mobile", "cell", "phone", "cell phone"),
    "phone_home": ("home phone",),
    "phone_work": ("work phone", "office phone"),
    "service_street": ("street", "address", "address 1", "service address"),
    "service_street_2": ("address 2", "apt", "suite"),
    "service_city": ("city", "town"),
    "service_state": ("state", "st"),
    "service_zip": ("zip", "zip code", "postal code", "zipcode"),
    "mmr": ("rmr", "monthly", "monthly rate"),
    "customer_since": ("since", "start date", "install date"),
    "note": ("notes", "comments"),
}


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of the file with a few of its values."""

    name: str
    examples: str


def columns_of(company: Company, kept: Import, rules: Rules) -> list[FoundColumn]:
    """The columns with examples. Called inside or outside the company. Raises reading.UnreadableFile."""
    sheet = open_sheet(pieces_of(company, kept), encoding=rules.encoding, delimiter=rules.delimiter)
    rows = [record.cells for record in islice(sheet.records, 20)]
    return [
        FoundColumn(name, ", ".join(_examples([row[at] for row in rows if at < len(row)])))
        for at, name in enumerate(sheet.header)
    ]


def _examples(cells: list[str]) -> list[str]:
    different = dict.fromkeys(cell.strip()[:LONGEST] for cell in cells if cell.strip())
    return list(different)[:EXAMPLES]


def guess(header: list[str]) -> dict[str, tuple[str, ...]]:
    """Which column is probably which field, by its name."""
    plain = {_plain(name): name for name in reversed(header)}
    found: dict[str, tuple[str, ...]] = {}
    for field in FIELDS:
        for name in (field.code.replace("_", " "), field.label.lower(), *OTHER_NAMES.get(field.code, ())):
            column = plain.get(_plain(name))
            if (
                column
                and column not in found
                and not (field.group.startswith("Billing") and name == field.label.lower())
            ):
                found[column] = (field.code,)
                break
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())
