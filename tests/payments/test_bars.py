"""Hard declines and the networks' caps bind people, too; customers wish for no reminders; forms grow old."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments import once
from alarmdesk.payments.dunning import bars
from alarmdesk.payments.expiring import tell_expiring
from alarmdesk.payments.letters import deliver_all
from alarmdesk.payments.models import Attempt, BillingMethod, DunningPolicy, Gateway, Payment, SentForm
from alarmdesk.payments.queries import with_transaction
from alarmdesk.payments.taking import Declined, MethodUnusable, Wish, schedule_payment, take_payment
from alarmdesk.payments.testing import make_auto_pay, make_card_token, make_method, make_payment, merchant_of
from simulators.nmi.rules import card_answering
from tests.payments.conftest import NOON
from tests.payments.nights import FIRST, make_subscribers, run_night
from tests.payments.test_taking import TODAY, sales

DAY = dt.timedelta(days=1)


def owing(shop: Company, world: Any, code: int) -> tuple[Invoice, BillingMethod]:
    with inside(shop):
        customer = make_billed_customer(state="")
        method = make_method(customer, make_card_token(world, shop, card_answering(code)))
        return make_invoice(customer, lines=[line(price="40.00")]), method


def pay(shop: Company, invoice: Invoice, method: BillingMethod) -> Payment:
    wish = Wish(invoice.customer_id, method.pk, [invoice.pk])
    return take_payment(shop, wish, today=TODAY, now=clock.now, actor=SYSTEM)


def test_a_card_that_was_refused_for_good_is_refused_by_hand_and_a_new_one_is_not(shop: Company, world: Any) -> None:
    invoice, method = owing(shop, world, 252)
    with pytest.raises(Declined):
        pay(shop, invoice, method)
    with pytest.raises(MethodUnusable, match="refused for good: its bank allows no other try"):
        pay(shop, invoice, method)
    with pytest.raises(MethodUnusable):
        schedule_payment(
            shop, Wish(invoice.customer_id, method.pk, [invoice.pk]), TODAY + DAY, at=clock.now(), actor=SYSTEM
        )
    with inside(shop):
        assert Attempt.objects.count() == 1  # the second try never left the house
        assert bars([method.__class__.objects.get(pk=method.pk)], TODAY)[method.pk].mark == "refused for good"
        other = make_method(Customer.objects.get(pk=invoice.customer_id))
    assert pay(shop, invoice, other).status == Payment.Status.PENDING
    assert sales(world, shop) == [Decimal("40.00")]


def test_a_card_at_the_networks_cap_is_refused_by_hand_until_the_day_is_there(shop: Company, world: Any) -> None:
    invoice, method = owing(shop, world, 202)
    for _ in range(10):
        with pytest.raises(Declined):
            pay(shop, invoice, method)
    with pytest.raises(MethodUnusable, match="declined too often: the card networks allow the next try on"):
        pay(shop, invoice, method)
    with inside(shop):
        assert bars([method], TODAY + 2 * DAY) == {}


@pytest.mark.parametrize(
    ("writes", "wish", "news", "letters"),
    [(True, False, False, 1), (True, True, False, 0), (True, True, True, 1), (False, False, True, 1),
     (False, False, False, 0)],
)  # fmt: skip
def test_reminders_follow_the_policy_and_the_customers_wish_and_news_follow_the_switch(
    shop: Company, world: Any, writes: bool, wish: bool, news: bool, letters: int
) -> None:
    (subscriber,) = make_subscribers(shop, 1, token=make_card_token(world, shop, card_answering(202)))
    with inside(shop):
        make_auto_pay(subscriber, subscriber.auto_pays.get().billing_method, email_on_attempt=news)
        DunningPolicy.objects.create(days=[3], writes=writes)
        Customer.objects.update(no_reminders=wish)
    assert run_night(shop, FIRST).charges.declined == 1
    with inside(shop):
        sent = list(shop.messages.filter(kind="payment_failed"))
        assert len(sent) == letters
        if wish and news:
            assert "Pay now" not in sent[0].text  # the news, and no reminder


def test_a_wish_that_came_after_the_letter_was_queued_is_kept(shop: Company, world: Any) -> None:
    (subscriber,) = make_subscribers(shop, 1, token=make_card_token(world, shop, card_answering(202)))
    with inside(shop):
        make_auto_pay(subscriber, subscriber.auto_pays.get().billing_method, email_on_attempt=False)
    from alarmdesk.invoicing.generation import generate_due
    from alarmdesk.payments.charging import charge_due

    generate_due(shop, today=FIRST, at=clock.now(), run=None)
    assert charge_due(shop, today=FIRST, now=clock.now).declined == 1
    with inside(shop):
        Customer.objects.update(no_reminders=True)
    assert deliver_all(shop, now=clock.now) == 0
    with inside(shop):
        assert shop.messages.get(kind="payment_failed").state != "sent"


def test_who_wants_no_reminders_is_not_told_of_an_expiring_card(shop: Company, world: Any) -> None:
    make_subscribers(shop, 1)
    with inside(shop):
        BillingMethod.objects.update(expires_on=FIRST + 20 * DAY)
        Customer.objects.update(no_reminders=True)
    assert tell_expiring(shop, today=FIRST, at=NOON) == 0
    with inside(shop):
        Customer.objects.update(no_reminders=False)
    assert tell_expiring(shop, today=FIRST, at=NOON) == 1


def test_sent_forms_are_kept_for_a_week_and_older_ones_are_never_new_again(shop: Company) -> None:
    token = once.new_token(TODAY)
    once.claim(shop, token, at=NOON, actor=SYSTEM)
    assert once.forget(shop, at=NOON + 7 * DAY, actor=SYSTEM) == 0
    with pytest.raises(once.AlreadySent):
        once.claim(shop, token, at=NOON + 7 * DAY, actor=SYSTEM)
    assert once.forget(shop, at=NOON + 9 * DAY, actor=SYSTEM) == 1
    with pytest.raises(once.TooOld, match="more than a week ago"):
        once.claim(shop, token, at=NOON + 9 * DAY, actor=SYSTEM)
    with inside(shop):
        assert not SentForm.objects.exists()


def test_a_night_forgets_them(shop: Company) -> None:
    once.claim(shop, once.new_token(TODAY), at=NOON - 30 * DAY, actor=SYSTEM)
    run_night(shop, FIRST)
    with inside(shop):
        assert not SentForm.objects.exists()


def test_a_payment_is_found_by_the_gateways_number(shop: Company, world: Any) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        method, invoice = make_method(customer), make_invoice(customer, lines=[line(price="40.00")])
    payment = make_payment(shop, method, invoice)
    number = world.statement(merchant_of(shop))["transactions"][0]["transaction_id"]
    with inside(shop):
        assert with_transaction(f" {number} ") == [payment.pk]
        assert with_transaction("12") == with_transaction(number[:-1]) == []


def test_every_gateway_has_an_address_for_its_webhooks(shop: Company) -> None:
    with inside(shop):
        assert len(Gateway.objects.get().webhook_code) == 32
