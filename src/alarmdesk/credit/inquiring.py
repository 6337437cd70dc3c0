"""How is somebody asked about so that a crash between any two lines asks nobody twice? In two transactions.

T1 (`ask`) holds the guards and writes who asks about whom, why, and who agreed; it commits. Then the bureau is called
with no transaction open. T2 (`_write_down`) writes what it answered. A crash in between leaves a report that is "being
asked": after PATIENCE it says that no answer came (`give_up`), and nobody asks again by itself, for each hard inquiry
costs the consumer points. The Social Security number and the date of birth are on no row: they live in the request of
the browser and in the call (decision 41). Source: F63; domain.md B8, F6.
"""

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from alarmdesk.company.entering import Actor, acting, entered, inside
from alarmdesk.company.models import Company
from alarmdesk.credit.bureaus.choosing import port_of
from alarmdesk.credit.bureaus.port import (
    Answer,
    BadCredentials,
    Finding,
    Inquiry,
    NoAnswer,
    Place,
    Pull,
    Purpose,
    Refused,
    Subject,
)
from alarmdesk.credit.grading import grade_of
from alarmdesk.credit.guards import Facts, objections, place_key
from alarmdesk.credit.models import Bureau, CreditReport, KeptAnswer
from alarmdesk.credit.queries import earlier_reports, rules_of_company
from alarmdesk.customers.models import Customer

Now = Callable[[], dt.datetime]
State = CreditReport.State
PATIENCE = dt.timedelta(minutes=2)
"""How long a report may be on the wire (5 s to connect, 30 s to answer) before it counts as unanswered."""
STRANGER = "The bureau does not accept the credentials that are set up. Nobody was looked up."
SILENT = "The bureau did not answer. It may have noted the inquiry, so it is not asked again by itself."


class NotAsked(ValueError):
    """The inquiry was not made; the sentence says why."""


class SwitchedOff(NotAsked):
    """Credit checks are off, or the bureau was switched off meanwhile."""


class LimitReached(NotAsked):
    """This person has run as many checks today as the company lets one."""


class UnderWay(NotAsked):
    """The customer is being asked about at this moment."""


class Guarded(NotAsked):
    """The repeat guards object; `objections` are their sentences."""

    def __init__(self, objections: list[str]) -> None:
        super().__init__(" ".join(objections))
        self.objections = objections


class AlreadyAsked(Exception):
    """The form was sent before; `report` is what came of it."""

    def __init__(self, report: CreditReport) -> None:
        super().__init__("This form was sent already. Nobody was asked a second time.")
        self.report = report


class InsideTransaction(RuntimeError):
    """An inquiry was begun inside a transaction: its row would not survive a crash. A mistake in the program."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Who agreed, to what, how, and when."""

    by: str
    how: str
    on: dt.date
    text: str


@dataclass(frozen=True, slots=True)
class Wish:
    """An inquiry that somebody wants to make. `token` is the form's own, so that it is made once; with
    `override_reason` ("" for none) somebody who may do so overrides the repeat guards.
    """

    customer: Customer
    bureau: Bureau
    pull: Pull
    purpose: Purpose
    subject: Subject
    is_cosigner: bool
    consent: Consent
    token: str
    override_reason: str = ""


def run_credit(company: Company, wish: Wish, *, now: Now, actor: Actor) -> CreditReport:
    """Ask the bureau, once. Raises NotAsked and its kinds, AlreadyAsked, InsideTransaction."""
    if transaction.get_connection().in_atomic_block:
        raise InsideTransaction("An inquiry must not start inside a transaction.")
    with inside(company, actor=actor):
        report = ask(wish, at=now())
    outcome: Answer | Exception
    try:
        outcome = port_of(wish.bureau).inquire(Inquiry(report.our_reference, wish.pull, wish.purpose, wish.subject))
    except (NoAnswer, BadCredentials, Refused) as problem:
        outcome = problem
    except Exception:  # a mistake of ours: whether anything left the house is not known
        with inside(company, actor=actor):
            _write_down(report.pk, NoAnswer(), at=now())
        raise
    with inside(company, actor=actor):
        return _write_down(report.pk, outcome, at=now())


