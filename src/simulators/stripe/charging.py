"""What happens when a payment intent is made, confirmed or cancelled?

Docs: off-session card payments succeed or are declined at once (402 with the intent in the error); a bank debit is
`processing` for four business days. The newest attempt of an intent is its `latest_charge`.
Assumed: a bank debit may be cancelled until it is handed to the bank at the merchant's cut-off ("in rare cases", docs).
"""

from __future__ import annotations

import json
from typing import Any

from simulators.clock import business_days_later, next_cutoff
from simulators.nmi.accounts import Account
from simulators.stripe import methods, rules
from simulators.stripe.calls import Call, Desk
from simulators.stripe.forms import Params, cents, check_known, is_true, listing, mapping, metadata, need
from simulators.stripe.problems import Declined, Problem, unexpected_state
from simulators.stripe.shelf import Document, new_id

BANK_DAYS = 4
SMALLEST = 50
KNOWN = {
    "amount", "currency", "customer", "payment_method", "payment_method_types", "off_session", "confirm",
    "error_on_requires_action", "description", "metadata", "receipt_email", "statement_descriptor_suffix",
    "setup_future_usage", "mandate", "mandate_data", "payment_method_options", "automatic_payment_methods",
    "return_url", "capture_method",
}  # fmt: skip
METHODS = {"card": "card", "us_bank_account": "ach"}
CANCELLABLE = {"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"}


def create(call: Call) -> Document:
    """POST /v1/payment_intents."""
    params, now = call.params, call.desk.now
    check_known(params, KNOWN)
    amount = cents(params, "amount")
    if need(params, "currency") != "usd":
        raise Problem(f"Invalid currency: {params['currency']}", param="currency")
    if amount < SMALLEST:
        raise Problem("Amount must be at least $0.50 usd", code="amount_too_small", param="amount")
    if params.get("capture_method", "automatic") == "manual":
        raise Problem("The simulator captures at once.", param="capture_method")
    if params.get("customer"):
        methods.check_customer(call.shelf, params["customer"])
    intent: Document = {
        "id": new_id("payment_intent"), "object": "payment_intent", "amount": amount, "amount_capturable": 0,
        "amount_received": 0, "application": None, "automatic_payment_methods": None, "canceled_at": None,
        "cancellation_reason": None, "capture_method": "automatic", "confirmation_method": "automatic",
        "created": now, "currency": "usd", "customer": params.get("customer") or None,
        "description": params.get("description") or None, "last_payment_error": None, "latest_charge": None,
        "livemode": False, "metadata": metadata(params), "next_action": None, "on_behalf_of": None,
        "payment_method": None, "payment_method_options": {},
        "payment_method_types": listing(params, "payment_method_types") or ["card"], "processing": None,
        "receipt_email": params.get("receipt_email") or None, "review": None,
        "setup_future_usage": params.get("setup_future_usage") or None, "status": "requires_payment_method",
    }  # fmt: skip
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('request')[4:]}"
    call.shelf.put(intent, owner=intent["customer"] or "")
    if is_true(params, "confirm"):
        return _confirm(call, intent)
    if params.get("payment_method"):
        method = methods.usable(call.desk, params["payment_method"])
        call.shelf.change(intent, payment_method=method["id"], status="requires_confirmation")
    return intent


def confirm(call: Call) -> Document:
    """POST /v1/payment_intents/ID/confirm."""
    check_known(call.params, KNOWN - {"amount", "currency", "customer", "metadata", "confirm"})
    intent = call.shelf.get("payment_intent", call.ids[0], "intent")
    if intent["status"] not in CANCELLABLE:
        raise unexpected_state("confirm", intent)
    return _confirm(call, intent)


def _confirm(call: Call, intent: Document) -> Document:
    params, desk = call.params, call.desk
    method = methods.usable(
        desk, params.get("payment_method") or intent["payment_method"] or need(params, "payment_method")
    )
    _check_method(call, intent, method)
    intent["payment_method"] = method["id"]
    account = desk.shelf.account_of(method["id"])
    if not method["customer"]:
        if intent["setup_future_usage"] and intent["customer"]:
            methods.bind(desk, method, intent["customer"])
        else:
            desk.shelf.change(method, was_used=True)
    if method["type"] == "us_bank_account":
        return _debit(desk, intent, account)
    is_off_session = is_true(params, "off_session")
    decline = rules.judge_card(
        account.behaviour, intent["amount"], is_off_session=is_off_session,
        is_expired=methods.is_expired(account, desk.now),
    )  # fmt: skip
    if decline is None and account.behaviour == "authentication_required":
        if not is_true(params, "error_on_requires_action"):
            return desk.shelf.change(intent, status="requires_action", next_action={"type": "use_stripe_sdk"})
        decline = rules.decline_of("authentication_required")
    if decline is not None:
        raise Declined(_refuse(desk, intent, method, account, decline))
    return _take(desk, intent, account)


