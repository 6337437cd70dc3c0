"""What may a test make happen at Stripe that no request of a merchant could?

JSON under /control/stripe:
  dispute {"payment_intent", "reason"?, "amount"?}  the cardholder, or the bank (reason "R10"), takes a good charge
                                          back, or a part of it
  win     {"payment_intent"}              the dispute is decided for the merchant, who gets the money again
  repeat  {"payment_intent"}              Stripe makes a charge a second time, with the same metadata
  charges {"merchant", "charges": [{order_id, amount}]}  charges of now on a card, many at once, for benches
"""

from __future__ import annotations

from typing import Any

from starlette.routing import Route

from simulators.clock import next_cutoff
from simulators.nmi.backstage import Told
from simulators.nmi.transact import read_amount
from simulators.stripe import charging, refunding, rules
from simulators.stripe.calls import Call, Desk
from simulators.stripe.methods import usable
from simulators.stripe.settling import desk_of
from simulators.stripe.shelf import Document
from simulators.world import Universe


class Backstage:
    """The handlers of /control/stripe."""

    def __init__(self, universe: Universe) -> None:
        self.universe, self.memory = universe, universe.memory

    def routes(self) -> list[Route]:
        """Where each handler lives."""
        verbs = (self.dispute, self.win, self.repeat, self.charges)
        return [Route(f"/control/stripe/{verb.__name__}", Told(verb), methods=["POST"]) for verb in verbs]

    def dispute(self, sent: dict[str, Any]) -> dict[str, Any]:
        """A good charge is taken back."""
        desk, charge = self._charge(sent)
        if charge["status"] != "succeeded" or charge["disputed"]:
            raise ValueError("only a good charge that is not disputed yet can be disputed")
        told = str(sent.get("reason") or "fraudulent")
        network_code = told if told in rules.DISPUTE_REASONS else "10.4"
        amount = read_amount(str(sent["amount"])) if sent.get("amount") else None
        refunding.dispute(desk, charge, rules.DISPUTE_REASONS.get(told, told), network_code, amount=amount)
        return {"charge": charge["id"]}

    def win(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The money comes again; the charge keeps its mark (docs: `disputed` stays), the dispute tells."""
        desk, charge = self._charge(sent)
        found = desk.shelf.page("dispute", {}, path="", parent=charge["payment_intent"])["data"]
        if not found:
            raise ValueError("the charge is not disputed")
        back = charging.book(
            desk, found[0], kind="adjustment", amount=found[0]["amount"], txn_id=None,
            available_on=next_cutoff(desk.now, desk.cutoff),
        )  # fmt: skip
        entries = [*found[0]["balance_transactions"], back]
        case = desk.shelf.change(found[0], status="won", balance_transactions=entries)
        number = desk.shelf.txn_of(charge["id"])
        self.memory.run(
            "UPDATE txn SET condition = 'complete', return_code = NULL, taken_back = 0 WHERE id = ?", number
        )
        desk.tell("charge.dispute.closed", case)
        desk.tell("charge.dispute.funds_reinstated", case)
        return {"dispute": case["id"]}

    def repeat(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The same charge once more, as a mistake of Stripe's own."""
        desk, charge = self._charge(sent)
        # whoever makes it by mistake does not ask whether the method may be used again
        desk.shelf.change(desk.shelf.get("payment_method", str(charge["payment_method"])), was_used=False)
        asked = {
            "amount": str(charge["amount"]), "currency": "usd", "confirm": "true", "metadata": charge["metadata"],
            "customer": charge["customer"] or "", "payment_method": charge["payment_method"],
        }  # fmt: skip
        return {"payment_intent": charging.create(Call(desk, asked, "/v1/payment_intents", ()))["id"]}

    def charges(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Approved charges of now, all at once; their ids in the order in which they were sent."""
        merchant = self.memory.one("SELECT * FROM merchant WHERE name = ?", str(sent.get("merchant", "")))
        if merchant is None:
            raise ValueError("no such merchant")
        desk, made = desk_of(self.memory, merchant, self.universe.clock.now()), list[str]()
        for charge in sent["charges"]:
            asked = {
                "amount": str(read_amount(str(charge["amount"]))), "currency": "usd", "confirm": "true",
                "payment_method": usable(desk, "pm_card_visa")["id"],
                "metadata": {"attempt_id": str(charge["order_id"])},
            }  # fmt: skip
            made.append(charging.create(Call(desk, asked, "/v1/payment_intents", ()))["id"])
        return {"payment_intents": made}

    def _charge(self, sent: dict[str, Any]) -> tuple[Desk, Document]:
        """The newest charge of an intent, and its merchant's desk."""
        row = self.memory.one(
            "SELECT m.* FROM merchant m JOIN stripe_object o ON o.merchant_id = m.id"
            " WHERE o.id = ? AND o.kind = 'payment_intent'", str(sent.get("payment_intent", "")),
        )  # fmt: skip
        if row is None:
            raise ValueError("no such payment intent")
        desk = desk_of(self.memory, row, self.universe.clock.now())
        intent = desk.shelf.get("payment_intent", str(sent["payment_intent"]))
        return desk, desk.shelf.get("charge", str(intent["latest_charge"]))
