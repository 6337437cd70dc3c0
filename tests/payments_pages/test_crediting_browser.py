"""In a real browser: an invoice is credited while the sums follow the typing, the rest applied, a statement made, and
the aging read; on a desk and on a phone, in both themes.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_invoice, make_state_tax
from alarmdesk.payments.models import Statement
from tests.payments_pages.shop import Shop
from tests.payments_pages.signing_in import keep, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
WIDTHS = ((1440, 900), (390, 844))


def look(page: "Page", name: str, axe: Callable[["Page"], None]) -> None:
    """The page as it stands, at both widths and in both themes."""
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.evaluate("document.getAnimations().forEach(one => one.finish())")  # colours have arrived
            axe(page)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (name, width)
            keep(page, f"{name}-{width}-{theme}")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")


def test_an_invoice_is_credited_and_the_rest_is_told(
    shop: Shop, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    with inside(shop.company):
        make_state_tax("OK")
        bill = make_invoice(shop.nora, lines=[line("100.00"), line("20.00", description="Smoke detector")])
        first = bill.lines.get(position=1)
    sign_in(page, shop.rosa.user, site)
    page.goto(shop.url(f"invoices/{bill.pk}/"))
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("link", name="Credit This Invoice").click()
    says = page.locator("#credit-says")
    expect(says).to_contain_text("$129.90 is taken off")
    page.get_by_label(f"Credit of {first.description}").fill("40")
    expect(says).to_contain_text("Credit$64.95")
    page.get_by_label("Keep on account").check(force=True)
    expect(says).to_contain_text("$64.95 stays on the customer's account")
    look(page, "credit-form", axe)
    page.get_by_role("button", name="Make Credit").click()
    expect(page.get_by_role("heading", name="Credit 1")).to_be_visible()
    expect(page.get_by_text("On account")).to_be_visible()
    look(page, "credit", axe)
    page.get_by_role("link", name="Apply", exact=True).click()
    page.get_by_label(f"Apply {bill}").check()
    page.get_by_label(f"Amount, {bill}").fill("50")
    expect(page.locator("#apply-sums")).to_contain_text("Stays on account$14.95")
    look(page, "credit-apply", axe)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Credits", exact=True)).to_contain_text("$50.00", timeout=30_000)
    with inside(shop.company):
        now = Invoice.objects.get(pk=bill.pk)
        assert (now.due, now.credited) == (bill.total - 50, Decimal("50.00"))
    page.goto(shop.url(f"invoices/{bill.pk}/"))
    look(page, "invoice-credited", axe)


def test_a_statement_is_made_from_the_aging(shop: Shop, page: "Page", site: str, axe: Callable[["Page"], None]) -> None:
    from playwright.sync_api import expect

    with inside(shop.company):
        make_invoice(shop.nora, lines=[line("250.00")])
        make_invoice(shop.nora, type="credit", lines=[line("30.00")])
    sign_in(page, shop.rosa.user, site)
    page.goto(shop.url("reports/aging/"))
    look(page, "aging", axe)
    page.get_by_label("Owes at least").fill("100")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name=shop.nora.name)).to_be_visible()
    page.get_by_role("link", name="Make statements").click()
    expect(page.get_by_text("1 statement over")).to_be_visible()
    look(page, "statements-make", axe)
    page.goto(shop.of_nora("statements/"))
    page.get_by_role("link", name="New statement").first.click()
    page.get_by_label("Balance forward").check(force=True)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_label("Preview")).to_contain_text("Balance forward")
    look(page, "statement-preview", axe)
    page.get_by_role("button", name="Make Statement").click()
    expect(page.get_by_role("heading", name="Statement 1")).to_be_visible()
    look(page, "statement", axe)
    with inside(shop.company):
        made = Statement.objects.get()
        assert made.balance == shop.invoice.total + Decimal("220.00")
