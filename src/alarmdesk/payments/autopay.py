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
from alarmdesk.lib.inserting import insert_rows
from alarmdesk.payments import dunning
from alarmdesk.payments.attempts import new_key
from alarmdesk.payments.dunning import standing_promises
from alarmdesk.payments.models import Attempt, AutoPay, BillingMethod, Gateway, Payment, PlannedAllocation
from alarmdesk.payments.nacha import RETRY_DESCRIPTION

# a few look-ups, put together here: PostgreSQL joins what it cannot know the size of row by row (decision 8)
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


@dataclass(frozen=True, slots=True)
class _Owing:
    customer_id: int
    method_id: int
    kind: str
    invoice_id: int
    due: Decimal
    is_retry: bool  # a bank debit that came back: presented again on its own, under its own name

    @property
    def together(self) -> tuple[int, int, bool]:
        """What is drawn by one payment is equal in this."""
        return self.customer_id, self.method_id, self.is_retry


Owing = list[tuple[int, int, int]]
"""Ids of customer, invoice and recurring invoice, one customer after another."""


def owing_now(*, today: dt.date) -> Owing:
    """What is owed on Auto Pay and due, whether or not it may be drawn today."""
    with connection.cursor() as cursor:
        cursor.execute(OWING, {"company": entered_id(), "today": today})
        owing: Owing = cursor.fetchall()
    enrolled = set(AutoPay.objects.filter(ended_at=None).values_list("recurring_invoice_id", flat=True))
    return [each for each in owing if each[2] in enrolled]


def due_now(gateway: Gateway, owing: Owing, *, today: dt.date) -> list[tuple[int, int]]:
    """What of it would be charged now, as (customer's id, invoice's id), one customer after another."""
    return [(customer, invoice) for customer, invoice, _ in chargeable(gateway, owing, today=today)]


def chargeable(gateway: Gateway, owing: Owing, *, today: dt.date) -> list[tuple[int, int, int]]:
    """Which of these are charged on a day, as (customer's id, invoice's id, method's id).

    Left out is what was declined and is not on its day, what the networks' caps forbid, and who promised to pay
    (dunning.py). The night and its preview ask the same.
    """
    methods = _methods_on_duty(gateway)
    promised = set(standing_promises(today).values_list("customer_id", flat=True))
    resting = dunning.resting(today)
    drawn = [
        (customer, invoice, methods[of])
        for customer, invoice, of in owing
        if of in methods and methods[of] not in resting and customer not in promised
    ]
    tried, gaps = dunning.tried([invoice for _, invoice, _ in drawn]), dunning.policy().gaps
    return [
        (customer, invoice, method)
        for customer, invoice, method in drawn
        if invoice not in tried or tried[invoice].may_go_on(method, gaps, today)
    ]


def _methods_on_duty(gateway: Gateway) -> dict[int, int]:
    """The method that each enrolled recurring invoice draws on now, where the gateway takes it."""
    usable = set(_usable(gateway).filter(auto_pays__ended_at=None).values_list("pk", flat=True))
    enrolled = AutoPay.objects.filter(ended_at=None).values_list("recurring_invoice_id", "billing_method_id")
    return {recurring: method for recurring, method in enrolled if method in usable}


def _usable(gateway: Gateway) -> QuerySet[BillingMethod]:
    """Methods in the gateway's vault that may be charged by themselves: not one that a hard decline has ended."""
    return BillingMethod.objects.filter(
        gateway=gateway, kind__in=_kinds(gateway), removed_at=None, blocked_at=None, refused_at=None
    )


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
    for (customer_id, method_id, is_retry), several in groupby(owing, key=lambda each: each.together):
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
            reference=RETRY_DESCRIPTION if is_retry else "",
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
    varying = ("number", "customer_id", "method", "billing_method_id", "amount", "receipt_to", "reference")
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


def revoked(*, today: dt.date) -> QuerySet[Attempt]:
    """Attempts that a killed run had prepared and that must not be sent any more: since then Auto Pay was ended or
    draws on another method, the method was removed, blocked, refused for good or reached the networks' caps, the
    customer promised to pay, another gateway was chosen, or less is due (D4).
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
    dates = ("removed_at", "blocked_at", "refused_at")
    gone = Q(payment__billing_method__in=list(dunning.resting(today))) | Q(gateway__is_active=False)
    for date in dates:
        gone |= Q(**{f"payment__billing_method__{date}__isnull": False})
    promised = standing_promises(today).filter(company=OuterRef("company"), customer=OuterRef("payment__customer"))
    prepared = Attempt.objects.filter(state=Attempt.State.CREATED, payment__is_automatic=True)
    return prepared.filter(gone | Exists(unwanted) | Exists(promised))


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
    kinds = dict(_usable(gateway).filter(pk__in=set(enrolled.values())).values_list("pk", "kind"))
    by_recurring = {invoice.pk: invoice.recurring_invoice_id or 0 for invoice in invoices}
    whose = {invoice.customer_id for invoice in invoices}
    promised = set(standing_promises(today).filter(customer__in=whose).values_list("customer_id", flat=True))
    returned = represented(
        {pk: enrolled[of] for pk, of in by_recurring.items() if kinds.get(enrolled.get(of, 0)) == "ach"}
    )
    owing = [
        _Owing(
            invoice.customer_id,
            method_id,
            kinds[method_id],
            invoice.pk,
            invoice.due,
            (invoice.pk, method_id) in returned,
        )
        for invoice in invoices
        if (method_id := enrolled.get(invoice.recurring_invoice_id or 0, 0)) in kinds
        and (invoice.pk, None) not in taken
        and (invoice.pk, method_id) not in taken
        and invoice.customer_id not in promised
    ]
    return sorted(owing, key=lambda each: (*each.together, each.invoice_id))


def represented(by_ach: dict[int, int]) -> set[tuple[int, int]]:
    """Those of the invoices (with the bank account that they are drawn from) of which a debit came back before."""
    tried = dunning.tried(by_ach) if by_ach else {}
    return {(invoice, by_ach[invoice]) for invoice, before in tried.items() if by_ach[invoice] in before.returned}


def _taken_meanwhile(invoice_ids: list[int], today: dt.date) -> set[tuple[int, int | None]]:
    """Invoices that are not to be charged any more, as (id, None): with a live plan, or drawn today already. Those that
    a method was declined for today, as (id, method's id): another method may still be tried.
    """
    plans = list(
        PlannedAllocation.objects.filter(invoice_id__in=invoice_ids).values_list("invoice_id", "payment_id", "is_live")
    )
    answered = (Attempt.State.APPROVED, Attempt.State.DECLINED)
    of_today = Payment.objects.filter(
        pk__in=[payment for _, payment, _ in plans],
        is_automatic=True,
        received_on=today,
        attempts__state__in=answered,
    ).values_list("pk", "billing_method_id", "attempts__state")
    with_what = {payment: method if state == Attempt.State.DECLINED else None for payment, method, state in of_today}
    return {(invoice, None) for invoice, _, is_live in plans if is_live} | {
        (invoice, with_what[payment]) for invoice, payment, _ in plans if payment in with_what
    }
