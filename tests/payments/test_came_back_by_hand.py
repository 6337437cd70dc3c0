"""What does Auto Pay draw after a payment by hand came back? No more than if it had drawn it by itself."""

from decimal import Decimal
from typing import Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.models import Invoice, RecurringInvoice
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import Token
from alarmdesk.payments.methods import end_auto_pay
from alarmdesk.payments.models import Attempt, BillingMethod, Gateway, Payment
from alarmdesk.payments.next_steps import Next, next_steps
from alarmdesk.payments.refunding import refund
from alarmdesk.payments.taking import Wish, take_payment
from alarmdesk.payments.testing import make_bank_token
from tests.payments.nights import FIRST, make_subscribers, night_of
from tests.payments.test_dunning import DAY, ROSA, nights, step_of, tries
from tests.payments.test_night import assert_books_balance
from tests.payments.test_settling import make_payer_by_ach

EMPTY_ACCOUNT = "10000001"


def billed(shop: Company, world: Any) -> tuple[Invoice, BillingMethod]:
    """The one invoice, made before the night comes to charge it, and the method that it would charge."""
    world.set_clock(night_of(FIRST))
    generate_due(shop, today=FIRST, at=night_of(FIRST))
    with inside(shop):
        return Invoice.objects.get(), BillingMethod.objects.get()


def pay(shop: Company, invoice: Invoice, method: BillingMethod | None, **wish: Any) -> Payment:
    """By hand, on the first day."""
    wanted = Wish(invoice.customer_id, method.pk if method else None, [invoice.pk], **wish)
    return take_payment(shop, wanted, today=FIRST, now=lambda: night_of(FIRST), actor=ROSA)


def give_back(shop: Company, payment: Payment, amount: Decimal | None, *, day: int) -> Payment:
    at = night_of(FIRST + day * DAY)
    return refund(shop, payment.pk, amount, today=FIRST + day * DAY, now=lambda: at, actor=ROSA)


def test_a_debit_by_hand_that_came_back_is_presented_twice_more_and_no_third_time(shop: Company, world: Any) -> None:
    make_payer_by_ach(shop, world, EMPTY_ACCOUNT)
    pay(shop, *billed(shop, world))
    nights(shop, world, [0, 6, 9, *range(14, 30), 40])
    with inside(shop):
        port = port_of(Gateway.objects.get())
        said = [
            port._query(order_id=each.key)[0].findtext("order_description") for each in Attempt.objects.order_by("pk")
        ]
        sales = Payment.objects.order_by("pk")
        assert list(sales.values_list("is_automatic", "status")) == [(made, "returned") for made in (False, True, True)]
        assert (sales[1].received_on - shop.local_date(sales[0].returned_at)).days == 3
    assert said == ["Payment 1", "RETRY PYMT", "RETRY PYMT"]
    assert step_of(shop, FIRST + 40 * DAY).kind is Next.OVER
    assert_books_balance(shop, FIRST + 40 * DAY)


@pytest.mark.parametrize(("day", "status"), [(0, "cancelled"), (2, "complete")])
def test_what_the_office_gave_back_is_not_drawn_again_by_itself(
    shop: Company, world: Any, day: int, status: str
) -> None:
    """On the day it is voided, later it is refunded."""
    make_subscribers(shop, 1)
    payment = pay(shop, *billed(shop, world))
    nights(shop, world, range(day))
    give_back(shop, payment, None, day=day)
    nights(shop, world, range(day, 9))
    with inside(shop):
        assert Payment.objects.get(kind="sale").status == status
        assert Attempt.objects.filter(verb="sale").count() == 1
        assert Invoice.objects.get().due == payment.amount
    assert step_of(shop, FIRST + 9 * DAY).kind is Next.CAME_BACK
    assert_books_balance(shop, FIRST + 9 * DAY)


def test_money_that_no_invoice_had_taken_is_given_back_and_the_rest_of_the_invoice_is_drawn(
    shop: Company, world: Any
) -> None:
    make_subscribers(shop, 1)
    invoice, method = billed(shop, world)
    payment = pay(shop, invoice, method, allocations={invoice.pk: Decimal("5.00")}, amount=Decimal("17.00"))
    give_back(shop, payment, Decimal("12.00"), day=0)
    nights(shop, world, [0, 1, 2])
    assert tries(shop) == [(0, Decimal("17.00"), True), (0, Decimal("15.00"), True)]
    with inside(shop):
        assert Invoice.objects.get().due == 0
    assert_books_balance(shop, FIRST + 2 * DAY)


def test_a_guests_debit_that_came_back_is_for_a_person_to_decide(shop: Company, world: Any) -> None:
    """Nobody knows whether it was the account of Auto Pay."""
    make_payer_by_ach(shop, world, "24413815")
    invoice, _ = billed(shop, world)
    pay(shop, invoice, None, token=Token(make_bank_token(world, shop, EMPTY_ACCOUNT), "ach"))
    nights(shop, world, [0, 6, 9, 14])
    assert [approved for _, _, approved in tries(shop)] == [True]
    assert step_of(shop, FIRST + 14 * DAY).kind is Next.CAME_BACK


def test_where_no_auto_pay_draws_nothing_is_said_of_it(shop: Company, world: Any) -> None:
    make_payer_by_ach(shop, world, EMPTY_ACCOUNT)
    with inside(shop):
        end_auto_pay(RecurringInvoice.objects.get(), at=night_of(FIRST), by="Rosa")
    pay(shop, *billed(shop, world))
    nights(shop, world, [0, 6])
    with inside(shop):
        assert Payment.objects.get().status == Payment.Status.RETURNED
        assert next_steps(Invoice.objects.all(), today=FIRST + 6 * DAY) == {}
