"""What stands on a lead's page of the selling to it?"""

from collections.abc import Callable
from typing import Any

from alarmdesk.company.models import Company
from alarmdesk.company.permissions import Grant
from alarmdesk.customers.models import Customer, LeadStage
from alarmdesk.customers.permissions import leads
from alarmdesk.customers.pipeline import opportunity_of, stages
from alarmdesk.lib.furniture import day, money
from alarmdesk.office.doors import door


def selling_card(lead: Customer, company: Company, may: Callable[[Grant], bool]) -> dict[str, Any]:
    """The card at the side: stage, what it may bring, its source, the next step, and for who may, the way on."""
    held, listed = opportunity_of(lead), stages()
    stage = held.stage if held else listed[0]
    step = " · ".join(part for part in (held.next_step, day(held.next_step_on)) if part) if held else ""
    facts = [
        {"label": "Stage", "value": stage.name},
        {"label": "In it since", "value": day(held.staged_at) if held else ""},
        {"label": "Expected MMR", "value": money(held.expected_mmr if held else lead.mmr, company.currency)},
        {"label": "Source", "value": held.source if held else ""},
        {"label": "Next step", "value": step},
    ]
    if stage.is_lost and held:
        facts.append({"label": "Lost because", "value": held.lost_reason})
    card: dict[str, Any] = {"title": "Selling", "template": "office/cards/selling.html", "facts": facts}
    if may(leads.modify):
        edit = door(company, "customers:opportunity", lead=lead.pk)
        card |= {
            "action": {"label": "Edit", "url": edit, "dialog": True},
            "move_url": door(company, "customers:lead_move", lead=lead.pk),
            "stages": [one for one in listed if one.outcome != LeadStage.Outcome.WON],
            "stage": stage.pk,
        }
    return card
