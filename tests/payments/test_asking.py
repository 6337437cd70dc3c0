"""What does the gateway's word about an attempt mean, and when is it no answer at all?"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib import clock
from alarmdesk.lib.clients import Reply
from alarmdesk.payments.allocating import reverse_all
from alarmdesk.payments.audit import audit
from alarmdesk.payments.gateways.nmi import NMI
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer, Outcome
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.models import Attempt, DunningPolicy, Gateway, Payment
from alarmdesk.payments.testing import make_auto_pay, make_card_token
from simulators.nmi.rules import card_answering
from tests.payments.nights import FIRST, make_subscribers, run_night
from tests.payments.test_taking import bill, fresh, pay, sales

HOURS = dt.timedelta(hours=1)
NOW = dt.datetime(2026, 3, 2, 19, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Said:
    """A wire on which every question gets the same words."""

    text: str

    def post(self, url: str, fields: dict[str, str]) -> Reply:
        assert url.startswith("https://gateway.example/")
        assert fields
        return Reply(200, self.text)


def saying(*conditions: str, date: str = "20260302190000") -> NMI:
    """A gateway that knows transactions in these conditions under any order id."""
    known = "".join(
        f"<transaction><transaction_id>{number}</transaction_id><condition>{condition}</condition>"
        f"<order_id>k</order_id><action><amount>39.95</amount><action_type>sale</action_type><date>{date}</date>"
        "</action></transaction>"
        for number, condition in enumerate(conditions, start=1)
    )
    said = Said(f"<nm_response>{known}</nm_response>")
    return NMI("https://gateway.example", "key", "", checks_duplicates=True, http=said)


@pytest.mark.parametrize("condition", ["in_progress", "unknown", "under_review", ""])
def test_what_the_gateway_has_not_decided_is_never_taken_for_money(condition: str) -> None:
    with pytest.raises(NoAnswer):
        saying(condition).look_up("k")
    with pytest.raises(NoAnswer):
        saying("failed", condition).look_up("k")
    assert list(saying(condition).statement(NOW, NOW)) == []


def test_a_refusal_and_then_a_sale_under_one_key_are_a_sale() -> None:
    answer = saying("failed", "pendingsettlement").look_up("k")
    assert answer is not None
    assert (answer.outcome, answer.external_id) == (Outcome.APPROVED, "2")


def test_a_report_that_makes_no_sense_is_no_answer() -> None:
    with pytest.raises(NoAnswer):
        list(saying("complete", date="yesterday").statement(NOW, NOW))


def test_an_attempt_is_not_given_up_on_the_word_of_another_merchant_account(shop: Company, world: Any) -> None:
    """The key on the gateway's page was changed to another account's: that one never heard of anything."""
    (first,), method = bill(shop)
    pay(shop, [first], method)
    (invoice,), method = bill(shop, make_card_token(world, shop, "5431111111111111"))
    world.fault("drop_after", path="transact", type="sale", times=1)
    pay(shop, [invoice], method)
    with inside(shop):
        right = Gateway.objects.get().credentials
    world.merchant("Elsewhere", security_key="elsewhere", tokenization_key="tok-elsewhere")
    with inside(shop):
        gateway = Gateway.objects.get()
        gateway.credentials = {"security_key": "elsewhere"}
        gateway.save()
    with clock.hold(clock.now() + 2 * HOURS), pytest.raises(NoAnswer, match="another account"):
        resolve_unknown(shop, now=clock.now)
    with inside(shop):
        assert Attempt.objects.latest("pk").state == Attempt.State.UNKNOWN
        gateway.credentials = right
        gateway.save()
    with clock.hold(clock.now() + 48 * HOURS):
        resolve_unknown(shop, now=clock.now)
    assert fresh(shop, invoice).due == 0
    assert sales(world, shop) == [first.total, invoice.total]


def test_a_gateway_that_will_not_talk_to_us_is_told_of(shop: Company, world: Any) -> None:
    (invoice,), method = bill(shop)
    world.fault("drop_after", path="transact", type="sale", times=1)
    pay(shop, [invoice], method)
    with inside(shop):
        gateway = Gateway.objects.get()
        gateway.credentials = {"security_key": "wrong"}
        gateway.save()
    with clock.hold(clock.now() + 2 * HOURS), pytest.raises(BadCredentials):
        resolve_unknown(shop, now=clock.now)
    with inside(shop):
        attempt = Attempt.objects.get()
        assert (attempt.state, attempt.checks) == (Attempt.State.UNKNOWN, 1)


def test_the_audit_finds_money_that_moved_for_a_payment_that_we_call_cancelled(shop: Company, world: Any) -> None:
    (invoice,), method = bill(shop)
    payment = pay(shop, [invoice], method)
    assert audit(shop, now=clock.now()).differences == []
    with inside(shop):
        reverse_all(payment, at=clock.now())
        Payment.objects.update(status=Payment.Status.CANCELLED)
    assert [str(found) for found in audit(shop, now=clock.now()).differences] == [
        f"payment {payment.number}: status is cancelled, but comes out as money moved"
    ]


def test_who_has_switched_the_mail_about_attempts_off_gets_none_where_the_company_writes_to_nobody(
    shop: Company, world: Any
) -> None:
    (subscriber,) = make_subscribers(shop, 1, token=make_card_token(world, shop, card_answering(202)))
    with inside(shop):
        method = subscriber.auto_pays.get().billing_method
        make_auto_pay(subscriber, method, email_on_attempt=False)
        DunningPolicy.objects.create(days=[3], writes=False)
    assert run_night(shop, FIRST).charges.declined == 1
    with inside(shop):
        assert not shop.messages.filter(kind="payment_failed").exists()
        assert Invoice.objects.get().due > 0
