"""Is what opens over a page clean as well: every dialog, the palette, the menus, the drawer of a phone?"""

from collections.abc import Iterator

import pytest
from django.urls import resolve

from tests.architecture.shop import Shop
from tests.architecture.test_doors import STAFF
from tests.house.looking import BRIEFLY, PHONE, Eye

pytestmark = pytest.mark.browser
# the pages whose links between them open every dialog
PAGES = (
    "customers:list", "customers:leads", "office:customer", "invoicing:of_customer", "invoicing:invoice",
    "invoicing:recurring", "payments:methods", "payments:payment", "portal:access", "office:users", "office:groups",
    "office:runs", "invoicing:items", "invoicing:terms", "invoicing:taxes", "imports:import",
)  # fmt: skip
LINKS = "[...document.querySelectorAll('a[data-dialog]')].map(link => link.getAttribute('href'))"
PRESS = (
    "href => [...document.querySelectorAll('a[data-dialog]')].find(one => one.getAttribute('href') === href).click()"
)
DOORS = {door.name: door for door in STAFF}


@pytest.mark.parametrize("name", PAGES)
def test_the_dialogs_of_a_page_are_clean(name: str, shop: Shop, owner: Eye, seen: set[str]) -> None:
    assert owner.open(DOORS[name].path(shop.company.slug, shop))
    found = 0
    for href in dict.fromkeys(owner.page.evaluate(LINKS)):
        what = resolve(href.partition("?")[0]).view_name
        found += 1
        if what in seen:
            continue
        seen.add(what)
        owner.page.evaluate(PRESS, href)
        owner.page.locator("#dialog[open] #dialog-title").wait_for()
        owner.judge(f"{what} over {name}", BRIEFLY, within="#dialog")
        owner.page.keyboard.press("Escape")
        owner.page.locator("#dialog[open]").wait_for(state="detached")
        owner.page.set_viewport_size({"width": 1440, "height": 900})
    assert found


def test_a_dialog_with_errors_is_clean(shop: Shop, owner: Eye) -> None:
    owner.open(DOORS["customers:list"].path(shop.company.slug, shop))
    owner.page.locator("main").get_by_role("link", name="New customer").click()
    owner.page.get_by_role("dialog").get_by_role("button", name="Save").last.click()
    owner.page.get_by_text("Check the fields in red").wait_for()
    owner.judge("customers:new with errors")


def test_the_palette_is_clean(shop: Shop, owner: Eye) -> None:
    owner.open(DOORS["office:home"].path(shop.company.slug, shop))
    owner.page.keyboard.press("Control+k")
    owner.page.keyboard.type("whit")
    owner.page.get_by_role("option", name="Whitfield").first.wait_for()
    owner.judge("palette")


def test_a_menu_and_the_drawer_of_a_phone_are_clean(shop: Shop, owner: Eye) -> None:
    owner.open(DOORS["customers:list"].path(shop.company.slug, shop))
    owner.page.get_by_role("button", name="Actions").first.click()
    owner.page.locator(".menu:popover-open").wait_for()
    owner.judge("menu of a row")
    owner.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    owner.page.get_by_role("button", name="More", exact=True).click()
    owner.page.locator("#sidebar:popover-open").wait_for()
    for dark in (False, True):
        owner.judge("drawer", [(PHONE, dark)])


def test_a_page_ends_above_the_bar_of_a_phone(shop: Shop, owner: Eye) -> None:
    for name in ("customers:list", "invoicing:invoice", "customers:new"):
        owner.open(DOORS[name].path(shop.company.slug, shop))
        owner.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        owner.page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
        bar, last = (
            owner.page.locator(".phonebar").bounding_box(),
            owner.page.locator("main > :last-child").bounding_box(),
        )
        assert bar, name
        assert last, name
        assert last["y"] + last["height"] <= bar["y"], f"The bar covers the end of {name}"


@pytest.fixture(scope="module")
def seen() -> Iterator[set[str]]:
    """The dialogs that some page has shown already."""
    found: set[str] = set()
    yield found
    assert len(found) > 15, f"Only these dialogs were seen: {sorted(found)}"
