"""The company's account at the gateway is set up, kept secret and tested."""

from typing import Any

from django.db import connection
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.payments.models import Gateway
from alarmdesk.payments.permissions import gateways
from alarmdesk.payments.testing import make_method
from tests.payments_pages.shop import Shop, make_shop, signed_in

TICKED = {"kind": "nmi", "tokenization_key": "public-2", "takes_cards": "on", "checks_duplicates": "on"}


def gateway(shop: Shop) -> Gateway:
    with inside(shop.company):
        return Gateway.objects.get(is_active=True)


def test_a_blank_security_key_keeps_the_old_one(shop: Shop, rosa: Client) -> None:
    before = gateway(shop).credentials
    assert rosa.post(shop.url("settings/gateway/save/"), {**TICKED, "security_key": ""}).status_code == 302
    after = gateway(shop)
    assert after.credentials == before
    assert (after.tokenization_key, after.takes_cards, after.takes_ach) == ("public-2", True, False)
    assert after.pk == shop.gateway.pk


def test_the_security_key_is_never_shown_and_sealed_at_rest(shop: Shop, rosa: Client) -> None:
    rosa.post(shop.url("settings/gateway/save/"), {**TICKED, "security_key": "brand-new-key"})
    assert gateway(shop).credentials == {"security_key": "brand-new-key"}
    assert "brand-new-key" not in rosa.get(shop.url("settings/gateway/")).content.decode()
    refused = rosa.post(shop.url("settings/gateway/save/"), {"security_key": "brand-new-key"})
    assert refused.status_code == 422
    assert "brand-new-key" not in refused.content.decode()
    with inside(shop.company), connection.cursor() as cursor:
        cursor.execute("select credentials from payments_gateway")
        assert "brand-new-key" not in cursor.fetchone()[0]


def test_the_test_button_tells_good_from_bad(shop: Shop, rosa: Client, world: Any) -> None:
    assert "The connection works" in rosa.post(shop.url("settings/gateway/test/")).content.decode()
    world.fault("drop_before", path="query", times=1)
    assert "The gateway did not answer" in rosa.post(shop.url("settings/gateway/test/")).content.decode()
    rosa.post(shop.url("settings/gateway/save/"), {**TICKED, "security_key": "wrong"})
    assert "Invalid credentials" in rosa.post(shop.url("settings/gateway/test/")).content.decode()
    assert rosa.get(shop.url("settings/gateway/test/")).status_code == 405


def test_a_kind_that_is_switched_off_is_not_offered(shop: Shop, rosa: Client) -> None:
    rosa.post(shop.url("settings/gateway/save/"), TICKED)
    assert shop.of_nora("billing/bank-account/") not in rosa.get(shop.of_nora("billing/new/")).content.decode()
    assert "not set up for bank accounts" in rosa.get(shop.of_nora("billing/bank-account/")).content.decode()


def test_a_company_starts_without_a_gateway(world: Any) -> None:
    shop = make_shop(world)
    with inside(shop.company):
        Gateway.objects.all().delete()
    office = signed_in(shop.rosa)
    assert office.get(shop.url("settings/gateway/")).status_code == 200
    assert office.post(shop.url("settings/gateway/save/"), TICKED).status_code == 422
    assert office.post(shop.url("settings/gateway/save/"), {**TICKED, "security_key": "k"}).status_code == 302
    assert gateway(shop).credentials == {"security_key": "k"}


def test_settings_of_the_gateway_take_grants(shop: Shop, world: Any) -> None:
    viewer = signed_in(make_staff(shop.company, gateways.view))
    page = viewer.get(shop.url("settings/gateway/"))
    assert page.status_code == 200
    assert "Test the connection" not in page.content.decode()
    assert viewer.post(shop.url("settings/gateway/save/"), TICKED).status_code == 403
    assert viewer.post(shop.url("settings/gateway/test/")).status_code == 403
    assert signed_in(make_staff(shop.company)).get(shop.url("settings/gateway/")).status_code == 403
    assert signed_in(make_shop(world).rosa).get(shop.url("settings/gateway/")).status_code == 404


def test_another_gateway_is_another_account_and_the_old_one_is_kept(shop: Shop, rosa: Client, world: Any) -> None:
    with inside(shop.company):
        make_method(shop.nora)
    stripe = {**TICKED, "kind": "stripe", "tokenization_key": "pk_test_1"}
    refused = rosa.post(shop.url("settings/gateway/save/"), {**stripe, "security_key": ""})
    assert refused.status_code == 422
    rosa.post(shop.url("settings/gateway/save/"), {**stripe, "security_key": "sk_test_1", "webhook_key": "whsec_1"})
    new = gateway(shop)
    assert (new.kind, new.credentials) == ("stripe", {"secret_key": "sk_test_1", "webhook_key": "whsec_1"})
    page = rosa.get(shop.url("settings/gateway/")).content.decode()
    assert f"/hooks/{shop.company.slug}/{new.webhook_code}/" in page
    assert "1 billing method is kept at another gateway" in page
    assert "whsec_1" not in page
    assert "on-file-" not in rosa.get(shop.of_nora("payments/take/")).content.decode()
    rosa.post(shop.url("settings/gateway/save/"), {**TICKED, "security_key": ""})
    assert gateway(shop).pk == shop.gateway.pk
    assert "on-file-" in rosa.get(shop.of_nora("payments/take/")).content.decode()


def test_a_webhook_address_stays_when_the_form_is_saved_again(shop: Shop, rosa: Client) -> None:
    rosa.post(shop.url("settings/gateway/save/"), TICKED)
    code = gateway(shop).webhook_code
    assert len(code) >= 24
    rosa.post(shop.url("settings/gateway/save/"), TICKED)
    assert gateway(shop).webhook_code == code
