"""Are the pages of printing and of mail texts good to look at, and does a PDF show within a page of ours?"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from alarmdesk.invoicing import printing
from alarmdesk.invoicing.testing import make_invoice
from tests.house.looking import BRIEFLY

from .conftest import NOW

pytestmark = pytest.mark.browser


def test_the_office_prints_and_words_its_mails(shop, eye_of: Callable[..., Any]):
    with shop.inside():
        invoice = make_invoice(shop.dana, at=NOW)
    eye = eye_of(shop.client)
    for path, what in (
        ("reports/printing/", "nothing printed yet"),
        ("reports/printing/new/", "print documents"),
        ("settings/mail-texts/", "mail texts"),
        ("settings/mail-texts/payment_failed/", "mail text"),
        ("settings/company/", "company with paper"),
    ):
        assert eye.open(f"{shop.root}/{path}")
        eye.judge(what, BRIEFLY)
    eye.open(f"{shop.root}/reports/printing/new/")
    eye.page.get_by_role("button", name="Print", exact=True).click()
    eye.page.wait_for_url("**/reports/printing/*/")
    eye.judge("a print run that waits", BRIEFLY)
    with shop.inside():
        printout = shop.company.printouts.get()
    # the server of the browser has a clock of its own, which nobody holds
    assert printing.print_out(shop.company, printout.pk, now=lambda: dt.datetime.now(dt.UTC))
    eye.page.get_by_role("link", name="Download").wait_for()
    eye.judge("a print run with its file", BRIEFLY)
    assert eye.open(f"{shop.root}/reports/printing/")
    eye.judge("print runs", BRIEFLY)
    assert eye.open(f"{shop.root}/invoices/{invoice.pk}/preview/")
    eye.judge("a PDF in the page", BRIEFLY)
