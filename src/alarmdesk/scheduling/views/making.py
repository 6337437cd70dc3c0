"""How is an appointment written? For a customer who was found first; free times are offered."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import sent
from alarmdesk.customers import search
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers
from alarmdesk.customers.queries import in_order_of, with_addresses
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day
from alarmdesk.lib.pages import go, is_htmx, show, show_form
from alarmdesk.lib.versions import Version
from alarmdesk.scheduling import actions, queries, words
from alarmdesk.scheduling.forms import AppointmentForm
from alarmdesk.scheduling.models import Appointment, Technician
from alarmdesk.scheduling.moving import replaced
from alarmdesk.scheduling.permissions import appointments
from alarmdesk.scheduling.views.moving import fetch

HITS = 8
CARRIED = ("technician", "on", "time")
"""What the board fills in of a new appointment."""


@staff(may=appointments.create)
def choose(request: StaffRequest) -> HttpResponse:
    """For whom? Found by name, phone or address; leads are left out, for nobody is sent to them yet."""
    if not request.may(customers.view):
        raise PermissionDenied("Your group may not see customers.")
    words_typed = request.GET.get("q", "").replace("\0", "").strip()[:200]
    ids = search.find(words_typed, stage=Customer.Stage.CUSTOMER, at_most=HITS)
    rows: Any = with_addresses(in_order_of(request.company.customers.all(), ids))
    carried = {name: request.GET[name] for name in CARRIED if request.GET.get(name)}
    query = QueryDict(mutable=True)
    query.update(carried)
    context = {
        "hits": rows.order_by("place"), "q": words_typed, "carried": carried,
        "query": f"?{query.urlencode()}" if carried else "", "back": at("scheduling:day"),
    }  # fmt: skip
    if is_htmx(request, "hits"):
        return show(request, "scheduling/choose.html#hits", context)
    return show_form(request, "scheduling/choose.html", context)


@staff(may=appointments.create)
def new(request: StaffRequest, customer: int) -> HttpResponse:
    """An appointment at this customer's."""
    person = _customer(request, customer)
    data = _with_slot(request)
    form = AppointmentForm(data, initial=_first(request, person), can_mail=bool(person.email))
    if form.is_bound and not _looks(request) and form.is_valid():
        try:
            made = _plan(person, form.cleaned_data)
        except ValueError as refused:
            _refuse(form, refused)
        else:
            return go(request, at("scheduling:appointment", pk=made.pk), _says(made))
    return _page(request, form, person, "New appointment", at("scheduling:of_customer", customer=person.pk))


def _plan(person: Customer, said: dict[str, Any]) -> Appointment:
    return actions.plan(
        customer=person, kind=said["kind"], work=said["work"], note=said["note"], crew=said["crew"],
        starts_at=said["starts_at"], minutes=said["minutes"], mails_customer=said.get("mails_customer", False),
        anyway=said["anyway"], at=clock.now(), by=acting().name,
    )  # fmt: skip


def _says(made: Appointment) -> str:
    if made.starts_at is None:
        return "It is in the queue, to be scheduled."
    return f"Scheduled for {day(made.starts_at)}, {words.hours(made)}."


def _first(request: StaffRequest, person: Customer) -> dict[str, Any]:
    """What the form begins with: what the board named."""
    named = {name: request.GET[name] for name in CARRIED if request.GET.get(name)}
    kind = Appointment.Kind.INSTALL if person.status == Customer.Status.PENDING else Appointment.Kind.SERVICE
    return {"kind": kind, "mails_customer": bool(person.email), **named}


