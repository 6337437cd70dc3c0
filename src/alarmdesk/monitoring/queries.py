"""What do pages and the rooms above ask of monitoring?"""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Lower

from alarmdesk.company.entering import entered
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.monitoring.models import System, Test


def system_of(customer: Customer, *, at: dt.datetime | None = None) -> System | None:
    """The customer's connection with its monitoring company, or None; with `at` its tests are those running then."""
    systems = customer.systems.select_related("monitoring_company")
    if at is not None:
        systems = systems.prefetch_related(Prefetch("tests", running(entered(), at=at)))
    return systems.first()


def running(company: Company, *, at: dt.datetime) -> QuerySet[Test]:
    """The tests that the company's systems are on at that moment."""
    return company.tests.filter(ended_at=None, from_at__lte=at, until_at__gt=at)


def numbered(text: str, *, most: int = 6) -> Sequence[System]:
    """Systems of exactly that account number, in any case: one index, equality only, as row security likes it."""
    wanted = text.strip().lower()
    if not wanted or len(wanted) > 24:
        return ()
    found = entered().systems.alias(lower=Lower("account_number")).filter(lower=wanted)
    return list(found.select_related("customer", "monitoring_company").order_by("pk")[:most])
