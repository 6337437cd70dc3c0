"""Whose reports are these? Customers' and leads' are apart: other grants, other addresses, the same pages (F66)."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest
from alarmdesk.company.permissions import Resource
from alarmdesk.credit.models import CreditReport, CreditSettings
from alarmdesk.credit.permissions import credit_of_customers, credit_of_leads
from alarmdesk.credit.queries import rules_of_company
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers, leads

Kept = dict[str, int]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two. `key` is the keyword of its addresses, which are called credit:KEY_…; `people` what it takes to
    see the persons themselves.
    """

    key: str
    stage: Customer.Stage
    resource: Resource
    people: Resource

    def at(self, page: str, customer: Customer, **kwargs: Any) -> str:
        """The path of one of its pages."""
        return at(f"credit:{self.key}_{page}", **{self.key: customer.pk}, **kwargs)

    def person(self, request: StaffRequest, kept: Kept) -> Customer:
        """The customer or lead that the address names; a neighbour's, one of the other side, or any while credit checks
        are off is 404. Raises Http404, PermissionDenied.
        """
        switched_on(request)
        if not request.may(self.people.view):
            raise PermissionDenied(f"Your group may not see {self.people.label.lower()}.")
        people = request.company.customers.filter(stage=self.stage).prefetch_related("addresses", "phones")
        return get_object_or_404(people, pk=kept[self.key])

    def report(self, request: StaffRequest, kept: Kept) -> CreditReport:
        """The report that the address names, with its customer and bureau. Raises Http404, PermissionDenied."""
        person = self.person(request, kept)
        report = get_object_or_404(person.credit_reports.select_related("bureau"), pk=kept["pk"])
        report.customer = person
        return report


CUSTOMERS = Side("customer", Customer.Stage.CUSTOMER, credit_of_customers, customers)
LEADS = Side("lead", Customer.Stage.LEAD, credit_of_leads, leads)


def side_of(customer: Customer) -> Side:
    """On which side a customer stands."""
    return LEADS if customer.is_lead else CUSTOMERS


def switched_on(request: StaffRequest) -> CreditSettings:
    """The company's rules. While credit checks are off nothing of them is there: raises Http404 (F21)."""
    rules = rules_of_company()
    if not rules.is_on:
        raise Http404("Credit checks are turned off.")
    return rules
