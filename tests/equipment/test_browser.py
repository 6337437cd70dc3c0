"""In a real browser: equipment from an invoice to the customer and back to an invoice; a system, by keys alone."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from alarmdesk.equipment.testing import make_equipment, make_package, make_piece
from alarmdesk.invoicing.testing import line, make_invoice, make_item
from alarmdesk.monitoring.testing import make_block, make_station
from tests.payments_pages.signing_in import keep, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_equipment_goes_from_an_invoice_to_the_customer_and_from_there_to_an_invoice(
    shop, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    with shop.inside():
        motion = make_equipment("Motion detector", "45.00")
        make_package(name="Starter")
        make_invoice(shop.dana, lines=[line("45.00", "2", make_item(item_class="product", equipment=motion))])
    sign_in(page, shop.rosa.user, site)
    page.goto(shop.tab)
    page.get_by_role("link", name="Add Invoiced Equipment").click()
    axe(page)
    keep(page, "take-dialog")
    page.get_by_role("button", name="Add 1 line").click()
    expect(page.get_by_role("row", name="Motion detector")).to_contain_text("Invoice 1", timeout=20_000)
    page.get_by_role("link", name="Add a package").click()
    page.get_by_label("Package", exact=True).select_option(label="Starter")
    axe(page)
    page.get_by_role("button", name="Add the package").dblclick()
    expect(page.get_by_role("row", name="Touch panel")).to_have_count(1)
    expect(page.get_by_role("row", name="Door contact")).to_contain_text("3")
    for name in ("Touch panel", "Door contact"):
        page.get_by_label(f"Tick {name}").check()
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_label("Installed", exact=True).check(force=True)
    axe(page)
    keep(page, "change-dialog")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("2 pieces of equipment changed.")).to_be_visible()
    page.get_by_role("link", name="New invoice").first.click()
    page.get_by_role("button", name="Add Unpaid Equipment").click()
    expect(page.locator("#totals")).to_contain_text("$374.00")
    expect(page.get_by_role("button", name="Add Unpaid Equipment")).to_have_count(0)
    axe(page)
    keep(page, "unpaid-dialog")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page).to_have_url(re.compile(r"/invoices/$"))
    page.goto(shop.tab)
    expect(page.get_by_role("row", name="Door contact")).to_contain_text("Invoice 2")


def test_a_package_is_put_together_in_a_dialog_and_a_line_added_keeps_what_was_typed(
    shop, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    with shop.inside():
        make_equipment("Door contact", "28.50")
    sign_in(page, shop.rosa.user, site)
    page.goto(f"{shop.root}/settings/packages/")
    page.get_by_role("link", name="New package").first.click()
    page.get_by_label("Name").fill("Starter")
    page.get_by_label("Equipment, line 1", exact=True).select_option(label="Door contact")
    page.get_by_role("button", name="Add line").click()
    expect(page.get_by_label("Equipment, line 4", exact=True)).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Starter")
    axe(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Starter is saved.")).to_be_visible()


@pytest.mark.viewport(390, 844)
def test_a_system_is_connected_and_placed_on_test_by_keys_on_a_phone(
    shop, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    with shop.inside():
        stations = [make_station(name=name) for name in ("Prairie Central", "Harbor Watch")]
        make_block(stations[0])
        make_piece(shop.dana, zone_number=1)
    sign_in(page, shop.rosa.user, site)
    page.goto(f"{shop.root}/customers/{shop.dana.pk}/system/")
    page.get_by_role("link", name="Connect a system").focus()
    page.keyboard.press("Enter")
    station = page.get_by_label("Monitoring company")
    expect(station).to_be_visible()
    station.focus()
    page.keyboard.type("Prairie")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Account number")).to_have_value("NG-0100")
    axe(page)
    keep(page, "connect-dialog")
    page.get_by_label("Account number").press("Enter")
    expect(page.get_by_text("System NG-0100 is connected.")).to_be_visible()
    page.get_by_role("link", name="Add zone").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name").fill("Front door")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_role("row", name="Front door")).to_contain_text("Motion detector")
    page.get_by_role("link", name="Place on test").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Reason").fill("Battery swap")
    axe(page)
    page.get_by_label("Reason").press("Enter")
    expect(page.get_by_role("button", name="End the test")).to_be_visible()
    axe(page)
