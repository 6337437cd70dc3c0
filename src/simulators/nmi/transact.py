"""What does POST /api/transact.php answer?

Docs: parameters and the answer's variables of the Direct Post (now "Payment") API; the result code table; validate
with amount 0.00; refund and void by `transactionid`; `dup_seconds` overrides the merchant's window, 0 turns the check
off, the default window is 1200 seconds. What counts as a duplicate: same card or account and same amount (docs of the
gateway's partners) of the same type; the order id counts only when the merchant's option "Include Order ID" is on
(`duplicate_includes_order_id`, off by default, as there). Only approved, not voided ones are compared (assumed).
Seen: "Duplicate transaction REFID:..." with response_code 300 in live answers while the table names 430; here 430,
and a merchant may be set to 300 (`duplicate_code`): a good client accepts both.
The docs let a refund reverse a sale that is still pending settlement; here only a settled one may be refunded unless
the merchant has `refunds_before_settlement`, since processors differ and the strict way finds more mistakes.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from simulators.clock import next_cutoff
from simulators.memory import Memory
from simulators.nmi import events, rules, vault
from simulators.nmi.accounts import Account, Form, Refused
from simulators.nmi.settlement import settle_due

Answer = dict[str, str]
LARGEST = Decimal(10_000_000)
MONEY_TYPES = {"sale", "auth", "credit"}
VAULT_TEXTS = {
    "add_customer": "Customer Added",
    "update_customer": "Customer Update Successful",
    "delete_customer": "Customer Deleted",
}


@dataclass(frozen=True)
class Request:
    """One request of an authenticated merchant at an instant (seconds since 1970)."""

    memory: Memory
    merchant: sqlite3.Row
    form: Form
    now: int

    @property
    def merchant_id(self) -> int:
        """Whose request it is."""
        return int(self.merchant["id"])


def find_merchant(memory: Memory, form: Form) -> sqlite3.Row | None:
    """The merchant of `security_key`, or of `username` and `password`; None when they fit nobody."""
    if form.get("security_key"):
        return memory.one("SELECT * FROM merchant WHERE security_key = ?", form["security_key"])
    if form.get("username"):
        return memory.one(
            "SELECT * FROM merchant WHERE username = ? AND password = ?", form["username"], form.get("password", "")
        )
    return None


def transact(memory: Memory, form: Form, now: int) -> Answer:
    """Answer one request; everything it changes is committed when this returns."""
    merchant = find_merchant(memory, form)
    if merchant is None:
        return _answer(form, "3", "Authentication Failed", "300")
    settle_due(memory, now)
    request = Request(memory, merchant, form, now)
    # A token is spent even by a request that is refused, so the refusal must not roll the spending back.
    with memory.transaction():
        try:
            return _dispatch(request)
        except Refused as refusal:
            reference = 3_000_000_000 + secrets.randbelow(999_999_999)
            return _answer(form, "3", f"{refusal.text} REFID:{reference}", refusal.code)


def _dispatch(request: Request) -> Answer:
    verbs: dict[str, Callable[[Request], Answer]] = {
        "sale": _charge, "auth": _charge, "credit": _charge, "validate": _charge,
        "capture": _capture, "refund": _refund, "void": _void,
    }  # fmt: skip
    kind, vaulting = request.form.get("type", ""), request.form.get("customer_vault", "")
    if vaulting and vaulting not in VAULT_TEXTS:
        raise Refused("Invalid Customer Vault action")
    if vaulting and not kind:
        return _change_vault(request, vaulting)
    if kind not in verbs:
        raise Refused("Invalid Transaction Type")
    return verbs[kind](request)


def _change_vault(request: Request, verb: str) -> Answer:
    memory, form, now = request.memory, request.form, request.now
    if verb == "add_customer":
        if form.get("customer_vault_id"):
            vault.check_free(memory, request.merchant_id, form["customer_vault_id"])
        account = vault.given_account(memory, merchant_id=request.merchant_id, form=form, now=now)
        if account is None:
            raise Refused("Payment information is required")
        vault_id = vault.store(memory, merchant_id=request.merchant_id, form=form, account=account, now=now)
    elif verb == "update_customer":
        vault_id = vault.update(memory, merchant_id=request.merchant_id, form=form, now=now)
    else:
        vault_id = vault.delete(memory, merchant_id=request.merchant_id, form=form)
    return _answer(form, "1", VAULT_TEXTS[verb], "100", customer_vault_id=vault_id)


def _charge(request: Request) -> Answer:
    """Sale, auth, credit (unlinked) and validate: a new transaction on an account."""
    form, kind = request.form, request.form["type"]
    amount = 0 if kind == "validate" else read_amount(form.get("amount", ""))
    adds = form.get("customer_vault") == "add_customer"
    if adds and form.get("customer_vault_id"):
        vault.check_free(request.memory, request.merchant_id, form["customer_vault_id"])
    source = vault.source_of(request.memory, merchant_id=request.merchant_id, form=form, now=request.now)
    if kind in MONEY_TYPES:
        _check_duplicate(request, source.account, amount)
    is_expired = source.account.is_expired(request.now)
    verdict = rules.judge(behaviour=source.account.behaviour, amount=amount, is_expired=is_expired)
    vault_id = source.vault_id
    if adds and verdict.response == "1":
        vault_id = vault.store(
            request.memory, merchant_id=request.merchant_id, form=form, account=source.account, now=request.now
        )
    number, authcode = _record(request, source.account, vault_id=vault_id, amount=amount, verdict=verdict)
    return _answer(
        form, verdict.response, verdict.text, verdict.code, transactionid=str(number), authcode=authcode,
        avsresponse=_avs(form), cvvresponse=source.account.cvv_result, customer_vault_id=vault_id,
    )  # fmt: skip


def read_amount(text: str) -> int:
    """Cents of "12.34". Raises Refused for what is no positive amount of whole cents."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise Refused("Invalid amount") from None
    if not (amount.is_finite() and 0 < amount < LARGEST and amount == amount.quantize(Decimal("0.01"))):
        raise Refused("Invalid amount")
    return int(amount * 100)


