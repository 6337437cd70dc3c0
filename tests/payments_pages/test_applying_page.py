"""Manage Payments On Invoice, and its mirror on the payment's page: who pays what is put right by hand (F43)."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.testing import line, make_invoice
from alarmdesk.payments.allocating import allocate
from alarmdesk.payments.models import Allocation, Payment
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.testing import make_cash_payment
from tests.payments_pages.shop import Shop, make_shop, signed_in


@pytest.fixture
def cash(shop: Shop) -> Payment:
    with inside(shop.company):
        return make_cash_payment(shop.nora, "30.00")


@pytest.fixture
def check(shop: Shop) -> Payment:
    with inside(shop.company):
        return make_cash_payment(shop.nora, "60.00", method="check")


def page_of(shop: Shop, path: str = "") -> str:
    return shop.url(f"invoices/{shop.invoice.pk}/payments/{path}")


def save(office: Client, url: str, seen: str = "-", **typed: str) -> Any:
    rows: dict[str, str] = {}
    for name, amount in typed.items():
        pk = name.removeprefix("of_")
        rows |= {f"on-{pk}": "on", f"amount-{pk}": amount}
    return office.post(url, {"seen": seen, **rows})


def row(thing: Payment | Invoice) -> str:
    return f"of_{thing.pk}"


def due(shop: Shop, invoice: Invoice | None = None) -> Decimal:
    with inside(shop.company):
        return Invoice.objects.get(pk=(invoice or shop.invoice).pk).due


def left(shop: Shop, payment: Payment) -> Decimal:
    with inside(shop.company):
        return Payment.objects.get(pk=payment.pk).unapplied


def test_payments_with_something_left_are_offered(shop: Shop, rosa: Client, cash: Payment, check: Payment) -> None:
    with inside(shop.company):
        other = make_invoice(shop.nora, lines=[line("30.00")])
        allocate(payment=cash, invoice=other, amount=Decimal("30.00"), at=cash.created_at)
    page = rosa.get(page_of(shop)).content.decode()
    assert f'name="amount-{check.pk}"' in page
    assert f'name="amount-{cash.pk}"' not in page
    assert shop.of_nora(f"payments/take/?invoice={shop.invoice.pk}") in page


def test_parts_are_applied_and_taken_back(shop: Shop, rosa: Client, cash: Payment, check: Payment) -> None:
    answer = save(rosa, page_of(shop), **{row(cash): "10", row(check): "$5.50"})
    assert answer.url == shop.url(f"invoices/{shop.invoice.pk}/")
    assert due(shop) == shop.invoice.total - Decimal("15.50")
    assert (left(shop, cash), left(shop, check)) == (Decimal("20.00"), Decimal("54.50"))
    seen = f"{cash.pk}:10.00,{check.pk}:5.50"
    save(rosa, page_of(shop), seen, **{row(check): "7"})
    assert due(shop) == shop.invoice.total - Decimal("7.00")
    assert left(shop, cash) == Decimal("30.00")
    with inside(shop.company):
        assert Allocation.objects.filter(reverses__isnull=False, payment=cash).count() == 1


def test_a_tick_alone_takes_what_there_is_room_for(shop: Shop, rosa: Client, cash: Payment, check: Payment) -> None:
    save(rosa, page_of(shop), **{row(cash): "", row(check): ""})
    assert due(shop) == 0
    assert left(shop, cash) == 0
    assert left(shop, check) == Decimal("90.00") - shop.invoice.total


def test_save_and_stay_stays(shop: Shop, rosa: Client, cash: Payment) -> None:
    sent = {"seen": "-", f"on-{cash.pk}": "on", f"amount-{cash.pk}": "1", "stay": "1"}
    answer: Any = rosa.post(page_of(shop), sent)
    assert answer.url == page_of(shop)


@pytest.mark.parametrize(
    ("amount", "says"),
    [("31", "Only $30.00 can be applied."), ("-1", "Write an amount, or nothing."), ("x", "Write an amount, such as")],
)
def test_nonsense_is_refused_beside_the_box(shop: Shop, rosa: Client, cash: Payment, amount: str, says: str) -> None:
    answer = save(rosa, page_of(shop), **{row(cash): amount})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert f'value="{amount}"' in answer.content.decode()
    assert due(shop) == shop.invoice.total


def test_more_than_the_invoice_is_refused_as_a_whole(shop: Shop, rosa: Client, cash: Payment, check: Payment) -> None:
    page = save(rosa, page_of(shop), **{row(cash): "30", row(check): "30"}).content.decode()
    assert "more than the invoice&#x27;s total" in page
    assert due(shop) == shop.invoice.total


def test_an_amount_without_its_tick_is_not_guessed_at(shop: Shop, rosa: Client, cash: Payment) -> None:
    page = rosa.post(page_of(shop), {"seen": "-", f"amount-{cash.pk}": "5"}).content.decode()
    assert "Tick the row to apply this amount." in page
    assert due(shop) == shop.invoice.total


def test_another_windows_change_is_not_written_over(shop: Shop, rosa: Client, cash: Payment, check: Payment) -> None:
    save(rosa, page_of(shop), **{row(cash): "10"})
    refused = save(rosa, page_of(shop), **{row(check): "5"})
    assert refused.status_code == 422
    assert "Somebody else changed what is applied" in refused.content.decode()
    assert due(shop) == shop.invoice.total - Decimal("10.00")
    assert save(rosa, page_of(shop), **{row(cash): "10"}).status_code == 302


def test_the_mirror_spreads_one_payment_over_invoices(shop: Shop, rosa: Client, check: Payment) -> None:
    with inside(shop.company):
        other = make_invoice(shop.nora, lines=[line("50.00")])
    url = shop.url(f"payments/{check.pk}/apply/")
    assert "Apply to invoices" in rosa.get(shop.url(f"payments/{check.pk}/")).content.decode()
    save(rosa, url, **{row(shop.invoice): "20", row(other): "40"})
    assert (due(shop), due(shop, other)) == (shop.invoice.total - Decimal("20.00"), Decimal("10.00"))
    assert left(shop, check) == 0
    refused = save(rosa, url, f"{shop.invoice.pk}:20.00,{other.pk}:40.00", **{row(other): "50.01"})
    assert "Only $50.00 can be applied." in refused.content.decode()
    save(rosa, url, f"{shop.invoice.pk}:20.00,{other.pk}:40.00")
    assert left(shop, check) == Decimal("60.00")


def test_the_sums_follow_the_typing(shop: Shop, rosa: Client, cash: Payment) -> None:
    said = rosa.post(page_of(shop, "sums/"), {f"on-{cash.pk}": "on", f"amount-{cash.pk}": "12"}).content.decode()
    assert "$12.00" in said
    assert f"${shop.invoice.total - 12}" in said


def test_managing_takes_a_grant_and_a_rival_finds_nothing(shop: Shop, cash: Payment, world: Any) -> None:
    clerk = signed_in(make_staff(shop.company, payments.view, payments.create))
    assert save(clerk, page_of(shop), **{row(cash): "1"}).status_code == 403
    rival = make_shop(world)
    assert save(signed_in(rival.rosa), page_of(shop), **{row(cash): "1"}).status_code == 404
    theirs = rival.url(f"invoices/{rival.invoice.pk}/payments/")
    assert save(signed_in(rival.rosa), theirs, **{row(cash): "1"}).status_code == 302
    assert left(shop, cash) == Decimal("30.00")


def test_the_invoices_page_leads_there(shop: Shop, rosa: Client, cash: Payment) -> None:
    assert page_of(shop) in rosa.get(shop.url(f"invoices/{shop.invoice.pk}/")).content.decode()
    viewer = signed_in(make_staff(shop.company, payments.view, invoices.view))
    assert page_of(shop) not in viewer.get(shop.url(f"invoices/{shop.invoice.pk}/")).content.decode()
