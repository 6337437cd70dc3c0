"""How is data exported from the command line? `alarmdesk export NOUN --company SLUG [--from DATE] [--to DATE]`.

To the standard output. Exit code 0: written; 2: there is no such noun.
"""

import datetime as dt
from typing import TextIO

from rich.console import Console

from alarmdesk.company.entering import Actor
from alarmdesk.company.models import Company
from alarmdesk.office.exporting.nouns import NOUNS
from alarmdesk.office.exporting.streaming import csv_of

BY = Actor("system", "Command line")


def run(noun: str, *, company: Company, since: dt.date | None = None, until: dt.date | None = None, out: TextIO) -> int:
    """Write a noun's rows of the days from `since` to `until` as CSV to a stream."""
    chosen = NOUNS.get(noun)
    if chosen is None:
        errors = Console(stderr=True, highlight=False)
        errors.print(f"“{noun}” cannot be exported. Choose one of: {', '.join(NOUNS)}.", markup=False, style="red")
        return 2
    out.writelines(piece.decode() for piece in csv_of(company, chosen, actor=BY, first=since, last=until))
    out.flush()
    return 0
