"""How does money go back: refunds, and disputes which also bring the bank's late returns?

Docs: refunds never exceed the charge; a charged-back charge cannot be refunded; a bank debit can be refunded once it
has succeeded, and comes back after that as a dispute that cannot be contested. A card's full refund before the money
is available is a reversal: the statement shows the sale as voided.
"""

from __future__ import annotations

from simulators.clock import business_days_later, next_cutoff
from simulators.stripe import rules
from simulators.stripe.calls import Call, Desk
from simulators.stripe.charging import book, record
from simulators.stripe.forms import cents, check_known, metadata, need
from simulators.stripe.problems import Problem
from simulators.stripe.shelf import Document, new_id

BANK_REFUND_DAYS = 4


def create(call: Call) -> Document:
    """POST /v1/refunds of a charge or payment intent, whole without `amount`."""
    params, desk = call.params, call.desk
    check_known(params, {"charge", "payment_intent", "amount", "reason", "metadata"})
    charge = _refundable(call)
    left = charge["amount"] - charge["amount_refunded"]
    amount = cents(params, "amount") if "amount" in params else left
    if amount > left:
        raise Problem(
            f"Refund amount (${amount / 100:,.2f}) is greater than unrefunded amount on charge (${left / 100:,.2f})",
            param="amount", is_kept=True,
        )  # fmt: skip
    is_card = charge["payment_method_details"]["type"] == "card"
    refund: Document = {
        "id": new_id("refund"), "object": "refund", "amount": amount, "balance_transaction": None,
        "charge": charge["id"], "created": desk.now, "currency": "usd",
        "destination_details": {"type": "card" if is_card else "us_bank_transfer"}, "metadata": metadata(params),
        "payment_intent": charge["payment_intent"], "reason": params.get("reason") or None,
        "receipt_number": None, "status": "succeeded" if is_card else "pending",
    }  # fmt: skip
    _give_back(desk, charge, refund, is_card=is_card)
    desk.tell("refund.created", refund)
    desk.tell("charge.refunded", charge)
    return refund


