"""Does the product hold when somebody walks through it with real buttons, from the first customer to the receipt?"""

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company, Run
from alarmdesk.company.testing import PASSWORD
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.office.testing import make_open_company, owner_of
from alarmdesk.payments.tasks import work_night
from alarmdesk.payments.testing import make_gateway, make_method, merchant_of
from alarmdesk.portal.testing import make_holder
from tests.payments_pages.signing_in import sign_in, type_into_frames

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def company(world: Any) -> Company:
    made = make_open_company()
    make_gateway(made, world)
    return made


def enter(page: "Page", email: str) -> None:
    """Sign in as people do: with their hands."""
    page.goto("/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_from_a_new_customer_to_a_receipt(
    company: Company, page: "Page", new_page: Callable[..., "Page"], world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    enter(page, owner_of(company).user.email)
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Customers").click()
    add_customer(page)
    put_a_card_on_file(page)
    bill_monthly(page, today=company.local_date(now))
    monkeypatch.setenv("ALARMDESK_NOW", (now + dt.timedelta(days=1)).isoformat())
    run_the_night(page, company)
    page.goto(f"/{company.slug}/invoices/")
    expect(page.get_by_role("row", name=re.compile("Ana Lindqvist")).get_by_text("Paid")).to_be_visible()
    with inside(company):
        customer = Customer.objects.get(last_name="Lindqvist")
        holder = make_holder(customer)
        make_invoice(customer)
    pay_in_the_portal(new_page(width=390, height=844), company, holder.user.email)
    paid = world.statement(merchant_of(company))["transactions"]
    assert [each["amount"] for each in paid] == ["44.95", "39.95"]
    with inside(company):
        assert [invoice.due for invoice in Invoice.objects.filter(customer=customer)] == [0, 0]


def add_customer(page: "Page") -> None:
    """A dialog; wrong first."""
    page.locator("main").get_by_role("link", name="New customer").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("First name").fill("Ana")
    dialog.get_by_role("button", name="Save").last.click()
    expect(dialog.get_by_text("Give a last name or a business name.")).to_be_visible()
    expect(dialog.get_by_label("Last name")).to_be_focused()
    expect(dialog.get_by_label("First name")).to_have_value("Ana")
    dialog.get_by_label("Last name").fill("Lindqvist")
    dialog.get_by_label("E-mail").fill("ana@example.com")
    for label, value in {"Street": "2210 E 15th St", "City": "Tulsa", "State": "OK", "ZIP code": "74104"}.items():
        dialog.get_by_label(label).fill(value)
    dialog.get_by_label("Monthly monitoring rate").fill("44.95")
    dialog.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ana Lindqvist")


def put_a_card_on_file(page: "Page") -> None:
    page.get_by_role("link", name=re.compile("^Billing methods")).click()
    page.get_by_role("link", name="Add billing method").first.click()
    page.get_by_role("link", name="Card", exact=True).click()
    type_into_frames(page, Card_number="4111111111111111", Expiration_date="1030", Security_code="999")
    page.get_by_label("The customer has read this").check()
    page.get_by_role("button", name="Put on file").click()
    expect(page.get_by_text("Visa ending 1111 is on file.")).to_be_visible()


def bill_monthly(page: "Page", today: dt.date) -> None:
    """From tomorrow on, with Auto Pay; the dates to come and the sum follow what is typed."""
    page.get_by_role("link", name=re.compile("^Recurring"), exact=False).last.click()
    page.locator("main").get_by_role("link", name="New recurring invoice").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Next Invoice Date").fill((today + dt.timedelta(days=1)).isoformat())
    dialog.get_by_label("# Times To Recur").fill("2")
    expect(dialog.locator("#schedule li")).to_have_count(2)
    dialog.get_by_label("Term", exact=True).select_option("Due on receipt")
    dialog.get_by_role("button", name="Add Monthly Monitoring Charge").click()
    expect(dialog.locator("#totals")).to_contain_text("$44.95")
    expect(dialog.locator("#schedule")).to_contain_text("$44.95 each")
    dialog.get_by_label("Billing Method").select_option(label="Visa ending 1111, default")
    dialog.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Recurring invoice 1")
    expect(page.get_by_text("Visa ending 1111 is charged when an invoice falls due.")).to_be_visible()


def run_the_night(page: "Page", company: Company) -> None:
    page.get_by_role("link", name="Nightly runs").first.click()
    page.get_by_role("link", name="Run for a date").click()
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    with inside(company):
        run = Run.objects.get()
    work_night(company_id=company.pk, run_id=run.pk)
    # the page asks each second, and shows itself anew when the run is over
    expect(page.get_by_role("heading", level=1)).to_contain_text("Finished")
    expect(page.locator(".figures")).to_contain_text("$44.95")


def pay_in_the_portal(page: "Page", company: Company, email: str) -> None:
    """On a phone, three clicks from the list to the receipt."""
    enter(page, email)
    page.goto(f"/{company.slug}/portal/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Pay…").click()
    page.get_by_role("button", name="Pay $39.95 now").click()
    expect(page.get_by_role("heading", name="Thank you. $39.95 is paid.")).to_be_visible()


# --- with the keyboard, without JavaScript, from the other side of the world


def test_an_invoice_is_written_with_the_keyboard_alone(company: Company, page: "Page", site: str) -> None:
    with inside(company):
        customer = make_billed_customer(state="")
    sign_in(page, owner_of(company).user, site)
    page.goto(f"/{company.slug}/customers/{customer.pk}/")
    tab_to(page, "New invoice")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("radio", name="Invoice")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Quote")).to_be_checked()
    page.keyboard.press("ArrowLeft")
    tab_to(page, "Item, line 1")
    page.keyboard.type("Labor")
    expect(page.locator("#amount-0")).to_have_text("$85.00")
    tab_to(page, "Quantity, line 1")
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    expect(page.locator("#totals")).to_contain_text("$170.00")
    tab_to(page, "Save", "button.primary:not([tabindex])")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/invoices/$"))
    expect(page.get_by_role("table")).to_contain_text("$170.00")
    with inside(company):
        assert str(Invoice.objects.get().total) == "170.00"


NAME = """() => {
  const at = document.activeElement;
  return [at.getAttribute("aria-label") || at.innerText?.trim() || at.labels?.[0]?.innerText || "", at.tagName];
}"""


def tab_to(page: "Page", name: str, selector: str = "*") -> None:
    """Press Tab until the focus is on what has this name, at most eighty times."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(NAME)[0].startswith(name) and page.locator(f":focus:is({selector})").count():
            return
    raise AssertionError(f"Tab never comes to {name!r}")


def test_without_javascript_a_customer_is_added_and_an_invoice_is_paid(
    company: Company, new_page: Callable[..., "Page"], site: str, world: Any
) -> None:
    page = new_page(javascript=False)
    sign_in(page, owner_of(company).user, site)
    page.goto(f"/{company.slug}/customers/")
    page.locator("main").get_by_role("link", name="New customer").first.click()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Give a last name or a business name.")).to_be_visible()
    page.get_by_label("Last name").fill("Okafor")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Okafor")
    with inside(company):
        customer = Customer.objects.get(last_name="Okafor")
        make_method(customer)
        invoice = make_invoice(customer)
    page.goto(f"/{company.slug}/invoices/{invoice.pk}/")
    page.get_by_role("link", name="Pay with Visa ending 1111").click()
    page.get_by_role("button", name="Charge $39.95").click()
    expect(page.get_by_text("The gateway approved this payment.")).to_be_visible()
    assert [each["amount"] for each in world.statement(merchant_of(company))["transactions"]] == ["39.95"]


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Honolulu"])
def test_days_and_hours_are_the_companys_wherever_one_looks_from(
    company: Company, new_page: Callable[..., "Page"], site: str, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Tulsa it is the evening of February 28; in Tokyo and in Greenwich it is March."""
    with inside(company):
        customer = make_billed_customer()
        invoice = make_invoice(customer)
    monkeypatch.setenv("ALARMDESK_NOW", "2026-03-01T02:30:00+00:00")
    page = new_page(zone=zone)
    sign_in(page, owner_of(company).user, site)
    page.goto(f"/{company.slug}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Saturday, February 28")
    page.goto(f"/{company.slug}/customers/{customer.pk}/invoices/new/")
    expect(page.get_by_label("Sale Date")).to_have_value("2026-02-28")
    page.goto(f"/{company.slug}/invoices/{invoice.pk}/")
    expect(page.get_by_text("Jan 1, 2026, 6:00 AM CST").first).to_be_visible()
