"""Which tables say how far the selling to a lead has come?"""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models.people import Customer


class LeadStage(models.Model):
    """A step of the company's own way from a first call to a sale. Exactly one is Won and one Lost, whatever they are
    called.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", "Open"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    company = CompanyKey(related_name="lead_stages")
    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=4, choices=Outcome, default=Outcome.OPEN)

    class Meta:
        verbose_name = "lead stage"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint("company", Lower("name"), name="customers_lead_stage_once"),
            models.UniqueConstraint(
                fields=["company", "outcome"], condition=~Q(outcome="open"), name="customers_one_end_of_each_kind"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="customers_lead_stage_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.outcome == self.Outcome.OPEN

    @property
    def is_lost(self) -> bool:
        return self.outcome == self.Outcome.LOST


class Opportunity(models.Model):
    """What the company hopes to sell to a lead, and what it does about it next. It stays when the lead has bought.

    `expected_mmr` is in the company's currency, a month.
    """

    company = CompanyKey(related_name="opportunities")
    customer = Link(Customer, models.CASCADE, related_name="opportunities", indexed=False)
    stage = Link(LeadStage, related_name="opportunities", indexed=False)
    staged_at = models.DateTimeField("in this stage since")
    source = models.CharField(max_length=60, blank=True, default="")
    expected_mmr = models.DecimalField("expected MMR", max_digits=10, decimal_places=2, default=Decimal("0.00"))
    next_step = models.CharField(max_length=160, blank=True, default="")
    next_step_on = models.DateField("date of the next step", null=True, blank=True)
    lost_reason = models.CharField("why it was lost", max_length=200, blank=True, default="")

    class Meta:
        verbose_name_plural = "opportunities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "customer"], name="customers_one_opportunity"),
            models.CheckConstraint(condition=Q(expected_mmr__gte=0), name="customers_expected_mmr_not_negative"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "stage", "next_step_on"], name="customers_board"),
        ]

    def __str__(self) -> str:
        return "Opportunity"
