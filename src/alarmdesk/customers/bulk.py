"""How are hundreds of customers written or removed at once? Set-based, for an import and its undoing.

Callers have checked the values; the trail, the walls and the checks of the tables hold as ever.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.customers import pipeline, search
from alarmdesk.customers.models import Address, Customer, Opportunity, Phone, SearchEntry, WaitingMethod
from alarmdesk.lib.inserting import insert_columns

FACTS = (
    "account_number", "stage", "kind", "status", "first_name", "last_name", "business_name", "email", "mmr",
    "activation_fee", "customer_since", "cancelled_on", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer to write. `addresses` by kind: (street, street_2, city, state, ZIP); `phones` by kind: E.164."""

    account_number: str
    stage: str
    kind: str
    status: str
    first_name: str
    last_name: str
    business_name: str
    email: str
    mmr: Decimal
    activation_fee: Decimal
    customer_since: dt.date | None
    cancelled_on: dt.date | None
    note: str
    addresses: dict[str, tuple[str, str, str, str, str]]
    phones: dict[str, str]


def add_customers(rows: Sequence[NewCustomer], *, imported_by: int, at: dt.datetime, by: str) -> dict[str, int]:
    """Write customers of an import with addresses, phones and search entries: ids by account number.

    An account number that is taken, in whatever case, is left alone and missing from the answer.
    """
    if not rows:
        return {}
    written = insert_columns(
        Customer,
        {name: [getattr(row, name) for row in rows] for name in FACTS},
        constants={"imported_by_id": imported_by, "created_at": at, "created_by": by},
        on_conflict="on conflict (company_id, lower(account_number)) do nothing",
        returning=("account_number", "id"),
    )
    ids: dict[str, int] = dict(written)
    added = [row for row in rows if row.account_number in ids]
    _add_addresses(added, ids)
    _add_phones(added, ids)
    search.refresh(ids.values())
    leads = [row for row in added if row.stage == Customer.Stage.LEAD]
    pipeline.begin([ids[row.account_number] for row in leads], expected=[row.mmr for row in leads], at=at)
    return ids


def _add_addresses(rows: Sequence[NewCustomer], ids: dict[str, int]) -> None:
    found = [(ids[row.account_number], kind, *parts) for row in rows for kind, parts in row.addresses.items()]
    if found:
        names = ("customer_id", "kind", "street", "street_2", "city", "state", "zip_code")
        insert_columns(Address, dict(zip(names, zip(*found, strict=True), strict=True)))


def _add_phones(rows: Sequence[NewCustomer], ids: dict[str, int]) -> None:
    found = [(ids[row.account_number], kind, number) for row in rows for kind, number in row.phones.items()]
    if found:
        names = ("customer_id", "kind", "number")
        insert_columns(Phone, dict(zip(names, zip(*found, strict=True), strict=True)))


def remove_customers(ids: Sequence[int]) -> None:
    """Remove customers of the entered company with what this room keeps of them; rooms above remove theirs first."""
    for model in (Opportunity, WaitingMethod, SearchEntry, Phone, Address):
        rows = model.objects.filter(customer_id__in=ids)
        rows._raw_delete(rows.db)  # without reading the rows first
    gone = Customer.objects.filter(pk__in=ids)
    gone._raw_delete(gone.db)
