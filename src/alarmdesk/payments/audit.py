"""Do the books balance? Every derived number is computed again from its rows, and what we say of money is held against
the gateway's own statement, which is the judge: sales, credits, refunds and voids, both ways and to the cent.

The statement is read in pieces and each is compared at once; only the keys that it named are kept.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Min

from alarmdesk.company.entering import entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.customers import search
from alarmdesk.invoicing import audit as invoicing_audit
from alarmdesk.lib.audit import Difference
from alarmdesk.payments.attempts import OPEN
from alarmdesk.payments.derived import DERIVED
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer, Outcome, StatementLine
from alarmdesk.payments.models import Attempt, Gateway, Payment

MARGIN = dt.timedelta(days=2)
AT_ONCE = 1_000
MOVED = (Outcome.APPROVED, Outcome.SETTLED)
TAKEN_BACK = (Outcome.RETURNED, Outcome.DISPUTED)
GOOD = (Payment.Status.PENDING, Payment.Status.COMPLETE)
CAME_BACK = (Payment.Status.RETURNED, Payment.Status.DISPUTED)
NOUNS = {"sale": "charge"}


@dataclass(slots=True)
class Finding:
    """What an audit of one company came to. `collected` is what was charged, `given_back` what refunds and credits
    pushed out; what was voided or came back is in neither.
    """

    differences: list[Difference] = field(default_factory=list)
    unknown: int = 0
    charges: int = 0
    collected: Decimal = Decimal("0.00")
    given_back: Decimal = Decimal("0.00")
    statement: str = "no gateway"

    def as_dict(self) -> dict[str, Any]:
        return {
            "differences": [difference.as_dict() for difference in self.differences],
            "unknown": self.unknown,
            "charges": self.charges,
            "collected": str(self.collected),
            "given_back": str(self.given_back),
            "statement": self.statement,
        }

    def __str__(self) -> str:
        return (
            f"{len(self.differences)} differences; {self.charges} charges, ${self.collected:,.2f} collected, "
            f"${self.given_back:,.2f} given back, {self.unknown} without an answer; statement: {self.statement}"
        )


def audit(company: Company, *, now: dt.datetime) -> Finding:
    """All differences of one company's books. Called with no transaction open: the gateway is asked."""
    finding = Finding()
    with inside(company):
        finding.differences += search.differences()
        finding.differences += invoicing_audit.differences()
        finding.differences += _derived()
        finding.unknown = Attempt.objects.filter(state__in=OPEN).count()
        gateways = list(Gateway.objects.order_by("pk"))
    for gateway in gateways:
        _Comparison(company, gateway, finding).run(now)
    return finding


def _derived() -> Iterator[Difference]:
    for noun, (what, question) in DERIVED.items():
        with connection.cursor() as cursor:
            cursor.execute(question, [entered_id()])
            for number, stored, recomputed in cursor.fetchall():
                yield Difference(noun.strip(), str(number), what, str(stored), str(recomputed))


