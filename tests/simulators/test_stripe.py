"""Does the official package, unchanged but for its address, find the Stripe that it knows?"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from simulators.client import World

DAY = 86_400
MANDATE = {"customer_acceptance": {"type": "offline"}}


class Till:
    """Shop's register: a client of Stripe and the few things that every story does."""

    def __init__(self, world: World, key: str = "sk_test_shop") -> None:
        self.world = world
        self.client = stripe.StripeClient(key, base_addresses={"api": world.http}, max_network_retries=0).v1

    def stored(self, method: str, *, kind: str = "card") -> tuple[str, str]:
        """A customer and a stored method of theirs."""
        customer = self.client.customers.create({"name": "Ann Lee"})
        asked: Any = {
            "customer": customer.id, "payment_method": method, "confirm": True, "payment_method_types": [kind],
            **({"mandate_data": MANDATE} if kind == "us_bank_account" else {}),
        }  # fmt: skip
        intent = self.client.setup_intents.create(asked)
        assert intent.status == "succeeded"
        return customer.id, str(intent.payment_method)

    def charge(self, method: tuple[str, str], amount: int, key: str, **more: Any) -> stripe.PaymentIntent:
        """One charge off session under a key of ours."""
        kind = more.pop("kind", "card")
        asked: Any = {
            "amount": amount, "currency": "usd", "customer": method[0], "payment_method": method[1], "confirm": True,
            "off_session": True, "error_on_requires_action": True, "payment_method_types": [kind],
            "metadata": {"attempt_id": key}, **more,
        }  # fmt: skip
        return self.client.payment_intents.create(asked, {"idempotency_key": key})

    def totals(self) -> dict[str, str]:
        """What the statement sums up."""
        return dict(self.world.statement("Shop", summary=True)["totals"])


@pytest.fixture
def till(world: World) -> Till:
    world.merchant("Shop", security_key="sk_test_shop", tokenization_key="pk_test_shop")
    return Till(world)


def test_a_card_is_charged_once_however_often_it_is_asked_under_one_key(till: Till) -> None:
    method = till.stored("pm_card_visa")
    first, again = till.charge(method, 1234, "A1"), till.charge(method, 1234, "A1")
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        till.charge(method, 1235, "A1")
    [line] = till.world.statement("Shop")["transactions"]
    assert (line["dialect"], line["order_id"], line["transaction_id"]) == ("stripe", "A1", first.id)
    assert till.totals()["sales"] == "12.34"


def test_a_key_is_forgotten_after_a_day_and_then_charges_again(till: Till) -> None:
    method = till.stored("pm_card_visa")
    first = till.charge(method, 1000, "A1")
    till.world.advance(DAY - 1)
    assert till.charge(method, 1000, "A1").id == first.id
    till.world.advance(1)
    assert till.charge(method, 1000, "A1").id != first.id
    assert till.totals()["sales"] == "20.00"


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
        ("pm_card_authenticationRequired", "authentication_required", None),
    ],
)
def test_a_decline_is_a_402_with_its_intent_and_moves_nothing(
    till: Till, method: str, code: str, decline_code: str | None
) -> None:
    stored = till.stored(method)
    with pytest.raises(stripe.CardError) as caught:
        till.charge(stored, 1000, "A1")
    assert caught.value.error is not None
    error = caught.value.error.to_dict()
    assert (caught.value.http_status, error["code"], error.get("decline_code")) == (402, code, decline_code)
    kept = till.client.payment_intents.retrieve(error["payment_intent"]["id"])
    assert (kept.status, kept.metadata["attempt_id"]) == ("requires_payment_method", "A1")
    with pytest.raises(stripe.CardError):
        till.charge(stored, 1000, "A1")
    assert till.totals()["sales_count"] == 0
    assert len(till.client.payment_intents.list({"customer": stored[0]}).data) == 1


@pytest.mark.parametrize(
    ("method", "decline_code"),
    [
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedLostCard", "lost_card"),
        ("pm_card_chargeDeclinedStolenCard", "stolen_card"),
    ],
)
def test_a_card_that_declines_cannot_be_stored(till: Till, method: str, decline_code: str) -> None:
    with pytest.raises(stripe.CardError) as caught:
        till.stored(method)
    assert caught.value.error is not None
    assert caught.value.error.decline_code == decline_code


