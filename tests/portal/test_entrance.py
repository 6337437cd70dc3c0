"""At whose door does a customer stand who is asked to sign in? At the dealer's."""

import re
import secrets

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.company.testing import make_bare_company, unique
from alarmdesk.customers.testing import make_customer
from alarmdesk.portal.testing import make_holder


def page(path, **asked):
    answer = Client().get(path, asked, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def make_dealer(**fields):
    return make_bare_company(name="Harbor Alarm", colour="#0b6b40", slug=unique("harbor"), **fields)


@pytest.mark.parametrize("tab", ["", "methods/", "receipts/"])
def test_who_comes_to_the_portal_signs_in_at_the_dealers_door(tab):
    dealer = make_dealer()
    html = page(f"/{dealer.slug}/portal/{tab}")
    assert "<h1>Sign in</h1>" in html
    assert "<strong>Harbor Alarm</strong>" in html
    assert "<title>Sign in · Harbor Alarm</title>" in html
    assert f'href="/companies/{dealer.slug}/brand.css"' in html
    assert "AlarmDesk" not in html


def test_a_wrong_password_leaves_one_at_the_dealers_door():
    dealer = make_dealer()
    typed = {"login": "jo@example.com", "password": "wrong wrong", "next": f"/{dealer.slug}/portal/"}
    html = Client().post("/account/login/", typed).content.decode()
    assert "<strong>Harbor Alarm</strong>" in html


def test_the_dealers_logo_stands_there_where_there_is_one():
    dealer = make_dealer()
    Company.objects.filter(pk=dealer.pk).update(logo=b"png", logo_type="image/png")
    assert f'src="/companies/{dealer.slug}/logo"' in page(f"/{dealer.slug}/portal/")


@pytest.mark.parametrize(
    "then", ["", "/{slug}/", "/{slug}/invoices/", "/nobody-here/portal/", "https://[bad", "portal", "//{slug}/portal/"]
)
def test_everybody_else_signs_in_to_alarmdesk(then):
    dealer = make_dealer()
    html = page("/account/login/", next=then.format(slug=dealer.slug))
    assert "<strong>AlarmDesk</strong>" in html
    assert "Harbor Alarm" not in html


def link_in(sent):
    return re.search(r"/account/\S+", sent.body)[0]


@pytest.fixture
def post(monkeypatch):
    """Asks for another password for an address; answers the mail that goes there."""
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")

    def ask(email):
        mail.outbox = []
        visitor = f"2001:db8::{secrets.randbelow(9999)}"  # the limits are by address
        Client(REMOTE_ADDR=visitor).post("/account/password/reset/", {"email": email})
        (sent,) = mail.outbox
        return sent

    return ask


def test_the_link_to_another_password_leads_to_the_door_of_the_dealer(post):
    dealer = make_dealer()
    with inside(dealer):
        person = make_holder(make_customer()).user
    sent = post(person.email)
    assert "in the customer portal of Harbor Alarm" in sent.body
    assert "AlarmDesk" not in sent.body
    html = Client().get(link_in(sent), follow=True).content.decode()
    assert "<h1>Choose a password</h1>" in html
    assert "<strong>Harbor Alarm</strong>" in html


def test_a_guess_at_such_a_link_tells_nobody_whose_customer_somebody_is(post):
    dealer = make_dealer()
    with inside(dealer):
        person = make_holder(make_customer()).user
    link = link_in(post(person.email))
    wrong = link[:-3] + "abc/" if link.endswith("/") else f"{link[:-3]}abc"
    html = Client().get(wrong, follow=True).content.decode()
    assert "Harbor Alarm" not in html


def test_who_holds_accounts_of_two_dealers_or_works_somewhere_gets_a_link_of_alarmdesk(post):
    dealer, other = make_dealer(), make_dealer()
    with inside(dealer):
        person = make_holder(make_customer()).user
    with inside(other):
        make_holder(make_customer(), user=person)
    assert "Harbor Alarm" not in post(person.email).body