class _Comparison:
    """Our attempts at one gateway against its statement, by key."""

    def __init__(self, company: Company, gateway: Gateway, finding: Finding) -> None:
        self.company, self.gateway, self.finding = company, gateway, finding
        self.lines = 0
        self.moved: set[str] = set()
        self.voided: set[str] = set()
        self.taken_back: set[str] = set()
        self.returned: dict[str, tuple[int, str]] = {}

    def run(self, now: dt.datetime) -> None:
        with inside(self.company):
            first = Attempt.objects.filter(gateway=self.gateway).aggregate(first=Min("created_at"))["first"]
        if first is None:
            return
        batch: list[StatementLine] = []
        try:
            for line in port_of(self.gateway).statement(first - MARGIN, now + MARGIN):
                batch.append(line)
                if len(batch) == AT_ONCE:
                    self._compare(batch)
                    batch = []
        except (BadCredentials, NoAnswer) as error:
            self.finding.statement = str(error)
            self._differ("statement", self.gateway.name, "answer", "expected", str(error))
            return
        self._compare(batch)
        for external_id, (number, status) in self.returned.items():
            if external_id not in self.taken_back:
                self._differ("payment", str(number), "status", status, "money moved")
        self._other_way()
        self.finding.statement = f"{self.lines} lines"

    def _differ(self, noun: str, name: str, what: str, stored: str, recomputed: str) -> None:
        self.finding.differences.append(Difference(noun, name, what, stored, recomputed))

    def _compare(self, lines: Sequence[StatementLine]) -> None:
        """The gateway's lines against our attempts."""
        with inside(self.company):
            attempts = Attempt.objects.select_related("payment").filter(
                gateway=self.gateway, key__in=[line.key for line in lines if line.key]
            )
            ours = {attempt.key: attempt for attempt in attempts}
        for line in lines:
            attempt = ours.get(line.key)
            if attempt is not None and attempt.state in OPEN:
                continue
            self.lines += 1
            if line.outcome in TAKEN_BACK:
                # of its own, or as a transaction that names another
                self.taken_back.add(
                    line.external_id if attempt is not None else line.of_external_id or line.external_id
                )
            elif line.outcome is Outcome.VOIDED:
                self.voided.add(line.key)
            if line.outcome in MOVED:
                self._money_moved(line, attempt)
            elif attempt is not None and line.taken < line.amount and line.outcome is Outcome.DISPUTED:
                self._moved_in_part(line, attempt)

    def _money_moved(self, line: StatementLine, attempt: Attempt | None) -> None:
        noun = NOUNS.get(line.verb, line.verb)
        if line.key in self.moved:
            self._differ(noun, line.key, "times made", "1", "2 or more")
        self.moved.add(line.key)
        if line.verb == "sale":
            self.finding.charges += 1
            self.finding.collected += line.amount
        else:
            self.finding.given_back += line.amount
        if attempt is None:
            self._differ(noun, line.key, "amount in our books", "none", str(line.amount))
        elif attempt.verb != line.verb:
            self._differ("attempt", line.key, "verb", attempt.verb, line.verb)
        elif attempt.state != Attempt.State.APPROVED:
            self._differ("attempt", line.key, "state", attempt.state, "approved")
        elif attempt.amount != line.amount:
            self._differ("attempt", line.key, "amount", str(attempt.amount), str(line.amount))
        elif attempt.payment.status in CAME_BACK:
            self.returned[line.external_id] = (attempt.payment.number, attempt.payment.status)
        elif attempt.payment.status not in GOOD:
            self._differ("payment", str(attempt.payment.number), "status", attempt.payment.status, "money moved")

    def _moved_in_part(self, line: StatementLine, attempt: Attempt) -> None:
        """A dispute has taken a part; the rest is good money. Refunds may have given it back before."""
        self._money_moved(line, attempt)
        self.finding.collected -= line.taken
        with inside(self.company):
            parts = Payment.objects.filter(original=attempt.payment_id, status=Payment.Status.DISPUTED)
            ours = -sum(parts.values_list("amount", flat=True), Decimal("0.00"))
        if ours != line.taken:
            self._differ("payment", str(attempt.payment.number), "charged back", str(ours), str(line.taken))

    def _other_way(self) -> None:
        """Our approved attempts against what the gateway named."""
        with inside(self.company):
            approved = Attempt.objects.filter(gateway=self.gateway, state=Attempt.State.APPROVED).order_by("pk")
            said = ("key", "verb", "amount", "external_id", "payment_id", "payment__status")
            for key, verb, amount, external_id, payment_id, status in approved.values_list(*said).iterator(AT_ONCE):
                if verb == Attempt.Verb.VOID:
                    self._void(payment_id, key, amount)
                elif status in GOOD and key not in self.moved:
                    self._differ("attempt", key, "money moved", str(amount), "none")
                elif status in CAME_BACK and external_id not in self.taken_back and external_id not in self.returned:
                    self._differ("attempt", key, "came back", status, "no")

    def _void(self, payment_id: int, key: str, amount: Decimal) -> None:
        """What we call voided must be so at the gateway: the sale's line says it."""
        sale = Attempt.objects.filter(payment_id=payment_id, verb="sale", state=Attempt.State.APPROVED).first()
        if sale is None or sale.key not in self.voided:
            self._differ("void", key, "amount voided", str(amount), "none")
