"""What are customers, payment methods and setup intents?

Docs: a test payment method such as `pm_card_visa` turns into one of its own when it is used; one that was attached
and detached, or used without a customer, cannot be used again; attaching a declining card is a card_error. Assumed:
bank accounts verify at once (no micro-deposits), their mandate is written when it is accepted.
"""

from __future__ import annotations

from dataclasses import replace

from simulators.nmi.accounts import Account, Form, Refused, end_of_month, read_card, read_check
from simulators.stripe import rules
from simulators.stripe.calls import Call, Desk
from simulators.stripe.forms import Params, check_known, is_true, listing, mapping, metadata, need
from simulators.stripe.problems import Declined, Problem
from simulators.stripe.shelf import Document, Shelf, new_id

CUSTOMER = ("name", "email", "description", "phone")
BILLING = ("address", "email", "name", "phone")
TEST_ROUTING = "110000000"


def create_customer(call: Call) -> Document:
    """POST /v1/customers."""
    check_known(call.params, {*CUSTOMER, "metadata", "address"})
    customer = {
        "id": new_id("customer"), "object": "customer", "address": mapping(call.params, "address") or None,
        "balance": 0, "created": call.desk.now, "currency": None, "default_source": None, "delinquent": False,
        "discount": None, "invoice_settings": {"default_payment_method": None}, "livemode": False,
        "metadata": metadata(call.params), **{name: call.params.get(name) or None for name in CUSTOMER},
    }  # fmt: skip
    call.shelf.put(customer)
    call.desk.tell("customer.created", customer)
    return customer


def read_customer(call: Call) -> Document:
    """GET /v1/customers/ID; a deleted one is told as such."""
    return call.shelf.get("customer", call.ids[0], "customer")


def update_customer(call: Call) -> Document:
    """POST /v1/customers/ID."""
    check_known(call.params, {*CUSTOMER, "metadata", "address"})
    customer = _live_customer(call.shelf, call.ids[0])
    given = {name: call.params[name] or None for name in CUSTOMER if name in call.params}
    return call.shelf.change(customer, metadata=metadata(call.params, customer["metadata"]), **given)


def delete_customer(call: Call) -> Document:
    """DELETE /v1/customers/ID: its payment methods are detached for good."""
    customer = _live_customer(call.shelf, call.ids[0])
    for method in call.shelf.page("payment_method", {"limit": "100"}, path="", owner=customer["id"])["data"]:
        call.shelf.change(method, owner="", customer=None, was_used=True)
    gone = {"id": customer["id"], "object": "customer", "deleted": True}
    call.shelf.change(customer, deleted=True)
    call.desk.tell("customer.deleted", customer)
    return gone


def list_customers(call: Call) -> Document:
    """GET /v1/customers."""
    return call.shelf.page("customer", call.params, path=call.path)


def _live_customer(shelf: Shelf, identity: str) -> Document:
    customer = shelf.get("customer", identity, "customer")
    if customer.get("deleted"):
        raise Problem(f"No such customer: '{identity}'", code="resource_missing", param="customer", status=404)
    return customer


def check_customer(shelf: Shelf, identity: str) -> Document:
    """The customer that a request names. Raises Problem (400) for one that is not there."""
    found = shelf.find(identity, "customer")
    if found is None or found.get("deleted"):
        raise Problem(f"No such customer: '{identity}'", code="resource_missing", param="customer")
    return found


def keep_account(desk: Desk, account: Account, *, billing: Params, owner: str = "") -> Document:
    """A new payment method for a card or bank account."""
    is_card = account.method == "card"
    method: Document = {
        "id": new_id("payment_method"), "object": "payment_method", "allow_redisplay": "unspecified",
        "billing_details": {name: billing.get(name) or None for name in BILLING}, "created": desk.now,
        "customer": owner or None, "livemode": False, "metadata": {}, "type": "card" if is_card else "us_bank_account",
    }  # fmt: skip
    method[method["type"]] = _shown_card(account) if is_card else _shown_bank_account(account)
    return desk.shelf.put(method, owner=owner, account=account.dump())


def _shown_card(account: Account) -> Document:
    return {
        "brand": account.brand, "checks": {"cvc_check": "pass" if account.cvv_result else None}, "country": "US",
        "exp_month": int(account.exp[:2]), "exp_year": 2000 + int(account.exp[2:]), "funding": "credit",
        "fingerprint": account.fingerprint[:16], "last4": account.last4, "wallet": None,
    }  # fmt: skip


def _shown_bank_account(account: Account) -> Document:
    return {
        "account_holder_type": "company" if account.holder == "business" else "individual",
        "account_type": account.kind, "bank_name": "STRIPE TEST BANK", "fingerprint": account.fingerprint[:16],
        "last4": account.last4, "routing_number": account.aba, "status_details": {},
    }  # fmt: skip


