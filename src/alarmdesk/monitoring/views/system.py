"""How is a customer's system known to its monitoring company, and is it on test (domain.md B10, E9)?"""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import confirmed, form_page, sent
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import moment
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.lib.versions import Version
from alarmdesk.monitoring import actions, stations
from alarmdesk.monitoring.forms import SYSTEM_FIELDS, SystemForm, TestForm, ZoneForm
from alarmdesk.monitoring.models import System, Zone
from alarmdesk.monitoring.permissions import systems
from alarmdesk.monitoring.queries import system_of

PAST_TESTS = 10
USUAL_TEST = dt.timedelta(hours=2)
FORM = "monitoring/form.html"


def _customer(request: StaffRequest, pk: int) -> Customer:
    """A customer of the entered company that the group may see. Raises Http404, PermissionDenied."""
    if not request.may(customers.view):
        raise PermissionDenied("Your group may not see customers.")
    people = request.company.customers.filter(stage=Customer.Stage.CUSTOMER)
    return get_object_or_404(people.prefetch_related("addresses", "phones"), pk=pk)


def _system(request: StaffRequest, pk: int) -> System:
    rows = request.company.systems.select_related("customer", "monitoring_company")
    if request.method == "POST":
        rows = rows.select_for_update(of=("self",))
    return get_object_or_404(rows, pk=pk)


@staff(may=systems.view)
def of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer's system: a tab of the customer's page."""
    person = _customer(request, customer)
    request.customer, request.tab = person, "system"  # type: ignore[attr-defined]
    system = system_of(person)
    context: dict[str, Any] = {"customer": person, "system": system}
    if system is not None:
        now = clock.now()
        tests = list(system.tests.order_by("-from_at", "-pk")[:PAST_TESTS])
        running = next((test for test in tests if test.is_running(now)), None)
        context |= {"zones": system.zones.order_by("zone_number"), "running": running}
        context["past"] = [test for test in tests if test is not running]
    return show(request, "monitoring/of_customer.html", context)


@staff(may=systems.create)
def connect(request: StaffRequest, customer: int) -> HttpResponse:
    """Put the customer under watch."""
    person = _customer(request, customer)
    now = clock.now()
    form = SystemForm(sent(request), initial=_first(request), today=request.company.local_date(now))
    if form.is_bound and form.is_valid():
        said = {name: form.cleaned_data[name] for name in SYSTEM_FIELDS}
        try:
            system = actions.connect(customer=person, **said, at=now, by=acting().name)
        except ValueError as refused:
            taken = isinstance(refused, actions.NumberTaken)
            form.add_error("account_number" if taken else None, str(refused))
        else:
            return go(request, at("monitoring:of_customer", customer=customer), f"{system} is connected.")
    return _page(request, form, person, "Connect a system")


def _first(request: StaffRequest) -> dict[str, Any]:
    """The only monitoring company, or the one that the address names, with its next free number."""
    active = list(request.company.monitoring_companies.filter(is_active=True).order_by("pk")[:20])
    asked = request.GET.get("monitoring_company", "")
    named = [station for station in active if str(station.pk) == asked]
    chosen = (named or (active if len(active) == 1 else []))[:1]
    if not chosen:
        return {}
    return {"monitoring_company": chosen[0].pk, "account_number": stations.next_free(chosen[0])}


@staff(may=systems.view)
def next_number(request: StaffRequest, customer: int) -> HttpResponse:
    """The account number box, with the next free number of the company that is chosen: for htmx."""
    _customer(request, customer)
    asked = request.GET.get("monitoring_company", "")
    rows = request.company.monitoring_companies.filter(pk=asked if asked.isdecimal() and len(asked) < 18 else 0)
    station = rows.first()
    number = stations.next_free(station) if station else ""
    form = SystemForm(initial={"account_number": number}, today=request.company.local_date(clock.now()))
    return show(request, "monitoring/account_number.html", {"form": form, "station": station, "number": number})


@staff(may=systems.modify)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Change how the system is known."""
    system = _system(request, pk)
    today = request.company.local_date(clock.now())
    person = system.customer
    version = Version({"": SystemForm(instance=system, today=today)}, request.POST)
    if version.changes:
        version.by = last_author(of_row(system._meta.db_table, pk))
    form = SystemForm(sent(request), instance=system, today=today)
    if form.is_bound and form.is_valid() and not version.is_overtaken:
        try:
            actions.change_system(system, {name: form.cleaned_data[name] for name in SYSTEM_FIELDS})
        except ValueError as refused:
            form.add_error("account_number", str(refused))
        else:
            return go(request, at("monitoring:of_customer", customer=person.pk), f"{system} is saved.")
    return _page(request, form, person, "Change the system", version=version)


