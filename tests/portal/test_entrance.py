"""At whose door does a customer stand who is asked to sign in? At the dealer's."""

import pytest
from django.test import Client

from alarmdesk.company.models import Company
from alarmdesk.company.testing import make_bare_company, unique


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
