"""What is a pay link, and is it still good? A signed address under which anybody who has it may pay (D5).

It is for one invoice or for all that a customer owes, works for 60 days, and says no more about anybody than numbers:
the company, the row, how often links of that row were withdrawn before, and its last day. Whoever withdraws adds a row,
and every link that was given out until then stops working.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.core import signing
from django.db.models import Q

from alarmdesk.company.addresses import at as address
from alarmdesk.company.entering import entered
from alarmdesk.customers.merging import kept_of
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.queries import in_force, owing
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.hosted import kinds_taken
from alarmdesk.payments.models import PlannedAllocation
from alarmdesk.payments.on_account import paid_from_account
from alarmdesk.payments.queries import payable, total_due
from alarmdesk.portal.models import PayLinkWithdrawal
from alarmdesk.portal.queries import MOST_INVOICES, Asked

GOOD_FOR = dt.timedelta(days=60)
SALT = "alarmdesk.portal.pay_link"
RECEIPT_SALT = "alarmdesk.portal.guest_receipt"
INVOICE, BALANCE = "i", "b"


class NoLink(Exception):
    """The address was never given out for this company, or not whole."""


class Over(Exception):
    """The link was good once: it is too old, or the office has withdrawn it."""


@dataclass(frozen=True, slots=True)
class PayLink:
    """A link that is good: for one invoice, or for what the customer owes (`invoice` None), to the end of `until`."""

    token: str
    customer: Customer
    invoice: Invoice | None
    until: dt.date

    @property
    def what(self) -> str:
        """What it pays, in words: “Invoice 1042” or “Balance”."""
        return str(self.invoice) if self.invoice else "Balance"


@dataclass(frozen=True, slots=True)
class Bill(Asked):
    """What stands behind a link now: the invoices that are owed, what remains to pay of them, what is being paid."""

    under_way: list[PlannedAllocation]


def link_for(invoice: Invoice, *, today: dt.date) -> str:
    """The whole address under which one invoice can be paid, good for 60 days from `today`, inside its company."""
    return _address(INVOICE, invoice.pk, withdrawals(invoice.customer_id, invoice.pk), today)


def link_for_balance(customer: Customer, *, today: dt.date) -> str:
    """The whole address under which all that the customer owes can be paid, good for 60 days from `today`."""
    return _address(BALANCE, customer.pk, withdrawals(customer.pk, None), today)


def offered_for(invoice: Invoice, *, today: dt.date) -> str:
    """The link that a letter about an invoice carries: "" when nothing is due on it or the company takes no payments
    through a gateway. (settings.PAY_LINKS names this one for the rooms below.)
    """
    return link_for(invoice, today=today) if invoice.due > 0 and kinds_taken() else ""


def offered_for_many(invoices: Sequence[Invoice], *, today: dt.date) -> dict[int, str]:
    """The links of `offered_for` by the invoice's id, in two queries however many they are."""
    owed = [invoice for invoice in invoices if invoice.due > 0]
    if not owed or not kinds_taken():
        return {}
    withdrawals = PayLinkWithdrawal.objects.filter(customer_id__in={invoice.customer_id for invoice in owed})
    gone: Counter[tuple[int, int | None]] = Counter(withdrawals.values_list("customer_id", "invoice_id"))
    return {
        invoice.pk: _address(
            INVOICE, invoice.pk, gone[invoice.customer_id, invoice.pk] + gone[invoice.customer_id, None], today
        )
        for invoice in owed
    }


def offered_for_balance(customer: Customer, *, today: dt.date) -> str:
    """The link that a letter about an account carries; "" as for `offered_for`, or where credit on account pays all."""
    return link_for_balance(customer, today=today) if kinds_taken() and remaining(customer) else ""


def remaining(customer: Customer) -> Decimal:
    """What the customer has to pay: what is owed, less what credit on account pays of it."""
    owed = list(owing(customer.invoices.all()).order_by("due_on", "pk")[:MOST_INVOICES])
    return total_due(owed) - sum(paid_from_account(customer, owed).values(), ZERO)


def opened(token: str, *, today: dt.date) -> PayLink:
    """The link behind the signed part of an address, inside the company of that address. Raises NoLink, Over."""
    try:
        company_id, kind, pk, version, until = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError) as unreadable:
        raise NoLink from unreadable
    if company_id != entered().pk:
        raise NoLink
    invoice = None
    if kind == INVOICE:
        invoice = Invoice.objects.select_related("customer").filter(pk=pk).first()
    customer = invoice.customer if invoice else _who(pk) if kind == BALANCE else None
    if customer is None:
        raise NoLink
    last_day = dt.date.fromordinal(until)
    if today > last_day or version != withdrawals(customer.pk, invoice.pk if invoice else None):
        raise Over
    return PayLink(token, customer, invoice, last_day)


def _who(pk: int) -> Customer | None:
    """The customer of that number, or whom their record was merged into."""
    return Customer.objects.filter(pk=pk).first() or kept_of(pk)


def bill_of(link: PayLink) -> Bill:
    """What can be paid with the link at this moment. A link to one invoice pays that one, whatever is on account."""
    among = Q(pk=link.invoice.pk) if link.invoice else Q()
    invoices = list(payable(link.customer).filter(among)[:MOST_INVOICES])
    covered: Mapping[int, Decimal] = {} if link.invoice else paid_from_account(link.customer, invoices)
    plans = PlannedAllocation.objects.filter(is_live=True, invoice__customer=link.customer)
    if link.invoice:
        plans = plans.filter(invoice=link.invoice)
    under_way = list(plans.select_related("invoice", "payment").order_by("pk")[:MOST_INVOICES])
    return Bill(invoices, covered, under_way)


def papers_of(link: PayLink) -> Q:
    """Which of the customer's invoices whoever has the link may read: the one, or those that are owed."""
    if link.invoice:
        return Q(pk__in=in_force(link.customer.invoices.filter(pk=link.invoice.pk)).values("pk"))
    return Q(pk__in=owing(link.customer.invoices.all()).values("pk"))


def receipt_token(payment_id: int, link_token: str) -> str:
    """The signed part of the address of a receipt, for the one who paid with the link, inside the company."""
    return _signer(RECEIPT_SALT).sign_object([entered().pk, payment_id, link_token])


def receipt_behind(token: str) -> tuple[int, str]:
    """The payment's id and the link that it was paid with, inside the company of the address. Raises NoLink."""
    try:
        company_id, payment_id, link_token = _signer(RECEIPT_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError) as unreadable:
        raise NoLink from unreadable
    if company_id != entered().pk:
        raise NoLink
    return payment_id, link_token


def withdraw(*, customer: Customer, invoice: Invoice | None, at: dt.datetime, by: str) -> None:
    """Every link to the invoice that was given out stops working; `invoice` None: every link of the customer's."""
    PayLinkWithdrawal.objects.create(customer=customer, invoice=invoice, at=at, by=by)


def withdrawals(customer_id: int, invoice_id: int | None) -> int:
    """How often links to a document of the customer's, or with None to the balance, were withdrawn."""
    gone = PayLinkWithdrawal.objects.filter(customer_id=customer_id)
    return gone.filter(Q(invoice_id=invoice_id) | Q(invoice_id=None) if invoice_id else Q(invoice_id=None)).count()


def _address(kind: str, pk: int, version: int, today: dt.date) -> str:
    told = [entered().pk, kind, pk, version, (today + GOOD_FOR).toordinal()]
    return settings.SITE_URL + address("portal:pay_link", token=_signer().sign_object(told))


def _signer(salt: str = SALT) -> signing.Signer:
    return signing.Signer(salt=salt, sep=".")
