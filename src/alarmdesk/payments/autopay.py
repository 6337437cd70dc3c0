"""Which invoices are charged tonight, and in what pieces? Those of Auto Pay that are due, one payment per customer and
method: what fell due together, or during an outage, is drawn together (D10).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
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
from alarmdesk.lib.inserting import insert_rows
from alarmdesk.payments.attempts import new_key
from alarmdesk.payments.models import Attempt, AutoPay, BillingMethod, Gateway, Payment, PlannedAllocation

RETRY_GAPS = (3, 4, 7)
"""Days to wait after the first, second and third decline: tries on day 0, 3, 7 and 14, then none (domain.md F2)."""

# three look-ups, put together here: PostgreSQL joins what it cannot know the size of row by row (decision 8)
OWING = """
    select i.customer_id, i.id, i.recurring_invoice_id
    from invoicing_invoice i
    where i.company_id = %(company)s and i.type = 'invoice' and i.voided_at is null and i.paid < i.total
      and i.due_on <= %(today)s and i.recurring_invoice_id is not null
      and not exists (
        select from payments_plannedallocation l
        where l.company_id = i.company_id and l.invoice_id = i.id and l.is_live
      )
    order by i.customer_id, i.id
"""
TRIED = """
    with plans as materialized (
        select invoice_id, payment_id from payments_plannedallocation
        where company_id = %(company)s and invoice_id = any(%(invoices)s) and not is_live
    )
    select d.invoice_id, p.billing_method_id, t.state, p.received_on
    from plans d
    join payments_payment p on p.company_id = %(company)s and p.id = d.payment_id and p.is_automatic
    join payments_attempt t on t.company_id = %(company)s and t.payment_id = d.payment_id
    where t.state in ('approved', 'declined')
"""


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
        cursor.execute(OWING, {"company": entered_id(), "today": today})
        owing: list[tuple[int, int, int]] = cursor.fetchall()
        methods = _methods_on_duty(gateway)
        drawn = [(customer, invoice, methods[of]) for customer, invoice, of in owing if of in methods]
        cursor.execute(TRIED, {"company": entered_id(), "invoices": [invoice for _, invoice, _ in drawn]})
        tried = _tried(cursor.fetchall())
    return [
        (customer, invoice)
        for customer, invoice, method in drawn
        if invoice not in tried or tried[invoice].may_go_on(method, today)
    ]


def _methods_on_duty(gateway: Gateway) -> dict[int, int]:
    """The method that each enrolled recurring invoice draws on now, where the gateway takes it."""
    usable = set(
        BillingMethod.objects.filter(
            kind__in=_kinds(gateway), removed_at=None, blocked_at=None, auto_pays__ended_at=None
        ).values_list("pk", flat=True)
    )
    enrolled = AutoPay.objects.filter(ended_at=None).values_list("recurring_invoice_id", "billing_method_id")
    return {recurring: method for recurring, method in enrolled if method in usable}


@dataclass(slots=True)
class _Tried:
    """What was tried before to collect an invoice by itself."""

    was_drawn: bool = False
    declines: list[tuple[int, dt.date]] = field(default_factory=list)

    def may_go_on(self, method_id: int, today: dt.date) -> bool:
        """Declines count that are those of the method that Auto Pay draws on now: a new card is tried at once. What was
        drawn and came back (returned by the bank, voided at the gateway) is open again and for a person to decide:
        drawing again by itself would go round for ever, and after most return codes is forbidden (billing.md 2.4).
        """
        days = [day for method, day in self.declines if method == method_id]
        if self.was_drawn or len(days) > len(RETRY_GAPS):
            return False
        return not days or max(days) + dt.timedelta(days=RETRY_GAPS[len(days) - 1]) <= today


def _tried(rows: Iterable[tuple[int, int, str, dt.date]]) -> dict[int, _Tried]:
    tried: dict[int, _Tried] = {}
    for invoice, method, state, day in rows:
        before = tried.setdefault(invoice, _Tried())
        if state == Attempt.State.APPROVED:
            before.was_drawn = True
        else:
            before.declines.append((method, day))
    return tried


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
) -> list[int]:
    """Write new gateway payments with their numbers, plans and first attempts; answers the attempts' ids. The plans'
    unique index turns away a second live charge of an invoice (IntegrityError).
    """
    for payment, number in zip(payments, next_numbers("payment", len(payments)), strict=True):
        payment.number = number
    varying = ("number", "customer_id", "method", "billing_method_id", "amount", "receipt_to")
    equal = ("status", "received_on", "is_automatic", "run_id", "created_at", "created_by")
    facts = [tuple(getattr(payment, name) for name in varying) for payment in payments]
    in_all = {name: getattr(payments[0], name) for name in equal}
    ids = dict(insert_rows(Payment, varying, facts, same=in_all, returning=("number", "id")))
    for payment in payments:
        payment.pk = ids[payment.number]
    rows = [(plan.payment.pk, plan.invoice_id, plan.amount) for plan in plans]
    insert_rows(PlannedAllocation, ("payment_id", "invoice_id", "amount"), rows)
    attempts = [(payment.pk, new_key(), payment.amount) for payment in payments]
    same = {"gateway_id": gateway.pk, "created_at": at, "check_at": at}
    made = insert_rows(Attempt, ("payment_id", "key", "amount"), attempts, returning=("id",), same=same)
    return [attempt_id for (attempt_id,) in made]


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