def _check_method(call: Call, intent: Document, method: Document) -> None:
    allowed = intent["payment_method_types"]
    if method["type"] not in allowed:
        raise Problem(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent. Please attach a"
            f" PaymentMethod of one of the following types: {', '.join(allowed)}.", param="payment_method",
        )  # fmt: skip
    if method["customer"] and method["customer"] != intent["customer"]:
        raise Problem(
            f"The PaymentMethod supplied ({method['id']}) belongs to a Customer. Please include the Customer in the"
            " `customer` parameter on the PaymentIntent.", param="payment_method",
        )  # fmt: skip
    if method["type"] == "us_bank_account":
        accepted = mapping(mapping(call.params, "mandate_data"), "customer_acceptance")
        if not accepted and not call.shelf.page("mandate", {}, path="", owner=method["id"])["data"]:
            raise Problem(
                "You must provide a mandate for this us_bank_account payment.", code="payment_intent_mandate_invalid"
            )


def _take(desk: Desk, intent: Document, account: Account) -> Document:
    """An approved card."""
    available_on = next_cutoff(desk.now, desk.cutoff)
    charge = _charge(desk, intent, account, "succeeded")
    number = record(desk, account, intent=intent, amount=intent["amount"], condition="pendingsettlement")
    charge["balance_transaction"] = book(
        desk, charge, kind="charge", amount=charge["amount"], fee=rules.fee("card", charge["amount"]),
        available_on=available_on, txn_id=number,
    )["id"]  # fmt: skip
    desk.shelf.put(charge, owner=intent["customer"] or "", parent=intent["id"], txn_id=number)
    desk.shelf.change(
        intent, status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"],
        last_payment_error=None, next_action=None,
    )  # fmt: skip
    _file(desk, intent, number)
    desk.tell("charge.succeeded", charge)
    desk.tell("payment_intent.succeeded", intent)
    if account.behaviour.startswith("dispute:"):
        desk.later(desk.now + rules.CARD_DISPUTE_DAYS * 86_400, "dispute", charge["id"])
    return intent


def _debit(desk: Desk, intent: Document, account: Account) -> Document:
    """A bank debit that is on its way."""
    charge = _charge(desk, intent, account, "pending")
    number = record(desk, account, intent=intent, amount=intent["amount"], condition="pendingsettlement")
    desk.shelf.put(charge, owner=intent["customer"] or "", parent=intent["id"], txn_id=number)
    desk.shelf.change(
        intent, status="processing", latest_charge=charge["id"], last_payment_error=None,
        processing={"type": "us_bank_account"},
    )  # fmt: skip
    _file(desk, intent, number)
    sent_at = next_cutoff(desk.now, desk.cutoff)
    desk.later(sent_at, "send", charge["id"])
    if account.behaviour != "stuck":
        desk.later(business_days_later(sent_at, BANK_DAYS), "collect", charge["id"])
    desk.tell("charge.pending", charge)
    desk.tell("payment_intent.processing", intent)
    return intent


def _refuse(desk: Desk, intent: Document, method: Document, account: Account, decline: rules.Decline) -> Document:
    charge = _charge(desk, intent, account, "failed") | {
        "failure_code": decline.code, "failure_message": decline.message,
    }  # fmt: skip
    charge["outcome"] = {
        "network_status": "declined_by_network", "reason": decline.decline_code, "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline.", "type": "issuer_declined",
    }  # fmt: skip
    number = record(desk, account, intent=intent, amount=intent["amount"], condition="failed", decline=decline)
    desk.shelf.put(charge, owner=intent["customer"] or "", parent=intent["id"], txn_id=number)
    error = methods.card_error(decline, charge=charge["id"])
    shown = {name: value for name, value in method.items() if name != "was_used"}
    desk.shelf.change(
        intent, status="requires_payment_method", latest_charge=charge["id"], payment_method=None,
        last_payment_error=error | {"payment_method": shown},
    )  # fmt: skip
    desk.tell("charge.failed", charge)
    desk.tell("payment_intent.payment_failed", intent)
    return error | {"payment_intent": intent, "payment_method": shown}


