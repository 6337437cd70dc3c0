"""What do tests need of this room? Credit checks switched on, bureaus at the simulator, reports and letters."""

import datetime as dt
import secrets
from typing import Any

from alarmdesk.company.entering import entered
from alarmdesk.company.testing import OPENED, unique
from alarmdesk.credit.actions import turn_on
from alarmdesk.credit.bureaus.port import Answer, Finding, Place, Pull, Purpose, Subject, Untold
from alarmdesk.credit.declining import decline
from alarmdesk.credit.forms import CONSUMER
from alarmdesk.credit.grading import grade_of
from alarmdesk.credit.inquiring import Consent, Wish, new_token
from alarmdesk.credit.models import AdverseLetter, Bureau, CreditReport, CreditSettings, KeptAnswer
from alarmdesk.credit.queries import rules_of_company
from alarmdesk.customers.models import Customer

HOME = Place("2210 E 15th St", "Tulsa", "OK", "74104")
PASSWORD = "tu-password"  # noqa: S105  (a test's)
TRANSUNION = {"market": "06", "submarket": "22", "industry": "A", "product": "07000", "add_on": "00W18"}
EQUIFAX = {"score_model": "02781", "service": "ACRO Test", "wants_image": True}


def make_credit_settings(**fields: Any) -> CreditSettings:
    """Credit checks turned on in the entered company; any column of the rules."""
    rules = turn_on(at=OPENED, by="Rosa Calderon")
    for name, value in fields.items():
        setattr(rules, name, value)
    rules.save()
    return rules


def make_bureau(world: Any = None, *, kind: str = Bureau.Kind.TRANSUNION, **fields: Any) -> Bureau:
    """A bureau of the entered company; with the simulated `world` it is a subscriber there."""
    member = secrets.token_hex(4)
    is_equifax = kind == Bureau.Kind.EQUIFAX
    account = {**EQUIFAX, "member_number": member} if is_equifax else {**TRANSUNION, "member": member}
    sealed = {"security_digits": "77", "pin": "0042"} if is_equifax else {"password": PASSWORD}
    if world is not None:
        world.subscriber(kind, member if is_equifax else f"A0622{member}", "770042" if is_equifax else PASSWORD)
    name, address, phone = CONSUMER[Bureau.Kind(kind)]
    made: Bureau = Bureau.objects.create(
        **{
            "kind": kind, "name": unique(Bureau.Kind(kind).label), "account": account, "secrets": sealed,
            "consumer_name": name, "consumer_address": address, "consumer_phone": phone, **fields,
        }
    )  # fmt: skip
    return made


def code_of(bureau: Bureau) -> str:
    """Under which code the simulated bureau knows the company."""
    account = bureau.account
    if bureau.kind == Bureau.Kind.EQUIFAX:
        return str(account["member_number"])
    return f"{account['industry']}{account['market']}{account['submarket']}{account['member']}"


def make_wish(customer: Customer, bureau: Bureau, **fields: Any) -> Wish:
    """A soft inquiry about the customer, with consent given today; any part of it."""
    first, last = fields.pop("name", (customer.first_name, customer.last_name))
    subject = Subject(
        first, last, fields.pop("place", HOME), previous=fields.pop("previous", None),
        ssn=Untold(fields.pop("ssn", "")), born_on=Untold(fields.pop("born_on", "")),
    )  # fmt: skip
    today = entered().local_date(fields.pop("at", OPENED))
    given: dict[str, Any] = {
        "customer": customer, "bureau": bureau, "pull": Pull.SOFT, "purpose": Purpose.TRANSACTION, "subject": subject,
        "is_cosigner": False, "consent": Consent(f"{first} {last}", "paper", today, "I agree."),
        "token": new_token(), **fields,
    }  # fmt: skip
    return Wish(**given)


def make_report(customer: Customer, bureau: Bureau, score: int | None = 712, **fields: Any) -> CreditReport:
    """A report that a bureau has answered, its answer kept; without a score it found nobody."""
    rules = rules_of_company()
    finding = Finding.SCORED if score else Finding.NO_HIT
    row: dict[str, Any] = {
        "customer": customer, "bureau": bureau, "pull": "soft", "first_name": customer.first_name,
        "last_name": customer.last_name, "address": "2210 E 15th St, Tulsa, OK 74104", "place_key": "2210e15thst|74104",
        "purpose": "transaction", "consent_by": customer.name, "consent_how": "paper", "consent_on": OPENED.date(),
        "consent_text": "I agree.", "asked_at": OPENED, "asked_by": "Rosa Calderon", "answered_at": OPENED,
        "state": finding.value, "score": score, "grade": grade_of(score, rules) if score else "",
        "external_id": "TR100001", "form_token": new_token(), **fields,
    }  # fmt: skip
    made: CreditReport = CreditReport.objects.create(**row)
    factors = ("Too many inquiries last 12 months", "Length of time accounts have been established")
    answer = Answer(finding, "TR100001", score, "VantageScore", factors if score else ())
    KeptAnswer.of(answer, made, forget_on=OPENED.date() + dt.timedelta(days=36_500)).save()
    return made


def make_letter(report: CreditReport, **fields: Any) -> AdverseLetter:
    """An adverse action letter about a report."""
    told = {"decision": "We ask for a deposit before we install.", "today": OPENED.date(), "at": OPENED, **fields}
    return decline(report, **told)
