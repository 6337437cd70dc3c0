"""Which word says how a payment stands, in every list, page, paper and in the portal (D3, D14, F59)?

The status is what the gateway said last; what was given back since is in the refunds. A payment that was given back
whole is Refunded to everybody who looks at it, though its own transaction is and stays complete.
"""

from typing import NamedTuple

from alarmdesk.payments.models import Payment

KINDS = {
    "pending": "info", "complete": "ok", "failed": "bad", "cancelled": "plain", "unknown": "warn", "scheduled": "info",
    "queued": "info", "held": "warn", "returned": "bad", "disputed": "bad",
}  # fmt: skip


class Standing(NamedTuple):
    """The pill that says it: kind (ok, warn, bad, info, plain) and text."""

    kind: str
    text: str


def of_payment(payment: Payment) -> Standing:
    """Void, Refunded or Partly refunded where that is so, else the status. A refund that waits for the settlement of
    its payment leaves that Pending: nothing was given back yet.
    """
    if payment.kind == Payment.Kind.SALE and payment.status == "cancelled" and payment.voided_at is not None:
        return Standing("plain", "Void")
    if payment.status == Payment.Status.COMPLETE and payment.refunded:
        is_whole = payment.refunded >= payment.amount
        return Standing("plain", "Refunded") if is_whole else Standing("warn", "Partly refunded")
    return Standing(KINDS[payment.status], payment.get_status_display())
