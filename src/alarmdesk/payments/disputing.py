"""What does a cardholder's dispute take, and what comes back when it is won? The gateway's line says; rows follow.

All of a payment: its status is Charged back and what it had paid is owed again. A part: a refund of that part with the
status Charged back, which frees what it takes like any refund (freeing.py). Won: the payment is Complete again, or the
part is cancelled; what was taken from invoices is applied again as far as they still owe it, by new rows. The card
stays blocked: whoever disputes a charge is asked before the next one. Source: billing.md 2.4.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from alarmdesk.company.entering import acting
from alarmdesk.lib.furniture import money
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.allocating import reverse_all
from alarmdesk.payments.freeing import lock_for, put_back, write_refund
from alarmdesk.payments.gateways.port import StatementLine
from alarmdesk.payments.models import Allocation, Attempt, GatewayEvent, Payment

TAKEN, WON = "disputed", "dispute_won"
"""The kinds of the log's entries."""


def follow_changes(lines: Sequence[StatementLine], at: dt.datetime) -> int:
    """Look at the disputes that we know again, by what these lines say now; how many payments changed. Inside the
    company.
    """
    said = {line.external_id: line for line in lines}
    standing = Payment.objects.filter(disputed_by__in=list(said), status=Payment.Status.DISPUTED)
    found = {original or pk: by for pk, original, by in standing.values_list("pk", "original_id", "disputed_by")}
    if not found:
        return 0
    locked = lock_for(found, freed_by=_parts(found))
    return sum(bring_to(locked[pk], said[by], at) for pk, by in sorted(found.items()))


def bring_to(payment: Payment, line: StatementLine, at: dt.datetime) -> bool:
    """Let as much of a locked sale be taken back as its line says; False where that is so already. What it pays and
    what its parts have freed must be locked.
    """
    is_whole = payment.status == Payment.Status.DISPUTED
    parts = _standing_parts(payment, line)
    if line.taken >= payment.amount:
        if is_whole:
            return False
        _cancel(payment, parts, at, "All of the payment is disputed.")
        _take_whole(payment, line, at)
        return True
    if is_whole:
        _set_back(payment, at)
    taken = sum((-part.amount for part in parts), ZERO)
    gone = []
    while taken > line.taken:
        gone.append(parts.pop(0))
        taken += gone[-1].amount
    _cancel(payment, gone, at, "The dispute was won.")
    is_more = _take_part(payment, line, line.taken - taken, at)
    return is_whole or bool(gone) or is_more


def _parts(payment_ids: Iterable[int]) -> list[int]:
    parts = Payment.objects.filter(original_id__in=list(payment_ids), status=Payment.Status.DISPUTED)
    return list(parts.values_list("pk", flat=True))


def _standing_parts(payment: Payment, line: StatementLine) -> list[Payment]:
    parts = Payment.objects.filter(original=payment, status=Payment.Status.DISPUTED, disputed_by=line.external_id)
    return list(parts.select_for_update(no_key=True).order_by("-pk"))


def _take_whole(payment: Payment, line: StatementLine, at: dt.datetime) -> None:
    reverse_all(payment, at=at)
    payment.status, payment.failure = Payment.Status.DISPUTED, _said(line)
    _mark(payment, line, at)
    payment.save(update_fields=["status", "failure", "return_code", "returned_at", "disputed_by", "dispute_won_at"])
    _tell(payment, TAKEN, f"{_said(line)} All of it: {money(payment.amount)}.", at)


def _take_part(payment: Payment, line: StatementLine, amount: Decimal, at: dt.datetime) -> bool:
    """No more than is left of the payment: what a refund has given back already cannot be taken a second time. The
    comparison of the books tells of what a gateway says beyond it.
    """
    payment.refresh_from_db(fields=["applied", "refunded"])
    amount = min(amount, payment.amount - payment.refunded)
    if amount <= 0:
        return False
    part = write_refund(payment, amount, status=Payment.Status.DISPUTED, note=_said(line), at=at)
    _mark(part, line, at)
    part.save(update_fields=["return_code", "returned_at", "disputed_by"])
    _tell(payment, TAKEN, f"{_said(line)} {money(amount)} of {money(payment.amount)}.", at)
    return True


def _mark(payment: Payment, line: StatementLine, at: dt.datetime) -> None:
    payment.return_code, payment.returned_at = line.reason[:10], at
    payment.disputed_by, payment.dispute_won_at = line.external_id, None


def _set_back(payment: Payment, at: dt.datetime) -> None:
    """The whole payment is good again; what the dispute had taken from invoices is applied as far as they owe it."""
    taken_at = payment.returned_at or at
    freed = list(payment.allocations.filter(reverses__isnull=False, at=taken_at, for_refund=None))
    payment.status, payment.failure, payment.dispute_won_at = Payment.Status.COMPLETE, "", at
    payment.save(update_fields=["status", "failure", "dispute_won_at"])
    payment.refresh_from_db(fields=["applied", "refunded"])
    rest = payment.unapplied
    for row in sorted(freed, key=lambda each: each.pk):
        row.invoice.refresh_from_db(fields=["paid"])
        amount = min(-row.amount, row.invoice.due, rest)
        if amount > 0:
            rest -= amount
            Allocation.objects.create(
                payment=payment, invoice_id=row.invoice_id, amount=amount, at=at, by=acting().name
            )  # fmt: skip
    _tell(payment, WON, f"The dispute was won: {money(payment.amount)} is back.", at)


def _cancel(payment: Payment, parts: Sequence[Payment], at: dt.datetime, why: str) -> None:
    for part in parts:
        part.status, part.failure, part.dispute_won_at = Payment.Status.CANCELLED, why, at
        part.save(update_fields=["status", "failure", "dispute_won_at"])
        _tell(payment, WON, f"{why} {money(-part.amount)} is back.", at)
    put_back(parts, at=at)
    payment.refresh_from_db(fields=["applied", "refunded"])


def _tell(payment: Payment, kind: str, says: str, at: dt.datetime) -> None:
    """In the payment's log."""
    sale = payment.attempts.filter(verb=Attempt.Verb.SALE, state=Attempt.State.APPROVED).order_by("-pk").first()
    if sale is not None:
        GatewayEvent.objects.create(at=at, attempt_id=sale.pk, kind=kind, raw=says)


def _said(line: StatementLine) -> str:
    return f"Charged back: {line.reason}."[:300] if line.reason else "Charged back."
