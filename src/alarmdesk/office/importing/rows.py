"""What does a row of the file say, and what is wrong with it? A row becomes a subscriber or a list of problems.

What a mapping does not name: a customer (not a lead), residential unless only a business name is given, active,
named “Subscriber <account number>” when it has no name; no recurring invoice without an amount; monthly until it is
ended; the company's default term; no Auto Pay; cancelled on the day of the import. Neither a cancelled customer nor a
lead gets a recurring invoice and Auto Pay.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from alarmdesk.invoicing.schedules import ImpossibleRecurrence, schedule_of
from alarmdesk.lib.recurrence import Unit, add_months
from alarmdesk.office.importing import cells
from alarmdesk.office.importing.fields import BY_CODE, DATES
from alarmdesk.office.importing.mapping import Rules
from alarmdesk.office.importing.reading import Record, Sheet, UnreadableFile
from alarmdesk.office.importing.seen import TAKEN, Seen

FORMULA = ("=", "+", "-", "@")
LONGEST_SHOWN = 200
TEST_METHODS = {"test-card": "card", "test-ach": "ach"}


@dataclass(frozen=True, slots=True)
class Problem:
    """A bad cell: `column` and `value` as the file has them ("" where the row as a whole is meant)."""

    line: int
    column: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class Recurring:
    """The recurring invoice that a row asks for. `amount` is each invoice's before tax; times None: until ended."""

    amount: Decimal
    every: int
    unit: Unit
    times: int | None
    anchor_on: dt.date
    term_id: int
    email_on_generation: bool


@dataclass(frozen=True, slots=True)
class Method:
    """The billing method of a row. `is_test`: the gateway stores one of its test accounts; else `vault_id` names it."""

    kind: str
    is_test: bool
    vault_id: str = ""
    brand: str = ""
    last_four: str = ""
    expires_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A good row. `address` by kind: (street, street_2, city, state, zip); `phones` by kind: E.164."""

    line: int
    account_number: str
    facts: dict[str, Any]
    addresses: dict[str, tuple[str, str, str, str, str]]
    phones: dict[str, str]
    recurring: Recurring | None
    method: Method | None
    auto_pay: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What a company already has that a row can name: terms by lower-case name, and the default one's id."""

    today: dt.date
    by_name: dict[str, int] = field(default_factory=dict)
    default_id: int | None = None


class Reader:
    """Reads the rows of one sheet by a mapping. Raises UnreadableFile when mapped columns are missing."""

    def __init__(self, sheet: Sheet, rules: Rules, terms: Terms, seen: Seen) -> None:
        self.header = sheet.header
        self.rules = rules
        self.words = {
            code: {said.lower(): meant for said, meant in words.items()} for code, words in rules.values.items()
        }
        self.terms = terms
        self.seen = seen
        self.records = sheet.records
        self.places = _places(sheet.header, rules)
        self.column_of = {code: self.header[at] for at, codes in self.places for code in codes}
        self.skips = [(self.header.index(skip.column), skip.values) for skip in rules.skip]

    def __iter__(self) -> Iterator[tuple[Record, Subscriber | list[Problem]]]:
        """Each row with what it says. Raises UnreadableFile where reading must stop."""
        for record in self.records:
            if len(record.cells) != len(self.header) or record.damage:
                yield record, self._damage(record)
            elif not self._is_skipped(record):
                yield record, _Row(self, record).subscriber()

    def _is_skipped(self, record: Record) -> bool:
        return any(record.cells[at].strip().lower() in values for at, values in self.skips)

    def _damage(self, record: Record) -> list[Problem]:
        found = [Problem(record.line, "", "", message) for message in record.damage]
        count, wanted = len(record.cells), len(self.header)
        if count != wanted:
            many = "many" if count > wanted else "few"
            message = f"The row has too {many} cells: {count:,} instead of {wanted:,}."
            found.append(Problem(record.line, "", "", message))
        return found


