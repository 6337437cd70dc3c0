"""How does somebody sign in, and what does a stranger learn from trying?"""

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from alarmdesk.company.testing import PASSWORD, make_user, unique
from alarmdesk.office.navigation import NEW, ON_A_PHONE, SECTIONS, SETTINGS_SECTIONS
from alarmdesk.office.testing import make_open_company, office_of, owner_of


@pytest.fixture(autouse=True)
def outbox(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    mail.outbox = []
    return mail.outbox


def sign_in(email: str, password: str, address: str):
    return Client(REMOTE_ADDR=address).post("/account/login/", {"login": email, "password": password})


def test_five_wrong_passwords_shut_the_account_for_a_while_even_for_the_right_one():
    user = make_user()
    for n in range(5):
        assert sign_in(user.email, "wrong", f"192.0.2.{n}").status_code == 200
    answer = sign_in(user.email, PASSWORD, "192.0.2.9")
    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.content.decode()


def test_a_wrong_password_and_an_unknown_address_are_answered_alike():
    known = sign_in(make_user().email, "wrong", "192.0.2.20").content.decode()
    unknown = sign_in(f"{unique('nobody')}@example.com", "wrong", "192.0.2.21").content.decode()
    said = "The email address and/or password you specified are not correct."
    assert said in known
    assert said in unknown


def test_asking_for_a_new_password_never_tells_whether_there_is_an_account(outbox: list):
    known, unknown = make_user().email, f"{unique('nobody')}@example.com"
    answers = [
        Client(REMOTE_ADDR=f"192.0.2.{30 + n}").post("/account/password/reset/", {"email": email})
        for n, email in enumerate((known, unknown))
    ]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/account/password/reset/done/")}


def test_one_finds_where_one_is_signed_in():
    answer = office_of(make_open_company()).get("/account/sessions/", follow=True)
    assert answer.status_code == 200


def test_the_person_menu_leads_to_account_second_factor_and_sessions():
    company = make_open_company()
    html = office_of(company).get(f"/{company.slug}/").content.decode()
    for page in ("/account/email/", "/account/2fa/", "/account/sessions/", "/account/logout/"):
        assert f'"{page}"' in html


def test_every_door_of_the_navigation_is_drawn_for_the_owner():
    company = make_open_company()
    owner = owner_of(company)
    client = office_of(company)
    assert owner.group.is_administrator
    home = client.get(f"/{company.slug}/").content.decode()
    entries = [entry for section in SECTIONS for entry in section.entries] + [*NEW, *ON_A_PHONE]
    missing = [entry.label for entry in entries if f"<span>{entry.label}</span>" not in home]
    listed = client.get(f"/{company.slug}/settings/").content.decode()
    entries = [entry for section in SETTINGS_SECTIONS for entry in section.entries]
    missing += [entry.label for entry in entries if f"<span>{entry.label}</span>" not in listed]
    assert missing == []