def ask(wish: Wish, *, at: dt.datetime) -> CreditReport:
    """T1, inside the company: the guards, and the row that says that somebody is being asked about. The row of the
    company's rules is locked, so that two who ask at once are counted one after the other.
    """
    rules = rules_of_company(locked=True)
    if sent := CreditReport.objects.filter(form_token=wish.token).first():
        raise AlreadyAsked(sent)
    if not rules.is_on or not Bureau.objects.filter(pk=wish.bureau.pk, is_active=True).exists():
        raise SwitchedOff("Credit checks were turned off meanwhile. Nobody was asked about.")
    _within_the_limit(rules.daily_limit, at)
    address, previous = one_line(wish.subject.place), one_line(wish.subject.previous)
    key = place_key(wish.subject.place.street, wish.subject.place.zip_code)
    facts = Facts(_name(wish.subject), address, previous, wish.is_cosigner)
    earlier = earlier_reports(wish.customer, key, since=at - dt.timedelta(days=rules.guard_days))
    said = objections(facts, earlier, passing=rules.passing)
    if said and not wish.override_reason:
        raise Guarded(said)
    row = CreditReport(
        customer=wish.customer, bureau=wish.bureau, form_token=wish.token, our_reference=secrets.token_hex(8),
        pull=wish.pull, first_name=wish.subject.first_name, last_name=wish.subject.last_name,
        is_cosigner=wish.is_cosigner, address=address, previous_address=previous, place_key=key, purpose=wish.purpose,
        consent_by=wish.consent.by, consent_how=wish.consent.how, consent_on=wish.consent.on,
        consent_text=wish.consent.text, override_reason=wish.override_reason if said else "",
        override_of="\n".join(said), asked_at=at, asked_by=acting().name, asked_by_user_id=acting().user_id,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "credit_one_under_way" not in str(error):
            raise
        raise UnderWay(f"{wish.customer.name} is being asked about right now. Look again in a minute.") from None
    return row


def _within_the_limit(limit: int, at: dt.datetime) -> None:
    """Raises LimitReached when today's inquiries of the acting person are as many as one may make."""
    zone = entered().zone
    midnight = dt.datetime.combine(at.astimezone(zone).date(), dt.time(), zone)
    mine = CreditReport.objects.filter(
        asked_by_user=acting().user_id, asked_at__gte=midnight, bureau__isnull=False, state__in=_COUNTED
    )
    if mine.count() >= limit:
        raise LimitReached(f"You have run {limit} credit checks today, and your company lets nobody run more a day.")


_COUNTED = [state for state in State if state != State.FAILED]


def _write_down(report_id: int, outcome: Answer | Exception, *, at: dt.datetime) -> CreditReport:
    """T2, inside the company: what came of it. An answer that came after `give_up` is still an answer."""
    report = CreditReport.objects.select_for_update(of=("self",), no_key=True).get(pk=report_id)
    if report.state not in (State.ASKED, State.UNKNOWN):
        return report
    rules = rules_of_company()
    report.answered_at = at
    forget_on = entered().local_date(at) + dt.timedelta(days=rules.keep_days)
    if isinstance(outcome, Answer):
        report.state = State(outcome.finding.value)
        report.external_id = outcome.external_id[:40]
        if outcome.finding is Finding.SCORED and outcome.score is not None:
            report.score, report.grade = outcome.score, grade_of(outcome.score, rules)
        KeptAnswer.of(outcome, report, forget_on=forget_on).save(force_insert=True)
    elif isinstance(outcome, NoAnswer):
        report.state, report.answered_at = State.UNKNOWN, None
    else:
        report.state = State.FAILED
        said = STRANGER if isinstance(outcome, BadCredentials) else f"The bureau would not look: {outcome}"
        KeptAnswer.objects.create(report=report, said={"problem": said}, forget_on=forget_on)
    report.save(update_fields=["state", "answered_at", "external_id", "score", "grade"])
    return report


def give_up(company: Company, *, at: dt.datetime) -> int:
    """Say of inquiries whose process was killed that no answer came; how many."""
    with inside(company):
        lost = CreditReport.objects.filter(state=State.ASKED, asked_at__lt=at - PATIENCE)
        return lost.update(state=State.UNKNOWN)


def forget(company: Company, *, at: dt.datetime) -> int:
    """Forget what bureaus said, where its days are over: score, grade and date stay. How many were forgotten."""
    with inside(company):
        return KeptAnswer.objects.filter(forget_on__lte=company.local_date(at)).delete()[0]


def new_token() -> str:
    """A token for a form that is shown."""
    return secrets.token_urlsafe(16)


def one_line(place: Place | None) -> str:
    """2210 E 15th St, Tulsa, OK 74104; "" for nowhere."""
    if place is None:
        return ""
    town = " ".join(part for part in (place.state, place.zip_code) if part)
    return ", ".join(part for part in (place.street, place.city, town) if part)


def _name(subject: Subject) -> str:
    return f"{subject.first_name} {subject.last_name}".strip()
