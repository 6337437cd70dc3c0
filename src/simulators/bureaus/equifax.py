"""How does a bureau speak whose dialect is flat elements full of attributes (as Equifax's transmissions are)?

A subscriber is a member number with two security digits, and a transaction PIN where one is agreed; a stranger gets
HTTP 401. The service is ACRO or Decision Power, each with a test variant. Assumed: the attribute `inquiryType` (SOFT,
HARD), and that a transmission without a subject only checks the member.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from starlette.responses import Response

from simulators.bureaus import people
from simulators.bureaus.desk import Answered, Asked, Unknown, Unreadable, check, inquire
from simulators.bureaus.people import Subject
from simulators.memory import Memory

BUREAU = "equifax"
SERVICES = {"ACRO", "ACRO Test", "Decision Power", "Decision Power Test"}
HITS = {
    people.HIT: ("1", "Hit"), people.NO_HIT: ("2", "No-hit"), people.FROZEN: ("A", "Consumer file security freeze"),
    people.NO_SCORE: ("1", "Hit"),
}  # fmt: skip
REASONS = (
    ("38", "Serious delinquency, and public record or collection filed"),
    ("14", "Length of time accounts have been established"),
    ("10", "Ratio of balance to limit on bank revolving accounts is too high"),
    ("08", "Too many inquiries in the last 12 months"),
)
BELOW_ALL_REASONS = 780


def answer(memory: Memory, body: bytes, now: int) -> Response:
    """One request's answer."""
    root = ET.fromstring(body)  # noqa: S314  (a simulator, read by tests alone)
    member = _child(root, "Member")
    code, secret = member.get("number", ""), member.get("securityDigits", "") + member.get("pin", "")
    subject = root.find("Subject")
    try:
        if subject is None:
            check(memory, BUREAU, code, secret)
            return _xml(ET.Element("EfxReport", reference=root.get("reference", "")))
        if _child(root, "Service").get("name") not in SERVICES:
            return _xml(_error("E0107", "Service not available to this member"))
        found = inquire(memory, BUREAU, _asked(root, subject, code, secret), now)
    except Unknown:
        return _xml(_error("E0041", "Member number or security digits not valid"), 401)
    except Unreadable as problem:
        return _xml(_error("E0112", str(problem)))
    return _xml(_report(root, found))


def _child(root: ET.Element, name: str) -> ET.Element:
    found = root.find(name)
    return ET.Element(name) if found is None else found


def _asked(root: ET.Element, person: ET.Element, code: str, secret: str) -> Asked:
    places = {place.get("type", ""): _place(place) for place in person.findall("Address")}
    subject = Subject(
        first=person.get("firstName", ""), last=person.get("lastName", ""), address=places.get("CURRENT", ""),
        previous=places.get("FORMER", ""), ssn=person.get("ssn", ""), birth_date=person.get("dateOfBirth", ""),
    )  # fmt: skip
    inquiry = _child(root, "Inquiry")
    return Asked(
        code, secret, root.get("reference", ""), inquiry.get("inquiryType") == "HARD", inquiry.get("purpose", ""),
        subject,
    )  # fmt: skip


def _place(place: ET.Element) -> str:
    town = " ".join(place.get(name, "") for name in ("city", "state", "zip"))
    return f"{place.get('street', '')}, {town}".strip(", ")


def _report(root: ET.Element, found: Answered) -> ET.Element:
    report = ET.Element("EfxReport", reference=root.get("reference", ""), transactionNumber=found.number)
    code, text = HITS[found.file.finding]
    ET.SubElement(report, "HitCode", code=code, description=text)
    if found.file.alert:
        ET.SubElement(report, "Alert", code="D", description="Consumer reported deceased")
    if found.file.score is not None:
        model = _child(root, "ScoreModel").get("number", "")
        score = ET.SubElement(report, "Score", model=f"Model {model}".strip(), value=f"{found.file.score:05d}")
        for code, text in REASONS if found.file.score < BELOW_ALL_REASONS else REASONS[:2]:
            ET.SubElement(score, "ReasonCode", code=code, description=text)
    if _child(root, "Service").get("includePrintImage") == "Y":
        said = f"score {found.file.score}" if found.file.score is not None else "no score"
        ET.SubElement(report, "PrintImage").text = f"* EQUIFAX CREDIT REPORT  {found.number} *\n  {text}, {said}"
    return report


def _error(code: str, text: str) -> ET.Element:
    error = ET.Element("EfxError")
    ET.SubElement(error, "Message", code=code, description=text)
    return error


def _xml(root: ET.Element, status: int = 200) -> Response:
    return Response(
        ET.tostring(root, encoding="utf-8", xml_declaration=True), media_type="text/xml", status_code=status
    )
