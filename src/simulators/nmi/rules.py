"""Which card, account or amount makes the simulated gateway do what?

Everything not listed here is approved. Codes and texts are the result code table of the Direct Post API (docs).

Cards
  4111111111111111 Visa, 5431111111111111 MasterCard, 341111111111111 American Express and 6011601160116611 Discover
  are the test cards of the docs and are approved, as is any other number with a right check digit.
  400000000CCC000x answers with result code CCC of `CODES` (x is the check digit; `card_answering(202)` writes it):
  200-264 decline (response 2), 300-461 are errors (response 3). A card keeps its ways in the vault.
  `card_answering(900)` is held for review: response 1 with the text "Held for review", no money until somebody
  at the gateway decides (/control/nmi/review). Source of neither text nor condition was found (assumed).
Bank accounts (with any routing number of right checksum)
  `RETURNS` lists the accounts that settle and come back later as the given return code: an action `check_return` on
  the same transaction, more than five days after settlement `check_late_return` (names: docs of the webhooks);
  account 10000220 is refused at once with 220.
Amounts
  below 1.00: declined with 200 (docs, test mode). 90200.00 to 90461.00 in whole dollars: answered with the result
  code amount minus 90000 when the code exists (90202.00 is insufficient funds). No other amount declines.
Checks of the docs: cvv 999 matches (M), any other does not (N); address1 888 and zip 77777 match (Y).
"""

from __future__ import annotations

from dataclasses import dataclass

CODES = {
    "200": "DECLINE",
    "201": "Do not honor",
    "202": "Insufficient funds",
    "203": "Over limit",
    "204": "Transaction not allowed",
    "220": "Incorrect payment information",
    "221": "No such card issuer",
    "222": "No card number on file with issuer",
    "223": "Expired card",
    "224": "Invalid expiration date",
    "225": "Invalid card security code",
    "240": "Call issuer for further information",
    "250": "Pick up card",
    "251": "Lost card",
    "252": "Stolen card",
    "253": "Fraudulent card",
    "260": "Declined with further instructions available",
    "261": "Declined-Stop all recurring payments",
    "262": "Declined-Stop this recurring program",
    "263": "Declined-Update cardholder data available",
    "264": "Declined-Retry in a few days",
    "300": "Transaction was rejected by gateway",
    "400": "Transaction error returned by processor",
    "410": "Invalid merchant configuration",
    "411": "Merchant account is inactive",
    "420": "Communication error",
    "421": "Communication error with issuer",
    "440": "Processor format error",
    "441": "Invalid transaction information",
    "460": "Processor feature not available",
    "461": "Unsupported card type",
}
RETURNS = {  # account number: (return code of Nacha, days after settlement; the days are ours)
    "10000001": ("R01", 3),
    "10000002": ("R02", 2),
    "10000003": ("R03", 2),
    "10000004": ("R04", 2),
    "10000005": ("R05", 30),
    "10000007": ("R07", 20),
    "10000008": ("R08", 2),
    "10000009": ("R09", 3),
    "10000010": ("R10", 58),
    "10000016": ("R16", 2),
    "10000029": ("R29", 2),
}
RETURN_TEXTS = {
    "R01": "Insufficient Funds",
    "R02": "Account Closed",
    "R03": "No Account/Unable to Locate Account",
    "R04": "Invalid Account Number",
    "R05": "Unauthorized Debit to Consumer Account",
    "R07": "Authorization Revoked by Customer",
    "R08": "Payment Stopped",
    "R09": "Uncollected Funds",
    "R10": "Customer Advises Not Authorized",
    "R16": "Account Frozen",
    "R29": "Corporate Customer Advises Not Authorized",
}
LATE_AFTER_DAYS = 5
HELD = "900"
IN_REVIEW = "in_progress"
HELD_TEXT = "Held for review"
TEST_TOKEN_CARD = "00000000-000000-000000-000000000000"  # noqa: S105 (public, docs)
TEST_TOKEN_CHECK = "11111111-111111-111111-111111111111"  # noqa: S105 (public, docs)
SMALLEST_APPROVED = 100
MAGIC_AMOUNTS_FROM = 9_000_000
BEHAVING_PREFIX = "400000000"
CARD_LENGTHS = range(13, 20)
ABA_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7, 1)


@dataclass(frozen=True)
class Verdict:
    """What the processor says: `response` 1 approved, 2 declined, 3 error."""

    response: str
    code: str
    text: str


APPROVED = Verdict("1", "100", "SUCCESS")


def verdict_of(code: str) -> Verdict:
    """The answer that belongs to a result code of the table."""
    return Verdict("2" if code < "300" else "3", code, CODES[code])


def judge(*, behaviour: str, amount: int, is_expired: bool) -> Verdict:
    """Approve or not: `behaviour` is what `card_behaviour` or `check_behaviour` said, `amount` is in cents."""
    if behaviour in CODES:
        return verdict_of(behaviour)
    if is_expired:
        return verdict_of("223")
    if behaviour == HELD:
        return Verdict("1", "100", HELD_TEXT)
    if 0 < amount < SMALLEST_APPROVED:
        return verdict_of("200")
    code, cents = divmod(amount - MAGIC_AMOUNTS_FROM, 100)
    return verdict_of(str(code)) if cents == 0 and str(code) in CODES else APPROVED


def card_behaviour(number: str) -> str:
    """The result code that this card always gets, or nothing."""
    code = number[9:12]
    is_magic = number.startswith(BEHAVING_PREFIX) and number[12:15] == "000" and code in (*CODES, HELD)
    return code if is_magic else ""


def check_behaviour(number: str) -> str:
    """The result code or later return code ("R01") of this bank account, or nothing."""
    if number == "10000220":
        return "220"
    return RETURNS[number][0] if number in RETURNS else ""


def return_after(behaviour: str) -> tuple[str, int] | None:
    """The return code and the days after settlement, for accounts whose payments come back."""
    return next((each for each in RETURNS.values() if each[0] == behaviour), None)


def card_answering(code: int) -> str:
    """The number of the card that always answers with this result code; also a helper for tests and the demo."""
    head = f"{BEHAVING_PREFIX}{code}000"
    return next(head + digit for digit in "0123456789" if is_luhn_valid(head + digit))


def is_luhn_valid(number: str) -> bool:
    """Digits only, a card's length, right check digit."""
    if not (number.isdecimal() and len(number) in CARD_LENGTHS):
        return False
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[0::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def is_aba_valid(number: str) -> bool:
    """Nine digits whose weighted sum is a multiple of ten."""
    if not (number.isdecimal() and len(number) == len(ABA_WEIGHTS)):
        return False
    return sum(int(digit) * weight for digit, weight in zip(number, ABA_WEIGHTS, strict=True)) % 10 == 0


def card_brand(number: str) -> str:
    """The brand as Collect.js names it."""
    if number.startswith("4"):
        return "visa"
    if number[:2] in ("34", "37"):
        return "amex"
    if "51" <= number[:2] <= "55" or "2221" <= number[:4] <= "2720":
        return "mastercard"
    if number.startswith(("6011", "65")):
        return "discover"
    if number.startswith(("30", "36", "38")):
        return "diners"
    return "jcb" if number.startswith("35") else "maestro"
