"""Which words does a company put on its customers (F26)?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models.people import Customer


class Tag(models.Model):
    """A word of the company's, once whatever the case. One that is deleted or merged stays, retired, so that History
    can go on naming it.
    """

    class Colour(models.TextChoices):
        GREY = "plain", "Grey"
        GREEN = "ok", "Green"
        AMBER = "warn", "Amber"
        RED = "bad", "Red"
        BLUE = "info", "Blue"

    company = CompanyKey(related_name="tags")
    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=5, choices=Colour, default=Colour.GREY)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "company", Lower("name"), condition=Q(retired_at__isnull=True), name="customers_tag_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="customers_tag_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on a lead or a customer."""

    company = CompanyKey(related_name="taggings")
    customer = Link(Customer, models.CASCADE, related_name="taggings", indexed=False)
    tag = Link(Tag, models.PROTECT, related_name="taggings")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=120)

    class Meta:
        verbose_name = "tag"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "customer", "tag"], name="customers_tagged_once")
        ]

    def __str__(self) -> str:
        return str(self.tag)