@staff(may=appointments.modify)
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change an appointment: what it is about, who comes and when."""
    appointment = fetch(request, pk)
    crew = queries.crew_of(appointment)
    initial = AppointmentForm.initial_of(appointment, crew)
    own: dict[str, Any] = {"on_it": crew, "length": appointment.minutes, "was": appointment.starts_at}
    own["can_mail"] = bool(appointment.customer.email)
    version = Version({"": AppointmentForm(initial=initial, **own)}, request.POST)
    if version.changes:
        version.by = last_author(of_row(appointment._meta.db_table, pk))
    asked, why = _dropped(request, crew, own) if request.method == "GET" else ({}, "")
    form = AppointmentForm(_with_slot(request), initial={**initial, **asked}, **own)
    form.outside = why
    back = at("scheduling:appointment", pk=pk)
    if form.is_bound and not _looks(request) and form.is_valid() and not version.is_overtaken:
        try:
            _change(appointment, form.cleaned_data)
        except ValueError as refused:
            _refuse(form, refused)
        else:
            appointment.refresh_from_db()
            return go(request, back, _says(appointment))
    return _page(request, form, appointment.customer, "Change the appointment", back, version=version)


def _change(appointment: Appointment, said: dict[str, Any]) -> None:
    about = {name: said[name] for name in ("kind", "work", "note", "mails_customer") if name in said}
    now, starts_at, minutes = clock.now(), said["starts_at"], said["minutes"]
    with transaction.atomic():  # all of it or nothing
        actions.describe(appointment, **{"mails_customer": False, **about}, at=now)
        if starts_at is None:
            actions.expect(appointment, minutes=minutes, at=now)
        else:
            anyway = said["anyway"]
            actions.move(appointment, crew=said["crew"], starts_at=starts_at, minutes=minutes, anyway=anyway, at=now)


def _dropped(request: StaffRequest, crew: Sequence[Technician], own: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Where a bar was dropped outside of working hours, for the form that asks whether that is meant; and why."""
    named = [request.GET.get(name, "") for name in ("technician", "starts", "minutes")]
    if not all(value.isdecimal() and len(value) < 12 for value in named):
        return {}, ""
    pk, starts, minutes = map(int, named)
    found = request.company.technicians.select_related("staff__user").filter(pk=pk).first()
    if found is None or not 0 < minutes <= 24 * 60:
        return {}, ""
    instead_of = request.GET.get("instead_of", "")
    people = replaced(crew, found, int(instead_of) if instead_of.isdecimal() and len(instead_of) < 12 else None)
    instant = dt.datetime.fromtimestamp(starts, dt.UTC)
    own |= {"on_it": [*crew, found], "length": minutes, "was": instant}
    why = queries.week_of([found])[pk].why_not(instant, instant + dt.timedelta(minutes=minutes), request.company.zone)
    local = instant.astimezone(request.company.zone)
    asked = {"technician": str(people[0].pk), "helpers": [str(one.pk) for one in people[1:]], "minutes": minutes}
    asked |= {"on": local.date(), "time": local.time().replace(tzinfo=None)}
    return asked, f"{found} {why}." if why else ""


def _customer(request: StaffRequest, pk: int) -> Customer:
    """A customer that the group may see. Raises Http404, PermissionDenied."""
    if not request.may(customers.view):
        raise PermissionDenied("Your group may not see customers.")
    people = request.company.customers.filter(stage=Customer.Stage.CUSTOMER)
    return get_object_or_404(with_addresses(people), pk=pk)


def _looks(request: StaffRequest) -> bool:
    """Whether the press was for free times, not for saving."""
    return bool({"look", "slot"} & set(request.POST))


def _with_slot(request: StaffRequest) -> Any:
    """What was sent, with the free time that was pressed put into day and time."""
    data = sent(request)
    slot = request.POST.get("slot", "")
    if not (slot.isdecimal() and len(slot) < 12):
        return data
    local = dt.datetime.fromtimestamp(int(slot), request.company.zone)
    filled = data.copy()
    filled["on"], filled["time"] = f"{local:%Y-%m-%d}", f"{local:%H:%M}"
    return filled


def _refuse(form: AppointmentForm, refused: ValueError) -> None:
    """Say it where it belongs."""
    if isinstance(refused, actions.OutsideHours):
        form.ask_anyway(str(refused))
    else:
        beside = {actions.DoubleBooked: "time", actions.WrongTime: "time", actions.NotSchedulable: "technician"}
        form.add_error(beside.get(type(refused)), str(refused))


def _offers(form: AppointmentForm) -> dict[str, Any]:
    """The next free times of who was chosen."""
    chosen = form.people.get(str(form["technician"].value() or ""))
    if chosen is None:
        form.add_error("technician", "Choose a technician, whose free times are then offered.")
        return {}
    typed = str(form["minutes"].value())
    minutes = int(typed) if typed.isdecimal() and len(typed) < 5 else 60
    return {"offered": chosen, "offers": queries.free_for(chosen, minutes=minutes, after=clock.now())}


def _page(
    request: StaffRequest, form: AppointmentForm, person: Customer, title: str, back: str, **also: Any
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "customer": person, "title": title, "back": back, **also}
    looks = _looks(request)
    if looks:
        form.errors.clear()
        context |= _offers(form)
        context["dirty"] = True
    return show_form(request, "scheduling/form.html", context, invalid=form.is_bound and not looks)
