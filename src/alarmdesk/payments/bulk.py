"""How are hundreds of billing methods and Auto Pay enrolments written or removed at once? Set-based, for an import."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from alarmdesk.lib.inserting import insert_columns
from alarmdesk.payments.models import AutoPay, BillingMethod


@dataclass(frozen=True, slots=True)
class NewMethod:
    """A billing method to write: manual, or what the gateway's vault told of a card or an account."""

    customer_id: int
    kind: str
    gateway_id: int | None = None
    vault_id: str = ""
    brand: str = ""
    last_four: str = ""
    expires_on: dt.date | None = None


FACTS = ("customer_id", "kind", "gateway_id", "vault_id", "brand", "last_four", "expires_on")
HAS_NO_DEFAULT = """
    not exists (
        select from payments_billingmethod d
        where d.company_id = current_setting('alarmdesk.company')::bigint
          and d.customer_id = new.customer_id and d.is_default and d.removed_at is null
    )
"""


def add_methods(rows: Sequence[NewMethod], *, imported_by: int, at: dt.datetime, by: str) -> dict[int, int]:
    """Write billing methods of an import, at most one per customer: ids by customer. Each is the default of a customer
    who has none (D2).
    """
    if not rows:
        return {}
    written = insert_columns(
        BillingMethod,
        {name: [getattr(row, name) for row in rows] for name in FACTS},
        constants={"imported_by_id": imported_by, "created_at": at, "created_by": by},
        expressions={"is_default": HAS_NO_DEFAULT},
        returning=("customer_id", "id"),
    )
    return dict(written)


def enrol_in_auto_pay(pairs: Sequence[tuple[int, int]], *, at: dt.datetime, by: str) -> None:
    """Enrol recurring invoices with a method each: (recurring invoice, method). One that is enrolled stays as it is."""
    if pairs:
        recurring, methods = zip(*pairs, strict=True)
        insert_columns(
            AutoPay,
            {"recurring_invoice_id": recurring, "billing_method_id": methods},
            constants={"enrolled_at": at, "enrolled_by": by},
            on_conflict="on conflict (company_id, recurring_invoice_id) where ended_at is null do nothing",
        )


def vault_ids_of(customer_ids: Sequence[int], *, beginning: str) -> list[str]:
    """The vault ids of these customers' methods that begin with a text."""
    methods = BillingMethod.objects.filter(customer_id__in=customer_ids, vault_id__startswith=beginning)
    return list(methods.values_list("vault_id", flat=True))


def remove_methods(customer_ids: Sequence[int]) -> None:
    """Remove all billing methods and Auto Pay enrolments of these customers, none of whom has a payment."""
    methods = BillingMethod.objects.filter(customer_id__in=customer_ids)
    enrolments = AutoPay.objects.filter(billing_method__in=list(methods.values_list("pk", flat=True)))
    for rows in (enrolments, methods):
        rows._raw_delete(rows.db)  # without reading the rows first
