"""What does an operator do from the command line: open a dealer, rotate a key, and hear of a key that is missing?"""

import re

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client
from typer.testing import CliRunner

from alarmdesk import cli
from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company, User
from alarmdesk.company.testing import make_bare_company, make_user, unique
from alarmdesk.office.testing import owner_of
from alarmdesk.payments.models import Gateway


@pytest.fixture(autouse=True)
def _no_demo(monkeypatch: pytest.MonkeyPatch):
    """The commands speak to the test database, whatever runs beside them."""
    monkeypatch.setattr(cli, "_set_up", lambda: None)


def call(*words):
    return CliRunner().invoke(cli.cli, list(words))


def open_one(slug, *more, name="Harbor Alarm", zone="America/Denver", owner=None):
    owner = owner or f"{slug}@example.com"
    return call("company", "open", name, "--slug", slug, "--zone", zone, "--owner", owner, *more)


def test_a_dealer_is_opened_and_its_owner_comes_in_by_the_link_that_is_printed():
    slug = unique("harbor")
    said = open_one(slug, "--owner-name", "Rosa Marin")
    assert said.exit_code == 0, said.output
    company = Company.objects.get(slug=slug)
    owner = owner_of(company)
    assert (company.name, company.time_zone, owner.user.name) == ("Harbor Alarm", "America/Denver", "Rosa Marin")

    client, link = Client(), re.search(r"^https?://[^/]+(/\S+)$", said.output, re.MULTILINE).group(1)
    form = client.get(link, follow=True)
    typed = {"password1": "a brand new pass", "password2": "a brand new pass"}
    client.post(form.redirect_chain[-1][0], typed)
    owner.user.refresh_from_db()
    assert owner.user.check_password("a brand new pass")


def test_the_link_is_mailed_when_asked_for(monkeypatch):
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    mail.outbox = []
    slug = unique("harbor")
    said = open_one(slug, "--mail")
    assert said.exit_code == 0
    [sent] = mail.outbox
    assert sent.to == [f"{slug}@example.com"]
    assert said.output.splitlines()[-1] in sent.body


def test_an_owner_who_has_an_account_signs_in_with_it():
    person = make_user()
    said = open_one(unique("harbor"), owner=person.email.upper())
    assert said.output.strip().endswith("/account/login/")
    assert User.objects.filter(email__iexact=person.email).count() == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"slug": "portal"}, "“portal” is taken"),
        ({"slug": "Harbor Alarm!"}, "slug:"),
        ({"zone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”"),
        ({"owner": "rosa"}, "email:"),
        ({"name": " "}, "name:"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence_and_opens_nothing(wrong, says):
    given = {"slug": unique("harbor"), **wrong}
    said = open_one(**given)
    assert said.exit_code == 2
    assert says in said.output
    assert not Company.objects.filter(slug=given["slug"]).exists()
    assert not User.objects.filter(email=f"{given['slug']}@example.com").exists()


def make_sealed(**keys):
    company = make_bare_company()
    with inside(company):
        Gateway.objects.create(credentials={"security_key": "6457Thfj"})
    return company


def held(company):
    with inside(company), connection.cursor() as cursor:
        cursor.execute("select credentials from payments_gateway")
        return cursor.fetchone()[0]


def test_a_new_key_in_front_seals_everything_again_and_the_old_one_can_go(monkeypatch):
    company = make_sealed()
    old, new = dict(settings.SEALING_KEYS), {"2027": Fernet.generate_key().decode()}
    monkeypatch.setattr(settings, "SEALING_KEYS", new | old)
    said = call("reseal", "--company", company.slug)
    assert (said.exit_code, said.output.strip()) == (0, "1 sealed again, 0 already with the newest key, 0 closed")
    assert held(company).startswith("2027:")
    assert "0 sealed again, 1 already" in call("reseal", "--company", company.slug).output

    monkeypatch.setattr(settings, "SEALING_KEYS", new)
    with inside(company):
        assert Gateway.objects.get().credentials == {"security_key": "6457Thfj"}


def test_what_no_key_opens_is_named_and_left_as_it_is(monkeypatch):
    company = make_sealed()
    before = held(company)
    monkeypatch.setattr(settings, "SEALING_KEYS", {"2027": Fernet.generate_key().decode()})
    said = call("reseal", "--company", company.slug)
    assert said.exit_code == 1
    assert "The key “test” is not among this installation's keys." in said.output
    assert held(company) == before


@pytest.mark.parametrize("command", [("audit",), ("night", "--on", "2026-01-02")])
def test_a_missing_key_is_a_sentence_and_not_a_traceback(monkeypatch, command):
    company = make_sealed()
    monkeypatch.setattr(settings, "SEALING_KEYS", {"2027": Fernet.generate_key().decode()})
    said = call(*command, "--company", company.slug)
    assert said.exit_code == 3
    assert "The key “test” is not among this installation's keys." in said.output
    assert "ALARMDESK_SEALING_KEYS" in said.output
    assert "Traceback" not in said.output
