"""How does somebody pay who has a link and no account? Once for each press of the button, with a one-off token of the
gateway's hosted fields. Nothing is put on file, and an address for the receipt stays with the payment.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.company.entering import Actor, entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.lib.inserting import insert_rows
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.gateways.port import BadCredentials, Token
from alarmdesk.payments.models import Payment
from alarmdesk.payments.taking import NotPaid, Wish, take_payment
from alarmdesk.portal.models import GuestPayment
from alarmdesk.portal.pay_links import Bill, PayLink

Now = Callable[[], dt.datetime]
GUEST = Actor("guest", "Pay link")


class PressedBefore(Exception):
    """This press of the button was taken up before. `payment` is what came of it, `refused` why nothing did; neither
    while nobody knows.
    """

    def __init__(self, payment_id: int | None, refused: str) -> None:
        super().__init__(refused)
        self.payment_id, self.refused = payment_id, refused


@dataclass(frozen=True, slots=True)
class Press:
    """What somebody sent with the button: the token, the amount that was shown and agreed to, and for a bank account
    the words that were ticked.
    """

    token: Token
    amount: Decimal
    receipt_to: str
    consent_text: str
    ip: str | None

    @property
    def digest(self) -> str:
        """What we keep of the token: enough to know it again."""
        return hashlib.sha256(self.token.value.encode()).hexdigest()


def pay_as_guest(company: Company, *, link: PayLink, bill: Bill, press: Press, today: dt.date, now: Now) -> Payment:
    """Charge what remains to pay of a link's bill to what the token stands for. With no transaction open.

    Raises PressedBefore, and what take_payment raises.
    """
    with inside(company, actor=GUEST):
        _claim(link, press, at=now())
    wish = Wish(
        customer_id=link.customer.pk,
        method_id=None,
        invoice_ids=[invoice.pk for invoice in bill.invoices],
        receipt_to=press.receipt_to,
        amount=press.amount,
        token=press.token,
        allocations=bill.parts if bill.on_account else None,
    )
    try:
        bill.check(press.amount)
        payment = take_payment(company, wish, today=today, now=now, actor=GUEST)
    except (NotPaid, NoGateway, BadCredentials) as refused:
        with inside(company, actor=GUEST):
            GuestPayment.objects.filter(digest=press.digest).update(refused=_said(refused))
        raise
    with inside(company, actor=GUEST):
        GuestPayment.objects.filter(digest=press.digest).update(payment=payment)
    return payment


def _said(refused: Exception) -> str:
    return str(refused)[:300] or "Nothing was charged."


def _claim(link: PayLink, press: Press, *, at: dt.datetime) -> None:
    """Commit that this press is being done, before anything else happens. Raises PressedBefore."""
    names = ("customer_id", "digest", "kind", "amount", "consent_text", "consent_ip", "at")
    row = (link.customer.pk, press.digest, press.token.kind, press.amount, press.consent_text, press.ip, at)
    made = insert_rows(GuestPayment, names, [row], on_conflict="on conflict do nothing", returning=("id",))
    if not made:
        first = GuestPayment.objects.get(company=entered_id(), digest=press.digest)
        raise PressedBefore(first.payment_id, first.refused)
