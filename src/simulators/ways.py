"""How does a card or account in a vault change its ways, so that a story can run out of money and get some again?

POST /control/ways {"merchant", "vault_id", "code"}: what was stored answers from now on as the shared `code` says, in
either dialect: "202" (insufficient funds) and the other result codes of `nmi.rules`, "R01" and the other returns for
bank accounts, "" for approval. `vault_id` is NMI's, or Stripe's payment method (also behind its customer:
cus_.../pm_...).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.routing import Route

from simulators.nmi import rules as shared
from simulators.nmi.accounts import Account
from simulators.nmi.backstage import Told
from simulators.stripe import rules as stripe_rules
from simulators.world import Universe


class Ways:
    """The handler of /control/ways."""

    def __init__(self, universe: Universe) -> None:
        self.universe, self.memory = universe, universe.memory

    def routes(self) -> list[Route]:
        """Where it lives."""
        return [Route("/control/ways", Told(self.change), methods=["POST"])]

    def change(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Give a stored card or account other ways. Raises ValueError."""
        code = str(sent.get("code", ""))
        if code and code not in shared.CODES and code not in shared.RETURN_TEXTS:
            raise ValueError(f"unknown code: {code}")
        merchant = self.memory.number("SELECT id FROM merchant WHERE name = ?", str(sent.get("merchant", "")))
        name = str(sent.get("vault_id", ""))
        row = self.memory.one("SELECT account FROM vault WHERE merchant_id = ? AND vault_id = ?", merchant, name)
        if row is not None:
            account = replace(Account.load(row["account"]), behaviour=code).dump()
            self.memory.run(
                "UPDATE vault SET account = ? WHERE merchant_id = ? AND vault_id = ?", account, merchant, name
            )
            return {"vault_id": name, "code": code}
        method = name.rpartition("/")[2]
        row = self.memory.one("SELECT account FROM stripe_object WHERE merchant_id = ? AND id = ?", merchant, method)
        if row is None or not row["account"]:
            raise ValueError("nothing of this merchant's is stored under this id")
        account = replace(Account.load(row["account"]), behaviour=stripe_rules.way_of(code)).dump()
        self.memory.run("UPDATE stripe_object SET account = ? WHERE id = ?", account, method)
        return {"vault_id": method, "code": code}
