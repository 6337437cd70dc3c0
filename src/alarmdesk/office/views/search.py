"""Where does Ctrl+K lead? To customers, leads, invoices by their number, and the pages of the office."""

from typing import Any

from django.http import HttpResponse

from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers, leads
from alarmdesk.customers.search import find
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib.furniture import money
from alarmdesk.lib.pages import is_htmx, show
from alarmdesk.office.doors import door
from alarmdesk.office.navigation import commands

SHOWN = 6
LONGEST = 200


@staff(may=None)
def search(request: StaffRequest) -> HttpResponse:
    """What the words lead to, as the palette's list or (without JavaScript) as a page."""
    words = request.GET.get("q", "").strip()[:LONGEST]
    groups: list[dict[str, Any]] = []
    if words:
        groups += _people(request, words)
        groups += _invoices(request, words)
    groups.append({"title": "Go to" if not words else "Commands", "items": _commands(request, words)})
    context = {"q": words, "groups": [group for group in groups if group["items"]]}
    if is_htmx(request):
        return show(request, "pieces/palette_results.html", context)
    return show(request, "office/search.html", context)


def _people(request: StaffRequest, words: str) -> list[dict[str, Any]]:
    groups = []
    for title, stage, grant in (
        ("Customers", Customer.Stage.CUSTOMER, customers.view),
        ("Leads", Customer.Stage.LEAD, leads.view),
    ):
        if not request.may(grant):
            continue
        ids = find(words, stage=stage, at_most=SHOWN)
        found = request.company.customers.prefetch_related("addresses").in_bulk(ids) if ids else {}
        items = [_person(request, found[pk]) for pk in ids if pk in found]
        groups.append({"title": title, "items": items})
    return groups


def _person(request: StaffRequest, customer: Customer) -> dict[str, Any]:
    address = next(iter(sorted(customer.addresses.all(), key=lambda one: one.kind != "service")), None)
    note = " · ".join(part for part in (customer.account_number, address.one_line if address else "") if part)
    return {"label": customer.name, "note": note, "url": door(request.company, "office:customer", pk=customer.pk)}


def _invoices(request: StaffRequest, words: str) -> list[dict[str, Any]]:
    """Documents of that very number, typed as 1042, #1042 or INV-1042."""
    digits = words.lower().removeprefix("inv").lstrip("-# ")
    if not (digits.isdecimal() and len(digits) < 16 and request.may(invoices.view)):
        return []
    found = request.company.invoices.filter(number=int(digits)).select_related("customer").order_by("type")[:SHOWN]
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


def _commands(request: StaffRequest, words: str) -> list[dict[str, Any]]:
    wanted = words.lower()
    return [one for one in commands(request) if wanted in one["label"].lower()][: SHOWN if wanted else None]
