"""How does the office keep a customer's call list (F28)?"""

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import confirmed, sent
from alarmdesk.customers import contacts as verbs
from alarmdesk.customers.agencies import serving
from alarmdesk.customers.contact_sheet import ContactSheet
from alarmdesk.customers.contacts import call_list
from alarmdesk.customers.fetching import check_may_see, fetch_customer
from alarmdesk.customers.models import Contact, Customer
from alarmdesk.customers.permissions import contacts
from alarmdesk.lib import clock
from alarmdesk.lib.pages import Confirm, go, is_htmx, show, show_form
from alarmdesk.lib.sealed import Unsealable

LIST = "call-list"
PAGE = "customers/contacts.html"


@staff(may=contacts.view)
def of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """Who is called, in order, and which agencies are sent: a tab of the customer's page."""
    person = fetch_customer(request, customer, "contacts")
    rows = person.agencies.select_related("agency").order_by("agency__kind", "agency__name")
    context = {
        "customer": person,
        "contacts": call_list(person),
        "agencies": rows,
        "serving": serving(person),
        "place": person.service_address,
        "today": request.company.local_date(clock.now()),
    }
    return show(request, PAGE, context)


def _contact(request: StaffRequest, pk: int) -> Contact:
    rows = request.company.contacts.defer("passcode").select_related("customer")
    contact = get_object_or_404(rows, pk=pk)
    check_may_see(request, contact.customer)
    return contact


@staff(may=contacts.create)
def new(request: StaffRequest, customer: int) -> HttpResponse:
    """Put somebody on the call list, at its end."""
    person = get_object_or_404(request.company.customers, pk=customer)
    check_may_see(request, person)
    sheet = ContactSheet(data=sent(request))
    if sheet.is_valid():
        try:
            contact = verbs.add_contact(
                customer=person, facts=sheet.facts(), phones=sheet.numbers(), passcode=sheet.main.passcode or "",
                at=clock.now(), by=acting().name,
            )  # fmt: skip
        except ValueError as refused:
            sheet.main.add_error("code", str(refused))
        else:
            url = at("customers:contact_new" if "again" in request.POST else "customers:contacts", customer=customer)
            return go(request, url, f"{contact} is on the call list, number {contact.position}.")
    return _sheet_page(request, sheet, person, "Add a contact", also="Save & add another")


@staff(may=contacts.modify)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a contact: numbers, rights, passcode."""
    contact = _contact(request, pk)
    name, person = contact.name, contact.customer
    sheet = ContactSheet(contact, sent(request))
    version = sheet.version()
    if version.changes:
        version.by = last_author(of_row(contact._meta.db_table, pk))
    if sheet.is_bound and not version.is_overtaken and sheet.is_valid():
        try:
            saved = verbs.change_contact(contact, sheet.facts(), phones=sheet.numbers(), passcode=sheet.main.passcode)
        except ValueError as refused:
            sheet.main.add_error("code", str(refused))
        else:
            return go(request, at("customers:contacts", customer=person.pk), f"{saved} is saved.")
    return _sheet_page(request, sheet, person, name, version=version)


def _sheet_page(request: StaffRequest, sheet: ContactSheet, person: Customer, title: str, **also: Any) -> HttpResponse:
    context = {"sheet": sheet, "customer": person, "title": title, **also}
    context["back"] = at("customers:contacts", customer=person.pk)
    return show_form(request, "customers/contact.html", context, invalid=sheet.is_bound)


@staff(may=contacts.delete)
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Take somebody off the call list."""
    contact = _contact(request, pk)
    back = at("customers:contacts", customer=contact.customer_id)
    says = f"{contact} is not called any more. The monitoring company must be told by you. History keeps who it was."
    return confirmed(
        request, lambda: verbs.remove_contact(contact),
        title=f"Remove {contact}", says=says, action="Remove", back=back, done=(back, f"{contact} is off the list."),
    )  # fmt: skip


@staff(may=contacts.modify)
def move(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a contact be called earlier or later."""
    return require_POST(_move)(request, pk)


def _move(request: StaffRequest, pk: int) -> HttpResponse:
    contact = _contact(request, pk)
    wanted = request.POST.get("place", "")
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 6:
        place = verbs.move_contact(contact, int(wanted))
        told = f"{contact} is number {place} now."
    else:
        told = "Nothing was moved."
    if not is_htmx(request, LIST):
        return go(request, at("customers:contacts", customer=contact.customer_id), told)
    context = {"customer": contact.customer, "contacts": call_list(contact.customer)}
    answer = show(request, f"{PAGE}#call_list", context)
    answer["HX-Trigger"] = json.dumps({"toast": {"text": told}})
    return answer


@staff(may=contacts.may("passcodes"))
def passcode(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a passcode, and keep who saw it."""
    contact = _contact(request, pk)
    form = Confirm(sent(request))
    code = ""
    if form.is_bound and form.is_valid():
        try:
            code = verbs.show_passcode(contact, at=clock.now(), by=acting().name)
        except (verbs.NoPasscode, Unsealable) as refused:
            form.add_error(None, str(refused))
    back = at("customers:contacts", customer=contact.customer_id)
    context = {"form": form, "contact": contact, "customer": contact.customer, "code": code, "back": back}
    answer = show_form(request, "customers/passcode.html", context, invalid=bool(form.errors))
    answer["Cache-Control"] = "no-store"
    return answer
