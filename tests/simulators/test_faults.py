"""Does the world go wrong exactly as scripted, and forget nothing when it is killed?"""

from __future__ import annotations

import signal
import time

import httpx
import pytest

from simulators.client import World
from tests.simulators.shop import CARD, CHECK, KEY, Query, Transact, ask, post


def sale(world: World, order_id: str, amount: str, *, timeout: float = 10) -> httpx.Response:
    """One sale whose answer may be lost."""
    form = {"security_key": KEY, "type": "sale", "amount": amount, "orderid": order_id, **CARD}
    return httpx.post(f"{world.http}/api/transact.php", data=form, timeout=timeout, trust_env=False)


def test_drop_before_does_nothing(world: World, query: Query) -> None:
    world.fault("drop_before", path="transact", order_id="INV-1", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        sale(world, "INV-1", "10.00")
    assert query(order_id="INV-1") == []
    assert sale(world, "INV-1", "10.00").text.startswith("response=1")


def test_drop_after_takes_the_money_and_the_order_id_finds_it(world: World, query: Query) -> None:
    world.fault("drop_after", path="transact", type="sale", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        sale(world, "INV-1", "10.00")
    assert [each.findtext("condition") for each in query(order_id="INV-1")] == ["pendingsettlement"]
    assert world.statement("Shop")["totals"]["sales"] == "10.00"
    assert "430" in sale(world, "INV-1", "10.00").text


def test_error_500_before_and_after(world: World, query: Query) -> None:
    world.fault("error_500_before", order_id="A*", times=1)
    world.fault("error_500_after", order_id="B*", times=1)
    assert sale(world, "A1", "10.00").status_code == 500
    assert sale(world, "B1", "20.00").status_code == 500
    assert query(order_id="A1") == []
    assert len(query(order_id="B1")) == 1


def test_hang_commits_and_never_answers(world: World, query: Query) -> None:
    world.fault("hang", type="sale", times=1)
    with pytest.raises(httpx.ReadTimeout):
        sale(world, "INV-1", "10.00", timeout=0.3)
    assert len(query(order_id="INV-1")) == 1


def test_a_client_that_gives_up_during_a_delay_is_charged_all_the_same(world: World, query: Query) -> None:
    world.fault("delay", seconds=0.6, type="sale", times=1)
    with pytest.raises(httpx.ReadTimeout):
        sale(world, "INV-1", "10.00", timeout=0.2)
    assert query(order_id="INV-1") == []
    deadline = time.monotonic() + 5
    while not query(order_id="INV-1"):
        assert time.monotonic() < deadline, "the delayed sale was never committed"
    assert world.statement("Shop")["totals"]["sales"] == "10.00"


def test_latency_counts_for_every_answer(world: World, transact: Transact) -> None:
    world.latency(0.2)
    start = time.monotonic()
    transact(type="validate", **CARD)
    assert time.monotonic() - start >= 0.2


def test_every_nth_and_seeded_shares_are_repeatable(world: World, transact: Transact) -> None:
    def failures() -> list[int]:
        world.clear_faults()
        world.fault("error_500_before", every=3, path="transact")
        world.fault("error_500_before", probability=0.3, seed=7, path="transact")
        form = {"security_key": KEY, "type": "validate", **CARD}
        with httpx.Client(trust_env=False) as client:
            return [client.post(f"{world.http}/api/transact.php", data=form).status_code for _ in range(30)]

    first = failures()
    assert first[2::3] == [500] * 10
    assert 10 < first.count(500) < 25
    assert failures() == first


def test_an_unknown_fault_is_refused(world: World) -> None:
    for wrong in ({"fault": "explode"}, {"fault": "delay", "match": {"color": "red"}}, {"fault": "delay", "when": 3}):
        with pytest.raises(httpx.HTTPStatusError):
            world.control("faults", [wrong])
    assert world.control("faults") == {"faults": []}


def test_kill_9_loses_nothing(own_world: World) -> None:
    world = own_world
    post(world, customer_vault="add_customer", customer_vault_id="C1", **CHECK)
    world.fault("drop_after", type="sale", times=2)
    world.latency(0.01)
    for number in (1, 2):
        with pytest.raises(httpx.RemoteProtocolError):
            sale(world, f"INV-{number}", f"{number}0.00")
    address = world.http
    world.kill()
    assert world.process.returncode == -signal.SIGKILL
    world.restart()
    assert world.http == address
    assert len(ask(world, order_id="INV-2")) == 1
    assert world.statement("Shop")["totals"]["sales"] == "30.00"
    assert world.control("clock") == {"now": "2027-01-15T12:00:00Z", "real": False}
    assert world.control("settings") == {"default_latency": 0.01}
    assert world.control("faults")["faults"][0]["fired"] == 2
    assert sale(world, "INV-1", "10.00").text.startswith("response=3&responsetext=Duplicate")
    assert post(world, type="sale", amount="5.00", customer_vault_id="C1")["response"] == "1"
    assert int(ask(world, order_id="")[-1].findtext("transaction_id") or 0) > 8_000_000_000


def test_sigterm_ends_cleanly_even_with_a_hanging_request(own_world: World) -> None:
    own_world.fault("hang", type="sale")
    with pytest.raises(httpx.ReadTimeout):
        sale(own_world, "INV-1", "10.00", timeout=0.2)
    assert own_world.stop() == 0
