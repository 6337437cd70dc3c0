"""The office copies, mails and withdraws pay links; the invoice's own mail carries one."""

import datetime as dt
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff, unique
from alarmdesk.invoicing import letters as invoice_letters
from alarmdesk.invoicing.mail import queue_invoice
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message
from alarmdesk.payments.models import Gateway
from alarmdesk.payments.testing import make_bank_token
from alarmdesk.portal import letters
from alarmdesk.portal.letters import queue_link
from tests.payments_pages.shop import Shop, signed_in

LINK = re.compile(r"http[^\s\"<]+/pay/[^\s\"<]+")


@pytest.fixture
def rosa(shop: Shop) -> Client:
    return signed_in(shop.rosa)


def of_invoice(shop: Shop, verb: str = "") -> str:
    return shop.url(f"invoices/{shop.invoice.pk}/pay-link/{verb}")


def shown_link(rosa: Client, url: str) -> str:
    found = LINK.search(rosa.get(url).content.decode())
    assert found
    return urlsplit(found[0]).path


def test_the_invoice_and_the_customer_offer_their_links(shop: Shop, rosa: Client) -> None:
    assert of_invoice(shop) in rosa.get(shop.url(f"invoices/{shop.invoice.pk}/")).content.decode()
    tab = rosa.get(shop.of_nora("invoices/")).content.decode()
    assert of_invoice(shop) in tab
    assert shop.of_nora("pay-link/") in tab


def test_a_copied_link_opens_the_bill(shop: Shop, rosa: Client) -> None:
    for url in (of_invoice(shop), shop.of_nora("pay-link/")):
        assert "$39.95" in Client().get(shown_link(rosa, url)).content.decode()


def test_a_mailed_link_arrives_with_its_last_day(shop: Shop, rosa: Client, world: Any) -> None:
    to = f"{unique('aunt').lower()}@example.net"
    for url in (of_invoice(shop), shop.of_nora("pay-link/")):
        assert rosa.post(url, {"to": to}).status_code == 302
    letters.deliver_all(shop.company, now=clock.now)
    mails = world.mail(to)
    assert len(mails) == 2
    until = shop.company.local_date(clock.now()) + dt.timedelta(days=60)
    for mail in mails:
        found = LINK.search(mail["text"])
        assert found
        assert f"{until:%b} {until.day}, {until.year}" in mail["text"]
        assert Client().get(urlsplit(found[0]).path).status_code == 200
    with inside(shop.company):
        shop.nora.refresh_from_db()
    assert shop.nora.email != to


def test_an_address_that_is_none_is_refused(shop: Shop, rosa: Client) -> None:
    assert rosa.post(of_invoice(shop), {"to": "aunt"}).status_code == 422
    with inside(shop.company):
        assert not Message.objects.exists()


def test_a_link_to_what_is_paid_is_not_mailed(shop: Shop, rosa: Client) -> None:
    with inside(shop.company):
        Gateway.objects.update(is_active=False)
        queue_link(customer=shop.nora, invoice=shop.invoice, to="aunt@example.net", at=clock.now())
    assert letters.deliver_all(shop.company, now=clock.now) == 0
    with inside(shop.company):
        assert "no payments are taken online" in Message.objects.get().error


def test_withdrawing_is_confirmed_and_ends_the_links(shop: Shop, rosa: Client) -> None:
    link, balance = shown_link(rosa, of_invoice(shop)), shown_link(rosa, shop.of_nora("pay-link/"))
    assert "will not work any more" in rosa.get(of_invoice(shop, "withdraw/")).content.decode()
    assert Client().get(link).status_code == 200
    rosa.post(of_invoice(shop, "withdraw/"))
    assert Client().get(link).status_code == 410
    assert Client().get(balance).status_code == 200
    rosa.post(shop.of_nora("pay-link/withdraw/"))
    assert Client().get(balance).status_code == 410
    assert Client().get(shown_link(rosa, of_invoice(shop))).status_code == 200
    history = rosa.get(shop.of_nora("history/")).content.decode()
    assert "Pay links" in history


def test_who_may_only_look_withdraws_nothing(shop: Shop) -> None:
    clerk = signed_in(make_staff(shop.company, invoices.view))
    assert clerk.get(of_invoice(shop)).status_code == 200
    assert clerk.post(of_invoice(shop, "withdraw/")).status_code == 403


def mailed_invoice(shop: Shop, world: Any) -> str:
    to = f"{unique('nora').lower()}@example.net"
    with inside(shop.company):
        queue_invoice(shop.invoice, to=to, at=clock.now())
    invoice_letters.deliver_all(shop.company, now=clock.now)
    (mail,) = world.mail(to)
    return f"{mail['text']}\n{mail['html']}"


def test_the_mail_of_an_invoice_carries_its_link(shop: Shop, world: Any) -> None:
    found = LINK.findall(mailed_invoice(shop, world))
    assert len(found) == 2
    assert len(set(found)) == 1
    assert "$39.95" in Client().get(urlsplit(found[0]).path).content.decode()


def test_a_dealer_without_a_gateway_promises_nothing(shop: Shop, world: Any) -> None:
    with inside(shop.company):
        Gateway.objects.update(is_active=False)
    assert LINK.findall(mailed_invoice(shop, world)) == []


def test_the_office_can_show_what_a_guest_has_authorized(shop: Shop, rosa: Client, world: Any) -> None:
    path = shown_link(rosa, of_invoice(shop))
    token = make_bank_token(world, shop.company)
    sent = {"token": token, "amount": "39.95", "receipt_to": "", "agreed": "on"}
    Client(REMOTE_ADDR="10.4.4.4").post(f"{path}bank-account/", sent)
    with inside(shop.company):
        payment = shop.company.payments.get()
    page = rosa.get(shop.url(f"payments/{payment.pk}/")).content.decode()
    assert "from 10.4.4.4" in page
    assert "electronically debit (ACH) the bank account given here once" in page
    assert "by Pay link" in page
