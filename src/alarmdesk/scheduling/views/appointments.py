"""What is one appointment, and which ones has a customer?"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers
from alarmdesk.customers.queries import with_addresses
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing
from alarmdesk.lib.pages import show
from alarmdesk.scheduling import queries
from alarmdesk.scheduling.models import Appointment
from alarmdesk.scheduling.permissions import OWN, appointments


class AppointmentList(Listing):
    """A customer's appointments, the latest first."""

    name, title = "appointments", "Appointments"
    row = "scheduling/row.html"
    default_sort = "-starts_at"
    columns = (Column("Appointment"), Column("When", "starts_at"), Column("Who"), Column("Status"))
    chips = (
        Chip("coming", "To come", lambda rows: rows.filter(done_at=None, cancelled_at=None)),
        Chip("done", "Done", lambda rows: rows.exclude(done_at=None)),
        Chip("cancelled", "Cancelled", lambda rows: rows.exclude(cancelled_at=None)),
    )


@staff(may=appointments.view)
def of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer's appointments: a tab of the customer's page."""
    if not request.may(customers.view):
        raise PermissionDenied("Your group may not see customers.")
    people = with_addresses(request.company.customers.filter(stage=Customer.Stage.CUSTOMER))
    person = get_object_or_404(people, pk=customer)
    request.customer, request.tab = person, "appointments"  # type: ignore[attr-defined]
    may_create = request.may(appointments.create)
    empty = Empty(
        "No appointments yet", "Schedule an install, a service call or a removal.", "calendar-days",
        "Schedule" if may_create else "", at("scheduling:new_for", customer=customer) if may_create else "",
    )  # fmt: skip
    rows = queries.of_customer(person)
    listing = AppointmentList(request, rows, empty=empty, actions="scheduling/list_actions.html")
    return listing.answer("scheduling/of_customer.html", {"customer": person, "now": clock.now()})


@staff(may=appointments.view)
def appointment(request: StaffRequest, pk: int) -> HttpResponse:
    """One appointment: what, when, who, and what became of it."""
    rows = queries.with_crew(request.company.appointments.all())
    found = get_object_or_404(rows.prefetch_related("customer__addresses", "customer__phones"), pk=pk)
    return page(request, found, at("scheduling:day"), "Schedule")


def page(request: StaffRequest, found: Appointment, back: str, back_label: str) -> HttpResponse:
    """The page of an appointment, with the buttons that this person may press."""
    may_report = request.may(OWN) and (
        request.may(appointments.modify) or queries.is_on(queries.technician_of(request.staff), found)
    )
    is_open = not found.is_over
    context: dict[str, Any] = {
        "appointment": found, "customer": found.customer, "now": clock.now(), "back": back, "back_label": back_label,
        "may_report": may_report and is_open and found.starts_at is not None,
        "may_change": is_open and request.may(appointments.modify),
        "may_cancel": is_open and request.may(appointments.delete),
        "may_put_back": is_open and found.starts_at is not None and request.may(appointments.modify),
    }  # fmt: skip
    return show(request, "scheduling/appointment.html", context)
