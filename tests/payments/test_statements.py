"""What is a customer told to owe? What the books say, in both kinds of statement, and nothing else afterwards."""

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_furnished_company, make_invoice, net
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day
from alarmdesk.messaging.models import Message
from alarmdesk.payments.accounts import entered_later
from alarmdesk.payments.aging import Aging
from alarmdesk.payments.allocating import allocate
from alarmdesk.payments.crediting import Destination, Order, make_credit
from alarmdesk.payments.letters import deliver_all
from alarmdesk.payments.models import Statement
from alarmdesk.payments.queries import on_account
from alarmdesk.payments.refunding import refund
from alarmdesk.payments.statement_paper import pdf
from alarmdesk.payments.statement_runs import Order as Ordered
from alarmdesk.payments.statement_runs import open_order, work
from alarmdesk.payments.statements import NotStatable, Period, make_statement
from alarmdesk.payments.testing import make_cash_payment
from tests.payments.conftest import NOON
from tests.payments.test_taking import TODAY

DAY = dt.timedelta(days=1)
OPEN, FORWARD = Statement.Kind.OPEN_ITEM, Statement.Kind.FORWARD


@pytest.fixture
def shop() -> Any:
    with clock.hold(NOON):
        yield make_furnished_company()


@pytest.fixture
def nora(shop: Company) -> Customer:
    """100.00 of 40 days ago of which 30.00 is credited, 50.00 of 10 days ago that is paid, 20.00 of cash left over."""
    with inside(shop):
        customer = make_billed_customer(state="")
        old = bill(customer, 40, "100.00")
        paid = bill(customer, 10, "50.00")
        cash = make_cash_payment(customer, "75.00", at=NOON - 5 * DAY)
        allocate(payment=cash, invoice=paid, amount=Decimal("50.00"), at=NOON - 5 * DAY)
    part = {line_of(shop, old): Decimal("30.00")}
    order = Order(old.pk, part, Destination.OFFSET)
    make_credit(shop, order, today=TODAY, now=lambda: NOON - DAY, actor=SYSTEM)
    refund(shop, cash.pk, Decimal("5.00"), today=TODAY, now=lambda: NOON, actor=SYSTEM)
    return customer


def bill(customer: Customer, days_ago: int, price: str) -> Invoice:
    at, on = NOON - days_ago * DAY, TODAY - days_ago * DAY
    return make_invoice(customer, sale_on=on, at=at, term=net(15), lines=[line(price)])


def line_of(shop: Company, invoice: Invoice) -> int:
    with inside(shop):
        return int(invoice.lines.get().pk)


def of(customer: Customer, kind: str, **told: Any) -> Statement:
    period = Period(kind, TODAY - 30 * DAY, TODAY, **told)
    return make_statement(customer, period, today=TODAY, at=NOON)


def test_open_items_are_what_is_due_less_what_is_on_account(shop: Company, nora: Customer) -> None:
    with inside(shop):
        made = of(nora, OPEN)
        assert (made.due, made.credit, made.balance) == (Decimal("70.00"), Decimal("20.00"), Decimal("50.00"))
        assert [(each["what"], each["open"]) for each in made.snapshot["lines"]] == [
            ("Invoice 1", "70.00"), ("Payment 1", "-20.00"),
        ]  # fmt: skip
        assert [Decimal(age) for age in made.snapshot["ages"]] == [0, 0, 70, 0, 0, 0]
        with_paid = of(nora, OPEN, includes_paid=True, includes_credits=False)
        assert [each["what"] for each in with_paid.snapshot["lines"]] == ["Invoice 1", "Invoice 2"]
        assert (with_paid.balance, with_paid.number) == (Decimal("70.00"), made.number + 1)


