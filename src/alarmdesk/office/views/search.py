"""Where does Ctrl+K lead? To customers, leads, invoices by their number, payments by the gateway's, and the pages.

Customers are found by their system's account number and by their portal's users too.
"""

import re
from typing import Any

from django.db.models import Q
from django.http import HttpResponse

from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers, leads
from alarmdesk.customers.search import find
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib.furniture import money
from alarmdesk.lib.pages import is_htmx, show
from alarmdesk.monitoring.permissions import systems
from alarmdesk.monitoring.queries import numbered
from alarmdesk.office.doors import door
from alarmdesk.office.navigation import commands
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.queries import with_transaction

SHOWN = 6
LONGEST = 200
LEAST_OF_MAIL = 3
# 9, #9, INV-9, invoice 9, invoice no. 9, quote #9: at most 15 digits, which fit into a number of ours
NUMBERED = re.compile(r"(?P<noun>[a-z ]*?)[\s.-]*(?:no\.?|number|nr\.?)?[\s#.-]*(?P<number>\d{1,15})", re.ASCII)


@staff(may=None)
def search(request: StaffRequest) -> HttpResponse:
    """What the words lead to, as the palette's list or (without JavaScript) as a page."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    groups: list[dict[str, Any]] = []
    if words:
        groups += _people(request, words)
        groups += _invoices(request, words)
        groups += _payments(request, words)
    groups.append({"title": "Go to" if not words else "Commands", "items": _commands(request, words)})
    context = {"q": words, "groups": [group for group in groups if group["items"]]}
    if is_htmx(request):
        return show(request, "pieces/palette_results.html", context)
    return show(request, "office/search.html", context)


def _people(request: StaffRequest, words: str) -> list[dict[str, Any]]:
    groups = []
    by_other = _systems(request, words) | _portal_users(request, words)
    for title, stage, grant in (
        ("Customers", Customer.Stage.CUSTOMER, customers.view),
        ("Leads", Customer.Stage.LEAD, leads.view),
    ):
        if not request.may(grant):
            continue
        ids = list(dict.fromkeys([*find(words, stage=stage, at_most=SHOWN), *by_other]))
        rows = request.company.customers.filter(stage=stage).prefetch_related("addresses")
        found = rows.in_bulk(ids) if ids else {}
        items = [_person(request, found[pk], by_other.get(pk, "")) for pk in ids if pk in found]
        groups.append({"title": title, "items": items[:SHOWN]})
    return groups


def _portal_users(request: StaffRequest, words: str) -> dict[int, str]:
    """Whose account a portal user with such an e-mail address sees, by customer."""
    if len(words) < LEAST_OF_MAIL or " " in words:
        return {}
    begins = Q(email__istartswith=words) | Q(user__email__istartswith=words)
    holders = request.company.account_holders.filter(begins, ended_at=None).select_related("user").order_by("pk")
    mails = {one.customer_id: one.user.email if one.user else one.email for one in holders[:SHOWN]}
    return {customer: f"{mail} in the portal" for customer, mail in mails.items()}


def _systems(request: StaffRequest, words: str) -> dict[int, str]:
    """Who is monitored under exactly that account number, by customer."""
    if not request.may(systems.view):
        return {}
    found = numbered(words, most=SHOWN)
    return {one.customer_id: f"{one} at {one.monitoring_company}" for one in found}


def _person(request: StaffRequest, customer: Customer, also: str) -> dict[str, Any]:
    address = next(iter(sorted(customer.addresses.all(), key=lambda one: one.kind != "service")), None)
    told = (
        customer.account_number,
        also,
        address.one_line if address else "",
    )
    note = " · ".join(part for part in told if part)
    return {"label": customer.name, "note": note, "url": door(request.company, "office:customer", pk=customer.pk)}


def _invoices(request: StaffRequest, words: str) -> list[dict[str, Any]]:
    """Documents of that very number, of the kind that is named where one is: 1042, #1042, INV-1042, quote 7."""
    asked = NUMBERED.fullmatch(words.lower())
    if asked is None or not request.may(invoices.view):
        return []
    noun = asked["noun"].strip()
    types = [type_ for type_ in Invoice.Type if type_.label.lower().startswith(noun)]
    if not types:
        return []
    rows = request.company.invoices.filter(number=int(asked["number"]), type__in=types)
    found = rows.select_related("customer").order_by("type")[:SHOWN]
    items = [
        {
            "label": str(invoice),
            "note": f"{invoice.customer.name} · {money(invoice.total)}",
            "url": door(request.company, "invoicing:invoice", pk=invoice.pk),
            "icon": "file-text",
        }
        for invoice in found
    ]
    return [{"title": "Invoices", "items": items}]


def _payments(request: StaffRequest, words: str) -> list[dict[str, Any]]:
    """Payments that the gateway knows by this transaction ID."""
    if not request.may(payments.view):
        return []
    found = request.company.payments.filter(pk__in=with_transaction(words)).select_related("customer").order_by("-pk")
    items = [
        {
            "label": str(payment),
            "note": f"{payment.customer.name} · {money(payment.amount)} · transaction {words}",
            "url": door(request.company, "payments:payment", pk=payment.pk),
            "icon": "credit-card",
        }
        for payment in found[:SHOWN]
    ]
    return [{"title": "Payments", "items": items}]


def _commands(request: StaffRequest, words: str) -> list[dict[str, Any]]:
    wanted = words.lower()
    return [one for one in commands(request) if wanted in one["label"].lower()][: SHOWN if wanted else None]
