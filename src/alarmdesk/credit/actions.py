"""How is the switch thrown, a bureau kept, a score entered, applied and taken off?"""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from alarmdesk.company.entering import acting, entered
from alarmdesk.credit.grading import grade_of
from alarmdesk.credit.models import HIGHEST_SCORE, LOWEST_SCORE, Bureau, CreditReport, CreditSettings
from alarmdesk.credit.queries import rules_of_company
from alarmdesk.customers.models import Customer


class NothingToApply(ValueError):
    """The report has no score."""


class NameTaken(ValueError):
    """Another bureau of the company has the name, in whatever case."""


class NoScore(ValueError):
    """A score is 300 to 850 points."""


class StillUsed(ValueError):
    """The bureau has reports, which name it."""


def turn_on(*, at: dt.datetime, by: str) -> CreditSettings:
    """Offer credit checks in the entered company from now on; what was there before is there again (D12)."""
    rules, _ = CreditSettings.objects.get_or_create(company=entered())
    rules.turned_on_at, rules.turned_on_by = at, by
    rules.save(update_fields=["turned_on_at", "turned_on_by"])
    return rules


def turn_off() -> None:
    """Hide everything of this room at once; its data stays (F21, D12)."""
    rules = rules_of_company(locked=True)
    if rules.pk is not None:
        rules.turned_on_at, rules.turned_on_by = None, ""
        rules.save(update_fields=["turned_on_at", "turned_on_by"])


def save_bureau(bureau: Bureau) -> None:
    """Add or change a bureau. Raises NameTaken."""
    try:
        with transaction.atomic():
            bureau.save()
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", "") != "credit_bureau_name":
            raise
        raise NameTaken(f"There is a bureau called {bureau.name} already.") from error


def delete_bureau(bureau: Bureau) -> None:
    """Take a bureau away that was never asked. Raises StillUsed."""
    if bureau.reports.exists():
        raise StillUsed(f"{bureau} was asked before, and its reports name it. Switch it off instead.")
    bureau.delete()


def enter_score(
    *, customer: Customer, source: str, score: int, on_name: tuple[str, str], at: dt.datetime
) -> CreditReport:
    """A score that somebody read elsewhere (domain.md B8, Manual Entry); `on_name` is the first and last name of whom
    it is about. Raises NoScore.
    """
    if not LOWEST_SCORE <= score <= HIGHEST_SCORE:
        raise NoScore(f"A score is {LOWEST_SCORE} to {HIGHEST_SCORE}.")
    return CreditReport.objects.create(
        customer=customer, source=source.strip(), first_name=on_name[0], last_name=on_name[1], score=score,
        grade=grade_of(score, rules_of_company()), state=CreditReport.State.SCORED, asked_at=at, answered_at=at,
        asked_by=acting().name, asked_by_user_id=acting().user_id,
    )  # fmt: skip


def apply_score(report: CreditReport, *, at: dt.datetime) -> None:
    """The report's score is the customer's from now on, in place of another one (F64). Raises NothingToApply."""
    if report.state != CreditReport.State.SCORED:
        raise NothingToApply("This report has no score to apply.")
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=report.customer_id)
        for old in report.customer.credit_reports.filter(applied_at__isnull=False).exclude(pk=report.pk):
            take_off(old)
        if not report.applied_at:
            report.applied_at, report.applied_by = at, acting().name
            report.save(update_fields=["applied_at", "applied_by"])


def take_off(report: CreditReport) -> None:
    """The report's score is no longer the customer's."""
    report.applied_at, report.applied_by = None, ""
    report.save(update_fields=["applied_at", "applied_by"])