def _check_duplicate(request: Request, account: Account, amount: int) -> None:
    form, merchant = request.form, request.merchant
    given = form.get("dup_seconds", "")
    window = int(given) if given.isdecimal() else int(merchant["duplicate_seconds"])
    if not window:
        return
    row = request.memory.one(
        "SELECT id FROM txn WHERE merchant_id = ? AND fingerprint = ? AND amount = ? AND type = ? AND response = '1'"
        " AND condition != 'canceled' AND at > ? AND (order_id = ? OR NOT ?) LIMIT 1",
        request.merchant_id, account.fingerprint, amount, form["type"], request.now - window,
        form.get("orderid", ""), merchant["duplicate_includes_order_id"],
    )  # fmt: skip
    if row is not None:
        raise Refused("Duplicate transaction", merchant["duplicate_code"])


def _record(
    request: Request, account: Account, *, vault_id: str, amount: int, verdict: rules.Verdict,
    original: sqlite3.Row | None = None,
) -> tuple[int, str]:  # fmt: skip
    """Write a transaction with its first action; answers its id and authorization code."""
    form, now, kind = request.form, request.now, request.form["type"]
    is_approved, moves = verdict.response == "1", kind != "auth" and amount > 0
    condition = "failed" if not is_approved else "pendingsettlement" if moves else "pending"
    condition = "complete" if is_approved and kind == "validate" else condition
    condition = rules.IN_REVIEW if is_approved and verdict.text == rules.HELD_TEXT and moves else condition
    due_at = next_cutoff(now, request.merchant["cutoff"]) if condition == "pendingsettlement" else None
    comes_back = rules.return_after(account.behaviour) if kind in ("sale", "credit") and is_approved else None
    authcode = f"{secrets.randbelow(1_000_000):06d}" if is_approved else ""
    number = request.memory.run(
        "INSERT INTO txn (merchant_id, type, method, amount, order_id, condition, at, due_at, fingerprint, account,"
        " vault_id, original_id, response, code, text, authcode, return_code, return_days, details)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        request.merchant_id, kind, account.method, amount, form.get("orderid", ""), condition, now, due_at,
        account.fingerprint, account.dump(), vault_id, original["id"] if original is not None else None,
        verdict.response, verdict.code, verdict.text, authcode, comes_back and comes_back[0],
        comes_back and comes_back[1], json.dumps(vault.details_of(form)),
    )  # fmt: skip
    signed = -amount if kind in ("refund", "credit") else amount
    _act(request, number, kind, signed, verdict)
    return number, authcode


def _act(request: Request, number: int, kind: str, amount: int, verdict: rules.Verdict) -> None:
    request.memory.run(
        "INSERT INTO action (txn_id, type, amount, at, success, code, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
        number, kind, amount, request.now, int(verdict.response == "1"), verdict.code, verdict.text,
    )  # fmt: skip
    if kind != "validate" and verdict.text != rules.HELD_TEXT:
        outcome = "success" if verdict.response == "1" else "failure"
        events.tell_of(request.memory, number, f"transaction.{kind}.{outcome}", request.now)


