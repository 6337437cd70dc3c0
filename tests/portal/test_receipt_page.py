"""What does the page of a payment say? Thanks for money that came and stayed, and the plain truth of any other."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest
from django.test import Client

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.lib import clock
from alarmdesk.payments.gateways.port import Outcome
from alarmdesk.payments.models import Attempt, BillingMethod, Payment
from alarmdesk.payments.recording import issue_credit
from alarmdesk.payments.refunding import refund
from alarmdesk.payments.settling import settle
from alarmdesk.payments.taking import Wish, schedule_payment
from alarmdesk.payments.testing import make_payment
from alarmdesk.portal.outcomes import outcome_of
from tests.payments.plain_gateway import PlainGateway
from tests.payments_pages.shop import Shop

NOON = dt.datetime(2026, 3, 2, 19, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlainGateway]:
    with clock.hold(NOON):
        yield PlainGateway().rule(monkeypatch)


@pytest.fixture
def account(shop: Shop, gateway: PlainGateway) -> BillingMethod:
    """Nora's bank account."""
    with inside(shop.company):
        return BillingMethod.objects.create(
            customer=shop.nora, kind="ach", gateway=shop.gateway, vault_id="v", created_at=NOON, created_by="test"
        )


def page_of(shop: Shop, nora: Client, payment: Payment) -> str:
    return " ".join(nora.get(shop.url(f"portal/receipts/{payment.pk}/")).content.decode().split())


def came_back(shop: Shop, gateway: PlainGateway, payment: Payment, outcome: Outcome, reason: str) -> None:
    gateway.settle()
    settle(shop.company, at=NOON + DAY)
    with inside(shop.company):
        key = Attempt.objects.get(payment=payment).key
    gateway.change(key, outcome, reason)
    settle(shop.company, at=NOON + 2 * DAY)


@pytest.mark.parametrize(
    ("outcome", "reason", "says"),
    [(Outcome.RETURNED, "R01 Insufficient Funds", "Returned by the bank: R01 Insufficient Funds"),
     (Outcome.DISPUTED, "10.4 Fraud", "Charged back: 10.4 Fraud.")],
)  # fmt: skip
def test_nobody_is_thanked_for_money_that_came_back(
    shop: Shop, nora: Client, gateway: PlainGateway, account: BillingMethod, outcome: Outcome, reason: str, says: str
) -> None:
    payment = make_payment(shop.company, account, shop.invoice)
    assert "Thank you. $39.95 is paid." in page_of(shop, nora, payment)
    came_back(shop, gateway, payment, outcome, reason)
    page = page_of(shop, nora, payment)
    assert "This payment was taken back" in page
    assert says in page
    assert "See what is due" in page
    assert "Thank you" not in page


def test_a_payment_that_is_held_for_review_is_followed_until_it_is_decided(
    shop: Shop, nora: Client, gateway: PlainGateway, account: BillingMethod
) -> None:
    gateway.answers_next = Outcome.HELD
    sent = {"method": str(account.pk), "amount": "39.95"}
    answer = nora.post(shop.url(f"portal/pay/?invoice={shop.invoice.pk}"), sent, follow=True)
    page = answer.content.decode()
    assert "We are asking the payment processor" in page
    assert "Thank you" not in page
    assert 'hx-trigger="every 5s"' in page
    asked = {"HX-Request": "true", "HX-Target": "receipt-status"}
    assert nora.get(answer.redirect_chain[-1][0], headers=asked).status_code == 200


def test_a_payment_that_waits_for_its_day_is_not_paid(
    shop: Shop, nora: Client, gateway: PlainGateway, account: BillingMethod
) -> None:
    wish = Wish(shop.nora.pk, account.pk, [shop.invoice.pk])
    payment = schedule_payment(shop.company, wish, TODAY + 5 * DAY, at=NOON, actor=SYSTEM)
    page = page_of(shop, nora, payment)
    assert "$39.95 will be charged on Mar 7, 2026" in page
    assert "Thank you" not in page


def test_money_given_back_is_told_as_that(
    shop: Shop, nora: Client, gateway: PlainGateway, account: BillingMethod
) -> None:
    payment = make_payment(shop.company, account, shop.invoice)
    part = refund(shop.company, payment.pk, Decimal("9.95"), today=TODAY, now=clock.now, actor=SYSTEM)
    assert "$9.95 will be given back to you" in page_of(shop, nora, part)  # when the payment has settled
    assert '<dt>Refunded</dt><dd class="num">$9.95</dd>' in page_of(shop, nora, payment)
    gateway.settle()
    settle(shop.company, at=NOON + DAY)
    rest = refund(shop.company, payment.pk, Decimal("30.00"), today=TODAY, now=clock.now, actor=SYSTEM)
    page = page_of(shop, nora, rest)
    assert "$30.00 is on its way to you" in page
    assert f"<dd>{payment}</dd>" in page
    assert "This payment was given back" in page_of(shop, nora, payment)
    credit = issue_credit(
        shop.company, shop.nora.pk, account.pk, Decimal(5), today=TODAY, now=clock.now, actor=SYSTEM
    )  # fmt: skip
    assert "$5.00 is on its way to you" in page_of(shop, nora, credit)


IMPOSSIBLE = {("sale", "queued"), ("credit", "scheduled"), ("refund", "scheduled")}
STATES = [each for each in product(Payment.Kind.values, Payment.Status.values) if each not in IMPOSSIBLE]


def test_of_all_states_only_money_that_came_and_stayed_is_thanked_for(shop: Shop) -> None:
    with inside(shop.company):
        told = {
            (kind, status): outcome_of(
                Payment(kind=kind, status=status, amount=5 if kind == "sale" else -5, method="card", post_on=TODAY)
            )
            for kind, status in STATES
        }
    thanked = {state for state, outcome in told.items() if outcome.heading.startswith("Thank you")}
    assert thanked == {("sale", "pending"), ("sale", "complete")}
    assert {state for state, outcome in told.items() if outcome.is_good} == thanked
    assert {state for state, outcome in told.items() if outcome.is_open} == set(
        product(Payment.Kind.values, ("unknown", "held"))
    )
    assert {outcome.amount for outcome in told.values()} == {"$5.00"}
