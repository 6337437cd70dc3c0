"""The pages of what is to come, looked at: on a desk and on a phone, in the light and in the dark."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.invoicing.models import MMR_NUMBER, RateIncrease
from alarmdesk.invoicing.testing import line, make_billed_customer, make_poisoned_recurring, make_recurring, net
from alarmdesk.lib import clock
from alarmdesk.lib.recurrence import add_months
from alarmdesk.payments.changing import change_price
from alarmdesk.payments.raising import carry_out
from alarmdesk.payments.tasks_raising import start
from alarmdesk.payments.testing import make_auto_pay, make_method
from tests.payments_pages.shop import Shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def make_pages(shop: Shop) -> list[tuple[str, str]]:
    """(name, address) of each page, each with something on it."""
    now = clock.now()
    today = shop.company.local_date(now)
    first = add_months(today.replace(day=1), 1)
    later = add_months(first, 3)
    with inside(shop.company):
        recurring = make_recurring(shop.nora, anchor_on=first, term=net(0), today=today)
        make_auto_pay(recurring, make_method(shop.nora))
        for number in range(4):
            make_recurring(make_billed_customer(first_name=f"Payer {number}"), anchor_on=first, today=today)
        make_poisoned_recurring(make_billed_customer(first_name="Olga"), anchor_on=first, today=today)
        mmr = shop.company.billable_items.get(number=MMR_NUMBER)
        told: dict[str, Any] = {"value": 5, "items": [mmr.pk], "effective_on": later, "spares_months": 0}
        drafts = [RateIncrease.objects.create(**told, created_at=now, created_by="Rosa") for _ in range(2)]
        start(drafts[1], today=today, at=now)
    carry_out(shop.company, drafts[1].pk, now=clock.now, actor=SYSTEM)
    with inside(shop.company):
        changed = make_recurring(make_billed_customer(), anchor_on=first, today=today)
        new = change_price(changed, on=later, lines=[line("49.95")], today=today, at=now, by="Rosa")
        one = shop.company.recurring_invoices.filter(customer=shop.nora).order_by("-pk").first()
    return [
        ("new recurring", shop.of_nora("recurring/new/")),
        ("recurring with a chain", shop.url(f"recurring/{new.pk}/")),
        ("end", shop.url(f"recurring/{one.pk}/end/")),
        ("change the price", shop.url(f"recurring/{one.pk}/change/")),
        ("increases", shop.url("recurring/increases/")),
        ("new increase", shop.url("recurring/increases/new/")),
        ("increase drafted", shop.url(f"recurring/increases/{drafts[0].pk}/")),
        ("increase applied", shop.url(f"recurring/increases/{drafts[1].pk}/")),
        ("coming night", shop.url(f"runs/preview/?on={first.isoformat()}")),
    ]


def test_every_page_is_fit_to_be_seen(shop: Shop, rosa: Client, browser: "Browser", site: str) -> None:
    from tests.house.looking import Eye

    pages = make_pages(shop)
    eye = Eye(browser, site, rosa)
    try:
        for name, address in pages:
            assert eye.open(address), name
            eye.judge(name)
    finally:
        eye.close()


def test_the_price_changes_in_the_dialog_by_keyboard(shop: Shop, rosa: Client, browser: "Browser", site: str) -> None:
    from tests.house.looking import Eye

    pages = dict(make_pages(shop))
    eye = Eye(browser, site, rosa)
    try:
        page = eye.page
        eye.open(pages["change the price"].removesuffix("change/"))
        page.get_by_role("link", name="Change price").click()
        page.locator("#dialog #id_changes_on").wait_for()
        day = (dt.date.today() + dt.timedelta(days=200)).isoformat()  # noqa: DTZ011
        page.locator("#id_changes_on").fill(day)
        page.locator("#id_changes_on").press("Tab")
        page.locator("#turn").get_by_text("the new price from").wait_for()
        page.locator("#id_line-0-unit_price").fill("59.95")
        page.locator("#totals").get_by_text("$59.95").first.wait_for()
        page.get_by_role("button", name="Change the price").last.click()
        page.get_by_role("heading", name="Prices over time").wait_for()
        assert eye.troubles == []
    finally:
        eye.close()
