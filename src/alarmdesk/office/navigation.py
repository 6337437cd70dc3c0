"""What stands around every page: the sidebar, the New menu, and the header and tabs of a customer?

One list of entries each; an entry that the person's group may not see is left out. Everything is lazy: a page that
does not draw the frame asks the database nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from alarmdesk.company.actions import companies_of
from alarmdesk.company.models import Company
from alarmdesk.company.permissions import Grant, company_settings, runs, users
from alarmdesk.credit.permissions import credit_admin
from alarmdesk.customers.permissions import (
    agencies,
    customers,
    duplicates,
    exports,
    imports,
    lead_stages,
    leads,
    tags,
    tickets,
)
from alarmdesk.equipment.permissions import equipment_admin
from alarmdesk.invoicing.permissions import billing_admin, invoices, recurring
from alarmdesk.lib import clock
from alarmdesk.monitoring.permissions import monitoring_admin
from alarmdesk.office.customer_frame import CustomerFrame
from alarmdesk.office.doors import door
from alarmdesk.office.page_counts import page_counts
from alarmdesk.payments.permissions import gateways, payments
from alarmdesk.scheduling.permissions import OWN, appointments, scheduling_admin


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the frame. `may` is the grant that it takes, None for everybody, `unless` one with which it is not
    needed; `keys` its shortcut.
    """

    label: str
    page: str
    icon: str
    may: Grant | None
    keys: str = ""
    query: str = ""
    dialog: bool = False
    counts: str = ""
    unless: Grant | None = None


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    entries: Sequence[Entry]


HOME = Entry("Home", "office:home", "layout-dashboard", None, "g h")
CUSTOMERS = Entry("Customers", "customers:list", "users", customers.view, "g c")
LEADS = Entry("Leads", "customers:leads", "sparkles", leads.view, "g l")
SCHEDULE = Entry("Schedule", "scheduling:day", "calendar-days", appointments.view, "g e")
MINE = Entry("My day", "scheduling:mine", "calendar-check", OWN, "g e", unless=appointments.view)
MY_TICKETS = Entry("My tickets", "tickets:mine", "inbox", tickets.view, "g m", counts="mine")
TICKETS = Entry("Ticket queue", "tickets:list", "list-todo", tickets.view, "g q", counts="nobodys")
INVOICES = Entry("Invoices", "invoicing:list", "file-text", invoices.view, "g i")
PAYMENTS = Entry("Payments", "payments:list", "credit-card", payments.view, "g p")
DEPOSITS = Entry("Deposits", "payments:deposits", "landmark", payments.view, "g d")
RECURRING = Entry("Recurring", "invoicing:recurring_list", "repeat", recurring.view, "g r")
RUNS = Entry("Nightly runs", "office:runs", "zap", runs.view, "g n", counts="parked")
BILLING_AUDIT = Entry("Billing audit", "office:billing_audit", "clipboard-check", billing_admin.view, "g b")
SALES_TAX = Entry("Sales tax", "invoicing:tax_report", "percent", billing_admin.view)
PRINTING = Entry("Print documents", "invoicing:printouts", "printer", invoices.view)
IMPORTS = Entry("Imports", "imports:list", "file-input", imports.view)
EXPORTS = Entry("Exports", "exports:list", "file-output", exports.create)
DUPLICATES = Entry("Duplicates", "office:duplicates", "copy-check", duplicates.view)
AGING = Entry("Aging", "payments:aging", "hourglass", invoices.view, "g a")
STATEMENTS = Entry("Statements", "payments:statements", "scroll-text", invoices.view)
SETTINGS = Entry("Settings", "office:settings", "settings", None, "g s")

SECTIONS = (
    Section("", (HOME, CUSTOMERS, LEADS, SCHEDULE, MINE, MY_TICKETS, TICKETS)),
    Section("Billing", (INVOICES, PAYMENTS, DEPOSITS, RECURRING, RUNS)),
    Section("Reports", (AGING, STATEMENTS, PRINTING, SALES_TAX, BILLING_AUDIT, DUPLICATES)),
    Section("", (IMPORTS, EXPORTS, SETTINGS)),
)
ON_A_PHONE = (HOME, MINE, CUSTOMERS, INVOICES, PAYMENTS)

NEW = (
    Entry("New customer", "customers:new", "user-plus", customers.create, "n c", dialog=True),
    Entry("New lead", "customers:new_lead", "sparkles", leads.create, "n l", dialog=True),
    Entry("New appointment", "scheduling:new", "calendar-plus", appointments.create, "n a", dialog=True),
    Entry("Import customers", "imports:new", "file-input", imports.create, "n m"),
)

SETTINGS_SECTIONS = (
    Section(
        "Company",
        (
            Entry("Company", "office:company", "building-2", company_settings.view),
            Entry("Processing gateway", "payments:gateway", "landmark", gateways.view),
        ),
    ),
    Section(
        "People",
        (
            Entry("Users", "office:users", "users", users.view),
            Entry("Groups", "office:groups", "shield", users.view),
            Entry("Permission matrix", "office:permissions", "table-2", users.view),
        ),
    ),
    Section(
        "Billing",
        (
            Entry("Billable items", "invoicing:items", "tag", billing_admin.view),
            Entry("Terms", "invoicing:terms", "calendar-clock", billing_admin.view),
            Entry("Taxes", "invoicing:taxes", "percent", billing_admin.view),
            Entry("Quotes", "invoicing:quote_settings", "file-pen", billing_admin.view),
            Entry("Collections", "payments:collections", "calendar-sync", billing_admin.view),
            Entry("Mail texts", "invoicing:mail_texts", "mail", billing_admin.view),
            Entry("Parked accounts", "invoicing:parked", "circle-pause", billing_admin.view),
        ),
    ),
    Section(
        "Operations",
        (
            Entry("Equipment", "equipment:catalogue", "package", equipment_admin.view),
            Entry("Packages", "equipment:packages", "boxes", equipment_admin.view),
            Entry("Technicians", "scheduling:technicians", "hard-hat", scheduling_admin.view),
            Entry("Tags", "customers:tags", "tag", tags.modify),
            Entry("Lead stages", "customers:lead_stages", "sparkles", lead_stages.view),
            Entry("Agencies", "customers:agencies", "siren", agencies.view),
            Entry("Monitoring companies", "monitoring:stations", "radio-tower", monitoring_admin.view),
        ),
    ),
    Section("Integrations", (Entry("Credit bureaus", "credit:bureaus", "gauge", credit_admin.view),)),
)


