"""How does XML travel to a bureau and back? One POST; what comes back is read with care and trusted with nothing."""

import re
from typing import Protocol
from xml.etree import ElementTree as ET

from django.views.decorators.debug import sensitive_variables

from alarmdesk.credit.bureaus.port import BadCredentials, NoAnswer, Refused
from alarmdesk.lib.clients import OURS, Reply, WireError
from alarmdesk.lib.xml import ParseError, parse

XML = ("content-type", "text/xml; charset=utf-8")
LOOKS_LIKE_SSN = re.compile(r"\b\d{3}[- ]?\d{2}[- ]?\d{4}\b")
UNAUTHORIZED = frozenset({401, 403})


class Sender(Protocol):
    """What an adapter needs of the wire."""

    def send(self, method: str, url: str, headers: list[tuple[str, str]], body: bytes | None) -> Reply:
        """Send a request, once. Raises WireError."""


@sensitive_variables("body")
def exchange(http: Sender, url: str, asked: ET.Element) -> ET.Element:
    """Send a document and read the one that comes back. Raises NoAnswer, BadCredentials, Refused."""
    body = ET.tostring(asked, encoding="utf-8", xml_declaration=True)
    try:
        reply = http.send("POST", url, [XML, OURS], body)
    except WireError as error:
        raise NoAnswer(f"No answer came ({error}).") from None
    if reply.status in UNAUTHORIZED:
        raise BadCredentials
    if 400 <= reply.status < 500:
        raise Refused(f"The bureau did not take the request (HTTP {reply.status}).")
    if reply.status != 200:
        raise NoAnswer(f"The bureau had a fault (HTTP {reply.status}).")
    try:
        return parse(reply.text)
    except ParseError:
        raise NoAnswer("What came back could not be read.") from None


def masked(text: str) -> str:
    """The text without anything that looks like a Social Security number."""
    return LOOKS_LIKE_SSN.sub("•••-••-••••", text)


def points(text: str) -> int | None:
    """A score as bureaus write them ("+712", "00712"); None for what is no score of 300 to 850."""
    digits = text.strip().lstrip("+")
    value = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 7 else 0
    return value if 300 <= value <= 850 else None
