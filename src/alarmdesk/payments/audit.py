"""Do the books balance? Every derived number is computed again from its rows, and what we say of money is held against
the gateway's own statement, which is the judge.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from alarmdesk.company.entering import entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.customers import search
from alarmdesk.invoicing import audit as invoicing_audit
from alarmdesk.lib.audit import Difference
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer, Outcome, StatementLine
from alarmdesk.payments.models import Attempt, Gateway, Payment

MARGIN = dt.timedelta(days=2)
MOVED = (Outcome.APPROVED, Outcome.SETTLED)

DERIVED = {
    "payment": (
        "applied",
        """
        select p.number, p.applied, coalesce(sum(a.amount), 0)
        from payments_payment p
        left join payments_allocation a on a.company_id = p.company_id and a.payment_id = p.id
        where p.company_id = %s group by p.company_id, p.id having p.applied <> coalesce(sum(a.amount), 0)
        """,
    ),
    "invoice": (
        "paid",
        """
        select i.number, i.paid, coalesce(sum(a.amount), 0)
        from invoicing_invoice i
        left join payments_allocation a on a.company_id = i.company_id and a.invoice_id = i.id
        where i.company_id = %s group by i.company_id, i.id having i.paid <> coalesce(sum(a.amount), 0)
        """,
    ),
    "failed payment": (
        "applied",
        """
        select number, applied, 0 from payments_payment
        where company_id = %s and status in ('failed', 'cancelled', 'unknown') and applied <> 0
        """,
    ),
    "plan of payment": (
        "live",
        """
        select p.number, l.is_live, exists (
            select from payments_attempt t where t.company_id = p.company_id and t.payment_id = p.id
              and t.state in ('created', 'sent', 'unknown'))
        from payments_plannedallocation l
        join payments_payment p on p.company_id = l.company_id and p.id = l.payment_id
        where l.company_id = %s and l.is_live <> exists (
            select from payments_attempt t where t.company_id = p.company_id and t.payment_id = p.id
              and t.state in ('created', 'sent', 'unknown'))
        """,
    ),
    "plans of payment": (
        "amount",
        """
        select p.number, p.amount, sum(l.amount)
        from payments_payment p
        join payments_plannedallocation l on l.company_id = p.company_id and l.payment_id = p.id
        where p.company_id = %s group by p.company_id, p.id having p.amount <> sum(l.amount)
        """,
    ),
    "payment ": (
        "status",
        """
        select p.number, p.status, t.state
        from payments_payment p
        join payments_attempt t on t.company_id = p.company_id and t.payment_id = p.id
        where p.company_id = %s and not (
            t.state in ('created', 'sent') and p.status = 'pending'
            or t.state = 'unknown' and p.status = 'unknown'
            or t.state = 'sent' and p.status = 'unknown'
            or t.state in ('declined', 'aborted') and p.status in ('failed', 'cancelled')
            or t.state = 'approved' and p.status in ('pending', 'complete', 'cancelled', 'failed'))
        """,
    ),
}


@dataclass(slots=True)
class Finding:
    """What an audit of one company came to."""

    differences: list[Difference] = field(default_factory=list)
    unknown: int = 0
    charges: int = 0
    collected: Decimal = Decimal("0.00")
    statement: str = "no gateway"

    def as_dict(self) -> dict[str, Any]:
        return {
            "differences": [difference.as_dict() for difference in self.differences],
            "unknown": self.unknown,
            "charges": self.charges,
            "collected": str(self.collected),
            "statement": self.statement,
        }

    def __str__(self) -> str:
        return (
            f"{len(self.differences)} differences; {self.charges} charges, ${self.collected:,.2f} collected, "
            f"{self.unknown} without an answer; statement: {self.statement}"
        )


def audit(company: Company, *, now: dt.datetime) -> Finding:
    """All differences of one company's books. Called with no transaction open: the gateway is asked."""
    finding = Finding()
    with inside(company):
        finding.differences += search.differences()
        finding.differences += invoicing_audit.differences()
        finding.differences += _derived()
        finding.unknown = Attempt.objects.filter(state__in=(Attempt.State.SENT, Attempt.State.UNKNOWN)).count()
        gateways = list(Gateway.objects.order_by("pk"))
    for gateway in gateways:
        _compare(company, gateway, finding, now)
    return finding


def _derived() -> Iterator[Difference]:
    for noun, (what, question) in DERIVED.items():
        with connection.cursor() as cursor:
            cursor.execute(question, [entered_id()])
            for number, stored, recomputed in cursor.fetchall():
                yield Difference(noun.strip(), str(number), what, str(stored), str(recomputed))


def _compare(company: Company, gateway: Gateway, finding: Finding, now: dt.datetime) -> None:
    """Our attempts against the statement, by key, both ways and to the cent."""
    with inside(company):
        attempts = Attempt.objects.select_related("payment").filter(gateway=gateway).order_by("pk")
        ours = {attempt.key: attempt for attempt in attempts}
        open_keys = {a.key for a in ours.values() if a.state in (Attempt.State.SENT, Attempt.State.UNKNOWN)}
    if not ours:
        return
    since = min(attempt.created_at for attempt in ours.values()) - MARGIN
    try:
        lines = [line for line in port_of(gateway).statement(since, now + MARGIN) if line.key not in open_keys]
    except (BadCredentials, NoAnswer) as error:
        finding.statement = str(error)
        finding.differences.append(Difference("statement", gateway.name, "answer", "expected", str(error)))
        return
    moved: dict[str, StatementLine] = {}
    for line in lines:
        if line.verb != "sale" or line.outcome not in MOVED:
            continue
        if line.key in moved:
            finding.differences.append(Difference("charge", line.key, "times made", "1", "2 or more"))
        moved[line.key] = line
    finding.statement = f"{len(lines)} lines"
    finding.differences += _both_ways(ours, moved, open_keys)
    finding.charges += len(moved)
    finding.collected += sum((line.amount for line in moved.values()), Decimal("0.00"))


def _both_ways(ours: dict[str, Attempt], moved: dict[str, StatementLine], open_keys: set[str]) -> Iterator[Difference]:
    good = (Payment.Status.PENDING, Payment.Status.COMPLETE)
    for key, line in moved.items():
        attempt = ours.get(key)
        if attempt is None:
            yield Difference("charge", key, "amount in our books", "none", str(line.amount))
        elif attempt.state != Attempt.State.APPROVED:
            yield Difference("attempt", key, "state", attempt.state, "approved")
        elif attempt.amount != line.amount:
            yield Difference("attempt", key, "amount", str(attempt.amount), str(line.amount))
        elif attempt.payment.status not in good:
            yield Difference("payment", str(attempt.payment.number), "status", attempt.payment.status, "money moved")
    for key, attempt in ours.items():
        if key in open_keys:
            continue
        if attempt.state == Attempt.State.APPROVED and attempt.payment.status in good and key not in moved:
            yield Difference("attempt", key, "money moved", str(attempt.amount), "none")
