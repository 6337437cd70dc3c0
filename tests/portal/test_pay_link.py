"""Whoever has a pay link pays what is due, once, and learns nothing else; nobody makes one but us."""

import datetime as dt
import re
import threading
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.invoicing.actions import void
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import make_billed_customer, make_furnished_company, make_invoice
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message
from alarmdesk.payments.models import Gateway, Payment
from alarmdesk.payments.testing import make_bank_token, make_card_token, make_cash_payment, merchant_of
from alarmdesk.portal.models import GuestPayment
from alarmdesk.portal.pay_links import link_for, link_for_balance, offered_for_balance, remaining, withdraw
from alarmdesk.portal.views import guest_door
from simulators.nmi.rules import card_answering
from tests.payments_pages.shop import Shop

GOOD_CARD = "4111111111111111"


def today_of(shop: Shop) -> dt.date:
    return shop.company.local_date(clock.now())


def link_to(shop: Shop, invoice: Invoice | None = None) -> str:
    with inside(shop.company):
        return urlsplit(link_for(invoice or shop.invoice, today=today_of(shop))).path


def balance_link_of(shop: Shop) -> str:
    with inside(shop.company):
        return urlsplit(link_for_balance(shop.nora, today=today_of(shop))).path


@pytest.fixture
def stranger() -> Client:
    """Somebody without an account, at an address of their own."""
    return Client(REMOTE_ADDR=f"10.1.1.{next(HOSTS)}")


HOSTS = count(1)


def pressed(world: Any, shop: Shop, card: str = GOOD_CARD, amount: str = "39.95", **more: str) -> dict[str, str]:
    """What the page sends when its button was pressed."""
    return {"token": make_card_token(world, shop.company, card), "amount": amount, "receipt_to": "", **more}


def sales(shop: Shop, world: Any) -> list[str]:
    return [each["amount"] for each in world.statement(merchant_of(shop.company))["transactions"]]


def payments_of(shop: Shop) -> list[Payment]:
    with inside(shop.company):
        return list(shop.company.payments.order_by("pk"))


def test_a_link_shows_the_bill_and_nothing_else_of_the_customer(shop: Shop, stranger: Client) -> None:
    with inside(shop.company):
        other = make_invoice(shop.nora)
    page = stranger.get(link_to(shop))
    text = page.content.decode()
    assert page.status_code == 200
    assert f"Pay invoice {shop.invoice.number}" in text
    assert "$39.95" in text
    assert shop.company.name in text
    assert f"/companies/{shop.company.slug}/brand.css" in text
    for hidden in (shop.nora.name, shop.nora.email, "Whitfield", shop.nora.account_number, f">{other}<"):
        assert hidden not in text


def test_the_page_is_for_nobody_else(shop: Shop, stranger: Client) -> None:
    for path in (link_to(shop), link_to(shop)[:-4] + "/", link_to(shop) + f"invoices/{shop.invoice.pk}/"):
        page = stranger.get(path)
        assert page["Referrer-Policy"] in {"no-referrer", "same-origin"}
        assert "noindex" in page["X-Robots-Tag"]
        assert "no-store" in page["Cache-Control"]


def test_the_address_names_nobody(shop: Shop) -> None:
    path = link_to(shop).lower()
    assert len(path) < 140
    for named in ("nora", "whitfield", "@", shop.nora.account_number.lower()):
        assert named not in path


def test_a_card_pays_and_is_not_kept(shop: Shop, stranger: Client, world: Any) -> None:
    sent = pressed(world, shop, receipt_to="aunt@example.net")
    answer = stranger.post(link_to(shop), sent, follow=True)
    assert "Thank you. $39.95 is paid." in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert sales(shop, world) == ["39.95"]
    (payment,) = payments_of(shop)
    assert (payment.billing_method, payment.method, payment.created_by) == (None, "card", "Pay link")
    with inside(shop.company):
        shop.nora.refresh_from_db()
        shop.invoice.refresh_from_db()
        assert shop.invoice.due == 0
        assert shop.nora.email == "nora@example.com"
        assert not shop.nora.billing_methods.exists()
        assert list(Message.objects.filter(kind="receipt").values_list("to", flat=True)) == ["aunt@example.net"]
        press = GuestPayment.objects.get()
        assert (press.payment_id, press.refused) == (payment.pk, "")
        assert sent["token"] not in str(press.__dict__)
    paid = stranger.get(link_to(shop)).content.decode()
    assert f"Invoice {shop.invoice.number} is paid" in paid
    assert "aunt@example.net" not in paid


