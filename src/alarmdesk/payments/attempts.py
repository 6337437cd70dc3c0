"""How is a charge made so that a crash between any two lines loses and doubles nothing? In three transactions.

T1 writes payment, plan and attempt and commits (autopay.py, taking.py); T2 (`mark_sent`) commits that the attempt is
about to be sent; then the gateway is called with no transaction open; T3 (`record`) writes what it answered. A crash
after T1: never sent, safe to send under the same key. A crash after T2: unknown, and nothing is charged again until the
gateway has been asked by key (janitor.py). Source: architecture, section 7; billing.md 2 and 7.
"""

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import QuerySet

from alarmdesk.company.entering import Actor, entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib.inserting import insert_rows
from alarmdesk.messaging.models import Message
from alarmdesk.payments.gateways.port import Answer, ChargeRequest, Outcome
from alarmdesk.payments.models import (
    Allocation,
    Attempt,
    AutoPay,
    BillingMethod,
    GatewayEvent,
    Payment,
    PlannedAllocation,
)

FIRST_CHECK = dt.timedelta(minutes=2)
"""How long an attempt may be on the wire (5 s to connect, 30 s to answer) before the janitor asks about it."""
OPEN = (Attempt.State.SENT, Attempt.State.UNKNOWN)
SPARE = 100
"""How many attempts of pages may stand before those of the night in the queue; the janitor clears what is left."""

# Rows are found by lists of their own ids and not by joins: while a company grows within one night, PostgreSQL cannot
# know how many rows it has, and a join may read all of them for each row (decision 8).

WRITE = """
    with told as (
        select * from unnest(%(ids)s::bigint[], %(payments)s::bigint[], %(states)s::text[], %(external_ids)s::text[],
            %(codes)s::text[], %(messages)s::text[], %(answered)s::timestamptz[], %(statuses)s::text[],
            %(failures)s::text[]) as n (id, payment, state, external_id, code, message, answered_at, status, failure)
    ), the_payments as (
        update payments_payment p set status = n.status, failure = n.failure from told n
        where p.company_id = %(company)s and p.id = any(%(payments)s) and p.id = n.payment
          and (p.status, p.failure) is distinct from (n.status, n.failure)
    ), first_charges as (
        update payments_billingmethod m set initial_transaction_id = n.external_id
        from unnest(%(methods)s::bigint[], %(firsts)s::text[]) as n (id, external_id)
        where m.company_id = %(company)s and m.id = any(%(methods)s) and m.id = n.id and m.initial_transaction_id = ''
    ), the_plans as (
        update payments_plannedallocation set is_live = false
        where company_id = %(company)s and payment_id = any(%(decided)s) and is_live
    )
    update payments_attempt a set state = n.state, external_id = n.external_id, code = n.code,
        message = n.message, answered_at = n.answered_at
    from told n where a.company_id = %(company)s and a.id = any(%(ids)s) and a.id = n.id
"""


Plans = dict[int, list[PlannedAllocation]]
"""Live plans by payment."""
Letter = tuple[str, Payment]
"""The kind of a letter and the payment that it is about."""


class InsideTransaction(RuntimeError):
    """A charge was started inside a transaction: its rows would not survive a crash. A mistake in the program."""