def _original(request: Request) -> sqlite3.Row:
    """The approved transaction that `transactionid` names. Raises Refused."""
    number = request.form.get("transactionid", "")
    row = request.memory.one(
        "SELECT * FROM txn WHERE id = ? AND merchant_id = ? AND response = '1'",
        int(number) if number.isdecimal() else 0, request.merchant_id,
    )  # fmt: skip
    if row is None:
        raise Refused("Invalid Transaction ID / Object ID specified: ")
    return row


def _capture(request: Request) -> Answer:
    original = _original(request)
    if original["type"] != "auth" or original["condition"] != "pending":
        raise Refused("Only authorizations may be captured")
    amount = read_amount(request.form.get("amount") or cents(original["amount"]))
    if amount > original["amount"]:
        raise Refused("The specified amount exceeds the authorization amount")
    request.memory.run(
        "UPDATE txn SET type = 'capture', amount = ?, condition = 'pendingsettlement', due_at = ? WHERE id = ?",
        amount, next_cutoff(request.now, request.merchant["cutoff"]), original["id"],
    )  # fmt: skip
    _act(request, original["id"], "capture", amount, rules.APPROVED)
    return _about(request, original, "SUCCESS", transactionid=str(original["id"]), authcode=original["authcode"])


def _refund(request: Request) -> Answer:
    """Give back a part or all of a settled sale, as a new transaction that names its original."""
    original = _original(request)
    allowed = {"complete"} | ({"pendingsettlement"} if request.merchant["refunds_before_settlement"] else set())
    if original["type"] not in ("sale", "capture"):
        raise Refused("Only sales and captures can be refunded")
    if original["condition"] not in allowed:
        raise Refused("Only settled transactions can be refunded")
    left = original["amount"] - original["refunded"]
    # No amount, or 0.00, refunds what is left (docs).
    given = request.form.get("amount", "")
    amount = left if given in ("", "0", "0.00") else read_amount(given)
    if amount > left or not left:
        raise Refused("Refund amount may not exceed the transaction balance")
    request.memory.run("UPDATE txn SET refunded = refunded + ? WHERE id = ?", amount, original["id"])
    number, _ = _record(
        request, Account.load(original["account"]), vault_id=original["vault_id"], amount=amount,
        verdict=rules.APPROVED, original=original,
    )  # fmt: skip
    return _about(request, original, "SUCCESS", transactionid=str(number))


def _void(request: Request) -> Answer:
    """Cancel the whole transaction before it settles; an uncaptured authorization too."""
    original = _original(request)
    is_open_auth = original["type"] == "auth" and original["condition"] == "pending"
    if original["condition"] != "pendingsettlement" and not is_open_auth:
        raise Refused("Only transactions pending settlement can be voided")
    if original["refunded"]:
        raise Refused("Only transactions without refunds can be voided")
    request.memory.run("UPDATE txn SET condition = 'canceled', due_at = NULL WHERE id = ?", original["id"])
    if original["type"] == "refund":
        request.memory.run(
            "UPDATE txn SET refunded = refunded - ? WHERE id = ?", original["amount"], original["original_id"]
        )
    _act(request, original["id"], "void", original["amount"], rules.Verdict("1", "100", "Transaction Void Successful"))
    text = "Transaction Void Successful"
    return _about(request, original, text, transactionid=str(original["id"]), authcode=original["authcode"])


def cents(amount: int) -> str:
    """Cents as "12.34"."""
    sign, amount = "-" if amount < 0 else "", abs(amount)
    return f"{sign}{amount // 100}.{amount % 100:02d}"


def _avs(form: Form) -> str:
    if not (form.get("address1") or form.get("zip")):
        return ""
    street, code = form.get("address1") == "888", form.get("zip") == "77777"
    return {(True, True): "Y", (True, False): "A", (False, True): "Z"}.get((street, code), "N")


def _about(request: Request, original: sqlite3.Row, text: str, **more: str) -> Answer:
    return _answer(request.form | {"orderid": original["order_id"]}, "1", text, "100", **more)


def _answer(form: Form, response: str, text: str, code: str, **more: str) -> Answer:
    """The variables of the answer in the order of the docs; those that do not apply are there and empty (seen)."""
    answer = {
        "response": response, "responsetext": text, "authcode": "", "transactionid": "", "avsresponse": "",
        "cvvresponse": "", "orderid": form.get("orderid", ""), "type": form.get("type", ""), "response_code": code,
    }  # fmt: skip
    answer.update({name: value for name, value in more.items() if name != "customer_vault_id"})
    vault_id = more.get("customer_vault_id") or form.get("customer_vault_id", "")
    return (answer | {"customer_vault_id": vault_id}) if vault_id else answer
