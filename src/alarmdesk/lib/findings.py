"""What is a finding? Something that is probably wrong with what a company bills, found by asking PostgreSQL anew.

A room declares its kinds of findings; the billing audit of the office asks for all of them in one statement. Nothing is
stored, so a finding is gone as soon as what caused it is mended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Stake(StrEnum):
    """What the money of a finding is: earned and not asked for, asked for in error, in danger; or there is none."""

    UNBILLED = "unbilled"
    OVERBILLED = "overbilled"
    AT_RISK = "at risk"
    UNTAXED = "untaxed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding. `code` and a finding's `about` name it for ever; `title` is its chip, `says` explains it.

    `sql` selects customer_id (bigint or null), about (what it is about, as text: unique in the kind), what (a
    sentence), facts (at most 300 letters: a dismissed finding comes back when they change), since (date or null) and
    monthly (money a month in cents, or null). Its parameters are company, today (a date) and zone; it names the company
    on each table. `page` is where it is mended, `fix` the label of that link, `args` the page's keywords by the column
    that fills them, `query` an end of the address that may name {about}. `sources`: queries that several kinds read by
    name and that are asked once.
    """

    code: str
    title: str
    says: str
    stake: Stake
    sql: str
    page: str
    fix: str
    args: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
