"""Which method and path of the REST API does what?"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from simulators.stripe import charging, methods, refunding
from simulators.stripe.calls import Call
from simulators.stripe.forms import check_known, listing, need
from simulators.stripe.problems import Problem
from simulators.stripe.shelf import Document, new_id

Work = Callable[[Call], Document]


@dataclass(frozen=True)
class Way:
    """One endpoint; `kind` is its name in the script of faults (the other dialect's word where there is one)."""

    method: str
    pattern: re.Pattern[str]
    work: Work
    kind: str
    is_public: bool = False


def _read(kind: str, param: str = "id") -> Work:
    return lambda call: call.shelf.get(kind, call.ids[0], param)


def _read_charge(call: Call) -> Document:
    return call.shelf.get("charge", call.ids[0], "charge")


def _list_charges(call: Call) -> Document:
    filters = {"owner": str(call.params.get("customer", "")), "parent": str(call.params.get("payment_intent", ""))}
    return call.shelf.page("charge", call.params, path=call.path, **filters)


def _list_balance(call: Call) -> Document:
    filters = {"owner": str(call.params.get("source", "")), "parent": str(call.params.get("payout", ""))}
    return call.shelf.page("balance_transaction", call.params, path=call.path, **filters)


def _list_payouts(call: Call) -> Document:
    return call.shelf.page("payout", call.params, path=call.path)


def _list_events(call: Call) -> Document:
    """Of one `type`; with `types[]` those of a page that fit, which may be fewer than its limit."""
    wanted = listing(call.params, "types")
    found = call.shelf.page("event", call.params, path=call.path, owner=str(call.params.get("type", "")))
    return found | {"data": [each for each in found["data"] if not wanted or each["type"] in wanted]}


def _account(call: Call) -> Document:
    """GET /v1/account: whose key it is."""
    return {"id": f"acct_{call.desk.merchant_id}", "object": "account", "charges_enabled": True, "country": "US",
            "default_currency": "usd", "payouts_enabled": True, "type": "standard"}  # fmt: skip


def _balance(call: Call) -> Document:
    """GET /v1/balance: what is pending."""
    row = call.desk.memory.one(
        "SELECT coalesce(sum(json_extract(document, '$.net')), 0) FROM stripe_object WHERE merchant_id = ?"
        " AND kind = 'balance_transaction' AND parent = ''", call.desk.merchant_id,
    )  # fmt: skip
    pending = int(row[0]) if row is not None else 0
    return {"object": "balance", "livemode": False, "available": [{"amount": 0, "currency": "usd"}],
            "pending": [{"amount": pending, "currency": "usd"}]}  # fmt: skip


def create_endpoint(call: Call) -> Document:
    """POST /v1/webhook_endpoints; the secret is told this once."""
    check_known(call.params, {"url", "enabled_events", "description", "api_version", "metadata"})
    endpoint: Document = {
        "id": new_id("webhook_endpoint"), "object": "webhook_endpoint", "created": call.desk.now, "livemode": False,
        "description": call.params.get("description"), "metadata": {}, "status": "enabled",
        "enabled_events": listing(call.params, "enabled_events") or ["*"], "url": need(call.params, "url"),
        "_secret": f"whsec_{secrets.token_hex(16)}",
    }  # fmt: skip
    call.shelf.put(endpoint)
    return _hidden(endpoint) | {"secret": endpoint["_secret"]}


def _hidden(endpoint: Document) -> Document:
    return {name: value for name, value in endpoint.items() if name != "_secret"}


def _list_endpoints(call: Call) -> Document:
    found = call.shelf.page("webhook_endpoint", call.params, path=call.path)
    return found | {"data": [_hidden(each) for each in found["data"]]}


def _drop_endpoint(call: Call) -> Document:
    endpoint = call.shelf.get("webhook_endpoint", call.ids[0])
    call.shelf.drop(endpoint)
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


TABLE: tuple[tuple[str, str, Work, str], ...] = (
    ("POST", "customers", methods.create_customer, "store"),
    ("GET", "customers", methods.list_customers, "query"),
    ("GET", "customers/*", methods.read_customer, "query"),
    ("POST", "customers/*", methods.update_customer, "store"),
    ("DELETE", "customers/*", methods.delete_customer, "forget"),
    ("GET", "customers/*/payment_methods", methods.list_methods, "query"),
    ("POST", "payment_methods", methods.create_method, "token"),
    ("GET", "payment_methods", methods.list_methods, "query"),
    ("GET", "payment_methods/*", methods.read_method, "query"),
    ("POST", "payment_methods/*/attach", methods.attach, "store"),
    ("POST", "payment_methods/*/detach", methods.detach, "forget"),
    ("POST", "setup_intents", methods.create_setup, "store"),
    ("GET", "setup_intents", methods.list_setups, "query"),
    ("GET", "setup_intents/*", methods.read_setup, "query"),
    ("POST", "setup_intents/*/confirm", methods.confirm_setup, "store"),
    ("POST", "payment_intents", charging.create, "sale"),
    ("GET", "payment_intents", charging.listed, "query"),
    ("GET", "payment_intents/*", charging.read, "query"),
    ("POST", "payment_intents/*", charging.update, "update"),
    ("POST", "payment_intents/*/confirm", charging.confirm, "sale"),
    ("POST", "payment_intents/*/cancel", charging.cancel, "void"),
    ("GET", "charges", _list_charges, "query"),
    ("GET", "charges/*", _read_charge, "query"),
    ("POST", "refunds", refunding.create, "refund"),
    ("GET", "refunds", refunding.listed, "query"),
    ("GET", "refunds/*", refunding.read, "query"),
    ("GET", "disputes", refunding.list_disputes, "query"),
    ("GET", "disputes/*", refunding.read_dispute, "query"),
    ("GET", "balance_transactions", _list_balance, "query"),
    ("GET", "balance_transactions/*", _read("balance_transaction"), "query"),
    ("GET", "payouts", _list_payouts, "query"),
    ("GET", "payouts/*", _read("payout"), "query"),
    ("GET", "events", _list_events, "query"),
    ("GET", "events/*", _read("event"), "query"),
    ("GET", "mandates/*", _read("mandate"), "query"),
    ("GET", "account", _account, "query"),
    ("GET", "balance", _balance, "query"),
    ("POST", "webhook_endpoints", create_endpoint, "store"),
    ("GET", "webhook_endpoints", _list_endpoints, "query"),
    ("DELETE", "webhook_endpoints/*", _drop_endpoint, "forget"),
)
PUBLIC = {"payment_methods", "setup_intents/*/confirm"}
WAYS = tuple(
    Way(verb, re.compile("^/v1/" + path.replace("*", "([^/]+)") + "$"), work, kind, verb == "POST" and path in PUBLIC)
    for verb, path, work, kind in TABLE
)

BY_START: dict[tuple[str, str], list[Way]] = {}
for _way, (_verb, _path, *_) in zip(WAYS, TABLE, strict=True):
    BY_START.setdefault((_verb, _path.split("/")[0]), []).append(_way)


def way_of(method: str, path: str, *, is_public: bool) -> tuple[Way, tuple[str, ...]]:
    """The endpoint for a request, and the ids in its path. Raises Problem."""
    for way in BY_START.get((method, path.split("/")[2]), []):
        match = way.pattern.match(path)
        if match is None:
            continue
        if is_public and not way.is_public:
            raise Problem("This API call cannot be made with a publishable API key.", status=403)
        return way, match.groups()
    raise Problem(f"Unrecognized request URL ({method}: {path}).", status=404)