def read_account(salt: str, kind: str, form: Form) -> Account:
    """The card or bank account in the fields' form, behaving as Stripe's rules say. Raises Refused."""
    if kind == "us_bank_account":
        account = read_check(salt, form)
        return replace(account, behaviour=rules.account_behaviour(form["checkaccount"]))
    number = "".join(char for char in form.get("ccnumber", "") if char.isdecimal())
    return replace(read_card(salt, form | {"ccnumber": number}), behaviour=rules.card_behaviour(number))


def usable(desk: Desk, identity: str) -> Document:
    """The payment method that a request names; a test method turns into one of its own. Raises Problem."""
    found = desk.shelf.find(identity, "payment_method")
    if found is not None:
        if found.get("was_used"):
            raise Problem(
                "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment,"
                " shared with a connected account without Customer attachment, or was detached from a Customer. It may"
                " not be used again.", param="payment_method", is_kept=True,
            )  # fmt: skip
        return found
    number = rules.TEST_METHODS.get(identity)
    if number is None:
        raise Problem(f"No such PaymentMethod: '{identity}'", code="resource_missing", param="payment_method")
    salt = desk.memory.setting("salt")
    if identity.startswith("pm_card_"):
        account = read_account(salt, "card", {"ccnumber": number, "ccexp": "1240"})
    else:
        form = {"checkaba": TEST_ROUTING, "checkaccount": number, "checkname": "Jenny Rosen"}
        account = read_account(salt, "us_bank_account", form)
    return keep_account(desk, account, billing={"name": account.name})


def create_method(call: Call) -> Document:
    """POST /v1/payment_methods with the publishable key, as Stripe.js does. Numbers with the secret key are refused."""
    if not call.is_public:
        raise Problem(
            "Sending credit card numbers directly to the Stripe API is generally unsafe.", status=402, kind="card_error"
        )
    kind = need(call.params, "type")
    given = mapping(call.params, kind)
    billing = mapping(call.params, "billing_details")
    form = {
        "ccnumber": given.get("number", ""), "ccexp": f"{given.get('exp_month', '')}/{given.get('exp_year', '')}",
        "cvv": given.get("cvc", ""), "checkaba": given.get("routing_number", ""),
        "checkaccount": given.get("account_number", ""), "checkname": billing.get("name", ""),
        "account_holder_type": "business" if given.get("account_holder_type") == "company" else "personal",
    }  # fmt: skip
    try:
        account = read_account(call.desk.memory.setting("salt"), kind, form)
    except Refused as refusal:
        raise Problem(refusal.text, code="invalid_number", status=402, kind="card_error") from None
    return keep_account(call.desk, account, billing=billing)


def read_method(call: Call) -> Document:
    """GET /v1/payment_methods/ID."""
    return _public(call.shelf.get("payment_method", call.ids[0], "payment_method"))


def list_methods(call: Call) -> Document:
    """GET /v1/payment_methods or /v1/customers/ID/payment_methods."""
    customer = call.ids[0] if call.ids else str(call.params.get("customer", ""))
    found = call.shelf.page("payment_method", call.params, path=call.path, owner=customer)
    kind = call.params.get("type")
    return found | {"data": [each for each in found["data"] if kind in (None, each["type"])]}


def attach(call: Call) -> Document:
    """POST /v1/payment_methods/ID/attach."""
    check_known(call.params, {"customer"})
    customer = check_customer(call.shelf, need(call.params, "customer"))
    method = usable(call.desk, call.ids[0])
    if method["customer"] not in (None, customer["id"]):
        raise Problem("The payment method you provided has already been attached to a customer.", is_kept=True)
    vet(call.desk, method)
    return bind(call.desk, method, customer["id"])


def vet(desk: Desk, method: Document) -> None:
    """Ask the bank whether a card can be kept. Raises Declined."""
    if method["type"] != "card":
        return
    account = desk.shelf.account_of(method["id"])
    decline = rules.judge_card(
        account.behaviour, 0, is_expired=is_expired(account, desk.now), is_off_session=False
    )  # fmt: skip
    if decline is not None:
        raise Declined(card_error(decline, payment_method=_public(method)))


def is_expired(account: Account, now: int) -> bool:
    """Is the card's month over?"""
    return account.method == "card" and now > end_of_month(account.exp)


def card_error(decline: rules.Decline, **more: object) -> Document:
    """The `error` object of a refused card."""
    extra = {"decline_code": decline.decline_code} if decline.code == "card_declined" else {}
    return {
        "code": decline.code, **extra, "doc_url": f"https://stripe.com/docs/error-codes/{decline.code}",
        "message": decline.message, "type": "card_error", **more,
    }  # fmt: skip


