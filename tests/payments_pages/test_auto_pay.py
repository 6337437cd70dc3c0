"""A recurring invoice is enrolled in Auto Pay, charged to another method, and taken out of it."""

import datetime as dt
from typing import Any

from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.invoicing.permissions import recurring as recurring_invoices
from alarmdesk.invoicing.testing import make_recurring, mmr, net
from alarmdesk.lib import clock
from alarmdesk.payments.models import AutoPay
from alarmdesk.payments.testing import TEST_ACCOUNT, make_auto_pay, make_method
from tests.payments_pages.shop import Shop, make_shop, signed_in


def running(shop: Shop) -> list[tuple[int, int, bool]]:
    with inside(shop.company):
        rows = AutoPay.objects.filter(ended_at=None).order_by("pk")
        return list(rows.values_list("recurring_invoice_id", "billing_method_id", "email_on_attempt"))


def typed(shop: Shop, **fields: str) -> dict[str, str]:
    """The form of a recurring invoice as Rosa sends it."""
    with inside(shop.company):
        item, term = mmr(), net(15)
    line = {"line-0-item": item.pk, "line-0-quantity": "1", "line-0-unit_price": "39.95", "line-0-description": "MMR"}
    tomorrow = shop.company.local_date(clock.now()) + dt.timedelta(days=1)
    head = {"anchor_on": tomorrow.isoformat(), "every": "1", "unit": "month", "times": "36", "term": str(term.pk)}
    return {"line": "0", **head, **{name: str(value) for name, value in line.items()}, **fields}


def test_choosing_a_billing_method_enrols(shop: Shop, rosa: Client) -> None:
    with inside(shop.company):
        visa = make_method(shop.nora)
    page = rosa.get(shop.of_nora("recurring/new/auto-pay/")).content.decode()
    assert "Email On Attempted Processing" in page
    assert "Visa ending 1111, default" in page
    answer = rosa.post(
        shop.of_nora("recurring/new/auto-pay/"), typed(shop, billing_method=str(visa.pk), email_on_attempt="on")
    )
    with inside(shop.company):
        recurring = RecurringInvoice.objects.get()
    assert answer.url == shop.url(f"recurring/{recurring.pk}/")
    assert running(shop) == [(recurring.pk, visa.pk, True)]


def test_a_blank_billing_method_is_never_charged(shop: Shop, rosa: Client) -> None:
    rosa.post(shop.of_nora("recurring/new/auto-pay/"), typed(shop, billing_method=""))
    with inside(shop.company):
        assert RecurringInvoice.objects.count() == 1
    assert running(shop) == []


def test_mail_after_an_attempt_needs_a_method(shop: Shop, rosa: Client) -> None:
    answer = rosa.post(shop.of_nora("recurring/new/auto-pay/"), typed(shop, email_on_attempt="on"))
    assert answer.status_code == 422
    assert "Choose a billing method first" in answer.content.decode()


def test_the_card_beside_a_recurring_invoice_tells_and_changes(shop: Shop, rosa: Client) -> None:
    with inside(shop.company):
        visa, account = make_method(shop.nora), make_method(shop.nora, TEST_ACCOUNT)
        recurring = make_recurring(shop.nora)
    page = shop.url(f"recurring/{recurring.pk}/")
    assert "Off: invoices are sent, not charged." in rosa.get(page).content.decode()
    rosa.post(shop.url(f"recurring/{recurring.pk}/auto-pay/"), {"method": visa.pk})
    assert "<strong>Visa ending 1111</strong>" in rosa.get(page).content.decode()
    rosa.post(shop.url(f"recurring/{recurring.pk}/auto-pay/"), {"method": account.pk, "email_on_attempt": "on"})
    assert running(shop) == [(recurring.pk, account.pk, True)]


def test_ending_auto_pay_is_asked_first_and_keeps_who_did_it(shop: Shop, rosa: Client) -> None:
    with inside(shop.company):
        recurring = make_recurring(shop.nora)
        make_auto_pay(recurring, make_method(shop.nora))
    url = shop.url(f"recurring/{recurring.pk}/auto-pay/end/")
    assert "is not charged for them any more" in rosa.get(url).content.decode()
    assert len(running(shop)) == 1
    rosa.post(url)
    assert running(shop) == []
    with inside(shop.company):
        assert AutoPay.objects.get().ended_by == "Rosa Calderon"


def test_a_rivals_recurring_invoice_is_not_there(shop: Shop, world: Any) -> None:
    with inside(shop.company):
        recurring = make_recurring(shop.nora)
        make_auto_pay(recurring, make_method(shop.nora))
    rival = make_shop(world)
    theirs = signed_in(rival.rosa)
    for path in ("auto-pay/", "auto-pay/end/"):
        assert theirs.post(shop.url(f"recurring/{recurring.pk}/{path}")).status_code == 404
        assert theirs.post(rival.url(f"recurring/{recurring.pk}/{path}")).status_code == 404
    assert len(running(shop)) == 1


def test_auto_pay_takes_a_grant_of_its_own(shop: Shop) -> None:
    with inside(shop.company):
        recurring = make_recurring(shop.nora)
    seller = signed_in(make_staff(shop.company, recurring_invoices.view, recurring_invoices.modify))
    assert seller.get(shop.url(f"recurring/{recurring.pk}/auto-pay/")).status_code == 403
    assert "Set up Auto Pay" not in seller.get(shop.url(f"recurring/{recurring.pk}/")).content.decode()
