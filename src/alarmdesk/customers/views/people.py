"""What do the lists of leads and customers, and their forms, answer?"""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers import actions
from alarmdesk.customers.duplicates import Alike, alike
from alarmdesk.customers.lists import CustomerList, LeadList
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers, leads, tags
from alarmdesk.customers.pipeline import standings
from alarmdesk.customers.sheet import CustomerSheet, version_of
from alarmdesk.customers.views.pipeline import figures
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Bulk, Empty
from alarmdesk.lib.pages import go, show, show_form

LEAD, CUSTOMER = Customer.Stage.LEAD, Customer.Stage.CUSTOMER


@staff(may=customers.view)
def customer_list(request: StaffRequest) -> HttpResponse:
    """The customers, the newest first, with search and filters."""
    new_url = at("customers:new") if request.may(customers.create) else ""
    empty = Empty("No customers yet", "Everything else hangs on one: invoices, payments, history.", "users",
                  "New customer", new_url)  # fmt: skip
    bulk = _tagging(request, "customers")
    listing = CustomerList(request, request.company, empty=empty, bulk=bulk)
    return listing.answer("customers/customers.html", {"new_url": new_url})


@staff(may=leads.view)
def lead_list(request: StaffRequest) -> HttpResponse:
    """The leads that are open."""
    new_url = at("customers:new_lead") if request.may(leads.create) else ""
    empty = Empty("No leads yet", "A lead can have quotes and becomes a customer when it buys.", "sparkles",
                  "New lead", new_url)  # fmt: skip
    bulk = _tagging(request, "leads")
    today = request.company.local_date(clock.now())
    listing = LeadList(request, request.company, today=today, empty=empty, bulk=bulk)
    return listing.answer("customers/leads.html", {"new_url": new_url, "figures": figures(request, standings())})


def _tagging(request: StaffRequest, noun: str) -> list[Bulk]:
    """Put a tag on, take one off: what can be done with many."""
    bulk = []
    if request.may(tags.create):
        bulk.append(Bulk("Tag", at(f"customers:tag_{noun}"), "tag", dialog=True))
    if request.may(tags.delete):
        bulk.append(Bulk("Untag", at(f"customers:untag_{noun}"), "tag-x", dialog=True))
    return bulk


@staff(may=customers.create)
def new_customer(request: StaffRequest) -> HttpResponse:
    """Add a customer."""
    if request.GET.get("stage") == LEAD:
        return HttpResponseRedirect(at("customers:new_lead"))
    return _new(request, CUSTOMER)


@staff(may=leads.create)
def new_lead(request: StaffRequest) -> HttpResponse:
    """Add a lead."""
    return _new(request, LEAD)


@staff(may=customers.create)
@require_POST
def alike_customer(request: StaffRequest) -> HttpResponse:
    """Who looks like the customer that is being typed?"""
    return _look_alike(request, CUSTOMER)


@staff(may=leads.create)
@require_POST
def alike_lead(request: StaffRequest) -> HttpResponse:
    """Who looks like the lead that is being typed?"""
    return _look_alike(request, LEAD)


def _look_alike(request: StaffRequest, stage: Customer.Stage) -> HttpResponse:
    today = request.company.local_date(clock.now())
    sheet = CustomerSheet(request.company, stage=stage, today=today, data=request.POST)
    return show(request, "customers/alike.html", {"alike": _alike(request, sheet)})


def _alike(request: StaffRequest, sheet: CustomerSheet) -> list[Alike]:
    """The records that share something with what was typed, of those that the person may see."""
    seen = [stage for stage, grant in ((CUSTOMER, customers.view), (LEAD, leads.view)) if request.may(grant)]
    return alike(**sheet.shares, stages=None if len(seen) == 2 else seen) if seen else []


@staff(may=customers.modify)
def edit_customer(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a customer's record."""
    customer = get_object_or_404(_to_edit(request), pk=pk)
    if customer.is_lead:
        return HttpResponseRedirect(at("customers:edit_lead", pk=pk))
    return _edit(request, customer)


@staff(may=leads.modify)
def edit_lead(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a lead's record."""
    return _edit(request, get_object_or_404(_to_edit(request), pk=pk, stage=LEAD))


def _to_edit(request: StaffRequest) -> QuerySet[Customer]:
    """The customers; to be saved, locked: of two who save at once the second must see the first."""
    rows: QuerySet[Customer] = request.company.customers.all()
    return rows.select_for_update(no_key=True) if request.method == "POST" else rows


def _new(request: StaffRequest, stage: Customer.Stage) -> HttpResponse:
    now = clock.now()
    today = request.company.local_date(now)
    sheet = CustomerSheet(request.company, stage=stage, today=today, data=request.POST or None)
    if sheet.is_valid():
        try:
            customer = actions.add_customer(at=now, by=acting().name, stage=stage, **sheet.facts())
        except actions.AccountNumberTaken as error:
            sheet.main.add_error("account_number", str(error))
        else:
            return go(request, at("office:customer", pk=customer.pk), f"{customer.name} was added")
    back, label = (at("customers:leads"), "Leads") if stage == LEAD else (at("customers:list"), "Customers")
    alike_url = at("customers:alike_lead" if stage == LEAD else "customers:alike")
    context = {"alike_url": alike_url, "alike": _alike(request, sheet) if sheet.data else []}
    return _show(request, sheet, title=f"New {stage.label.lower()}", back=back, back_label=label, **context)


def _edit(request: StaffRequest, customer: Customer) -> HttpResponse:
    name = customer.name
    today = request.company.local_date(clock.now())
    sheet = CustomerSheet(
        request.company, stage=customer.stage, today=today, customer=customer, data=request.POST or None
    )
    version = version_of(request.company, customer, today=today, posted=request.POST)
    if version.changes:
        version.by = last_author(Q(customer_id=customer.pk))
    back = at("office:customer", pk=customer.pk)
    if sheet.is_valid() and not version.is_overtaken:
        try:
            actions.change_customer(customer, **sheet.facts())
        except actions.AccountNumberTaken as error:
            sheet.main.add_error("account_number", str(error))
        else:
            return go(request, back, f"{customer.name} was changed")
    return _show(request, sheet, title=f"Edit {name}", back=back, back_label=name, version=version)


def _show(request: StaffRequest, sheet: CustomerSheet, **context: Any) -> HttpResponse:
    """The sheet as a page or a dialog; 422 where it was sent to be saved."""
    return show_form(request, "customers/customer_form.html", {"sheet": sheet, **context}, invalid=sheet.is_bound)
