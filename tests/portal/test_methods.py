"""A holder keeps the ways to pay up to date."""

from typing import Any

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED
from alarmdesk.invoicing.testing import make_billed_customer, make_recurring
from alarmdesk.payments.methods import add_manual
from alarmdesk.payments.models import AutoPay, BillingMethod
from alarmdesk.payments.testing import make_auto_pay, make_bank_token, make_card_token, make_method
from tests.payments_pages.shop import Shop

VISA = "4111111111111111"


def methods(shop: Shop) -> list[BillingMethod]:
    with inside(shop.company):
        return list(shop.nora.billing_methods.order_by("pk"))


def test_a_card_is_added_on_the_way_to_paying(shop: Shop, nora: Client, world: Any) -> None:
    token = make_card_token(world, shop.company, VISA)
    back = shop.url(f"portal/pay/?invoice={shop.invoice.pk}")
    answer = nora.post(shop.url("portal/methods/card/"), {"token": token, "agreed": "on"}, query_params={"next": back})
    assert answer.url == back
    (method,) = methods(shop)
    assert (str(method), method.created_by) == ("Visa ending 1111", "Nora Whitfield")
    assert method.consent_text.startswith("I, Nora Whitfield, authorize Northgate Security")


def test_a_bank_account_is_added(shop: Shop, nora: Client, world: Any) -> None:
    token = make_bank_token(world, shop.company)
    assert "electronically debit (ACH)" in nora.get(shop.url("portal/methods/bank-account/")).content.decode()
    answer = nora.post(shop.url("portal/methods/bank-account/"), {"token": token, "agreed": "on"})
    assert answer.url == shop.url("portal/methods/")
    assert [method.kind for method in methods(shop)] == ["ach"]


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/another/portal/"])
def test_the_way_back_stays_in_this_portal(shop: Shop, nora: Client, world: Any, wanted: str) -> None:
    token = make_card_token(world, shop.company, VISA)
    answer = nora.post(
        shop.url("portal/methods/card/"), {"token": token, "agreed": "on"}, query_params={"next": wanted}
    )
    assert answer.url == shop.url("portal/methods/")


def test_only_the_page_with_hosted_fields_admits_the_gateway(shop: Shop, nora: Client, world: Any) -> None:
    policy = nora.get(shop.url("portal/methods/card/")).headers["Content-Security-Policy"]
    assert policy.count(world.http) == 2
    assert world.http not in nora.get(shop.url("portal/")).headers["Content-Security-Policy"]


def test_a_method_is_made_the_default_and_another_removed(shop: Shop, nora: Client) -> None:
    with inside(shop.company):
        first, second = make_method(shop.nora), make_method(shop.nora)
    assert nora.post(shop.url(f"portal/methods/{first.pk}/remove/")).status_code == 422
    nora.post(shop.url(f"portal/methods/{second.pk}/default/"))
    assert nora.post(shop.url(f"portal/methods/{first.pk}/remove/")).status_code == 302
    with inside(shop.company):
        left = shop.nora.billing_methods.get(removed_at=None)
    assert (left.pk, left.is_default) == (second.pk, True)


def test_auto_pay_is_told_and_ended(shop: Shop, nora: Client) -> None:
    with inside(shop.company):
        enrolled = make_auto_pay(make_recurring(shop.nora), make_method(shop.nora))
    page = nora.get(shop.url("portal/methods/")).content.decode()
    assert "<strong>Visa ending 1111</strong> pays each invoice of" in page
    refused = nora.post(shop.url(f"portal/methods/{enrolled.billing_method_id}/remove/"))
    assert "Auto Pay draws on Visa ending 1111" in refused.content.decode()
    assert nora.post(shop.url(f"portal/auto-pay/{enrolled.pk}/end/")).status_code == 302
    with inside(shop.company):
        ended = AutoPay.objects.get()
    assert (ended.ended_at is not None, ended.ended_by) == (True, "Nora Whitfield")


def test_manual_billing_is_the_offices(shop: Shop, nora: Client) -> None:
    with inside(shop.company):
        manual = add_manual(customer=shop.nora, nickname="Check by mail", at=OPENED, by="Rosa Calderon")
    assert "Check by mail" not in nora.get(shop.url("portal/methods/")).content.decode()
    assert nora.post(shop.url(f"portal/methods/{manual.pk}/remove/")).status_code == 404


def test_a_neighbours_method_is_not_there(shop: Shop, nora: Client) -> None:
    with inside(shop.company):
        other = make_billed_customer(first_name="Omar", last_name="Reyes")
        card = make_method(other)
        enrolled = make_auto_pay(make_recurring(other), card)
    for path in (f"methods/{card.pk}/default/", f"methods/{card.pk}/remove/", f"auto-pay/{enrolled.pk}/end/"):
        assert nora.post(shop.url(f"portal/{path}")).status_code == 404
    with inside(shop.company):
        assert AutoPay.objects.get().ended_at is None
