"""Who has a link to a quote, what can they do with it, and what is kept of it?"""

import datetime as dt
import random
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.models import TrailEntry
from alarmdesk.invoicing import letters
from alarmdesk.invoicing.models import Invoice, QuoteAnswer
from alarmdesk.invoicing.quotes import digest_of
from alarmdesk.invoicing.testing import line, make_invoice
from alarmdesk.lib import clock
from alarmdesk.portal.pay_links import withdraw
from alarmdesk.portal.quote_links import link_for
from tests.payments_pages.shop import Shop, make_shop, signed_in

PATH = "M10 100L60 40L120 150M200 90L260.5 20"
SIGNED = {"name": "Nora Whitfield", "signature": PATH, "typed_signature": "", "agreed": "on"}


@pytest.fixture
def quote(shop: Shop) -> Invoice:
    with inside(shop.company):
        return make_invoice(
            shop.nora, type="quote", sale_on=shop.company.local_date(clock.now()), at=clock.now(), lines=[line("120")]
        )


def phone_of(user_agent: str = "Some phone") -> Client:
    """Somebody's browser, from an address of its own: tries are counted by address."""
    address = f"2001:db8::{random.getrandbits(16):x}:{random.getrandbits(16):x}"
    return Client(headers={"user-agent": user_agent}, REMOTE_ADDR=address)


def link(shop: Shop, quote: Invoice, days: int = 0) -> str:
    """The path of a link that was given out so many days ago."""
    with inside(shop.company):
        today = shop.company.local_date(clock.now()) - dt.timedelta(days=days)
        return "/" + link_for(quote, today=today).split("/", 3)[3]


def text_of(answer: Any) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def answers(shop: Shop) -> list[QuoteAnswer]:
    with inside(shop.company):
        return list(QuoteAnswer.objects.filter(company=shop.company))


def test_whoever_has_the_link_reads_the_quote_and_signs_it_once(shop: Shop, quote: Invoice) -> None:
    url, phone = link(shop, quote), phone_of("A phone")
    page = phone.get(url)
    assert page.status_code == 200
    assert "Accept $120.00" in text_of(page)
    assert (page["Cache-Control"], page["X-Robots-Tag"]) == ("private, no-store", "noindex, nofollow")
    words = f"I accept quote {quote.number} of {shop.company.name}"
    assert words in text_of(page)
    for _ in range(2):
        assert phone.post(url + "accept/", SIGNED, REMOTE_ADDR="203.0.113.9")["Location"] == url
    (answer,) = answers(shop)
    assert (answer.verdict, answer.name, answer.signature) == ("accepted", "Nora Whitfield", PATH)
    assert (answer.ip, answer.user_agent) == ("203.0.113.9", "A phone")
    assert answer.agreed_text.startswith(words)
    assert answer.document["sums"][-1] == {"label": "Grand Total", "amount": "$120.00", "strong": True}
    assert answer.digest == digest_of(answer.document)
    after = phone.get(url)
    assert f"Thank you. Quote {quote.number} is accepted." in text_of(after)
    assert f'<path d="{PATH}"/>' in after.content.decode()
    assert phone.get(url + "pdf/")["Content-Type"] == "application/pdf"


def test_the_office_is_told_and_the_history_says_who_signed(shop: Shop, quote: Invoice, world: Any) -> None:
    with inside(shop.company):
        type(shop.company).objects.filter(pk=shop.company.pk).update(email="office@northgate.example")
        shop.company.refresh_from_db()
    phone_of().post(link(shop, quote) + "accept/", SIGNED)
    letters.deliver_all(shop.company, now=clock.now)
    (mail,) = world.mail("office@northgate.example")
    assert f"Quote {quote.number} was accepted by Nora Whitfield" in str(mail)
    with inside(shop.company):
        entry = TrailEntry.objects.filter(company=shop.company, table="invoicing_quoteanswer").get()
    assert (entry.customer_id, entry.actor["name"], entry.actor["kind"]) == (shop.nora.pk, "Nora Whitfield", "guest")
    assert "document" not in entry.new
    history = signed_in(shop.rosa).get(shop.url(f"customers/{shop.nora.pk}/history/"))
    assert "Answer to a quote added" in text_of(history)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"name": ""}, "This field is required."),
        ({"agreed": ""}, "Tick that you agree, or decline the quote."),
        ({"signature": ""}, "Draw your signature, or type it below."),
        ({"signature": "M1 1L1 1L1 1"}, "That is only a dot."),
        ({"signature": 'M1 1"/><script>alert(1)</script>'}, "The signature could not be read."),
        ({"signature": "M1 1C2 2 3 3 4 4"}, "The signature could not be read."),
        ({"signature": "M601 1L2 2L3 3"}, "The signature could not be read."),
        ({"signature": "M1 1L2 201L3 3"}, "The signature could not be read."),
        ({"signature": "M1 1L2 2L٣ 3"}, "The signature could not be read."),
        ({"signature": "M1 1" + "L2 2L3 3" * 3000}, "too much for a signature"),
    ],
)
def test_what_is_no_signature_is_refused_and_the_rest_stays(
    shop: Shop, quote: Invoice, sent: dict[str, str], says: str
) -> None:
    answer = phone_of().post(link(shop, quote) + "accept/", {**SIGNED, **sent})
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert "name" in sent or 'value="Nora Whitfield"' in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()
    assert answers(shop) == []


