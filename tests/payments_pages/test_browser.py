"""In a real browser: a card goes through the gateway's fields, is charged once, and every page is clean."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.invoicing.testing import make_invoice, make_recurring
from alarmdesk.payments.testing import TEST_ACCOUNT, make_auto_pay, make_method, make_payment, merchant_of
from tests.house.looking import BRIEFLY, Eye
from tests.payments_pages.shop import Shop, signed_in
from tests.payments_pages.signing_in import sign_in, type_into_frames

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
GOOD = {"Expiration_date": "1030", "Security_code": "999"}


def test_a_card_is_typed_and_charged(
    shop: Shop, page: "Page", site: str, world: Any, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    sign_in(page, shop.rosa.user, site)
    page.goto(shop.of_nora("billing/"))
    page.get_by_role("link", name="Add billing method").first.click()
    expect(page.get_by_role("link", name="Card", exact=True)).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Card", exact=True).click()
    expect(page.get_by_role("heading", name="Add a card")).to_be_visible()
    type_into_frames(page, Card_number="4111111111111112", **GOOD)
    page.get_by_role("button", name="Put on file").click()
    expect(page.get_by_text("The authorization must be agreed to.")).to_be_visible()
    page.get_by_label("The customer has read this").check()
    page.get_by_role("button", name="Put on file").click()
    expect(page.get_by_text("Card number is invalid")).to_be_visible()
    page.frame_locator('iframe[title="Card number"]').locator("input").fill("4111 1111 1111 1111")
    page.get_by_role("button", name="Put on file").click()
    expect(page.get_by_text("Visa ending 1111 is on file.")).to_be_visible()
    page.goto(shop.url(f"invoices/{shop.invoice.pk}/"))
    page.get_by_role("link", name="Pay with Visa ending 1111").click()
    expect(page.get_by_role("button", name="Charge $39.95")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Charge $39.95").dblclick()
    expect(page.get_by_text("The gateway approved this payment.")).to_be_visible()
    found = world.statement(merchant_of(shop.company))["transactions"]
    assert [each["amount"] for each in found] == ["39.95"]


def test_a_bank_account_is_typed(shop: Shop, page: "Page", site: str) -> None:
    from playwright.sync_api import expect

    sign_in(page, shop.rosa.user, site)
    page.goto(shop.of_nora("billing/bank-account/"))
    type_into_frames(page, Name_on_the_account="Ann Lee", Routing_number="490000018", Account_number="24413815")
    page.get_by_label("The customer has read this").check()
    page.get_by_role("button", name="Put on file").click()
    expect(page.get_by_text("Bank account ending 3815 is on file.")).to_be_visible()


def test_every_page_is_clean(shop: Shop, eye_of: Callable[..., Eye]) -> None:
    with inside(shop.company):
        visa = make_method(shop.nora)
        make_method(shop.nora, TEST_ACCOUNT)
        recurring = make_recurring(shop.nora)
        make_auto_pay(recurring, visa)
        second = make_invoice(shop.nora)
    paid = make_payment(shop.company, visa, second)
    eye = eye_of(signed_in(shop.rosa))
    pages = {
        "methods": shop.of_nora("billing/"),
        "card": shop.of_nora("billing/card/"),
        "payments": shop.url("payments/"),
        "customer-payments": shop.of_nora("payments/"),
        "payment": shop.url(f"payments/{paid.pk}/"),
        "pay": shop.of_nora(f"payments/pay/?invoice={shop.invoice.pk}"),
        "invoice": shop.url(f"invoices/{shop.invoice.pk}/"),
        "recurring": shop.url(f"recurring/{recurring.pk}/"),
        "recurring-new": shop.of_nora("recurring/new/auto-pay/"),
        "gateway": shop.url("settings/gateway/"),
        "access": shop.of_nora("portal/"),
    }
    for name, url in pages.items():
        assert eye.open(url), name
        if name == "card":  # its fields are the gateway's frames, which come late
            eye.page.frame_locator('iframe[title="Security code"]').get_by_label("Security code").wait_for()
        eye.judge(f"payments-{name}", BRIEFLY)
