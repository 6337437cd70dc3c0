"""When may a card that a dispute has blocked be charged again? Once the dispute was won, and somebody allows it.

The bank has decided for the dealer, not for the cardholder: whoever disputed a charge is asked before the next one, so
nothing unblocks a card by itself (decision 17). A bank account that was drawn on without permission, and a card that
the networks call closed, need a new method on file.
"""

from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from alarmdesk.payments.models import BillingMethod, MethodUpdate, Payment


class StaysBlocked(Exception):
    """Nobody may allow charges of this method. `str(error)` is fit to show."""


def cleared(methods: QuerySet[BillingMethod, Any]) -> QuerySet[BillingMethod, Any]:
    """The methods with `is_cleared`: whether somebody may allow charges of it again."""
    return methods.annotate(is_cleared=Case(When(_is_cleared(), then=True), default=False))


def _is_cleared() -> Q:
    """A card that a dispute has blocked; it was won, and no other stands."""
    disputes = Payment.objects.filter(company=OuterRef("company"), billing_method=OuterRef("pk"))
    won = disputes.filter(dispute_won_at__gte=OuterRef("blocked_at"))
    stands = disputes.filter(status=Payment.Status.DISPUTED)
    updates = MethodUpdate.objects.filter(company=OuterRef("company"), billing_method=OuterRef("pk"))
    is_card = Q(kind=BillingMethod.Kind.CARD, blocked_at__isnull=False, removed_at=None)
    is_closed = Exists(updates.filter(kind=MethodUpdate.Kind.CLOSED))
    return is_card & Q(Exists(won)) & ~Q(Exists(stands)) & ~Q(is_closed)


def is_cleared(payment: Payment) -> bool:
    """Was a dispute of the payment won, and is its card still blocked for no other reason?"""
    if payment.dispute_won_at is None or payment.billing_method_id is None:
        return False
    return BillingMethod.objects.filter(_is_cleared(), pk=payment.billing_method_id).exists()


def unblock(method: BillingMethod) -> None:
    """Let the method be charged again, by Auto Pay too, inside its company. Raises StaysBlocked."""
    locked = BillingMethod.objects.select_for_update(no_key=True).get(pk=method.pk)
    if locked.blocked_at is None:
        return
    if not BillingMethod.objects.filter(_is_cleared(), pk=method.pk).exists():
        raise StaysBlocked(f"{method} stays blocked: {locked.blocked_reason.rstrip('.')}. Put another method on file.")
    locked.blocked_at, locked.blocked_reason = None, ""
    locked.save(update_fields=["blocked_at", "blocked_reason"])
