"""Who is good for it in the demo? A dealer's account at the simulated bureaus, and a few checks."""

import datetime as dt
from collections.abc import Mapping

import httpx
from django.conf import settings

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.credit.actions import apply_score, enter_score, save_bureau, turn_on
from alarmdesk.credit.bureaus.port import Place, Pull, Purpose, Subject
from alarmdesk.credit.declining import decline
from alarmdesk.credit.forms import CONSUMER
from alarmdesk.credit.inquiring import Consent, Wish, new_token, run_credit
from alarmdesk.credit.models import CONSENT, Bureau, CreditReport
from alarmdesk.customers.models import Customer
from alarmdesk.lib import clock

ROSA = Actor("staff", "Rosa Calderon")
TRANSUNION = {
    "market": "06", "submarket": "22", "industry": "A", "member": "1850422", "product": "07000", "add_on": "00W18",
}  # fmt: skip
EQUIFAX = {"member_number": "999NG00042", "score_model": "02781", "service": "ACRO Test", "wants_image": True}
SECRET = "demo-bureau"  # noqa: S105  (the simulator's)
SCORES = (742, 688, 561, 655)


def check_credit(company: Company) -> None:
    """Two bureaus, a handful of checks of leads and customers, one score applied, one letter."""
    at = clock.now()
    with inside(company, actor=ROSA):
        turn_on(at=at, by=ROSA.name)
        transunion = _bureau(Bureau.Kind.TRANSUNION, TRANSUNION, {"password": SECRET}, "A06221850422")
        equifax = _bureau(Bureau.Kind.EQUIFAX, EQUIFAX, {"security_digits": SECRET}, "999NG00042")
        people = Customer.objects.filter(kind=Customer.Kind.PERSON).prefetch_related("addresses")
        asked = [*people.filter(stage=Customer.Stage.LEAD).order_by("pk")[:2], *people.exclude(
            stage=Customer.Stage.LEAD
        ).order_by("pk")[:2]]  # fmt: skip
    for number, (person, score) in enumerate(zip(asked, SCORES, strict=False)):
        _tell_outside("people", {"first": person.first_name, "last": person.last_name, "score": score})
        report = run_credit(
            company, _wish(company, person, equifax if number % 2 else transunion, at), now=clock.now, actor=ROSA
        )
        with inside(company, actor=ROSA):
            _decide(company, report, number, at)
    with inside(company, actor=ROSA):
        enter_score(
            customer=asked[0], source="Experian, read on the phone", score=731,
            on_name=(asked[0].first_name, asked[0].last_name), at=at,
        )  # fmt: skip


def _bureau(kind: Bureau.Kind, account: Mapping[str, object], secrets: dict[str, str], code: str) -> Bureau:
    _tell_outside("subscribers", {"bureau": kind.value, "code": code, "secret": SECRET})
    name, address, phone = CONSUMER[kind]
    bureau = Bureau(
        kind=kind, name=kind.label, account=dict(account), secrets=secrets, consumer_name=name,
        consumer_address=address, consumer_phone=phone,
    )  # fmt: skip
    save_bureau(bureau)
    return bureau


def _wish(company: Company, person: Customer, bureau: Bureau, at: dt.datetime) -> Wish:
    home = person.service_address
    if home is None:
        raise RuntimeError("A sample customer has no address.")
    return Wish(
        customer=person, bureau=bureau, pull=Pull.SOFT, purpose=Purpose.TRANSACTION,
        subject=Subject(
            person.first_name, person.last_name, Place(home.street, home.city, home.state, home.zip_code)
        ),
        is_cosigner=False,
        consent=Consent(
            person.name, CreditReport.How.PAPER, company.local_date(at), CONSENT.replace("{company}", company.name)
        ),
        token=new_token(),
    )  # fmt: skip


def _decide(company: Company, report: CreditReport, number: int, at: dt.datetime) -> None:
    if report.score is None:
        raise RuntimeError(f"The simulated bureau gave no score: {report.state}.")
    if number == 0:
        apply_score(report, at=at)
    if report.grade == "D":
        decline(report, decision="We ask for a deposit before we install.", today=company.local_date(at), at=at)


def _tell_outside(what: str, payload: dict[str, object]) -> None:
    answer = httpx.post(f"{settings.TRANSUNION_URL}/control/bureaus/{what}", json=payload, trust_env=False, timeout=30)
    answer.raise_for_status()
