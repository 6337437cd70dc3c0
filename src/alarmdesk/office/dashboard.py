"""How does the company stand today? The figures of its home page, each only for groups that may see its rows."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Sum

from alarmdesk.company.models import Company, Run, Staff
from alarmdesk.company.permissions import Grant, company_settings, runs, users
from alarmdesk.customers.models import Customer, Ticket
from alarmdesk.customers.permissions import customers, imports, leads, tickets
from alarmdesk.invoicing.models import Invoice, ParkedAccount
from alarmdesk.invoicing.permissions import billing_admin, invoices, recurring
from alarmdesk.lib.charts import BarChart
from alarmdesk.lib.furniture import money
from alarmdesk.office.doors import door
from alarmdesk.office.figures import billed_and_collected
from alarmdesk.office.lead_stages import OpenStage, open_stages
from alarmdesk.office.notices import Notice, notices
from alarmdesk.office.subscribers import Subscribers, subscribers
from alarmdesk.payments.models import Payment
from alarmdesk.payments.permissions import gateways, payments
from alarmdesk.scheduling.hours import day_of
from alarmdesk.scheduling.permissions import OWN, appointments
from alarmdesk.scheduling.queries import between, counts_by_day, own, technician_of

ZERO = Decimal("0.00")
SHOWN = 6


class Dashboard:
    """The home page of one company for one person, on one day."""

    def __init__(self, company: Company, place: Staff, may: Callable[[Grant], bool], now: dt.datetime) -> None:
        self.company, self.place = company, place
        self.may = may
        self.now, self.today = now, company.local_date(now)

    # --- which cards stand where

    @property
    def main(self) -> list[str]:
        """The templates of the wide column. Who sees no figures of the company has their own work there."""
        shown = {
            "steps": self.is_new and bool(self.steps),
            "subscribers": self._sees_mmr and self.subscribers.has_any,
            "billed": self.chart is not None and not self.is_new,
            **(self._own if not self.figures else {}),
            "leads": bool(self.lead_stages) or (self.may(leads.view) and not self.figures),
            "past_due": self.may(invoices.view),
        }
        return _cards(shown) or _cards({"find": True})

    @property
    def side(self) -> list[str]:
        """The templates of the narrow column."""
        shown = {
            "notices": bool(self.notices),
            **(self._own if self.figures else {}),
            "appointments": self.may(appointments.view),
            "steps": not self.is_new and bool(self.steps),
            "night": self.may(runs.view),
            "parked": self.may(runs.view),
        }
        return _cards(shown)

    @property
    def _own(self) -> dict[str, bool]:
        return {"visits": self.visits is not None, "tickets": self.may(tickets.view)}

    @cached_property
    def is_new(self) -> bool:
        """Whether there is no lead and no customer yet."""
        return not self.company.customers.exists()

    # --- what they show

    @cached_property
    def figures(self) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = []
        if self.may(customers.view):
            shown += self._subscribing()
        if self.may(invoices.view) and self.may(payments.view):
            out, back = self._chart[1][-1], self._chart[2][-1]
            shown += [
                {"label": "Billed this month", "value": money(out), "note": f"{self.today:%B %Y}"},
                {"label": "Collected this month", "value": money(back), "note": _share(back, out)},
            ]
        if self.may(invoices.view):
            shown.append(self._past_due())
        return shown

    def _subscribing(self) -> list[dict[str, Any]]:
        now = self.subscribers.now
        mmr = {
            "label": "Monthly recurring",
            "value": money(now.mmr),
            "note": f"MMR of {_some(now.count, 'active customer')}",
            "sparkline": [month.mmr for month in self.subscribers.months],
        }
        active = {
            "label": "Active customers",
            "value": f"{now.count:,}",
            "note": f"{now.came:,} new this month",
            "url": door(self.company, "customers:list"),
        }
        gone = {
            "label": "Cancelled this month",
            "value": f"{now.left:,}",
            "note": "" if now.attrition is None else f"{now.attrition} % attrition",
            "url": door(self.company, "customers:list", "?show=cancelled"),
        }
        return [mmr, active, gone] if self._sees_mmr else [active, gone]

    @property
    def _sees_mmr(self) -> bool:
        return self.may(customers.view) and self.may(recurring.view)

    @cached_property
    def subscribers(self) -> Subscribers:
        return subscribers(self.company, self.today)

    @cached_property
    def lead_stages(self) -> list[OpenStage]:
        return open_stages() if self.may(leads.view) else []

    @property
    def new_lead_url(self) -> str:
        return door(self.company, "customers:new_lead") if self.may(leads.create) else ""

    @cached_property
    def my_tickets(self) -> list[Ticket]:
        """The person's own tickets that are not done, the first due first; of accounts that they may see."""
        stages = {Customer.Stage.CUSTOMER: customers.view, Customer.Stage.LEAD: leads.view}
        seen = [stage for stage, grant in stages.items() if self.may(grant)]
        mine = self.company.tickets.filter(assignee=self.place.user_id, done_at=None, customer__stage__in=seen)
        order = F("due_on").asc(nulls_last=True), "priority", "pk"
        return list(mine.select_related("customer", "note").order_by(*order)[:SHOWN])

    @cached_property
    def visits(self) -> list[Any] | None:
        """Where the person goes today, if they go out; None for who does not, or sees everybody's schedule."""
        if not self.may(OWN) or self.may(appointments.view):
            return None
        technician = technician_of(self.place)
        span = day_of(self.today, self.company.zone)
        return [] if technician is None else list(own(technician, span)[:SHOWN])

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
            ("Add or import your customers", "imports:list", imports.create, lambda: not self.is_new),
        ]
        steps = [
            {"label": label, "url": url, "done": is_done()}
            for label, page, grant, is_done in asked
            if self.may(grant) and (url := door(here, page))
        ]
        return steps if any(not step["done"] for step in steps) else []

    # --- what they read, each once

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


def _cards(shown: dict[str, bool]) -> list[str]:
    return [f"office/home/{name}.html" for name, is_shown in shown.items() if is_shown]


def _some(count: int, noun: str) -> str:
    """A count with its noun: 1 lead, 1,204 leads."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{part * 100 / whole:.0f}% of what was billed" if whole > 0 else "Nothing billed yet"
