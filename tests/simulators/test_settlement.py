"""Does money settle, come back and get refunded when it should, and does the statement add up?"""

from __future__ import annotations

from decimal import Decimal

import pytest

from simulators.client import World
from tests.simulators.shop import CARD, CHECK, KEY, Query, Transact, wire

DAY = 86_400


def condition(query: Query, number: str) -> str:
    """What the query says of one transaction."""
    return query(transaction_id=number)[0].findtext("condition") or ""


def test_cards_settle_in_the_batch_of_the_day(world: World, transact: Transact, query: Query) -> None:
    first = transact(type="sale", amount="10.00", **CARD)["transactionid"]
    world.set_clock("2027-01-15T21:59:59")
    assert condition(query, first) == "pendingsettlement"
    world.set_clock("2027-01-15T22:00:00")
    late = transact(type="sale", amount="20.00", **CARD)["transactionid"]
    assert (condition(query, first), condition(query, late)) == ("complete", "pendingsettlement")
    actions = query(transaction_id=first)[0].findall("action")
    assert [each.findtext("action_type") for each in actions] == ["sale", "settle"]
    assert actions[1].findtext("date") == "20270115220000"
    assert actions[1].findtext("batch_id") != "0"


def test_bank_payments_settle_two_business_days_later(world: World, transact: Transact, query: Query) -> None:
    number = transact(type="sale", amount="10.00", **CHECK)["transactionid"]
    assert condition(query, number) == "pendingsettlement"
    world.set_clock("2027-01-15T22:00:00")
    assert condition(query, number) == "pending"
    world.set_clock("2027-01-19T21:59:59")
    assert condition(query, number) == "pending"
    world.set_clock("2027-01-19T22:00:00")
    assert condition(query, number) == "complete"


@pytest.mark.parametrize(
    ("account", "code", "days", "action"),
    [
        ("10000001", "R01", 3, "check_return"),
        ("10000002", "R02", 2, "check_return"),
        ("10000009", "R09", 3, "check_return"),
        ("10000010", "R10", 58, "check_late_return"),
        ("10000029", "R29", 2, "check_return"),
    ],
)
def test_magic_accounts_come_back(
    world: World, transact: Transact, query: Query, account: str, code: str, days: int, action: str
) -> None:
    number = transact(type="sale", amount="89.97", **CHECK | {"checkaccount": account})["transactionid"]
    world.set_clock("2027-01-19T22:00:00")
    world.advance(days * DAY - 1)
    assert condition(query, number) == "complete"
    world.advance(1)
    (found,) = query(transaction_id=number)
    last = found.findall("action")[-1]
    assert found.findtext("condition") == "failed"
    assert (last.findtext("action_type"), last.findtext("amount")) == (action, "-89.97")
    assert (last.findtext("response_text") or "").startswith(code)
    totals = world.statement("Shop")["totals"]
    assert (totals["sales"], totals["returns"], totals["net"]) == ("89.97", "89.97", "0.00")


def test_a_late_look_finds_everything_at_its_own_time(world: World, transact: Transact, query: Query) -> None:
    number = transact(type="sale", amount="9.00", **CHECK | {"checkaccount": "10000001"})["transactionid"]
    world.set_clock("2027-06-01T00:00:00")
    dates = [each.findtext("date") for each in query(transaction_id=number)[0].findall("action")]
    assert dates == ["20270115120000", "20270119220000", "20270122220000"]


def test_batches_can_be_closed_by_hand(world: World, transact: Transact, query: Query) -> None:
    card = transact(type="sale", amount="10.00", **CARD)["transactionid"]
    check = transact(type="sale", amount="10.00", **CHECK)["transactionid"]
    world.settle()
    assert (condition(query, card), condition(query, check)) == ("complete", "pending")
    world.settle(checks=True)
    assert condition(query, check) == "complete"


def test_refunds_need_a_settled_sale_and_never_exceed_it(world: World, transact: Transact, query: Query) -> None:
    sale = transact(type="sale", amount="150.00", orderid="INV-9", **CARD)["transactionid"]
    assert transact(type="refund", transactionid=sale, amount="40.00")["response"] == "3"
    world.settle()
    first = transact(type="refund", transactionid=sale, amount="40.00")
    assert (first["response"], first["orderid"]) == ("1", "INV-9")
    over = transact(type="refund", transactionid=sale, amount="110.01")
    assert over["response_code"] == "300"
    assert over["responsetext"].startswith("Refund amount may not exceed the transaction balance REFID:")
    assert transact(type="refund", transactionid=sale)["response"] == "1"
    assert transact(type="refund", transactionid=sale, amount="0.01")["response"] == "3"
    refunds = [each for each in query(order_id="INV-9") if each.findtext("original_transaction_id") == sale]
    assert refunds == []  # a refund has an order id only when the request names one
    (found,) = query(transaction_id=first["transactionid"])
    assert found.findtext("original_transaction_id") == sale
    assert found.findtext("action/amount") == "-40.00"
    assert world.statement("Shop")["totals"]["net"] == "0.00"


