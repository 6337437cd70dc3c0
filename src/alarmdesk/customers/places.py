"""Is this a state and a ZIP code of the United States? As the post office writes them."""

import re

_LETTERS = """
AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC
SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI AA AE AP
"""
STATES = frozenset(_LETTERS.split())
_ZIP = re.compile(r"(\d{5})(?:-?(\d{4}))?")


class BadState(ValueError):
    """The text is no state's two letters."""


class BadZip(ValueError):
    """The text is no ZIP code."""


def state(text: str) -> str:
    """The two letters in capitals; "" stays. Raises BadState."""
    letters = text.strip().upper()
    if letters and letters not in STATES:
        raise BadState(f"“{text.strip()}” is not a state. Write its two letters, like OK.")
    return letters


def zip_code(text: str) -> str:
    """Five digits, or nine as 74104-1234; "" stays. Raises BadZip."""
    digits = text.strip()
    if not digits:
        return ""
    found = _ZIP.fullmatch(digits)
    if found is None:
        raise BadZip(f"“{digits}” is not a ZIP code. Write five digits, like 74104.")
    return "-".join(part for part in found.groups() if part)
