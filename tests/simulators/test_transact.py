"""Does the simulated gateway answer Direct Post requests as NMI documents it?"""

from __future__ import annotations

import pytest

from simulators.client import World
from simulators.nmi import rules
from tests.simulators.shop import CARD, CHECK, FRIDAY_NOON, Query, Transact


def test_a_sale_is_answered_with_the_documented_variables(transact: Transact) -> None:
    answer = transact(type="sale", amount="89.97", orderid="INV-1", **CARD)
    assert list(answer) == [
        "response", "responsetext", "authcode", "transactionid", "avsresponse", "cvvresponse", "orderid", "type",
        "response_code",
    ]  # fmt: skip
    assert answer["response"] == "1"
    assert answer["responsetext"] == "SUCCESS"
    assert answer["response_code"] == "100"
    assert (answer["orderid"], answer["type"], answer["cvvresponse"]) == ("INV-1", "sale", "M")


def test_a_wrong_key_is_refused_and_nothing_moves(world: World, transact: Transact, query: Query) -> None:
    answer = transact(security_key="wrong", type="sale", amount="10.00", **CARD)
    assert (answer["response"], answer["responsetext"]) == ("3", "Authentication Failed")
    assert answer["response_code"] == "300"
    assert query() == []
    assert world.statement("Shop")["totals"]["net"] == "0.00"


def test_user_and_password_do_as_well(world: World, transact: Transact) -> None:
    world.merchant("Shop", username="ann", password="secret")
    answer = transact(security_key="", username="ann", password="secret", type="sale", amount="10.00", **CARD)
    assert answer["response"] == "1"
    answer = transact(security_key="", username="ann", password="", type="sale", amount="11.00", **CARD)
    assert answer["responsetext"] == "Authentication Failed"


@pytest.mark.parametrize("code", ["200", "202", "223", "250", "251", "252", "253", "300", "421", "440"])
def test_magic_cards_answer_with_their_code(world: World, transact: Transact, code: str) -> None:
    card = {"ccnumber": rules.card_answering(int(code)), "ccexp": "1030"}
    answer = transact(type="sale", amount="89.97", orderid="INV-1", **card)
    assert answer["response_code"] == code
    assert answer["response"] == ("2" if code < "300" else "3")
    assert world.statement("Shop")["transactions"] == []


def test_a_magic_card_keeps_its_ways_in_the_vault(transact: Transact) -> None:
    card = {"ccnumber": rules.card_answering(202), "ccexp": "1030"}
    assert transact(customer_vault="add_customer", customer_vault_id="C1", **card)["response"] == "1"
    assert transact(type="sale", amount="50.00", customer_vault_id="C1")["response_code"] == "202"


@pytest.mark.parametrize(
    ("amount", "code"), [("0.99", "200"), ("1.00", "100"), ("90202.00", "202"), ("90202.01", "100"), ("202.02", "100")]
)
def test_only_the_listed_amounts_decline(transact: Transact, amount: str, code: str) -> None:
    assert transact(type="sale", amount=amount, **CARD)["response_code"] == code


@pytest.mark.parametrize("amount", ["", "0.00", "-5.00", "1.234", "ten", "NaN", "Infinity"])
def test_an_amount_must_be_money(transact: Transact, query: Query, amount: str) -> None:
    answer = transact(type="sale", amount=amount, **CARD)
    assert answer["response"] == "3"
    assert answer["responsetext"].startswith("Invalid amount REFID:")
    assert query() == []


def test_a_card_expires_by_the_clock_of_the_world(world: World, transact: Transact) -> None:
    world.set_clock("2030-10-31T23:00:00")
    assert transact(type="sale", amount="10.00", **CARD)["response"] == "1"
    world.set_clock("2030-11-01T00:00:00")
    assert transact(type="sale", amount="20.00", **CARD)["response_code"] == "223"


def test_wrong_numbers_are_rejected(transact: Transact) -> None:
    card = transact(type="sale", amount="10.00", ccnumber="4111111111111112", ccexp="1030")
    check = transact(type="sale", amount="10.00", **CHECK | {"checkaba": "490000019"})
    assert (card["response"], check["response"]) == ("3", "3")
    assert card["responsetext"].startswith("Invalid Credit Card Number")
    assert check["responsetext"].startswith("Invalid ABA number")


def test_the_same_card_and_amount_within_the_window_is_a_duplicate(world: World, transact: Transact) -> None:
    assert transact(type="sale", amount="89.97", orderid="INV-1", **CARD)["response"] == "1"
    world.advance(1199)
    again = transact(type="sale", amount="89.97", orderid="INV-2", **CARD)
    assert (again["response"], again["response_code"], again["transactionid"]) == ("3", "430", "")
    assert again["responsetext"].startswith("Duplicate transaction REFID:")
    world.advance(1)
    assert transact(type="sale", amount="89.97", orderid="INV-1", **CARD)["response"] == "1"
    assert world.statement("Shop")["totals"]["sales"] == "179.94"


