"""What do Stripe's books say of a span of time, as lines and batches?

A batch is a payout. Its count and amount are those of the sales and refunds that it paid out, before Stripe's fees and
without what disputes took back, since the lines of the statement have neither. A sale that was voided and the refund
that voided it are no part of it. Lists only, which are consistent at once; never search. Source: billing.md 5.2.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import stripe

from alarmdesk.payments.gateways import stripe_reading as reading
from alarmdesk.payments.gateways.port import Batch, Outcome, StatementLine
from alarmdesk.payments.gateways.stripe_reading import Thing, Undecided
from alarmdesk.payments.gateways.stripe_wire import pages

MOVED = ("charge", "payment", "refund", "payment_refund")
TROUBLE = ("payment_intent.payment_failed", "payment_intent.canceled", "charge.dispute.closed")
PAID_OUT_WITHIN = dt.timedelta(days=14)
WHOLE = ["latest_charge.balance_transaction"]


@dataclass
class Books:
    """One merchant's books of [since, until). Read once."""

    client: stripe.StripeClient
    since: dt.datetime
    until: dt.datetime
    begun: dict[str, StatementLine] = field(default_factory=dict)  # by the id of the charge or refund
    told: set[str] = field(default_factory=set)
    voided: set[str] = field(default_factory=set)
    disputed: set[str] = field(default_factory=set)

    def lines(self) -> Iterator[StatementLine]:
        """What was begun in the span, and what was begun before and was paid out, failed or taken back in it."""
        self._read_begun()
        for payout in self._listed(
            "payouts", created={"gte": _at(self.since), "lt": _at(self.until + PAID_OUT_WITHIN)}
        ):
            yield from self._paid_out(payout)
        yield from self.begun.values()
        for identity in [*self._troubled(), *self.disputed]:
            if identity not in self.told:
                with suppress(Undecided):
                    yield self._asked(identity)

    def _read_begun(self) -> None:
        for refund in self._listed("refunds", created=self._span()):
            if reading.is_void(refund):
                self.voided.add(refund["payment_intent"])
            else:
                self.begun[refund["id"]] = reading.refund_line({**refund, "balance_transaction": None})
        for case in self._listed("disputes", created=self._span()):
            self.disputed.add(case["payment_intent"])
        for charge in self._listed("charges", created=self._span()):
            if charge["payment_intent"] not in self.told:  # newest first: older ones are tries that failed
                with suppress(Undecided):
                    self.begun[charge["id"]] = self._sale(charge, None)

    def _paid_out(self, payout: Thing) -> Iterator[StatementLine]:
        """Mark what was begun in the span; tell what was begun before it."""
        batch = (payout["id"], payout["created"])
        is_news = payout["created"] < _at(self.until)
        for entries in self._entries(payout):
            older = []
            for entry in entries:
                identity = entry["source"]["id"]
                if (line := self.begun.get(identity)) is not None:
                    self.begun[identity] = _settled(line, batch)
                elif is_news:
                    older.append(entry["source"])
            yield from self._older(older, batch)

    def _older(self, sources: list[Thing], batch: tuple[str, int]) -> Iterator[StatementLine]:
        for source in sources:
            if reading.is_void(source):
                continue
            if source["object"] == "refund":
                yield _settled(reading.refund_line({**source, "balance_transaction": None}), batch)
            elif source["payment_intent"] not in self.told:
                with suppress(Undecided):
                    yield self._sale(source, batch)

    def _entries(self, payout: Thing) -> Iterator[list[Thing]]:
        """The sales and refunds that a payout paid out, page by page; with what they are entries of."""
        path = "/v1/balance_transactions"
        for page in pages(self.client, path, payout=payout["id"], expand=["data.source"]):
            yield [entry for entry in page if entry["type"] in MOVED]

    def _sale(self, charge: Thing, batch: tuple[str, int] | None) -> StatementLine:
        identity = charge["payment_intent"]
        self.told.add(identity)
        is_bank = (charge["payment_method_details"] or {}).get("type") == "us_bank_account"
        if charge["status"] == "failed" and is_bank:
            return self._asked(identity)
        return self._line(reading.intent_of(charge, is_settled=batch is not None), batch)

    def _line(self, intent: Thing, batch: tuple[str, int] | None) -> StatementLine:
        charge = intent["latest_charge"] or {}
        identity, because, cases = intent["id"], "", list[Thing]()
        if charge.get("disputed"):
            cases = reading.standing(self._listed("disputes", payment_intent=identity))
            charge["disputed"], because = bool(cases), reading.why(cases[0]) if cases else ""
        is_void = identity in self.voided or bool(charge.get("refunded") and self._was_voided(identity))
        taken = reading.taken_by(cases)
        return reading.sale_line(intent, batch=batch, is_void=is_void, because=because, taken_back=taken)

    def _asked(self, identity: str) -> StatementLine:
        """The line of one payment intent, asked for by itself."""
        self.told.add(identity)
        intent: Any = self.client.raw_request("get", f"/v1/payment_intents/{identity}", expand=WHOLE).data
        return self._line(intent, None)

    def _troubled(self) -> Iterator[str]:
        """Payment intents that failed or were cancelled in the span, or whose dispute ended in it."""
        for kind in TROUBLE:
            for event in self._listed("events", type=kind, created=self._span()):
                about = event["data"]["object"]
                yield str(about.get("payment_intent") or about["id"])

    def _was_voided(self, identity: str) -> bool:
        return any(reading.is_void(each) for each in self._listed("refunds", payment_intent=identity))

    def batches(self) -> Iterator[Batch]:
        """The payouts made in the span."""
        for payout in self._listed("payouts", created=self._span()):
            entries = [entry for page in self._entries(payout) for entry in page]
            voids = [entry["source"] for entry in entries if reading.is_void(entry["source"])]
            gone = {each["id"] for each in voids} | {each["charge"] for each in voids}
            amounts = [reading.money(entry["amount"]) for entry in entries if entry["source"]["id"] not in gone]
            yield Batch(payout["id"], reading.instant(payout["created"]), len(amounts), sum(amounts, Decimal("0.00")))

    def _span(self) -> dict[str, int]:
        return {"gte": _at(self.since), "lt": _at(self.until)}

    def _listed(self, noun: str, **asked: Any) -> Iterator[Thing]:
        for page in pages(self.client, f"/v1/{noun}", **asked):
            yield from page


def _settled(line: StatementLine, batch: tuple[str, int]) -> StatementLine:
    """The line, paid out. What was voided or taken back stays so; a void has no batch."""
    if line.outcome is Outcome.VOIDED:
        return line
    outcome = Outcome.SETTLED if line.outcome is Outcome.APPROVED else line.outcome
    return replace(line, outcome=outcome, batch_id=batch[0], settled_at=reading.instant(batch[1]))


def _at(instant: dt.datetime) -> int:
    return int(instant.timestamp())
