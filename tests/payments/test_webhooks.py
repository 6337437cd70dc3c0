"""What the gateway says by itself reaches the books: late, twice, out of order, forged or lost, they end the same."""

import datetime as dt
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_furnished_company, make_invoice
from alarmdesk.payments.inbound import WAITS, try_again, windows, work_off
from alarmdesk.payments.models import Attempt, BillingMethod, Gateway, InboundEvent, Payment
from alarmdesk.payments.testing import (
    TEST_CARD,
    make_bank_token,
    make_card_token,
    make_gateway,
    make_method,
    make_payment,
    merchant_of,
)
from simulators.nmi.rules import card_answering
from tests.payments.conftest import NOON

KEY = "the signing key of the merchant"
DAY = dt.timedelta(days=1)


@pytest.fixture
def told(shop: Company, world: Any, site: str) -> Company:
    """The shop, and the gateway knows where to send its webhooks."""
    listen(shop, world, site)
    return shop


def listen(company: Company, world: Any, site: str) -> None:
    with inside(company):
        gateway = Gateway.objects.get(is_active=True)
        gateway.webhook_code = f"code-{company.pk}"
        gateway.credentials = {**gateway.credentials, "webhook_key": KEY}
        gateway.save()
    world.webhooks(merchant_of(company), f"{site}{address(company)}", secret=KEY)


def address(company: Company) -> str:
    return f"/hooks/{company.slug}/code-{company.pk}/"


def signed(event: dict[str, Any], key: str = KEY) -> dict[str, Any]:
    """A webhook as the gateway sends it, for Django's client."""
    body = json.dumps(event).encode()
    digest = hmac.new(key.encode(), b"nonce." + body, hashlib.sha256).hexdigest()
    return {"data": body, "content_type": "application/json", "headers": {"Webhook-Signature": f"t=nonce,s={digest}"}}


def event(**body: str) -> dict[str, Any]:
    return {"event_id": f"id-{body}", "event_type": "transaction.sale.success", "event_body": body}


def today() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def act(company: Company, *, later: dt.timedelta = dt.timedelta(0)) -> int:
    """What the job does; webhooks come in by the real clock."""
    return work_off(company, now=lambda: today() + later)


def make_paying(company: Company, world: Any, *, account: str = "") -> tuple[BillingMethod, Invoice]:
    with inside(company):
        customer = make_billed_customer(state="")
        token = make_bank_token(world, company, account) if account else TEST_CARD
        method = make_method(customer, token)
        return method, make_invoice(customer, lines=[line(price="40.00")])


def states(company: Company) -> list[tuple[str, str]]:
    with inside(company):
        return list(InboundEvent.objects.order_by("pk").values_list("kind", "state"))


def the_payment(company: Company) -> Payment:
    with inside(company):
        return Payment.objects.get(kind="sale")


def test_a_charge_whose_answer_was_lost_is_known_as_soon_as_the_gateway_says_so(told: Company, world: Any) -> None:
    world.fault("drop_after", path="transact", type="sale", times=1)
    world.fault("twice", path="webhook", type="transaction.sale.*", times=1)
    make_payment(told, *make_paying(told, world))
    assert the_payment(told).status == "unknown"
    assert [each["status"] for each in world.deliveries(merchant_of(told), send=True)] == ["sent", "sent"]
    with inside(told):
        assert Payment.objects.get().status == "unknown"  # it is kept; nothing is believed yet
    assert act(told) == 1
    assert (the_payment(told).status, the_payment(told).applied) == ("pending", 40)
    assert states(told) == [("transaction.sale.success", "done")]
    assert world.statement(merchant_of(told))["totals"]["sales"] == "40.00"


def test_one_event_delivered_twenty_times_and_out_of_order_moves_the_books_once(told: Company, world: Any) -> None:
    world.fault("reordered", path="webhook", type="transaction.sale.*", times=1)
    make_payment(told, *make_paying(told, world))
    world.set_clock(NOON + DAY)
    kinds = [each["kind"] for each in world.deliveries(merchant_of(told), send=True) if each["status"] == "sent"]
    assert sorted(kinds) == ["settlement.batch.complete", "transaction.sale.success"]
    again = world.deliveries(merchant_of(told))[0]["event_id"]
    world.resend(again, times=20)
    assert {each["status"] for each in world.deliveries(merchant_of(told), send=True)} == {"sent"}
    act(told)
    assert [state for _, state in states(told)] == ["done", "done"]
    assert the_payment(told).status == "complete"
    with inside(told):
        assert Payment.objects.get().allocations.count() == 1
    assert act(told) == 0


