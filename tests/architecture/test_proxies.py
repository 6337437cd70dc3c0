"""Whom do we take for the visitor, behind a proxy and without one?"""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, RequestFactory

from alarmdesk.company.testing import make_user
from alarmdesk.lib.proxies import BehindProxies

PROXY = "10.0.0.7"


def seen(monkeypatch, proxies, **headers):
    """The address and scheme that a view sees."""
    monkeypatch.setattr(settings, "TRUSTED_PROXIES", proxies)
    request = RequestFactory().get("/", REMOTE_ADDR=PROXY, **headers)
    BehindProxies(lambda _: None)(request)
    return request.META["REMOTE_ADDR"], request.scheme


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", PROXY),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.6", "203.0.113.9"),
        (2, "203.0.113.9", PROXY),
        (1, "2001:db8::9", "2001:db8::9"),
        (1, "[2001:db8::9]", "2001:db8::9"),
        (1, "unknown", PROXY),
        (1, "", PROXY),
    ],
)
def test_only_what_our_own_proxies_wrote_is_the_visitors_address(monkeypatch, proxies, forwarded, address):
    assert seen(monkeypatch, proxies, HTTP_X_FORWARDED_FOR=forwarded)[0] == address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "scheme"),
    [
        (0, "https", "http"),
        (1, "https", "https"),
        (1, "https, http", "http"),
        (2, "https, http", "https"),
        (2, "https", "https"),
        (1, "gopher", "http"),
        (1, "", "http"),
    ],
)
def test_the_scheme_is_that_of_the_outermost_proxy(monkeypatch, proxies, forwarded, scheme):
    assert seen(monkeypatch, proxies, HTTP_X_FORWARDED_PROTO=forwarded)[1] == scheme


def sign_in_badly(visitor, email):
    typed = {"login": email, "password": "not the password"}
    return Client().post("/account/login/", typed, REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=visitor)


def test_the_limit_on_signing_in_counts_visitors_and_not_the_proxy(monkeypatch):
    monkeypatch.setattr(settings, "TRUSTED_PROXIES", 1)
    cache.clear()
    people = [make_user().email for _ in range(40)]
    answers = [sign_in_badly("203.0.113.9", email).status_code for email in people]
    assert 429 in answers  # one visitor who tries everybody
    assert sign_in_badly("203.0.113.10", people[0]).status_code == 200
