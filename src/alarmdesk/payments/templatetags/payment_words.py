"""What does a template say of a payment or a method? Its status as a pill, its transaction, its expiry."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from alarmdesk.lib.furniture import clock_time, pill
from alarmdesk.payments import standing
from alarmdesk.payments.models import Attempt, BillingMethod, Payment

register = template.Library()

ATTEMPT_KINDS = {
    "approved": "ok", "declined": "bad", "unknown": "warn", "sent": "info", "created": "plain", "held": "warn",
}  # fmt: skip
ICONS = {
    BillingMethod.Kind.CARD: "credit-card", BillingMethod.Kind.ACH: "landmark", BillingMethod.Kind.MANUAL: "mail",
}  # fmt: skip


@register.simple_tag
def payment_pill(payment: Payment) -> SafeString:
    """How a payment stands (D14)."""
    return pill(*standing.of_payment(payment))


@register.simple_tag
def attempt_pill(attempt: Attempt) -> SafeString:
    """What became of one attempt at the gateway."""
    return pill(ATTEMPT_KINDS.get(attempt.state, "plain"), attempt.get_state_display())


@register.filter
def processing(payment: Payment) -> str:
    """When, and who initiated it: "11/21/2026 | 11:29 AM by Rosa Calderon" (F59)."""
    from django.utils import timezone

    local = timezone.localtime(payment.created_at)
    return f"{local:%m/%d/%Y} | {clock_time(local)} by {payment.created_by}"


@register.simple_tag
def transaction(payment: Payment, transaction_id: str = "") -> SafeString | str:
    """The words “Sale Transaction ID: 1967413887 REFUNDED” (F59), "" for a payment that no gateway knows."""
    if not transaction_id:
        return ""
    said = f"{payment.get_kind_display()} Transaction ID: {transaction_id}"
    mark = afterwards(payment)
    return format_html("{} <strong>{}</strong>", said, mark) if mark else said


def afterwards(payment: Payment) -> str:
    """What happened to the transaction later, as it stands after its number: VOIDED, REFUNDED, RETURNED R01 …"""
    if payment.status == Payment.Status.CANCELLED:
        return "VOIDED"
    if payment.status == Payment.Status.RETURNED:
        return f"RETURNED {payment.return_code}".rstrip()
    if payment.status == Payment.Status.DISPUTED:
        return "CHARGED BACK"
    if not payment.refunded:
        return ""
    return "REFUNDED" if payment.refunded >= payment.amount else "PARTLY REFUNDED"


@register.filter
def paid_with(payment: Payment) -> str:
    """“Visa ending 1111” where a method on file paid, else “Check”."""
    return str(payment.billing_method) if payment.billing_method else payment.get_method_display()


@register.filter
def method_icon(method: BillingMethod) -> str:
    """The icon of a kind of method."""
    return ICONS[BillingMethod.Kind(method.kind)]


@register.filter
def expired_on(method: BillingMethod, today: object) -> bool:
    """Has the card expired on that day?"""
    return method.is_expired(today)  # type: ignore[arg-type]
