"""How do the open leads stand, stage by stage, for the home page?"""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef

from alarmdesk.company.addresses import at
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice


@dataclass(frozen=True, slots=True)
class LeadStage:
    """One stage: its name, how many open leads are in it, and where they are listed."""

    label: str
    count: int
    url: str


def lead_stages(company: Company) -> list[LeadStage]:
    """The stages in their order, without a lead too; one question. Nothing where there is no lead at all."""
    quotes = Invoice.objects.filter(
        company=OuterRef("company"), customer=OuterRef("pk"), type=Invoice.Type.QUOTE, voided_at=None
    )
    leads = company.customers.filter(stage=Customer.Stage.LEAD).annotate(is_quoted=Exists(quotes))
    found = dict(leads.order_by().values_list("is_quoted").annotate(Count("pk")))
    if not found:
        return []
    url = at("customers:leads")
    return [LeadStage("To be quoted", found.get(False, 0), url), LeadStage("Quoted", found.get(True, 0), url)]
