"""Is money that is in hand already ever drawn a second time? The gateway's statement is the judge."""

import datetime as dt
from decimal import Decimal
from typing import Any

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import CreditApplication, Invoice, RecurringInvoice
from alarmdesk.invoicing.testing import line, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.models import Allocation, DunningPolicy, Payment
from alarmdesk.payments.on_account import pay_from_account
from alarmdesk.payments.taking import Wish, schedule_payment
from alarmdesk.payments.testing import make_cash_payment
from tests.payments.nights import FIRST, drawn, make_subscribers, night_of, run_night
from tests.payments.test_night import assert_books_balance

DAY = dt.timedelta(days=1)


def sent_ahead(shop: Company, subscriber: RecurringInvoice, amount: str) -> Payment:
    """A check that came before the invoice."""
    with inside(shop):
        return make_cash_payment(subscriber.customer, amount, method="check")


def credited(shop: Company, subscriber: RecurringInvoice, amount: str) -> Invoice:
    with inside(shop):
        return make_invoice(subscriber.customer, type="credit", lines=[line(price=amount)])


def test_a_check_that_came_early_is_not_drawn_again(shop: Company, world: Any) -> None:
    (subscriber,) = make_subscribers(shop, 1)
    check = sent_ahead(shop, subscriber, "50.00")
    done = run_night(shop, FIRST)
    assert (done.from_account, done.charges.charged) == (subscriber.amount, 0)
    assert drawn(world, shop) == {}
    with inside(shop):
        check.refresh_from_db()
        assert check.unapplied == Decimal("50.00") - subscriber.amount
        assert Invoice.objects.get(type="invoice").due == 0
    assert_books_balance(shop, FIRST)


def test_what_is_in_hand_goes_first_and_only_the_rest_is_charged(shop: Company, world: Any) -> None:
    (subscriber,) = make_subscribers(shop, 1)
    sent_ahead(shop, subscriber, "5.00")
    credit = credited(shop, subscriber, "3.00")
    done = run_night(shop, FIRST)
    assert done.from_account == Decimal("8.00")
    assert drawn(world, shop) == {subscriber.amount - Decimal("8.00"): 1}
    with inside(shop):
        credit.refresh_from_db()
        assert credit.left == 0
    assert_books_balance(shop, FIRST)


def test_credits_go_before_payments_and_the_invoice_due_longest_before_others(shop: Company, world: Any) -> None:
    (subscriber,) = make_subscribers(shop, 1)
    with inside(shop):
        late = make_invoice(subscriber.customer, sale_on=FIRST - 40 * DAY, lines=[line(price="10.00")])
        later = make_invoice(subscriber.customer, sale_on=FIRST - 20 * DAY, lines=[line(price="10.00")])
    sent_ahead(shop, subscriber, "6.00")
    credited(shop, subscriber, "12.00")
    assert pay_from_account(shop, today=FIRST, at=night_of(FIRST)) == Decimal("18.00")
    with inside(shop):
        assert [(row.invoice_id, row.amount) for row in CreditApplication.objects.order_by("pk")] == [
            (late.pk, Decimal("10.00")), (later.pk, Decimal("2.00")),
        ]  # fmt: skip
        assert [(row.invoice_id, row.amount) for row in Allocation.objects.all()] == [(later.pk, Decimal("6.00"))]


def test_what_is_not_due_yet_is_left_alone(shop: Company, world: Any) -> None:
    (subscriber,) = make_subscribers(shop, 1)
    with inside(shop):
        make_invoice(subscriber.customer, sale_on=FIRST, lines=[line(price="10.00")])  # due in some days
    sent_ahead(shop, subscriber, "50.00")
    assert pay_from_account(shop, today=FIRST, at=night_of(FIRST)) == 0


def test_a_scheduled_payment_keeps_its_invoice_to_itself(shop: Company, world: Any) -> None:
    (subscriber,) = make_subscribers(shop, 1)
    with inside(shop):
        invoice = make_invoice(subscriber.customer, sale_on=FIRST - 40 * DAY, lines=[line(price="10.00")])
        method = subscriber.customer.billing_methods.get()
    wish = Wish(subscriber.customer_id, method.pk, [invoice.pk], amount=Decimal("10.00"))
    schedule_payment(shop, wish, FIRST + 9 * DAY, at=clock.now(), actor=SYSTEM)
    sent_ahead(shop, subscriber, "50.00")
    assert pay_from_account(shop, today=FIRST, at=night_of(FIRST)) == 0


def test_a_company_may_apply_by_hand_instead(shop: Company, world: Any) -> None:
    (subscriber,) = make_subscribers(shop, 1)
    with inside(shop):
        DunningPolicy.objects.create(days=[3], uses_credit=False)
    sent_ahead(shop, subscriber, "50.00")
    assert run_night(shop, FIRST).from_account == 0
    assert drawn(world, shop) == {subscriber.amount: 1}
