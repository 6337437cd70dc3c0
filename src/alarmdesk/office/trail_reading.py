"""Which changes does somebody see of a customer, and which of them were asked for (F23)?

What, who and when are asked of the database, by one index. Words are looked for in what is told, not in what is
stored: a dealer types “Suspended” or “$44.95”, and what is sealed is found by nobody.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from alarmdesk.company.models import Company, TrailEntry
from alarmdesk.company.permissions import Grant
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import contacts, files, notes, tags, tickets
from alarmdesk.customers.search import plain
from alarmdesk.equipment.permissions import equipment
from alarmdesk.invoicing.permissions import billing_admin, invoices
from alarmdesk.lib.cells import cell
from alarmdesk.monitoring.permissions import systems
from alarmdesk.office.history import Told, tell
from alarmdesk.office.history_words import TABLES
from alarmdesk.payments.permissions import billing_methods, payments
from alarmdesk.scheduling.permissions import appointments

PAGE, BATCH, MOST_READ = 50, 500, 5_000
Trail = QuerySet[TrailEntry, Any]
# what the trail says of money is for those who may see money
TAKES: dict[str, Grant] = {
    "customers_contact": contacts.view,
    "customers_contactphone": contacts.view,
    "customers_customeragency": contacts.view,
    "customers_tagging": tags.view,
    "customers_customerfile": files.view,
    "customers_note": notes.view,
    "customers_ticket": tickets.view,
    "customers_ticketcomment": tickets.view,
    "payments_payment": payments.view,
    "payments_promise": payments.view,
    "payments_billingmethod": billing_methods.view,
    "payments_autopay": billing_methods.view,
    "portal_paylinkwithdrawal": invoices.view,
    "invoicing_invoice": invoices.view,
    "invoicing_quoteanswer": invoices.view,
    "invoicing_customertax": invoices.view,
    "invoicing_taxcertificate": invoices.view,
    "invoicing_recurringinvoice": invoices.view,
    "invoicing_findingdismissal": billing_admin.view,
    "equipment_piece": equipment.view,
    "monitoring_system": systems.view,
    "monitoring_zone": systems.view,
    "monitoring_test": systems.view,
    "scheduling_appointment": appointments.view,
    "scheduling_assignment": appointments.view,
}
# whoever may see the customer may see these
OPEN = frozenset(
    {
        "customers_customer", "customers_address", "customers_phone", "customers_merge", "customers_opportunity",
        "portal_accountholder",
    }
)  # fmt: skip
CREDIT = frozenset({"credit_creditreport", "credit_adverseletter"})
KINDS = {
    "system": ("AlarmDesk itself", Q(actor__kind="system")),
    "customer": ("The customer", Q(actor__kind__in=["holder", "guest"])),
    "program": ("A program", Q(actor__kind="machine")),
    "sql": ("By hand in the database", Q(actor__isnull=True)),
}
HEADER = ("when", "who", "what", "field", "before", "after")


def trail_of(company: Company, customer: Customer) -> Trail:
    """The customer's own trail, newest first, with that of the records that were merged into it."""
    merged = customer.merges.values_list("merged_id", flat=True)
    return TrailEntry.objects.filter(company=company, customer_id__in=[customer.pk, *merged]).order_by("-pk")


def hidden(may: Callable[[Grant], bool], *, credit: bool) -> frozenset[str]:
    """The tables that the person's group may not see. `credit`: whether credit reports are told of."""
    found = {table for table, grant in TAKES.items() if not may(grant)}
    return frozenset(found) if credit else frozenset(found) | CREDIT


def seen(entries: Trail, may: Callable[[Grant], bool], *, credit: bool) -> Trail:
    """Without what the person's group may not see."""
    away = hidden(may, credit=credit)
    return entries.exclude(table__in=away) if away else entries


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; nonsense in it asks for nothing. Days are the company's."""

    what: str = ""
    by: str = ""
    since: str = ""
    until: str = ""
    q: str = ""
    before: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Asked":
        return cls(**{name: str(values.get(name, "")).replace("\0", "").strip()[:200] for name in cls.__slots__})

    @property
    def is_filtered(self) -> bool:
        return any((self.what, self.by, self.since, self.until, self.q))

    @property
    def words(self) -> list[str]:
        return plain(self.q).split()

    def of_these(self, entries: Trail, company: Company) -> Trail:
        """Those of the entries that are asked for, apart from the words."""
        if self.what in TABLES:
            entries = entries.filter(table=self.what)
        if self.by in KINDS:
            entries = entries.filter(KINDS[self.by][1])
        elif _is_key(self.by):
            entries = entries.filter(actor__user_id=int(self.by))
        if since := _date(self.since):
            entries = entries.filter(at__gte=dt.datetime.combine(since, dt.time(), company.zone))
        if until := _date(self.until):
            entries = entries.filter(at__lt=dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), company.zone))
        return entries.filter(pk__lt=int(self.before)) if _is_key(self.before) else entries


@dataclass(frozen=True, slots=True)
class Page:
    """Changes that are shown, and before which entry the next page begins (None: there is none). `is_cut`: so much was
    read for the words that the rest waits for another press.
    """

    changes: Sequence[Told]
    older: int | None = None
    is_cut: bool = False


def page_of(entries: Trail, words: Sequence[str]) -> Page:
    """The first fifty that say all of these words."""
    found: list[Told] = []
    read, last = 0, None
    for batch in _batches(entries, BATCH if words else PAGE + 1):
        for told in batch:
            if len(found) == PAGE:
                return Page(found, last)
            last = told.id
            if told.says(words):
                found.append(told)
        read += len(batch)
        if read >= MOST_READ:
            return Page(found, last, is_cut=True)
    return Page(found)


def rows_of(entries: Trail, words: Sequence[str], company: Company) -> Iterator[list[list[str]]]:
    """All of them for a CSV file, batch by batch: a row for each field that changed."""
    for batch in _batches(entries, BATCH):
        yield [row for told in batch if told.says(words) for row in _rows(told, company)]


def _rows(told: Told, company: Company) -> Iterator[list[str]]:
    when = told.at.astimezone(company.zone).strftime("%Y-%m-%d %H:%M:%S")
    for label, old, new in [(one.label, one.old, one.new) for one in told.changes] or [("", "", "")]:
        yield [when, *map(cell, (told.who, told.what, label, old, new))]


def _batches(entries: Trail, size: int) -> Iterator[list[Told]]:
    """Told a batch at a time, each found by where the last one ended."""
    last: int | None = None
    while batch := list((entries if last is None else entries.filter(pk__lt=last))[:size]):
        yield tell(batch)
        if len(batch) < size:
            return
        last = batch[-1].pk


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18


def _date(text: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year < 9999 else None