def _charge(desk: Desk, intent: Document, account: Account, status: str) -> Document:
    is_card = account.method == "card"
    details: Document = {"type": "card" if is_card else "us_bank_account"}
    details[details["type"]] = (
        {"brand": account.brand, "exp_month": int(account.exp[:2]), "exp_year": 2000 + int(account.exp[2:]),
         "last4": account.last4, "network_transaction_id": new_id("request")[4:]}
        if is_card
        else {"last4": account.last4, "routing_number": account.aba, "bank_name": "STRIPE TEST BANK"}
    )  # fmt: skip
    return {
        "id": new_id("charge" if is_card else "payment"), "object": "charge", "amount": intent["amount"],
        "amount_captured": intent["amount"] if status == "succeeded" else 0, "amount_refunded": 0,
        "balance_transaction": None, "captured": status == "succeeded", "created": desk.now, "currency": "usd",
        "customer": intent["customer"], "description": intent["description"], "disputed": False,
        "failure_balance_transaction": None, "failure_code": None, "failure_message": None, "livemode": False,
        "metadata": intent["metadata"], "outcome": {"network_status": "approved_by_network", "type": "authorized"},
        "paid": status != "failed", "payment_intent": intent["id"], "payment_method": intent["payment_method"],
        "payment_method_details": details, "receipt_email": intent["receipt_email"], "refunded": False,
        "status": status,
    }  # fmt: skip


def record(
    desk: Desk, account: Account, *, intent: Document, amount: int, condition: str, kind: str = "sale",
    decline: rules.Decline | None = None, original: int | None = None, labels: Params | None = None, own: str = "",
) -> int:  # fmt: skip
    """A row of the statement that all dialects share; answers its number."""
    key = (labels if labels is not None else intent["metadata"]).get("attempt_id", "")
    answer = ("1", "100", "SUCCESS") if decline is None else ("2", decline.decline_code, decline.message)
    return desk.memory.run(
        "INSERT INTO txn (merchant_id, type, method, amount, order_id, condition, at, fingerprint, account, vault_id,"
        " original_id, response, code, text, authcode, details, dialect, external_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, 'stripe', ?)",
        desk.merchant_id, kind, account.method, amount, key, condition, desk.now, account.fingerprint, account.dump(),
        intent["payment_method"] or "", original, *answer, json.dumps({"order_description": intent["description"]}),
        own or intent["id"],
    )  # fmt: skip


def _file(desk: Desk, intent: Document, number: int) -> None:
    desk.memory.run("UPDATE stripe_object SET txn_id = ? WHERE id = ?", number, intent["id"])


def book(
    desk: Desk, source: Document, *, kind: str, amount: int, available_on: int, txn_id: int | None, fee: int = 0
) -> Document:
    """A balance transaction: what the merchant's balance gains or loses, and when it is available."""
    entry: dict[str, Any] = {
        "id": new_id("balance_transaction"), "object": "balance_transaction", "amount": amount,
        "available_on": available_on, "created": desk.now, "currency": "usd", "description": None,
        "exchange_rate": None, "fee": fee, "fee_details": [], "net": amount - fee, "reporting_category": kind,
        "source": source["id"], "status": "pending", "type": kind,
    }  # fmt: skip
    desk.shelf.put(entry, owner=source["id"], txn_id=txn_id)
    desk.later(available_on, "payout")
    return entry


def read(call: Call) -> Document:
    """GET /v1/payment_intents/ID."""
    return call.shelf.get("payment_intent", call.ids[0], "intent")


def update(call: Call) -> Document:
    """POST /v1/payment_intents/ID: description, metadata and receipt address."""
    check_known(call.params, {"description", "metadata", "receipt_email"})
    intent = call.shelf.get("payment_intent", call.ids[0], "intent")
    given = {name: call.params[name] or None for name in ("description", "receipt_email") if name in call.params}
    return call.shelf.change(intent, metadata=metadata(call.params, intent["metadata"]), **given)


def listed(call: Call) -> Document:
    """GET /v1/payment_intents by customer and created."""
    return call.shelf.page("payment_intent", call.params, path=call.path, owner=str(call.params.get("customer", "")))


def cancel(call: Call) -> Document:
    """POST /v1/payment_intents/ID/cancel."""
    check_known(call.params, {"cancellation_reason"})
    desk, shelf = call.desk, call.shelf
    intent = shelf.get("payment_intent", call.ids[0], "intent")
    number = shelf.txn_of(intent["id"])
    waits = desk.memory.one("SELECT 1 FROM txn WHERE id = ? AND condition = 'pendingsettlement'", number)
    if intent["status"] not in CANCELLABLE and not (intent["status"] == "processing" and waits):
        raise unexpected_state("cancel", intent)
    if intent["status"] == "processing":
        desk.memory.run("UPDATE txn SET condition = 'canceled' WHERE id = ?", number)
        charge = shelf.get("charge", intent["latest_charge"])
        shelf.change(charge, status="failed", paid=False, failure_code="charge_canceled")
        desk.memory.run("DELETE FROM stripe_step WHERE object_id = ?", charge["id"])
    shelf.change(
        intent, status="canceled", canceled_at=desk.now, processing=None,
        cancellation_reason=call.params.get("cancellation_reason") or None,
    )  # fmt: skip
    desk.tell("payment_intent.canceled", intent)
    return intent
