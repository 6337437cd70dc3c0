"""What happens where both records have what a customer has once? A rule for each unique constraint with a customer.

The rules are data, by the name of the constraint, so that rooms need not be imported to be known; a test asks that
every such constraint of every room has one. A room whose rows only point to a customer needs nothing here.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.db.models import F, Max, Model, OuterRef, Q, QuerySet, UniqueConstraint
from django.db.models.expressions import Exists
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.models.functions import Coalesce

from alarmdesk.customers.models import Customer

Rows = QuerySet[Any]
AT, BY = "the instant of the merge", "who merges"


@dataclass(frozen=True, slots=True)
class Clash:
    """One constraint of one table, and the link by which its rows hang on a customer."""

    model: type[Model]
    link: str
    constraint: UniqueConstraint

    def rows(self, gone: Customer, kept: Customer) -> Rows:
        """The rows of the record that goes to which the kept one has a twin."""
        among = Q(self.constraint.condition) if self.constraint.condition else Q()
        others = [name for name in self.constraint.fields if name not in {"company", self.link}]
        every = self.model._default_manager.filter(among)
        twins = every.filter(**{self.link: kept}, **{name: OuterRef(name) for name in others})
        return every.filter(Exists(twins), **{self.link: gone})


@dataclass(frozen=True, slots=True)
class Refused:
    """The merge cannot be: a person decides first. `says` may name {gone} and {kept}."""

    says: str


@dataclass(frozen=True, slots=True)
class StaysBehind:
    """The kept record's own stays; the other's goes with its record. `says` what, and why that is all right."""

    says: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The other's row moves and ends: it gets these values, with which there may be many. Of a row of the kept record's
    that is not `better` it is the one that ends.
    """

    says: str
    values: Mapping[str, Any] = field(default_factory=dict)
    better: Q = field(default_factory=Q)

    def filled(self, *, at: dt.datetime) -> dict[str, Any]:
        """The values, with the instant in its place."""
        return {name: at if value is AT else value for name, value in self.values.items()}


@dataclass(frozen=True, slots=True)
class Behind:
    """All of the other's rows stand behind the kept record's, in their order: `position` counts on."""

    position: str

    def amount(self, model: type[Model], link: str, kept: Customer) -> int:
        """By how much the places of the other's rows go up."""
        last = model._default_manager.filter(**{link: kept}).aggregate(last=Coalesce(Max(self.position), 0))
        return int(last["last"])


@dataclass(frozen=True, slots=True)
class Remembered:
    """The other's rows move and remember in `column` for which record they were made, which tells the twins apart."""

    column: str


@dataclass(frozen=True, slots=True)
class OfTheRecord:
    """Part of the record itself: the customers' room decides (customers/merging.py)."""


Rule = Refused | StaysBehind | Ended | Behind | Remembered | OfTheRecord
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "customers_address_once": OfTheRecord(),
        "customers_search_once": OfTheRecord(),
        "customers_contact_place_once": Behind("position"),
        "customers_agency_once": StaysBehind("Agencies that both have stay with their permit at {kept}"),
        "customers_tagged_once": StaysBehind("Tags that both have are there once"),
        "customers_one_opportunity": StaysBehind("The stage, the source and the next step stay {kept}'s"),
        "monitoring_one_system": Refused(
            "Both have an alarm system, and a customer has one. Disconnect one of the two first."
        ),
        "credit_one_under_way": Refused("Both have a credit inquiry under way. Wait until it has been answered."),
        "credit_one_applied": Ended(
            "The credit score stays {kept}'s; the other's report is kept", {"applied_at": None, "applied_by": ""}
        ),
        "invoicing_customer_tax_once": StaysBehind("The tax rate stays {kept}'s"),
        "payments_one_default_method": Ended("The default billing method stays {kept}'s", {"is_default": False}),
        "payments_one_promise": Ended("The promise to pay stays {kept}'s; the other's ends", {"ended_at": AT}),
        "payments_statement_once": Remembered("moved_from"),
        "portal_holder_once": Ended(
            "Whoever may see both accounts sees the one", {"ended_at": AT}, better=Q(accepted_at__isnull=False)
        ),
    }
)


def pointing() -> list[tuple[type[Model], str]]:
    """Every table of every room that points to a customer, and by which link."""
    relations = Customer._meta.get_fields(include_hidden=True)
    return [(each.field.model, each.field.name) for each in relations if isinstance(each, ForeignObjectRel)]


def clashes() -> list[Clash]:
    """Every unique constraint of every room in which a link to a customer has a part."""
    found = []
    for model, link in pointing():
        found += [
            Clash(model, link, constraint)
            for constraint in model._meta.constraints
            if isinstance(constraint, UniqueConstraint) and link in constraint.fields
        ]
    return found


def shift(rows: Rows, rule: Behind, by: int) -> None:
    """Let the places of these rows go up, the last one first: each place is free when it is taken."""
    for pk in rows.order_by(f"-{rule.position}").values_list("pk", flat=True):
        rows.model._default_manager.filter(pk=pk).update(**{rule.position: F(rule.position) + by})
