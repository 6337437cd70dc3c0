"""Which payments has the gateway settled, and which came back? Its statement says; ours follows (D14).

What comes back is taken from its invoices by new rows: returned by the bank with its code, also weeks after Complete,
charged back, voided at the gateway, refused at settlement. Source: billing.md 2.4, domain.md F1.
"""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from django.db import connection

from alarmdesk.company.entering import SYSTEM, Actor, acting, entered_id, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.customers.models import Customer
from alarmdesk.messaging.outbox import queue
from alarmdesk.payments import disputing
from alarmdesk.payments.allocating import reverse_all
from alarmdesk.payments.answers import VOIDED_THERE
from alarmdesk.payments.attempts import refuse_inside_transaction
from alarmdesk.payments.freeing import lock_for, put_back
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer, Outcome, StatementLine
from alarmdesk.payments.models import Attempt, AutoPay, BillingMethod, Gateway, Payment
from alarmdesk.payments.nacha import MERELY_EMPTY, UNAUTHORIZED

MARGIN = dt.timedelta(days=1)
AT_ONCE = 500
COMES_BACK_WITHIN = dt.timedelta(days=120)
"""A consumer may send an ACH debit back for 60 days after it settled, and dispute a card for 120 (billing.md 2.4)."""
TAKEN_BACK = (Outcome.RETURNED, Outcome.DISPUTED)
UNDONE = (*TAKEN_BACK, Outcome.VOIDED, Outcome.DECLINED)
GOOD = (Payment.Status.PENDING, Payment.Status.COMPLETE)
CAME_BACK = (Payment.Status.RETURNED, Payment.Status.FAILED)
"""Taken back by a bank, after it was settled or when it was to be."""
MAY_CHANGE = (Payment.Status.COMPLETE, Payment.Status.DISPUTED)
"""What may come back, or be won."""
NAMED = ("key", "external_id", "payment_id")
STATUSES = {
    Outcome.VOIDED: Payment.Status.CANCELLED,
    Outcome.DECLINED: Payment.Status.FAILED,
    Outcome.RETURNED: Payment.Status.RETURNED,
    Outcome.DISPUTED: Payment.Status.DISPUTED,
}
SAID = {
    Outcome.DECLINED: "Refused when it was to be settled",
    Outcome.RETURNED: "Returned by the bank",
    Outcome.DISPUTED: "Charged back",
}

COMPLETE = """
    update payments_payment p set status = 'complete', batch_id = n.batch_id
    from unnest(%(keys)s::text[], %(ids)s::text[], %(batches)s::text[]) as n (key, external_id, batch_id)
    join payments_attempt a on a.company_id = %(company)s and a.key = n.key
      and a.external_id = n.external_id and a.state = 'approved'
    where p.company_id = a.company_id and p.id = a.payment_id
      and (p.status = 'pending' or p.status = 'complete' and p.batch_id = '' and n.batch_id <> '')
"""


def settle(company: Company, *, at: dt.datetime, actor: Actor = SYSTEM) -> int:
    """Bring payments up to the statements of every gateway that made them. Answers how many changed. Raises NoAnswer or
    BadCredentials after all were read.

    Settled: Complete, with its batch; a refund too. Voided at the gateway: Cancelled. Returned by the bank, also after
    Complete: Returned. Charged back: Charged back, or a part of it is, until the dispute is won (disputing.py). Refused
    at settlement: Failed. What such a one had paid is owed again, and what such a refund had freed is applied again.
    """
    refuse_inside_transaction()
    with inside(company, actor=actor):
        spans = [(gateway, since) for gateway in Gateway.objects.order_by("pk") if (since := _since(gateway, at))]
    changed, trouble = 0, None
    for gateway, since in spans:
        try:
            changed += _read(company, gateway, since, at, actor)
        except (NoAnswer, BadCredentials) as error:
            trouble = error
    if trouble is not None:
        raise trouble
    return changed


def _read(company: Company, gateway: Gateway, since: dt.datetime, at: dt.datetime, actor: Actor) -> int:
    changed, batch = 0, []
    for line in port_of(gateway).statement(since, at + MARGIN):
        batch.append(line)
        if len(batch) == AT_ONCE:
            changed += follow(company, batch, at=at, actor=actor)
            batch = []
    return changed + follow(company, batch, at=at, actor=actor)


def _since(gateway: Gateway, at: dt.datetime) -> dt.datetime | None:
    """From when on something of the statement may be news: None when nothing can be. The gateway names what was
    begun or has changed since, so a return is found from the last night that had no trouble.
    """
    approved = Attempt.objects.filter(gateway=gateway, state=Attempt.State.APPROVED)
    oldest = approved.filter(payment__status=Payment.Status.PENDING).order_by("pk").first()
    since = [(oldest.sent_at or oldest.created_at) - MARGIN] if oldest else []
    if approved.filter(payment__status__in=MAY_CHANGE, sent_at__gte=at - COMES_BACK_WITHIN).exists():
        quiet = Run.objects.filter(kind=Run.Kind.NIGHT, state=Run.State.FINISHED, counts__problems=[])
        last = quiet.order_by("-started_at").values_list("started_at", flat=True).first()
        since.append(max(at - COMES_BACK_WITHIN, last - MARGIN) if last else at - COMES_BACK_WITHIN)
    return min(since, default=None)


def follow(company: Company, lines: Sequence[StatementLine], *, at: dt.datetime, actor: Actor = SYSTEM) -> int:
    """Bring payments up to these lines of the statement, whoever asked for them; how many changed."""
    if not lines:
        return 0
    with inside(company, actor=actor):
        settled = _complete([line for line in lines if line.outcome is Outcome.SETTLED or _is_in_part(line)])
        changed = disputing.follow_changes(lines, at)
        return settled + changed + _undo([line for line in lines if line.outcome in UNDONE], at)


