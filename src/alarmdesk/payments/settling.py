"""Which payments has the gateway settled? Its statement says; ours follows (D14)."""

import datetime as dt

from django.db import connection

from alarmdesk.company.entering import SYSTEM, Actor, entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.payments.allocating import reverse_all
from alarmdesk.payments.attempts import refuse_inside_transaction
from alarmdesk.payments.gateways.choosing import active_gateway, port_of
from alarmdesk.payments.gateways.port import Outcome, StatementLine
from alarmdesk.payments.models import Attempt, Payment

MARGIN = dt.timedelta(days=1)
AT_ONCE = 500


def settle(company: Company, *, at: dt.datetime, actor: Actor = SYSTEM) -> int:
    """Bring pending payments up to the gateway's statement. Answers how many changed.

    Settled: Complete. Voided at the gateway: Cancelled. Returned: Failed; in both cases what it paid is owed again.
    """
    refuse_inside_transaction()
    with inside(company, actor=actor):
        oldest = (
            Attempt.objects.filter(state=Attempt.State.APPROVED, payment__status=Payment.Status.PENDING)
            .order_by("pk")
            .first()
        )
        if oldest is None:
            return 0
        gateway = active_gateway()
    since = (oldest.sent_at or oldest.created_at) - MARGIN
    changed, batch = 0, []
    for line in port_of(gateway).statement(since, at + MARGIN):
        if line.verb == "sale" and line.outcome in (Outcome.SETTLED, Outcome.VOIDED, Outcome.RETURNED):
            batch.append(line)
        if len(batch) == AT_ONCE:
            changed += _follow(company, batch, at=at, actor=actor)
            batch = []
    return changed + _follow(company, batch, at=at, actor=actor)


def _follow(company: Company, lines: list[StatementLine], *, at: dt.datetime, actor: Actor) -> int:
    with inside(company, actor=actor):
        settled = _complete([line.external_id for line in lines if line.outcome is Outcome.SETTLED])
        undone = {line.external_id: line for line in lines if line.outcome is not Outcome.SETTLED}
        attempts = Attempt.objects.select_related("payment").filter(
            external_id__in=undone,
            state=Attempt.State.APPROVED,
            payment__status__in=(Payment.Status.PENDING, Payment.Status.COMPLETE),
        )
        changed = 0
        for attempt in attempts.order_by("pk"):
            voided = undone[attempt.external_id].outcome is Outcome.VOIDED
            reverse_all(attempt.payment, at=at)
            Payment.objects.filter(pk=attempt.payment_id).update(
                status=Payment.Status.CANCELLED if voided else Payment.Status.FAILED,
                failure="Voided at the gateway." if voided else "Returned by the bank.",
            )
            changed += 1
    return settled + changed


def _complete(external_ids: list[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            update payments_payment p set status = 'complete'
            from payments_attempt a
            where a.company_id = %(company)s and a.external_id = any(%(ids)s) and a.state = 'approved'
              and p.company_id = a.company_id and p.id = a.payment_id and p.status = 'pending'
            """,
            {"company": entered_id(), "ids": external_ids},
        )
        count: int = cursor.rowcount
        return count
