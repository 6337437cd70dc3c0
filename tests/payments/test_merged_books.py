"""Two customers with invoices, payments, credit in hand and Auto Pay become one: do the books still balance?"""

import datetime as dt
from decimal import Decimal
from typing import Any

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_invoice
from alarmdesk.office.testing import make_merge
from alarmdesk.payments.models import Payment
from alarmdesk.payments.testing import make_cash_payment
from tests.payments.dialects import both_dialects
from tests.payments.nights import FIRST, drawn, make_subscribers, run_night
from tests.payments.test_night import assert_books_balance

NEXT = dt.date(2026, 4, 3)


@both_dialects
def test_the_books_balance_after_two_subscribers_became_one_and_the_next_night_charges_each_once(
    shop: Company, world: Any
) -> None:
    first, second = make_subscribers(shop, 2)
    kept, gone = first.customer, second.customer
    run_night(shop, FIRST)
    with inside(shop):
        for customer in (kept, gone):
            make_invoice(customer, type="credit", lines=[line(price="3.00")])
            make_cash_payment(customer, "5.00", method="check")
            make_invoice(customer, lines=[line(price="2.00")], sale_on=FIRST)
        invoices, payments = Invoice.objects.count(), Payment.objects.count()
        totals = sorted(Invoice.objects.values_list("total", "paid", "used"))
    assert_books_balance(shop, FIRST)

    with inside(shop):
        make_merge(kept, gone)
    assert_books_balance(shop, FIRST)
    with inside(shop):
        assert Invoice.objects.filter(customer=kept).count() == invoices == Invoice.objects.count()
        assert Payment.objects.filter(customer=kept).count() == payments == Payment.objects.count()
        assert sorted(Invoice.objects.values_list("total", "paid", "used")) == totals

    before = sum(count for count in drawn(world, shop).values())
    run_night(shop, NEXT)
    with inside(shop):
        assert Invoice.objects.filter(customer=kept, sale_on=NEXT, type="invoice").count() == 2
        assert not [one for one in Invoice.objects.filter(type="invoice") if one.due]
        in_hand = sum((one.unapplied for one in Payment.objects.filter(kind="sale")), Decimal(0))
        assert in_hand == 0, "what was in hand of both paid first (decision 38)"
    assert sum(count for count in drawn(world, shop).values()) > before
    assert_books_balance(shop, NEXT)
    again = run_night(shop, NEXT)
    assert (again.invoices, again.charges.charged) == (0, 0)
