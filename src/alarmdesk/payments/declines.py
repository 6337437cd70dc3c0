"""After which decline must a card or account never be tried again?

A hard decline says that the number is dead or that the holder took the permission back: another try costs a fee and
cannot succeed. Any other decline is soft and tried again by the company's schedule (dunning.py). Visa's category 1 is
04, 07, 12, 14, 15, 41, 43, 46, 57, R0, R1, R3. Source: domain.md F2, billing.md 2.4.
"""

import re

VISA_NEVER = frozenset(("04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3"))
"""The issuer's own response codes that forbid another try."""
NMI_NEVER = frozenset(
    (
        "204",  # transaction not allowed: 57
        "220",  # incorrect payment information: 12, 14
        "221",  # no such card issuer: 15
        "222",  # no card number on file with the issuer: 14, 46
        "250",  # pick up card: 04, 07
        "251",  # lost: 41
        "252",  # stolen: 43
        "253",  # fraudulent card: 07
        "261",  # stop all recurring payments: R1, R3
        "262",  # stop this recurring program: R0
    )
)
NMI_DECLINES = re.compile(r"2\d\d")
NMI_WORDS = re.compile(
    r"pic(k)?[ -]?up|\blost\b|\bstolen\b|\bclosed account\b|\baccount closed\b|\brevo(ked|cation)\b"
    r"|\bstop (all )?(recurring )?payment|\binvalid (card|account) number\b",
    re.IGNORECASE,
)
"""What processors write behind the plain 200 "declined" where they mean one of the above."""
NMI_TROUBLE = frozenset(("400", "410", "411", "420", "421", "440", "460"))
"""What went wrong between the gateway, the processor and the dealer's account: nothing that the payer can change."""
STRIPE_NEVER = frozenset(
    (
        "authentication_required",  # only the holder, present, can make it good
        "fraudulent",
        "highest_risk_level",
        "incorrect_number",
        "invalid_account",
        "invalid_number",
        "lost_card",
        "pickup_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "stolen_card",
        "stop_payment_order",
        "transaction_not_allowed",
        # bank accounts
        "account_closed",
        "bank_account_restricted",
        "debit_not_authorized",
        "no_account",
        "payment_method_us_bank_account_debit_not_authorized",
    )
)


def is_hard_nmi(code: str, text: str = "", *, issuer_code: str = "") -> bool:
    """Is a decline of NMI final for the method? `code` is its response_code, `text` its responsetext, `issuer_code`
    the processor's or network's own code where one was given. Errors of the gateway (300 and above) never are.
    """
    if not NMI_DECLINES.fullmatch(code):
        return False
    return code in NMI_NEVER or issuer_code.upper() in VISA_NEVER or NMI_WORDS.search(text) is not None


def is_trouble(code: str) -> bool:
    """Was it the dealer's account or the wire, and not the payer's card? The payer is not written to then."""
    return code in NMI_TROUBLE


def is_hard_stripe(decline_code: str) -> bool:
    """Is a decline of Stripe final for the method? `decline_code` of the error; its `code` where there is none."""
    return decline_code in STRIPE_NEVER
