"""A dealer whose account is at Stripe: what stories of that dialect share."""

import secrets
from typing import Any

import httpx

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.testing import make_furnished_company
from alarmdesk.payments.models import BillingMethod, Gateway
from alarmdesk.payments.testing import make_method, merchant_of


def make_shop_at_stripe(world: Any, **fields: Any) -> Company:
    """A furnished company with a merchant account of its own at Stripe."""
    from django.conf import settings

    company = make_furnished_company()
    secret, public = f"sk_test_{secrets.token_hex(8)}", f"pk_test_{secrets.token_hex(8)}"
    world.merchant(merchant_of(company), security_key=secret, tokenization_key=public)
    settings.STRIPE_API_URL = world.http
    with inside(company):
        Gateway.objects.create(
            kind=Gateway.Kind.STRIPE, credentials={"secret_key": secret}, tokenization_key=public, **fields
        )
    return company


def make_stripe_card(world: Any, customer: Customer, number: str = "4242424242424242", **fields: Any) -> BillingMethod:
    """A card in the vault, typed into Stripe's fields; the company is entered."""
    sent = {
        "key": Gateway.objects.get(is_active=True).tokenization_key, "type": "card", "card[number]": number,
        "card[exp_month]": "10", "card[exp_year]": "2030",
    }  # fmt: skip
    answer = httpx.post(f"{world.http}/v1/payment_methods", data=sent, trust_env=False, timeout=30)
    return make_method(customer, str(answer.json()["id"]), **fields)
