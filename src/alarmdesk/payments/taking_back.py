"""How is a payment taken back that the office entered by mistake? It is void, with a reason; no money goes anywhere.

Cash, a check or another payment that a hand recorded never passed a gateway, so there is nothing to refund: what it had
paid is owed again, by rows of its own. The payment and its number stay, the trail says who and why.
"""

import datetime as dt

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.lib.furniture import money
from alarmdesk.payments.allocating import reverse_all
from alarmdesk.payments.freeing import lock_for
from alarmdesk.payments.models import Payment
from alarmdesk.payments.recording import BY_HAND

MISTAKE = "Entered by mistake. No money moved."
"""What stands on the payment's papers; the office's own words are for the office."""


class NotTakenBack(Exception):
    """The payment stands. `str(error)` is fit to show."""


def is_by_hand(payment: Payment) -> bool:
    """Is it money that the office received and that counts?"""
    is_good = payment.kind == Payment.Kind.SALE and payment.status == Payment.Status.COMPLETE
    return is_good and payment.method in BY_HAND and payment.billing_method_id is None


def check(payment: Payment) -> None:
    """Raises NotTakenBack for what passed a gateway, is no good any more, or was refunded, if only in part."""
    if payment.voided_at is not None:
        raise NotTakenBack(f"{payment} was taken back before.")
    if not is_by_hand(payment):
        raise NotTakenBack(f"Only a payment that was recorded by hand can be taken back. Refund {payment} instead.")
    if payment.refunded:
        raise NotTakenBack(f"{money(payment.refunded)} of {payment} was refunded, so it was no mistake as a whole.")


def take_back(company: Company, payment_id: int, *, reason: str, at: dt.datetime, actor: Actor) -> Payment:
    """Void a payment that was recorded by mistake: its invoices are owed again, its receipt does not leave any more.
    Joins an open transaction. Raises NotTakenBack, Payment.DoesNotExist.
    """
    if not reason.strip():
        raise NotTakenBack("Say what the mistake was.")
    with inside(company, actor=actor):
        if (payment := lock_for([payment_id]).get(payment_id)) is None:
            raise Payment.DoesNotExist
        check(payment)
        reverse_all(payment, at=at)
        payment.status, payment.failure = Payment.Status.CANCELLED, MISTAKE
        payment.voided_at, payment.voided_by, payment.void_reason = at, actor.name, reason.strip()
        payment.save(update_fields=["status", "failure", "voided_at", "voided_by", "void_reason"])
        payment.refresh_from_db()
        return payment