def test_a_typed_name_is_a_signature_too(shop: Shop, quote: Invoice) -> None:
    phone_of().post(link(shop, quote) + "accept/", {**SIGNED, "signature": "", "typed_signature": "نورا"})
    assert [(one.signature, one.typed_signature) for one in answers(shop)] == [("", "نورا")]


def test_who_declines_says_why_and_does_not_sign_afterwards(shop: Shop, quote: Invoice) -> None:
    url = link(shop, quote)
    assert phone_of().post(url + "decline/", {"reason": ""}).status_code == 422
    phone_of().post(url + "decline/", {"reason": "Too dear", "name": "Nora"})
    phone_of().post(url + "accept/", SIGNED)
    assert [(one.verdict, one.reason, one.signature) for one in answers(shop)] == [("declined", "Too dear", "")]
    assert f"Quote {quote.number} was declined" in text_of(phone_of().get(url))
    assert phone_of().get(url + "decline/")["Location"] == url


def test_an_expired_quote_is_read_and_not_signed(shop: Shop, quote: Invoice) -> None:
    url, then = link(shop, quote), clock.now() + dt.timedelta(days=31)
    with clock.hold(then):
        assert "This quote has expired" in text_of(phone_of().get(url))
        phone_of().post(url + "accept/", SIGNED)
    assert answers(shop) == []


def test_a_stranger_a_neighbour_and_who_changed_the_address_find_nothing(
    shop: Shop, quote: Invoice, world: Any
) -> None:
    url = link(shop, quote)
    token = url.split("/")[-2]
    neighbour = make_shop(world)
    for path in (
        f"/{neighbour.company.slug}/quote/{token}/",
        f"{url[:-9]}/",
        f"{url}accept/".replace(token, token[:-3]),
    ):
        assert phone_of().get(path).status_code == 404, path
        assert phone_of().post(path, SIGNED).status_code in {404, 405}, path
    with inside(shop.company):
        pay = phone_of().get(f"/{shop.company.slug}/pay/{token}/")
    assert pay.status_code == 404, "nor does it pay anything"
    assert answers(shop) == []


def test_a_withdrawn_link_and_one_that_is_too_old_say_so(shop: Shop, quote: Invoice) -> None:
    url = link(shop, quote)
    with clock.hold(clock.now() + dt.timedelta(days=61)):
        assert phone_of().get(url).status_code == 410
    asked = signed_in(shop.rosa).post(shop.url(f"invoices/{quote.pk}/quote-link/withdraw/"))
    assert asked.status_code == 302
    for path in (url, url + "accept/", url + "pdf/"):
        assert phone_of().post(path, SIGNED).status_code == 410
    assert phone_of().get(link(shop, quote)).status_code == 200, "a new one works"
    assert answers(shop) == []


def test_the_link_of_an_old_version_leads_to_the_new_one(shop: Shop, quote: Invoice) -> None:
    from alarmdesk.invoicing.correcting import supersede

    url = link(shop, quote)
    with inside(shop.company):
        new = make_invoice(shop.nora, type="quote", sale_on=shop.company.local_date(clock.now()), at=clock.now())
        supersede(quote, new, reason="", at=clock.now(), by="Rosa")
    page = phone_of().get(url)
    assert "There is a newer version of this quote" in text_of(page)
    assert link(shop, new) in page.content.decode()
    phone_of().post(url + "accept/", SIGNED)
    assert answers(shop) == []


def test_many_tries_have_to_wait(shop: Shop, quote: Invoice) -> None:
    url = link(shop, quote)
    codes = [phone_of().post(url + "accept/", {}).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]


def test_the_mail_of_a_quote_carries_the_link(shop: Shop, quote: Invoice, world: Any) -> None:
    with inside(shop.company):
        quote.customer.email = "nora@example.com"
    signed_in(shop.rosa).post(shop.url(f"invoices/{quote.pk}/quote-link/"), {"to": "nora.signs@example.com"})
    letters.deliver_all(shop.company, now=clock.now)
    (mail,) = world.mail("nora.signs@example.com")
    assert link(shop, quote) in str(mail)
    assert "It is valid through" in str(mail)


def test_withdrawing_pay_links_of_the_customer_withdraws_quotes_too(shop: Shop, quote: Invoice) -> None:
    url = link(shop, quote)
    with inside(shop.company):
        withdraw(customer=shop.nora, invoice=None, at=clock.now(), by="Rosa")
    assert phone_of().get(url).status_code == 410
