"""What happened lately with a customer? Changes, invoices and mail in one short list."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from alarmdesk.company.models import Company
from alarmdesk.company.permissions import Grant
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib.furniture import money
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.permissions import messages
from alarmdesk.office.doors import door
from alarmdesk.office.history import tell
from alarmdesk.office.trail_reading import seen, trail_of

SHOWN = 7


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
