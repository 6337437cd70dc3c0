"""Does Ctrl+K work by keys alone, on a phone, without JavaScript, and for somebody who listens?"""

import re
from collections.abc import Callable

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.customers.testing import make_customer, make_ticket
from alarmdesk.invoicing.testing import make_invoice
from alarmdesk.office.testing import make_open_company, office_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def company():
    made = make_open_company()
    with inside(made):
        customer = make_customer(last_name="Calderon", first_name="Ana")
        make_invoice(customer)
        make_ticket(customer)
        make_customer(last_name="Calder", first_name="Bo")
    office_of(made).get(f"/{made.slug}/")  # templates are compiled once for a process: no browser should wait for that
    return made


@pytest.fixture
def office(company, site: str, new_page: Callable):
    """Opens pages in which the owner has signed in."""
    cookie = office_of(company).cookies["sessionid"].value

    def open_page(path: str = "", **options):
        page = new_page(**options)
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
        page.goto(f"/{company.slug}/{path}")
        return page

    return open_page


def chosen(page) -> str:
    """What a screen reader says of the chosen option: the box names it."""
    named = page.locator("#palette-q").get_attribute("aria-activedescendant")
    option = page.locator(f"#{named}")
    assert option.get_attribute("aria-selected") == "true"
    assert page.locator("#palette-list [aria-selected=true]").count() == 1
    return option.locator("strong").inner_text()


def test_the_palette_is_walked_by_keys_alone_and_says_where_one_is(office, axe):
    page = office()
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search")
    page.keyboard.type("cald")
    page.get_by_role("option", name=re.compile("Bo Calder")).wait_for()
    assert page.locator("#palette-status").inner_text() == "2 results"
    first = chosen(page)
    page.keyboard.press("ArrowDown")
    second = chosen(page)
    assert {first, second} == {"Ana Calderon", "Bo Calder"}
    page.keyboard.press("ArrowDown")
    assert chosen(page) == first  # the end leads to the beginning
    page.keyboard.press("ArrowUp")
    assert chosen(page) == second
    axe(page)
    page.keyboard.press("Escape")
    box.wait_for(state="hidden")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search").fill("ticket 1")
    page.get_by_role("option", name=re.compile("Ticket 1")).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))


def test_who_types_faster_than_the_server_answers_opens_what_was_typed(office):
    page = office()
    page.keyboard.press("Control+k")
    page.get_by_role("option").first.wait_for()
    page.keyboard.type("invoice 1", delay=0)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/invoices/\d+/$"))


def test_where_one_was_stands_first(office):
    page = office("customers/")
    page.get_by_role("link", name="Ana Calderon").click()
    page.get_by_role("heading", name=re.compile("Ana Calderon")).wait_for()
    page.keyboard.press("Control+k")
    group = page.get_by_role("group", name="Recent")
    group.get_by_role("option", name=re.compile("Ana Calderon")).wait_for()
    assert chosen(page) == "Ana Calderon"


def test_a_phone_has_a_button_for_it(office, axe):
    page = office(width=390, height=844, dark=True)
    page.get_by_role("link", name="Search").click()
    page.get_by_role("combobox", name="Search").fill("cald")
    page.get_by_role("option", name=re.compile("Ana Calderon")).wait_for()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("option", name=re.compile("Ana Calderon")).click()
    page.get_by_role("heading", name=re.compile("Ana Calderon")).wait_for()


def test_without_javascript_the_same_link_leads_to_a_page_that_finds(office):
    page = office(javascript=False)
    page.get_by_role("link", name=re.compile("Search or jump to")).click()
    page.get_by_role("searchbox").fill("cald")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("region", name="Customers").get_by_role("link", name=re.compile("Bo Calder")).click()
    page.get_by_role("heading", name=re.compile("Bo Calder")).wait_for()


def test_a_search_that_does_not_answer_says_so(office):
    page = office()
    page.keyboard.press("Control+k")
    page.get_by_role("option").first.wait_for()
    page.context.clear_cookies()
    page.keyboard.type("cald")
    page.get_by_role("dialog", name="Search").get_by_text("The search does not answer").first.wait_for()
    assert page.locator("#palette-q").get_attribute("aria-activedescendant") is None