def _is_in_part(line: StatementLine) -> bool:
    """Is a part disputed of what was settled?"""
    return line.outcome is Outcome.DISPUTED and line.taken < line.amount


def _complete(lines: Sequence[StatementLine]) -> int:
    if not lines:
        return 0
    with connection.cursor() as cursor:
        told: dict[str, Any] = {
            "company": entered_id(),
            "keys": [line.key for line in lines],
            "ids": [line.external_id for line in lines],
            "batches": [line.batch_id for line in lines],
        }
        cursor.execute(COMPLETE, told)
        count: int = cursor.rowcount
        return count


def _undo(lines: Sequence[StatementLine], at: dt.datetime) -> int:
    """Take back what the gateway took back. Locked in the house's order, then looked at: another worker may have."""
    found = _matched(lines) if lines else {}
    if not found:
        return 0
    originals = Payment.objects.filter(pk__in=found, original__isnull=False).values_list("original_id", flat=True)
    parts = Payment.objects.filter(original_id__in=list(found), status=Payment.Status.DISPUTED)
    locked = lock_for({*found, *originals}, freed_by=[*found, *parts.values_list("pk", flat=True)])
    standing = [locked[payment_id] for payment_id in sorted(found) if locked[payment_id].status in GOOD]
    changed = [payment for payment in standing if _take_back(payment, found[payment.pk], at)]
    put_back([payment for payment in changed if payment.kind == Payment.Kind.REFUND], at=at)
    _tell_payers(changed, at)
    return len(changed)


def _tell_payers(changed: Sequence[Payment], at: dt.datetime) -> None:
    """A debit that came back is news to whoever paid, also to who wants no reminders. Who disputed a charge knows of
    it, and what was voided at the gateway is for the office to tell.
    """
    news = [each for each in changed if each.kind == Payment.Kind.SALE and each.status in CAME_BACK]
    emails = dict(Customer.objects.filter(pk__in={each.customer_id for each in news}).values_list("pk", "email"))
    for payment in news:
        if to := payment.receipt_to or emails[payment.customer_id]:
            queue(kind="payment_returned", to=to, at=at, customer_id=payment.customer_id, about_id=payment.pk)


def _matched(lines: Sequence[StatementLine]) -> dict[int, StatementLine]:
    """The line that undoes a payment, by the payment: a line of its own, or a transaction that came later and names the
    one that it takes back.
    """
    attempts = Attempt.objects.exclude(verb=Attempt.Verb.VOID)
    approved = attempts.filter(state=Attempt.State.APPROVED, payment__status__in=GOOD)
    by_key = {line.key: line for line in lines if line.key}
    found = {
        payment: by_key[key]
        for key, external_id, payment in approved.filter(key__in=by_key).values_list(*NAMED)
        if by_key[key].external_id == external_id
    }
    later = {line.of_external_id: line for line in lines if line.outcome in TAKEN_BACK and line.of_external_id}
    if later:
        # a refund names its original too, and what comes back of it is not the original
        ours = set(attempts.filter(key__in=by_key).values_list("key", flat=True))
        later = {of: line for of, line in later.items() if line.key not in ours}
        for _, external_id, payment in approved.filter(external_id__in=later).values_list(*NAMED):
            found[payment] = later[external_id]
    return found


def _take_back(payment: Payment, line: StatementLine, at: dt.datetime) -> bool:
    """One locked payment comes to nothing, or a disputed part of it. A refund that came back was not given; its payment
    has the money again. False where that is so already.
    """
    said, code = _said(line), _code(line)
    if line.outcome is Outcome.DISPUTED and payment.kind == Payment.Kind.SALE:
        is_news = disputing.bring_to(payment, line, at)
        if is_news:
            _block(payment, said, code, at)
        return is_news
    reverse_all(payment, at=at)
    payment.status, payment.failure = STATUSES[line.outcome], said[:300]
    if line.outcome in TAKEN_BACK:
        payment.return_code, payment.returned_at = code, at
        if payment.kind == Payment.Kind.REFUND:
            payment.status = Payment.Status.FAILED
        elif code not in MERELY_EMPTY:
            _block(payment, said, code, at)
    else:
        payment.voided_at, payment.voided_by = at, acting().name
    payment.save(update_fields=["status", "failure", "return_code", "returned_at", "voided_at", "voided_by"])
    return True


def _block(payment: Payment, said: str, code: str, at: dt.datetime) -> None:
    """The account is not drawn on again; where the payer says that nobody agreed, Auto Pay needs a new agreement."""
    # locked whether it is blocked already or not: somebody may be about to unblock it
    list(BillingMethod.objects.select_for_update(no_key=True).filter(pk=payment.billing_method_id or 0))
    BillingMethod.objects.filter(pk=payment.billing_method_id or 0, blocked_at=None).update(
        blocked_at=at, blocked_reason=said[:200]
    )
    if code in UNAUTHORIZED:
        AutoPay.objects.filter(billing_method_id=payment.billing_method_id or 0, ended_at=None).update(
            ended_at=at, ended_by=acting().name
        )


def _code(line: StatementLine) -> str:
    """The bank's code at the head of the reason: R01."""
    found = re.match(r"[A-Z]\d\d\b", line.reason)
    return found[0] if found else line.reason[:10]


def _said(line: StatementLine) -> str:
    """What happened, with the bank's return code where it gave one: "R01 Insufficient Funds"."""
    if line.outcome is Outcome.VOIDED:
        return VOIDED_THERE
    what = SAID[line.outcome]
    return f"{what}: {line.reason}" if line.reason else f"{what}."
