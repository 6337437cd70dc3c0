"""Under which words are payments found? Under their number, and under the gateway's of their transaction (F59)."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, QuerySet

from alarmdesk.company.entering import entered
from alarmdesk.company.palette import Asked, Findable, Hit
from alarmdesk.lib.furniture import money
from alarmdesk.payments.models import Payment
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.queries import with_transaction


def find_payments(asked: Asked) -> Iterable[Hit]:
    number, charged = asked.number_of("payment"), with_transaction(asked.words)
    if number is None and not charged:
        return []
    hit = Q(pk__in=charged) if number is None else Q(pk__in=charged) | Q(number=number)
    rows = entered().payments.filter(hit).order_by("-pk")[: asked.most]
    return _payments(rows, dict.fromkeys(charged, f" · transaction {asked.words.strip()}"))


def recall_payments(asked: Asked, pks: Collection[int]) -> Iterable[Hit]:
    return _payments(entered().payments.filter(pk__in=pks)[: asked.most], {})


def _payments(rows: QuerySet[Payment, Any], also: dict[int, str]) -> list[Hit]:
    return [
        Hit(one.pk, str(one), f"{one.customer.name} · {money(one.amount)}{also.get(one.pk, '')}")
        for one in rows.select_related("customer")
    ]


FINDABLE = (
    Findable(
        "Payments", payments.view, "payments:payment", find_payments, recall_payments, "credit-card", "payments:list"
    ),
)