def _refundable(call: Call) -> Document:
    shelf, params = call.shelf, call.params
    if params.get("payment_intent"):
        intent = shelf.get("payment_intent", params["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            raise Problem(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent", is_kept=True,
            )  # fmt: skip
        charge = shelf.get("charge", intent["latest_charge"])
    else:
        charge = shelf.get("charge", need(params, "charge"), "charge")
    if charge["status"] != "succeeded":
        raise Problem(f"Charge {charge['id']} has not succeeded.", param="charge", is_kept=True)
    if charge["disputed"]:
        raise Problem(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed", is_kept=True
        )
    if charge["amount_refunded"] >= charge["amount"]:
        raise Problem(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", is_kept=True)
    return charge


def _give_back(desk: Desk, charge: Document, refund: Document, *, is_card: bool) -> None:
    shelf, amount = desk.shelf, refund["amount"]
    sale = shelf.txn_of(charge["id"])
    drawn = shelf.get("balance_transaction", charge["balance_transaction"])
    is_reversal = is_card and drawn["status"] == "pending" and amount == charge["amount"]
    number = None
    if is_reversal:
        desk.memory.run("UPDATE txn SET condition = 'canceled' WHERE id = ?", sale)
        refund["destination_details"]["card"] = {"type": "reversal"}
    else:
        desk.memory.run("UPDATE txn SET refunded = refunded + ? WHERE id = ?", amount, sale)
        intent = shelf.get("payment_intent", charge["payment_intent"])
        number = record(
            desk, shelf.account_of(charge["payment_method"]), intent=intent, amount=amount, kind="refund",
            condition="pendingsettlement", original=sale, labels=refund["metadata"], own=refund["id"],
        )  # fmt: skip
    available_on = drawn["available_on"] if drawn["status"] == "pending" else next_cutoff(desk.now, desk.cutoff)
    refund["balance_transaction"] = book(
        desk, refund, kind="refund" if is_card else "payment_refund", amount=-amount, available_on=available_on,
        txn_id=number,
    )["id"]  # fmt: skip
    shelf.put(refund, owner=charge["customer"] or "", parent=charge["payment_intent"], txn_id=number)
    refunded = charge["amount_refunded"] + amount
    shelf.change(charge, amount_refunded=refunded, refunded=refunded == charge["amount"])
    if not is_card:
        desk.later(business_days_later(desk.now, BANK_REFUND_DAYS), "refunded", refund["id"])


def finish(desk: Desk, refund: Document) -> None:
    """A bank refund has arrived."""
    desk.shelf.change(refund, status="succeeded")
    desk.tell("refund.updated", refund)


def read(call: Call) -> Document:
    """GET /v1/refunds/ID."""
    return call.shelf.get("refund", call.ids[0], "refund")


def listed(call: Call) -> Document:
    """GET /v1/refunds by payment_intent, charge and created."""
    intent = str(call.params.get("payment_intent", ""))
    if call.params.get("charge"):
        intent = str(call.shelf.get("charge", call.params["charge"], "charge")["payment_intent"])
    return call.shelf.page("refund", call.params, path=call.path, parent=intent)


def dispute(desk: Desk, charge: Document, reason: str, network_reason: str, *, amount: int | None = None) -> None:
    """The bank or the cardholder takes the money back, or this many cents of it."""
    if charge["disputed"]:
        return
    amount = charge["amount"] if amount is None else min(amount, charge["amount"])
    is_bank = charge["payment_method_details"]["type"] != "card"
    case: Document = {
        "id": new_id("dispute"), "object": "dispute", "amount": amount, "balance_transactions": [],
        "charge": charge["id"], "created": desk.now, "currency": "usd", "evidence": {}, "evidence_details": None,
        "is_charge_refundable": False, "livemode": False, "metadata": {}, "network_reason_code": network_reason,
        "payment_intent": charge["payment_intent"], "reason": reason,
        "payment_method_details": {"type": charge["payment_method_details"]["type"]},
        "status": "lost" if is_bank else "needs_response",
    }  # fmt: skip
    case["balance_transactions"] = [
        book(
            desk, case, kind="adjustment", amount=-amount, txn_id=None,
            available_on=next_cutoff(desk.now, desk.cutoff),
        )
    ]  # fmt: skip
    desk.shelf.put(case, owner=charge["customer"] or "", parent=charge["payment_intent"])
    desk.shelf.change(charge, disputed=True)
    number = desk.shelf.txn_of(charge["id"])
    if amount == charge["amount"]:
        desk.memory.run("UPDATE txn SET condition = 'failed', return_code = ? WHERE id = ?", network_reason, number)
    else:
        desk.memory.run("UPDATE txn SET taken_back = ? WHERE id = ?", amount, number)
    desk.tell("charge.dispute.created", case)
    desk.tell("charge.dispute.funds_withdrawn", case)
    if is_bank:
        desk.tell("charge.dispute.closed", case)


def dispute_by_rule(desk: Desk, charge: Document) -> None:
    """A dispute as the account's behaviour says: return:R01, dispute:R10 or dispute:fraudulent."""
    behaviour = desk.shelf.account_of(charge["payment_method"]).behaviour.partition(":")[2]
    if behaviour in rules.DISPUTE_REASONS:
        dispute(desk, charge, rules.DISPUTE_REASONS[behaviour], behaviour)
    else:
        dispute(desk, charge, behaviour or "general", "10.4")


def read_dispute(call: Call) -> Document:
    """GET /v1/disputes/ID."""
    return call.shelf.get("dispute", call.ids[0], "dispute")


def list_disputes(call: Call) -> Document:
    """GET /v1/disputes by payment_intent, charge and created."""
    intent = str(call.params.get("payment_intent", ""))
    if call.params.get("charge"):
        intent = str(call.shelf.get("charge", call.params["charge"], "charge")["payment_intent"])
    return call.shelf.page("dispute", call.params, path=call.path, parent=intent)
