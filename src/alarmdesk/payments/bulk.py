"""How are hundreds of billing methods and Auto Pay enrolments written or removed at once? Set-based, for an import."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from alarmdesk.company.entering import entered_id
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


_METHODS = """
insert into payments_billingmethod (
    company_id, imported_by_id, created_at, created_by,
    nickname, initial_transaction_id, consent_text, blocked_reason, is_default,
    customer_id, kind, gateway_id, vault_id, brand, last_four, expires_on
)
select %s, %s, %s, %s, '', '', '', '',
    not exists (
        select from payments_billingmethod d
        where d.company_id = %s and d.customer_id = new.customer_id and d.is_default and d.removed_at is null
    ),
    new.*
from unnest(
    %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::date[]
) as new (customer_id, kind, gateway_id, vault_id, brand, last_four, expires_on)
returning id, customer_id
"""
_AUTO_PAY = """
insert into payments_autopay (
    company_id, email_on_attempt, enrolled_at, enrolled_by, ended_by, recurring_invoice_id, billing_method_id
)
select %s, false, %s, %s, '', new.* from unnest(%s::bigint[], %s::bigint[]) as new
on conflict (company_id, recurring_invoice_id) where ended_at is null do nothing
"""


def add_methods(rows: Sequence[NewMethod], *, imported_by: int, at: dt.datetime, by: str) -> dict[int, int]:
    """Write billing methods of an import, at most one per customer: ids by customer. Each is the default of a customer
    who has none (D2).
    """
    if not rows:
        return {}
    columns = zip(
        *(
            (row.customer_id, row.kind, row.gateway_id, row.vault_id, row.brand, row.last_four, row.expires_on)
            for row in rows
        ),
        strict=True,
    )
    company = entered_id()
    with connection.cursor() as cursor:
        cursor.execute(_METHODS, [company, imported_by, at, by, company, *map(list, columns)])
        return {customer: pk for pk, customer in cursor.fetchall()}


def enrol_in_auto_pay(pairs: Sequence[tuple[int, int]], *, at: dt.datetime, by: str) -> None:
    """Enrol recurring invoices with a method each: (recurring invoice, method). One that is enrolled stays as it is."""
    if pairs:
        recurring, methods = zip(*pairs, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_AUTO_PAY, [entered_id(), at, by, list(recurring), list(methods)])


def vault_ids_of(customer_ids: Sequence[int], *, beginning: str) -> list[str]:
    """The vault ids of these customers' methods that begin with a text."""
    methods = BillingMethod.objects.filter(customer_id__in=customer_ids, vault_id__startswith=beginning)
    return list(methods.values_list("vault_id", flat=True))


def remove_methods(customer_ids: Sequence[int]) -> None:
    """Remove all billing methods and Auto Pay enrolments of these customers, none of whom has a payment."""
    methods = BillingMethod.objects.filter(customer_id__in=customer_ids)
    enrolments = AutoPay.objects.filter(billing_method__in=list(methods.values_list("pk", flat=True)))
    for rows in (enrolments, methods):
        rows._raw_delete(rows.db)  # type: ignore[attr-defined]  # noqa: SLF001  (without reading the rows first)
