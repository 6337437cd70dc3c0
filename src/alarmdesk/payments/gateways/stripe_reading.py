"""What do Stripe's objects say in the port's words?

Objects come as plain dicts. A sale is a payment intent with its newest charge and that charge's balance transaction
expanded; it is settled once the money is available. Our key is `metadata.attempt_id`, which Stripe copies from the
intent to its charge. Source: billing.md 5.2.
"""

import datetime as dt
import json
from calendar import monthrange
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from alarmdesk.payments.declines import is_hard_stripe
from alarmdesk.payments.gateways.port import Answer, NoAnswer, Outcome, StatementLine, StoredMethod

Thing = dict[str, Any]
KEY, VERB, VOID = "attempt_id", "verb", "void"
KINDS = {"card": "card", "us_bank_account": "ach"}
TYPES = {ours: theirs for theirs, ours in KINDS.items()}
BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "Amex", "discover": "Discover", "diners": "Diners"}
STATES = {"succeeded": "succeeded", "pending": "processing", "failed": "requires_payment_method"}
"""What a charge says of its intent."""
ON_THE_WAY = frozenset(("requires_confirmation", "requires_action"))
REASONS = {  # Stripe's code of a bank's refusal or reason of a dispute: what Nacha calls it
    "insufficient_funds": "R01 Insufficient Funds",
    "account_closed": "R02 Account Closed",
    "no_account": "R03 No Account/Unable to Locate Account",
    "incorrect_account_details": "R03 No Account/Unable to Locate Account",
    "invalid_account_number": "R04 Invalid Account Number",
    "customer_initiated": "R07 Authorization Revoked by Customer",
    "debit_not_authorized": "R10 Customer Advises Not Authorized",
    "bank_account_restricted": "R16 Account Frozen",
    "invalid_currency": "R20 Non-Transaction Account",
}
BY_CODE = {text.partition(" ")[0]: text for text in REASONS.values()} | {
    "R29": "R29 Corporate Customer Advises Not Authorized"
}
LONGEST_RAW = 2000


class Undecided(NoAnswer):
    """A word of Stripe's that we do not know: it is never taken for money, nor for a decline."""


def money(cents: int) -> Decimal:
    """An amount out of cents."""
    return Decimal(cents).scaleb(-2)


def cents(amount: Decimal) -> int:
    """Whole cents of an amount."""
    return int(amount.scaleb(2).to_integral_exact())


def instant(seconds: int) -> dt.datetime:
    """An aware datetime."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def key_of(thing: Thing) -> str:
    """Our key of an operation; empty for one that is not ours."""
    return str((thing.get("metadata") or {}).get(KEY) or "")


def stored(method: Thing, vault_id: str) -> StoredMethod:
    """What may be shown of a payment method."""
    kind = KINDS.get(str(method["type"]), "card")
    if kind == "ach":
        return StoredMethod(vault_id, kind, "", str(method["us_bank_account"]["last4"]), None)
    card = method["card"]
    year, month = int(card["exp_year"]), int(card["exp_month"])
    return StoredMethod(
        vault_id=vault_id,
        kind=kind,
        brand=BRANDS.get(card["brand"], str(card["brand"]).title()),
        last_four=str(card["last4"]),
        expires_on=dt.date(year, month, monthrange(year, month)[1]),
    )


def declined(error: Thing, intent_id: str) -> Answer:
    """A refused card: `error` is Stripe's error object."""
    code = str(error.get("decline_code") or error.get("code") or "declined")
    text = str(error.get("message") or "Declined.")
    raw = _raw({name: error.get(name) for name in ("type", "code", "decline_code", "message", "charge")}, intent_id)
    return Answer(Outcome.DECLINED, intent_id, code, text, raw, is_hard_stripe(code))


NOT_LOST = frozenset(("won", "warning_needs_response", "warning_under_review", "warning_closed", "prevented"))
"""States of a dispute in which the money is, or is again, the dealer's."""


def standing(cases: Iterable[Thing]) -> list[Thing]:
    """The disputes that hold or have taken money, the latest first; none when all were won or moved none."""
    return [case for case in cases if case["status"] not in NOT_LOST]


def taken_by(cases: Iterable[Thing]) -> Decimal:
    """How much they take."""
    return money(sum(case["amount"] for case in cases))


def why(case: Thing) -> str:
    """Why a charge is disputed; a bank's return in its words."""
    if (case.get("payment_method_details") or {}).get("type") == "us_bank_account":
        return bank_words(case["reason"], str(case.get("network_reason_code") or ""))
    return str(case["reason"]).replace("_", " ")


def answer(intent: Thing, *, is_void: bool = False, because: str = "") -> Answer:
    """What became of a payment intent."""
    outcome, error = outcome_of(intent, is_void=is_void), intent.get("last_payment_error") or {}
    if outcome is Outcome.DECLINED and error:
        return declined(error, intent["id"])
    charge = intent.get("latest_charge") or {}
    code = str(error.get("code") or intent["status"])
    text = (
        because
        or reason(intent)
        or {Outcome.VOIDED: "Voided.", Outcome.HELD: "Held by the gateway."}.get(outcome, "Approved.")
    )
    raw = _raw({"status": intent["status"], "charge": charge.get("id"), "outcome": charge.get("outcome")}, intent["id"])
    is_hard = outcome is Outcome.RETURNED and is_hard_stripe(code)
    return Answer(outcome, intent["id"], code, text, raw, is_hard)