def test_a_bank_return_is_known_from_its_webhook_however_late_it_comes(told: Company, world: Any) -> None:
    world.fault("late", path="webhook", seconds=30 * 86400, type="transaction.check.status.settle", times=1)
    make_payment(told, *make_paying(told, world, account="10000001"))
    world.set_clock(NOON + 8 * DAY)
    world.deliveries(merchant_of(told), send=True)
    act(told)
    returned = the_payment(told)
    assert (returned.status, returned.applied) == ("returned", 0)
    assert returned.return_code == "R01"
    world.set_clock(NOON + 40 * DAY)
    world.deliveries(merchant_of(told), send=True)
    act(told)
    assert [state for _, state in states(told)][-1] == "done"
    assert the_payment(told).status == "returned"


def test_a_dispute_that_names_no_charge_of_ours_is_found_on_the_statement(told: Company, world: Any) -> None:
    paying = make_paying(told, world)
    world.set_clock(today() - 2 * DAY)
    payment = make_payment(told, *paying, at=today() - 2 * DAY)
    world.set_clock(today())
    world.deliveries(merchant_of(told), send=True)
    act(told)
    assert the_payment(told).status == "complete"
    with inside(told):
        charge = payment.attempts.get().external_id
    world.control("nmi/chargeback", {"transaction_id": charge})
    world.deliveries(merchant_of(told), send=True)
    act(told)
    assert (the_payment(told).status, the_payment(told).applied) == ("disputed", 0)
    with inside(told):
        assert Invoice.objects.get().due == payment.amount


@pytest.mark.parametrize(("approve", "status", "applied"), [(True, "pending", 40), (False, "failed", 0)])
def test_a_sale_held_for_review_is_not_paid_until_the_gateway_has_decided(
    told: Company, world: Any, approve: bool, status: str, applied: int
) -> None:
    with inside(told):
        customer = make_billed_customer(state="")
        method = make_method(customer, make_card_token(world, told, card_answering(900)))
        invoice = make_invoice(customer, lines=[line(price="40.00")])
    payment = make_payment(told, method, invoice)
    assert (payment.status, the_payment(told).applied) == ("held", 0)
    with inside(told):
        charge = payment.attempts.get().external_id
    world.control("nmi/review", {"transaction_id": charge, "approve": approve})
    world.deliveries(merchant_of(told), send=True)
    act(told)
    assert (the_payment(told).status, the_payment(told).applied) == (status, applied)


def test_forgeries_are_refused_and_leave_nothing_behind(told: Company, world: Any) -> None:
    world.fault("forged", path="webhook", times=1)
    make_payment(told, *make_paying(told, world))
    world.deliveries(merchant_of(told), send=True)
    with inside(told):
        assert InboundEvent.objects.count() == 1  # the true one
    answer = Client().post(address(told), **signed(event(order_id="k"), "another key"))
    assert (answer.status_code, answer.content) == (400, b"The signature is not the gateway's.")
    unsigned = {**signed(event(order_id="k")), "headers": {}}
    assert Client().post(address(told), **unsigned).status_code == 400
    odd = signed({"event_id": "1", "event_body": []})
    assert Client().post(address(told), **odd).status_code == 400
    with inside(told):
        assert InboundEvent.objects.count() == 1


@pytest.mark.parametrize("signature", ["t=nonce,s=é", "t=é,s=", "s", ",,,=", "t=1,v1=é"])
def test_a_signature_of_strange_letters_is_a_forgery_and_no_error(told: Company, signature: str) -> None:
    for kind, header in (("nmi", "Webhook-Signature"), ("stripe", "Stripe-Signature")):
        with inside(told):
            Gateway.objects.update(kind=kind)
        sent = {**signed(event(order_id="k")), "headers": {header: signature}}
        assert Client().post(address(told), **sent).status_code == 400


