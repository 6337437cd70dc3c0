"""What does a column or a value of a file probably mean? A first guess, by the words that other systems use.

A guess is shown before it counts. Where none can be made the meaning is UNSAID, which a person must replace.
"""

import re
from collections.abc import Iterable

from alarmdesk.office.importing.fields import BY_CODE, FIELDS

UNSAID = "?"
OTHER_NAMES = {
    "account_number": (
        "account", "acct", "acct no", "acct nr", "account no", "account nr", "account code", "customer id",
        "customer no", "customer number", "customer nr", "cust id", "cust no", "client id", "client number",
        "subscriber id", "subscriber number", "subscriber no", "cs number", "csid", "account id", "id", "nr", "no",
    ),
    "first_name": ("first", "given name", "fname", "contact first name"),
    "last_name": (
        "last", "surname", "family name", "lname", "name", "full name", "customer name", "customer", "client name",
        "subscriber name", "subscriber",
    ),
    "business_name": ("company", "business", "company name", "organization", "dba", "business or company"),
    "kind": ("type", "customer type", "account type", "class", "res com", "res or com", "segment", "category"),
    "stage": ("lead", "customer or lead"),
    "status": ("standing", "account status", "customer status", "state of account", "active"),
    "email": ("e mail", "mail", "email address", "e mail address", "customer email", "primary email", "email 1"),
    "phone_mobile": (
        "mobile", "cell", "phone", "cell phone", "mobile number", "cell number", "phone number", "telephone", "tel",
        "primary phone", "main phone", "phone 1", "contact phone",
    ),
    "phone_home": ("home phone", "home number", "residence phone", "phone 2", "alternate phone", "premise phone"),
    "phone_work": ("work phone", "office phone", "business phone", "work number", "day phone", "phone 3"),
    "mmr": (
        "rmr", "monthly", "monthly rate", "monthly charge", "monthly charges", "monthly fee", "mrr", "rate",
        "monitoring", "monitoring rate", "monitoring fee", "monthly amount", "recurring monthly revenue",
    ),
    "activation_fee": ("activation", "setup fee", "set up fee", "install fee", "installation fee", "connection fee"),
    "customer_since": (
        "since", "start", "start date", "install date", "installed", "installed on", "date installed",
        "activation date",
        "contract start", "contract date", "member since", "signed", "sign up date", "date added",
    ),
    "cancelled_on": (
        "cancel date", "cancelled", "canceled", "cancellation date", "canceled on", "date cancelled", "date canceled",
        "end date", "termination date", "terminated on", "inactive date",
    ),
    "months_of_service": ("tenure", "months", "months of service"),
    "note": ("notes", "comment", "comments", "remarks", "memo", "description"),
    "service_street": (
        "street", "address", "address 1", "street 1", "address line 1", "street address", "service address",
        "site address", "premise address", "premises", "install address", "service address 1", "addr", "addr 1",
        "location",
    ),
    "service_street_2": (
        "address 2", "address line 2", "street 2", "apt", "apartment", "suite", "unit", "service address 2", "addr 2",
    ),
    "service_city": ("city", "town", "site city", "premise city"),
    "service_state": ("state", "st", "province", "site state", "premise state"),
    "service_zip": ("zip", "zip code", "postal code", "zipcode", "post code", "postcode", "site zip", "premise zip"),
    "billing_street": (
        "billing address", "billing address 1", "bill to address", "bill address", "bill address 1", "mailing address",
        "mail address", "bill to street",
    ),
    "billing_street_2": ("billing address 2", "bill address 2", "mailing address 2"),
    "billing_city": ("bill city", "bill to city", "mailing city", "mail city"),
    "billing_state": ("bill state", "bill to state", "mailing state", "mail state"),
    "billing_zip": ("billing zip code", "bill zip", "bill to zip", "mailing zip", "mail zip", "billing postal code"),
    "recurring_amount": ("recurring amount", "invoice amount", "billing amount", "charge amount", "bill amount"),
    "recurring_every": ("every", "interval"),
    "recurring_unit": ("frequency", "billing frequency", "billing cycle", "cycle", "bill cycle", "period"),
    "recurring_times": (
        "agreement", "contract", "contract length", "contract term", "contract months", "agreement length",
        "agreement term", "initial term", "length", "times", "term months", "months of contract",
    ),
    "next_invoice_on": (
        "next invoice", "next bill", "next bill date", "next billing date", "next billing", "next due", "next due date",
        "next invoice date", "bill date",
    ),
    "term": ("terms", "payment terms", "payment term", "invoice terms"),
    "email_on_generation": ("email invoice", "email invoices", "e invoice", "paperless", "e bill"),
    "billing_method": (
        "pays by", "payment method", "pay method", "payment type", "pay type", "method of payment", "method",
        "billing type", "paid by", "pays with",
    ),
    "vault_id": ("vault", "vault reference", "customer vault id", "token", "payment token", "card token"),
    "brand": ("card type", "card brand"),
    "last_four": ("last 4", "last four", "card last 4", "card last four", "last 4 digits"),
    "expires": ("exp", "expiry", "expiration", "exp date", "expiry date", "expiration date", "card expires"),
    "auto_pay": ("autopay", "auto pay", "auto billing", "autobill", "auto draft", "auto charge", "recurring payment"),
}  # fmt: skip
MEANINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "kind": {
        "person": ("residential", "resi", "res", "r", "home", "homeowner", "individual", "private", "consumer"),
        "business": ("commercial", "comm", "com", "c", "company", "corporate", "organization", "biz", "b"),
    },
    "stage": {
        "lead": ("prospect", "potential", "yes", "y", "true", "1"),
        "customer": ("client", "subscriber", "account", "no", "n", "false", "0"),
    },
    "status": {
        "active": ("a", "act", "live", "current", "open", "good", "ok", "in service", "monitored", "yes", "y", "1"),
        "pending": ("p", "new", "pending install", "to be installed", "scheduled", "sold"),
        "suspended": ("s", "hold", "on hold", "past due", "disconnected temporarily", "paused", "delinquent"),
        "cancelled": (
            "c", "canceled", "cancel", "closed", "inactive", "terminated", "disconnected", "gone", "former", "left",
            "lost", "dead", "ended", "no", "n", "0", "x", "out of service", "i",
        ),
    },
    "recurring_unit": {
        "month": ("monthly", "m", "mo", "mth", "per month", "every month"),
        "year": ("yearly", "annual", "annually", "y", "yr", "per year", "every year"),
        "week": ("weekly", "w", "wk"),
        "day": ("daily", "d"),
    },
    "billing_method": {
        "manual": (
            "check", "cheque", "mail", "mailed check", "electronic check", "invoice", "paper", "cash", "bill",
            "statement", "money order", "none", "pays by check", "mailed invoice", "manually",
        ),
        "card": (
            "cc", "credit card", "credit", "debit card", "credit card automatic", "visa", "mastercard", "amex",
            "discover", "credit debit card",
        ),
        "ach": (
            "eft", "bank", "bank draft", "bank account", "checking", "savings", "draft", "e check", "echeck",
            "bank transfer", "bank transfer automatic", "direct debit", "ach debit",
        ),
    },
    "auto_pay": {
        "yes": ("auto", "automatic", "enrolled", "active", "card", "credit card", "cc", "bank draft", "ach", "eft"),
        "no": ("none", "manual", "not enrolled", "inactive", "check", "invoice", "mail", "cash", "paper"),
    },
    "email_on_generation": {
        "yes": ("email", "e mail", "electronic", "paperless"),
        "no": ("mail", "paper", "print", "none", "post"),
    },
    "recurring_times": {"until ended": ("indefinite", "perpetual", "no contract", "none", "open ended", "no term")},
}  # fmt: skip


