"""Who is in the company twice? Records with one telephone number, e-mail or address, however each was written.

The keys are columns that PostgreSQL derives (migration 0040), with an index for each that begins with the company.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, F, Max, Min, QuerySet

from alarmdesk.customers.models import Address, Customer, Phone
from alarmdesk.customers.queries import with_addresses
from alarmdesk.lib import phones

PAGE = 25
SHOWN_OF_ONE = 6
MOST_OF_ONE = 400  # rows read of one value on the average; a number that thousands share must not fill the memory
FOUND_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """A thing that two records may share: its model, the column that is equal, the column that names the customer."""

    code: str
    label: str
    model: type[Any]
    column: str
    customer: str

    def rows(self, stages: Sequence[str] | None) -> QuerySet[Any]:
        """What is compared; of leads or customers only, where not both may be seen (`stages`)."""
        rows: QuerySet[Any] = self.model._default_manager.filter(**{f"{self.column}__isnull": False}).order_by()
        if stages is None:
            return rows
        stage = "stage" if self.model is Customer else "customer__stage"
        return rows.filter(**{f"{stage}__in": stages})


KINDS = (
    Kind("phone", "Same phone", Phone, "number", "customer_id"),
    Kind("email", "Same e-mail", Customer, "email_key", "id"),
    Kind("address", "Same address", Address, "place", "customer_id"),
)
WHY = {"phone": "the phone", "email": "the e-mail", "address": "the address"}


@dataclass(slots=True)
class Alike:
    """A record that shares something, and what: "phone", "email", "address"."""

    customer: Customer
    shares: list[str] = field(default_factory=list)

    @property
    def why(self) -> str:
        """What is the same, in words: the phone and the address."""
        words = [WHY[share] for share in self.shares]
        return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


@dataclass(frozen=True, slots=True)
class Group:
    """Records that share one value. `more`: how many are not shown."""

    value: str
    customers: Sequence[Customer]
    more: int

    @property
    def address(self) -> Address | None:
        """The shared address, as the first of them has it written."""
        every = (address for customer in self.customers for address in customer.addresses.all())
        return next((address for address in every if address.place == self.value), None)


def alike(
    *, email: str = "", numbers: Iterable[str] = (), places: Iterable[tuple[str, str, str, str]] = (),
    stages: Sequence[str] | None = None, but: int | None = None, at_most: int = FOUND_AT_MOST,
) -> list[Alike]:  # fmt: skip
    """The entered company's records that share the e-mail, one of the numbers (in any format) or one of the places
    (street, street_2, city, ZIP); those that share most first. Six queries at most, whatever is asked.
    """
    mails = [email.strip().lower()] if email.strip() else []
    asked = {"phone": _normal(numbers), "email": mails, "address": _keys(places)}
    shares: dict[int, list[str]] = {}
    for kind in KINDS:
        if not asked[kind.code]:
            continue
        rows = kind.rows(stages).filter(**{f"{kind.column}__in": asked[kind.code]})
        ids = rows.values_list(kind.customer, flat=True).order_by(kind.customer).distinct()
        for pk in ids[: at_most + 1]:
            if pk != but:
                shares.setdefault(pk, []).append(kind.code)
    best = sorted(shares, key=lambda pk: (-len(shares[pk]), pk))[:at_most]
    found = {one.pk: one for one in with_addresses(Customer.objects.filter(pk__in=best))}
    return [Alike(found[pk], shares[pk]) for pk in best if pk in found]


def alike_of(customer: Customer, *, stages: Sequence[str] | None = None, at_most: int = FOUND_AT_MOST) -> list[Alike]:
    """The other records that share something with this one."""
    addresses = customer.addresses.all()
    return alike(
        email=customer.email,
        numbers=[phone.number for phone in customer.phones.all()],
        places=[(one.street, one.street_2, one.city, one.zip_code) for one in addresses],
        stages=stages, but=customer.pk, at_most=at_most,
    )  # fmt: skip


def groups(kind: Kind, *, page: int, stages: Sequence[str] | None = None) -> tuple[list[Group], bool]:
    """A page of the values that several records share, in their order, each with its records, the oldest first; and
    whether there is a next page. Five queries, however many records there are.
    """
    shared = (
        kind.rows(stages)
        .values_list(kind.column, flat=True)
        .annotate(first=Min(kind.customer), last=Max(kind.customer))
        .filter(first__lt=F("last"))
        .order_by(kind.column)
    )
    start = (page - 1) * PAGE
    values = [row[0] for row in shared.values_list(kind.column, "first")[start : start + PAGE + 1]]
    return _filled(kind, values[:PAGE], stages), len(values) > PAGE


def _filled(kind: Kind, values: Sequence[str], stages: Sequence[str] | None) -> list[Group]:
    rows = kind.rows(stages).filter(**{f"{kind.column}__in": values}).values_list(kind.column)
    sizes = dict(rows.annotate(size=Count(kind.customer, distinct=True)))
    # somebody who has a place twice, to live and to be billed at, is one
    once = rows.annotate(pk_of=F(kind.customer)).distinct().values_list(kind.column, "pk_of")
    pairs: dict[str, list[int]] = {value: [] for value in values}
    for value, pk in once.order_by(kind.column, "pk_of")[: PAGE * MOST_OF_ONE]:
        pairs[value] = [*pairs[value], pk][:SHOWN_OF_ONE]
    ids = {pk for listed in pairs.values() for pk in listed}
    found = {one.pk: one for one in with_addresses(Customer.objects.filter(pk__in=ids))}
    shown = {value: [found[pk] for pk in listed if pk in found] for value, listed in pairs.items()}
    return [Group(value, shown[value], sizes.get(value, 0) - len(shown[value])) for value in values if shown[value]]


def _normal(numbers: Iterable[str]) -> list[str]:
    """E.164 of what is a telephone number; what is none yet is nobody's."""
    found = []
    for number in numbers:
        try:
            found.append(phones.normal(number))
        except phones.BadPhone:
            continue
    return found


def _keys(places: Iterable[tuple[str, str, str, str]]) -> list[str]:
    """The places as the column has them; PostgreSQL's own rule, so that there is one."""
    asked = [place for place in places if place[0].strip()]
    if not asked:
        return []
    columns = [list(column) for column in zip(*asked, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct alarmdesk_place(street, street_2, city, zip_code)"
            " from unnest(%s::text[], %s::text[], %s::text[], %s::text[]) as t (street, street_2, city, zip_code)",
            columns,
        )
        return [key for (key,) in cursor.fetchall() if key]