def outcome_of(intent: Thing, *, is_void: bool = False) -> Outcome:
    """A payment intent's state in the port's words. `is_void`: its whole refund was a void of ours."""
    status, charge = str(intent["status"]), intent.get("latest_charge") or {}
    if is_void or status == "canceled":
        return Outcome.VOIDED
    if status == "succeeded":
        return charge_outcome(charge)
    if status == "processing":
        return Outcome.APPROVED
    if status == "requires_capture" or status in ON_THE_WAY:
        return Outcome.HELD
    if status != "requires_payment_method":
        raise Undecided(f"The gateway says of it: {status}.")
    return Outcome.RETURNED if _is_bank(charge) else Outcome.DECLINED


def charge_outcome(charge: Thing) -> Outcome:
    """A good charge: approved until its money is available, unless it was taken back."""
    if charge.get("disputed"):
        return Outcome.RETURNED if _is_bank(charge) else Outcome.DISPUTED
    entry = charge.get("balance_transaction") or {}
    return Outcome.SETTLED if entry.get("status") == "available" else Outcome.APPROVED


def _is_bank(charge: Thing) -> bool:
    return str((charge.get("payment_method_details") or {}).get("type")) == "us_bank_account"


def reason(intent: Thing) -> str:
    """Why a bank debit failed: "R01 Insufficient Funds"; empty when it did not."""
    error = intent.get("last_payment_error") or {}
    return bank_words(str(error.get("code") or ""), str(error.get("network_decline_code") or "")) if error else ""


def bank_words(code: str, network_code: str = "") -> str:
    """The return in Nacha's words where its code is known, else Stripe's own word."""
    return BY_CODE.get(network_code) or REASONS.get(code) or " ".join(filter(None, (network_code, code)))


def sale_line(
    intent: Thing,
    *,
    batch: tuple[str, int] | None = None,
    is_void: bool = False,
    because: str = "",
    taken_back: Decimal = Decimal("0.00"),
) -> StatementLine:
    """A payment intent as a line; `batch` is the payout that paid it out, with its instant; `taken_back` is what its
    disputes take.
    """
    outcome = outcome_of(intent, is_void=is_void)
    return StatementLine(
        external_id=intent["id"],
        key=key_of(intent),
        verb="sale",
        amount=money(intent["amount"]),
        outcome=outcome,
        batch_id=batch[0] if batch and outcome is not Outcome.VOIDED else "",
        at=instant(intent["created"]),
        settled_at=instant(batch[1]) if batch and outcome is not Outcome.VOIDED else None,
        reason=because or (reason(intent) if outcome is Outcome.RETURNED else ""),
        taken_back=min(taken_back, money(intent["amount"])),
    )


def intent_of(charge: Thing, *, is_settled: bool) -> Thing:
    """A charge in the shape of its intent, as far as a line needs it; settled is what was paid out."""
    charge = {**charge, "balance_transaction": {"status": "available" if is_settled else "pending"}}
    status = str(charge["status"])
    return {
        "id": charge["payment_intent"] or charge["id"], "status": STATES.get(status, status),
        "amount": charge["amount"], "created": charge["created"], "metadata": charge["metadata"],
        "latest_charge": charge, "last_payment_error": None,
    }  # fmt: skip


def refund_line(refund: Thing, *, batch: tuple[str, int] | None = None) -> StatementLine:
    """A refund as a line."""
    return StatementLine(
        external_id=refund["id"],
        key=key_of(refund),
        verb="refund",
        amount=money(refund["amount"]),
        outcome=refund_outcome(refund),
        batch_id=batch[0] if batch else "",
        at=instant(refund["created"]),
        settled_at=instant(batch[1]) if batch else None,
        of_external_id=str(refund.get("payment_intent") or ""),
    )


def refund_outcome(refund: Thing) -> Outcome:
    """Failed ones gave nothing back; the others are settled once they left the balance."""
    if refund["status"] in ("failed", "canceled"):
        return Outcome.DECLINED
    entry = refund.get("balance_transaction") or {}
    return Outcome.SETTLED if entry.get("status") == "available" else Outcome.APPROVED


def refund_answer(refund: Thing) -> Answer:
    """What became of a refund."""
    outcome = refund_outcome(refund)
    text = "Refunded." if outcome is not Outcome.DECLINED else f"Refund {refund['status']}."
    return Answer(outcome, refund["id"], str(refund["status"]), text, _raw({"status": refund["status"]}, refund["id"]))


def is_void(refund: Thing) -> bool:
    """Did we make this refund to void the sale?"""
    return str((refund.get("metadata") or {}).get(VERB) or "") == VOID


def _raw(told: Thing, identity: str) -> str:
    kept = {"id": identity} | {name: value for name, value in told.items() if value is not None}
    return json.dumps(kept, default=str)[:LONGEST_RAW]
