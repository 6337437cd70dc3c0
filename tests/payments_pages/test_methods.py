"""Billing methods get on file by a token alone, and off again."""

from typing import Any

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.models import TrailEntry
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.testing import make_recurring
from alarmdesk.payments.models import BillingMethod, Gateway
from alarmdesk.payments.permissions import billing_methods
from alarmdesk.payments.testing import make_auto_pay, make_bank_token, make_card_token, make_method
from tests.payments_pages.shop import Shop, make_shop, signed_in

VISA = "4111111111111111"


def methods(shop: Shop) -> list[BillingMethod]:
    with inside(shop.company):
        return list(shop.nora.billing_methods.order_by("pk"))


def test_a_card_is_put_on_file_with_its_authorization(shop: Shop, rosa: Client, world: Any) -> None:
    token = make_card_token(world, shop.company, VISA)
    sent = {"token": token, "nickname": "Her own", "agreed": "on"}
    answer = rosa.post(shop.of_nora("billing/card/"), sent, REMOTE_ADDR="203.0.113.9")
    assert (answer.status_code, answer.url) == (302, shop.of_nora("billing/"))
    (method,) = methods(shop)
    assert (str(method), method.nickname, method.is_default) == ("Visa ending 1111", "Her own", True)
    assert (method.expires_on.isoformat(), method.consent_ip) == ("2030-10-31", "203.0.113.9")
    assert "authorize Northgate Security" in method.consent_text
    assert method.consent_at is not None
    page = rosa.get(shop.of_nora("billing/")).content.decode()
    assert "Visa ending 1111" in page
    assert "from 203.0.113.9" in page


def test_no_number_of_a_card_is_kept_anywhere(shop: Shop, rosa: Client, world: Any) -> None:
    token = make_card_token(world, shop.company, VISA)
    rosa.post(shop.of_nora("billing/card/"), {"token": token, "agreed": "on"})
    with inside(shop.company):
        kept = str(list(BillingMethod.objects.values())) + str(list(TrailEntry.objects.values("old", "new")))
    assert VISA not in kept


def test_a_bank_account_needs_its_own_authorization(shop: Shop, rosa: Client, world: Any) -> None:
    token = make_bank_token(world, shop.company)
    refused = rosa.post(shop.of_nora("billing/bank-account/"), {"token": token, "nickname": "House"})
    assert refused.status_code == 422
    assert "The authorization must be agreed to." in refused.content.decode()
    assert 'value="House"' in refused.content.decode()
    assert methods(shop) == []
    assert rosa.post(shop.of_nora("billing/bank-account/"), {"token": token, "agreed": "on"}).status_code == 302
    (method,) = methods(shop)
    assert (method.kind, method.last_four) == ("ach", "3815")
    assert "electronically debit (ACH)" in method.consent_text


def test_what_the_gateway_refuses_is_said_and_what_was_typed_stays(shop: Shop, rosa: Client) -> None:
    answer = rosa.post(shop.of_nora("billing/card/"), {"token": "made-up", "nickname": "Her own", "agreed": "on"})
    assert answer.status_code == 422
    assert "Token" in answer.content.decode()
    assert 'value="Her own"' in answer.content.decode()
    assert methods(shop) == []


def test_a_silent_gateway_saves_nothing(shop: Shop, rosa: Client, world: Any) -> None:
    token = make_card_token(world, shop.company, VISA)
    world.fault("drop_before", path="transact", times=1)
    answer = rosa.post(shop.of_nora("billing/card/"), {"token": token, "agreed": "on"})
    assert "The gateway did not answer. Nothing was saved." in answer.content.decode()
    assert methods(shop) == []


def test_wrong_credentials_are_told_as_such(shop: Shop, rosa: Client, world: Any) -> None:
    with inside(shop.company):
        Gateway.objects.update(credentials={"security_key": "wrong"})
    token = make_card_token(world, shop.company, VISA)
    answer = rosa.post(shop.of_nora("billing/card/"), {"token": token, "agreed": "on"})
    assert "Invalid credentials" in answer.content.decode()


