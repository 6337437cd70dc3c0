"""What can any credit bureau do for us? Two verbs, frozen dataclasses, one error for "we do not know".

A Social Security number and a date of birth come as `Untold`: only an adapter opens them, for the length of a call.
Scores are whole points, 300 to 850. Source: domain.md B8.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn, Protocol


class NoAnswer(Exception):
    """The bureau's answer did not arrive or said nothing: it may have noted the inquiry. Nobody can ask about it."""


class BadCredentials(Exception):
    """The bureau does not know us. Nothing was looked up."""


class Refused(Exception):
    """The bureau understood and would not look. The text is fit to show."""


class Untold:
    """A value that only passes through. It cannot be printed, logged or stored by mistake; `tell` is for adapters."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def tell(self) -> str:
        """The value itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "•••"

    def __reduce__(self) -> NoReturn:
        raise TypeError("This value passes through; it is not to be kept.")


class Pull(StrEnum):
    """What the consumer's file remembers of the inquiry: a soft one is seen by the consumer alone."""

    SOFT = "soft"
    HARD = "hard"


class Purpose(StrEnum):
    """Why we may ask: 15 U.S.C. 1681b(a)(3)(A), (a)(3)(F) and (a)(2)."""

    CREDIT = "credit"
    TRANSACTION = "transaction"
    INSTRUCTION = "instruction"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody lives."""

    street: str
    city: str
    state: str
    zip_code: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom we ask about. `born_on` is an ISO date; both secrets may be empty."""

    first_name: str
    last_name: str
    place: Place
    previous: Place | None = None
    ssn: Untold = field(default_factory=Untold)
    born_on: Untold = field(default_factory=Untold)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question. `reference` is ours, 24 characters at most, and comes back in the answer."""

    reference: str
    pull: Pull
    purpose: Purpose
    subject: Subject


class Finding(StrEnum):
    """What the bureau found."""

    SCORED = "scored"
    NO_SCORE = "no_score"  # a file that is too thin, or has an alert instead
    NO_HIT = "no_hit"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bureau said, with nothing in it that identifies but its own number. `factors` are the key reasons for
    the score, most important first; `alerts` warnings; `image` the report as the bureau prints it.
    """

    finding: Finding
    external_id: str
    score: int | None = None
    model: str = ""
    factors: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    image: str = ""


class BureauPort(Protocol):
    """The verbs. Each raises NoAnswer or BadCredentials."""

    def verify(self) -> None:
        """Do our credentials work? Looks nobody up."""

    def inquire(self, inquiry: Inquiry) -> Answer:
        """Look somebody up, once: there is no repeat by itself. Raises Refused."""
