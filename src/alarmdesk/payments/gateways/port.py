"""What can any payment gateway do for us? The port: few verbs, frozen dataclasses, one error for "we do not know".

Amounts are positive Decimals in the company's currency; instants are aware. Source: architecture, section 7.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class NoAnswer(Exception):
    """The gateway's answer did not arrive or said nothing: money may have moved. Only look_up can tell."""


class BadCredentials(Exception):
    """The gateway does not know us. Nothing was done."""


class Refused(Exception):
    """The gateway understood and would not; nothing was done. The text is fit to show."""


class Outcome(StrEnum):
    """What became of an operation, as the gateway knows it now."""

    APPROVED = "approved"  # accepted, not settled yet
    SETTLED = "settled"
    DECLINED = "declined"
    VOIDED = "voided"
    RETURNED = "returned"  # by the bank, an ACH debit
    DISPUTED = "disputed"  # a chargeback
    HELD = "held"  # for review: no money yet


@dataclass(frozen=True, slots=True)
class Token:
    """What hosted fields gave for card or bank data that we never saw."""

    value: str
    kind: str  # card | ach


@dataclass(frozen=True, slots=True)
class StoreRequest:
    """Keep the method behind a token in the vault, under an id of our choosing so that a repeat finds it."""

    token: Token
    vault_id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """What the vault tells of a method: never a number. `expires_on` is the last good day of a card."""

    vault_id: str
    kind: str
    brand: str
    last_four: str
    expires_on: dt.date | None
    transaction_id: str = ""


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """Draw (sale) or push (credit) an amount from or to a stored method, or what a one-off `token` stands for.

    `key` is ours, at most 20 characters, unique for ever: it is how look_up finds the operation. `recurring` and
    `by_customer` say who started it: what was put off to a later day is the dealer's. `initial_transaction_id` is the
    first charge that the cardholder agreed to (domain.md F3).
    """

    key: str
    vault_id: str
    kind: str
    amount: Decimal
    description: str
    recurring: bool
    by_customer: bool
    initial_transaction_id: str = ""
    token: Token | None = None
    customer_reference: str = ""  # the gateway's own id of the payer, where it keeps one


@dataclass(frozen=True, slots=True)
class Answer:
    """A definite answer. `raw` is what the gateway said, with nothing secret in it."""

    outcome: Outcome
    external_id: str
    code: str
    message: str
    raw: str
    is_hard: bool = False  # a decline after which this method must never be tried again (billing.md 2.4)

    @property
    def is_good(self) -> bool:
        return self.outcome in (Outcome.APPROVED, Outcome.SETTLED)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One operation as the gateway's own books have it: the judge of ours."""

    external_id: str
    key: str
    verb: str  # sale | credit | refund
    amount: Decimal
    outcome: Outcome
    batch_id: str
    at: dt.datetime
    settled_at: dt.datetime | None = None
    reason: str = ""  # why it came back: "R01 Insufficient Funds"
    of_external_id: str = ""  # what a refund gives back, what a return or chargeback takes back
    taken_back: Decimal = Decimal("0.00")  # of a sale: how much of it a dispute that stands has taken

    @property
    def taken(self) -> Decimal:
        """What a return or chargeback takes: a part where the gateway names one, else the amount of the line."""
        return self.taken_back or self.amount if self.outcome in (Outcome.RETURNED, Outcome.DISPUTED) else Decimal(0)


@dataclass(frozen=True, slots=True)
class Batch:
    """What the gateway settled together, and what its deposit comes to (net of refunds and returns)."""

    batch_id: str
    settled_at: dt.datetime
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Event:
    """What a verified webhook is about. It is a hint: what is true is asked of the gateway."""

    event_id: str
    kind: str
    at: dt.datetime
    key: str = ""
    external_id: str = ""


class Forged(Exception):
    """A webhook whose signature is not the gateway's."""


class Standing(StrEnum):
    """What the card networks say of a card on file."""

    GOOD = "good"  # it may have another expiry or number now (NED, NAN)
    CLOSED = "closed"  # ACL
    CONTACT = "contact"  # CCH: the cardholder is to be asked


@dataclass(frozen=True, slots=True)
class MethodChange:
    """A method of the vault as it is now, after the card networks changed it or spoke of it."""

    method: StoredMethod
    standing: Standing = Standing.GOOD


@dataclass(frozen=True, slots=True)
class HostedFields:
    """What a page needs to take card or bank data in the gateway's own frames."""

    script_url: str
    origin: str
    tokenization_key: str


class GatewayPort(Protocol):
    """The verbs. Each raises NoAnswer or BadCredentials; those that change something raise Refused."""

    def verify(self) -> None:
        """Do our credentials work? Moves nothing."""

    def store(self, request: StoreRequest) -> StoredMethod:
        """Put a method into the vault. The same vault id again gives what is there."""

    def forget(self, vault_id: str) -> None:
        """Take a method out of the vault; one that is not there is fine."""

    def sale(self, request: ChargeRequest) -> Answer:
        """Draw money. A decline is an answer, not an error."""

    def credit(self, request: ChargeRequest) -> Answer:
        """Push money to a method that was never charged."""

    def refund(self, *, key: str, external_id: str, amount: Decimal) -> Answer:
        """Give back a part or all of a settled sale."""

    def void(self, *, key: str, external_id: str) -> Answer:
        """Cancel a sale that has not settled, whole."""

    def look_up(self, key: str, *, since: dt.datetime | None = None) -> Answer | None:
        """What became of the operation with our key? None: the gateway never saw it. `since`: it was not made earlier;
        a gateway without an index of our keys looks no farther back.
        """

    def statement(self, since: dt.datetime, until: dt.datetime) -> Iterator[StatementLine]:
        """All operations that moved or may move money, begun or changed (settled, returned …) in [since, until)."""

    def batches(
        self, since: dt.datetime, until: dt.datetime, lines: Sequence[StatementLine] | None = None
    ) -> Iterator[Batch]:
        """What was settled in [since, until), batch by batch. `lines`: the statement of that span, if it was read:
        a gateway without a report of batches need not be asked for it again.
        """

    def read_webhook(self, headers: Mapping[str, str], body: bytes, *, at: dt.datetime) -> Event:
        """What a webhook says. Raises Forged. Calls nobody."""

    def tells_of_methods(self, kind: str) -> bool:
        """Is a webhook of this kind about methods of the vault that the card networks changed?"""

    def changed_methods(self, since: dt.datetime, until: dt.datetime) -> Iterator[MethodChange]:
        """The methods of the vault that changed by themselves in [since, until), as they are now; perhaps some that did
        not change.
        """

    def hosted_fields(self) -> HostedFields:
        """Where its hosted fields live."""