def test_an_empty_key_signs_for_nobody_at_stripe(told: Company) -> None:
    with inside(told):
        Gateway.objects.update(kind="stripe", credentials={"secret_key": "x"})
    body = json.dumps({"id": "evt_1", "type": "charge.refunded", "created": 1, "data": {"object": {}}}).encode()
    at = int(today().timestamp())
    digest = hmac.new(b"", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    answer = Client().post(
        address(told), data=body, content_type="application/json", headers={"Stripe-Signature": f"t={at},v1={digest}"}
    )
    assert answer.status_code == 400


def test_what_a_year_old_webhook_says_is_asked_about_once(told: Company, world: Any) -> None:
    make_payment(told, *make_paying(told, world))
    world.deliveries(merchant_of(told), send=True)
    act(told)
    [first] = world.deliveries(merchant_of(told))
    with inside(told):
        kept = InboundEvent.objects.get()
        InboundEvent.objects.update(received_at=today() - 400 * DAY)
    world.resend(first["event_id"], times=3)
    assert act(told) == 0
    with inside(told):
        assert InboundEvent.objects.get().pk == kept.pk


def test_no_address_that_opens_something_is_in_a_log_line(told: Company, caplog: pytest.LogCaptureFixture) -> None:
    from alarmdesk.lib.redacting import WithoutKeys

    caplog.handler.addFilter(WithoutKeys())
    with caplog.at_level("WARNING"):
        Client().post(address(told), **signed(event(order_id="k"), "another key"))
        Client().get(f"/{told.slug}/pay/WzEsImkiLDFd.secret/")
        Client().get(f"/{told.slug}/portal/invitation/WzEsMl0.secret/")
    assert "/hooks/" in caplog.text
    assert "/pay/…/" in caplog.text
    assert f"code-{told.pk}" not in caplog.text
    assert "secret" not in caplog.text


def test_a_gateway_without_a_signing_key_takes_no_webhook(told: Company) -> None:
    with inside(told):
        Gateway.objects.update(credentials={"security_key": "x"})
    assert Client().post(address(told), **signed(event(order_id="k"), "")).status_code == 400


def test_what_the_merchant_sells_elsewhere_is_not_ours(told: Company, world: Any) -> None:
    with inside(told):
        key = Gateway.objects.get().credentials["security_key"]
    form = {"security_key": key, "type": "sale", "amount": "9.00", "orderid": "WEBSHOP-1"}
    form |= {"ccnumber": "4111111111111111", "ccexp": "1030"}
    httpx.post(f"{world.http}/api/transact.php", data=form, trust_env=False)
    world.deliveries(merchant_of(told), send=True)
    world.fault("drop_before", path="query")  # nobody needs to ask about it
    assert act(told) == 1
    assert states(told) == [("transaction.sale.success", "ignored")]


def test_a_neighbours_charge_moves_nothing_here(told: Company, world: Any, site: str) -> None:
    neighbour = make_furnished_company()
    make_gateway(neighbour, world)
    listen(neighbour, world, site)
    make_payment(told, *make_paying(told, world))
    world.deliveries(merchant_of(told), send=True)
    with inside(told):
        key = Attempt.objects.get().key
    # even the neighbour's own signing key on our key of a charge: it is looked for among the neighbour's
    assert Client().post(address(neighbour), **signed(event(order_id=key))).status_code == 200
    act(neighbour)
    assert states(neighbour) == [("transaction.sale.success", "ignored")]
    assert states(told) == [("transaction.sale.success", "received")]


def test_while_the_gateway_is_away_events_wait_longer_and_longer_then_fail_in_sight(told: Company, world: Any) -> None:
    make_payment(told, *make_paying(told, world))
    world.deliveries(merchant_of(told), send=True)
    world.fault("drop_before", path="query")
    later = dt.timedelta(0)
    for number, wait in enumerate(WAITS):
        assert act(told, later=later) == 0
        with inside(told):
            kept = InboundEvent.objects.get()
            assert (kept.tries, kept.state) == (number + 1, "failed" if number + 1 == len(WAITS) else "received")
            assert "did not answer" in kept.error
        assert act(told, later=later) == 0  # not before its time
        later = WAITS[min(number + 1, len(WAITS) - 1)] + dt.timedelta(seconds=1)
        assert wait <= later
    world.clear_faults()
    with inside(told):
        assert InboundEvent.objects.get().tries == len(WAITS)
        assert try_again(InboundEvent.objects.all(), at=today() - DAY) == 1
    assert act(told) == 1
    assert [state for _, state in states(told)] == ["done"]


def test_one_job_waits_however_many_events_come(told: Company) -> None:
    for number in range(3):
        assert Client().post(address(told), **signed(event(order_id=f"k{number}"))).status_code == 200
    jobs = ProcrastinateJob.objects.filter(lock=f"events-{told.pk}", status="todo")
    assert jobs.count() == 1


def test_the_address_answers_nobody_else(told: Company) -> None:
    browser = Client()
    assert browser.get(address(told)).status_code == 405
    assert browser.post(f"/hooks/{told.slug}/guess/", **signed(event(order_id="k"))).status_code == 404
    assert browser.post("/hooks/nobody-here/guess/", **signed(event(order_id="k"))).status_code == 404
    long = {**signed(event(order_id="k")), "data": b"x" * (256 * 1024 + 1)}
    assert browser.post(address(told), **long).status_code == 413


def test_who_keeps_guessing_is_told_to_wait_and_true_events_still_come_in(told: Company) -> None:
    stranger = Client(REMOTE_ADDR="203.0.113.9")
    answers = {stranger.post(address(told), **signed(event(), "guess")).status_code for _ in range(62)}
    assert answers == {400, 429}
    assert stranger.post(address(told), **signed(event(order_id="k"))).status_code == 200


def test_moments_close_together_are_asked_about_at_once() -> None:
    hour = dt.timedelta(hours=1)
    spans = windows([NOON, NOON + 5 * hour, NOON + hour])
    assert spans == [(NOON - hour, NOON + 2 * hour), (NOON + 4 * hour, NOON + 6 * hour)]