def test_a_balance_forward_is_the_same_balance(shop: Company, nora: Customer) -> None:
    with inside(shop):
        made = of(nora, FORWARD)
        assert (made.snapshot["opening"], made.snapshot["closing"]) == ("100.00", "50.00")
        assert [(each["what"], each["amount"], each["open"]) for each in made.snapshot["lines"]] == [
            ("Invoice 2", "50.00", "150.00"),
            ("Payment 1", "-75.00", "75.00"),
            ("Credit 1", "-30.00", "45.00"),
            ("Refund, Payment 2", "5.00", "50.00"),
        ]
        assert made.balance == Decimal(made.snapshot["closing"])
        assert on_account(nora).total == made.credit
        before = make_statement(nora, Period(FORWARD, TODAY - 30 * DAY, TODAY - 6 * DAY), today=TODAY, at=NOON)
        assert (before.balance, before.snapshot["closing"]) == (Decimal("150.00"), "150.00")


def test_an_invoice_entered_late_bears_its_sale_date_and_the_next_statement_begins_where_the_last_one_ended(
    shop: Company, nora: Customer
) -> None:
    month_end = TODAY - 6 * DAY
    with inside(shop):
        told_then = make_statement(nora, Period(FORWARD, TODAY - 30 * DAY, month_end), today=TODAY, at=NOON)
        late = make_invoice(nora, sale_on=TODAY - 20 * DAY, at=NOON - 3 * DAY, term=net(15), lines=[line("7.00")])
        check = make_cash_payment(nora, "2.00", at=NOON - 2 * DAY, received_on=TODAY - 8 * DAY)
        again = make_statement(nora, Period(FORWARD, TODAY - 30 * DAY, month_end), today=TODAY, at=NOON)
        assert again.snapshot["closing"] == told_then.snapshot["closing"] == "150.00"
        assert entered_later(nora, TODAY - 30 * DAY, month_end) == 2
        after = make_statement(nora, Period(FORWARD, month_end + DAY, TODAY), today=TODAY, at=NOON)
        assert after.snapshot["opening"] == "150.00"
        entered = [day(TODAY - 3 * DAY), day(TODAY - 2 * DAY)]
        assert [(each["what"], each["on"]) for each in after.snapshot["lines"]] == [
            (f"{late}, entered {entered[0]}", str(TODAY - 20 * DAY)),
            (f"{check}, entered {entered[1]}", str(TODAY - 8 * DAY)),
            ("Payment 1", str(TODAY - 5 * DAY)),
            ("Credit 1", str(TODAY)),
            ("Refund, Payment 2", str(TODAY)),
        ]
        whole = of(nora, OPEN)
        assert (after.snapshot["closing"], after.balance) == ("55.00", whole.balance)
        (aged,) = Aging(TODAY, is_today=False, only=(nora.pk,))
        assert aged.total == whole.due
        assert [str(age) for age in aged.ages] == whole.snapshot["ages"]
        within = of(nora, FORWARD)
        assert (f"{late}", str(TODAY - 20 * DAY)) in [(each["what"], each["on"]) for each in within.snapshot["lines"]]


def test_a_payment_that_was_scheduled_counts_from_its_day(shop: Company, nora: Customer) -> None:
    with inside(shop):
        make_cash_payment(nora, "30.00", at=NOON - 20 * DAY, received_on=TODAY - 2 * DAY)
        before = make_statement(nora, Period(FORWARD, TODAY - 30 * DAY, TODAY - 6 * DAY), today=TODAY, at=NOON)
        assert (before.balance, before.snapshot["closing"]) == (Decimal("150.00"), "150.00")
        assert of(nora, FORWARD).balance == Decimal("20.00")


def test_it_stays_as_it_was_whatever_comes(shop: Company, nora: Customer) -> None:
    with inside(shop):
        made = of(nora, OPEN)
        kept = dict(made.snapshot)
        nora.last_name, nora.business_name = "Whitfield-Lee", "Lee Ltd"
        nora.save(update_fields=["last_name", "business_name"])
        bill(nora, 0, "999.00")
        assert Statement.objects.get(pk=made.pk).snapshot == kept
        for change in (lambda: Statement.objects.update(balance=0), lambda: Statement.objects.all().delete()):
            with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
                change()
        assert pdf(made, shop)[:5] == b"%PDF-"
        assert pdf(made, shop) == pdf(Statement.objects.get(pk=made.pk), shop)