def test_a_void_takes_back_all_before_settlement_only(world: World, transact: Transact, query: Query) -> None:
    sale = transact(type="sale", amount="30.00", **CARD)["transactionid"]
    voided = transact(type="void", transactionid=sale)
    assert (voided["responsetext"], voided["transactionid"]) == ("Transaction Void Successful", sale)
    assert condition(query, sale) == "canceled"
    assert transact(type="void", transactionid=sale)["response"] == "3"
    other = transact(type="sale", amount="30.00", **CARD)["transactionid"]
    world.settle()
    late = transact(type="void", transactionid=other)
    assert late["responsetext"].startswith("Only transactions pending settlement can be voided REFID:")
    totals = world.statement("Shop")["totals"]
    assert (totals["sales"], totals["voids"], totals["net"]) == ("60.00", "30.00", "30.00")


def test_a_voided_refund_gives_its_amount_free_again(world: World, transact: Transact) -> None:
    sale = transact(type="sale", amount="30.00", **CARD)["transactionid"]
    world.settle()
    refund = transact(type="refund", transactionid=sale, amount="30.00")["transactionid"]
    assert transact(type="void", transactionid=refund)["response"] == "1"
    assert world.statement("Shop")["totals"]["net"] == "30.00"
    assert transact(type="refund", transactionid=sale, amount="30.00")["response"] == "1"


def test_nobody_touches_the_transactions_of_another_merchant(world: World, transact: Transact, query: Query) -> None:
    world.merchant("Rival", security_key="rival-key")
    sale = transact(type="sale", amount="30.00", orderid="INV-1", **CARD)["transactionid"]
    refused = transact(security_key="rival-key", type="void", transactionid=sale)
    assert refused["responsetext"].startswith("Invalid Transaction ID")
    assert query(security_key="rival-key", order_id="INV-1") == []
    assert condition(query, sale) == "pendingsettlement"


def test_the_statement_adds_up(world: World, transact: Transact) -> None:
    for number in range(25):
        transact(type="sale", amount=f"{10 + number}.{number:02d}", orderid=f"S{number}", **CARD)
    world.settle()
    bought = world.statement("Shop")["transactions"]
    transact(type="refund", transactionid=bought[0]["transaction_id"], amount="4.00")
    transact(type="credit", amount="7.77", **CARD)
    statement = world.statement("Shop")
    signs = {"sale": 1, "refund": -1, "credit": -1}
    net = sum(signs[each["type"]] * Decimal(each["amount"]) for each in statement["transactions"])
    assert Decimal(statement["totals"]["net"]) == net
    assert statement["totals"]["sales_count"] == 25
    assert statement["transactions"][0]["refunded"] == "4.00"
    assert world.statement("Shop", summary=True) == {"totals": statement["totals"]}
    page = world.control("statement", merchant="Shop", after=bought[9]["transaction_id"], limit=5)["transactions"]
    assert [each["order_id"] for each in page] == ["S10", "S11", "S12", "S13", "S14"]


def test_queries_narrow_and_page(world: World, transact: Transact, query: Query) -> None:
    for number in range(5):
        transact(type="sale", amount=f"{number + 1}.00", orderid=f"Q{number}", merchant_defined_field_1="x&y", **CARD)
        world.advance(60)
    assert [each.findtext("order_id") for each in query(result_limit="2", page_number="1")] == ["Q2", "Q3"]
    assert [each.findtext("order_id") for each in query(result_limit="1", result_order="reverse")] == ["Q4"]
    since = query(start_date="20270115120200", end_date="20270115120300")
    assert [each.findtext("order_id") for each in since] == ["Q2", "Q3"]
    assert query(condition="complete,failed") == []
    assert len(query(condition="pendingsettlement", action_type="sale")) == 5
    assert query(order_id="Q1")[0].findtext("merchant_defined_field") == "x&y"
    both = ",".join(each.findtext("transaction_id") or "" for each in since)
    assert len(query(transaction_id=both)) == 2
    assert query(order_id="nobody's") == []


def test_a_query_says_what_is_wrong(world: World) -> None:
    address = f"{world.http}/api/query.php"
    refused = wire.get(address, params={"security_key": "wrong"}).text
    assert "<error_response>Authentication Failed</error_response>" in refused
    unclear = wire.get(address, params={"security_key": KEY, "start_date": "yesterday"}).text
    assert "<error_response>" in unclear


def test_the_vault_can_be_queried(world: World, transact: Transact) -> None:
    transact(customer_vault="add_customer", customer_vault_id="C-1", first_name="Ann", **CARD)
    form = {"security_key": KEY, "report_type": "customer_vault", "customer_vault_id": "C-1"}
    text = wire.post(f"{world.http}/api/query.php", data=form).text
    assert '<customer id="C-1">' in text
    assert "<cc_number>4xxxxxxxxxxx1111</cc_number>" in text
    assert "<first_name>Ann</first_name>" in text
