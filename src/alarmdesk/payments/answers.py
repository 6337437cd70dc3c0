"""What follows from the gateway's answer? The third transaction (T3): states, allocations and letters, all or nothing.

What a sale was meant to pay is paid, as far as it is still owed. A void takes back what its payment pays; one that came
too late becomes a refund of the whole. A refund that failed puts back what it had freed.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet

from alarmdesk.company.entering import Actor, entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib.inserting import insert_rows
from alarmdesk.messaging.models import Message
from alarmdesk.payments.allocating import reverse_all
from alarmdesk.payments.attempts import OPEN, Result, Tally
from alarmdesk.payments.dunning import policy
from alarmdesk.payments.freeing import lock_for, lock_invoices, paid_out_of, put_back, write_refund
from alarmdesk.payments.gateways.port import Answer, Outcome
from alarmdesk.payments.models import (
    Allocation,
    Attempt,
    AutoPay,
    BillingMethod,
    GatewayEvent,
    Payment,
    PlannedAllocation,
)

WRITE = """
    with told as (
        select * from unnest(%(ids)s::bigint[], %(payments)s::bigint[], %(states)s::text[], %(external_ids)s::text[],
            %(codes)s::text[], %(messages)s::text[], %(answered)s::timestamptz[], %(hard)s::boolean[],
            %(statuses)s::text[], %(failures)s::text[])
            as n (id, payment, state, external_id, code, message, answered_at, is_hard, status, failure)
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
        message = n.message, answered_at = n.answered_at, is_hard = n.is_hard
    from told n where a.company_id = %(company)s and a.id = any(%(ids)s) and a.id = n.id
"""
MOVED = (Outcome.APPROVED, Outcome.SETTLED, Outcome.RETURNED, Outcome.DISPUTED)
"""Money moved; what the bank took back afterwards is for settling.py to undo."""
VOIDED_THERE = "Voided at the gateway."
STATUSES = {
    Outcome.SETTLED: Payment.Status.COMPLETE,
    Outcome.DECLINED: Payment.Status.FAILED,
}
"""Of a payment, by the outcome of its sale, credit or refund; Pending where it is not here."""

Plans = dict[int, list[PlannedAllocation]]
"""Live plans by payment."""
Letter = tuple[str, Payment]
"""The kind of a letter and the payment that it is about."""


def record(
    company: Company, results: Iterable[Result], *, at: dt.datetime, actor: Actor, flushed: bool = True
) -> Tally:
    """T3: write what the gateway answered, allocate what was approved, and queue the letters. An attempt that somebody
    else has resolved meanwhile is left alone. `flushed=False` for many at once: what a crash of PostgreSQL takes back
    of it is asked about like any attempt that was sent.
    """
    by_attempt = {result.attempt_id: result for result in results}
    if not by_attempt:
        return Tally()
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
    drawn: list[Attempt] = field(default_factory=list)
    moved: list[Payment] = field(default_factory=list)
    failed: list[Payment] = field(default_factory=list)
    voided: list[Payment] = field(default_factory=list)
    to_refund: list[Payment] = field(default_factory=list)
    not_given: list[Payment] = field(default_factory=list)

    def write(self) -> Tally:
        plans, invoices, attempts = self._locked()
        for attempt in attempts:
            result = self.results[attempt.pk]
            if attempt.verb == Attempt.Verb.VOID:
                self._decide_void(attempt, result)
            else:
                self._decide(attempt, result)
        self._write_states(attempts)
        for attempt in self.drawn:
            self._allocate(attempt.payment, plans.get(attempt.payment_id, []), invoices)
        self._write_rows(self._letters(plans))
        self._follow_up()
        return self.tally

    def _locked(self) -> tuple[Plans, dict[int, Invoice], list[Attempt]]:
        payment_ids = [result.payment_id for result in self.results.values()]
        plans: Plans = {}
        for plan in PlannedAllocation.objects.filter(payment_id__in=payment_ids, is_live=True).order_by("pk"):
            plans.setdefault(plan.payment_id, []).append(plan)
        invoice_ids = [plan.invoice_id for several in plans.values() for plan in several]
        if any(result.verb in (Attempt.Verb.VOID, Attempt.Verb.REFUND) for result in self.results.values()):
            applied = Allocation.objects.filter(Q(payment_id__in=payment_ids) | Q(for_refund_id__in=payment_ids))
            invoice_ids += applied.values_list("invoice_id", flat=True)
            originals = Payment.objects.filter(pk__in=payment_ids, original__isnull=False)
            payment_ids += originals.values_list("original_id", flat=True)
        if any(result.verb == Attempt.Verb.CREDIT for result in self.results.values()):
            documents, received = paid_out_of(payment_ids)
            invoice_ids += documents
            payment_ids += received
        faces = Invoice.objects.only("type", "total", "paid", "voided_at").select_for_update(no_key=True)
        invoices = {invoice.pk: invoice for invoice in faces.filter(pk__in=invoice_ids).order_by("pk")}
        told = ("customer", "billing_method", "original", "status", "failure", "receipt_to", "is_automatic", "post_on")
        locked = Payment.objects.only(*told).select_for_update(no_key=True).filter(pk__in=payment_ids)
        payments = {payment.pk: payment for payment in locked.order_by("pk")}
        asked = Attempt.objects.filter(pk__in=list(self.results), state__in=OPEN)
        attempts = list(asked.select_for_update().order_by("pk"))
        for attempt in attempts:
            attempt.payment = payments[attempt.payment_id]
        return plans, invoices, attempts

    def _hear(self, attempt: Attempt, answer: Answer) -> None:
        attempt.external_id, attempt.code, attempt.message = answer.external_id, answer.code[:20], answer.message[:300]
        attempt.answered_at, attempt.is_hard = self.at, answer.is_hard
        self.events.append((attempt.pk, str(answer.outcome), answer.raw))

    def _decide(self, attempt: Attempt, result: Result) -> None:
        """A sale, credit or refund."""
        answer, payment = result.answer, attempt.payment
        if answer is None:
            self._decide_without_answer(attempt, result)
        elif answer.outcome is Outcome.HELD:
            if attempt.state != Attempt.State.HELD:
                self._hear(attempt, answer)
            attempt.state, payment.status, payment.failure = Attempt.State.HELD, Payment.Status.HELD, ""
            self.tally.unknown += 1
        elif answer.outcome is Outcome.VOIDED:
            self._hear(attempt, answer)
            self._count_voided(attempt)
        else:
            self._hear(attempt, answer)
            is_good = answer.outcome in MOVED
            attempt.state = Attempt.State.APPROVED if is_good else Attempt.State.DECLINED
            payment.status = STATUSES.get(answer.outcome, Payment.Status.PENDING)
            payment.failure = "" if is_good else answer.message[:300]
            if is_good:
                self._count(attempt)
            else:
                self.tally.declined += 1
                (self.not_given if attempt.verb == Attempt.Verb.REFUND else self.failed).append(payment)

    def _count(self, attempt: Attempt) -> None:
        self.moved.append(attempt.payment)
        if attempt.verb == Attempt.Verb.SALE:
            self.drawn.append(attempt)
            self.tally.charged += 1
            self.tally.amount += attempt.amount
        else:
            self.tally.given_back += 1

    def _count_voided(self, attempt: Attempt) -> None:
        """It was made, and somebody voided it at the gateway before we heard of it: as when the yes had come in time
        and the void with the statement (settling.py). It is no decline, and nothing is drawn again by itself.
        """
        attempt.state = Attempt.State.APPROVED
        attempt.payment.status, attempt.payment.failure = Payment.Status.CANCELLED, VOIDED_THERE
        self.tally.aborted += 1
        if attempt.verb == Attempt.Verb.REFUND:
            self.not_given.append(attempt.payment)

    def _decide_without_answer(self, attempt: Attempt, result: Result) -> None:
        payment = attempt.payment
        attempt.message = result.problem[:300]
        self.events.append((attempt.pk, "never_made" if result.never_made else "no_answer", result.problem))
        if not result.never_made:
            attempt.state = Attempt.State.UNKNOWN
            payment.status, payment.failure = Payment.Status.UNKNOWN, ""
            self.tally.unknown += 1
            return
        attempt.state, attempt.answered_at = Attempt.State.ABORTED, self.at
        self.tally.aborted += 1
        if attempt.verb == Attempt.Verb.REFUND and result.insist:
            payment.status, payment.failure = Payment.Status.QUEUED, ""
            return
        if attempt.verb == Attempt.Verb.SALE and payment.post_on is not None:
            payment.status, payment.failure = Payment.Status.SCHEDULED, ""  # its invoices stay reserved (F54)
            return
        payment.status, payment.failure = Payment.Status.FAILED, result.problem[:300]
        if attempt.verb == Attempt.Verb.REFUND:
            self.not_given.append(payment)

    def _decide_void(self, attempt: Attempt, result: Result) -> None:
        """What the gateway says of the sale that was to be voided: voided; or settled, and then it is refunded."""
        answer, payment = result.answer, attempt.payment
        if answer is None:
            self.events.append((attempt.pk, "never_made" if result.never_made else "no_answer", result.problem))
            attempt.message = result.problem[:300]
            if result.never_made:
                attempt.state, attempt.answered_at = Attempt.State.ABORTED, self.at
                self.tally.aborted += 1
                if result.insist:
                    self.to_refund.append(payment)
            else:
                attempt.state = Attempt.State.UNKNOWN
                self.tally.unknown += 1
            return
        self._hear(attempt, answer)
        if answer.outcome is Outcome.VOIDED:
            attempt.state = Attempt.State.APPROVED
            payment.status, payment.failure = Payment.Status.CANCELLED, ""
            self.voided.append(payment)
            self.tally.given_back += 1
            return
        attempt.state = Attempt.State.DECLINED
        self.tally.declined += 1
        if answer.outcome is Outcome.SETTLED:
            attempt.message = "It had settled meanwhile: refunded instead."
            if payment.status == Payment.Status.PENDING:
                payment.status = Payment.Status.COMPLETE
            self.to_refund.append(payment)

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
                    "hard": [attempt.is_hard for attempt in attempts],
                    "statuses": [str(payment.status) for payment in payments],
                    "failures": [payment.failure for payment in payments],
                    "decided": [
                        attempt.payment_id
                        for attempt in attempts
                        if attempt.state not in OPEN and attempt.payment.status != Payment.Status.SCHEDULED
                    ],
                    "methods": [attempt.payment.billing_method_id for attempt in self.drawn],
                    "firsts": [attempt.external_id for attempt in self.drawn],
                },
            )
        for attempt in attempts:
            if attempt.is_hard and attempt.state == Attempt.State.DECLINED and attempt.verb == Attempt.Verb.SALE:
                BillingMethod.objects.filter(pk=attempt.payment.billing_method_id, refused_at=None).update(
                    refused_at=self.at, refused_code=attempt.code
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
        receipts = [("receipt", payment) for payment in self.moved if payment.receipt_to]
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

    def _follow_up(self) -> None:
        for payment in self.voided:
            reverse_all(payment, at=self.at)
        if self.voided:
            gone = Payment.objects.filter(pk__in=[payment.pk for payment in self.voided])
            gone.update(voided_at=self.at, voided_by=self.actor.name)
        put_back(self.not_given, at=self.at)
        for payment in self.to_refund:
            queue_whole(payment.pk, at=self.at)

    def _failures(self, automatic: list[Payment], plans: Plans) -> list[Letter]:
        """Reminders where the company writes after a decline and the customer has not said that it should not; else the
        news of the attempt, to who asked for it (F51, decision 16).
        """
        whose = {payment.customer_id for payment in automatic}
        unwilling = set(Customer.objects.filter(pk__in=whose, no_reminders=True).values_list("pk", flat=True))
        reminded = whose - unwilling if policy().writes else set()
        wanted = set(
            AutoPay.objects.filter(
                email_on_attempt=True,
                ended_at=None,
                recurring_invoice__invoices__in=[
                    plan.invoice_id for payment in automatic for plan in plans.get(payment.pk, [])
                ],
            ).values_list("recurring_invoice__customer_id", flat=True)
        )
        return [("payment_failed", payment) for payment in automatic if payment.customer_id in reminded | wanted]


def queue_whole(payment_id: int, *, at: dt.datetime) -> None:
    """All that is left of a locked payment is to be refunded, as somebody wanted when it could still be voided."""
    payment = Payment.objects.get(pk=payment_id)
    left = payment.amount - payment.refunded
    if left > 0 and payment.status in (Payment.Status.PENDING, Payment.Status.COMPLETE):
        write_refund(payment, left, status=Payment.Status.QUEUED, note="", at=at)


def give_up(attempts: QuerySet[Attempt], *, problem: str, at: dt.datetime) -> int:
    """Mark unsent attempts of a queryset as never sent. Their sales and credits have failed; what was scheduled is so
    again, a refund is queued again, and what was to be voided is to be refunded.
    """
    waiting = attempts.filter(state=Attempt.State.CREATED).select_for_update(of=("self",))
    rows = list(waiting.values_list("pk", "payment_id", "verb", "payment__post_on").order_by("pk"))
    if not rows:
        return 0
    Attempt.objects.filter(pk__in=[row[0] for row in rows]).update(
        state=Attempt.State.ABORTED, message=problem[:300], answered_at=at
    )
    of = {verb: [row for row in rows if row[2] == verb] for verb in Attempt.Verb.values}
    failed = [row[1] for row in of["sale"] + of["credit"] if row[3] is None]
    lock_for([row[1] for row in of["credit"]])  # what they were paid out of is there again
    Payment.objects.filter(pk__in=failed).update(status=Payment.Status.FAILED, failure=problem[:300])
    PlannedAllocation.objects.filter(payment_id__in=failed, is_live=True).update(is_live=False)
    scheduled = [row[1] for row in of["sale"] + of["credit"] if row[3] is not None]
    Payment.objects.filter(pk__in=scheduled).update(status=Payment.Status.SCHEDULED)
    Payment.objects.filter(pk__in=[row[1] for row in of["refund"]]).update(status=Payment.Status.QUEUED)
    voids = [row[1] for row in of["void"]]
    if voids:
        paid = Allocation.objects.filter(payment_id__in=voids).values_list("invoice_id", flat=True)
        lock_invoices(paid)
        for payment in Payment.objects.select_for_update(no_key=True).filter(pk__in=voids).order_by("pk"):
            queue_whole(payment.pk, at=at)
    return len(rows)
