"""What happens when one person pays now? The simulator's statement is the judge."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments.attempts import InsideTransaction
from alarmdesk.payments.gateways.port import BadCredentials
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.models import Attempt, BillingMethod, Gateway, Payment
from alarmdesk.payments.taking import Declined, InProgress, MethodUnusable, NothingDue, Wish, take_payment
from alarmdesk.payments.testing import make_card_token, make_method, merchant_of
from simulators.nmi.rules import card_answering
from tests.payments.dialects import both_dialects, fault

TODAY = dt.date(2026, 3, 2)
NORA = Actor("holder", "Nora Whitfield")
HOURS = dt.timedelta(hours=1)


def pay(company: Company, invoices: list[Invoice], method: BillingMethod, receipt_to: str = "") -> Payment:
    wish = Wish(method.customer_id, method.pk, [invoice.pk for invoice in invoices], receipt_to)
    return take_payment(company, wish, today=TODAY, now=clock.now, actor=NORA)


def bill(company: Company, token: str | None = None, invoices: int = 1) -> tuple[list[Invoice], BillingMethod]:
    """A customer of the shop with a card and invoices of 39.95."""
    with inside(company):
        customer = make_billed_customer(state="")
        method = make_method(customer, **({"token": token} if token else {}))
        return [make_invoice(customer) for _ in range(invoices)], method


def sales(world: Any, company: Company) -> list[Decimal]:
    """What the gateway says that it drew."""
    return [
        Decimal(str(row["amount"]))
        for row in world.statement(merchant_of(company))["transactions"]
        if row["type"] == "sale" and row["status"] in ("pending", "settled")
    ]


def fresh(company: Company, invoice: Invoice) -> Invoice:
    with inside(company):
        return Invoice.objects.get(pk=invoice.pk)


def test_two_ticked_invoices_are_paid_by_one_charge(shop: Company, world: Any) -> None:
    invoices, method = bill(shop, invoices=2)
    payment = pay(shop, invoices, method, receipt_to="nora@example.com")
    assert payment.status == Payment.Status.PENDING
    assert payment.amount == Decimal("79.90")
    assert sales(world, shop) == [Decimal("79.90")]
    assert [fresh(shop, invoice).due for invoice in invoices] == [0, 0]
    with inside(shop):
        assert shop.messages.get(kind="receipt", about_id=payment.pk).to == "nora@example.com"
        assert BillingMethod.objects.get(pk=method.pk).initial_transaction_id


def test_a_declined_card_moves_nothing_and_the_refusal_is_on_record(shop: Company, world: Any) -> None:
    token = make_card_token(world, shop, card_answering(202))
    (invoice,), method = bill(shop, token)
    with pytest.raises(Declined):
        pay(shop, [invoice], method)
    assert sales(world, shop) == []
    assert fresh(shop, invoice).due == invoice.total
    with inside(shop):
        attempt = Attempt.objects.get()
        assert attempt.state == Attempt.State.DECLINED
        assert attempt.message
        assert not invoice.plans.filter(is_live=True).exists()


def test_an_invoice_paid_already_is_not_charged(shop: Company, world: Any) -> None:
    (invoice,), method = bill(shop)
    pay(shop, [invoice], method)
    with pytest.raises(NothingDue):
        pay(shop, [invoice], method)
    assert len(sales(world, shop)) == 1


def test_a_neighbours_method_and_a_strangers_invoice_are_refused(shop: Company, world: Any) -> None:
    (invoice,), _ = bill(shop)
    _, others_method = bill(shop)
    wish = Wish(invoice.customer_id, others_method.pk, [invoice.pk])
    with pytest.raises(MethodUnusable):
        take_payment(shop, wish, today=TODAY, now=clock.now, actor=NORA)
    with pytest.raises(NothingDue):
        pay(shop, [invoice], others_method)
    assert sales(world, shop) == []


def test_a_kind_of_method_that_the_gateway_is_switched_off_for_is_not_charged(shop: Company, world: Any) -> None:
    (invoice,), method = bill(shop)
    with inside(shop):
        Gateway.objects.update(takes_cards=False)
    with pytest.raises(MethodUnusable, match="not set up"):
        pay(shop, [invoice], method)
    assert sales(world, shop) == []


def test_a_charge_refuses_to_start_inside_a_transaction(shop: Company) -> None:
    (invoice,), method = bill(shop)
    with pytest.raises(InsideTransaction), transaction.atomic():
        pay(shop, [invoice], method)


@both_dialects
def test_a_lost_answer_blocks_the_invoice_until_the_gateway_has_been_asked(
    shop: Company, world: Any, dialect: str
) -> None:
    (invoice,), method = bill(shop)
    fault(world, dialect, "drop_after", "sale", times=1)
    payment = pay(shop, [invoice], method)
    assert payment.status == Payment.Status.UNKNOWN
    with pytest.raises(InProgress):
        pay(shop, [invoice], method)
    with clock.hold(clock.now() + HOURS):
        resolve_unknown(shop, now=clock.now)
    assert fresh(shop, invoice).due == 0
    assert sales(world, shop) == [invoice.total]


@both_dialects
def test_a_charge_that_never_arrived_is_given_up_after_an_hour_and_not_before(
    shop: Company, world: Any, dialect: str
) -> None:
    (invoice,), method = bill(shop)
    fault(world, dialect, "drop_before", "sale", times=1)
    assert pay(shop, [invoice], method).status == Payment.Status.UNKNOWN
    with clock.hold(clock.now() + dt.timedelta(minutes=30)):
        resolve_unknown(shop, now=clock.now)
        with pytest.raises(InProgress):
            pay(shop, [invoice], method)
    with clock.hold(clock.now() + 3 * HOURS):
        resolve_unknown(shop, now=clock.now)
        assert pay(shop, [invoice], method).status == Payment.Status.PENDING
    assert sales(world, shop) == [invoice.total]


def test_a_repeat_that_the_gateway_takes_for_a_duplicate_is_not_counted_as_paid(shop: Company, world: Any) -> None:
    invoices, method = bill(shop, invoices=2)
    pay(shop, invoices[:1], method)
    with pytest.raises(Declined, match="repeat of an equal charge"):
        pay(shop, invoices[1:], method)
    assert sales(world, shop) == [invoices[0].total]
    assert fresh(shop, invoices[1]).due == invoices[1].total


@both_dialects
def test_fifty_clicks_on_pay_at_once_make_one_charge(shop: Company, world: Any) -> None:
    (invoice,), method = bill(shop)
    world.latency(0.2)
    now = clock.now()

    def click(_: int) -> str:
        try:
            with clock.hold(now):
                return pay(shop, [invoice], method).status
        except (InProgress, NothingDue) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as clicks:
        answers = list(clicks.map(click, range(50)))
    assert answers.count("pending") == 1
    assert set(answers) <= {"pending", "InProgress", "NothingDue"}
    assert sales(world, shop) == [invoice.total]
    assert fresh(shop, invoice).due == 0


def test_wrong_credentials_are_told_in_plain_words_and_leave_the_invoice_due(shop: Company, world: Any) -> None:
    (invoice,), method = bill(shop)
    with inside(shop):
        gateway = Gateway.objects.get()
        gateway.credentials = {"security_key": "wrong"}
        gateway.save()
    with pytest.raises((Declined, BadCredentials), match="Invalid credentials"):
        pay(shop, [invoice], method)
    assert fresh(shop, invoice).due == invoice.total
    with inside(shop):
        assert not invoice.plans.filter(is_live=True).exists()