def test_what_is_lost_on_the_wire_is_found_by_listing(till: Till) -> None:
    method = till.stored("pm_card_visa")
    till.world.fault("drop_after", path="stripe", type="sale", order_id="A1", times=1)
    till.world.fault("drop_before", path="stripe", type="sale", order_id="B1", times=1)
    for key in ("A1", "B1"):
        with pytest.raises(stripe.APIConnectionError):
            till.charge(method, 1000, key)
    found = till.client.payment_intents.list({"customer": method[0], "created": {"gte": 1}})
    assert [intent.metadata["attempt_id"] for intent in found.data] == ["A1"]
    till.charge(method, 1000, "A1")
    till.charge(method, 1000, "B1")
    assert till.totals()["sales"] == "20.00"


def test_a_500_is_stored_with_its_key_though_the_money_moved(till: Till) -> None:
    method = till.stored("pm_card_visa")
    till.world.fault("error_500_after", path="stripe", type="sale", times=1)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            till.charge(method, 1000, "A1")
        assert caught.value.http_status == 500
    assert till.totals()["sales"] == "10.00"


def test_of_two_at_once_under_one_key_one_is_told_to_wait(till: Till) -> None:
    method = till.stored("pm_card_visa")
    till.world.fault("delay", seconds=0.5, path="stripe", type="sale", times=1)
    gate = threading.Barrier(2)

    def charge() -> str:
        gate.wait()
        try:
            return str(till.charge(method, 1000, "A1").status)
        except stripe.APIError as error:
            return str(error.http_status)

    with ThreadPoolExecutor(2) as pool:
        said = sorted(job.result() for job in [pool.submit(charge), pool.submit(charge)])
    assert said == ["409", "succeeded"]
    assert till.totals()["sales"] == "10.00"


def test_refunds_never_exceed_the_charge(till: Till) -> None:
    intent = till.charge(till.stored("pm_card_visa"), 15000, "A1")
    for number, amount in enumerate((4000, 5000, 6000)):
        till.client.refunds.create(
            {"payment_intent": intent.id, "amount": amount, "metadata": {"attempt_id": f"R{number}"}}
        )
    with pytest.raises(stripe.InvalidRequestError) as caught:
        till.client.refunds.create({"payment_intent": intent.id, "amount": 1})
    assert caught.value.code == "charge_already_refunded"
    assert till.totals()["net"] == "0.00"


def test_a_whole_refund_before_the_payout_voids_the_sale(till: Till) -> None:
    intent = till.charge(till.stored("pm_card_visa"), 15000, "A1")
    till.client.refunds.create({"payment_intent": intent.id})
    assert till.totals() | {"voids": "150.00", "refunds": "0.00", "net": "0.00"} == till.totals()
    till.world.advance(DAY)
    [payout] = till.client.payouts.list().data
    assert payout.amount == -465  # Stripe keeps its fee


def test_a_payout_holds_what_was_available_and_sums_to_the_cent(till: Till) -> None:
    method = till.stored("pm_card_visa")
    first = till.charge(method, 10000, "A1")
    till.charge(method, 2050, "A2")
    till.client.refunds.create({"payment_intent": first.id, "amount": 1000})
    till.world.advance(DAY)
    [payout] = till.client.payouts.list({"created": {"gte": 1}}).data
    entries = till.client.balance_transactions.list({"payout": payout.id, "limit": 100, "expand": ["data.source"]}).data
    moved = [entry for entry in entries if entry.type != "payout"]
    assert sorted((entry.type, entry.amount) for entry in moved) == [
        ("charge", 2050),
        ("charge", 10000),
        ("refund", -1000),
    ]
    assert payout.amount == sum(entry.net for entry in moved)
    assert {line["batch_id"] for line in till.world.statement("Shop")["transactions"]} == {payout.id}


