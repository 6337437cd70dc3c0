"""What do the transactions and vault entries of NMI's reports say in the port's words?

Source: billing.md 2 and 5; docs.nmi.com (Query API). What the documents do not say is marked as our reading.
"""

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.lib.xml import Element
from alarmdesk.payments.declines import is_hard_nmi
from alarmdesk.payments.gateways.port import Answer, NoAnswer, Outcome, Standing, StatementLine, StoredMethod

MOVING = frozenset(("sale", "capture", "credit", "refund"))
# what is in no condition of these (in_progress, unknown, a word that is new) is not decided: never taken for money
CONDITIONS = {
    "pendingsettlement": Outcome.APPROVED,
    "pending": Outcome.APPROVED,
    "complete": Outcome.SETTLED,
    "canceled": Outcome.VOIDED,
    "failed": Outcome.DECLINED,
    "abandoned": Outcome.DECLINED,
}
TAKEN_BACK = {
    "check_return": Outcome.RETURNED,
    "check_late_return": Outcome.RETURNED,
    "chargeback": Outcome.DISPUTED,
}
HELD = "held for review"
STANDINGS = {"closed": Standing.CLOSED, "contact": Standing.CONTACT}
BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "Amex", "discover": "Discover", "diners": "Diners"}


def _taken_back(actions: list[Element]) -> tuple[Element | None, Decimal]:
    """The bank's return or the cardholder's dispute that stands, and how much it takes; None for money that stays.

    Our reading, for the documents do not say it: a chargeback's amount is what it takes, be it a part, and a
    chargeback_reversal gives its own amount back.
    """
    found, taken = None, Decimal(0)
    for action in actions:
        kind, amount = action.findtext("action_type") or "", abs(Decimal(action.findtext("amount") or "0"))
        if kind in TAKEN_BACK:
            found, taken = action, taken + amount
        elif kind == "chargeback_reversal":
            taken -= amount
    return (found, taken) if taken > 0 else (None, Decimal(0))


def stored(customer: Element, vault_id: str) -> StoredMethod:
    """One <customer> of the vault's report."""
    is_ach = bool(customer.findtext("check_account"))
    shown = customer.findtext("check_account" if is_ach else "cc_number") or ""
    brand = (customer.findtext("cc_type") or "").lower()
    return StoredMethod(
        vault_id=vault_id,
        kind="ach" if is_ach else "card",
        brand="" if is_ach else BRANDS.get(brand, brand.title()),
        last_four=re.sub(r"\D", "", shown)[-4:],
        expires_on=None if is_ach else _last_good_day(customer.findtext("cc_exp") or ""),
    )


@dataclass(frozen=True, slots=True)
class Reading:
    answer: Answer
    line: StatementLine | None


def read(element: Element) -> Reading | None:
    """One <transaction> of the Query API, as an answer and as a line of the statement; None while it is undecided.

    Raises NoAnswer for one that makes no sense.
    """
    condition = element.findtext("condition") or ""
    outcome = CONDITIONS.get(condition)
    if outcome is None and condition == "in_progress" and is_held(element.findtext("action/response_text")):
        outcome = Outcome.HELD
    if outcome is None:
        return None
    try:
        return _reading(element, outcome)
    except (ValueError, ArithmeticError):
        raise NoAnswer("The gateway's report cannot be read.") from None


def _reading(element: Element, outcome: Outcome) -> Reading:
    actions = element.findall("action")
    first = next((each for each in actions if each.findtext("action_type") in MOVING), None)
    verb = first.findtext("action_type") or "" if first is not None else ""
    returned, taken = _taken_back(actions)
    if returned is not None:
        outcome = TAKEN_BACK[returned.findtext("action_type") or ""]
    external_id = element.findtext("transaction_id") or ""
    source = first if first is not None else element
    code, text = source.findtext("response_code") or "", source.findtext("response_text") or ""
    issuer_code = source.findtext("processor_response_code") or ""
    answer = Answer(
        outcome,
        external_id,
        code,
        plain(text),
        f"transaction {external_id} is {element.findtext('condition')}",
        outcome is Outcome.DECLINED and is_hard_nmi(code, text, issuer_code=issuer_code),
    )
    if first is None:
        return Reading(answer, None)
    settled = next((each for each in actions if each.findtext("action_type") == "settle"), None)
    line = StatementLine(
        external_id=external_id,
        key=element.findtext("order_id") or "",
        verb="sale" if verb == "capture" else verb,
        amount=abs(Decimal(first.findtext("amount") or "0")),
        outcome=outcome,
        batch_id=(settled.findtext("batch_id") or "") if settled is not None else "",
        at=_instant(first.findtext("date") or ""),
        settled_at=_instant(settled.findtext("date") or "") if settled is not None else None,
        reason=(returned.findtext("response_text") or "") if returned is not None else "",
        of_external_id=element.findtext("original_transaction_id") or "",
        taken_back=taken,
    )
    return Reading(answer, line)


def plain(text: str) -> str:
    """The gateway's words without its reference number, as a sentence."""
    words = re.sub(r"\s*REFID:\d+", "", text).strip() or "Refused by the gateway"
    return words if words.endswith((".", "!")) else f"{words}."


def is_held(text: str | None) -> bool:
    """Does the gateway say that somebody must look at the sale first? Nothing has moved then."""
    return HELD in (text or "").lower()


def _instant(text: str) -> dt.datetime:
    # the YYYYMMDDhhmmss of a report, by way of ISO 8601: strptime takes twenty times as long
    return dt.datetime.fromisoformat(f"{text[:8]}T{text[8:]}+00:00")


def _last_good_day(month_and_year: str) -> dt.date | None:
    """The last day of MMYY."""
    if not re.fullmatch(r"\d{4}", month_and_year):
        return None
    month, year = int(month_and_year[:2]), 2000 + int(month_and_year[2:])
    return dt.date(year, month, calendar.monthrange(year, month)[1]) if 1 <= month <= 12 else None