def test_a_period_that_cannot_be_is_refused(shop: Company, nora: Customer) -> None:
    with inside(shop):
        for first, last in ((TODAY, TODAY - DAY), (TODAY, TODAY + DAY), (dt.date(1999, 12, 31), TODAY)):
            with pytest.raises(NotStatable):
                make_statement(nora, Period(OPEN, first, last), today=TODAY, at=NOON)
        assert not Statement.objects.exists()


def ordered(**more: Any) -> Ordered:
    return Ordered(Period(OPEN, TODAY - 30 * DAY, TODAY), **more)


def opened(shop: Company, order: Ordered) -> tuple[Run, bool]:
    with inside(shop):
        return open_order(shop, order, today=TODAY, at=NOON, by="Rosa")


def test_for_all_who_owe_enough_each_once_however_often_it_is_started(shop: Company, nora: Customer) -> None:
    with inside(shop):
        others = [make_billed_customer(state="") for _ in range(4)]
        for place, customer in enumerate(others, start=1):
            bill(customer, 40, f"{place * 10}.00")
    run, is_new = opened(shop, ordered(over=Decimal("20.00"), mails=True))
    again, is_newer = opened(shop, ordered(over=Decimal("20.00"), mails=True))
    assert (run.pk == again.pk, is_new, is_newer) == (True, True, False)
    wrong = list[BaseException]()

    def one() -> None:
        try:
            work(shop, run.pk, now=lambda: NOON, actor=SYSTEM)
        except BaseException as error:  # noqa: BLE001
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert work(shop, run.pk, now=lambda: NOON, actor=SYSTEM) == 0
    assert wrong == []
    with inside(shop):
        made = Statement.objects.order_by("number")
        assert {each.customer_id for each in made} == {nora.pk, *(each.pk for each in others[1:])}
        assert [each.number for each in made] == [1, 2, 3, 4]
        done = Run.objects.get(pk=run.pk)
        assert (done.state, done.counts["statements"], done.counts["mails"]) == ("finished", 4, 4)
        assert Message.objects.filter(kind="statement").count() == 4


def test_a_killed_run_goes_on_where_it_was(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    from alarmdesk.payments import statement_runs

    with inside(shop):
        for _ in range(5):
            bill(make_billed_customer(state=""), 40, "10.00")
    monkeypatch.setattr(statement_runs, "AT_ONCE", 2)
    calls = iter([NOON, NOON, NOON, NOON])  # the clock stops, and the program with it, after the first two
    run, _ = opened(shop, ordered())
    with pytest.raises((StopIteration, RuntimeError)):
        work(shop, run.pk, now=lambda: next(calls), actor=SYSTEM)
    with inside(shop):
        assert Statement.objects.count() == 2
    assert work(shop, run.pk, now=lambda: NOON, actor=SYSTEM) == 3
    with inside(shop):
        assert sorted(Statement.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]
        assert Statement.objects.values("customer").distinct().count() == 5


def test_it_is_mailed_with_its_pdf_and_where_to_pay(shop: Company, nora: Customer, world: Any) -> None:
    from alarmdesk.payments.statement_mail import queue_statement
    from alarmdesk.payments.testing import make_gateway

    make_gateway(shop, world)
    with inside(shop):
        queue_statement(of(nora, OPEN), to="nora@example.com", at=NOON)
    world.clear_mail()
    assert deliver_all(shop, now=lambda: NOON) == 1
    (mail,) = world.mail("nora@example.com")
    assert mail["subject"].endswith("$50.00")
    assert "Balance: $50.00" in mail["text"]
    assert "/pay/" in mail["text"]
