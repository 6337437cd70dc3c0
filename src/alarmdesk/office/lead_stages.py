"""How do the open leads stand, stage by stage, for the home page?"""

from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.company.addresses import at
from alarmdesk.customers.pipeline import standings


@dataclass(frozen=True, slots=True)
class OpenStage:
    """An open stage of the company: its name, how many leads stand in it, what they may bring a month, and where they
    are listed.
    """

    label: str
    count: int
    expected: Decimal
    url: str


def open_stages() -> list[OpenStage]:
    """The entered company's open stages in their order; nothing where no lead is open. Three questions."""
    url = at("customers:leads")
    found = [
        OpenStage(each.stage.name, each.count, each.expected, f"{url}?show={each.stage.pk}")
        for each in standings()
        if each.stage.is_open
    ]
    return found if any(each.count for each in found) else []
