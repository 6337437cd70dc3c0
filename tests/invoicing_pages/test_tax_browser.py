"""Are the pages of tax and of the billing audit a pleasure, on a desk and a phone, light and dark, by axe's rules?"""

import datetime as dt
from decimal import Decimal

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.models import CustomerTax, StateExemption, TaxCertificate
from alarmdesk.invoicing.testing import (
    BY,
    line,
    make_billed_customer,
    make_furnished_company,
    make_invoice,
    make_item,
    make_recurring,
    make_state_tax,
)
from alarmdesk.lib import clock
from alarmdesk.office.testing import signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def office(browser, site):
    """A dealer of whom the audit has much to say, and Rosa at her desk."""
    from tests.house.looking import Eye

    company = make_furnished_company()
    rosa = make_staff(company, administrator=True)
    today = company.local_date(clock.now())
    with inside(company):
        for state, rate, year in (("OK", "8.517", 2020), ("OK", "9", 2090), ("KS", "6.5", 2021), ("KS", "6.75", 2024)):
            make_state_tax(state, rate, dt.date(year, 1, 1))
        StateExemption.objects.create(state="KS", item_class="labor")
        church = make_billed_customer(kind="business", business_name="First Church of Tulsa", mmr=Decimal("45.00"))
        for number, days in (("R-1001", -3), ("R-1002", 30), ("R-1003", 900)):
            TaxCertificate.objects.create(
                customer=church, number=number, kind="nonprofit", states=["KS", "OK"] if days < 0 else [],
                item_classes=["service"], valid_from=dt.date(2020, 1, 1), valid_until=today + dt.timedelta(days=days),
                entered_at=clock.now(), entered_by=BY,
            )  # fmt: skip
        invoice = make_invoice(church, sale_on=today.replace(day=1) - dt.timedelta(days=1))
        mixed = [
            line("100"),
            line("40", item=make_item(item_class="labor")),
            line("7", item=make_item(taxable="never")),
        ]
        make_invoice(make_billed_customer(state="KS"), sale_on=invoice.sale_on, lines=mixed)
        CustomerTax.objects.create(customer=make_billed_customer(), rate=Decimal(5), reason="City rate")
        for first, mmr, price in (("Theo", "59.95", None), ("Ana", "49.95", "39.95"), ("Lee", "29.95", "39.95")):
            customer = make_billed_customer(first_name=first, mmr=Decimal(mmr))
            if price:
                make_recurring(customer, lines=[line(price)], today=today, anchor_on=today + dt.timedelta(days=9))
        make_recurring(
            make_billed_customer(state="TX"), lines=[line("25", item=make_item())], today=today,
            anchor_on=today + dt.timedelta(days=9),
        )  # fmt: skip
    eye = Eye(browser, site, signed_in(rosa))
    eye.root, eye.church, eye.invoice = f"/{company.slug}", church, invoice
    yield eye
    eye.close()


def test_the_pages_of_sales_tax_are_clean(office):
    for name, path in (
        ("taxes", "/settings/taxes/"),
        ("certificates", "/settings/taxes/certificates/"),
        ("certificates of a customer", f"/customers/{office.church.pk}/certificates/"),
        ("sales tax report", "/reports/sales-tax/"),
    ):
        assert office.open(office.root + path)
        office.judge(name)


def test_a_file_of_rates_is_checked_mended_and_imported_with_its_undo(office):
    page = office.page
    office.open(f"{office.root}/settings/taxes/import/")
    page.get_by_label("Or paste its lines").fill("state,rate,effective_on\nTX,6.25,2026-01-01\nXX,7,2026-01-01\n")
    page.get_by_role("button", name="Check the file").click()
    page.get_by_text("Write the state's two letters").wait_for()
    office.troubles.clear()  # the answer is a 422
    office.judge("a file with a bad row")
    page.get_by_label("Or paste its lines").fill("state,rate,effective_on\nTX,6.25,2026-01-01\n")
    page.get_by_role("button", name="Check the file").click()
    office.judge("a good file")
    page.get_by_role("button", name="Import 1 rate").click()
    page.get_by_text("1 rate is in.").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("are taken back").wait_for()


def test_the_reason_of_a_tax_opens_on_the_invoice(office):
    office.open(f"{office.root}/invoices/{office.invoice.pk}/")
    office.page.locator(".why summary").first.click()
    office.page.get_by_text("Exempt: certificate R-1003 until").wait_for()
    office.judge("an invoice that tells why")


def test_a_finding_is_looked_at_and_dismissed(office):
    page = office.page
    assert office.open(f"{office.root}/reports/billing-audit/")
    office.judge("billing audit")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Never billed").click()
    row = page.locator("tbody tr").filter(has_text="Theo")
    row.get_by_role("button", name="Actions").click()
    page.get_by_role("link", name="Dismiss").click()
    page.get_by_label("Why it is all right").fill("Free for the first year")
    office.judge("a finding to be dismissed", within="#dialog")
    page.get_by_role("button", name="Dismiss", exact=True).click()
    page.get_by_role("link", name="Dismissed: 1").click()
    page.get_by_text("Free for the first year").wait_for()
    office.judge("dismissed findings")
