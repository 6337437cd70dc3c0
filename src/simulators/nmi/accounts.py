"""What may be kept of a card or a bank account once its number was seen?

Brand, first six, last four, expiry, and a salted hash to recognise it again; and how the rules make it behave.
Never the number, never the security code (only whether it matched).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from calendar import monthrange
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from simulators.nmi import rules

Form = dict[str, str]


class Refused(Exception):
    """The gateway itself rejects the request: response 3, nothing is recorded."""

    def __init__(self, text: str, code: str = "300") -> None:
        super().__init__(text)
        self.text, self.code = text, code


@dataclass(frozen=True)
class Account:
    """A card (`method` card) or a bank account (`method` ach), without its number. `exp` is MMYY."""

    method: str
    brand: str
    bin: str
    last4: str
    length: int
    fingerprint: str
    behaviour: str
    exp: str = ""
    aba: str = ""
    name: str = ""
    holder: str = ""
    kind: str = ""
    cvv_result: str = ""

    @classmethod
    def load(cls, text: str) -> Account:
        """Read what `dump` wrote."""
        return cls(**json.loads(text))

    def dump(self) -> str:
        """As text for the store."""
        return json.dumps(asdict(self))

    def without_cvv(self) -> Account:
        """For the vault: a security code must not outlive its authorization, nor must its result."""
        return replace(self, cvv_result="")

    @property
    def masked(self) -> str:
        """Card as the Query API masks it (4xxxxxxxxxxx1111, seen), account as xxxxx3815."""
        head = self.bin[:1] if self.method == "card" else ""
        return head + "x" * (self.length - len(head) - 4) + self.last4

    def is_expired(self, now: int) -> bool:
        """True when the card's month is over (UTC) at `now`, seconds since 1970."""
        if self.method != "card":
            return False
        return now > end_of_month(self.exp)


def end_of_month(exp: str) -> int:
    """The last second of MMYY in UTC."""
    year, month = 2000 + int(exp[2:]), int(exp[:2])
    return int(datetime(year, month, monthrange(year, month)[1], 23, 59, 59, tzinfo=UTC).timestamp())


def fingerprint(salt: str, *parts: str) -> str:
    """The salted hash under which an account is known again."""
    return hmac.new(salt.encode(), "/".join(parts).encode(), hashlib.sha256).hexdigest()[:32]


def read_exp(text: str) -> str:
    """MMYY out of MMYY, MM/YY, MM / YYYY. Raises Refused."""
    digits = "".join(char for char in text if char.isdecimal())
    exp = digits[:2] + digits[-2:]
    if len(digits) not in (4, 6) or not "01" <= exp[:2] <= "12":
        raise Refused("Invalid Credit Card Expiration Date")
    return exp


def read_card(salt: str, form: Form) -> Account:
    """The card in `ccnumber`, `ccexp`, `cvv`. Raises Refused for a number or date that cannot be."""
    number = form["ccnumber"].replace(" ", "").replace("-", "")
    if not rules.is_luhn_valid(number):
        raise Refused("Invalid Credit Card Number")
    cvv = form.get("cvv", "")
    return Account(
        method="card",
        brand=rules.card_brand(number),
        bin=number[:6],
        last4=number[-4:],
        length=len(number),
        fingerprint=fingerprint(salt, "card", number),
        behaviour=rules.card_behaviour(number),
        exp=read_exp(form.get("ccexp", "")),
        cvv_result=("M" if cvv == "999" else "N") if cvv else "",
    )


def read_check(salt: str, form: Form) -> Account:
    """The bank account in `checkaba`, `checkaccount`, `checkname`. Raises Refused."""
    aba, number = form.get("checkaba", ""), form.get("checkaccount", "")
    if not rules.is_aba_valid(aba):
        raise Refused("Invalid ABA number")
    if not (number.isdecimal() and 4 <= len(number) <= 17):
        raise Refused("Invalid checking account number")
    if not form.get("checkname"):
        raise Refused("Check name is required")
    return Account(
        method="ach",
        brand="",
        bin="",
        last4=number[-4:],
        length=len(number),
        fingerprint=fingerprint(salt, "ach", aba, number),
        behaviour=rules.check_behaviour(number),
        aba=aba,
        name=form["checkname"],
        holder=form.get("account_holder_type") or "personal",
        kind=form.get("account_type") or "checking",
    )


def read_account(salt: str, form: Form) -> Account | None:
    """The card or bank account that the form itself carries; None when it carries none. Raises Refused."""
    if form.get("ccnumber"):
        return read_card(salt, form)
    return read_check(salt, form) if form.get("checkaccount") else None


def test_account(salt: str, token: str) -> Account | None:
    """The account behind the public test tokens of the docs, which may be used again and again."""
    if token == rules.TEST_TOKEN_CARD:
        return read_card(salt, {"ccnumber": "4111111111111111", "ccexp": "1030", "cvv": "999"})
    if token == rules.TEST_TOKEN_CHECK:
        return read_check(salt, {"checkaba": "490000018", "checkaccount": "24413815", "checkname": "Jane Doe"})
    return None
