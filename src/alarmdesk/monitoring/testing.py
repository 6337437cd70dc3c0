"""What do tests need of this room? Monitoring companies, systems, zones and tests of the entered company."""

import datetime as dt
from typing import Any

from alarmdesk.company.testing import OPENED, unique
from alarmdesk.customers.models import Customer
from alarmdesk.monitoring.actions import connect, place_on_test
from alarmdesk.monitoring.models import AccountBlock, MonitoringCompany, System, Test, Zone

BY = "Rosa Calderon"


def make_station(**fields: Any) -> MonitoringCompany:
    """A monitoring company."""
    made: MonitoringCompany = MonitoringCompany.objects.create(**{"name": unique("Prairie Central"), **fields})
    return made


def make_block(station: MonitoringCompany, prefix: str = "NG-", first: int = 100, last: int = 199) -> AccountBlock:
    """A block of account numbers of four digits."""
    made: AccountBlock = AccountBlock.objects.create(
        monitoring_company=station, prefix=prefix, first=first, last=last, digits=4
    )
    return made


def make_system(customer: Customer, **fields: Any) -> System:
    """The customer's connection; any keyword of connect."""
    fields = {"account_number": unique("A"), "at": OPENED, "by": BY, "online_on": dt.date(2026, 1, 1), **fields}
    fields.setdefault("monitoring_company", None)
    fields["monitoring_company"] = fields["monitoring_company"] or make_station()
    return connect(customer=customer, **fields)


def make_zone(system: System, number: int = 1, name: str = "Front door", kind: str = "entry_exit") -> Zone:
    """A zone of the system."""
    made: Zone = Zone.objects.create(system=system, zone_number=number, name=name, kind=kind)
    return made


def make_test(system: System, **fields: Any) -> Test:
    """A test of two hours from the day on which the sample companies opened."""
    fields = {"at": OPENED, "until_at": OPENED + dt.timedelta(hours=2), "reason": "Battery swap", "by": BY, **fields}
    return place_on_test(system, **fields)