def guess(header: list[str]) -> dict[str, tuple[str, ...]]:
    """Which column is probably which field, by its name; the field's own name counts most, for every field."""
    plain = {_plain(name): name for name in reversed(header)}
    found: dict[str, tuple[str, ...]] = {}
    known: set[str] = set()
    for names_of in (_own_names, lambda code: OTHER_NAMES.get(code, ())):
        for field in FIELDS:
            column = next((plain[name] for each in names_of(field.code) if (name := _plain(each)) in plain), None)
            if column and column not in found and field.code not in known:
                found[column] = (field.code,)
                known.add(field.code)
    return found


def _own_names(code: str) -> tuple[str, ...]:
    field = BY_CODE[code]
    # a label like "Street" stands in two groups, "Amount" and "Unit" in many files for something else
    is_telling = field.group in {"Customer", "Service address"} or field.label not in {"Amount", "Unit", "Term"}
    return (code, field.label) if is_telling and field.group != "Billing address" else (code,)


def meanings(code: str, values: Iterable[str], *, terms: Iterable[str], has_vault: bool) -> dict[str, str]:
    """What each value of a field probably means; nothing where all of them are understood as they stand.

    `terms` are the names of the company's terms; without a column for the vault no value is guessed to be a card.
    """
    said = [value for value in values if value]
    by_themselves = {value: _by_itself(code, value, list(terms)) for value in said}
    if all(by_themselves.values()):
        return {}
    return {value: by_themselves[value] or _guessed(code, value, list(terms), has_vault) for value in said}


def _by_itself(code: str, value: str, terms: list[str]) -> str:
    """The meaning of a value that needs no translation, else ""."""
    if code == "term":
        return next((term for term in terms if term.lower() == value.lower()), "")
    try:
        read = BY_CODE[code].read(value)
    except ValueError:
        return ""
    return str(read) if BY_CODE[code].choices else value


def _guessed(code: str, value: str, terms: list[str], has_vault: bool) -> str:
    if code == "term":
        same = [term for term in terms if re.findall(r"\d+", term) == re.findall(r"\d+", value) != []]
        return same[0] if len(same) == 1 else UNSAID
    words = _plain(value)
    found = next((meant for meant, ways in MEANINGS.get(code, {}).items() if words in map(_plain, ways)), UNSAID)
    return UNSAID if code == "billing_method" and found in {"card", "ach"} and not has_vault else found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())
