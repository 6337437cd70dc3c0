"""What does every adapter promise? The same stories are told to both gateways; the simulator's statement judges."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer, Outcome, Refused, Standing, StoreRequest, Token
from simulators.nmi.rules import card_answering
from tests.payments.contract.counters import FRIDAY_NOON, Counter, open_counter

DAY = 86_400


def test_credentials_are_known_or_not(counter: Counter) -> None:
    counter.port.verify()
    with pytest.raises(BadCredentials):
        open_counter(counter.world, counter.dialect, secret_key="sk_wrong").port.verify()


def test_a_card_is_stored_and_shown_without_its_number(counter: Counter) -> None:
    kept = counter.stored()
    assert (kept.kind, kept.brand, kept.last_four) == ("card", "Visa", "1111")
    assert kept.expires_on == dt.date(2030, 10, 31)
    assert len(kept.vault_id) <= 60


def test_a_bank_account_is_stored(counter: Counter) -> None:
    kept = counter.stored("24413815", kind="ach")
    assert (kept.kind, kept.brand, kept.last_four, kept.expires_on) == ("ach", "", "3815", None)


def test_storing_again_under_the_same_id_gives_what_is_there(counter: Counter) -> None:
    request = StoreRequest(counter.token(), counter.fresh("v"), "Ann Lee")
    assert counter.port.store(request) == counter.port.store(request)


@pytest.mark.parametrize("nth", [1, 2])
def test_a_lost_answer_to_storing_is_made_good_by_storing_again(counter: Counter, nth: int) -> None:
    request = StoreRequest(counter.token(), counter.fresh("v"), "Ann Lee")
    counter.fault("drop_after", every=nth, times=1)
    if counter.dialect == "stripe" or nth == 1:  # NMI stores at one stroke
        with pytest.raises(NoAnswer):
            counter.port.store(request)
    counter.world.clear_faults()
    kept = counter.port.store(request)
    assert counter.port.store(request) == kept
    assert counter.sale(kept, "10.00").is_good


def test_a_token_that_nobody_gave_is_refused(counter: Counter) -> None:
    with pytest.raises(Refused):
        counter.port.store(StoreRequest(Token("pm_invented", "card"), counter.fresh("v")))


def test_a_forgotten_method_cannot_be_charged_and_may_be_forgotten_again(counter: Counter) -> None:
    kept = counter.stored()
    counter.port.forget(kept.vault_id)
    counter.port.forget(kept.vault_id)
    assert counter.sale(kept, "10.00").outcome is Outcome.DECLINED
    assert counter.truth()["sales_count"] == 0


def test_a_sale_is_approved_then_settled_in_a_batch(counter: Counter) -> None:
    kept = counter.stored()
    answer = counter.sale(kept, "89.97", "k1")
    assert (answer.outcome, answer.is_hard) == (Outcome.APPROVED, False)
    line = counter.lines()["k1"]
    assert (line.external_id, line.verb, line.amount, line.outcome, line.batch_id, line.settled_at) == (
        answer.external_id, "sale", Decimal("89.97"), Outcome.APPROVED, "", None,
    )  # fmt: skip
    assert line.at == FRIDAY_NOON
    counter.world.advance(DAY)
    line = counter.lines()["k1"]
    assert line.outcome is Outcome.SETTLED
    assert line.settled_at == dt.datetime(2027, 1, 15, 22, tzinfo=dt.UTC)
    [truth] = counter.world.statement("Shop")["transactions"]
    assert (str(truth["batch_id"]), truth["order_id"], truth["transaction_id"]) == (
        line.batch_id,
        "k1",
        line.external_id,
    )
    found = counter.port.look_up("k1")
    assert found is not None
    assert (found.outcome, found.external_id) == (Outcome.SETTLED, answer.external_id)


def test_one_off_money_is_drawn_from_a_token(counter: Counter) -> None:
    for kind, number in (("card", "4111111111111111"), ("ach", "24413815")):
        request = counter.wish(counter.stored(), "25.00")
        guest = type(request)(
            key=counter.fresh("g"), vault_id="", kind=kind, amount=request.amount, description="Pay link",
            recurring=False, by_customer=True, token=counter.token(number, kind=kind),
        )  # fmt: skip
        answer = counter.port.sale(guest)
        assert answer.outcome is Outcome.APPROVED, answer
        found = counter.port.look_up(guest.key)
        assert found is not None
        assert (found.outcome, found.external_id) == (Outcome.APPROVED, answer.external_id)
    assert counter.truth()["sales"] == "50.00"


@pytest.mark.parametrize(("code", "is_hard"), [(202, False), (200, False), (252, True), (251, True), (262, True)])
def test_a_decline_is_an_answer_and_some_are_for_ever(counter: Counter, code: int, is_hard: bool) -> None:
    kept = counter.stored(card_answering(code))
    answer = counter.sale(kept, "10.00", "k1")
    assert (answer.outcome, answer.is_hard) == (Outcome.DECLINED, is_hard)
    assert answer.message.endswith(".")
    assert answer.code
    found = counter.port.look_up("k1")
    assert found is not None
    assert (found.outcome, found.is_hard) == (Outcome.DECLINED, is_hard)
    assert counter.truth()["sales_count"] == 0


def test_a_card_without_funds_is_charged_when_it_has_some_again(counter: Counter) -> None:
    kept = counter.stored()
    counter.world.ways("Shop", kept.vault_id, "202")
    declined = [counter.sale(kept, "10.00") for _ in range(2)]
    assert [(each.outcome, each.is_hard) for each in declined] == [(Outcome.DECLINED, False)] * 2
    counter.world.ways("Shop", kept.vault_id, "")
    assert counter.sale(kept, "10.00").is_good
    assert counter.truth()["sales"] == "10.00"


@pytest.mark.parametrize("fault", ["drop_after", "error_500_after", "hang"])
def test_a_lost_answer_is_found_by_our_key(counter: Counter, fault: str) -> None:
    kept = counter.stored()
    counter.fault(fault, type_="sale", times=1)
    with pytest.raises(NoAnswer):
        counter.sale(kept, "10.00", "k1")
    found = counter.port.look_up("k1")
    assert found is not None
    assert found.is_good
    assert counter.truth()["sales"] == "10.00"


@pytest.mark.parametrize("fault", ["drop_before", "error_500_before"])
def test_what_never_arrived_is_not_found_and_may_be_sent_again(counter: Counter, fault: str) -> None:
    kept = counter.stored()
    counter.fault(fault, type_="sale", times=1)
    wish = counter.wish(kept, "10.00")
    with pytest.raises(NoAnswer):
        counter.port.sale(wish)
    assert counter.port.look_up(wish.key) is None
    assert counter.port.sale(wish).is_good
    assert counter.truth()["sales"] == "10.00"


def test_a_resend_under_the_same_key_charges_once(counter: Counter) -> None:
    wish = counter.wish(counter.stored(), "10.00", recurring=False)
    first, again = counter.port.sale(wish), counter.port.sale(wish)
    assert first.external_id == again.external_id
    assert again.is_good
    assert counter.truth()["sales"] == "10.00"


def test_resends_at_once_charge_once(counter: Counter) -> None:
    wish = counter.wish(counter.stored(), "10.00", recurring=False)
    gate = threading.Barrier(8)

    def send() -> str:
        gate.wait()
        try:
            return counter.port.sale(wish).outcome
        except NoAnswer:
            return "no answer"

    with ThreadPoolExecutor(8) as pool:
        said = {job.result() for job in [pool.submit(send) for _ in range(8)]}
    assert Outcome.APPROVED in said
    assert said <= {Outcome.APPROVED, "no answer"}
    assert counter.truth()["sales"] == "10.00"


def test_two_equal_charges_under_two_keys_are_two(counter: Counter) -> None:
    kept = counter.stored()
    assert counter.sale(kept, "39.99").external_id != counter.sale(kept, "39.99").external_id
    assert counter.truth()["sales"] == "79.98"


def test_refunds_go_up_to_the_sale_and_no_further(counter: Counter) -> None:
    sale = counter.sale(counter.stored(), "150.00", "k1")
    counter.world.advance(DAY)
    for number, amount in enumerate(("40.00", "50.00", "60.00")):
        answer = counter.port.refund(key=f"r{number}", external_id=sale.external_id, amount=Decimal(amount))
        assert answer.is_good, answer
    over = counter.port.refund(key="r9", external_id=sale.external_id, amount=Decimal("0.01"))
    assert over.outcome is Outcome.DECLINED
    line = counter.lines()["r0"]
    assert (line.verb, line.amount, line.of_external_id) == ("refund", Decimal("40.00"), sale.external_id)
    found = counter.port.look_up("r1")
    assert found is not None
    assert found.is_good
    refused = counter.port.look_up("r9")
    assert refused is None or refused.outcome is Outcome.DECLINED
    assert counter.truth()["net"] == "0.00"


def test_a_lost_refund_is_found_and_its_resend_gives_back_once(counter: Counter) -> None:
    sale = counter.sale(counter.stored(), "150.00")
    counter.world.advance(DAY)
    counter.fault("drop_after", type_="refund", times=1)
    with pytest.raises(NoAnswer):
        counter.port.refund(key="r1", external_id=sale.external_id, amount=Decimal("40.00"))
    found = counter.port.look_up("r1")
    assert found is not None
    assert found.is_good
    assert counter.truth()["refunds"] == "40.00"


def test_a_sale_is_voided_before_it_settles_and_not_after(counter: Counter) -> None:
    kept = counter.stored()
    first, second = counter.sale(kept, "10.00", "k1"), counter.sale(kept, "20.00", "k2")
    answer = counter.port.void(key="v1", external_id=first.external_id)
    assert (answer.outcome, answer.external_id) == (Outcome.VOIDED, first.external_id)
    counter.world.advance(DAY)
    assert counter.port.void(key="v2", external_id=second.external_id).outcome is Outcome.DECLINED
    found = [counter.port.look_up(key) for key in ("k1", "k2")]
    assert [each and each.outcome for each in found] == [Outcome.VOIDED, Outcome.SETTLED]
    lines = counter.lines()
    assert [lines[key].outcome for key in ("k1", "k2")] == [Outcome.VOIDED, Outcome.SETTLED]
    truth = counter.truth()
    assert (truth["voids"], truth["net"]) == ("10.00", "20.00")


def test_a_bank_debit_can_be_voided_on_its_day(counter: Counter) -> None:
    sale = counter.sale(counter.stored("24413815", kind="ach"), "10.00", "k1")
    assert sale.outcome is Outcome.APPROVED
    assert counter.port.void(key="v1", external_id=sale.external_id).outcome is Outcome.VOIDED
    counter.world.advance(20 * DAY)
    assert counter.lines()["k1"].outcome is Outcome.VOIDED
    assert counter.truth()["net"] == "0.00"


def test_a_bank_debit_settles_after_days(counter: Counter) -> None:
    counter.sale(counter.stored("24413815", kind="ach"), "10.00", "k1")
    counter.world.advance(2 * DAY)
    assert counter.lines()["k1"].outcome is Outcome.APPROVED
    counter.world.advance(8 * DAY)
    assert counter.lines()["k1"].outcome is Outcome.SETTLED


@pytest.mark.parametrize(("number", "reason"), [("10000001", "R01 Insufficient Funds"), ("10000010", "R10")])
def test_a_bank_debit_comes_back_with_its_code(counter: Counter, number: str, reason: str) -> None:
    counter.sale(counter.stored(number, kind="ach"), "89.97", "k1")
    counter.world.advance(90 * DAY)
    line = counter.lines()["k1"]
    assert line.outcome is Outcome.RETURNED
    assert line.reason.startswith(reason)
    found = counter.port.look_up("k1")
    assert found is not None
    assert found.outcome is Outcome.RETURNED
    assert counter.truth()["net"] == "0.00"


def test_what_came_back_lately_is_told_though_it_began_long_ago(counter: Counter) -> None:
    counter.sale(counter.stored("10000010", kind="ach"), "89.97", "k1")
    counter.world.advance(90 * DAY)
    since = FRIDAY_NOON + dt.timedelta(days=30)
    told = [line for line in counter.port.statement(since, since + dt.timedelta(days=60)) if line.key == "k1"]
    assert [line.outcome for line in told] == [Outcome.RETURNED]


def test_a_chargeback_takes_the_money_back_until_the_dispute_is_won(counter: Counter) -> None:
    sale = counter.sale(counter.stored(), "89.97", "k1")
    counter.world.advance(2 * DAY)
    counter.dispute(sale.external_id)
    line = counter.lines()["k1"]
    assert (line.outcome, bool(line.reason)) == (Outcome.DISPUTED, True)
    found = counter.port.look_up("k1")
    assert found is not None
    assert found.outcome is Outcome.DISPUTED
    assert counter.truth()["net"] == "0.00"
    since = FRIDAY_NOON + dt.timedelta(days=1, hours=12)
    told = [each for each in counter.port.statement(since, since + dt.timedelta(days=3)) if each.key == "k1"]
    assert [each.outcome for each in told] == [Outcome.DISPUTED]
    counter.world.advance(2 * DAY)
    counter.dispute(sale.external_id, is_won=True)
    assert counter.lines()["k1"].outcome is Outcome.SETTLED
    again = counter.port.look_up("k1")
    assert again is not None
    assert again.outcome is Outcome.SETTLED
    assert counter.truth()["net"] == "89.97"


def test_batches_sum_to_the_cent_of_their_lines(counter: Counter) -> None:
    kept = counter.stored()
    sales = [counter.sale(kept, f"{10 + number}.17") for number in range(5)]
    counter.port.void(key="v1", external_id=sales[0].external_id)
    counter.world.advance(DAY)
    counter.port.refund(key="r1", external_id=sales[1].external_id, amount=Decimal("4.04"))
    counter.sale(kept, "99.99")
    counter.world.advance(DAY)
    since, until = FRIDAY_NOON - dt.timedelta(days=1), FRIDAY_NOON + dt.timedelta(days=3)
    sums: dict[str, tuple[int, Decimal]] = {}
    for line in counter.port.statement(since, until):
        if line.batch_id:
            count, amount = sums.get(line.batch_id, (0, Decimal(0)))
            sums[line.batch_id] = count + 1, amount + (line.amount if line.verb == "sale" else -line.amount)
    batches = {batch.batch_id: (batch.count, batch.amount) for batch in counter.port.batches(since, until)}
    assert batches == sums
    assert sum((amount for _, amount in batches.values()), Decimal(0)) == Decimal(counter.truth()["net"])
    assert sorted(count for count, _ in batches.values()) == [2, 4]


def test_a_page_of_the_statement_is_not_the_end_of_it(counter: Counter) -> None:
    kept = counter.stored()
    keys = {counter.fresh("p") for _ in range(130)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: counter.sale(kept, "1.00", key), keys))
    assert set(counter.lines()) == keys
    assert counter.port.look_up(min(keys)) is not None


def test_no_key_of_another_merchant_is_found(counter: Counter) -> None:
    counter.sale(counter.stored(), "10.00", "k1")
    counter.world.merchant("Rival", security_key="rival-key", tokenization_key="rival-public")
    rival = open_counter(counter.world, counter.dialect, secret_key="rival-key")
    assert rival.port.look_up("k1") is None
    assert list(rival.port.statement(FRIDAY_NOON - dt.timedelta(days=1), FRIDAY_NOON + dt.timedelta(days=1))) == []


def test_hosted_fields_come_from_the_gateway(counter: Counter) -> None:
    hosted = counter.port.hosted_fields()
    assert hosted.tokenization_key == counter.public_key
    assert hosted.script_url.startswith(hosted.origin)


def test_what_was_made_earlier_than_asked_about_is_not_looked_for(counter: Counter) -> None:
    """`since` spares a gateway without an index of our keys its whole history."""
    counter.sale(counter.stored(), "10.00", "k1")
    counter.world.advance(DAY)
    counter.sale(counter.stored(), "20.00", "k2")
    since = FRIDAY_NOON + dt.timedelta(hours=12)
    found = counter.port.look_up("k2", since=since)
    assert found is not None
    assert found.is_good
    assert counter.port.look_up("k1", since=FRIDAY_NOON - dt.timedelta(hours=1)) is not None
    if counter.dialect == "stripe":  # NMI finds by the day of the last change, and k1 has settled since
        assert counter.port.look_up("k1", since=since) is None


def test_a_dispute_of_a_part_takes_that_part_until_it_is_won(counter: Counter) -> None:
    sale = counter.sale(counter.stored(), "89.97", "k1")
    counter.world.advance(2 * DAY)
    counter.dispute(sale.external_id, amount="30.00")
    line = counter.lines()["k1"]
    assert (line.outcome, line.amount, line.taken) == (Outcome.DISPUTED, Decimal("89.97"), Decimal("30.00"))
    assert counter.truth()["net"] == "59.97"
    counter.world.advance(DAY)
    counter.dispute(sale.external_id, is_won=True)
    line = counter.lines()["k1"]
    assert (line.outcome, line.taken) == (Outcome.SETTLED, Decimal(0))
    assert counter.truth()["net"] == "89.97"


def test_cards_that_the_networks_changed_are_told_as_they_are_now(counter: Counter) -> None:
    one, two = counter.stored(), counter.stored()
    counter.world.updater("Shop", one.vault_id, "NED", exp="1133")
    counter.world.updater("Shop", two.vault_id, "NAN", exp="1234", last4="7777")
    since, until = FRIDAY_NOON - dt.timedelta(hours=1), FRIDAY_NOON + dt.timedelta(hours=1)
    told = {change.method.vault_id: change for change in counter.port.changed_methods(since, until)}
    assert {change.standing for change in told.values()} == {Standing.GOOD}
    assert (told[one.vault_id].method.last_four, told[one.vault_id].method.expires_on) == (
        "1111",
        dt.date(2033, 11, 30),
    )
    assert (told[two.vault_id].method.last_four, told[two.vault_id].method.expires_on) == (
        "7777",
        dt.date(2034, 12, 31),
    )
    assert list(counter.port.changed_methods(until, until + dt.timedelta(days=1))) == []
