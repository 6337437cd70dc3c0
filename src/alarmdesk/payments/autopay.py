"""Which invoices are charged tonight, and in what pieces? Those of Auto Pay that are due, one payment per customer and
method: what fell due together, or during an outage, is drawn together (D10).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from alarmdesk.company.entering import acting, entered_id
from alarmdesk.company.models import Run
from alarmdesk.company.numbers import next_numbers
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.payments.attempts import new_key
from alarmdesk.payments.models import Attempt, AutoPay, BillingMethod, Gateway, Payment, PlannedAllocation

RETRY_GAPS = (3, 4, 7)
"""Days to wait after the first, second and third decline: tries on day 0, 3, 7 and 14, then none (domain.md F2)."""

# declines are those of the method that Auto Pay draws on now: a new card is tried at once. What was drawn and came back
# (returned by the bank, voided at the gateway) is open again and for a person to decide: drawing again by itself would
# go round for ever, and after most return codes is forbidden (billing.md 2.4)
CANDIDATES = """
    from invoicing_invoice i
    join payments_autopay a
      on a.company_id = i.company_id and a.recurring_invoice_id = i.recurring_invoice_id and a.ended_at is null
    join payments_billingmethod m
      on m.company_id = a.company_id and m.id = a.billing_method_id
      and m.kind <> 'manual' and m.removed_at is null and m.blocked_at is null
    left join lateral (
        select count(*) filter (where t.state = 'declined' and p.billing_method_id = m.id) as times,
            max(p.received_on) filter (where t.state = 'declined' and p.billing_method_id = m.id) as last_on,
            coalesce(bool_or(t.state = 'approved'), false) as was_drawn
        from payments_plannedallocation d
        join payments_payment p on p.company_id = d.company_id and p.id = d.payment_id and p.is_automatic
        join payments_attempt t on t.company_id = p.company_id and t.payment_id = p.id
        where d.company_id = i.company_id and d.invoice_id = i.id and not d.is_live
    ) before on true
    where i.company_id = %(company)s and i.type = 'invoice' and i.voided_at is null and i.paid < i.total
      and i.due_on <= %(today)s
      and not exists (
        select from payments_plannedallocation l
        where l.company_id = i.company_id and l.invoice_id = i.id and l.is_live
      )
      and not before.was_drawn
      and (
        before.times = 0
        or before.times <= cardinality(%(gaps)s::int[])
           and before.last_on + (%(gaps)s::int[])[before.times] <= %(today)s
      )
"""

DUE = f"select i.customer_id, i.id {CANDIDATES} and m.kind = any(%(kinds)s) order by i.customer_id, i.id"


@dataclass(frozen=True, slots=True)
class _Owing:
    customer_id: int
    method_id: int
    kind: str
    invoice_id: int
    due: Decimal


def due_now(gateway: Gateway, *, today: dt.date) -> list[tuple[int, int]]:
    """What would be charged now, as (customer's id, invoice's id), one customer after another."""
    with connection.cursor() as cursor:
        cursor.execute(
            DUE, {"company": entered_id(), "today": today, "gaps": list(RETRY_GAPS), "kinds": _kinds(gateway)}
        )
        rows: list[tuple[int, int]] = cursor.fetchall()
    return rows


def chunks(due: Sequence[tuple[int, int]], size: int) -> Iterator[list[int]]:
    """The invoices' ids in pieces of about `size` that cut no customer in two: a customer is charged once (D10)."""
    piece: list[int] = []
    for _, several in groupby(due, key=itemgetter(0)):
        piece += [invoice for _, invoice in several]
        if len(piece) >= size:
            yield piece
            piece = []
    if piece:
        yield piece


def prepare(gateway: Gateway, invoice_ids: list[int], *, today: dt.date, at: dt.datetime, run: Run | None) -> int:
    """T1, inside the company: payments, plans and attempts for those of the invoices that are still to be charged.

    Answers how many invoices.
    """
    owing = _locked_owing(gateway, invoice_ids, today)
    if not owing:
        return 0
    emails = dict(Customer.objects.filter(pk__in={each.customer_id for each in owing}).values_list("pk", "email"))
    payments, plans = [], []
    for (customer_id, method_id), several in groupby(owing, key=lambda each: (each.customer_id, each.method_id)):
        invoices = list(several)
        payment = Payment(
            customer_id=customer_id,
            method=invoices[0].kind,
            billing_method_id=method_id,
            amount=sum((each.due for each in invoices), Decimal("0.00")),
            status=Payment.Status.PENDING,
            received_on=today,
            is_automatic=True,
            receipt_to=emails[customer_id],
            run=run,
            created_at=at,
            created_by=acting().name,
        )
        payments.append(payment)
        plans += [PlannedAllocation(payment=payment, invoice_id=each.invoice_id, amount=each.due) for each in invoices]
    save_prepared(gateway, payments, plans, at=at)
    return len(owing)


