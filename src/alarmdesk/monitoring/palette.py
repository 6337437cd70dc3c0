"""Under which words is a customer found whose system is watched? Under its account number at the station."""

from collections.abc import Iterable

from alarmdesk.company.palette import Asked, Findable, Hit
from alarmdesk.customers.palette import may_see
from alarmdesk.monitoring.permissions import systems
from alarmdesk.monitoring.queries import numbered


def find_watched(asked: Asked) -> Iterable[Hit]:
    """Who is monitored under exactly that account number."""
    found = [one for one in numbered(asked.words, most=asked.most) if may_see(asked, one.customer)]
    return [Hit(one.customer_id, one.customer.name, f"{one} at {one.monitoring_company}") for one in found]


FINDABLE = (Findable("Monitored accounts", systems.view, "office:customer", find_watched, icon="radio-tower"),)
