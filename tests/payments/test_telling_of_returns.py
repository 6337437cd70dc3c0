"""Who is told when a bank sends a payment back? Whoever paid, once: why, what is due again, and what happens next."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.testing import line, make_recurring, net
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Words
from alarmdesk.payments.charging import charge_due
from alarmdesk.payments.gateways.port import Outcome
from alarmdesk.payments.letters import deliver_all, payment_returned
from alarmdesk.payments.models import Attempt, Payment
from alarmdesk.payments.recording import Received, record_payment
from alarmdesk.payments.settling import follow, settle
from alarmdesk.payments.taking import Wish, take_payment
from alarmdesk.payments.testing import make_auto_pay
from tests.payments.conftest import NOON
from tests.payments.nights import FIRST, night_of
from tests.payments.plain_gateway import PlainGateway
from tests.payments.test_held_and_taken_back import DAY, Counter
from tests.payments.test_taking import TODAY

LATER = NOON + 3 * DAY


@pytest.fixture
def at(world: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    with clock.hold(NOON):
        yield Counter(PlainGateway().rule(monkeypatch))


def comes_back(at: Counter, outcome: Outcome, reason: str, when: dt.datetime = LATER) -> None:
    """The statement says so, in two nights."""
    at.gateway.change(at.key(), outcome, reason)
    for moment in (when, when + DAY):
        follow(at.shop, [at.gateway.lines[at.key()]], at=moment)


def letters(at: Counter) -> list[Message]:
    with inside(at.shop):
        return list(at.shop.messages.filter(kind="payment_returned"))


def delivered(at: Counter) -> Message:
    with clock.hold(LATER):
        deliver_all(at.shop, now=clock.now)
    (letter,) = letters(at)
    return letter


def words(at: Counter) -> str:
    """What the one letter says when it leaves."""
    letter = delivered(at)
    assert letter.state == "sent"
    with inside(at.shop):
        written = payment_returned(letter)
    assert isinstance(written, Words)
    return written.text


def test_who_paid_by_hand_is_told_once_that_the_bank_sent_it_back(at: Counter) -> None:
    at.settled()
    with inside(at.shop):
        Customer.objects.update(no_reminders=True)  # a notice is no reminder
    comes_back(at, Outcome.RETURNED, "R01 Insufficient Funds")
    comes_back(at, Outcome.RETURNED, "R01 Insufficient Funds", LATER + 5 * DAY)
    text = words(at)
    assert "There was not enough money in the account." in text
    assert f"{at.invoice}: $89.97 is due since" in text
    (letter,) = letters(at)
    assert (letter.to, letter.subject) == ("nora@example.com", "Your payment of $89.97 came back")
    at.assert_balanced()


def test_a_debit_of_auto_pay_is_told_with_the_day_of_the_next_try(at: Counter) -> None:
    with inside(at.shop):
        Customer.objects.update(email="nora@example.com")
        monthly = make_recurring(at.customer, anchor_on=FIRST, times=1, term=net(0), lines=[line(price="40.00")])
        make_auto_pay(monthly, at.method)
    generate_due(at.shop, today=FIRST, at=night_of(FIRST))
    assert charge_due(at.shop, today=FIRST, now=lambda: night_of(FIRST)).charged == 1
    at.gateway.settle()
    settle(at.shop, at=night_of(FIRST + DAY))
    comes_back(at, Outcome.RETURNED, "R09 Uncollected Funds")
    text = words(at)
    assert "We will try" in text
    assert "again on Mar 8, 2026" in text  # the third day after it came back
    at.assert_balanced()


@pytest.mark.parametrize(
    ("outcome", "reason", "told"),
    [(Outcome.RETURNED, "R10 Customer Advises Not Authorized", "The bank says that the payment was not agreed to."),
     (Outcome.RETURNED, "R16 Account Frozen", "Returned by the bank: R16 Account Frozen"),
     (Outcome.DECLINED, "Do Not Honor", "Refused when it was to be settled: Do Not Honor")],
)  # fmt: skip
def test_the_reason_is_told(at: Counter, outcome: Outcome, reason: str, told: str) -> None:
    at.pay()
    comes_back(at, outcome, reason)
    assert told in words(at)


@pytest.mark.parametrize("outcome", [Outcome.DISPUTED, Outcome.VOIDED])
def test_what_the_payer_disputed_or_the_office_voided_is_no_news_of_the_bank(at: Counter, outcome: Outcome) -> None:
    at.pay()
    comes_back(at, outcome, "")
    assert at.seen()[0] in ("disputed", "cancelled")
    assert letters(at) == []


def test_nothing_is_written_of_what_is_paid_meanwhile(at: Counter) -> None:
    at.settled()
    comes_back(at, Outcome.RETURNED, "R01 Insufficient Funds")
    record_payment(at.shop, Received(at.customer.pk, "cash", at.invoice.total, TODAY), at=LATER, actor=SYSTEM)
    letter = delivered(at)
    assert (letter.state, letter.error) == ("failed", "What it had paid is paid meanwhile, or void.")


def test_without_a_receipt_the_customers_own_address_is_written_to(at: Counter) -> None:
    with inside(at.shop):
        Customer.objects.update(email="nora.home@example.com")
    take_payment(
        at.shop, Wish(at.customer.pk, at.method.pk, [at.invoice.pk]), today=TODAY, now=clock.now, actor=SYSTEM
    )  # fmt: skip
    comes_back(at, Outcome.RETURNED, "R01 Insufficient Funds")
    assert delivered(at).to == "nora.home@example.com"


def test_money_on_account_that_came_back_is_told_too(at: Counter) -> None:
    wish = Wish(at.customer.pk, at.method.pk, amount=at.invoice.total, allocations={}, receipt_to="nora@example.com")
    take_payment(at.shop, wish, today=TODAY, now=clock.now, actor=SYSTEM)
    with inside(at.shop):
        assert (Payment.objects.get().applied, Attempt.objects.count()) == (0, 1)
    comes_back(at, Outcome.RETURNED, "R01 Insufficient Funds")
    assert "It is not on your account any more." in words(at)