class Frame:
    """What frames/office.html draws around a page of one company, for one person."""

    search_label = "Search or jump to…"

    def __init__(self, request: Any) -> None:
        self._request = request
        self._company: Company = request.company

    @property
    def company(self) -> dict[str, str]:
        here = self._company
        return {
            "name": here.name,
            "slug": here.slug,
            "colour": here.colour,
            "logo_url": logo_url(here),
            "note": ", ".join(part for part in (here.city, here.state) if part),
        }

    @property
    def person(self) -> dict[str, str]:
        place = self._request.staff
        return {"name": place.user.get_full_name(), "title": place.title or place.group.name}

    @cached_property
    def companies(self) -> list[tuple[str, str]]:
        """The companies that this very person may switch to: never anybody else's."""
        return [
            (company.name, reverse("office:home", kwargs={"company": company.slug}))
            for company in companies_of(self._request.user)
        ]

    @cached_property
    def sections(self) -> list[dict[str, Any]]:
        drawn = [
            {"title": section.title, "items": [self._drawn(entry) for entry in section.entries if self._may(entry)]}
            for section in SECTIONS
        ]
        return [section for section in drawn if section["items"]]

    @cached_property
    def new_items(self) -> list[dict[str, Any]]:
        return [self._drawn(entry) for entry in NEW if self._may(entry)]

    @cached_property
    def phone_items(self) -> list[dict[str, Any]]:
        return [self._drawn(entry) for entry in ON_A_PHONE if self._may(entry)]

    @property
    def search_url(self) -> str:
        return reverse("office:search", kwargs={"company": self._company.slug})

    @property
    def banner(self) -> str:
        return "Demo: no real money moves here, and no mail leaves." if settings.ENVIRONMENT == "demo" else ""

    def _may(self, entry: Entry) -> bool:
        if entry.unless is not None and self._request.may(entry.unless):
            return False
        return (entry.may is None or self._request.may(entry.may)) and bool(door(self._company, entry.page))

    def _drawn(self, entry: Entry) -> dict[str, Any]:
        return {
            "label": entry.label,
            "url": door(self._company, entry.page, entry.query),
            "icon": entry.icon,
            "keys": entry.keys,
            "dialog": entry.dialog,
            "current": entry is self._current,
            "count": page_counts(self._request)[entry.counts] if entry.counts else None,
        }

    @cached_property
    def _current(self) -> Entry | None:
        """The entry whose page we are on or below: the longest address that the request's begins with."""
        customer = getattr(self._request, "customer", None)
        if customer is not None:
            return LEADS if customer.is_lead else CUSTOMERS
        found: tuple[int, Entry | None] = (0, None)
        for entry in (entry for section in SECTIONS for entry in section.entries):
            url = door(self._company, entry.page)
            fits = self._request.path == url if entry is HOME else self._request.path.startswith(url)
            if url and fits and len(url) > found[0]:
                found = (len(url), entry)
        if found[1] is None and f"/{self._company.slug}/settings/" in self._request.path:
            return SETTINGS
        return found[1]


def settings_sections(request: Any) -> list[dict[str, Any]]:
    """The list at the left of the settings pages, without what the person may not see."""
    shown = []
    for section in SETTINGS_SECTIONS:
        items = []
        for entry in section.entries:
            url = door(request.company, entry.page)
            if url and (entry.may is None or request.may(entry.may)):
                current = request.path.startswith(url)
                items.append({"label": entry.label, "url": url, "icon": entry.icon, "current": current})
        if items:
            shown.append({"title": section.title, "items": items})
    return shown


def logo_url(company: Company) -> str:
    return reverse("brand_logo", kwargs={"slug": company.slug}) if company.logo_type else ""


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context for the office's frames; nothing outside of a company or for people who are not its staff."""
    if getattr(request, "staff", None) is None:
        return {}
    context: dict[str, Any] = {
        "frame": SimpleLazyObject(lambda: Frame(request)),
        "settings_sections": SimpleLazyObject(lambda: settings_sections(request)),
    }
    if getattr(request, "customer", None) is not None:
        context["customer_frame"] = SimpleLazyObject(lambda: _customer_frame(request))
    return context


def _customer_frame(request: Any) -> CustomerFrame:
    now = clock.now()
    return CustomerFrame(request, request.company.local_date(now), now)


def commands(request: Any) -> list[dict[str, Any]]:
    """Everything that the palette can go to or begin, of what the person may: New menu, sidebar, settings."""
    around = Frame(request)
    pages = [item for section in (*around.sections, *settings_sections(request)) for item in section["items"]]
    named = [{**item, "count": None} for item in pages]
    return [*around.new_items, *named]
