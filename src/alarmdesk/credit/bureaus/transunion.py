"""How is TransUnion asked? XML 4.1: a subscriber, a product, a subject; everything is an element (domain.md B8).

Not in any public manual, so assumed: `inquiryType` (soft, hard), and that a product without a subject only checks the
subscriber. Who goes live has the bureau's own integration guide; what differs there changes in this module alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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
    Subject,
)
from alarmdesk.credit.bureaus.wire import Sender, exchange, masked, points

SPACE = "http://www.transunion.com/namespace"
STRANGER = "061"
PURPOSES = {Purpose.CREDIT: "CI", Purpose.TRANSACTION: "BN", Purpose.INSTRUCTION: "WI"}


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who asks. `product`: 07000, or 08000 with a FICO score; `add_on` the score's own code, where it has one."""

    market: str
    submarket: str
    industry: str
    member: str
    product: str
    add_on: str
    password: str

    @classmethod
    def of(cls, account: Mapping[str, str], secrets: Mapping[str, str]) -> "Subscriber":
        """As a bureau's row keeps it."""
        parts = {name: str(account.get(name, "")) for name in ("market", "submarket", "industry", "member", "add_on")}
        return cls(**parts, product=str(account.get("product", "07000")), password=secrets.get("password", ""))


@dataclass(frozen=True, slots=True)
class TransUnion:
    """The adapter; `http` is the wire."""

    url: str
    subscriber: Subscriber
    http: Sender

    def verify(self) -> None:
        """A product without a subject."""
        self._ask(self._request("verify"))

    def inquire(self, inquiry: Inquiry) -> Answer:
        """Look somebody up."""
        asked = self._request(inquiry.reference, pull=inquiry.pull)
        product = _child(asked, "product")
        subject = ET.SubElement(product, "subject")
        ET.SubElement(subject, "number").text = "1"
        record = ET.SubElement(subject, "subjectRecord")
        _write(record, inquiry.subject)
        score = ET.SubElement(record, "addOnProduct")
        _text(score, code=self.subscriber.add_on, scoreModelProduct="true")
        _text(ET.SubElement(product, "permissiblePurpose"), code=PURPOSES[inquiry.purpose])
        return _read(self._ask(asked))

    def _request(self, reference: str, pull: str = "soft") -> ET.Element:
        who = self.subscriber
        root = ET.Element("creditBureau", xmlns=SPACE)
        _text(root, document="request", version="4.1")
        control = ET.SubElement(root, "transactionControl")
        _text(control, userRefNumber=reference)
        _text(
            ET.SubElement(control, "subscriber"), industryCode=who.industry, memberCode=who.member,
            inquirySubscriberPrefixCode=who.market + who.submarket, password=who.password,
        )  # fmt: skip
        _text(ET.SubElement(control, "options"), country="us", language="en", inquiryType=str(pull))
        _text(ET.SubElement(root, "product"), code=who.product)
        return root

    def _ask(self, asked: ET.Element) -> ET.Element:
        """The product of the answer. Raises NoAnswer, BadCredentials, Refused."""
        product = exchange(self.http, f"{self.url}/transunion/xml", asked).find(_named("product"))
        if product is None:
            raise NoAnswer("What came back is no answer.")
        error = product.find(_named("error"))
        if error is not None:
            if _said(error, "code") == STRANGER:
                raise BadCredentials
            raise Refused(masked(_said(error, "description")) or "The bureau gave no reason.")
        return product


def _write(record: ET.Element, subject: Subject) -> None:
    person = ET.SubElement(record, "indicative")
    name = ET.SubElement(ET.SubElement(person, "name"), "person")
    _text(name, first=subject.first_name, last=subject.last_name)
    _place(person, "current", subject.place)
    if subject.previous is not None:
        _place(person, "previous", subject.previous)
    if subject.ssn:
        _text(ET.SubElement(person, "socialSecurity"), number=subject.ssn.tell())
    if subject.born_on:
        _text(person, dateOfBirth=subject.born_on.tell())


def _place(person: ET.Element, status: str, place: Place) -> None:
    address = ET.SubElement(person, "address")
    _text(address, status=status)
    _text(ET.SubElement(address, "street"), unparsed=place.street)
    _text(ET.SubElement(address, "location"), city=place.city, state=place.state, zipCode=place.zip_code)


def _read(product: ET.Element) -> Answer:
    record = product.find("/".join((_named("subject"), _named("subjectRecord"))))
    hit = _said(record, "fileSummary/fileHitIndicator")
    if record is None or not hit:
        raise NoAnswer("What came back is no answer.")
    model = _find(record, "addOnProduct/scoreModel")
    score = points(_said(model, "score/results"))
    factors = _all(model, "score/factors/factor")
    alerts = [_said(alert, "text") for alert in _all(record, "fileSummary/highRiskFraudAlert")]
    finding = Finding.SCORED if score is not None else Finding.NO_SCORE
    if hit == "regularNoHit":
        finding = Finding.NO_HIT
    elif _said(record, "fileSummary/consumerFileFreeze") == "true":
        finding = Finding.FROZEN
    return Answer(
        finding=finding,
        external_id=_said(record, "fileNumber"),
        score=score if finding is Finding.SCORED else None,
        model=_said(model, "name"),
        factors=tuple(masked(_said(one, "description")) for one in factors),
        alerts=tuple(masked(alert) for alert in alerts if alert),
    )


def _named(path: str) -> str:
    return "/".join(f"{{{SPACE}}}{name}" for name in path.split("/"))


def _find(root: ET.Element | None, path: str) -> ET.Element | None:
    return root.find(_named(path)) if root is not None else None


def _all(root: ET.Element | None, path: str) -> list[ET.Element]:
    return root.findall(_named(path)) if root is not None else []


def _said(root: ET.Element | None, path: str) -> str:
    found = _find(root, path)
    return (found.text or "").strip() if found is not None else ""


def _child(root: ET.Element, name: str) -> ET.Element:
    return next(one for one in root if one.tag == name)


def _text(parent: ET.Element, **texts: str) -> None:
    """Elements of one text each."""
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text
