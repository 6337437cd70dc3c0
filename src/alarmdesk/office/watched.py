"""What does the office say of a customer's system that no room below knows alone?

Equipment and monitoring are blind to each other: here stands what hangs in which zone, and how the system stands.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from alarmdesk.customers.models import Customer
from alarmdesk.equipment.queries import on_site
from alarmdesk.lib.furniture import clock_time, day
from alarmdesk.monitoring.models import System, Zone

DOTS = {"Online": "ok", "Not online yet": "warn", "Out of service": "bad"}


class ZoneEquipment(dict[int, str]):
    """What hangs in each zone, by its number; `unlisted` is what hangs in zones that the station does not list."""

    unlisted = ""


def zone_equipment(customer: Customer) -> ZoneEquipment:
    """Two queries, however many pieces and zones."""
    listed = set(Zone.objects.filter(system__customer=customer).values_list("zone_number", flat=True))
    found: dict[int, list[str]] = {}
    pieces = on_site(customer.pieces.filter(zone_number__isnull=False)).order_by("zone_number", "pk")
    for piece in pieces.only("customer", "zone_number", "name"):
        if piece.zone_number is not None:
            found.setdefault(piece.zone_number, []).append(piece.name)
    told = ZoneEquipment({number: ", ".join(names) for number, names in found.items()})
    told.unlisted = "; ".join(f"zone {number}: {names}" for number, names in told.items() if number not in listed)
    return told


def system_figure(system: System | None, *, at: dt.datetime, url: str) -> Mapping[str, Any]:
    """The strip's figure: online, on test until when, out of service, or not monitored."""
    if system is None:
        return {"label": "System", "value": "Not monitored", "note": "No monitoring company", "url": url}
    figure = {"label": "System", "value": system.status, "dot": DOTS[system.status], "url": url}
    figure["note"] = f"{system.monitoring_company} · {system.account_number}"
    if running := next((test for test in system.tests.all() if test.is_running(at)), None):
        same = day(running.until_at) == day(at)
        until = clock_time(running.until_at) if same else day(running.until_at)
        figure |= {"value": "On test", "dot": "warn", "kind": "warn", "note": f"Until {until} · {running.reason}"}
    return figure
