"""In a real browser: a payment is recorded while its sums follow the typing, then refunded; and the pages are clean."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.invoicing.testing import line, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.allocating import allocate
from alarmdesk.payments.models import Attempt, Payment
from alarmdesk.payments.testing import make_cash_payment, make_method, make_payment, merchant_of
from tests.payments_pages.shop import Shop
from tests.payments_pages.signing_in import keep, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_a_payment_is_recorded_in_a_dialog(
    shop: Shop, page: "Page", site: str, world: Any, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    with inside(shop.company):
        visa = make_method(shop.nora)
        second = make_invoice(shop.nora, lines=[line("50.00")])
    sign_in(page, shop.rosa.user, site)
    page.goto(shop.of_nora("payments/"))
    page.get_by_role("link", name="Take payment").first.click()
    sums = page.locator("#record-sums")
    expect(sums).to_contain_text("$89.95 is charged to Visa ending 1111 now, once.")
    expect(page.get_by_label("Desired Posting Date")).to_be_hidden()
    expect(page.get_by_label("Date", exact=True)).to_be_hidden()
    axe(page)
    page.get_by_label("Process Transaction now").uncheck()
    expect(page.get_by_label("Desired Posting Date")).to_be_visible()
    page.get_by_label("Credit", exact=True).check(force=True)
    expect(sums).to_contain_text("$89.95 is sent to Visa ending 1111 now.")
    expect(page.get_by_label("Type the amount again")).to_be_visible()
    page.get_by_label("Method").select_option("cash")
    expect(page.get_by_label("Date", exact=True)).to_be_visible()
    expect(page.get_by_label("Process Transaction now")).to_be_hidden()
    page.get_by_label("Amount", exact=True).fill("60")
    expect(page.locator(f"#gives-{second.pk}")).to_have_text("$20.05")
    page.get_by_label("I choose").check(force=True)
    box = page.get_by_label(f"Amount on {second}")
    expect(box).to_have_value("20.05")
    box.fill("5")
    expect(sums).to_contain_text("$15.05")
    page.get_by_label("Method").select_option(f"on-file-{visa.pk}")
    page.get_by_label("Sale", exact=True).check(force=True)
    page.get_by_label("Process Transaction now").check()
    expect(sums).to_contain_text("$60.00 is charged to Visa ending 1111 now, once.")
    keep(page, "record-dialog")
    page.get_by_role("button", name="Save payment").dblclick()
    expect(page.get_by_text("The gateway approved this payment.")).to_be_visible()
    found = world.statement(merchant_of(shop.company))["transactions"]
    assert [each["amount"] for each in found] == ["60.00"]


def test_the_refunds_button_follows_the_amount(
    shop: Shop, page: "Page", site: str, world: Any, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    with inside(shop.company):
        visa = make_method(shop.nora)
    paid = make_payment(shop.company, visa, shop.invoice)
    sign_in(page, shop.rosa.user, site)
    page.goto(shop.url(f"payments/{paid.pk}/"))
    page.get_by_role("link", name="Refund").click()
    expect(page.get_by_role("button", name="Void $39.95")).to_be_visible()
    page.get_by_label("Amount").fill("10")
    expect(page.get_by_role("button", name="Queue Refund of $10.00")).to_be_visible()
    keep(page, "refund-dialog")
    axe(page)
    page.get_by_role("button", name="Queue Refund of $10.00").click()
    expect(page.get_by_text("will be given back when")).to_be_visible()


def furnish(shop: Shop, world: Any) -> dict[str, str]:
    """One page of each kind that money has, by the name of its picture."""
    with inside(shop.company):
        visa = make_method(shop.nora)
        second, third = (make_invoice(shop.nora, lines=[line(price)]) for price in ("50.00", "12.50"))
    paid = make_payment(shop.company, visa, second)
    world.fault("drop_after", path="transact", type="sale", times=1)
    unknown = make_payment(shop.company, visa, third, at=clock.now())
    with inside(shop.company):
        cash = make_cash_payment(shop.nora, "30.00", at=clock.now())
        allocate(payment=cash, invoice=shop.invoice, amount=Decimal("12.00"), at=clock.now())
        Payment.objects.filter(pk=cash.pk).update(reference="1047", note="Handed in at the counter")
        attempt = Attempt.objects.get(payment=unknown)
    return {
        "record": shop.of_nora("payments/take/"),
        "record-invoice": shop.of_nora(f"payments/take/?invoice={shop.invoice.pk}&method=cash"),
        "paid": shop.url(f"payments/{paid.pk}/"),
        "cash": shop.url(f"payments/{cash.pk}/"),
        "unknown": shop.url(f"payments/{unknown.pk}/"),
        "refund": shop.url(f"payments/{paid.pk}/refund/"),
        "apply": shop.url(f"payments/{cash.pk}/apply/"),
        "on-invoice": shop.url(f"invoices/{shop.invoice.pk}/payments/"),
        "unanswered": shop.url("settings/gateway/unanswered/"),
        "decide": shop.url(f"settings/gateway/unanswered/{attempt.pk}/"),
        "gateway": shop.url("settings/gateway/"),
        "payments-tab": shop.of_nora("payments/"),
        "payments": shop.url("payments/"),
    }


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)], ids=["desk", "phone in the dark"])
def test_the_pages_of_money_are_clean(
    shop: Shop, world: Any, site: str, new_page: Callable[..., "Page"], axe: Callable[["Page"], None],
    width: int, dark: bool,
) -> None:  # fmt: skip
    pages = furnish(shop, world)
    page = new_page(width=width, height=900, dark=dark)
    sign_in(page, shop.rosa.user, site)
    for name, url in pages.items():
        page.goto(url)
        keep(page, f"money-{name}-{width}-{'dark' if dark else 'light'}")
        axe(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} is {overflow} px too wide at {width}"
