"""What is the office told of money that it has just sent for? That it moved only where the gateway said so."""

from alarmdesk.lib.furniture import day, money
from alarmdesk.payments.models import Payment

WAITING = {
    Payment.Status.UNKNOWN: "The gateway has not answered yet.",
    Payment.Status.HELD: "The gateway holds {amount} for review. Nothing moves until it has decided.",
    Payment.Status.SCHEDULED: "{amount} will be charged to {method} on {day}.",
    Payment.Status.QUEUED: "{amount} will be given back when {original} has settled.",
}
DONE = {
    Payment.Kind.SALE: "{amount} was charged to {method}.",
    Payment.Kind.CREDIT: "{amount} was sent to {method}.",
    Payment.Kind.REFUND: "{amount} was given back.",
}


def announcement(payment: Payment) -> str:
    """A sentence about a sale, credit or refund that was not refused; about a recorded payment, too."""
    words = WAITING.get(Payment.Status(payment.status)) or DONE[Payment.Kind(payment.kind)]
    if payment.kind == Payment.Kind.SALE and payment.billing_method is None:
        words = "{amount} was recorded."
    return words.format(
        amount=money(abs(payment.amount)),
        method=payment.billing_method,
        day=day(payment.post_on),
        original=payment.original,
    )
