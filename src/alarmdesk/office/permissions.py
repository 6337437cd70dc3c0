"""What can be granted in this house? Every room's resources, listed by hand: a test fails when a room is missing."""

from collections.abc import Iterable

from alarmdesk.company import permissions as company
from alarmdesk.company.permissions import Grant, Resource
from alarmdesk.credit import permissions as credit
from alarmdesk.customers import permissions as customers
from alarmdesk.equipment import permissions as equipment
from alarmdesk.invoicing import permissions as invoicing
from alarmdesk.messaging import permissions as messaging
from alarmdesk.monitoring import permissions as monitoring
from alarmdesk.payments import permissions as payments
from alarmdesk.scheduling import permissions as scheduling

RESOURCES: tuple[Resource, ...] = (
    *customers.RESOURCES,
    *messaging.RESOURCES,
    *equipment.RESOURCES,
    *monitoring.RESOURCES,
    *credit.RESOURCES,
    *scheduling.RESOURCES,
    *invoicing.RESOURCES,
    *payments.RESOURCES,
    *company.RESOURCES,
)

VERBS = {"view": "View", "create": "Create", "modify": "Modify", "delete": "Delete"}


def sections() -> dict[str, list[Resource]]:
    """The resources by the section of the permission page that they stand in, in the order of the rooms."""
    found: dict[str, list[Resource]] = {}
    for resource in RESOURCES:
        found.setdefault(resource.section, []).append(resource)
    return found


def all_grants() -> frozenset[Grant]:
    return frozenset(grant for resource in RESOURCES for grant in resource.grants())


def whole(resources: Iterable[Resource]) -> list[Grant]:
    """Every grant on these resources, the special ones too."""
    return [grant for resource in resources for grant in resource.grants()]


def named(grant: Grant) -> str:
    """The grant as a person reads it: “Invoices: Create”, “Payment Processing: Can Issue Credit”."""
    for resource in RESOURCES:
        if resource.code == grant.resource:
            return f"{resource.label}: {VERBS.get(grant.verb) or resource.special.get(grant.verb, grant.verb)}"
    return str(grant)
