"""What happened lately with a customer? Changes, invoices and mail in one short list."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from alarmdesk.company.models import Company, TrailEntry
from alarmdesk.company.permissions import Grant
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import contacts, files, notes, tags, tickets
from alarmdesk.equipment.permissions import equipment
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib.furniture import money
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.permissions import messages
from alarmdesk.monitoring.permissions import systems
from alarmdesk.office.doors import door
from alarmdesk.office.history import tell
from alarmdesk.payments.permissions import billing_methods, payments
from alarmdesk.scheduling.permissions import appointments

SHOWN = 7
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
    "payments_billingmethod": billing_methods.view,
    "invoicing_recurringinvoice": invoices.view,
    "equipment_piece": equipment.view,
    "monitoring_system": systems.view,
    "monitoring_zone": systems.view,
    "monitoring_test": systems.view,
    "scheduling_appointment": appointments.view,
    "scheduling_assignment": appointments.view,
}
CREDIT = ["credit_creditreport", "credit_adverseletter"]


def activity(
    company: Company, customer: Customer, may: Callable[[Grant], bool], *, credit: bool
) -> list[dict[str, Any]]:
    """The latest entries for pieces/timeline.html, newest first; at most three queries and the names."""
    found: list[dict[str, Any]] = [
        {"at": told.at, "text": told.what, "note": told.note, "icon": told.icon, "kind": told.kind}
        for told in tell(seen(trail_of(company, customer), may, credit=credit)[:SHOWN])
    ]
    if may(invoices.view):
        found += [_issued(company, invoice) for invoice in customer.invoices.order_by("-pk")[:SHOWN]]
    if may(messages.view):
        found += [_mailed(message) for message in customer.messages.order_by("-queued_at")[:SHOWN]]
    found.sort(key=lambda entry: entry["at"], reverse=True)
    return [{**entry, "when": _when(entry["at"])} for entry in found[:SHOWN]]


def trail_of(company: Company, customer: Customer) -> Any:
    """The customer's own trail, newest first, with that of the records that were merged into it."""
    merged = customer.merges.values_list("merged_id", flat=True)
    return TrailEntry.objects.filter(company=company, customer_id__in=[customer.pk, *merged]).order_by("-pk")


def seen(entries: Any, may: Callable[[Grant], bool], *, credit: bool) -> Any:
    """Without the tables that the person's group may not see. `credit`: whether credit reports are told of."""
    hidden = [table for table, grant in TAKES.items() if not may(grant)]
    hidden += [] if credit else CREDIT
    return entries.exclude(table__in=hidden) if hidden else entries


def _issued(company: Company, invoice: Invoice) -> dict[str, Any]:
    verb = "made" if invoice.type == Invoice.Type.QUOTE else "issued"
    return {
        "at": invoice.issued_at,
        "text": f"{invoice} {verb}, {money(invoice.total)}",
        "note": invoice.issued_by,
        "url": door(company, "invoicing:invoice", pk=invoice.pk),
        "icon": "file-text",
        "kind": "info",
    }


def _mailed(message: Message) -> dict[str, Any]:
    failed = message.state == Message.State.FAILED
    return {
        "at": message.sent_at or message.queued_at,
        "text": message.subject or f"Mail: {message.kind.replace('_', ' ')}",
        "note": f"{message.to} · {message.get_state_display()}",
        "icon": "mail-x" if failed else "mail",
        "kind": "bad" if failed else "plain",
    }


def _when(at: dt.datetime) -> str:
    local = timezone.localtime(at)
    return f"{local:%b} {local.day}"
