"""The pages of a customer who comes back, and of an end with several credits, looked at."""

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.customers import actions
from alarmdesk.invoicing import generation
from alarmdesk.invoicing.testing import make_billed_customer, make_recurring
from alarmdesk.lib import clock
from alarmdesk.lib.recurrence import add_months
from alarmdesk.payments.testing import make_auto_pay, make_method
from tests.payments_pages.shop import Shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_reinstating_and_ending_are_fit_to_be_seen(shop: Shop, rosa: Client, browser: "Browser", site: str) -> None:
    from tests.house.looking import Eye

    now = clock.now()
    first = add_months(shop.company.local_date(now).replace(day=1), -4)
    before = first - dt.timedelta(days=1)
    with inside(shop.company):
        gone = make_billed_customer()
        make_auto_pay(make_recurring(gone, anchor_on=first, today=before), make_method(gone))
        actions.cancel(gone, on=first, by="Rosa")
        ending = make_recurring(shop.nora, anchor_on=first, today=before)
    generation.generate_due(shop.company, today=shop.company.local_date(now), at=now)
    eye = Eye(browser, site, rosa)
    try:
        for name, address in (
            ("reinstate", shop.url(f"customers/{gone.pk}/reinstate/")),
            ("end with credits", shop.url(f"recurring/{ending.pk}/end/?on={first + dt.timedelta(days=9)}")),
        ):
            assert eye.open(address), name
            eye.judge(name)
    finally:
        eye.close()
