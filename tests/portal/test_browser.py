"""In a real browser: Nora adds a card and pays in three clicks; every page of the portal is clean."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import unique
from alarmdesk.invoicing.testing import make_invoice, make_recurring
from alarmdesk.lib import clock
from alarmdesk.office.testing import signed_in
from alarmdesk.payments.testing import TEST_ACCOUNT, make_auto_pay, make_method, make_payment, merchant_of
from alarmdesk.portal.actions import link_token
from alarmdesk.portal.models import AccountHolder
from alarmdesk.portal.testing import make_holder
from tests.house.looking import BRIEFLY, LOOKS, Eye
from tests.payments_pages.shop import Shop
from tests.payments_pages.signing_in import sign_in, type_into_frames

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def nora_of(shop: Shop) -> AccountHolder:
    with inside(shop.company):
        return make_holder(shop.nora)


def test_a_card_is_added_on_the_spot_and_pays(shop: Shop, page: "Page", site: str, world: Any) -> None:
    from playwright.sync_api import expect

    sign_in(page, nora_of(shop).user, site)
    page.goto(shop.url("portal/"))
    page.get_by_role("link", name="Add a card").click()
    type_into_frames(page, Card_number="4111111111111111", Expiration_date="1030", Security_code="999")
    page.get_by_label("I have read this and agree").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Visa ending 1111 is on file.")).to_be_visible()
    page.get_by_role("button", name="Pay…").click()
    page.get_by_role("button", name="Pay $39.95 now").dblclick()
    expect(page.get_by_role("heading", name="Thank you. $39.95 is paid.")).to_be_visible()
    found = world.statement(merchant_of(shop.company))["transactions"]
    assert [each["amount"] for each in found] == ["39.95"]


def test_an_invitation_is_taken_up(shop: Shop, page: "Page", site: str) -> None:
    """The page says no-one its address, and yet its form must arrive as from itself."""
    from playwright.sync_api import expect

    with inside(shop.company):
        asked = AccountHolder.objects.create(
            customer=shop.nora, email=f"{unique('new').lower()}@example.com", invited_at=clock.now(), invited_by="Rosa"
        )
        link = shop.url(f"portal/invitation/{link_token(asked)}/")
    page.goto(link)
    page.get_by_label("Your name").fill("Nora Whitfield")
    page.get_by_label("Choose a password").fill("three old lamp posts")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text(f"Now sign in with {asked.email}.")).to_be_visible()


def test_the_total_follows_the_ticks(shop: Shop, page: "Page", site: str) -> None:
    from playwright.sync_api import expect

    with inside(shop.company):
        make_method(shop.nora)
        second = make_invoice(shop.nora)
    sign_in(page, nora_of(shop).user, site)
    page.goto(shop.url("portal/"))
    expect(page.locator("#pay-total")).to_have_text("$79.90 for 2 invoices")
    page.get_by_role("checkbox", name=str(second)).uncheck()
    expect(page.locator("#pay-total")).to_have_text("$39.95 for 1 invoice")
    page.get_by_role("button", name="Pay…").click()
    expect(page.get_by_role("heading", name="Pay $39.95")).to_be_visible()


def test_every_page_is_clean(shop: Shop, world: Any, eye_of: Callable[..., Eye]) -> None:
    with inside(shop.company):
        visa = make_method(shop.nora)
        make_method(shop.nora, TEST_ACCOUNT)
        make_auto_pay(make_recurring(shop.nora), visa)
        second = make_invoice(shop.nora)
        open_one = AccountHolder.objects.create(
            customer=shop.nora, email="new@example.com", invited_at=shop.nora.created_at, invited_by="Rosa"
        )
    paid = make_payment(shop.company, visa, second)
    with inside(shop.company):
        AccountHolder.objects.filter(pk=open_one.pk).update(invited_at=paid.created_at)
        open_one.refresh_from_db()
    nobody, nora = eye_of(), eye_of(signed_in(nora_of(shop).user))
    pages = {
        "invitation": shop.url(f"portal/invitation/{link_token(open_one)}/"),
        "home": shop.url("portal/"),
        "pay": shop.url(f"portal/pay/?invoice={shop.invoice.pk}"),
        "methods": shop.url("portal/methods/"),
        "card": shop.url("portal/methods/card/"),
        "paid": shop.url("portal/paid/"),
        "receipts": shop.url("portal/receipts/"),
        "receipt": shop.url(f"portal/receipts/{paid.pk}/"),
    }
    for name, url in pages.items():
        eye = nobody if name == "invitation" else nora
        assert eye.open(url), name
        if name == "card":  # its fields are the gateway's frames, which come late
            eye.page.frame_locator('iframe[title="Security code"]').get_by_label("Security code").wait_for()
        # the walk over all addresses does not come by an invitation
        eye.judge(f"portal-{name}", LOOKS if name == "invitation" else BRIEFLY)