def bind(desk: Desk, method: Document, customer: str) -> Document:
    """Attach a method to a customer."""
    if method["customer"] != customer:
        desk.shelf.change(method, owner=customer, customer=customer)
        desk.tell("payment_method.attached", method)
    return _public(method)


def detach(call: Call) -> Document:
    """POST /v1/payment_methods/ID/detach."""
    method = call.shelf.get("payment_method", call.ids[0], "payment_method")
    if not method["customer"]:
        raise Problem(
            "The payment method you provided is not attached to a customer so detachment is impossible.", is_kept=True
        )
    call.shelf.change(method, owner="", customer=None, was_used=True)
    call.desk.tell("payment_method.detached", _public(method))
    return _public(method)


def _public(method: Document) -> Document:
    return {name: value for name, value in method.items() if name != "was_used"}


def create_setup(call: Call) -> Document:
    """POST /v1/setup_intents."""
    known = {"customer", "payment_method", "payment_method_types", "usage", "confirm", "metadata", "description",
             "mandate_data", "payment_method_options", "automatic_payment_methods", "return_url"}  # fmt: skip
    check_known(call.params, known)
    if call.params.get("customer"):
        check_customer(call.shelf, call.params["customer"])
    intent: Document = {
        "id": new_id("setup_intent"), "object": "setup_intent", "cancellation_reason": None,
        "created": call.desk.now, "customer": call.params.get("customer") or None,
        "description": call.params.get("description") or None, "last_setup_error": None, "latest_attempt": None,
        "livemode": False, "mandate": None, "metadata": metadata(call.params), "next_action": None,
        "payment_method": None, "payment_method_types": listing(call.params, "payment_method_types") or ["card"],
        "status": "requires_payment_method", "usage": call.params.get("usage") or "off_session",
    }  # fmt: skip
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('request')[4:]}"
    call.shelf.put(intent, owner=intent["customer"] or "")
    return _confirm_setup(call, intent) if is_true(call.params, "confirm") else intent


def confirm_setup(call: Call) -> Document:
    """POST /v1/setup_intents/ID/confirm, also with the publishable key and the client secret."""
    intent = call.shelf.get("setup_intent", call.ids[0], "intent")
    if call.is_public and call.params.get("client_secret") != intent["client_secret"]:
        raise Problem("The client_secret provided does not match the SetupIntent.", param="client_secret")
    return _confirm_setup(call, intent)


def _confirm_setup(call: Call, intent: Document) -> Document:
    desk = call.desk
    if intent["status"] == "succeeded":
        raise Problem(
            "You cannot confirm this SetupIntent because it has already succeeded.",
            code="setup_intent_unexpected_state", is_kept=True, setup_intent=intent,
        )  # fmt: skip
    method = usable(desk, need(call.params, "payment_method"))
    if method["type"] not in intent["payment_method_types"]:
        raise Problem(f"The PaymentMethod provided ({method['type']}) is not allowed.", param="payment_method")
    if method["type"] == "us_bank_account":
        intent["mandate"] = _accept_mandate(call, method)["id"]
    try:
        vet(desk, method)
    except Declined as refusal:
        failed = desk.shelf.change(
            intent, last_setup_error=refusal.error, status="requires_payment_method", payment_method=None
        )
        desk.tell("setup_intent.setup_failed", failed)
        raise Declined(refusal.error | {"setup_intent": failed}) from None
    if intent["customer"]:
        bind(desk, method, intent["customer"])
    done = desk.shelf.change(intent, payment_method=method["id"], status="succeeded", last_setup_error=None)
    desk.tell("setup_intent.succeeded", done)
    return done


def _accept_mandate(call: Call, method: Document) -> Document:
    acceptance = mapping(mapping(call.params, "mandate_data"), "customer_acceptance")
    if acceptance.get("type") not in ("online", "offline"):
        raise Problem(
            "To confirm with the us_bank_account payment method, mandate_data[customer_acceptance] is required.",
            code="parameter_missing", param="mandate_data",
        )  # fmt: skip
    online = mapping(acceptance, "online")
    if acceptance["type"] == "online" and not (online.get("ip_address") and online.get("user_agent")):
        raise Problem("Missing required param: ip_address.", code="parameter_missing", param="mandate_data")
    mandate = {
        "id": new_id("mandate"), "object": "mandate", "created": call.desk.now, "customer_acceptance": acceptance,
        "livemode": False, "payment_method": method["id"], "status": "active", "type": "multi_use",
    }  # fmt: skip
    return call.shelf.put(mandate, owner=method["id"])


def read_setup(call: Call) -> Document:
    """GET /v1/setup_intents/ID."""
    return call.shelf.get("setup_intent", call.ids[0], "intent")


def list_setups(call: Call) -> Document:
    """GET /v1/setup_intents."""
    return call.shelf.page("setup_intent", call.params, path=call.path, owner=str(call.params.get("customer", "")))
