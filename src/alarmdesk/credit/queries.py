"""What do pages, the guards and the rooms above ask of credit?"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from alarmdesk.company.entering import entered
from alarmdesk.credit.models import Bureau, CreditReport, CreditSettings
from alarmdesk.customers.models import Customer


def rules_of_company(*, locked: bool = False) -> CreditSettings:
    """The entered company's rules; a row that is not saved, and off, where it has none. `locked`: until the commit."""
    rows = CreditSettings.objects.select_for_update() if locked else CreditSettings.objects.all()
    return rows.filter(company=entered()).first() or CreditSettings()


def active_bureaus() -> QuerySet[Bureau]:
    """The bureaus that can be asked, by name."""
    return entered().bureaus.filter(is_active=True).order_by("name", "pk")


def reports_of(customer: Customer) -> QuerySet[CreditReport]:
    """A customer's reports with their bureau, the newest first."""
    return customer.credit_reports.select_related("bureau").order_by("-asked_at", "-pk")


def earlier_reports(customer: Customer, key: str, *, since: dt.datetime) -> list[CreditReport]:
    """What bureaus were asked since then about the customer, or about anybody at the address."""
    rows = entered().credit_reports.filter(bureau__isnull=False, asked_at__gte=since)
    return list(rows.filter(Q(customer=customer) | Q(place_key=key)).order_by("asked_at"))


def inquiries(before: int | None = None) -> QuerySet[CreditReport]:
    """All inquiries at bureaus, the newest first; with `before`, those older than the one of that id."""
    rows = entered().credit_reports.filter(bureau__isnull=False).select_related("bureau", "customer")
    return (rows.filter(pk__lt=before) if before else rows).order_by("-pk")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a customer's page says of credit. `is_offered`: credit checks are on and a bureau can be asked (F62)."""

    is_on: bool = False
    has_bureau: bool = False
    count: int = 0
    score: int | None = None
    grade: str = ""

    @property
    def is_offered(self) -> bool:
        return self.is_on and self.has_bureau


def standing_of(customer: Customer) -> Standing:
    """One query, whatever there is."""
    own = CreditReport.objects.filter(company=OuterRef("company"), customer=customer)
    count = own.order_by().values("customer").annotate(n=Count("pk")).values("n")
    applied = own.filter(applied_at__isnull=False)
    found: Any = (
        CreditSettings.objects.filter(company=entered(), turned_on_at__isnull=False)
        .annotate(
            has_bureau=Exists(Bureau.objects.filter(company=OuterRef("company"), is_active=True)),
            count=Coalesce(Subquery(count), 0),
            score=Subquery(applied.values("score")[:1]),
            grade=Coalesce(Subquery(applied.values("grade")[:1]), Value("")),
        )
        .values("has_bureau", "count", "score", "grade")
        .first()
    )
    return Standing(is_on=True, **found) if found else Standing()
