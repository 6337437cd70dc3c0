"""How does somebody sign in, and what does a stranger learn from trying?"""

import re
from pathlib import Path

import allauth
import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core import mail
from django.template.loader import get_template
from django.test import Client

from alarmdesk.company.models import User
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
    assert "Too many tries with a wrong password" in answer.content.decode()


def test_a_wrong_password_and_an_unknown_address_are_answered_alike():
    known = sign_in(make_user().email, "wrong", "192.0.2.20").content.decode()
    unknown = sign_in(f"{unique('nobody')}@example.com", "wrong", "192.0.2.21").content.decode()
    said = "The email address or the password is wrong."
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
    entries = [
        entry for entry in entries if entry.unless is None
    ]  # who sees the whole schedule needs no day of his own
    missing = [entry.label for entry in entries if f"<span>{entry.label}</span>" not in home]
    listed = client.get(f"/{company.slug}/settings/").content.decode()
    entries = [entry for section in SETTINGS_SECTIONS for entry in section.entries]
    missing += [entry.label for entry in entries if f"<span>{entry.label}</span>" not in listed]
    assert missing == []


THEIR_WORDS = (
    "Two-Factor Authentication|Authenticator App|Successfully|specified|Please|Are you sure|Bad Token|"
    "Sign In|Sign Out|Remember Me|Password \\(again\\)|Confirm Access|Reset My Password|Deactivate|Email Addresses"
)


@pytest.mark.parametrize(
    "path",
    [
        "login/",
        "password/reset/",
        "password/reset/done/",
        "password/reset/key/1-set-password/",
        "confirm-email/nobody/",
        "inactive/",
        "signup/",
    ],
)
def test_what_strangers_see_of_their_account_is_in_our_words(path: str):
    answer = Client(REMOTE_ADDR="192.0.2.50").get(f"/account/{path}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(THEIR_WORDS, page) == []
    assert "<h1>" in page


@pytest.mark.parametrize(
    "path",
    [
        "email/",
        "password/change/",
        "logout/",
        "sessions/",
        "reauthenticate/",
        "2fa/",
        "2fa/totp/activate/",
        "2fa/webauthn/",
        "2fa/webauthn/add/",
    ],
)
def test_what_people_see_of_their_own_account_is_in_our_words(path: str):
    client = at_home(make_user(), "192.0.2.51")
    answer = client.get(f"/account/{path}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(THEIR_WORDS, page) == []
    assert "<h1>" in page


def test_a_second_step_is_set_up_asked_for_and_turned_off_in_our_words():
    user, address = make_user(), "192.0.2.52"
    client = at_home(user, address)
    secret = re.search(r'id="authenticator_secret"[^>]*value="(\w+)"', page_of(client, "2fa/totp/activate/")).group(1)
    said = client.post("/account/2fa/totp/activate/", {"code": code_of(secret)}, follow=True).content.decode()
    assert "recovery codes" in said
    for path in ("2fa/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/", "2fa/totp/deactivate/"):
        assert re.findall(THEIR_WORDS, page_of(client, path)) == []

    again = Client(REMOTE_ADDR=address)
    asked = again.post("/account/login/", {"login": user.email, "password": PASSWORD}, follow=True).content.decode()
    assert "<h1>Your second step</h1>" in asked
    assert re.findall(THEIR_WORDS, asked) == []
    wrong = again.post("/account/2fa/authenticate/", {"code": "000000"}).content.decode()
    assert re.findall(THEIR_WORDS, wrong) == []


def at_home(user: User, address: str) -> Client:
    """A browser in which somebody has signed in and has just said again who they are."""
    client = Client(REMOTE_ADDR=address)
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def page_of(client: Client, path: str) -> str:
    answer = client.get(f"/account/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def code_of(secret: str) -> str:
    """What an authenticator app shows now for the secret."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_the_letter_with_the_link_is_in_our_words(outbox: list):
    user = make_user()
    Client(REMOTE_ADDR="192.0.2.53").post("/account/password/reset/", {"email": user.email})
    Client(REMOTE_ADDR="192.0.2.54").post("/account/password/reset/", {"email": f"{unique('nobody')}@example.com"})
    known, unknown = outbox
    assert known.subject == "Choose another password"
    assert "Choose it here, within three days" in known.body
    assert re.search(r"/account/password/reset/key/\S+/", known.body)
    assert unknown.subject == "There is no account with this address"
    assert "sign up" not in unknown.body


def test_who_tries_too_often_is_told_in_our_words():
    answers = [Client(REMOTE_ADDR="192.0.2.55").post("/account/login/", {"login": "x@example.com"}) for _ in range(40)]
    assert answers[-1].status_code == 429
    assert "That was too often" in answers[-1].content.decode()


def test_every_letter_that_the_library_can_send_is_in_our_words():
    library = Path(allauth.__file__).parent / "templates"
    letters = sorted(path.relative_to(library) for path in library.glob("*/email/*.txt"))
    letters = [
        path for path in letters if path.parts[0] in {"account", "mfa"} and path.stem != "password_reset_message"
    ]
    theirs = [str(path) for path in letters if str(library) in get_template(str(path)).origin.name]
    assert [path for path in theirs if not path.startswith("account/email/email_confirmation_signup")] == []
    assert len(letters) > 20