def _page(request: StaffRequest, form: SystemForm, person: Customer, title: str, **also: Any) -> HttpResponse:
    has_stations = form.fields["monitoring_company"].queryset.exists()  # type: ignore[attr-defined]
    context = {"form": form, "customer": person, "title": title, "has_stations": has_stations, **also}
    context["back"] = at("monitoring:of_customer", customer=person.pk)
    return show_form(request, "monitoring/system.html", context, invalid=form.is_bound)


@staff(may=systems.delete)
def disconnect(request: StaffRequest, pk: int) -> HttpResponse:
    """Take the connection away."""
    system = _system(request, pk)
    back = at("monitoring:of_customer", customer=system.customer_id)
    says = (
        f"{system.customer.name} is not monitored any more as far as we know: the connection goes with its zones and "
        f"tests, and {system.account_number} is free again. {system.monitoring_company} must be told by you."
    )
    return confirmed(
        request, lambda: actions.disconnect(system),
        title=f"Disconnect {system.account_number}", says=says, action="Disconnect", back=back,
        done=(back, f"{system} is disconnected."),
    )  # fmt: skip


# --- zones


@staff(may=systems.modify)
def zone_new(request: StaffRequest, customer: int) -> HttpResponse:
    """One more zone on the monitoring company's list."""
    person = _customer(request, customer)
    system = get_object_or_404(person.systems, customer=person)
    last = system.zones.order_by("-zone_number").values_list("zone_number", flat=True).first() or 0
    zone = Zone(system=system)
    form = ZoneForm(sent(request), instance=zone, initial={"zone_number": last + 1})
    return _zone_page(request, form, zone, person, "New zone")


@staff(may=systems.modify)
def zone(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a zone."""
    rows = request.company.zones.select_related("system__customer")
    row = get_object_or_404(rows.select_for_update(of=("self",)) if request.method == "POST" else rows, pk=pk)
    version = Version({"": ZoneForm(instance=row)}, request.POST)
    if version.changes:
        version.by = last_author(of_row(row._meta.db_table, pk))
    title, url = str(row), at("monitoring:zone_delete", pk=pk)
    form = ZoneForm(sent(request), instance=row)
    return _zone_page(request, form, row, row.system.customer, title, version=version, delete_url=url)


def _zone_page(
    request: StaffRequest, form: ZoneForm, row: Zone, person: Customer, title: str, **also: Any
) -> HttpResponse:
    back = at("monitoring:of_customer", customer=person.pk)
    return form_page(
        request, form, lambda: actions.save_zone(row),
        title=title, back=back, done=lambda: f"{row} is saved.", beside="zone_number", template=FORM,
        customer=person, **also,
    )  # fmt: skip


@staff(may=systems.modify)
def zone_delete(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a zone off the list."""
    row = get_object_or_404(request.company.zones.select_related("system"), pk=pk)
    back = at("monitoring:of_customer", customer=row.system.customer_id)
    return confirmed(
        request, lambda: actions.remove_zone(row),
        title=f"Delete {row}", says=f"{row} is taken off the list. The station must be told by you.",
        action="Delete", back=back, done=(back, f"{row} is deleted."),
    )  # fmt: skip


# --- tests


@staff(may=systems.modify)
def place(request: StaffRequest, pk: int) -> HttpResponse:
    """Place the system on test."""
    system = _system(request, pk)
    now, person = clock.now(), system.customer
    is_out = system.out_of_service_on is not None
    # without seconds, which the box would not take
    until = timezone.localtime(now + USUAL_TEST).replace(second=0, microsecond=0)
    form = TestForm(sent(request), initial={"until_at": until}, is_out_of_service=is_out)
    back = at("monitoring:of_customer", customer=person.pk)
    if form.is_bound and form.is_valid():
        try:
            test = actions.place_on_test(system, **form.cleaned_data, at=now, by=acting().name)
        except ValueError as refused:
            form.add_error("until_at" if isinstance(refused, actions.WrongSpan) else None, str(refused))
        else:
            return go(request, back, f"{system} is on test until {moment(test.until_at)}.")
    context = {"form": form, "customer": person, "system": system, "back": back}
    return show_form(request, "monitoring/place.html", context, invalid=form.is_bound)


@staff(may=systems.modify)
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """Take the system off test before its time."""
    return require_POST(_end)(request, pk)


def _end(request: StaffRequest, pk: int) -> HttpResponse:
    test = get_object_or_404(request.company.tests.select_related("system"), pk=pk)
    try:
        actions.end_test(test, at=clock.now(), by=acting().name)
        told = f"{test.system} is off test."
    except actions.NotOnTest as refused:
        told = str(refused)
    return go(request, at("monitoring:of_customer", customer=test.system.customer_id), told)
