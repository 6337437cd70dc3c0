"""Who has which file at the bureaus? Those whom a test has introduced, and everybody else by simple rules.

Of a stranger the surname decides: Nofile is not found, Frost has frozen the file, Graves is reported deceased, Thinfile
has a file without a score. An address on Score St has the score of its house number ("712 Score St": 712), whoever
lives there. Everybody else has the same score each time, drawn from the name. Whoever is not found at the current
address is looked for at the previous one: this is the door through which "white paging" comes (domain.md F6).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from simulators.memory import Memory

LOWEST, HIGHEST = 500, 830
HIT, NO_HIT, FROZEN, NO_SCORE = "hit", "no_hit", "frozen", "no_score"
SURNAMES = {"nofile": NO_HIT, "frost": FROZEN, "thinfile": NO_SCORE}
DECEASED_SURNAME, DECEASED = "graves", "deceased"
ON_SCORE_STREET = re.compile(r"(\d{3}) score st\b", re.IGNORECASE)


@dataclass(frozen=True)
class Subject:
    """Whom somebody asks about; addresses in one line, "" for no previous one."""

    first: str
    last: str
    address: str
    previous: str = ""
    ssn: str = ""
    birth_date: str = ""


@dataclass(frozen=True)
class File:
    """What is on file: `finding` is one of the words above, `alert` "deceased" or nothing."""

    finding: str
    score: int | None = None
    alert: str = ""


def file_of(memory: Memory, subject: Subject) -> File:
    """The file that a bureau finds."""
    row = memory.one(
        "SELECT * FROM bureau_consumer WHERE last = ? AND first = ?", subject.last.lower(), subject.first.lower()
    )
    if row is not None:
        flags = set(str(row["flags"]).split())
        finding = next((word for word in (NO_HIT, FROZEN, NO_SCORE) if word in flags), HIT)
        return _found(finding, row["score"], DECEASED if DECEASED in flags else "", subject)
    surname = subject.last.lower()
    alert = DECEASED if surname == DECEASED_SURNAME else ""
    return _found(SURNAMES.get(surname, HIT), None, alert, subject)


def _found(finding: str, score: int | None, alert: str, subject: Subject) -> File:
    if finding == NO_HIT and (elsewhere := ON_SCORE_STREET.match(subject.previous)):
        return File(HIT, int(elsewhere[1]), alert)
    if finding != HIT:
        return File(finding, None, alert)
    here = ON_SCORE_STREET.match(subject.address)
    return File(HIT, score or (int(here[1]) if here else drawn(subject)), alert)


def drawn(subject: Subject) -> int:
    """The same score for the same name each time."""
    digest = hashlib.sha256(f"{subject.first}/{subject.last}".lower().encode()).digest()
    return LOWEST + int.from_bytes(digest[:2]) % (HIGHEST - LOWEST + 1)
