"""A holder sees credits and statements of the own account, and nobody else's."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.test import Client

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.invoicing.applying import apply_credit
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.models import Statement
from alarmdesk.payments.statements import Period, make_statement
from alarmdesk.payments.testing import make_cash_payment
from tests.payments_pages.shop import Shop

DAY = dt.date(2026, 1, 31)


def credit(shop: Shop, customer: Any, price: str) -> Invoice:
    with inside(shop.company):
        return make_invoice(customer, type="credit", lines=[line(price, tax_rate=Decimal(0))])


def state(shop: Shop, customer: Any) -> Statement:
    with inside(shop.company, actor=SYSTEM):
        period = Period("open_item", DAY.replace(day=1), DAY)
        return make_statement(customer, period, today=DAY, at=clock.now())


def test_a_credit_lowers_the_balance_and_what_is_left_is_shown(shop: Shop, nora: Client) -> None:
    given = credit(shop, shop.nora, "15.00")
    with inside(shop.company):
        apply_credit(given, shop.invoice, Decimal("9.95"), at=clock.now())
        make_cash_payment(shop.nora, "4.00")
    page = nora.get(shop.url("portal/")).content.decode()
    assert "$30.00" in page
    assert "$9.05 credit on account" in page
    listed = nora.get(shop.url("portal/statements/")).content.decode()
    assert "$5.05 on account" in listed
    assert nora.get(shop.url(f"portal/invoices/{given.pk}/pdf/")).content[:5] == b"%PDF-"


def test_a_statement_is_there_with_its_pdf(shop: Shop, nora: Client) -> None:
    made = state(shop, shop.nora)
    page = nora.get(shop.url("portal/statements/")).content.decode()
    assert f"Statement {made.number}" in page
    assert nora.get(shop.url(f"portal/statements/{made.pk}/pdf/")).content[:5] == b"%PDF-"


def test_anothers_are_not_found(shop: Shop, nora: Client) -> None:
    with inside(shop.company):
        other = make_billed_customer()
    made, given = state(shop, other), credit(shop, other, "15.00")
    assert nora.get(shop.url(f"portal/statements/{made.pk}/pdf/")).status_code == 404
    assert nora.get(shop.url(f"portal/invoices/{given.pk}/pdf/")).status_code == 404
    assert "No statements yet" in nora.get(shop.url("portal/statements/")).content.decode()
