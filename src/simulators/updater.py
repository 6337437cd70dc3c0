"""What do the card networks tell of cards on file that their holders did not change themselves?

POST /control/updater {"merchant", "vault_id", "result", "exp"?, "last4"?}, where `result` is one of
  NED  a new expiration date: `exp` as MMYY
  NAN  a new number: `last4`, and `exp`
  ACL  the account is closed
  CCH  the cardholder is to be asked
Stripe tells of the first two only, by the event payment_method.automatically_updated (docs). NMI sends one event for a
run of its Automatic Card Updater, acu.summary.automaticallyupdated, .closedaccount or .contactcustomer (docs name them,
not their bodies), and its vault report names the changed entries by date_search=updated (docs). Assumed: that the
report's `acu_status` says closed or contact.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.routing import Route

from simulators.nmi import events
from simulators.nmi.accounts import Account, fingerprint
from simulators.nmi.backstage import Told
from simulators.stripe.settling import desk_of
from simulators.world import Universe

EVENTS = {
    "NED": "automaticallyupdated",
    "NAN": "automaticallyupdated",
    "ACL": "closedaccount",
    "CCH": "contactcustomer",
}
STATUS = {"ACL": "closed", "CCH": "contact"}


class Updater:
    """The handler of /control/updater."""

    def __init__(self, universe: Universe) -> None:
        self.universe, self.memory = universe, universe.memory

    def routes(self) -> list[Route]:
        """Where it lives."""
        return [Route("/control/updater", Told(self.update), methods=["POST"])]

    def update(self, sent: dict[str, Any]) -> dict[str, Any]:
        """One card changes. Raises ValueError."""
        result, name = str(sent.get("result", "")), str(sent.get("vault_id", ""))
        if result not in EVENTS:
            raise ValueError("say NED, NAN, ACL or CCH")
        merchant = self.memory.one("SELECT * FROM merchant WHERE name = ?", str(sent.get("merchant", "")))
        if merchant is None:
            raise ValueError("no such merchant")
        where = "merchant_id = ? AND vault_id = ?"
        row = self.memory.one(f"SELECT account FROM vault WHERE {where}", merchant["id"], name)  # noqa: S608
        if row is None:
            return self._at_stripe(merchant, name.rpartition("/")[2], result, sent)
        now = self.universe.clock.now()
        self.memory.run(
            f"UPDATE vault SET account = ?, updated_at = ?, updater = ? WHERE {where}",  # noqa: S608
            self._changed(row["account"], sent).dump(), now, STATUS.get(result, ""), merchant["id"], name,
        )  # fmt: skip
        body = {"merchant": events.merchant_of(self.memory, merchant["id"]), "count": 1, "customer_vault_ids": [name]}
        events.tell(self.memory, merchant["id"], f"acu.summary.{EVENTS[result]}", body, now)
        return {"vault_id": name, "result": result}

    def _at_stripe(self, merchant: Any, method: str, result: str, sent: dict[str, Any]) -> dict[str, Any]:
        if result in STATUS:
            raise ValueError("Stripe does not tell of closed accounts; the next charge is declined")
        desk = desk_of(self.memory, merchant, self.universe.clock.now())
        document = desk.shelf.get("payment_method", method)
        row = self.memory.one("SELECT account FROM stripe_object WHERE id = ?", method)
        account = self._changed(row["account"] if row is not None else "{}", sent)
        card = document["card"] | {
            "last4": account.last4, "exp_month": int(account.exp[:2]), "exp_year": 2000 + int(account.exp[2:]),
            "fingerprint": account.fingerprint[:16],
        }  # fmt: skip
        desk.shelf.change(document, card=card)
        self.memory.run("UPDATE stripe_object SET account = ? WHERE id = ?", account.dump(), method)
        desk.tell("payment_method.automatically_updated", document)
        return {"vault_id": method, "result": result}

    def _changed(self, kept: str, sent: dict[str, Any]) -> Account:
        account = Account.load(kept)
        if sent.get("last4"):
            mark = fingerprint(self.memory.setting("salt"), "card", account.fingerprint, str(sent["last4"]))
            account = replace(account, last4=str(sent["last4"]), fingerprint=mark)
        return replace(account, exp=str(sent["exp"])) if sent.get("exp") else account
