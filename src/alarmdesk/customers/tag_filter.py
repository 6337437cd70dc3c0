"""Which customers have these tags: any of them, or all? As the address of a list asks: ?tag=3&tag=8&match=all."""

from functools import cached_property

from django.db.models import Exists, OuterRef, Prefetch
from django.http import QueryDict

from alarmdesk.customers.models import Tag, Tagging
from alarmdesk.customers.queries import Customers
from alarmdesk.customers.tagging import in_use

MOST_ASKED = 20


class TagFilter:
    """The tags that a list asks for; nonsense in the address asks for nothing."""

    def __init__(self, values: QueryDict) -> None:
        asked = [text for text in values.getlist("tag") if text.isascii() and text.isdecimal() and len(text) < 18]
        self.ids = [int(text) for text in dict.fromkeys(asked)][:MOST_ASKED]
        self.is_all = values.get("match") == "all"

    def __bool__(self) -> bool:
        return bool(self.ids)

    def keep(self, rows: Customers) -> Customers:
        """The rows that have any of the tags, or all of them."""
        if not self.ids:
            return rows
        here = Tagging.objects.filter(customer=OuterRef("pk"))
        if not self.is_all:
            return rows.filter(Exists(here.filter(tag__in=self.ids)))
        for pk in self.ids:
            rows = rows.filter(Exists(here.filter(tag=pk)))
        return rows

    @cached_property
    def choices(self) -> list[tuple[Tag, bool]]:
        """The tags in use, each with whether it is asked for."""
        return [(tag, tag.pk in self.ids) for tag in in_use()]


def with_tags(rows: Customers) -> Customers:
    """With each customer's tags at hand, by name: one query more."""
    tagged = Tagging.objects.select_related("tag").order_by("tag__name", "pk")
    return rows.prefetch_related(Prefetch("taggings", tagged))
