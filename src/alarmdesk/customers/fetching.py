"""Whose page is this, and may the person see it? Leads and customers take a grant each."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from alarmdesk.company.marks import StaffRequest
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers, leads


class PageRequest(StaffRequest):
    """A request for a page in the customer's frame, which looks here for whom it is about."""

    customer: Customer
    tab: str


def fetch_customer(request: StaffRequest, pk: int, tab: str) -> Customer:
    """The lead or customer of the entered company, put where the frame looks. Raises Http404, PermissionDenied."""
    customer = get_object_or_404(request.company.customers.select_related("sales_rep"), pk=pk)
    check_may_see(request, customer)
    place = cast("PageRequest", request)
    place.customer, place.tab = customer, tab
    return customer


def check_may_see(request: StaffRequest, customer: Customer) -> None:
    """Raises PermissionDenied for who may not see leads, or customers, whichever this one is."""
    own = leads if customer.is_lead else customers
    if not request.may(own.view):
        raise PermissionDenied(f"Your group may not see {own.label.lower()}.")