class _Row:
    """One row being read: values by field, problems as they are met."""

    def __init__(self, reader: Reader, record: Record) -> None:
        self.reader, self.record = reader, record
        self.problems: list[Problem] = []
        self.said: dict[str, str] = {}
        self.value: dict[str, Any] = {}

    def subscriber(self) -> Subscriber | list[Problem]:
        self._read()
        self._check_account()
        account = self.value.get("account_number", "")
        addresses = {kind: parts for kind in ("service", "billing") if (parts := self._address(kind))}
        phones = {
            kind: self.value[f"phone_{kind}"] for kind in ("mobile", "home", "work") if f"phone_{kind}" in self.value
        }
        facts = self._facts(account)
        is_billed = facts["status"] != "cancelled" and facts["stage"] == "customer"
        method = self._method()
        recurring = self._recurring() if is_billed else None
        auto_pay = self._auto_pay(method) and recurring is not None
        if self.problems:
            return self.problems
        return Subscriber(self.record.line, account, facts, addresses, phones, recurring, method, auto_pay)

    def _read(self) -> None:
        rules = self.reader.rules
        for at, codes in self.reader.places:
            cell = _bare(self.record.cells[at])
            for code in codes:
                words = self.reader.words.get(code)
                self.said[code] = cell
                meant = cell if words is None else self._translated(code, cell, words)
                if meant:
                    self._understand(code, meant)
        for code, meant in rules.constants.items():
            if code not in self.value and meant and not self.said.get(code):
                self._understand(code, meant)

    def _translated(self, code: str, cell: str, words: dict[str, str]) -> str:
        meant = words.get(cell.lower())
        if meant is None and cell:
            meant = words.get("*")
            if meant is None:
                known = ", ".join(sorted(self.reader.rules.values[code]))
                self._blame(code, f"“{BY_CODE[code].label}” has no translation for this. Known: {known}.")
        return meant or ""

    def _understand(self, code: str, meant: str) -> None:
        try:
            if code in DATES:
                self.value[code] = self._date(meant)
            else:
                self.value[code] = BY_CODE[code].read(meant)
        except cells.Unreadable as error:
            self._blame(code, str(error))

    def _date(self, meant: str) -> dt.date:
        today, word = self.reader.terms.today, meant.lower()
        if word == "today":
            return today
        if word == "tomorrow":
            return today + dt.timedelta(days=1)
        if word == "first of next month":
            return add_months(today.replace(day=1), 1)
        try:
            return cells.date(meant, self.reader.rules.date_format)
        except cells.Unreadable:
            # a constant is written our way, whatever the file's dates look like
            if meant in self.reader.rules.constants.values():
                return cells.date(meant)
            raise

    def _blame(self, code: str, message: str) -> None:
        column = self.reader.column_of.get(code, "")
        problem = Problem(self.record.line, column, self.said.get(code, "")[:LONGEST_SHOWN], message[:300])
        if problem not in self.problems:
            self.problems.append(problem)

    def _is_bad(self, code: str) -> bool:
        column = self.reader.column_of.get(code)
        return column is not None and any(problem.column == column for problem in self.problems)

    def _check_account(self) -> None:
        account = self.value.get("account_number")
        if account is None:
            if not self._is_bad("account_number"):
                self._blame("account_number", "Every row needs an account number.")
            return
        first = self.reader.seen.first_line(account, self.record.line)
        if first == TAKEN:
            self._blame("account_number", "A customer with this account number is there already.")
        elif first is not None:
            self._blame("account_number", f"Line {first} has the same account number.")

    def _facts(self, account: str) -> dict[str, Any]:
        """The customer's own columns, defaults filled in."""
        value = self.value
        first, last, business = (value.get(code, "") for code in ("first_name", "last_name", "business_name"))
        if not last and not business:
            # one name alone stands where names are sorted by
            first, last = "", first or f"Subscriber {account}"
        since = value.get("customer_since")
        if since is None and "months_of_service" in value:
            since = add_months(self.reader.terms.today, -value["months_of_service"])
        return {
            "stage": value.get("stage", "customer"),
            "kind": value.get("kind", "business" if business and "last_name" not in value else "person"),
            "status": (status := value.get("status", "active")),
            "first_name": first,
            "last_name": last[:80],
            "business_name": business,
            "email": value.get("email", ""),
            "mmr": value.get("mmr", Decimal("0.00")),
            "activation_fee": value.get("activation_fee", Decimal("0.00")),
            "customer_since": since,
            "cancelled_on": value.get("cancelled_on", self.reader.terms.today) if status == "cancelled" else None,
            "note": value.get("note", ""),
        }

    def _address(self, kind: str) -> tuple[str, str, str, str, str] | None:
        names = [f"{kind}_{part}" for part in ("street", "street_2", "city", "state", "zip")]
        street, street_2, city, state, zip_code = (self.value.get(name, "") for name in names)
        if not street and any((street_2, city, state, zip_code)):
            if not self._is_bad(f"{kind}_street"):
                self._blame(f"{kind}_street", f"The {kind} address has no street.")
            return None
        return (street, street_2, city, state, zip_code) if street else None

    def _recurring(self) -> Recurring | None:
        value = self.value
        if not value.get("recurring_amount"):
            return None
        anchor = value.get("next_invoice_on")
        if anchor is None:
            if not self._is_bad("next_invoice_on"):
                self._blame("next_invoice_on", "A recurring invoice needs its next invoice date.")
            return None
        if anchor <= self.reader.terms.today:
            self._blame("next_invoice_on", "The next invoice date must be after today.")
        by_mail = value.get("email_on_generation", False)
        if by_mail and "email" not in value and not self._is_bad("email"):
            self._blame("email_on_generation", "The invoice cannot be e-mailed: the row has no e-mail address.")
        every, unit = value.get("recurring_every", 1), value.get("recurring_unit", Unit.MONTH)
        times = self._times(every, unit)
        try:
            schedule_of(anchor, every, unit, times)
        except ImpossibleRecurrence as error:
            self._blame("recurring_every" if "recurring_every" in value else "recurring_times", str(error))
        return Recurring(value["recurring_amount"], every, unit, times, anchor, self._term(), by_mail)

    def _times(self, every: int, unit: Unit) -> int | None:
        """How many invoices; of so many months, as many as fall into them."""
        asked: int | cells.Months | None = self.value.get("recurring_times")
        if not isinstance(asked, cells.Months):
            return asked
        months = every * {Unit.MONTH: 1, Unit.YEAR: 12}.get(unit, 0)
        if not months or asked.count % months:
            each = f"every {every} {unit}s" if every > 1 else f"every {unit}"
            self._blame("recurring_times", f"{asked.count} months cannot be divided into invoices {each}.")
            return None
        return asked.count // months

    def _term(self) -> int:
        terms, name = self.reader.terms, self.value.get("term", "")
        found = terms.by_name.get(name.lower()) if name else terms.default_id
        if found is None:
            known = ", ".join(sorted(terms.by_name)) or "none"
            self._blame("term", f"There is no such term. The company's terms: {known}."
                        if name else "The company has no default term. Name one in the mapping.")  # fmt: skip
        return found or 0

    def _method(self) -> Method | None:
        value = self.value
        asked = value.get("billing_method")
        if asked is None:
            return None
        if asked in TEST_METHODS:
            return Method(TEST_METHODS[asked], is_test=True)
        if asked == "manual":
            return Method("manual", is_test=False)
        if "vault_id" not in value and not self._is_bad("vault_id"):
            self._blame("vault_id", "A card or bank account needs its reference in the gateway's vault.")
        return Method(
            asked, is_test=False, vault_id=value.get("vault_id", ""), brand=value.get("brand", ""),
            last_four=value.get("last_four", ""), expires_on=value.get("expires"),
        )  # fmt: skip

    def _auto_pay(self, method: Method | None) -> bool:
        wanted = bool(self.value.get("auto_pay", False))
        if wanted and (method is None or method.kind == "manual") and not self._is_bad("billing_method"):
            self._blame("auto_pay", "Auto Pay needs a card or a bank account as the billing method.")
        return wanted


def _bare(cell: str) -> str:
    """Without blanks around it, and without the apostrophe by which an export keeps a text from being a formula."""
    stripped = cell.strip()
    return stripped[1:] if stripped.startswith("'") and stripped[1:2] in FORMULA else stripped


def _places(header: list[str], rules: Rules) -> list[tuple[int, tuple[str, ...]]]:
    """Where in a row each mapped column stands, with its fields. Raises UnreadableFile."""
    wanted = [*rules.columns, *(skip.column for skip in rules.skip)]
    missing = [f"“{column}”" for column in sorted(set(wanted)) if column not in header]
    if missing:
        there = ", ".join(header[:40])
        names = f"the column {missing[0]}" if len(missing) == 1 else f"the columns {', '.join(missing)}"
        raise UnreadableFile(f"The file does not have {names}. It has: {there}.")
    for column in wanted:
        if header.count(column) > 1:
            raise UnreadableFile(f"The file has two columns called “{column}”. Rename one of them.")
    return sorted((header.index(column), fields) for column, fields in rules.columns.items())
