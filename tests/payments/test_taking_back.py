"""How is a payment taken back that was entered by mistake? It is void: nothing was refunded, what it paid is owed."""

import datetime as dt
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company, TrailEntry
from alarmdesk.invoicing.testing import line, make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.messaging.outbox import Unwritable
from alarmdesk.payments.aging import Aging
from alarmdesk.payments.letters import receipt
from alarmdesk.payments.models import Allocation, Payment, Statement
from alarmdesk.payments.queries import on_account
from alarmdesk.payments.recording import Received, record_payment
from alarmdesk.payments.refunding import cancel_queued, refund
from alarmdesk.payments.statements import Period, make_statement
from alarmdesk.payments.taking_back import NotTakenBack, take_back
from alarmdesk.payments.testing import make_method, make_payment
from tests.payments.conftest import NOON
from tests.payments.test_recording import ROSA, assert_balanced, dues, owed, receive
from tests.payments.test_taking import TODAY

DAY = dt.timedelta(days=1)


def undo(shop: Company, payment: Payment, at: dt.datetime = NOON) -> Payment:
    return take_back(shop, payment.pk, reason="4,000.00 typed for 40.00", at=at, actor=ROSA)


def test_what_it_had_paid_is_owed_again_by_new_rows_and_nothing_is_refunded(shop: Company) -> None:
    first, second = owed(shop, "40.00", "60.00")
    payment = receive(shop, first, "4000.00", receipt_to="nora@example.com")
    assert dues(shop, first, second) == ["0.00", "0.00"]
    with inside(shop):
        before = list(Allocation.objects.order_by("pk").values_list("pk", "amount"))
    gone = undo(shop, payment)
    assert (gone.status, gone.applied, gone.refunded, gone.unapplied) == ("cancelled", 0, 0, 0)
    assert (gone.voided_at, gone.voided_by, gone.void_reason) == (NOON, "Rosa Dealer", "4,000.00 typed for 40.00")
    assert dues(shop, first, second) == ["40.00", "60.00"]
    with inside(shop):
        assert list(Allocation.objects.order_by("pk").values_list("pk", "amount"))[: len(before)] == before
        assert not Payment.objects.filter(kind="refund").exists()
        assert on_account(first.customer).total == 0
        told = receipt(shop.messages.get(kind="receipt", about_id=payment.pk))
        assert isinstance(told, Unwritable)
        entry = TrailEntry.objects.filter(table="payments_payment", row_id=payment.pk, verb="update").latest("pk")
        assert (entry.actor["name"], entry.new["void_reason"]) == ("Rosa Dealer", "4,000.00 typed for 40.00")
    assert_balanced(shop)


def test_it_is_refused_for_what_was_refunded_passed_a_gateway_or_is_void(shop: Company) -> None:
    (invoice,) = owed(shop, "40.00")
    partly = receive(shop, invoice, "40.00")
    refund(shop, partly.pk, Decimal("5.00"), today=TODAY, now=clock.now, actor=SYSTEM)
    with pytest.raises(NotTakenBack, match=r"\$5.00 of Payment 1 was refunded"):
        undo(shop, partly)
    with inside(shop):
        card = make_method(invoice.customer)
        other = make_invoice(invoice.customer, lines=[line(price="10.00")])
    drawn = make_payment(shop, card, other)
    with pytest.raises(NotTakenBack, match="recorded by hand"):
        undo(shop, drawn)
    twice = receive(shop, invoice, "1.00")
    with pytest.raises(NotTakenBack, match="Say what"):
        take_back(shop, twice.pk, reason="  ", at=NOON, actor=ROSA)
    undo(shop, twice)
    with pytest.raises(NotTakenBack, match="before"):
        undo(shop, twice)
    assert_balanced(shop)


def test_statement_and_aging_of_a_day_before_it_still_say_what_was_so_then(shop: Company) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        make_invoice(customer, sale_on=TODAY - 9 * DAY, at=NOON - 9 * DAY, lines=[line(price="100.00")])
    received = Received(customer.pk, "check", Decimal("130.00"), TODAY - 4 * DAY)
    payment = record_payment(shop, received, at=NOON - 4 * DAY, actor=ROSA)
    undo(shop, payment, NOON - DAY)
    with inside(shop):

        def told(kind: str, until: dt.date) -> Statement:
            return make_statement(customer, Period(kind, TODAY - 30 * DAY, until), today=TODAY, at=NOON)

        for until, due, balance in ((TODAY - 3 * DAY, "0.00", "-30.00"), (TODAY, "100.00", "100.00")):
            for kind in Statement.Kind.values:
                made = told(kind, until)
                assert (made.due, made.balance) == (Decimal(due), Decimal(balance))
                assert made.snapshot["closing"] == balance
            (aged,) = list(Aging(until, is_today=False)) or [None]
            assert (aged.total if aged else 0) == Decimal(due)
        rows = [(each["what"], each["amount"]) for each in told("forward", TODAY).snapshot["lines"]]
        assert rows == [("Invoice 1", "100.00"), ("Payment 1", "-130.00"), ("Payment 1, void", "130.00")]


def test_a_void_at_the_gateway_says_when_it_was_and_the_day_before_it_adds_up(shop: Company, world: Any) -> None:
    (invoice,) = owed(shop, "40.00")
    with inside(shop):
        card = make_method(invoice.customer)
    payment = make_payment(shop, card, invoice, at=NOON)
    later = NOON + DAY
    refund(shop, payment.pk, None, today=TODAY + DAY, now=lambda: later, actor=ROSA)
    with inside(shop):
        gone = Payment.objects.get(pk=payment.pk)
        assert (gone.status, gone.voided_at, gone.voided_by) == ("cancelled", later, "Rosa Dealer")
        made = make_statement(invoice.customer, Period("forward", TODAY, TODAY), today=TODAY + DAY, at=later)
        assert (str(made.balance), made.snapshot["closing"]) == ("0.00", "0.00")
        # one that was voided before payments said when is told by what was taken off its invoice
        Payment.objects.update(voided_at=None, voided_by="")
        with connection.cursor() as cursor:
            cursor.execute(import_module("alarmdesk.payments.migrations.0056_when_payments_were_voided").FILL)
        gone.refresh_from_db()
        assert (gone.voided_at, gone.voided_by) == (later, "Rosa Dealer")


def test_a_refund_that_is_called_off_counted_until_then(shop: Company, world: Any) -> None:
    (invoice,) = owed(shop, "40.00")
    with inside(shop):
        card = make_method(invoice.customer)
    payment = make_payment(shop, card, invoice, at=NOON)
    waiting = refund(shop, payment.pk, Decimal("10.00"), today=TODAY, now=lambda: NOON, actor=ROSA)
    later = NOON + DAY

    def told(on: dt.date) -> tuple[str, str]:
        with inside(shop):
            made = make_statement(invoice.customer, Period("forward", TODAY, on), today=TODAY + DAY, at=later)
        return str(made.balance), made.snapshot["closing"]

    assert told(TODAY) == ("10.00", "10.00")
    cancel_queued(shop, waiting.pk, at=later, actor=ROSA)
    assert told(TODAY) == ("10.00", "10.00")
    assert told(TODAY + DAY) == ("0.00", "0.00")
    with inside(shop):
        period = Period("forward", TODAY + DAY, TODAY + DAY)
        after = make_statement(invoice.customer, period, today=TODAY + DAY, at=later).snapshot
    assert (after["opening"], after["closing"]) == ("10.00", "0.00")
    assert [line["what"] for line in after["lines"]] == [f"Refund, {waiting}, cancelled"]
