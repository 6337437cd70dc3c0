"""Does writing an invoice work under the hands, in a browser, with the keyboard and without JavaScript?"""

from decimal import Decimal

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.customers.testing import make_customer
from alarmdesk.invoicing.testing import make_furnished_company, make_invoice, make_state_tax

pytestmark = pytest.mark.browser


@pytest.fixture
def office(new_page, site):
    """`office(width=…)` opens a signed-in page; `.customer` and `.root` say where."""
    from django.test import Client

    company = make_furnished_company()
    rosa = make_staff(company, administrator=True)
    with inside(company):
        make_state_tax("OK", "8.517")
        customer = make_customer(mmr=Decimal("49.95"), activation_fee=Decimal("99.00"))
    client = Client()
    client.force_login(rosa.user)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}

    def open_office(**options):
        page = new_page(**options)
        page.context.add_cookies([session])
        page.emulate_media(reduced_motion="reduce")  # a toast that is still fading in has no contrast yet
        return page

    open_office.company, open_office.customer = company, customer
    open_office.path = f"/{company.slug}/customers/{customer.pk}/invoices/"
    return open_office


def expect(locator):
    from playwright.sync_api import expect as waiting

    return waiting(locator)


def test_an_invoice_is_written_in_the_dialog(office, axe):
    page = office()
    page.goto(office.path)
    page.locator(".empty").get_by_text("New invoice").click()
    expect(page.locator("#dialog")).to_be_visible()
    page.locator("#id_line-0-item").focus()
    page.keyboard.type("Monthly")
    expect(page.locator("#amount-0")).to_have_text("$49.95")
    expect(page.locator("#id_line-0-item")).to_be_focused()
    page.get_by_role("button", name="Add Row").click()
    expect(page.locator("#id_line-1-item")).to_be_focused()
    page.keyboard.type("Labor")
    expect(page.locator("#amount-1")).to_have_text("$85.00")
    page.locator("#id_line-1-quantity").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("1.5")
    expect(page.locator("#amount-1")).to_have_text("$127.50")
    expect(page.locator("#totals")).to_contain_text("$192.56")
    expect(page.locator("#id_line-1-quantity")).to_be_focused()
    axe(page)
    page.fill("#id_line-0-unit_price", "abc")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#dialog")).to_contain_text("Unit price must be a number, such as 49.95.")
    expect(page.locator("#id_line-0-unit_price")).to_be_focused()
    expect(page.locator("#id_line-1-quantity")).to_have_value("1.5")
    axe(page)
    page.fill("#id_line-0-unit_price", "49.95")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Invoice 1 saved.")
    page.get_by_role("link", name="1", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Invoice 1")
    axe(page)
    with inside(office.company):
        assert str(office.company.invoices.get().total) == "192.56"


def test_an_invoice_is_written_without_javascript(office):
    page = office(javascript=False)
    page.goto(office.path + "new/")
    page.select_option("#id_line-0-item", label="Labor")
    page.get_by_role("button", name="Add Monthly Monitoring Charge").click()
    expect(page.locator("#id_line-1-unit_price")).to_have_value("49.95")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("#toasts")).to_contain_text("Invoice 1 saved.")
    with inside(office.company):
        assert sorted(str(line.amount) for line in office.company.invoices.get().lines.all()) == ["49.95", "85.00"]


@pytest.mark.parametrize("dark", [False, True])
def test_the_schedule_of_a_recurring_invoice_follows_what_is_typed(office, axe, dark):
    page = office(width=390, height=844, dark=dark)
    page.goto(office.path.replace("/invoices/", "/recurring/new/"))
    page.fill("#id_times", "3")
    expect(page.locator("#schedule li")).to_have_count(3)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_document_reads_well_in_the_dark_and_on_a_phone(office, axe):
    with inside(office.company):
        invoice = make_invoice(office.customer)
    page = office(width=390, height=844, dark=True)
    page.goto(f"/{office.company.slug}/invoices/{invoice.pk}/")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