@pytest.mark.parametrize(
    ("method", "ends", "code"),
    [
        ("pm_usBankAccount_success", "succeeded", None),
        ("pm_usBankAccount_insufficientFunds", "requires_payment_method", "insufficient_funds"),
        ("pm_usBankAccount_accountClosed", "requires_payment_method", "account_closed"),
        ("pm_usBankAccount_processing", "processing", None),
    ],
)
def test_a_bank_debit_is_processing_for_days(till: Till, method: str, ends: str, code: str | None) -> None:
    stored = till.stored(method, kind="us_bank_account")
    intent = till.charge(stored, 8997, "A1", kind="us_bank_account")
    assert intent.status == "processing"
    till.world.advance(4 * DAY)  # Friday noon to Tuesday noon: the bank's fourth day is Thursday
    assert till.client.payment_intents.retrieve(intent.id).status == "processing"
    till.world.advance(3 * DAY)
    kept = till.client.payment_intents.retrieve(intent.id)
    error: Any = kept.last_payment_error
    assert (kept.status, error and error.code) == (ends, code)
    assert till.totals()["net"] == ("0.00" if code else "89.97")


def test_a_debit_that_comes_back_late_is_a_lost_dispute(till: Till) -> None:
    stored = till.stored("pm_usBankAccount_dispute", kind="us_bank_account")
    intent = till.charge(stored, 8997, "A1", kind="us_bank_account")
    till.world.advance(30 * DAY)
    [case] = till.client.disputes.list({"payment_intent": intent.id}).data
    assert (case.status, case.reason, case.amount) == ("lost", "debit_not_authorized", 8997)
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        till.client.refunds.create({"payment_intent": intent.id})
    assert till.totals()["net"] == "0.00"
    assert sum(payout.amount for payout in till.client.payouts.list().data) == -72  # 0.8 % of 89.97


def test_a_bank_debit_needs_a_mandate_and_can_be_cancelled_until_the_cut_off(till: Till) -> None:
    customer = till.client.customers.create({})
    with pytest.raises(stripe.InvalidRequestError, match="mandate"):
        till.charge((customer.id, "pm_usBankAccount_success"), 1000, "A0", kind="us_bank_account")
    stored = till.stored("pm_usBankAccount_success", kind="us_bank_account")
    first = till.charge(stored, 1000, "A1", kind="us_bank_account")
    assert till.client.payment_intents.cancel(first.id).status == "canceled"
    second = till.charge(stored, 1000, "A2", kind="us_bank_account")
    till.world.advance(DAY)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        till.client.payment_intents.cancel(second.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    assert till.totals()["net"] == "10.00"


def test_keys_tell_merchants_apart(till: Till) -> None:
    intent = till.charge(till.stored("pm_card_visa"), 1000, "A1")
    till.world.merchant("Rival", security_key="sk_test_rival", tokenization_key="pk_test_rival")
    rival = Till(till.world, "sk_test_rival")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        rival.client.payment_intents.retrieve(intent.id)
    assert caught.value.http_status == 404
    with pytest.raises(stripe.AuthenticationError):
        Till(till.world, "sk_test_nobody").client.balance.retrieve()
    with pytest.raises(stripe.PermissionError):
        Till(till.world, "pk_test_shop").client.balance.retrieve()


def test_an_unknown_parameter_is_refused_and_its_key_stays_free(till: Till) -> None:
    method = till.stored("pm_card_visa")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        till.charge(method, 1000, "A1", order_id="1")
    assert caught.value.code == "parameter_unknown"
    assert till.charge(method, 1000, "A1").status == "succeeded"


def test_lists_have_pages_newest_first(till: Till) -> None:
    method = till.stored("pm_card_visa")
    made = [till.charge(method, 1000 + number, f"A{number}").id for number in range(5)]
    page = till.client.payment_intents.list({"customer": method[0], "limit": 2})
    assert (page.has_more, [each.id for each in page.auto_paging_iter()]) == (True, made[::-1])


def test_nothing_is_forgotten_by_a_killed_process(own_world: World) -> None:
    own_world.merchant("Shop", security_key="sk_test_shop")
    till = Till(own_world)
    method = till.stored("pm_card_visa")
    first = till.charge(method, 1000, "A1")
    own_world.kill()
    own_world.restart()
    assert till.charge(method, 1000, "A1").id == first.id
    assert till.totals()["sales"] == "10.00"
