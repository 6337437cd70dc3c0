"""How is Equifax asked? A transmission of few elements with many attributes (domain.md B8).

Not in any public manual, so assumed: `inquiryType` (SOFT, HARD), and that a transmission without a subject only checks
the member. Who goes live has the bureau's own integration guide; what differs there changes in this module alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from alarmdesk.credit.bureaus.port import (
    Answer,
    BadCredentials,
    Finding,
    Inquiry,
    NoAnswer,
    Place,
    Purpose,
    Refused,
)
from alarmdesk.credit.bureaus.wire import Sender, exchange, masked, points

STRANGER = "E0041"
PURPOSES = {Purpose.CREDIT: "01", Purpose.TRANSACTION: "06", Purpose.INSTRUCTION: "02"}
NO_HIT, FROZEN, HIT = "2", "A", "1"


@dataclass(frozen=True, slots=True)
class Member:
    """Who asks, for which service and score model; `wants_image` for the report as the bureau prints it."""

    number: str
    score_model: str
    service: str
    wants_image: bool
    security_digits: str
    pin: str

    @classmethod
    def of(cls, account: Mapping[str, Any], secrets: Mapping[str, str]) -> "Member":
        """As a bureau's row keeps it."""
        return cls(
            number=str(account.get("member_number", "")),
            score_model=str(account.get("score_model", "")),
            service=str(account.get("service", "ACRO")),
            wants_image=bool(account.get("wants_image")),
            security_digits=secrets.get("security_digits", ""),
            pin=secrets.get("pin", ""),
        )


@dataclass(frozen=True, slots=True)
class Equifax:
    """The adapter; `http` is the wire."""

    url: str
    member: Member
    http: Sender

    def verify(self) -> None:
        """A transmission without a subject."""
        self._ask(self._request("verify"))

    def inquire(self, inquiry: Inquiry) -> Answer:
        """Look somebody up."""
        asked, subject = self._request(inquiry.reference), inquiry.subject
        ET.SubElement(asked, "Inquiry", inquiryType=inquiry.pull.upper(), purpose=PURPOSES[inquiry.purpose])
        secrets = {"ssn": subject.ssn.tell(), "dateOfBirth": subject.born_on.tell()}
        person = ET.SubElement(
            asked, "Subject", firstName=subject.first_name, lastName=subject.last_name,
            attrib={name: value for name, value in secrets.items() if value},
        )  # fmt: skip
        _place(person, "CURRENT", subject.place)
        if subject.previous is not None:
            _place(person, "FORMER", subject.previous)
        return _read(self._ask(asked))

    def _request(self, reference: str) -> ET.Element:
        who = self.member
        root = ET.Element("EfxTransmit", reference=reference)
        secrets = {"securityDigits": who.security_digits} | ({"pin": who.pin} if who.pin else {})
        ET.SubElement(root, "Member", number=who.number, attrib=secrets)
        ET.SubElement(root, "Service", name=who.service, includePrintImage="Y" if who.wants_image else "N")
        ET.SubElement(root, "ScoreModel", number=who.score_model)
        return root

    def _ask(self, asked: ET.Element) -> ET.Element:
        """The report. Raises NoAnswer, BadCredentials, Refused."""
        root = exchange(self.http, f"{self.url}/equifax/xml", asked)
        if root.tag == "EfxError":
            message = root.find("Message")
            told = message.attrib if message is not None else {}
            if told.get("code") == STRANGER:
                raise BadCredentials
            raise Refused(masked(told.get("description", "")) or "The bureau gave no reason.")
        if root.tag != "EfxReport":
            raise NoAnswer("What came back is no answer.")
        return root


def _place(person: ET.Element, kind: str, place: Place) -> None:
    ET.SubElement(
        person, "Address", type=kind, street=place.street, city=place.city, state=place.state, zip=place.zip_code
    )


def _read(report: ET.Element) -> Answer:
    hit = report.find("HitCode")
    if hit is None:
        raise NoAnswer("What came back is no answer.")
    found = report.find("Score")
    score = points(found.get("value", "")) if found is not None else None
    code = hit.get("code", "")
    finding = {NO_HIT: Finding.NO_HIT, FROZEN: Finding.FROZEN}.get(code)
    if finding is None:
        finding = Finding.SCORED if score is not None else Finding.NO_SCORE
    reasons = found.findall("ReasonCode") if found is not None else []
    return Answer(
        finding=finding,
        external_id=report.get("transactionNumber", ""),
        score=score if finding is Finding.SCORED else None,
        model=found.get("model", "") if found is not None else "",
        factors=tuple(masked(one.get("description", "")) for one in reasons),
        alerts=tuple(masked(one.get("description", "")) for one in report.findall("Alert")),
        image=masked(report.findtext("PrintImage", "")),
    )
