"""Which card or account is meant, and what is kept in the Customer Vault and behind a payment token?

Docs: an id may be chosen by the caller or is generated; a payment token is destroyed by its first use, whatever the
outcome. Seen: "Duplicate Customer Vault Id", "Invalid Customer Vault ID specified", "Customer Added". Assumed: the
texts for tokens; a token lives 15 minutes here (24 hours in the docs).
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass

from simulators.memory import Memory
from simulators.nmi.accounts import Account, Form, Refused, read_account, test_account

TOKEN_SECONDS = 15 * 60
KEPT_DETAILS = {
    "first_name", "last_name", "company", "address1", "address2", "city", "state", "zip", "country", "phone", "email",
    "order_description", "ponumber", "stored_credential_indicator", "initiated_by", "initial_transaction_id",
    "billing_method", "sec_code", "ipaddress", "currency",
}  # fmt: skip
ALIASES = {"firstname": "first_name", "lastname": "last_name", "orderdescription": "order_description"}


@dataclass(frozen=True)
class Source:
    """The account of a request, and the vault id when it came from the vault."""

    account: Account
    vault_id: str = ""


def details_of(form: Form) -> dict[str, str]:
    """The harmless fields of a request that are kept to be shown by queries; nothing of a card."""
    named = {ALIASES.get(name, name): value for name, value in form.items()}
    return {
        name: value
        for name, value in named.items()
        if value and (name in KEPT_DETAILS or name.startswith("merchant_defined_field_"))
    }


def create_token(memory: Memory, *, merchant_id: int, account: Account, now: int) -> str:
    """Keep the account behind a new one-use token for 15 minutes."""
    token = "-".join(secrets.token_urlsafe(6).replace("-", "x").replace("_", "y") for _ in range(4))
    memory.run(
        "INSERT INTO token (token, merchant_id, account, expires_at) VALUES (?, ?, ?, ?)",
        token, merchant_id, account.dump(), now + TOKEN_SECONDS,
    )  # fmt: skip
    return token


def spend_token(memory: Memory, *, merchant_id: int, token: str, now: int) -> Account:
    """The account behind a token, once. Raises Refused when unknown, used, expired or another merchant's."""
    account = test_account(memory.setting("salt"), token)
    if account is not None:
        return account
    row = memory.one("SELECT * FROM token WHERE token = ? AND merchant_id = ?", token, merchant_id)
    if row is None:
        raise Refused("Payment Token does not exist")
    if row["used_at"] is not None:
        raise Refused("Payment Token has already been used")
    if now > row["expires_at"]:
        raise Refused("Payment Token has expired")
    memory.run("UPDATE token SET used_at = ? WHERE token = ?", now, token)
    return Account.load(row["account"])


def given_account(memory: Memory, *, merchant_id: int, form: Form, now: int) -> Account | None:
    """The account that the request brings itself: token, card or bank account; None when it brings none."""
    if form.get("payment_token"):
        return spend_token(memory, merchant_id=merchant_id, token=form["payment_token"], now=now)
    return read_account(memory.setting("salt"), form)


def source_of(memory: Memory, *, merchant_id: int, form: Form, now: int) -> Source:
    """Whom to charge: what the request brings, else what the vault holds. Raises Refused."""
    account = given_account(memory, merchant_id=merchant_id, form=form, now=now)
    if account is not None:
        return Source(account)
    if not form.get("customer_vault_id"):
        raise Refused("Payment information is required")
    row = entry(memory, merchant_id, form["customer_vault_id"])
    return Source(Account.load(row["account"]), str(row["vault_id"]))


def entry(memory: Memory, merchant_id: int, vault_id: str) -> sqlite3.Row:
    """One entry of the vault. Raises Refused."""
    row = memory.one("SELECT * FROM vault WHERE merchant_id = ? AND vault_id = ?", merchant_id, vault_id)
    if row is None:
        raise Refused("Invalid Customer Vault ID specified")
    return row


def check_free(memory: Memory, merchant_id: int, vault_id: str) -> None:
    """Raises Refused when the chosen id is taken."""
    if memory.one("SELECT 1 FROM vault WHERE merchant_id = ? AND vault_id = ?", merchant_id, vault_id):
        raise Refused("Duplicate Customer Vault Id")


def store(memory: Memory, *, merchant_id: int, form: Form, account: Account, now: int) -> str:
    """Put an account into the vault under the chosen or a new id; answers the id."""
    vault_id = form.get("customer_vault_id") or str(1_000_000_000 + secrets.randbelow(9_000_000_000 - 1))
    check_free(memory, merchant_id, vault_id)
    memory.run(
        "INSERT INTO vault (merchant_id, vault_id, account, details, at) VALUES (?, ?, ?, ?, ?)",
        merchant_id, vault_id, account.without_cvv().dump(), json.dumps(details_of(form)), now,
    )  # fmt: skip
    return vault_id


def update(memory: Memory, *, merchant_id: int, form: Form, now: int) -> str:
    """Change the address and, when the request brings one, the account of an entry; answers its id."""
    vault_id = form.get("customer_vault_id", "")
    row = entry(memory, merchant_id, vault_id)
    account = given_account(memory, merchant_id=merchant_id, form=form, now=now) or Account.load(row["account"])
    memory.run(
        "UPDATE vault SET account = ?, details = ?, updated_at = ? WHERE merchant_id = ? AND vault_id = ?",
        account.without_cvv().dump(), json.dumps(json.loads(row["details"]) | details_of(form)), now, merchant_id,
        vault_id,
    )  # fmt: skip
    return vault_id


def delete(memory: Memory, *, merchant_id: int, form: Form) -> str:
    """Forget an entry; answers its id."""
    vault_id = form.get("customer_vault_id", "")
    entry(memory, merchant_id, vault_id)
    memory.run("DELETE FROM vault WHERE merchant_id = ? AND vault_id = ?", merchant_id, vault_id)
    return vault_id
