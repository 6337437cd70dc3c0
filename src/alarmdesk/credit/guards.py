"""Is this inquiry the next try at a door that was shut? Pure rules against "white paging" (domain.md F6).

A salesman whose customer failed asks again with a stranger's name or former address, until somebody else's good score
comes back; or adds a co-signer who knows of nothing. So whatever changed after a failed check, for this customer or at
this address, is named. Asking again about the same facts is no offence: a frozen file may have been thawed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from alarmdesk.credit.models import CreditReport
from alarmdesk.lib.furniture import day

NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Facts:
    """What an inquiry says about its subject. Addresses stand in one line; "" for no previous one."""

    name: str
    address: str
    previous: str
    is_cosigner: bool


def objections(facts: Facts, earlier: Iterable[CreditReport], *, passing: str) -> list[str]:
    """What speaks against asking, each as a sentence; nothing for an honest inquiry. `earlier` are the reports of the
    guarded time about the same customer or address, in any order.
    """
    said: dict[str, None] = {}
    for report in sorted(earlier, key=lambda report: report.asked_at):
        if report.has_failed(passing):
            said.update(dict.fromkeys(_changes(facts, report)))
    return list(said)


def _changes(facts: Facts, failed: CreditReport) -> Iterable[str]:
    when = f"after the check of {failed.subject_name} failed on {day(failed.asked_at)}"
    if facts.is_cosigner and not failed.is_cosigner:
        yield f"A co-signer, {facts.name}, was added {when}."
        return
    if same(facts.name) != same(failed.subject_name):
        yield f"The name was changed to {facts.name} {when}."
    if same(facts.address) != same(failed.address):
        yield f"The address was changed {when}."
    if same(facts.previous) != same(failed.previous_address):
        change = "changed" if failed.previous_address and facts.previous else "added" if facts.previous else "left out"
        yield f"A previous address was {change} {when}."


def same(text: str) -> str:
    """What is compared: letters and digits alone, in small."""
    return NOT_A_LETTER.sub("", text.lower())


def place_key(street: str, zip_code: str) -> str:
    """Under which words reports about one address are found."""
    return f"{same(street)}|{zip_code[:5]}"[:200]
