"""Which card, account or test payment method makes the simulated Stripe do what?

Cards of Stripe's own list (docs): 4242424242424242 is approved, 4000000000000002 and its kin decline, 4000002760003184
asks for authentication, 4000000000000341 can be stored and not charged, 4000000000000259 is charged back. So are the
payment methods `pm_card_visa`, `pm_card_chargeDeclined...`, `pm_usBankAccount_...` (docs), which may be used again
and again. The cards 400000000CCC000x of the other dialect, its amounts from 90200.00 and its bank accounts that come
back days later behave alike here, so that one story can be told on both.
Bank accounts: those of the docs (routing number 110000000) fail while they are processing; 000555555559 is disputed
after it succeeded, 000000000009 stays in processing.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulators.nmi import rules as shared

DECLINES = {  # decline_code: (code, message), docs
    "generic_decline": ("card_declined", "Your card was declined."),
    "do_not_honor": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "lost_card": ("card_declined", "Your card was declined."),
    "stolen_card": ("card_declined", "Your card was declined."),
    "pickup_card": ("card_declined", "Your card was declined."),
    "fraudulent": ("card_declined", "Your card was declined."),
    "transaction_not_allowed": ("card_declined", "Your card does not support this type of purchase."),
    "card_velocity_exceeded": (
        "card_declined",
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    ),
    "call_issuer": ("card_declined", "Your card was declined."),
    "try_again_later": ("card_declined", "Your card was declined."),
    "invalid_account": ("card_declined", "Your card was declined."),
    "stop_payment_order": ("card_declined", "Your card was declined."),
    "revocation_of_authorization": ("card_declined", "Your card was declined."),
    "revocation_of_all_authorizations": ("card_declined", "Your card was declined."),
    "new_account_information_available": ("card_declined", "Your card was declined."),
    "authentication_required": (
        "authentication_required", "Your card was declined. This transaction requires authentication.",
    ),
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_number": ("incorrect_number", "Your card number is incorrect."),
    "invalid_expiry_year": ("invalid_expiry_year", "Your card's expiration year is invalid."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "processing_error": (
        "processing_error", "An error occurred while processing your card. Try again in a little bit.",
    ),
}  # fmt: skip
OF_SHARED_CODES = {
    "200": "generic_decline", "201": "do_not_honor", "202": "insufficient_funds", "203": "card_velocity_exceeded",
    "204": "transaction_not_allowed", "220": "incorrect_number", "221": "invalid_account", "222": "invalid_account",
    "223": "expired_card", "224": "invalid_expiry_year", "225": "incorrect_cvc", "240": "call_issuer",
    "250": "pickup_card", "251": "lost_card", "252": "stolen_card", "253": "fraudulent", "260": "call_issuer",
    "261": "revocation_of_all_authorizations", "262": "revocation_of_authorization",
    "263": "new_account_information_available", "264": "try_again_later",
}  # fmt: skip
CARDS = {  # number: behaviour
    "4000000000000002": "generic_decline", "4000000000009995": "insufficient_funds", "4000000000009987": "lost_card",
    "4000000000009979": "stolen_card", "4000000000000069": "expired_card", "4000000000000127": "incorrect_cvc",
    "4000000000000119": "processing_error", "4000000000006975": "card_velocity_exceeded",
    "4000002760003184": "authentication_required", "4000002500003155": "authentication_required",
    "4000000000000341": "later:generic_decline", "4000000000000259": "dispute:fraudulent",
}  # fmt: skip
ACCOUNTS = {  # account number: behaviour
    "000111111113": "fail:account_closed", "000111111116": "fail:no_account",
    "000222222227": "fail:insufficient_funds", "000333333335": "fail:debit_not_authorized",
    "000444444440": "fail:invalid_currency", "000777777771": "fail:weekly_limit", "000555555559": "dispute:R10",
    "000000000009": "stuck",
}  # fmt: skip
TEST_METHODS = {  # id: (number, brand) of a card, or (account number, "")
    "pm_card_visa": "4242424242424242", "pm_card_mastercard": "5555555555554444", "pm_card_amex": "378282246310005",
    "pm_card_discover": "6011111111111117", "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedLostCard": "4000000000009987", "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069", "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155", "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_createDispute": "4000000000000259",
    "pm_usBankAccount_success": "000123456789", "pm_usBankAccount_accountClosed": "000111111113",
    "pm_usBankAccount_noAccount": "000111111116", "pm_usBankAccount_insufficientFunds": "000222222227",
    "pm_usBankAccount_debitNotAuthorized": "000333333335", "pm_usBankAccount_invalidCurrency": "000444444440",
    "pm_usBankAccount_dispute": "000555555559", "pm_usBankAccount_processing": "000000000009",
}  # fmt: skip
BANK_FAILURES = {  # failure code: (Nacha's return code, message), docs
    "account_closed": ("R02", "The customer's bank account has been closed."),
    "no_account": ("R03", "The customer's bank account could not be located."),
    "insufficient_funds": ("R01", "The customer's account has insufficient funds to cover this payment."),
    "debit_not_authorized": ("R10", "The customer has notified their bank that this payment was unauthorized."),
    "invalid_currency": ("R20", "The bank was unable to process this payment because of its currency."),
    "weekly_limit": ("", "The payment exceeds the weekly limit of this account."),
}
DISPUTE_REASONS = {  # Nacha's return code: the reason of the dispute
    "R01": "insufficient_funds", "R02": "incorrect_account_details", "R03": "incorrect_account_details",
    "R07": "customer_initiated", "R10": "debit_not_authorized", "R29": "debit_not_authorized",
}  # fmt: skip
CARD_DISPUTE_DAYS = 10  # ours
LATE_RETURN_DAYS = dict(shared.RETURNS.values())


@dataclass(frozen=True)
class Decline:
    """Why a card or account was refused."""

    code: str
    decline_code: str
    message: str


def decline_of(decline_code: str) -> Decline:
    """The answer that belongs to a decline code."""
    code, message = DECLINES[decline_code]
    return Decline(code, decline_code, message)


def card_behaviour(number: str) -> str:
    """What this card always does, or nothing. `later:` stands before the decline of a card that can be stored."""
    code = shared.card_behaviour(number)
    return CARDS.get(number, way_of(code))


def account_behaviour(number: str) -> str:
    """What payments of this bank account do: fail:CODE while processing, return:RNN or dispute:RNN later."""
    code = shared.check_behaviour(number)
    if code == "220":
        return "fail:no_account"
    return ACCOUNTS.get(number, way_of(code))


def way_of(code: str) -> str:
    """The behaviour that a code shared by both dialects ("202", "R01", "") means here."""
    if code.startswith("R"):
        return f"return:{code}"
    return f"later:{OF_SHARED_CODES.get(code, 'processing_error')}" if code else ""


def judge_card(behaviour: str, amount: int, *, is_expired: bool, is_off_session: bool) -> Decline | None:
    """None when the charge is approved; `amount` is in cents, 0 to store the card only."""
    if behaviour.startswith("later:"):
        return decline_of(behaviour.removeprefix("later:")) if amount else None
    if behaviour == "authentication_required":
        return decline_of(behaviour) if amount and is_off_session else None
    if behaviour in DECLINES:
        return decline_of(behaviour)
    if is_expired:
        return decline_of("expired_card")
    code, cents = divmod(amount - shared.MAGIC_AMOUNTS_FROM, 100)
    magic = str(code) if cents == 0 and str(code) in shared.CODES else ""
    return decline_of(OF_SHARED_CODES.get(magic, "processing_error")) if magic else None


def fee(method: str, amount: int) -> int:
    """Stripe's public prices: cards 2.9 % and 30 cents, bank debits 0.8 %, at most $5."""
    if method == "ach":
        return min(500, (amount * 8 + 500) // 1000)
    return (amount * 29 + 500) // 1000 + 30