def test_dup_seconds_of_the_request_wins_over_the_merchant(world: World, transact: Transact) -> None:
    transact(type="sale", amount="5.00", **CARD)
    assert transact(type="sale", amount="5.00", dup_seconds="0", **CARD)["response"] == "1"
    world.merchant("Shop", duplicate_seconds=0)
    assert transact(type="sale", amount="5.00", **CARD)["response"] == "1"
    assert transact(type="sale", amount="5.00", dup_seconds="60", **CARD)["response_code"] == "430"


def test_a_merchant_may_count_the_order_id_and_answer_300(world: World, transact: Transact) -> None:
    world.merchant("Shop", duplicate_includes_order_id=1, duplicate_code="300")
    transact(type="sale", amount="5.00", orderid="A", **CARD)
    assert transact(type="sale", amount="5.00", orderid="B", **CARD)["response"] == "1"
    assert transact(type="sale", amount="5.00", orderid="A", **CARD)["response_code"] == "300"


def test_a_declined_sale_is_no_duplicate_and_can_be_found(transact: Transact, query: Query) -> None:
    card = {"ccnumber": rules.card_answering(202), "ccexp": "1030"}
    assert transact(type="sale", amount="5.00", orderid="D", **card)["response_code"] == "202"
    assert transact(type="sale", amount="5.00", orderid="D", **card)["response_code"] == "202"
    found = query(order_id="D")
    assert [each.findtext("condition") for each in found] == ["failed", "failed"]
    assert found[0].findtext("action/success") == "0"


def test_vault_entries_are_added_once_changed_and_deleted(transact: Transact) -> None:
    added = transact(customer_vault="add_customer", customer_vault_id="cust 7", first_name="Ann", **CARD)
    assert (added["responsetext"], added["customer_vault_id"]) == ("Customer Added", "cust 7")
    twice = transact(customer_vault="add_customer", customer_vault_id="cust 7", **CARD)
    assert twice["response"] == "3"
    assert twice["responsetext"].startswith("Duplicate Customer Vault Id REFID:")
    assert transact(type="sale", amount="10.00", customer_vault_id="cust 7")["response"] == "1"
    changed = transact(customer_vault="update_customer", customer_vault_id="cust 7", **CHECK)
    assert changed["responsetext"] == "Customer Update Successful"
    assert transact(customer_vault="delete_customer", customer_vault_id="cust 7")["responsetext"] == "Customer Deleted"
    gone = transact(type="sale", amount="11.00", customer_vault_id="cust 7")
    assert gone["responsetext"].startswith("Invalid Customer Vault ID specified REFID:")


def test_a_sale_may_add_to_the_vault_and_gets_an_id(transact: Transact) -> None:
    answer = transact(type="sale", amount="10.00", customer_vault="add_customer", **CARD)
    assert answer["customer_vault_id"].isdecimal()
    later = transact(type="sale", amount="12.00", customer_vault_id=answer["customer_vault_id"])
    assert later["response"] == "1"


def test_the_public_test_tokens_work_again_and_again(world: World, transact: Transact) -> None:
    for token in (rules.TEST_TOKEN_CARD, rules.TEST_TOKEN_CHECK):
        assert transact(type="sale", amount="10.00", payment_token=token)["response"] == "1"
        assert transact(type="sale", amount="11.00", payment_token=token)["response"] == "1"
    methods = [each["method"] for each in world.statement("Shop")["transactions"]]
    assert methods == ["card", "card", "ach", "ach"]


def test_neither_number_nor_security_code_is_kept(world: World, transact: Transact) -> None:
    card = {"ccnumber": "5431111111111111", "ccexp": "1030", "cvv": "9731"}
    transact(type="sale", amount="10.00", customer_vault="add_customer", **card)
    transact(type="sale", amount="10.00", **CHECK | {"checkaccount": "7788990011"})
    stored = b"".join(each.read_bytes() for each in world.state_dir.iterdir())
    assert b"543111" in stored
    assert b"5431111111111111" not in stored
    assert b"9731" not in stored
    assert b"7788990011" not in stored


def test_an_authorization_is_captured_once_and_at_most_in_full(world: World, transact: Transact) -> None:
    held = transact(type="auth", amount="50.00", **CARD)["transactionid"]
    assert world.statement("Shop")["transactions"] == []
    assert transact(type="capture", transactionid=held, amount="50.01")["response"] == "3"
    assert transact(type="capture", transactionid=held, amount="40.00")["response"] == "1"
    assert transact(type="capture", transactionid=held, amount="10.00")["response"] == "3"
    assert world.statement("Shop")["totals"]["net"] == "40.00"


def test_validate_moves_nothing(world: World, transact: Transact) -> None:
    assert transact(type="validate", **CARD)["response"] == "1"
    world.set_clock(FRIDAY_NOON)
    assert world.statement("Shop")["transactions"] == []
