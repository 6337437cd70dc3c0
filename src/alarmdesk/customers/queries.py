"""Which customers does somebody ask for? Querysets of the entered company, for this room and the ones above."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Count, F, Func, IntegerField, QuerySet, Value
from django.db.models.functions import Cast, Lower

from alarmdesk.company.models import Company
from alarmdesk.customers.models import SORT_NAME, Customer

Customers = QuerySet[Customer]


def with_addresses(customers: Customers) -> Customers:
    """With addresses and phones at hand: two more queries, however many rows."""
    return customers.prefetch_related("addresses", "phones")


def newest(company: Company, *, stage: Customer.Stage = Customer.Stage.CUSTOMER) -> Customers:
    """The company's leads or customers, the last one made first."""
    return company.customers.filter(stage=stage).order_by("-pk")


def counts_by_status(company: Company, *, stage: Customer.Stage = Customer.Stage.CUSTOMER) -> dict[str, int]:
    """How many there are of each status; exact, so one pass over an index of the company."""
    found = company.customers.filter(stage=stage).order_by().values_list("status").annotate(Count("pk"))
    return {status.value: 0 for status in Customer.Status} | dict(found)


def sortable(customers: Customers) -> Customers:
    """With the words that lists sort by, as indexes hold them: `name` and `account`."""
    words: dict[str, Any] = {"name": SORT_NAME, "account": Lower("account_number")}
    return customers.alias(**words)


def in_order_of(customers: Customers, ids: Iterable[int]) -> Customers:
    """Only these, with `place`: where in `ids` each stands, from 1."""
    listed = list(ids)
    array = Cast(Value(listed, output_field=ArrayField(BigIntegerField())), ArrayField(BigIntegerField()))
    place = Func(array, F("pk"), function="array_position", output_field=IntegerField())
    return customers.filter(pk__in=listed).alias(place=place)
