"""How does a bureau speak whose dialect is deep elements without attributes (as TransUnion's XML 4.1 does)?

A subscriber is industry code, member code, and a prefix of market and submarket, with a password. Product 07000 is the
credit report, 08000 the one with a FICO score. Errors come in the answer with HTTP 200. Assumed: the element
`inquiryType` (soft, hard), and that a product without a subject only checks the subscriber.
"""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from starlette.responses import Response

from simulators.bureaus import people
from simulators.bureaus.desk import Answered, Asked, Unknown, Unreadable, check, inquire
from simulators.bureaus.people import Subject
from simulators.memory import Memory

BUREAU = "transunion"
SPACE = "http://www.transunion.com/namespace"
PRODUCTS = {"07000": "VantageScore", "08000": "FICO Score"}
FACTORS = (
    ("040", "Derogatory public record or collection filed"),
    ("014", "Length of time accounts have been established"),
    ("010", "Proportion of balances to credit limits is too high on bank revolving accounts"),
    ("008", "Too many inquiries last 12 months"),
)
BELOW_ALL_FACTORS = 780
HITS = {people.HIT: "regularHit", people.NO_SCORE: "regularHit", people.NO_HIT: "regularNoHit"}


def answer(memory: Memory, body: bytes, now: int) -> Response:
    """One request's answer."""
    root = ET.fromstring(body)  # noqa: S314  (a simulator, read by tests alone)
    said = _Reader(root)
    subscriber = said.at("transactionControl/subscriber")
    code = "".join(subscriber.text(name) for name in ("industryCode", "inquirySubscriberPrefixCode", "memberCode"))
    secret, product = subscriber.text("password"), said.at("product").text("code")
    try:
        if said.at("product/subject").root is None:
            check(memory, BUREAU, code, secret)
            return _answer(said, product, [])
        if product not in PRODUCTS:
            return _failed(said, product, "085", "Product not available to this subscriber")
        found = inquire(memory, BUREAU, _asked(said, code, secret), now)
    except Unknown:
        return _failed(said, product, "061", "Invalid subscriber code or password")
    except Unreadable as problem:
        return _failed(said, product, "090", str(problem))
    return _answer(said, product, _subject(found, product))


class _Reader:
    """Walks down elements of the one namespace; what is missing reads as nothing."""

    def __init__(self, root: ET.Element | None) -> None:
        self.root = root

    def at(self, path: str) -> _Reader:
        found = self.root
        for name in path.split("/"):
            found = found.find(f"{{{SPACE}}}{name}") if found is not None else None
        return _Reader(found)

    def all(self, name: str) -> list[_Reader]:
        return [_Reader(one) for one in self.root.findall(f"{{{SPACE}}}{name}")] if self.root is not None else []

    def text(self, path: str) -> str:
        root = self.at(path).root
        return (root.text or "").strip() if root is not None else ""


def _asked(said: _Reader, code: str, secret: str) -> Asked:
    person = said.at("product/subject/subjectRecord/indicative")
    places = {place.text("status"): _place(place) for place in person.all("address")}
    subject = Subject(
        first=person.text("name/person/first"), last=person.text("name/person/last"),
        address=places.get("current", ""), previous=places.get("previous", ""),
        ssn=person.text("socialSecurity/number"), birth_date=person.text("dateOfBirth"),
    )  # fmt: skip
    return Asked(
        code, secret, said.text("transactionControl/userRefNumber"),
        said.text("transactionControl/options/inquiryType") == "hard",
        said.text("product/permissiblePurpose/code"), subject,
    )  # fmt: skip


def _place(place: _Reader) -> str:
    town = " ".join(place.text(f"location/{name}") for name in ("city", "state", "zipCode"))
    return f"{place.text('street/unparsed')}, {town}".strip(", ")


def _subject(found: Answered, product: str) -> list[ET.Element]:
    subject = ET.Element("subject")
    record = ET.SubElement(subject, "subjectRecord")
    ET.SubElement(record, "fileNumber").text = found.number
    summary = ET.SubElement(record, "fileSummary")
    ET.SubElement(summary, "fileHitIndicator").text = HITS.get(found.file.finding, "regularHit")
    if found.file.finding == people.FROZEN:
        ET.SubElement(summary, "consumerFileFreeze").text = "true"
    if found.file.alert:
        alert = ET.SubElement(summary, "highRiskFraudAlert")
        ET.SubElement(alert, "code").text = "0001"
        ET.SubElement(alert, "text").text = "SSN or name is associated with a deceased person"
    product_of_score = ET.SubElement(record, "addOnProduct")
    ET.SubElement(product_of_score, "code").text = "00W18"
    if found.file.score is None:
        ET.SubElement(product_of_score, "status").text = "notDelivered"
        return [subject]
    ET.SubElement(product_of_score, "status").text = "defaultDelivered"
    model = ET.SubElement(product_of_score, "scoreModel")
    ET.SubElement(model, "name").text = PRODUCTS[product]
    score = ET.SubElement(model, "score")
    ET.SubElement(score, "results").text = f"+{found.file.score}"
    factors = ET.SubElement(score, "factors")
    for rank, (code, text) in enumerate(FACTORS if found.file.score < BELOW_ALL_FACTORS else FACTORS[:2], start=1):
        factor = ET.SubElement(factors, "factor")
        for name, value in (("rank", str(rank)), ("code", code), ("description", text)):
            ET.SubElement(factor, name).text = value
    return [subject]


def _failed(said: _Reader, product: str, code: str, text: str) -> Response:
    error = ET.Element("error")
    ET.SubElement(error, "code").text = code
    ET.SubElement(error, "description").text = text
    return _answer(said, product, [error])


def _answer(said: _Reader, product: str, parts: list[ET.Element]) -> Response:
    root = ET.Element("creditBureau", xmlns=SPACE)
    ET.SubElement(root, "document").text = "response"
    control = ET.SubElement(root, "transactionControl")
    ET.SubElement(control, "userRefNumber").text = said.text("transactionControl/userRefNumber")
    tracking = ET.SubElement(control, "tracking")
    ET.SubElement(tracking, "transactionTimeStamp").text = datetime.now(UTC).isoformat()
    one = ET.SubElement(root, "product")
    ET.SubElement(one, "code").text = product
    one.extend(parts)
    return Response(ET.tostring(root, encoding="utf-8", xml_declaration=True), media_type="text/xml")
