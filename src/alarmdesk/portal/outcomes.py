"""What came of a payment, in words for the one who paid? Thanks only for money that came and stayed.

The page of a holder and that of a guest say the same; what they add are the ways on from there.
"""

from dataclasses import dataclass

from alarmdesk.company.entering import entered
from alarmdesk.lib.furniture import day, money
from alarmdesk.payments.models import Payment

STATUS, KIND = Payment.Status, Payment.Kind
UNDECIDED = (STATUS.UNKNOWN, STATUS.HELD)
GOOD = (STATUS.PENDING, STATUS.COMPLETE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`is_open`: not decided yet, so the page asks again by itself. `is_owed`: what it was to pay is not paid by it.
    `amount` has no sign: the words say which way it went. `way` names what the method on the page was for.
    """

    heading: str
    icon: str
    amount: str
    words: str = ""
    is_good: bool = False
    is_open: bool = False
    is_owed: bool = False
    way: str = "Paid with"
    about: str = "Your account"


def outcome_of(payment: Payment) -> Outcome:
    """Of a payment of the entered company, with its original and method loaded. Raises KeyError for a status that no
    payment of its kind can have: nobody is thanked by mistake.
    """
    amount = money(abs(payment.amount), entered().currency)
    return _received(payment, amount) if payment.kind == KIND.SALE else _given(payment, amount)


def _received(payment: Payment, amount: str) -> Outcome:
    if payment.status in UNDECIDED:
        receipt = f", and a receipt goes to {payment.receipt_to} when it is through" if payment.receipt_to else ""
        words = (
            f"It has not told us yet whether {amount} was charged. You do not have to do anything. Please do not pay "
            f"again: nothing is charged twice. This page follows by itself{receipt}."
        )
        return Outcome("We are asking the payment processor", "hourglass", amount, words, is_open=True)
    if payment.status in GOOD and payment.refunded < payment.amount:
        return Outcome(f"Thank you. {amount} is paid.", "check", amount, _thanks(payment), is_good=True)
    if payment.status == STATUS.SCHEDULED:
        return Outcome(f"{amount} will be charged on {day(payment.post_on)}", "calendar-clock", amount)
    heading, icon, words = {
        STATUS.PENDING: ("This payment was given back", "undo-2", ""),
        STATUS.COMPLETE: ("This payment was given back", "undo-2", ""),
        STATUS.FAILED: ("The payment did not go through", "circle-x", f"{payment.failure} No money moved."),
        STATUS.CANCELLED: ("This payment was cancelled", "ban", payment.failure),
        STATUS.RETURNED: ("This payment was taken back", "circle-x", payment.failure),
        STATUS.DISPUTED: ("This payment was taken back", "circle-x", payment.failure),
    }[STATUS(payment.status)]
    return Outcome(heading, icon, amount, words, is_owed=True)


def _thanks(payment: Payment) -> str:
    words = [f"A receipt goes to {payment.receipt_to}."] if payment.receipt_to else []
    if payment.method == Payment.Method.ACH and payment.status == STATUS.PENDING:
        words.append("Your bank settles it within a few business days.")
    return " ".join(words)


def _given(payment: Payment, amount: str) -> Outcome:
    """A refund, a credit, or the part of a payment that a dispute took."""
    heading, icon, words = {
        STATUS.UNKNOWN: ("We are asking the payment processor", "hourglass", f"It has not told us yet of {amount}."),
        STATUS.HELD: ("We are asking the payment processor", "hourglass", f"It has not told us yet of {amount}."),
        STATUS.PENDING: (f"{amount} is on its way to you", "undo-2", "It can take your bank a few business days."),
        STATUS.COMPLETE: (f"{amount} was given back to you", "undo-2", ""),
        STATUS.QUEUED: (f"{amount} will be given back to you", "hourglass", "It leaves when your payment has settled."),
        STATUS.FAILED: (f"{amount} could not be given back", "circle-x", payment.failure),
        STATUS.CANCELLED: (f"{amount} was not given back", "ban", payment.failure),
        STATUS.RETURNED: (f"{amount} came back to us", "circle-x", payment.failure),
        STATUS.DISPUTED: (f"{amount} was taken back", "circle-x", payment.failure),
    }[STATUS(payment.status)]
    return Outcome(
        heading, icon, amount, words, is_open=payment.status in UNDECIDED, way="Given back to",
        about=str(payment.original or "Your account"),
    )  # fmt: skip
