"""How does Stripe do what the port asks? Its own package speaks for it; its words stop here.

Our key of an operation is both its Idempotency-Key and `metadata.attempt_id`: a resend within a day is the same charge,
and later the operation is found by listing (never by search, which lags). A method of the vault is "cus_.../pm_...": a
customer of Stripe's for each. A void is the cancelling of a debit that was not sent, else the whole refund of a card
before its money is available. Nothing of a card or account passes here. Source: billing.md 2 and 5.2.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import stripe

from alarmdesk.payments.gateways import stripe_reading as reading
from alarmdesk.payments.gateways.port import (
    Answer,
    Batch,
    ChargeRequest,
    Event,
    Forged,
    HostedFields,
    MethodChange,
    Outcome,
    Refused,
    StatementLine,
    StoredMethod,
    StoreRequest,
)
from alarmdesk.payments.gateways.stripe_reading import KEY, VERB, VOID, Thing
from alarmdesk.payments.gateways.stripe_statement import Books
from alarmdesk.payments.gateways.stripe_wire import Wire, pages, plain_errors, words

LIVE = "https://api.stripe.com"
SCRIPTS = "https://js.stripe.com"
TOLERANCE = dt.timedelta(seconds=300)
WHOLE = ["latest_charge.balance_transaction"]
BETWEEN = "/"
UPDATED = "payment_method.automatically_updated"
OFFLINE = {"customer_acceptance": {"type": "offline"}}
"""The customer agreed on our page or paper: we keep text, time and address (payments/consent.py)."""
WEBHOOK_EVENTS = (
    "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled", "charge.refunded",
    "refund.updated", "refund.failed", "charge.dispute.created", "charge.dispute.closed", "payout.paid",
    "payment_method.automatically_updated",
)  # fmt: skip
"""What is worth subscribing to at Stripe; anything else does no harm."""


@dataclass(frozen=True, slots=True)
class Stripe:
    """One merchant's account at Stripe, reached at `api_url` with its secret key."""

    secret_key: str = field(repr=False)
    publishable_key: str
    webhook_key: str = field(repr=False)
    wire: Wire
    api_url: str = LIVE
    scripts_url: str = SCRIPTS
    currency: str = "usd"
    _whole: stripe.StripeClient = field(init=False, repr=False, compare=False)
    _client: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        client = stripe.StripeClient(
            self.secret_key or "none",
            base_addresses={"api": self.api_url},
            http_client=self.wire,
            max_network_retries=0,
        )
        object.__setattr__(self, "_whole", client)
        object.__setattr__(self, "_client", client.v1)

    def verify(self) -> None:
        with plain_errors():
            self._client.balance.retrieve()

    def store(self, request: StoreRequest) -> StoredMethod:
        ours = request.vault_id
        with plain_errors():
            told = {"metadata": {"vault_id": ours}, "name": request.name, "email": request.email}
            customer = self._client.customers.create(
                {name: value for name, value in told.items() if value}, {"idempotency_key": f"customer-{ours}"}
            ).id
            kept = self._client.customers.payment_methods.list(customer, {"limit": 1}).data
            method = kept[0].to_dict() if kept else self._keep(customer, request)
        return reading.stored(method, f"{customer}{BETWEEN}{method['id']}")

    def _keep(self, customer: str, request: StoreRequest) -> Thing:
        kind = reading.TYPES[request.token.kind]
        asked: Thing = {
            "customer": customer, "payment_method": request.token.value, "payment_method_types": [kind],
            "confirm": True, "usage": "off_session", "expand": ["payment_method"],
        }  # fmt: skip
        if request.token.kind == "ach":
            asked["mandate_data"] = OFFLINE
        try:
            # a token works once, so it names the try: another one under the same id of ours is another try
            intent = self._client.setup_intents.create(
                asked, {"idempotency_key": f"setup-{request.vault_id}-{request.token.value}"}
            ).to_dict()
        except stripe.CardError as error:
            raise Refused(words(error)) from error
        if intent["status"] != "succeeded":
            raise Refused("The bank asks for a confirmation that cannot be given here. Use another card or account.")
        method: Thing = intent["payment_method"]
        return method

    def forget(self, vault_id: str) -> None:
        try:
            with plain_errors():
                self._client.payment_methods.detach(_method(vault_id))
        except Refused as refusal:
            if not str(refusal).startswith(("No such", "The payment method you provided is not attached")):
                raise

    def sale(self, request: ChargeRequest) -> Answer:
        asked: Thing = {
            "amount": reading.cents(request.amount),
            "currency": self.currency,
            "payment_method": request.token.value if request.token else _method(request.vault_id),
            "payment_method_types": [reading.TYPES[request.kind]],
            "confirm": True,
            "off_session": not request.by_customer,
            "error_on_requires_action": True,
            "description": request.description,
            "metadata": {KEY: request.key},
        }
        customer = _customer(request.vault_id) if request.vault_id else request.customer_reference
        if customer:
            asked["customer"] = customer
        if request.kind == "ach" and request.token:
            asked["mandate_data"] = OFFLINE
        try:
            with plain_errors():
                made = self._client.payment_intents.create(asked, {"idempotency_key": request.key}).to_dict()
                # a fresh sale's money cannot be available yet
                return reading.answer({**made, "latest_charge": {"id": made.get("latest_charge")}})
        except stripe.CardError as error:
            told: Thing = error.error.to_dict() if error.error else {}
            return reading.declined(told, str((told.get("payment_intent") or {}).get("id") or ""))
        except Refused as refusal:
            return _refusal("refused", str(refusal))

    def credit(self, request: ChargeRequest) -> Answer:  # noqa: ARG002 (the port hands it in)
        return _refusal(
            "unsupported", "Stripe gives money back only to what it was drawn from. Refund a payment instead."
        )

    def refund(self, *, key: str, external_id: str, amount: Decimal) -> Answer:
        return self._give_back(key, external_id, "refund", amount)

    def _give_back(self, key: str, external_id: str, verb: str, amount: Decimal | None) -> Answer:
        asked: Thing = {"payment_intent": external_id, "metadata": {KEY: key, VERB: verb}}
        if amount is not None:
            asked["amount"] = reading.cents(amount)
        try:
            with plain_errors():
                made = self._client.refunds.create(asked, {"idempotency_key": key}).to_dict()
                return reading.refund_answer({**made, "balance_transaction": None})
        except (Refused, stripe.CardError) as refusal:
            return _refusal("refused", str(refusal))

    def void(self, *, key: str, external_id: str) -> Answer:
        try:
            with plain_errors():
                intent = self._intent(external_id)
                charge = intent["latest_charge"] or {}
                if intent["status"] == "canceled":
                    return reading.answer(intent)
                if intent["status"] != "succeeded":
                    done = self._client.payment_intents.cancel(external_id, {}, {"idempotency_key": key})
                    return reading.answer({**done.to_dict(), "latest_charge": None})
        except Refused as refusal:
            return _refusal("refused", str(refusal))
        if reading.charge_outcome(charge) is not Outcome.APPROVED:
            return _refusal("settled", "Only transactions pending settlement can be voided.")
        if charge["amount_refunded"] and not self._is_void(intent):
            return _refusal("refunded", "Only transactions without refunds can be voided.")
        given = self._give_back(key, external_id, VOID, None)
        return reading.answer(intent, is_void=True) if given.is_good else given

    def _intent(self, external_id: str) -> Thing:
        found: Thing = self._client.payment_intents.retrieve(external_id, {"expand": WHOLE}).to_dict()
        return found

    def _answer(self, external_id: str) -> Answer:
        """What became of a sale, also what was done to it since."""
        intent, because = self._intent(external_id), ""
        charge = intent["latest_charge"] or {}
        if charge.get("disputed"):
            cases = reading.standing(self._all("disputes", payment_intent=external_id))
            charge["disputed"], because = bool(cases), reading.why(cases[0]) if cases else ""
        return reading.answer(intent, is_void=self._is_void(intent), because=because)

    def _is_void(self, intent: Thing) -> bool:
        """Was the sale voided by us, by the refund of all of it?"""
        charge = intent.get("latest_charge") or {}
        if not charge.get("refunded"):
            return False
        refunds = self._client.refunds.list({"payment_intent": intent["id"], "limit": 100}).to_dict()["data"]
        return any(reading.is_void(each) for each in refunds)

    def look_up(self, key: str, *, since: dt.datetime | None = None) -> Answer | None:
        """Stripe has no index of our keys: it is found among what was made since, newest first."""
        asked: Thing = {"created": {"gte": int(since.timestamp())}} if since else {}
        with plain_errors():
            found: list[Answer] = []
            for each in self._all("payment_intents", **asked):
                if reading.key_of(each) == key:
                    found.append(self._answer(each["id"]))
                    # several only when a key older than a day was used again: the one that moved money counts
                    if found[-1].outcome is not Outcome.DECLINED:
                        break
            if found:
                return found[-1] if found[-1].outcome is not Outcome.DECLINED else found[0]
            for refund in self._all("refunds", **asked, expand=["data.balance_transaction"]):
                if reading.key_of(refund) == key and not reading.is_void(refund):
                    return reading.refund_answer(refund)
        return None

    def _all(self, noun: str, **asked: Any) -> Iterator[Thing]:
        for page in pages(self._whole, f"/v1/{noun}", **asked):
            yield from page

    def statement(self, since: dt.datetime, until: dt.datetime) -> Iterator[StatementLine]:
        with plain_errors():
            yield from Books(self._whole, since, until).lines()

    def batches(
        self,
        since: dt.datetime,
        until: dt.datetime,
        lines: Sequence[StatementLine] | None = None,  # noqa: ARG002  (payouts are a report of their own)
    ) -> Iterator[Batch]:
        with plain_errors():
            yield from Books(self._whole, since, until).batches()

    def read_webhook(self, headers: Mapping[str, str], body: bytes, *, at: dt.datetime) -> Event:
        signature = headers.get("Stripe-Signature", "")
        if not self.webhook_key or not signature.isascii():  # an empty key signs for anybody
            raise Forged("The signature is not the gateway's.")
        try:
            stripe.WebhookSignature.verify_header(body, signature, self.webhook_key, None)
            sent = reading.instant(int(dict(part.split("=", 1) for part in signature.split(","))["t"]))
        except (stripe.SignatureVerificationError, ValueError, KeyError):
            raise Forged("The signature is not the gateway's.") from None
        if abs(at - sent) > TOLERANCE:
            raise Forged("The webhook was signed at another time.")
        try:
            event = json.loads(body)
            about = event["data"]["object"]
            return Event(
                str(event["id"]), str(event["type"]), reading.instant(event["created"]), reading.key_of(about),
                str(about.get("payment_intent") or about["id"]) if about["object"] != "refund" else str(about["id"]),
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Forged("The webhook cannot be read.") from None

    def tells_of_methods(self, kind: str) -> bool:
        return kind == UPDATED

    def changed_methods(self, since: dt.datetime, until: dt.datetime) -> Iterator[MethodChange]:
        """Stripe tells of new numbers and dates; of a closed account the next charge does."""
        span = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        with plain_errors():
            told = {event["data"]["object"]["id"] for event in self._all("events", type=UPDATED, created=span)}
            for identity in sorted(told):
                method = self._client.payment_methods.retrieve(identity).to_dict()
                if method["customer"]:
                    yield MethodChange(reading.stored(method, f"{method['customer']}{BETWEEN}{identity}"))

    def hosted_fields(self) -> HostedFields:
        return HostedFields(f"{self.scripts_url}/v3/", self.scripts_url, self.publishable_key)


def _refusal(code: str, text: str) -> Answer:
    return Answer(Outcome.DECLINED, "", code, text, json.dumps({"refused": text}))


def _customer(vault_id: str) -> str:
    return vault_id.partition(BETWEEN)[0]


def _method(vault_id: str) -> str:
    return vault_id.partition(BETWEEN)[2] or vault_id
