"""How does a customer come under watch, change, go on test, and leave again (domain.md B10, E9)?"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Customer
from alarmdesk.monitoring.models import MonitoringCompany, System, Test, Zone

LONGEST_TEST = dt.timedelta(days=14)


class StillALead(ValueError):
    """A lead is monitored by nobody yet."""


class AlreadyConnected(ValueError):
    """The customer has a connection: there is exactly one (domain.md B10)."""


class NumberTaken(ValueError):
    """Another system of this monitoring company has the account number."""


class ZoneTaken(ValueError):
    """The system has a zone of that number."""


class AlreadyOnTest(ValueError):
    """The system is on test; the test that runs must end first."""


class NotOnTest(ValueError):
    """The test is over."""


class WrongSpan(ValueError):
    """A test must end after it begins, and within two weeks."""


class MayBillAgain(ValueError):
    """The account is out of service: a test can make the station begin to bill it, so somebody must say yes."""


def connect(
    *,
    customer: Customer,
    monitoring_company: MonitoringCompany,
    account_number: str,
    receiver_number: str = "",
    panel_type: str = "",
    communicator: str = "",
    online_on: dt.date | None = None,
    out_of_service_on: dt.date | None = None,
    at: dt.datetime,
    by: str,
) -> System:
    """Put a customer under watch, under an account number of the monitoring company.

    Raises StillALead, AlreadyConnected, NumberTaken.
    """
    if customer.is_lead:
        raise StillALead(f"{customer.name} is still a lead. Make it a customer first.")
    system = System(
        customer=customer,
        monitoring_company=monitoring_company,
        account_number=account_number.strip(),
        receiver_number=receiver_number.strip(),
        panel_type=panel_type.strip(),
        communicator=communicator.strip(),
        online_on=online_on,
        out_of_service_on=out_of_service_on,
        connected_at=at,
        connected_by=by,
    )
    _save(system)
    return system


def change_system(system: System, changes: Mapping[str, Any]) -> None:
    """Write these fields of a connection. Raises NumberTaken."""
    for name, value in changes.items():
        setattr(system, name, value)
    _save(system, list(changes))


def disconnect(system: System) -> None:
    """Take the connection away with its zones and tests; the trail keeps them, the number is free again."""
    system.delete()


def _save(system: System, fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            system.save(update_fields=fields)
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        match getattr(diagnosis, "constraint_name", ""):
            case "monitoring_one_system":
                raise AlreadyConnected(f"{system.customer.name} has a monitoring connection already.") from error
            case "monitoring_account_number_once":
                raise NumberTaken(
                    f"Another system has the number {system.account_number} at {system.monitoring_company}."
                ) from error
        raise


def save_zone(zone: Zone) -> None:
    """Add or change a zone. Raises ZoneTaken."""
    try:
        with transaction.atomic():
            zone.save()
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", "") != "monitoring_zone_once":
            raise
        raise ZoneTaken(f"Zone {zone.zone_number} is there already.") from error


def remove_zone(zone: Zone) -> None:
    """Take a zone off the list."""
    zone.delete()


def place_on_test(
    system: System,
    *,
    until_at: dt.datetime,
    reason: str,
    asked_by: str = "",
    may_bill: bool = False,
    at: dt.datetime,
    by: str,
) -> Test:
    """From now until then the station does not act on signals. `may_bill`: somebody has read that testing an account
    that is out of service can make the station bill it (domain.md D10).

    Raises MayBillAgain, AlreadyOnTest, WrongSpan.
    """
    if not at < until_at <= at + LONGEST_TEST:
        raise WrongSpan("A test ends after now and within 14 days.")
    with transaction.atomic():
        held = entered().systems.select_for_update(of=("self",)).get(pk=system.pk)
        if held.out_of_service_on is not None and not may_bill:
            raise MayBillAgain(
                "This account is out of service. A test can activate it, and the monitoring company may bill it again."
            )
        if running_test(held, at=at) is not None:
            raise AlreadyOnTest("The system is on test already. End that test first.")
        return Test.objects.create(
            system=held, from_at=at, until_at=until_at, reason=reason.strip(), asked_by=asked_by.strip(), placed_by=by
        )


def end_test(test: Test, *, at: dt.datetime, by: str) -> None:
    """Take a system off test before its time. Raises NotOnTest."""
    with transaction.atomic():
        held = entered().tests.select_for_update(of=("self",)).get(pk=test.pk)
        if not held.is_running(at):
            raise NotOnTest("That test is over already.")
        held.ended_at, held.ended_by = at, by
        held.save(update_fields=["ended_at", "ended_by"])


def running_test(system: System, *, at: dt.datetime) -> Test | None:
    """The test that the system is on at that moment, if any."""
    return system.tests.filter(ended_at=None, from_at__lte=at, until_at__gt=at).order_by("-until_at").first()
