"""Which payments has the gateway settled, and which came back? Its statement says; ours follows (D14)."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from alarmdesk.company.entering import SYSTEM, Actor, entered_id, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.invoicing.models import Invoice
from alarmdesk.payments.allocating import reverse_all
from alarmdesk.payments.attempts import refuse_inside_transaction
from alarmdesk.payments.gateways.choosing import active_gateway, port_of
from alarmdesk.payments.gateways.port import Outcome, StatementLine
from alarmdesk.payments.models import Allocation, Attempt, BillingMethod, Payment

MARGIN = dt.timedelta(days=1)
AT_ONCE = 500
RETURNED_WITHIN = dt.timedelta(days=75)
"""A consumer may send an ACH debit back for 60 days after it settled (billing.md 2.4); the bank needs some more."""
FOLLOWED = (Outcome.SETTLED, Outcome.VOIDED, Outcome.RETURNED, Outcome.DECLINED)
GOOD = (Payment.Status.PENDING, Payment.Status.COMPLETE)
MERELY_EMPTY = ("R01", "R09")
"""Returns that say nothing against the account: insufficient and uncollected funds. After any other it is blocked."""


def settle(company: Company, *, at: dt.datetime, actor: Actor = SYSTEM) -> int:
    """Bring payments up to the gateway's statement. Answers how many changed. Raises NoGateway, NoAnswer,
    BadCredentials.

    Settled: Complete. Voided at the gateway: Cancelled. Returned by the bank, also after Complete, or refused at
    settlement: Failed. What a cancelled or failed one had paid is owed again.
    """
    refuse_inside_transaction()
    with inside(company, actor=actor):
        since = _since(at)
        if since is None:
            return 0
        gateway = active_gateway()
    changed, batch = 0, []
    for line in port_of(gateway).statement(since, at + MARGIN):
        if line.verb == "sale" and line.outcome in FOLLOWED:
            batch.append(line)
        if len(batch) == AT_ONCE:
            changed += follow(company, batch, at=at, actor=actor)
            batch = []
    return changed + follow(company, batch, at=at, actor=actor)


def _since(at: dt.datetime) -> dt.datetime | None:
    """From when on something of the statement may be news: None when nothing can be. The gateway names what was
    begun or has changed since, so a return is found from the last night that had no trouble.
    """
    approved = Attempt.objects.filter(state=Attempt.State.APPROVED)
    oldest = approved.filter(payment__status=Payment.Status.PENDING).order_by("pk").first()
    since = [(oldest.sent_at or oldest.created_at) - MARGIN] if oldest else []
    returnable = approved.filter(
        payment__status=Payment.Status.COMPLETE, payment__method=Payment.Method.ACH, sent_at__gte=at - RETURNED_WITHIN
    )
    if returnable.exists():
        quiet = Run.objects.filter(kind=Run.Kind.NIGHT, state=Run.State.FINISHED, counts__problems=[])
        last = quiet.order_by("-started_at").values_list("started_at", flat=True).first()
        since.append(max(at - RETURNED_WITHIN, last - MARGIN) if last else at - RETURNED_WITHIN)
    return min(since, default=None)


def follow(company: Company, lines: Sequence[StatementLine], *, at: dt.datetime, actor: Actor = SYSTEM) -> int:
    """Bring payments up to these lines of the statement, whoever asked for them; how many changed."""
    with inside(company, actor=actor):
        settled = _complete([line for line in lines if line.outcome is Outcome.SETTLED])
        return settled + _undo({line.key: line for line in lines if line.outcome is not Outcome.SETTLED}, at)


def _complete(lines: Sequence[StatementLine]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            update payments_payment p set status = 'complete'
            from unnest(%(keys)s::text[], %(ids)s::text[]) as n (key, external_id)
            join payments_attempt a on a.company_id = %(company)s and a.key = n.key
              and a.external_id = n.external_id and a.state = 'approved'
            where p.company_id = a.company_id and p.id = a.payment_id and p.status = 'pending'
            """,
            {
                "company": entered_id(),
                "keys": [line.key for line in lines],
                "ids": [line.external_id for line in lines],
            },
        )
        count: int = cursor.rowcount
        return count


def _undo(lines: dict[str, StatementLine], at: dt.datetime) -> int:
    """Take back what the gateway took back. Locked in the house's order, then looked at: another worker may have."""
    attempts = Attempt.objects.filter(key__in=lines, state=Attempt.State.APPROVED, payment__status__in=GOOD)
    found = {
        payment: lines[key]
        for key, external_id, payment in attempts.values_list("key", "external_id", "payment_id")
        if lines[key].external_id == external_id
    }
    if not found:
        return 0
    paid = list(Allocation.objects.filter(payment_id__in=found).values_list("invoice_id", flat=True).distinct())
    list(Invoice.objects.select_for_update(no_key=True).filter(pk__in=paid).order_by("pk").values("pk"))
    standing = Payment.objects.select_for_update(no_key=True).filter(pk__in=found, status__in=GOOD).order_by("pk")
    changed = 0
    for payment in standing:
        line = found[payment.pk]
        reverse_all(payment, at=at)
        status = Payment.Status.CANCELLED if line.outcome is Outcome.VOIDED else Payment.Status.FAILED
        Payment.objects.filter(pk=payment.pk).update(status=status, failure=_said(line)[:300])
        if line.outcome is Outcome.RETURNED and not line.reason.startswith(MERELY_EMPTY):
            BillingMethod.objects.filter(payments=payment, blocked_at=None).update(
                blocked_at=at, blocked_reason=_said(line)[:200]
            )
        changed += 1
    return changed


def _said(line: StatementLine) -> str:
    """What happened, with the bank's return code where it gave one: "R01 Insufficient Funds"."""
    if line.outcome is Outcome.VOIDED:
        return "Voided at the gateway."
    what = "Returned by the bank" if line.outcome is Outcome.RETURNED else "Refused when it was to be settled"
    return f"{what}: {line.reason}" if line.reason else f"{what}."
