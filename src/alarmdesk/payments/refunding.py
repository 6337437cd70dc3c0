"""How is money given back? One button, the right verb (F61, D3).

Not settled and whole: void. Not settled and a part: queued until the original has settled. Settled: refund. Money that
no gateway drew: a row, and the office hands it out. A refund counts against its payment from the moment that it is
asked for; what it takes from invoices is freed then, the newest allocation first, and applied again if it fails.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from alarmdesk.company.entering import Actor
from alarmdesk.company.models import Company
from alarmdesk.payments.models import Payment

Now = Callable[[], dt.datetime]


class NotRefunded(Exception):
    """No money is given back. `str(error)` is fit to show."""


class NotRefundable(NotRefunded):
    """Nothing of this payment can be given back: it failed, came back, is a refund itself, or is refunded whole."""


class MoreThanLeft(NotRefunded):
    """More than is left of the payment."""


class RefundUnderWay(NotRefunded):
    """A void or refund of the payment has no definite answer yet."""


class RefundDeclined(NotRefunded):
    """The gateway would not; its refusal is on record and what was freed is applied again."""


class Way(StrEnum):
    """Which verb gives the money back."""

    VOID = "void"
    REFUND = "refund"
    QUEUE = "queue"
    RECORD = "record"  # cash, check, other: a row only


@dataclass(frozen=True, slots=True)
class Effect:
    """What pressing the button would do: the verb, the amount, the button's words and a sentence that says it all."""

    way: Way
    amount: Decimal
    button: str
    sentence: str


def refundable(payment: Payment) -> Decimal:
    """How much of a payment can still be given back; 0.00 when none of it can be."""
    raise NotImplementedError


def what_refund_does(payment: Payment, amount: Decimal | None) -> Effect:
    """What a refund of `amount` (None: all that is left) would do now. Raises NotRefundable, MoreThanLeft."""
    raise NotImplementedError


def refund(
    company: Company, payment_id: int, amount: Decimal | None, *, note: str = "", today: dt.date, now: Now, actor: Actor
) -> Payment:
    """Give back `amount` of a payment, None for all that is left. Called with no transaction open.

    Answers the refund's payment (pending, complete, queued, or unknown until the janitor has asked), or the payment
    itself when it was voided (cancelled) or its void has no answer yet. A void that comes too late, because the
    payment has settled meanwhile, is answered with a refund of the whole.

    Raises NotRefundable, MoreThanLeft, RefundUnderWay, RefundDeclined (all NotRefunded), NoGateway, BadCredentials,
    InsideTransaction.
    """
    raise NotImplementedError


def cancel_queued(company: Company, refund_id: int, *, at: dt.datetime, actor: Actor) -> Payment:
    """Take back a refund that still waits for settlement; what it had freed is applied again. Raises NotRefundable."""
    raise NotImplementedError
