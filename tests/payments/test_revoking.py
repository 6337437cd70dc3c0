"""What may still be drawn when the customer or the office has changed its mind meanwhile?"""

import datetime as dt
from typing import Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.actions import ChargeUnderWay, void
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib import clock
from alarmdesk.payments import autopay
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.methods import end_auto_pay
from alarmdesk.payments.models import Attempt, Gateway, Payment
from alarmdesk.payments.night import night, open_night
from tests.payments.nights import FIRST, drawn, make_subscribers, night_of, owed
from tests.payments.test_night import assert_books_balance
from tests.payments.test_taking import bill, fresh, pay

HOURS = dt.timedelta(hours=1)


def killed_after_preparing(shop: Company) -> None:
    """A night that was killed between its first and its second transaction."""
    generate_due(shop, today=FIRST, at=night_of(FIRST))
    with inside(shop):
        gateway = Gateway.objects.get()
        due = [invoice for _, invoice in autopay.due_now(gateway, autopay.owing_now(today=FIRST), today=FIRST)]
        assert autopay.prepare(gateway, due, today=FIRST, at=night_of(FIRST), run=None) == 2


def again(shop: Company, at: dt.datetime) -> None:
    with clock.hold(at):
        night(shop, on=FIRST, now=clock.now, run=open_night(shop, on=FIRST, at=at, by="test"))


def test_what_a_killed_night_had_prepared_is_not_drawn_once_auto_pay_has_ended(shop: Company, world: Any) -> None:
    left, stays = make_subscribers(shop, 2)
    killed_after_preparing(shop)
    with inside(shop):
        end_auto_pay(left, at=night_of(FIRST), by="Nora Whitfield")
    again(shop, night_of(FIRST) + dt.timedelta(minutes=2))
    assert drawn(world, shop) == owed([stays])
    with inside(shop):
        assert not Invoice.objects.get(recurring_invoice=left).plans.filter(is_live=True).exists()
    assert_books_balance(shop, FIRST)


def test_what_no_retry_of_a_night_has_sent_is_given_up_and_prepared_afresh(shop: Company, world: Any) -> None:
    subscribers = make_subscribers(shop, 2)
    killed_after_preparing(shop)
    with clock.hold(night_of(FIRST) + 13 * HOURS):
        resolve_unknown(shop, now=clock.now)
    with inside(shop):
        assert not Attempt.objects.filter(state="created").exists()
        assert set(Payment.objects.values_list("status", flat=True)) == {"failed"}
    again(shop, night_of(FIRST) + 14 * HOURS)
    assert drawn(world, shop) == owed(subscribers)
    assert_books_balance(shop, FIRST)


def test_an_invoice_is_not_voided_while_its_charge_has_no_answer(shop: Company, world: Any) -> None:
    (invoice,), method = bill(shop)
    world.fault("drop_after", path="transact", type="sale", times=1)
    assert pay(shop, [invoice], method).status == Payment.Status.UNKNOWN
    with inside(shop):
        with pytest.raises(ChargeUnderWay, match="under way"):
            void(invoice, reason="A mistake", at=clock.now(), by="Rosa")
        assert invoice.voided_at is None
    with clock.hold(clock.now() + 2 * HOURS):
        resolve_unknown(shop, now=clock.now)
    assert fresh(shop, invoice).due == 0
