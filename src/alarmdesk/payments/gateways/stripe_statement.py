"""What do Stripe's books say of a span of time, as lines and batches?

A batch is a payout. Its count and amount are those of the sales and refunds that it paid out, before Stripe's fees and
without what disputes took back, since the lines of the statement have neither. A sale that was voided and the refund
that voided it are no part of it. Lists only, which are consistent at once; never search. Source: billing.md 5.2.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from alarmdesk.payments.gateways import stripe_reading as reading
from alarmdesk.payments.gateways.port import Batch, StatementLine
from alarmdesk.payments.gateways.stripe_reading import Thing

SALES = ("charge", "payment")
REFUNDS = ("refund", "payment_refund")
TROUBLE = ("payment_intent.payment_failed", "payment_intent.canceled")
Paid = tuple[str, int]


@dataclass
class Books:
    """One merchant's books of [since, until)."""

    client: Any
    since: dt.datetime
    until: dt.datetime
    voided: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    def lines(self) -> Iterator[StatementLine]:
        """What was begun in the span, then what was begun before and was settled, failed or taken back in it."""
        refunds = list(self._begun(self.client.refunds, ["data.balance_transaction"]))
        self.voided = {each["payment_intent"] for each in refunds if reading.is_void(each)}
        paid: dict[str, tuple[Thing, Paid]] = {}
        for payout in self._listed(self.client.payouts, {"created": {"gte": int(self.since.timestamp())}}):
            for entry in self._entries(payout["id"]):
                paid[entry["source"]["id"]] = (entry["source"], (payout["id"], payout["created"]))
        for refund in refunds:
            if not reading.is_void(refund):
                self.told.add(refund["id"])
                yield reading.refund_line(refund, batch=paid.get(refund["id"], (None, None))[1])
        reasons = self._disputes()
        for intent in self._begun(self.client.payment_intents, ["data.latest_charge.balance_transaction"]):
            yield self._sale(intent, paid, reasons)
        yield from self._changed(paid, reasons)

    def _sale(self, intent: Thing, paid: dict[str, tuple[Thing, Paid]], reasons: dict[str, str]) -> StatementLine:
        self.told.add(intent["id"])
        charge = intent.get("latest_charge") or {}
        batch = paid.get(charge.get("id", ""), (None, None))[1]
        is_void = intent["id"] in self.voided
        return reading.sale_line(intent, batch=batch, is_void=is_void, why=reasons.get(intent["id"], ""))

    def _changed(self, paid: dict[str, tuple[Thing, Paid]], reasons: dict[str, str]) -> Iterator[StatementLine]:
        last = int(self.until.timestamp())
        for source, batch in paid.values():
            if batch[1] >= last:
                continue
            if source["object"] == "refund" and source["id"] not in self.told and not reading.is_void(source):
                self.told.add(source["id"])
                settled = {**source, "balance_transaction": {"status": "available"}}
                yield reading.refund_line(settled, batch=batch)
            elif source["object"] == "charge" and source["payment_intent"] not in self.told:
                self.told.add(source["payment_intent"])
                settled = {**source, "balance_transaction": {"status": "available"}}
                is_void = source["refunded"] and self._was_voided(source["payment_intent"])
                why = reasons.get(source["payment_intent"], "")
                yield reading.sale_line(reading.intent_of(settled), batch=batch, is_void=is_void, why=why)
        for identity in [*self._troubled(), *reasons]:
            if identity not in self.told:
                intent = self.client.payment_intents.retrieve(
                    identity, {"expand": ["latest_charge.balance_transaction"]}
                ).to_dict()
                yield self._sale(intent, paid, reasons)

    def _disputes(self) -> dict[str, str]:
        """Payment intents that were disputed in the span, and why; a bank's in its words."""
        found = {}
        for case in self._begun(self.client.disputes, []):
            is_bank = (case.get("payment_method_details") or {}).get("type") == "us_bank_account"
            code = str(case.get("network_reason_code") or "")
            words = reading.bank_words(case["reason"], code) if is_bank else str(case["reason"]).replace("_", " ")
            found[str(case["payment_intent"])] = words
        return found

    def _troubled(self) -> Iterator[str]:
        """Payment intents that failed or were cancelled in the span."""
        for kind in TROUBLE:
            for event in self._listed(self.client.events, {"type": kind, "created": self._span()}):
                yield str(event["data"]["object"]["id"])

    def _was_voided(self, identity: str) -> bool:
        refunds = self.client.refunds.list({"payment_intent": identity, "limit": 100}).to_dict()["data"]
        return any(reading.is_void(each) for each in refunds)

    def batches(self) -> Iterator[Batch]:
        """The payouts made in the span."""
        for payout in self._begun(self.client.payouts, []):
            count, amount = 0, Decimal("0.00")
            entries = list(self._entries(payout["id"]))
            voids = [each["source"] for each in entries if reading.is_void(each["source"])]
            gone = {each["id"] for each in voids} | {each["charge"] for each in voids}
            for entry in entries:
                if entry["source"]["id"] not in gone:
                    count, amount = count + 1, amount + reading.money(entry["amount"])
            yield Batch(payout["id"], reading.instant(payout["created"]), count, amount)

    def _entries(self, payout: str) -> Iterator[Thing]:
        """The sales and refunds that a payout paid out, with what they are entries of."""
        for entry in self._listed(self.client.balance_transactions, {"payout": payout, "expand": ["data.source"]}):
            if entry["type"] in SALES + REFUNDS and isinstance(entry["source"], dict):
                yield entry

    def _begun(self, service: Any, expand: list[str]) -> Iterator[Thing]:
        return self._listed(service, {"created": self._span(), **({"expand": expand} if expand else {})})

    def _span(self) -> dict[str, int]:
        return {"gte": int(self.since.timestamp()), "lt": int(self.until.timestamp())}

    def _listed(self, service: Any, asked: Thing) -> Iterator[Thing]:
        for each in service.list({"limit": 100, **asked}).auto_paging_iter():
            yield each.to_dict()