def test_without_a_gateway_the_page_says_so(shop: Shop, rosa: Client) -> None:
    with inside(shop.company):
        Gateway.objects.update(is_active=False)
    assert "No processing gateway is set up" in rosa.get(shop.of_nora("billing/card/")).content.decode()
    assert "Manual billing" in rosa.get(shop.of_nora("billing/new/")).content.decode()


def test_only_the_page_with_hosted_fields_admits_the_gateway(shop: Shop, rosa: Client, world: Any) -> None:
    policy = rosa.get(shop.of_nora("billing/card/")).headers["Content-Security-Policy"]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["script-src"] == f"'self' {world.http}"
    assert parts["frame-src"] == f"'self' {world.http}"
    assert policy.count(world.http) == 2
    assert world.http not in rosa.get(shop.of_nora("billing/")).headers["Content-Security-Policy"]


def test_our_page_has_no_box_for_a_card_number(shop: Shop, rosa: Client) -> None:
    page = rosa.get(shop.of_nora("billing/card/")).content.decode()
    assert 'name="token"' in page
    assert 'name="ccnumber"' not in page
    assert 'autocomplete="cc-' not in page


def test_manual_billing_is_a_method_too(shop: Shop, rosa: Client) -> None:
    rosa.post(shop.of_nora("billing/manual/"), {"nickname": "Check by mail"})
    (method,) = methods(shop)
    assert (str(method), method.is_processable) == ("Check by mail", False)


def test_another_method_becomes_the_default(shop: Shop, rosa: Client) -> None:
    """The one that recurring billing begins with (F33)."""
    with inside(shop.company):
        first, second = make_method(shop.nora), make_method(shop.nora)
    assert rosa.get(shop.url(f"billing-methods/{second.pk}/default/")).status_code == 405
    rosa.post(shop.url(f"billing-methods/{second.pk}/default/"))
    assert [(method.pk, method.is_default) for method in methods(shop)] == [(first.pk, False), (second.pk, True)]


def test_a_method_is_removed_after_a_question(shop: Shop, rosa: Client) -> None:
    with inside(shop.company):
        method = make_method(shop.nora)
    url = shop.url(f"billing-methods/{method.pk}/remove/")
    assert "Remove Visa ending 1111?" in rosa.get(url).content.decode()
    assert methods(shop)[0].removed_at is None
    assert rosa.post(url).status_code == 302
    assert methods(shop)[0].removed_at is not None
    assert rosa.get(url).status_code == 404


def test_a_method_of_auto_pay_stays(shop: Shop, rosa: Client) -> None:
    with inside(shop.company):
        method = make_method(shop.nora)
        recurring = make_recurring(shop.nora)
        make_auto_pay(recurring, method)
    answer = rosa.post(shop.url(f"billing-methods/{method.pk}/remove/"))
    assert answer.status_code == 422
    assert "Auto Pay draws on Visa ending 1111" in answer.content.decode()
    assert methods(shop)[0].removed_at is None
    assert f"/recurring/{recurring.pk}/" in rosa.get(shop.of_nora("billing/")).content.decode()


@pytest.mark.parametrize("path", ["", "new/", "card/", "bank-account/", "manual/"])
def test_a_rivals_customer_is_not_there(shop: Shop, rosa: Client, world: Any, path: str) -> None:
    rival = make_shop(world)
    assert rosa.get(shop.url(f"customers/{rival.nora.pk}/billing/{path}")).status_code == 404
    assert rosa.get(rival.of_nora(f"billing/{path}")).status_code == 404


def test_seeing_methods_is_not_changing_them(shop: Shop) -> None:
    with inside(shop.company):
        method = make_method(shop.nora)
    viewer = signed_in(make_staff(shop.company, billing_methods.view))
    page = viewer.get(shop.of_nora("billing/"))
    assert page.status_code == 200
    assert "Add billing method" not in page.content.decode()
    assert "Make default" not in page.content.decode()
    changes = (shop.of_nora("billing/card/"), shop.of_nora("billing/manual/"))
    for path in (*changes, shop.url(f"billing-methods/{method.pk}/remove/")):
        assert viewer.post(path).status_code == 403
    assert signed_in(make_staff(shop.company)).get(shop.of_nora("billing/")).status_code == 403
