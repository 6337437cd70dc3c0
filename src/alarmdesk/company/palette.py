"""What does a room let people find by words? One declaration for each noun; the palette asks them all and knows none.

A room lists its `Findable`s in a module of this name, and office/palette.py lists the rooms. Each is asked inside the
company, so that the walls stand; what its grant hides is not even asked for.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from alarmdesk.company.permissions import Grant

# 9, #9, INV-9, invoice 9, invoice no. 9, quote #9: at most 15 digits, which fit into a number of ours
NUMBERED = re.compile(r"(?P<noun>[a-z ]*?)[\s.-]*(?:no\.?|number|nr\.?)?[\s#.-]*(?P<number>\d{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, how many hits there is room for, and what the person may."""

    words: str
    most: int
    may: Callable[[Grant], bool]

    def number_of(self, *nouns: str) -> int | None:
        """The number that was typed, alone or after the beginning of one of these nouns: 1042, #1042, INV-1042."""
        typed = NUMBERED.fullmatch(self.words.lower())
        if typed is None or not any(noun.startswith(typed["noun"].strip()) for noun in nouns):
            return None
        return int(typed["number"])


@dataclass(frozen=True, slots=True)
class Hit:
    """One row that was found: the key of its page, what it is called, what else tells it from its like."""

    pk: int
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Findable:
    """One noun of a room. `page` is the page of one row (a keyword `pk`), `listed` the list that takes the words as q.

    `find` gives at most as many hits as are asked for, the best first. `recall` gives those of these keys that the
    person may see, for the pages where somebody was lately; two nouns may share a page. Without an icon a hit shows the
    initials of its label.
    """

    title: str
    may: Grant
    page: str
    find: Callable[[Asked], Iterable[Hit]]
    recall: Callable[[Asked, Collection[int]], Iterable[Hit]] | None = None
    icon: str = ""
    listed: str = ""
