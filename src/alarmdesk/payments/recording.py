"""How does money get into the books that no gateway drew, and how is money pushed to somebody who was never charged?

Cash, a check, anything else that the office holds in its hands is Complete at once (D14). A credit (F58) goes through
the gateway by the same three transactions as a charge.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.company.entering import Actor
from alarmdesk.company.models import Company
from alarmdesk.payments.models import Payment

Now = Callable[[], dt.datetime]
BY_HAND = (Payment.Method.CASH, Payment.Method.CHECK, Payment.Method.OTHER)


@dataclass(frozen=True, slots=True)
class Received:
    """Money that the office received: cash, check or other, on a day. `allocations` says what of it pays which invoice
    ({invoice's id: amount}; {} leaves all of it unapplied); None: the oldest due first. `receipt_to`: "" for no receipt.
    """

    customer_id: int
    method: str
    amount: Decimal
    received_on: dt.date
    reference: str = ""
    note: str = ""
    allocations: Mapping[int, Decimal] | None = None
    receipt_to: str = ""


def record_payment(company: Company, received: Received, *, at: dt.datetime, actor: Actor) -> Payment:
    """Write a payment that is Complete at once, its allocations and its receipt (F53-F57). Joins an open transaction.

    Raises ValueError for a method of a gateway or an amount that is not positive, allocating.TooMuch with nothing
    written.
    """
    raise NotImplementedError


def issue_credit(
    company: Company, customer_id: int, method_id: int, amount: Decimal, *, note: str = "", receipt_to: str = "",
    today: dt.date, now: Now, actor: Actor,
) -> Payment:  # fmt: skip
    """Push money to a stored method that need never have been charged (F58, permission processing.issue_credit). The
    payment's kind is credit, its amount negative. Called with no transaction open.

    Raises taking.Declined, taking.MethodUnusable, NoGateway, BadCredentials, InsideTransaction; ValueError for an amount
    that is not positive.
    """
    raise NotImplementedError
