"""What goes wrong in a sample dealer's half year? Declines, returned debits, a chargeback, money that waits, a promise:
without them the pages of collections, returns and differences would have nothing to show.

They happen at the simulator as they would at a gateway: by cards and accounts that it declines or returns.
"""

import datetime as dt
from decimal import Decimal

import httpx
from django.conf import settings
from django.db.models import QuerySet

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib import clock
from alarmdesk.payments.gateways.port import Token
from alarmdesk.payments.models import Payment
from alarmdesk.payments.promises import make_promise
from alarmdesk.payments.recording import Received, record_payment
from alarmdesk.payments.refunding import refund
from alarmdesk.payments.settling import settle
from alarmdesk.payments.taking import Wish, schedule_payment

OFFICE = Actor("staff", "Rosa Calderon")
CARDS = {
    14: "4000000002020008",  # always short of funds
    19: "4000000002500009",  # stolen: a hard decline
}
"""Test cards of the simulator that decline, by the number of the sample customer who pays with one."""
ACCOUNTS = {
    18: "10000001",  # comes back with R01, insufficient funds
    28: "10000010",  # comes back after 58 days with R10, not authorized
}
"""Test accounts of the simulator whose debits come back."""


def token_of(number: int, tokenization_key: str) -> Token | None:
    """The troubled card or account of the sample customer with that number, as hosted fields would give it."""
    if number in CARDS:
        return _token(tokenization_key, "cc", {"ccnumber": CARDS[number], "ccexp": "1032", "cvv": "999"})
    if number in ACCOUNTS:
        fields = {"checkname": "Sample", "checkaba": "490000018", "checkaccount": ACCOUNTS[number]}
        return _token(tokenization_key, "ck", fields)
    return None


def _token(tokenization_key: str, payment_type: str, fields: dict[str, str]) -> Token:
    sent = {"tokenization_key": tokenization_key, "payment_type": payment_type, "fields": fields}
    answer = httpx.post(f"{settings.NMI_URL}/token/create", json=sent, trust_env=False, timeout=30)
    answer.raise_for_status()
    return Token(str(answer.json()["token"]), "card" if payment_type == "cc" else "ach")


def befall(company: Company) -> None:
    """The last days: a chargeback, a partial refund, a check that is more than was owed, a promise to pay and a payment
    for next week.
    """
    today = clock.today(company.zone)
    with inside(company):
        settled = list(
            Payment.objects.filter(status=Payment.Status.COMPLETE, method="card").order_by("-received_on", "pk")[:9]
        )
        owing = Customer.objects.filter(pk__in=_owing().values("customer"), billing_methods__kind="manual")
        by_check, promising = list(owing.order_by("pk").distinct()[:2])
    disputed, given = settled[0], settled[-1]
    _charge_back(company, disputed)
    settle(company, at=clock.now())
    refund(
        company, given.pk, Decimal("10.00"), note="Courtesy: technician came late",
        today=today, now=clock.now, actor=OFFICE,
    )  # fmt: skip
    _receive_check(company, by_check, today)
    with inside(company, actor=OFFICE):
        promised_on = today + dt.timedelta(days=9)
        make_promise(
            promising, until=promised_on, note="Will drop a check off after payday", today=today, at=clock.now(),
            by=OFFICE.name,
        )  # fmt: skip
    _plan_payment(company, today)


def _owing() -> QuerySet[Invoice]:
    return Invoice.objects.filter(type=Invoice.Type.INVOICE, voided_at=None, paid=0)


def _charge_back(company: Company, payment: Payment) -> None:
    """The cardholder disputes it; reading the statement takes it back."""
    with inside(company):
        sale = payment.attempts.get(verb="sale", state="approved")
    sent = {"transaction_id": sale.external_id, "reason": "Fraud - Card Absent Environment"}
    httpx.post(f"{settings.NMI_URL}/control/nmi/chargeback", json=sent, trust_env=False, timeout=30).raise_for_status()


def _receive_check(company: Company, customer: Customer, today: dt.date) -> None:
    """A check for what is owed and twenty dollars more, which stay as credit on account."""
    with inside(company, actor=OFFICE):
        owed = sum((invoice.due for invoice in _owing().filter(customer=customer)), Decimal("20.00"))
        check = Received(
            customer_id=customer.pk, method="check", amount=owed, received_on=today, reference="Check 2041"
        )
        record_payment(company, check, at=clock.now(), actor=OFFICE)


def _plan_payment(company: Company, today: dt.date) -> None:
    """A payment with a Desired Posting Date, by somebody who has a card and owes something."""
    with inside(company):
        invoice = _owing().filter(customer__billing_methods__kind="card").order_by("-due_on", "pk").first()
        method = invoice.customer.billing_methods.get(kind="card") if invoice else None
    if invoice is not None and method is not None:
        wish = Wish(invoice.customer_id, method.pk, [invoice.pk], amount=invoice.due)
        schedule_payment(company, wish, today + dt.timedelta(days=6), at=clock.now(), actor=OFFICE)
