"""In a real browser: a quote is written, mailed, signed on a phone, converted, and paid. Every total is the same."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.customers.testing import make_lead
from alarmdesk.invoicing import letters
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.testing import line, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.testing import merchant_of
from alarmdesk.portal.quote_links import link_for
from tests.house.looking import Eye
from tests.payments_pages.shop import Shop
from tests.payments_pages.signing_in import sign_in
from tests.portal.test_pay_link_browser import fill_card, open_link

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
TOTAL = "$195.00"


def picture(page: "Page", name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)


def sign(page: "Page") -> None:
    """Draw a signature with the finger."""
    sheet = page.locator(".signature-sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    x, y = box["x"], box["y"]
    page.mouse.move(x + 30, y + 60)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(x + 40 + step * 18, y + 60 + (30 if step % 2 else -30))
    page.mouse.up()


def test_a_quote_is_written_mailed_signed_on_a_phone_converted_and_paid(
    shop: Shop, new_page: Callable[..., "Page"], site: str, world: Any, axe: Callable[["Page"], None]
) -> None:
    office, phone, to = new_page(), new_page(width=390, height=844), f"nora.{shop.company.pk}@example.com"
    with inside(shop.company):
        type(shop.nora).objects.filter(pk=shop.nora.pk).update(email=to)
    sign_in(office, shop.rosa.user, site)
    write_and_mail(office, shop, to, axe)
    letters.deliver_all(shop.company, now=clock.now)
    (mail,) = world.mail(to)
    assert TOTAL in mail["text"]
    url = re.search(r"https?://\S+/quote/\S+", mail["text"])
    assert url
    sign_on_the_phone(phone, url.group(), axe)
    pay_url = convert(office, shop, axe)
    pay(phone, pay_url)
    sales = [each["amount"] for each in world.statement(merchant_of(shop.company))["transactions"]]
    assert sales == ["195.00"]
    with inside(shop.company):
        assert list(differences()) == []


def write_and_mail(office: "Page", shop: Shop, to: str, axe: Callable[["Page"], None]) -> None:
    from playwright.sync_api import expect

    office.goto(shop.of_nora("invoices/new/?type=quote"))
    expect(office.get_by_label("Valid until")).to_be_visible()
    office.select_option("#id_line-0-item", label="Service Call")
    office.get_by_role("button", name="Add Row").click()
    office.select_option("#id_line-1-item", label="Equipment")
    office.fill("#id_line-1-unit_price", "100")  # while what the item fills in is still on its way
    expect(office.locator("#totals")).to_contain_text(TOTAL)
    axe(office)
    picture(office, "quote-write")
    office.get_by_role("button", name="Save & Email").click()
    expect(office.locator("#toasts")).to_contain_text(f"Quote 1 saved; it goes to {to}.")
    expect(office.get_by_role("row").filter(has_text="Quote")).to_contain_text(TOTAL)


def sign_on_the_phone(phone: "Page", url: str, axe: Callable[["Page"], None]) -> None:
    from playwright.sync_api import expect

    phone.goto(url)
    expect(phone.locator(".document .totals")).to_contain_text(TOTAL)
    phone.get_by_role("button", name="Accept").click()
    expect(phone.get_by_text("Draw your signature, or type it below.")).to_be_visible()
    phone.get_by_label("Your name", exact=True).fill("Nora Whitfield")
    sign(phone)
    phone.get_by_label("I have read the quote and agree").check()
    axe(phone)
    picture(phone, "quote-sign-phone")
    phone.get_by_role("button", name=f"Accept {TOTAL}").click()
    expect(phone.get_by_role("heading", name="Thank you. Quote 1 is accepted.")).to_be_visible()
    expect(phone.get_by_role("img", name="Signature of Nora Whitfield")).to_be_visible()
    axe(phone)
    picture(phone, "quote-signed-phone")


def convert(office: "Page", shop: Shop, axe: Callable[["Page"], None]) -> str:
    """Make the invoice: the link to pay it."""
    from playwright.sync_api import expect

    office.goto(shop.of_nora("invoices/"))
    signed = office.get_by_role("row").filter(has_text="Quote accepted")
    signed.get_by_role("link", name="1", exact=True).click()
    axe(office)
    picture(office, "quote-office")
    office.get_by_role("link", name="Convert to invoice").click()
    expect(office.get_by_text(f"Quote 1, {TOTAL}, becomes an invoice of {TOTAL}.")).to_be_visible()
    axe(office)
    office.locator("#dialog").get_by_label("Term").select_option(label="Due on receipt")
    office.get_by_role("button", name="Make the invoice").click()
    expect(office.locator("h1")).to_contain_text("Invoice 2")
    expect(office.locator(".document .totals")).to_contain_text(TOTAL)
    office.get_by_role("button", name="More actions").click()
    office.get_by_role("link", name="Pay link").click()
    return office.locator("#pay-link-url").input_value()


def pay(phone: "Page", url: str) -> None:
    from playwright.sync_api import expect

    open_link(phone, url)
    fill_card(phone)
    phone.get_by_role("button", name=f"Pay {TOTAL} now").click()
    expect(phone.get_by_role("heading", name=f"Thank you. {TOTAL} is paid.")).to_be_visible()


def test_without_javascript_a_name_is_typed_instead(shop: Shop, new_page: Callable[..., "Page"], site: str) -> None:
    from playwright.sync_api import expect

    with inside(shop.company):
        today = shop.company.local_date(clock.now())
        quote = make_invoice(shop.nora, type="quote", sale_on=today, at=clock.now())
        url = link_for(quote, today=today)
    page = new_page(width=390, height=844, javascript=False)
    page.goto(url)
    expect(page.locator("signature-pad")).to_be_hidden()
    page.get_by_label("Your name", exact=True).fill("Nora")
    page.get_by_label("Or type your name as your signature").fill("Nora W")
    page.get_by_label("I have read the quote and agree").check()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name="is accepted.")).to_be_visible()


def test_every_state_of_a_quote_is_clean(shop: Shop, eye_of: Callable[..., Eye]) -> None:
    from alarmdesk.invoicing.correcting import supersede
    from alarmdesk.invoicing.quotes import Reader, decline
    from alarmdesk.portal.pay_links import withdraw

    now = clock.now()
    with inside(shop.company):
        today = shop.company.local_date(now)
        lead = make_lead(email="lead@example.com")
        declined, old, new, gone, open_one = (
            make_invoice(lead, type="quote", sale_on=today, at=now, lines=[line("120"), line("12.5", "2")])
            for _ in range(5)
        )
        expired = make_invoice(lead, type="quote")
        decline(declined, name="Theo", reason="Too dear", reader=Reader(None, ""), today=today, at=now)
        supersede(old, new, reason="", at=now, by="Rosa")
        links = {"declined": declined, "replaced": old, "expired": expired, "open": open_one}
        urls = {name: link_for(quote, today=today) for name, quote in links.items()}
        urls |= {"decline": f"{urls['open']}decline/", "withdrawn": link_for(gone, today=today)}
        withdraw(customer=lead, invoice=gone, at=now, by="Rosa")
    eye = eye_of()
    for name, url in urls.items():
        eye.page.goto(url)
        eye.judge(f"quote-{name}")
    eye.page.goto(urls["open"])
    eye.page.get_by_role("button", name="Accept").click()
    eye.page.get_by_role("alert").wait_for()
    eye.judge("quote-refused")


def test_a_lead_becomes_a_customer_with_the_quote_that_it_chose(
    shop: Shop, new_page: Callable[..., "Page"], site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    with inside(shop.company):
        lead, today = make_lead(first_name="Theo", last_name="Okafor"), shop.company.local_date(clock.now())
        for price in ("120", "180"):
            make_invoice(lead, type="quote", sale_on=today, at=clock.now(), lines=[line(price)])
    page = new_page(width=390, height=844)
    sign_in(page, shop.rosa.user, site)
    page.goto(shop.url(f"leads/{lead.pk}/convert/"))
    page.get_by_label("Quote 2 of").check()
    axe(page)
    picture(page, "convert-lead-phone")
    page.get_by_label("Term of the invoice").select_option(label="Net 30")
    page.get_by_role("button", name="Make a customer").click()
    expect(page.get_by_text("Theo Okafor is a customer now, Quote 2 is Invoice 2.")).to_be_visible()
