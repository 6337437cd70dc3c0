"""How does the company stand today? The figures of its home page, each only for groups that may see its rows."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Q, Sum

from alarmdesk.company.models import Company, Run
from alarmdesk.company.permissions import Grant, company_settings, runs, users
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers, imports, leads
from alarmdesk.invoicing.models import Invoice, ParkedAccount
from alarmdesk.invoicing.permissions import billing_admin, invoices, recurring
from alarmdesk.lib.charts import BarChart
from alarmdesk.lib.furniture import money
from alarmdesk.office.doors import door
from alarmdesk.office.figures import billed_and_collected
from alarmdesk.office.notices import Notice, notices
from alarmdesk.payments.models import Payment
from alarmdesk.payments.permissions import gateways, payments
from alarmdesk.scheduling.hours import day_of
from alarmdesk.scheduling.permissions import appointments
from alarmdesk.scheduling.queries import between, counts_by_day

ZERO = Decimal("0.00")
SHOWN = 6


class Dashboard:
    """The home page of one company for one person, on one day."""

    def __init__(self, company: Company, may: Callable[[Grant], bool], now: dt.datetime) -> None:
        self.company = company
        self.may = may
        self.now, self.today = now, company.local_date(now)

    @cached_property
    def figures(self) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = []
        if self.may(customers.view) and self.may(recurring.view):
            shown.append(
                {
                    "label": "Monthly recurring",
                    "value": money(self.accounts["mmr"] or ZERO),
                    "note": f"MMR of {_some(self.accounts['active'], 'active customer')}",
                }
            )
        if self.may(customers.view):
            shown.append(
                {
                    "label": "Active customers",
                    "value": f"{self.accounts['active']:,}",
                    "note": _some(self.accounts["leads"], "lead") if self.may(leads.view) else "",
                    "url": door(self.company, "customers:list"),
                }
            )
        if self.may(invoices.view) and self.may(payments.view):
            out, back = self._chart[1][-1], self._chart[2][-1]
            shown += [
                {"label": "Billed this month", "value": money(out), "note": f"{self.today:%B %Y}"},
                {"label": "Collected this month", "value": money(back), "note": _share(back, out)},
            ]
        if self.may(invoices.view):
            shown.append(self._past_due())
        return shown

    def _past_due(self) -> dict[str, Any]:
        late, people = self._late["due"] or ZERO, self._late["customers"]
        note = _some(people, "customer") if people else "Nobody is late"
        figure = {"label": "Past due", "value": money(late), "note": note}
        return {**figure, "kind": "bad", "icon": "triangle-alert"} if late else figure

    @property
    def chart(self) -> BarChart | None:
        return self._chart[0] if self.may(invoices.view) and self.may(payments.view) else None

    @cached_property
    def late_invoices(self) -> list[Invoice]:
        """The oldest invoices that are past due."""
        if not self.may(invoices.view):
            return []
        return list(self._past.select_related("customer").order_by("due_on", "pk")[:SHOWN])

    @cached_property
    def notices(self) -> list[Notice]:
        """What needs somebody's attention about payments, the latest first."""
        return notices(self.company, self.may, now=self.now)

    @cached_property
    def appointments(self) -> list[Any]:
        """The day's appointments that are not done, the first ones; with who leads them."""
        if not self.may(appointments.view):
            return []
        rows = between(self.company, day_of(self.today, self.company.zone)).filter(is_lead=True, released_at=None)
        return list(rows.select_related("technician__staff__user", "appointment__customer")[:SHOWN])

    @cached_property
    def appointments_today(self) -> int:
        """How many begin today, done or not."""
        return counts_by_day(self.company, day_of(self.today, self.company.zone)).get(self.today, 0)

    @cached_property
    def parked(self) -> list[ParkedAccount]:
        """The accounts that the nightly run leaves alone until somebody releases them."""
        if not self.may(runs.view):
            return []
        waiting = ParkedAccount.objects.filter(company=self.company, released_at=None)
        return list(waiting.select_related("customer").order_by("-parked_at")[:SHOWN])

    @cached_property
    def last_night(self) -> Run | None:
        if not self.may(runs.view):
            return None
        return self.company.runs.filter(kind=Run.Kind.NIGHT).order_by("-on", "-pk").first()

    @cached_property
    def steps(self) -> list[dict[str, Any]]:
        """What a new company still has to do; nothing once all is done or for who may not do it."""
        if not self.may(company_settings.modify):
            return []
        here = self.company
        asked: list[tuple[str, str, Grant, Callable[[], bool]]] = [
            ("Add your logo", "office:company", company_settings.modify, lambda: bool(here.logo_type)),
            ("Invite the people you work with", "office:users", users.create, lambda: here.staff.count() > 1),
            (
                "Connect your processing gateway",
                "payments:gateway",
                gateways.modify,
                lambda: here.gateways.filter(is_active=True).exists(),
            ),
            ("Enter your state's sales tax", "invoicing:taxes", billing_admin.modify, here.state_taxes.exists),
            ("Add or import your customers", "imports:list", imports.create, here.customers.exists),
        ]
        steps = [
            {"label": label, "url": url, "done": is_done()}
            for label, page, grant, is_done in asked
            if self.may(grant) and (url := door(here, page))
        ]
        return steps if any(not step["done"] for step in steps) else []

    # --- what they read, each once

    @cached_property
    def accounts(self) -> dict[str, Any]:
        is_active = Q(stage=Customer.Stage.CUSTOMER, status=Customer.Status.ACTIVE)
        return self.company.customers.aggregate(
            active=Count("pk", filter=is_active),
            leads=Count("pk", filter=Q(stage=Customer.Stage.LEAD)),
            mmr=Sum("mmr", filter=is_active),
        )

    @property
    def _past(self) -> Any:
        owing = self.company.invoices.filter(type=Invoice.Type.INVOICE, voided_at=None, paid__lt=F("total"))
        return owing.filter(due_on__lt=self.today)

    @cached_property
    def _late(self) -> dict[str, Any]:
        found: dict[str, Any] = self._past.aggregate(
            due=Sum(F("total") - F("paid")), customers=Count("customer", distinct=True)
        )
        return found

    @cached_property
    def _chart(self) -> tuple[BarChart, list[Decimal], list[Decimal]]:
        return billed_and_collected(
            self.company.invoices.all(), Payment.objects.filter(company=self.company), self.today
        )


def _some(count: int, noun: str) -> str:
    """A count with its noun: 1 lead, 1,204 leads."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{part * 100 / whole:.0f}% of what was billed" if whole > 0 else "Nothing billed yet"
