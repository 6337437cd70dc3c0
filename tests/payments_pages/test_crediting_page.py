"""Credit This Invoice, and which invoices a credit pays: what the office sees, types and is refused."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.documents import facts, with_document
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.testing import line, make_invoice, make_state_tax
from alarmdesk.payments.allocating import allocate
from alarmdesk.payments.models import Payment
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.testing import make_cash_payment
from tests.payments_pages.shop import Shop, make_shop, signed_in


@pytest.fixture
def bill(shop: Shop) -> Invoice:
    """100.00 and 20.00, the first taxed with 8.25 percent."""
    with inside(shop.company):
        make_state_tax("OK")
        return make_invoice(shop.nora, lines=[line("100.00"), line("20.00", tax_rate=Decimal(0))])


def url_of(shop: Shop, invoice: Invoice, path: str = "") -> str:
    return shop.url(f"invoices/{invoice.pk}/credit/{path}")


def typed(shop: Shop, invoice: Invoice, *parts: str, to: str = "offset", **more: str) -> dict[str, str]:
    with inside(shop.company):
        lines = list(invoice.lines.order_by("position").values_list("pk", flat=True))
    boxes = {f"part-{pk}": part for pk, part in zip(lines, parts, strict=True)}
    return {"token": f"token-{invoice.pk}", "destination": to, **boxes, **more}


def now(shop: Shop, thing: Any) -> Any:
    with inside(shop.company):
        return type(thing).objects.get(pk=thing.pk)


def credit(shop: Shop) -> Invoice:
    with inside(shop.company):
        found: Invoice = Invoice.objects.get(type="credit")
        return found


def test_the_form_offers_all_that_is_left_and_says_what_it_does(shop: Shop, rosa: Client, bill: Invoice) -> None:
    page = rosa.get(url_of(shop, bill)).content.decode()
    assert "Credit This Invoice" in rosa.get(shop.url(f"invoices/{bill.pk}/")).content.decode()
    assert re.findall(r'name="part-\d+" value="([\d.]+)"', page) == ["100.00", "20.00"]
    assert "$128.25 is taken off" in page
    said = rosa.post(url_of(shop, bill, "says/"), typed(shop, bill, "40", "")).content.decode()
    assert ("$3.30" in said, "$43.30 is taken off" in said, "$84.95 remains due" in said) == (True, True, True)


def test_a_part_is_credited_and_every_place_says_the_same(shop: Shop, rosa: Client, bill: Invoice) -> None:
    answer: Any = rosa.post(url_of(shop, bill), typed(shop, bill, "$40.00", ""))
    made = credit(shop)
    assert answer.url == shop.url(f"invoices/{made.pk}/")
    assert (made.total, now(shop, bill).due, now(shop, bill).credited) == (
        Decimal("43.30"), Decimal("84.95"), Decimal("43.30"),
    )  # fmt: skip
    for path in (f"invoices/{bill.pk}/", "invoices/"):
        assert "$84.95" in rosa.get(shop.url(path)).content.decode()
    with inside(shop.company):
        sums = facts(with_document(Invoice.objects.all()).get(pk=bill.pk), shop.company)["sums"]
    assert [(each["label"], each["amount"]) for each in sums[-3:]] == [
        ("Paid", "$0.00"), ("Credited", "$43.30"), ("Due", "$84.95"),
    ]  # fmt: skip
    assert "Credited by" in rosa.get(shop.url(f"invoices/{bill.pk}/")).content.decode()


def test_the_same_form_twice_makes_one_credit(shop: Shop, rosa: Client, bill: Invoice) -> None:
    sent = typed(shop, bill, "10", "")
    rosa.post(url_of(shop, bill), sent)
    rosa.post(url_of(shop, bill), sent)
    assert now(shop, bill).credited == Decimal("10.83")


@pytest.mark.parametrize(
    ("first", "says"),
    [
        ("100.01", "Only 100.00 of this line is left to credit."),
        ("-1", "Only 100.00 of this line is left to credit."),
        ("abc", "Write an amount, such as 39.95."),
        ("0.005", "Write at most 2 decimals"),
        ("", "This credits nothing."),
        ("99999999999999", " or less."),
    ],
)
def test_nonsense_is_refused_beside_the_box(shop: Shop, rosa: Client, bill: Invoice, first: str, says: str) -> None:
    answer = rosa.post(url_of(shop, bill), typed(shop, bill, first, "", note="Moved away"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert 'value="Moved away"' in page
    with inside(shop.company):
        assert not Invoice.objects.filter(type="credit").exists()


def test_on_account_it_is_one_figure_with_unapplied_money(shop: Shop, rosa: Client, bill: Invoice) -> None:
    with inside(shop.company):
        make_cash_payment(shop.nora, "30.00")
    rosa.post(url_of(shop, bill), typed(shop, bill, "", "20", to="balance"))
    assert now(shop, bill).due == bill.total
    customer = rosa.get(shop.of_nora()).content.decode()
    assert "Credit on account" in customer
    assert "$50.00" in customer
    tab = rosa.get(shop.of_nora("payments/")).content.decode()
    assert "$30.00 of what this customer paid and $20.00 of credits" in tab


def test_a_credit_is_applied_by_hand_and_to_the_oldest(shop: Shop, rosa: Client, bill: Invoice) -> None:
    rosa.post(url_of(shop, bill), typed(shop, bill, "", "20", to="balance"))
    made = credit(shop)
    page = shop.url(f"credits/{made.pk}/apply/")
    assert "Apply credit to invoices" in rosa.get(page).content.decode()
    over = rosa.post(page, {"seen": "-", f"on-{bill.pk}": "on", f"amount-{bill.pk}": "20.01"})
    assert "more than the credit" in over.content.decode()
    said = rosa.post(page + "sums/", {"seen": "-", f"on-{bill.pk}": "on", f"amount-{bill.pk}": "5"}).content.decode()
    assert "$15.00" in said
    rosa.post(page, {"seen": "-", f"on-{bill.pk}": "on", f"amount-{bill.pk}": "5"})
    assert now(shop, bill).credited == Decimal("5.00")
    rosa.post(page + "oldest/")
    assert now(shop, made).left == 0
    assert now(shop, shop.invoice).credited + now(shop, bill).credited == Decimal("20.00")
    assert "Credit, applied" in rosa.get(shop.url(f"invoices/{made.pk}/")).content.decode()


def test_cash_that_paid_is_handed_back(shop: Shop, rosa: Client, bill: Invoice) -> None:
    with inside(shop.company):
        cash = make_cash_payment(shop.nora, "128.25")
        allocate(payment=cash, invoice=bill, amount=bill.total, at=cash.created_at)
    page = rosa.get(url_of(shop, bill)).content.decode()
    assert "Take off what is due" not in page
    rosa.post(url_of(shop, bill), typed(shop, bill, "", "20", to="refund", payment=str(cash.pk)))
    back = now(shop, cash)
    assert (back.refunded, back.applied, now(shop, bill).due) == (Decimal("20.00"), Decimal("108.25"), 0)
    with inside(shop.company):
        assert Payment.objects.get(kind="refund").amount == Decimal("-20.00")


def test_who_may_what(shop: Shop, rosa: Client, bill: Invoice, world: Any) -> None:
    viewer = signed_in(make_staff(shop.company, invoices.view, payments.view))
    assert viewer.post(url_of(shop, bill), typed(shop, bill, "1", "")).status_code == 403
    writer = signed_in(make_staff(shop.company, invoices.view, invoices.create))
    with inside(shop.company):
        cash = make_cash_payment(shop.nora, "10.00")
        allocate(payment=cash, invoice=bill, amount=Decimal("10.00"), at=cash.created_at)
    assert "Refund a payment" not in writer.get(url_of(shop, bill)).content.decode()
    refused = writer.post(url_of(shop, bill), typed(shop, bill, "1", "", to="refund", payment=str(cash.pk)))
    assert refused.status_code == 422
    assert writer.post(url_of(shop, bill), typed(shop, bill, "1", "")).status_code == 302
    assert writer.get(shop.url(f"credits/{credit(shop).pk}/apply/")).status_code == 403
    rival = make_shop(world)
    assert signed_in(rival.rosa).get(shop.url(f"invoices/{bill.pk}/credit/")).status_code == 404
    assert signed_in(rival.rosa).get(rival.url(f"invoices/{bill.pk}/credit/")).status_code == 404