@dataclass(frozen=True, slots=True)
class Sending:
    """An attempt that is committed as sent, and what the gateway is to be told."""

    attempt_id: int
    payment_id: int
    request: ChargeRequest


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a sending: an answer; or none, and whether the gateway certainly never did it."""

    attempt_id: int
    payment_id: int
    answer: Answer | None
    problem: str = ""
    never_made: bool = False


@dataclass(slots=True)
class Tally:
    """What a round of charging came to."""

    charged: int = 0
    amount: Decimal = Decimal("0.00")
    declined: int = 0
    unknown: int = 0
    aborted: int = 0

    def add(self, other: "Tally") -> None:
        self.charged += other.charged
        self.amount += other.amount
        self.declined += other.declined
        self.unknown += other.unknown
        self.aborted += other.aborted


def new_key() -> str:
    """A key for an attempt: 20 characters, the least that any gateway takes, and never the same twice."""
    return secrets.token_hex(10)


def refuse_inside_transaction() -> None:
    """Raises InsideTransaction unless every commit from here on is a real one."""
    if transaction.get_connection().in_atomic_block:
        raise InsideTransaction("A charge must not start inside a transaction.")


def mark_sent(attempt_id: int, *, at: dt.datetime) -> Sending | None:
    """T2 for one attempt, inside the company: it is about to be sent; None when somebody has sent it already."""
    waiting = Attempt.objects.filter(pk=attempt_id, state=Attempt.State.CREATED).select_for_update()
    sendings = _send_off(list(waiting), Payment.objects.all(), limit=1, at=at)
    return sendings[0] if sendings else None


def mark_next_sent(*, limit: int, at: dt.datetime) -> list[Sending]:
    """T2 for automatic payments that were prepared and not sent yet, by this run or by one that was killed."""
    waiting = (
        Attempt.objects.filter(state=Attempt.State.CREATED)
        .select_for_update(skip_locked=True)
        .only("payment", "key", "amount")
        .order_by("check_at", "pk")
    )
    return _send_off(list(waiting[: limit + SPARE]), Payment.objects.filter(is_automatic=True), limit=limit, at=at)


def _send_off(waiting: list[Attempt], payments: QuerySet[Payment], *, limit: int, at: dt.datetime) -> list[Sending]:
    """Mark locked attempts as sent, those whose payment is among `payments`; what the gateway is to be told of each."""
    known = {
        payment.pk: payment
        for payment in payments.only("number", "is_automatic", "billing_method").filter(
            pk__in=[attempt.payment_id for attempt in waiting]
        )
    }
    chosen = [attempt for attempt in waiting if attempt.payment_id in known][:limit]
    methods = BillingMethod.objects.only("vault_id", "kind", "initial_transaction_id").in_bulk(
        {known[attempt.payment_id].billing_method_id for attempt in chosen}
    )
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in chosen]).update(
        state=Attempt.State.SENT, sent_at=at, check_at=at + FIRST_CHECK
    )
    return [
        _sending(attempt, payment := known[attempt.payment_id], methods[payment.billing_method_id])
        for attempt in chosen
    ]


def _sending(attempt: Attempt, payment: Payment, method: BillingMethod) -> Sending:
    request = ChargeRequest(
        key=attempt.key,
        vault_id=method.vault_id,
        kind=method.kind,
        amount=attempt.amount,
        description=f"Payment {payment.number}",
        recurring=payment.is_automatic,
        by_customer=not payment.is_automatic,
        initial_transaction_id=method.initial_transaction_id,
    )
    return Sending(attempt.pk, payment.pk, request)


def record(
    company: Company, results: Iterable[Result], *, at: dt.datetime, actor: Actor, flushed: bool = True
) -> Tally:
    """T3: write what the gateway answered, allocate what was approved, and queue the letters. An attempt that somebody
    else has resolved meanwhile is left alone. `flushed=False` for many at once: what a crash of PostgreSQL takes back
    of it is asked about like any attempt that was sent.
    """
    by_attempt = {result.attempt_id: result for result in results}
    with inside(company, actor=actor, flushed=flushed):
        return _Recording(by_attempt, at, actor).write()


@dataclass
class _Recording:
    """One T3: rows are locked in the house's order (invoices by id, then payments), changed, and written in bulk."""

    results: dict[int, Result]
    at: dt.datetime
    actor: Actor
    tally: Tally = field(default_factory=Tally)
    events: list[tuple[int, str, str]] = field(default_factory=list)
    allocations: list[tuple[int, int, Decimal]] = field(default_factory=list)
    approved: list[Attempt] = field(default_factory=list)
    failed: list[Payment] = field(default_factory=list)

    def write(self) -> Tally:
        plans, invoices, attempts = self._locked()
        for attempt in attempts:
            self._decide(attempt, self.results[attempt.pk])
        self._write_states(attempts)
        for attempt in self.approved:
            self._allocate(attempt.payment, plans.get(attempt.payment_id, []), invoices)
        self._write_rows(self._letters(plans))
        return self.tally

    def _locked(self) -> tuple[Plans, dict[int, Invoice], list[Attempt]]:
        payment_ids = [result.payment_id for result in self.results.values()]
        plans: Plans = {}
        for plan in PlannedAllocation.objects.filter(payment_id__in=payment_ids, is_live=True).order_by("pk"):
            plans.setdefault(plan.payment_id, []).append(plan)
        invoice_ids = [plan.invoice_id for several in plans.values() for plan in several]
        faces = Invoice.objects.only("type", "total", "paid", "voided_at").select_for_update(no_key=True)
        invoices = {invoice.pk: invoice for invoice in faces.filter(pk__in=invoice_ids).order_by("pk")}
        told = ("customer", "billing_method", "status", "failure", "receipt_to", "is_automatic")
        locked = Payment.objects.only(*told).select_for_update(no_key=True).filter(pk__in=payment_ids)
        payments = {payment.pk: payment for payment in locked.order_by("pk")}
        asked = Attempt.objects.filter(pk__in=list(self.results), state__in=OPEN)
        attempts = list(asked.select_for_update().order_by("pk"))
        for attempt in attempts:
            attempt.payment = payments[attempt.payment_id]
        return plans, invoices, attempts

    def _decide(self, attempt: Attempt, result: Result) -> None:
        answer, payment = result.answer, attempt.payment
        if answer is None:
            self._decide_without_answer(attempt, result)
        else:
            attempt.external_id, attempt.code = answer.external_id, answer.code[:20]
            attempt.message, attempt.answered_at = answer.message[:300], self.at
            self.events.append((attempt.pk, str(answer.outcome), answer.raw))
            attempt.state = Attempt.State.APPROVED if answer.is_good else Attempt.State.DECLINED
            payment.status = {
                Outcome.APPROVED: Payment.Status.PENDING,
                Outcome.SETTLED: Payment.Status.COMPLETE,
                Outcome.VOIDED: Payment.Status.CANCELLED,
            }.get(answer.outcome, Payment.Status.FAILED)
            payment.failure = "" if answer.is_good else answer.message[:300]
            if answer.is_good:
                self.approved.append(attempt)
                self.tally.charged += 1
                self.tally.amount += attempt.amount
            else:
                self.failed.append(payment)
                self.tally.declined += 1

    def _decide_without_answer(self, attempt: Attempt, result: Result) -> None:
        payment = attempt.payment
        attempt.message = result.problem[:300]
        kind = "never_made" if result.never_made else "no_answer"
        self.events.append((attempt.pk, kind, result.problem))
        if result.never_made:
            attempt.state, attempt.answered_at = Attempt.State.ABORTED, self.at
            payment.status, payment.failure = Payment.Status.FAILED, result.problem[:300]
            self.tally.aborted += 1
        else:
            attempt.state = Attempt.State.UNKNOWN
            payment.status, payment.failure = Payment.Status.UNKNOWN, ""
            self.tally.unknown += 1

    def _write_states(self, attempts: list[Attempt]) -> None:
        payments = [attempt.payment for attempt in attempts]
        with connection.cursor() as cursor:
            cursor.execute(
                WRITE,
                {
                    "company": entered_id(),
                    "ids": [attempt.pk for attempt in attempts],
                    "payments": [payment.pk for payment in payments],
                    "states": [str(attempt.state) for attempt in attempts],
                    "external_ids": [attempt.external_id for attempt in attempts],
                    "codes": [attempt.code for attempt in attempts],
                    "messages": [attempt.message for attempt in attempts],
                    "answered": [attempt.answered_at for attempt in attempts],
                    "statuses": [str(payment.status) for payment in payments],
                    "failures": [payment.failure for payment in payments],
                    "decided": [attempt.payment_id for attempt in attempts if attempt.state not in OPEN],
                    "methods": [attempt.payment.billing_method_id for attempt in self.approved],
                    "firsts": [attempt.external_id for attempt in self.approved],
                },
            )

    def _allocate(self, payment: Payment, plans: list[PlannedAllocation], invoices: dict[int, Invoice]) -> None:
        """Pay what was planned, as far as it is still owed; the rest of the payment stays unapplied credit."""
        for plan in plans:
            invoice = invoices[plan.invoice_id]
            amount = min(plan.amount, invoice.due)
            if amount > 0:
                invoice.paid += amount
                self.allocations.append((payment.pk, invoice.pk, amount))

    def _letters(self, plans: Plans) -> list[Letter]:
        receipts = [("receipt", attempt.payment) for attempt in self.approved if attempt.payment.receipt_to]
        automatic = [payment for payment in self.failed if payment.is_automatic and payment.receipt_to]
        return receipts + (self._failures(automatic, plans) if automatic else [])

    def _write_rows(self, letters: list[Letter]) -> None:
        paid, now = ("payment_id", "invoice_id", "amount"), {"at": self.at}
        insert_rows(Allocation, paid, self.allocations, same={**now, "by": self.actor.name})
        insert_rows(GatewayEvent, ("attempt_id", "kind", "raw"), self.events, same=now)
        insert_rows(
            Message,
            ("kind", "customer_id", "about_id", "to"),
            [(kind, payment.customer_id, payment.pk, payment.receipt_to) for kind, payment in letters],
            on_conflict="on conflict do nothing",
            same={"queued_at": self.at, "due_at": self.at},
        )

    def _failures(self, automatic: list[Payment], plans: Plans) -> list[Letter]:
        """The news of declines, to those who asked for it (F51)."""
        wanted = set(
            AutoPay.objects.filter(
                email_on_attempt=True,
                ended_at=None,
                recurring_invoice__invoices__in=[
                    plan.invoice_id for payment in automatic for plan in plans.get(payment.pk, [])
                ],
            ).values_list("recurring_invoice__customer_id", flat=True)
        )
        return [("payment_failed", payment) for payment in automatic if payment.customer_id in wanted]
