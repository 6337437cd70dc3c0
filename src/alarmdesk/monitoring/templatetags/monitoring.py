"""What does a template say of a system? Its status as a pill, its facts, what hangs in a zone."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

from alarmdesk.lib.furniture import day, pill
from alarmdesk.monitoring.models import System

register = template.Library()

KINDS = {"Online": "ok", "Not online yet": "info", "Out of service": "bad"}


@register.simple_tag
def system_pill(system: System) -> SafeString:
    """Where the connection stands."""
    return pill(KINDS[system.status], system.status)


@register.filter
def system_facts(system: System) -> list[dict[str, Any]]:
    """How the system is known, for pieces/facts.html."""
    station = system.monitoring_company
    facts: list[dict[str, Any]] = [
        {"label": "Monitored by", "value": f"{station} (in-house)" if station.is_in_house else station.name},
        {"label": "Account number", "value": system.account_number, "can_copy": True},
    ]
    if station.phone:
        facts.append({"label": "Station's phone", "value": station.shown_phone, "url": f"tel:{station.phone}"})
    told = {
        "Receiver number": system.receiver_number,
        "Panel": system.panel_type,
        "Communicator": system.communicator,
        "Online since": day(system.online_on),
        "Out of service since": day(system.out_of_service_on),
        "Connected": f"{day(system.connected_at)} by {system.connected_by}",
    }
    return facts + [{"label": label, "value": value} for label, value in told.items() if value]


@register.filter
def in_zone(equipment: Mapping[int, str] | None, number: int) -> str:
    """What hangs in the zone, as the office tells it (it knows both rooms); "" for nothing."""
    return (equipment or {}).get(number, "")
