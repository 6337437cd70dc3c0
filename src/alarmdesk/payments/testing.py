"""What do tests need of payments? A merchant account at the running simulator, methods in its vault, Auto Pay."""

import datetime as dt
import secrets
from decimal import Decimal
from typing import Any

import httpx
from django.conf import settings

from alarmdesk.company.entering import SYSTEM, entered, inside
from alarmdesk.company.models import Company
from alarmdesk.company.numbers import next_numbers
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice, RecurringInvoice
from alarmdesk.lib import clock
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import StoreRequest, Token
from alarmdesk.payments.methods import enrol
from alarmdesk.payments.models import AutoPay, BillingMethod, Gateway, Payment
from alarmdesk.payments.taking import Wish, take_payment

TEST_CARD = "00000000-000000-000000-000000000000"
"""NMI's public test token of a Visa card ending 1111; where the company's gateway is Stripe, its own stands in."""
TEST_ACCOUNT = "11111111-111111-111111-111111111111"
STRIPES_OWN = {TEST_CARD: "pm_card_visa", TEST_ACCOUNT: "pm_usBankAccount_success"}


def make_gateway(company: Company, world: Any, *, kind: str = Gateway.Kind.NMI, **merchant: Any) -> Gateway:
    """A merchant account of the company's own at the simulator, and the gateway row that leads to it. `kind` says
    whose words are spoken there: nmi or stripe.
    """
    key, tokenization = f"key-{secrets.token_hex(8)}", f"tok-{secrets.token_hex(8)}"
    world.merchant(merchant_of(company), security_key=key, tokenization_key=tokenization, **merchant)
    settings.NMI_URL = settings.STRIPE_API_URL = settings.STRIPE_SCRIPTS_URL = world.http
    name = "secret_key" if kind == Gateway.Kind.STRIPE else "security_key"
    with inside(company):
        return Gateway.objects.create(
            kind=kind, name=Gateway.Kind(kind).label, credentials={name: key}, tokenization_key=tokenization
        )


def merchant_of(company: Company) -> str:
    """The name under which the simulator keeps the company's statement."""
    return company.slug


def make_method(customer: Customer, token: str = TEST_CARD, **fields: Any) -> BillingMethod:
    """A method in the vault of the entered company's gateway; a test card unless told otherwise. `kind="ach"` goes
    with the token of a bank account of one's choice.
    """
    gateway = Gateway.objects.get(is_active=True)
    kind = fields.pop("kind", "ach" if token == TEST_ACCOUNT else "card")
    if gateway.kind == Gateway.Kind.STRIPE:
        token = STRIPES_OWN.get(token, token)
    stored = port_of(gateway).store(StoreRequest(Token(token, kind), vault_id=f"ad{secrets.token_hex(12)}"))
    fields = {"is_default": not customer.billing_methods.filter(is_default=True).exists(), **fields}
    method: BillingMethod = BillingMethod.objects.create(
        customer=customer,
        kind=stored.kind,
        gateway=gateway,
        vault_id=stored.vault_id,
        brand=stored.brand,
        last_four=stored.last_four,
        expires_on=stored.expires_on,
        created_at=OPENED,
        created_by=SYSTEM.name,
        **fields,
    )
    return method


def make_card_token(world: Any, company: Company, number: str, expires: str = "1030") -> str:
    """A token for a card of one's choice, as the gateway's hosted fields would give it for the company's page."""
    return _token(world, company, {"ccnumber": number, "ccexp": expires, "cvv": "999"})


def make_bank_token(world: Any, company: Company, account: str = "24413815") -> str:
    """A token for a bank account, as the hosted fields would give it."""
    return _token(world, company, {"checkname": "Ann Lee", "checkaba": "490000018", "checkaccount": account})


def _token(world: Any, company: Company, fields: dict[str, str]) -> str:
    with inside(company):
        gateway = Gateway.objects.get(is_active=True)
    if gateway.kind == Gateway.Kind.STRIPE:
        form = {"key": gateway.tokenization_key, **_as_stripe_asks(fields)}
        answer = httpx.post(f"{world.http}/v1/payment_methods", data=form, trust_env=False, timeout=30)
        return str(answer.json()["id"])
    payment_type = "cc" if "ccnumber" in fields else "ck"
    sent = {"tokenization_key": gateway.tokenization_key, "payment_type": payment_type, "fields": fields}
    answer = httpx.post(f"{world.http}/token/create", json=sent, trust_env=False, timeout=30)
    return str(answer.json()["token"])


def _as_stripe_asks(fields: dict[str, str]) -> dict[str, str]:
    if "ccnumber" in fields:
        month, year = fields["ccexp"][:2], fields["ccexp"][2:]
        return {
            "type": "card",
            "card[number]": fields["ccnumber"],
            "card[exp_month]": month,
            "card[exp_year]": f"20{year}",
        }
    return {
        "type": "us_bank_account",
        "us_bank_account[routing_number]": fields["checkaba"],
        "us_bank_account[account_number]": fields["checkaccount"],
        "us_bank_account[account_holder_type]": "individual",
        "billing_details[name]": fields["checkname"],
    }


def make_payment(company: Company, method: BillingMethod, *invoices: Invoice, at: dt.datetime | None = None) -> Payment:
    """What is due on the invoices, paid through the gateway. With no transaction open; raises as take_payment does."""
    moment = at or clock.now()
    wish = Wish(method.customer_id, method.pk, [invoice.pk for invoice in invoices])
    return take_payment(company, wish, today=company.local_date(moment), now=lambda: moment, actor=SYSTEM)


def make_cash_payment(customer: Customer, amount: str, at: dt.datetime = OPENED, **fields: Any) -> Payment:
    """Money that came in without a gateway, inside the entered company; nothing of it is applied yet."""
    fields = {"method": "cash", "status": "complete", "received_on": entered().local_date(at), **fields}
    fields = {"number": next_numbers("payment")[0], "created_at": at, "created_by": SYSTEM.name, **fields}
    payment: Payment = Payment.objects.create(customer=customer, amount=Decimal(amount), **fields)
    return payment


def make_auto_pay(
    recurring: RecurringInvoice, method: BillingMethod, at: dt.datetime = OPENED, **fields: Any
) -> AutoPay:
    """The recurring invoice is charged to the method from now on."""
    fields = {"email_on_attempt": True, "by": SYSTEM.name, **fields}
    return enrol(recurring_invoice=recurring, method=method, at=at, **fields)