def test_the_same_press_twice_is_one_charge_and_shows_the_same_receipt(
    shop: Shop, stranger: Client, world: Any
) -> None:
    sent = pressed(world, shop)
    first = stranger.post(link_to(shop), sent)
    with inside(shop.company):
        make_invoice(shop.nora)
    again = stranger.post(balance_link_of(shop), sent)
    assert sales(shop, world) == ["39.95"]
    assert first["Location"].split("/")[2] == again["Location"].split("/")[2] == "receipt"


def test_two_windows_at_once_are_one_charge(shop: Shop, world: Any) -> None:
    link = link_to(shop)
    sendings = [pressed(world, shop) for _ in range(6)]
    ready, codes = threading.Barrier(len(sendings)), []

    def press(sent: dict[str, str], host: int) -> None:
        browser = Client(REMOTE_ADDR=f"10.9.9.{host}")
        ready.wait()
        try:
            codes.append(browser.post(link, sent).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(sent, host)) for host, sent in enumerate(sendings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [302] * len(sendings)
    assert sales(shop, world) == ["39.95"]


def test_a_refusal_keeps_what_was_typed(shop: Shop, stranger: Client, world: Any) -> None:
    sent = pressed(world, shop, card_answering(202), receipt_to="aunt@example.net")
    answer = stranger.post(link_to(shop), sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "No money moved." in text
    assert "Insufficient funds." in text
    assert 'value="aunt@example.net"' in text
    assert sent["token"] not in text
    assert sales(shop, world) == []
    assert "Insufficient funds." in stranger.post(link_to(shop), sent).content.decode()
    assert stranger.post(link_to(shop), pressed(world, shop)).status_code == 302
    assert sales(shop, world) == ["39.95"]


def test_silence_of_the_gateway_asks_for_patience(shop: Shop, stranger: Client, world: Any) -> None:
    world.fault("drop_after", path="transact", type="sale", times=1)
    answer = stranger.post(link_to(shop), pressed(world, shop), follow=True)
    assert "We are asking the payment processor" in answer.content.decode()
    assert "Please do not pay again" in answer.content.decode()
    asked = {"HX-Request": "true", "HX-Target": "receipt-status"}
    assert stranger.get(answer.redirect_chain[-1][0], headers=asked).status_code == 200
    assert "A payment is under way" in stranger.get(link_to(shop)).content.decode()
    stranger.post(link_to(shop), pressed(world, shop))
    assert sales(shop, world) == ["39.95"]


def test_another_amount_than_is_due_is_never_charged(shop: Shop, stranger: Client, world: Any) -> None:
    answer = stranger.post(link_to(shop), pressed(world, shop, amount="10.00"))
    assert "What is due has changed to $39.95. Nothing was charged." in answer.content.decode()
    assert 'name="amount" value="39.95"' in answer.content.decode()
    assert sales(shop, world) == []


def test_a_bank_account_is_debited_with_the_words_that_were_ticked(shop: Shop, stranger: Client, world: Any) -> None:
    path = link_to(shop) + "bank-account/"
    shown = stranger.get(path).content.decode()
    words = re.search(r"<h2>Authorization</h2><p>(.*?)</p>", shown)
    assert words
    assert "$39.95" in words[1]
    sent = {"token": make_bank_token(world, shop.company), "amount": "39.95", "receipt_to": ""}
    assert "The authorization must be agreed to." in stranger.post(path, sent).content.decode()
    assert sales(shop, world) == []
    page = stranger.post(path, {**sent, "agreed": "on"}, follow=True).content.decode()
    assert "Your bank settles it within a few business days." in page
    with inside(shop.company):
        press = GuestPayment.objects.get()
    assert press.consent_text == words[1].replace("&amp;", "&").replace("&#x27;", "'")
    assert press.consent_ip == stranger.defaults["REMOTE_ADDR"]
    assert press.payment_id == payments_of(shop)[0].pk


def test_the_balance_is_paid_in_one_go(shop: Shop, stranger: Client, world: Any) -> None:
    with inside(shop.company):
        second = make_invoice(shop.nora)
    page = stranger.get(balance_link_of(shop)).content.decode()
    assert "$79.90" in page
    assert str(second) in page
    stranger.post(balance_link_of(shop), pressed(world, shop, amount="79.90"))
    assert sales(shop, world) == ["79.90"]
    assert "Nothing is due" in stranger.get(balance_link_of(shop)).content.decode()


def test_a_forged_link_opens_nothing(shop: Shop, stranger: Client) -> None:
    with inside(shop.company):
        others = make_invoice(make_billed_customer(first_name="Omar"))
    good, other = link_to(shop), link_to(shop, others)
    mine, foreign = good.split("/")[3], other.split("/")[3]
    body, signature = foreign.rsplit(".", 1)
    forged = [f"{body}.{mine.rsplit('.', 1)[1]}", f"{body}.", body, f"{body}.{signature[:-2]}AA", "x", f"{mine}x"]
    for token in forged:
        answer = stranger.get(f"/{shop.company.slug}/pay/{token}/")
        assert answer.status_code == 404, token
        assert "$" not in answer.content.decode()


def test_a_link_of_one_dealer_opens_nothing_at_another(shop: Shop, stranger: Client) -> None:
    rival = make_furnished_company()
    token = link_to(shop).split("/")[3]
    assert stranger.get(f"/{rival.slug}/pay/{token}/").status_code == 404


def test_an_invitation_or_a_receipt_is_no_pay_link(shop: Shop, stranger: Client, world: Any) -> None:
    receipt = stranger.post(link_to(shop), pressed(world, shop))["Location"].split("/")[3]
    assert stranger.get(f"/{shop.company.slug}/pay/{receipt}/").status_code == 404
    assert stranger.get(f"/{shop.company.slug}/receipt/{link_to(shop).split('/')[3]}/").status_code == 404
    rival = make_furnished_company()
    assert stranger.get(f"/{rival.slug}/receipt/{receipt}/").status_code == 404


def test_a_link_works_for_sixty_days(shop: Shop, stranger: Client, world: Any) -> None:
    link = link_to(shop)
    now = clock.now()
    with clock.hold(now + dt.timedelta(days=60)):
        assert stranger.get(link).status_code == 200
    with clock.hold(now + dt.timedelta(days=61)):
        late = stranger.get(link)
        assert late.status_code == 410
        assert "This pay link has ended" in late.content.decode()
        assert stranger.post(link, pressed(world, shop)).status_code == 410
    assert sales(shop, world) == []


def test_a_withdrawn_link_is_over_and_a_new_one_works(shop: Shop, stranger: Client) -> None:
    old, balance = link_to(shop), balance_link_of(shop)
    with inside(shop.company):
        withdraw(customer=shop.nora, invoice=shop.invoice, at=clock.now(), by="Rosa")
    assert stranger.get(old).status_code == 410
    assert stranger.get(old + f"invoices/{shop.invoice.pk}/").status_code == 410
    assert stranger.get(balance).status_code == 200
    new = link_to(shop)
    assert stranger.get(new).status_code == 200
    with inside(shop.company):
        withdraw(customer=shop.nora, invoice=None, at=clock.now(), by="Rosa")
    assert stranger.get(new).status_code == stranger.get(balance).status_code == 410
    assert stranger.get(balance_link_of(shop)).status_code == 200


def test_a_void_invoice_says_that_nothing_is_owed(shop: Shop, stranger: Client, world: Any) -> None:
    link = link_to(shop)
    with inside(shop.company):
        void(shop.invoice, reason="A mistake", at=clock.now(), by="Rosa")
    text = stranger.get(link).content.decode()
    assert "is not due any more" in text
    assert "A mistake" not in text
    assert stranger.post(link, pressed(world, shop)).status_code == 302
    assert stranger.get(f"{link}invoices/{shop.invoice.pk}/").status_code == 404
    assert sales(shop, world) == []


def test_only_the_papers_of_the_link_can_be_read(shop: Shop, stranger: Client) -> None:
    with inside(shop.company):
        second = make_invoice(shop.nora)
        others = make_invoice(make_billed_customer(first_name="Omar"))
    mine = stranger.get(f"{link_to(shop)}invoices/{shop.invoice.pk}/")
    assert mine.content.startswith(b"%PDF")
    assert stranger.get(f"{link_to(shop)}invoices/{second.pk}/").status_code == 404
    assert stranger.get(f"{balance_link_of(shop)}invoices/{second.pk}/").content.startswith(b"%PDF")
    assert stranger.get(f"{balance_link_of(shop)}invoices/{others.pk}/").status_code == 404


def test_without_a_gateway_the_page_says_whom_to_ask(shop: Shop, stranger: Client) -> None:
    with inside(shop.company):
        Gateway.objects.update(is_active=False)
    text = stranger.get(link_to(shop)).content.decode()
    assert "Paying online is not possible right now." in text
    assert "now</span></button>" not in text


def test_who_tries_too_many_cards_has_to_wait(shop: Shop, stranger: Client, world: Any) -> None:
    link, at = link_to(shop), clock.now().replace(minute=1)
    with clock.hold(at):
        codes = [stranger.post(link, {"amount": "39.95"}).status_code for _ in range(guest_door.TRIES_BY_LINK.most)]
        assert set(codes) == {422}
        refused = stranger.post(link, pressed(world, shop))
        assert refused.status_code == 429
        assert 0 < int(refused["Retry-After"]) <= 3600
        assert "Please wait a little" in refused.content.decode()
        assert "no-store" in refused["Cache-Control"]
        elsewhere = Client(REMOTE_ADDR="10.8.8.8")
        assert elsewhere.post(link, pressed(world, shop)).status_code == 429
        assert elsewhere.get(link).status_code == 200
    assert sales(shop, world) == []
    with clock.hold(at + dt.timedelta(hours=1)):
        assert stranger.post(link, pressed(world, shop)).status_code == 302


def test_who_guesses_links_has_to_wait(shop: Shop, stranger: Client) -> None:
    at = clock.now().replace(minute=1)
    with clock.hold(at):
        codes = {
            stranger.get(f"/{shop.company.slug}/pay/guess{n}/").status_code
            for n in range(guest_door.LOOKS_BY_ADDRESS.most)
        }
        assert codes == {404}
        assert stranger.get(link_to(shop)).status_code == 429
        assert Client(REMOTE_ADDR="10.7.7.7").get(link_to(shop)).status_code == 200


def test_counts_name_nobody(shop: Shop, stranger: Client) -> None:
    stranger.get(link_to(shop))
    with connection.cursor() as cursor:
        cursor.execute("select cache_key from cache")
        keys = " ".join(row[0] for row in cursor.fetchall())
    assert "limit" in keys
    assert stranger.defaults["REMOTE_ADDR"] not in keys
    assert link_to(shop).split("/")[3] not in keys
    assert cache.get("nothing") is None


def test_money_moves_by_the_books(shop: Shop, stranger: Client, world: Any) -> None:
    stranger.post(link_to(shop), pressed(world, shop))
    (payment,) = payments_of(shop)
    assert (payment.amount, payment.applied) == (Decimal("39.95"), Decimal("39.95"))


def test_the_link_of_the_balance_asks_for_what_remains_after_credit_on_account(
    shop: Shop, stranger: Client, world: Any
) -> None:
    with inside(shop.company):
        make_cash_payment(shop.nora, "15.00")
        assert remaining(shop.nora) == Decimal("24.95")
    link = balance_link_of(shop)
    page = stranger.get(link).content.decode()
    assert "Pay $24.95 now" in page
    assert "$39.95 is due; $15.00 on your account pays its part" in page
    assert "Pay $39.95 now" in stranger.get(link_to(shop)).content.decode()  # that one, as its letter said
    changed = stranger.post(link, pressed(world, shop, amount="39.95"))
    assert "What is due has changed to $24.95" in changed.content.decode()
    answer = stranger.post(link, pressed(world, shop, amount="24.95"), follow=True)
    assert "Thank you. $24.95 is paid." in answer.content.decode()
    assert sales(shop, world) == ["24.95"]
    assert "Nothing remains to pay" in stranger.get(link).content.decode()
    with inside(shop.company):
        assert Invoice.objects.get(pk=shop.invoice.pk).due == Decimal("15.00")
        assert (remaining(shop.nora), offered_for_balance(shop.nora, today=today_of(shop))) == (0, "")
