"""Where the dealer's gateway is Stripe, the same link has Stripe's own field in it and pays there."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.lib import clock
from alarmdesk.payments.models import Gateway
from alarmdesk.payments.testing import merchant_of
from alarmdesk.portal.pay_links import link_for
from tests.payments_pages.shop import Shop
from tests.payments_pages.signing_in import keep

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
FRAME = 'iframe[title="Secure payment input frame"]'
BOXES = {
    "card": {"Card number": "4242424242424242", "Expiration date": "10/30", "Security code": "738"},
    "bank-account": {
        "Name on the account": "Ann Lee", "Routing number": "110000000", "Account number": "000123456789",
    },
}  # fmt: skip


@pytest.fixture
def at_stripe(shop: Shop, world: Any) -> Shop:
    """The same dealer with an account at Stripe."""
    secret, public = f"sk_test_{shop.company.slug}", f"pk_test_{shop.company.slug}"
    world.merchant(merchant_of(shop.company), security_key=secret, tokenization_key=public)
    with inside(shop.company):
        gateway = Gateway.objects.get()
        gateway.kind, gateway.tokenization_key = Gateway.Kind.STRIPE, public
        gateway.credentials = {"secret_key": secret}
        gateway.save()
    return shop


@pytest.mark.parametrize("kind", BOXES)
def test_a_link_is_paid_in_the_fields_of_stripe(
    at_stripe: Shop, page: "Page", site: str, world: Any, axe: Callable[["Page"], None], kind: str
) -> None:
    from playwright.sync_api import expect

    shop = at_stripe
    with inside(shop.company):
        link = link_for(shop.invoice, today=shop.company.local_date(clock.now()))
    page.goto(f"{link}{kind}/")
    page.locator("form[data-ready]").wait_for()
    keep(page, f"guest-stripe-{kind}")
    axe(page)
    page.get_by_label("I have read this and agree").check() if kind == "bank-account" else None
    page.get_by_role("button", name="Pay $39.95 now").click()
    expect(page.locator("[data-hosted-words]")).not_to_be_empty()  # the field says what is missing
    for label, value in BOXES[kind].items():
        page.frame_locator(FRAME).get_by_label(label).press_sequentially(value)
    page.get_by_role("button", name="Pay $39.95 now").dblclick()
    expect(page.get_by_role("heading", name="Thank you. $39.95 is paid.")).to_be_visible()
    found = world.statement(merchant_of(shop.company))["transactions"]
    assert [each["amount"] for each in found] == ["39.95"]