def save_prepared(
    gateway: Gateway, payments: Sequence[Payment], plans: Sequence[PlannedAllocation], *, at: dt.datetime
) -> list[Attempt]:
    """Write new gateway payments with their numbers, plans and first attempts. The plans' unique index turns away a
    second live charge of an invoice (IntegrityError).
    """
    for payment, number in zip(payments, next_numbers("payment", len(payments)), strict=True):
        payment.number = number
    Payment.objects.bulk_create(payments)
    for plan in plans:
        plan.payment_id = plan.payment.pk
    PlannedAllocation.objects.bulk_create(plans)
    return Attempt.objects.bulk_create(
        Attempt(payment=payment, gateway=gateway, key=new_key(), amount=payment.amount, created_at=at, check_at=at)
        for payment in payments
    )


def is_any_unsent() -> bool:
    """Was an automatic payment prepared and never sent?"""
    return Attempt.objects.filter(state=Attempt.State.CREATED, payment__is_automatic=True).exists()


def revoked() -> QuerySet[Attempt]:
    """Attempts that a killed run had prepared and that must not be sent any more: since then Auto Pay was ended or
    draws on another method, the method was removed or blocked, or less is due (D4).
    """
    running = AutoPay.objects.filter(
        company=OuterRef("company"),
        recurring_invoice=OuterRef("invoice__recurring_invoice"),
        billing_method=OuterRef("payment__billing_method"),
        ended_at=None,
    )
    unwanted = PlannedAllocation.objects.filter(
        ~Exists(running) | Q(invoice__voided_at__isnull=False) | Q(amount__gt=F("invoice__total") - F("invoice__paid")),
        company=OuterRef("company"),
        payment=OuterRef("payment"),
    )
    gone = Q(payment__billing_method__removed_at__isnull=False) | Q(payment__billing_method__blocked_at__isnull=False)
    prepared = Attempt.objects.filter(state=Attempt.State.CREATED, payment__is_automatic=True)
    return prepared.filter(gone | Exists(unwanted))


def _kinds(gateway: Gateway) -> list[str]:
    return [kind for kind, takes in (("card", gateway.takes_cards), ("ach", gateway.takes_ach)) if takes]


def _locked_owing(gateway: Gateway, invoice_ids: list[int], today: dt.date) -> list[_Owing]:
    """Lock the invoices that nobody else holds, then look at all that may have changed since they were listed."""
    invoices = list(
        Invoice.objects.select_for_update(no_key=True, skip_locked=True)
        .only("customer", "recurring_invoice", "type", "total", "paid", "voided_at")
        .filter(pk__in=invoice_ids, voided_at=None, paid__lt=F("total"))
        .order_by("pk")
    )
    taken = _taken_meanwhile([invoice.pk for invoice in invoices], today)
    enrolled = dict(
        AutoPay.objects.filter(
            recurring_invoice__in=[invoice.recurring_invoice_id for invoice in invoices], ended_at=None
        ).values_list("recurring_invoice_id", "billing_method_id")
    )
    kinds = dict(
        BillingMethod.objects.filter(
            pk__in=set(enrolled.values()), kind__in=_kinds(gateway), removed_at=None, blocked_at=None
        ).values_list("pk", "kind")
    )
    owing = [
        _Owing(invoice.customer_id, method_id, kinds[method_id], invoice.pk, invoice.due)
        for invoice in invoices
        if (method_id := enrolled.get(invoice.recurring_invoice_id or 0, 0)) in kinds and invoice.pk not in taken
    ]
    return sorted(owing, key=lambda each: (each.customer_id, each.method_id, each.invoice_id))


def _taken_meanwhile(invoice_ids: list[int], today: dt.date) -> set[int]:
    """Invoices with a live plan, or whose charge of today has been answered already."""
    plans = list(
        PlannedAllocation.objects.filter(invoice_id__in=invoice_ids).values_list("invoice_id", "payment_id", "is_live")
    )
    answered = (Attempt.State.APPROVED, Attempt.State.DECLINED)
    today_s = set(
        Payment.objects.filter(
            pk__in=[payment for _, payment, _ in plans],
            is_automatic=True,
            received_on=today,
            attempts__state__in=answered,
        ).values_list("pk", flat=True)
    )
    return {invoice for invoice, payment, is_live in plans if is_live or payment in today_s}
