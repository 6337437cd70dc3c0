"""What does the text of a cell mean? One reader per kind of value, each with a sentence for what it cannot read."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from alarmdesk.customers import places
from alarmdesk.lib import phones

STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
    "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin",
    "WY": "Wyoming", "AS": "American Samoa", "GU": "Guam", "MP": "Northern Mariana Islands", "VI": "Virgin Islands",
}  # fmt: skip
STATE_CODES = {name.lower(): code for code, name in STATES.items()} | {code.lower(): code for code in places.STATES}
YES = frozenset(("yes", "y", "true", "t", "1", "on", "x"))
NO = frozenset(("no", "n", "false", "f", "0", "off"))
UNTIL_ENDED = frozenset(("until ended", "forever", "0", "month to month", "mtm", "m2m", "ongoing", "evergreen"))
NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
_TIMES = re.compile(
    rf"(\d{{1,4}}|{'|'.join(NUMBERS)}) ?(times|x|payments?|invoices?|m|mos?\.?|mths?|months?|y|yrs?\.?|years?)?"
)
_MONEY = re.compile(r"-?\$?-?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_EXPIRY = re.compile(r"(\d{1,2})\s*[/-]\s*(\d{4}|\d{2})", re.ASCII)
_EXPIRY_ISO = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)
_ZIP = re.compile(r"\d{5}(-?\d{4})?", re.ASCII)
_TEN_DIGITS = re.compile(r"1?([2-9]\d{2}[2-9]\d{6})", re.ASCII)
_PHONE_MARKS = str.maketrans("", "", " ()-.")


class Unreadable(ValueError):
    """The cell does not hold what its column is for; the text is fit to show."""


def text(value: str, longest: int) -> str:
    """One line of text of at most `longest` characters."""
    line = " ".join(value.split())
    if len(line) > longest:
        raise Unreadable(f"This is {len(line):,} characters long; {longest:,} fit.")
    return line


def paragraph(value: str, longest: int) -> str:
    """Text that may have several lines."""
    if len(value) > longest:
        raise Unreadable(f"This is {len(value):,} characters long; {longest:,} fit.")
    return value.strip()


def money(value: str) -> Decimal:
    """A sum of money in dollars, not negative, to the cent: 1234.5, $1,234.50."""
    written = value.replace(" ", "")
    if written.startswith("(") and written.endswith(")"):
        written = f"-{written[1:-1]}"
    if not _MONEY.fullmatch(written) or not any(map(str.isdigit, written)):
        raise Unreadable("This is not a sum of money. Write it like 39.95.")
    amount = Decimal(written.replace("$", "").replace(",", ""))
    if amount < 0:
        raise Unreadable("A sum cannot be negative here.")
    if amount != amount.quantize(Decimal("0.01")):
        raise Unreadable("A sum of money has at most two decimals.")
    if amount >= 10**8:
        raise Unreadable("This sum is too large.")
    return amount.quantize(Decimal("0.01"))


def whole(value: str, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    if not _WHOLE.fullmatch(value):
        raise Unreadable("This is not a whole number.")
    if not least <= int(value) <= most:
        raise Unreadable(f"This must be from {least:,} to {most:,}.")
    return int(value)


@dataclass(frozen=True, slots=True)
class Months:
    """How long a contract lasts; how many invoices that is depends on how often there is one."""

    count: int


def times(value: str) -> int | Months | None:
    """How often something recurs: 60, 60 times, 60 months, 5 years, two years; None: until it is ended."""
    words = " ".join(re.sub(r"(?<=\w)-(?=\w)", " ", value.lower()).split())
    if words in UNTIL_ENDED:
        return None
    match = _TIMES.fullmatch(words)
    if match is None:
        return whole(value, 1, 1200)
    count = NUMBERS.get(match[1]) or whole(match[1], 1, 1200)
    unit = match[2] or ""
    if unit.startswith("y"):
        count *= 12
    return Months(count) if unit.startswith(("y", "m")) else count


def yes_or_no(value: str) -> bool:
    word = value.lower()
    if word not in YES and word not in NO:
        raise Unreadable("Write yes or no here.")
    return word in YES


def date(value: str, pattern: str = "") -> dt.date:
    """A date as 2026-11-21 or 11/21/2026, or by a strptime pattern such as %d.%m.%Y."""
    if pattern:
        try:
            found = dt.datetime.strptime(value, pattern).date()  # noqa: DTZ007  (a date has no time zone)
        except ValueError:
            example = dt.date(2026, 11, 21).strftime(pattern)
            raise Unreadable(f"This is not a date. This file's dates are written like {example}.") from None
        return _sane(found)
    if match := _ISO.fullmatch(value):
        return _sane(_day(int(match[1]), int(match[2]), int(match[3])))
    if match := _US.fullmatch(value):
        return _sane(_day(int(match[3]), int(match[1]), int(match[2])))
    raise Unreadable("This is not a date. Write it like 2026-11-21 or 11/21/2026.")


def expiry(value: str) -> dt.date:
    """The last good day of a card: 04/28, 04/2028, 2028-04."""
    if match := _EXPIRY.fullmatch(value):
        month, year = int(match[1]), int(match[2])
    elif match := _EXPIRY_ISO.fullmatch(value):
        month, year = int(match[2]), int(match[1])
    else:
        raise Unreadable("This is not a card's expiry. Write it like 04/28.")
    year += 2000 if year < 100 else 0
    if not 1 <= month <= 12 or not 1990 <= year <= 2100:
        raise Unreadable("There is no such month. Write a card's expiry like 04/28.")
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def email(value: str) -> str:
    try:
        validate_email(value)
    except ValidationError:
        raise Unreadable("This is not an e-mail address.") from None
    if len(value) > 254:
        raise Unreadable("This e-mail address is too long.")
    return value


def phone(value: str) -> str:
    """A telephone number as E.164."""
    # what nearly every cell looks like needs no library; it gives the same answer at thirty times the price
    if match := _TEN_DIGITS.fullmatch(value.translate(_PHONE_MARKS)):
        return f"+1{match[1]}"
    try:
        return phones.normal(value)
    except phones.BadPhone:
        raise Unreadable("This is not a phone number. Write it like (918) 555-0142.") from None


def state(value: str) -> str:
    """The two letters of a state of the USA, from them or from its name."""
    code = STATE_CODES.get(value.lower())
    if code is None:
        raise Unreadable("There is no such state. Write its two letters, like OK.")
    return code


def zip_code(value: str) -> str:
    """A ZIP code as 74104 or 74104-1234."""
    if not _ZIP.fullmatch(value):
        if value.isdecimal() and len(value) == 4:
            raise Unreadable("A ZIP code has five digits. Was a zero at its beginning lost?")
        raise Unreadable("This is not a ZIP code. Write it like 74104.")
    return f"{value[:5]}-{value[-4:]}" if len(value) > 5 else value


def last_four(value: str) -> str:
    """The last four digits of a card or an account; more than four would be a number that we must not keep."""
    if not re.fullmatch(r"\d{4}", value, re.ASCII):
        raise Unreadable("Only the last four digits belong here.")
    return value


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise Unreadable("There is no such day in the calendar.") from None


def _sane(day: dt.date) -> dt.date:
    if not 1900 <= day.year <= 2200:
        raise Unreadable("The year of this date cannot be right.")
    return day
