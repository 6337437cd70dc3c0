"""Who may come in, and who may let others in?"""

import re
import threading

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Staff, User
from alarmdesk.company.permissions import users
from alarmdesk.company.testing import OPENED, make_staff, make_user, unique
from alarmdesk.customers.permissions import customers
from alarmdesk.office import actions
from alarmdesk.office.testing import make_open_company, office_of, owner_of, signed_in


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    mail.outbox = []
    return mail.outbox


def group(company, name):
    with inside(company):
        return company.groups.get(name=name)


def place_of(company, email):
    with inside(company):
        return Staff.objects.select_related("user", "group").get(company=company, user__email=email)


def post_invitation(company, client, email, **fields):
    fields = {
        "name": "Luis Ferrer",
        "email": email,
        "group": group(company, "Office").pk,
        "title": "Dispatcher",
        **fields,
    }
    return client.post(f"/{company.slug}/settings/users/invite/", fields)


def test_an_invited_person_chooses_a_password_by_the_link_and_is_in(outbox):
    company, email = make_open_company(), f"{unique('luis')}@example.com"
    assert post_invitation(company, office_of(company), email).status_code == 302
    assert place_of(company, email).group.name == "Office"
    user = User.objects.get(email=email)
    assert not user.has_usable_password()
    [letter] = outbox
    assert letter.to == [email]
    link = re.search(r"https?://\S+", letter.body)[0].removeprefix(settings.SITE_URL)
    browser = Client()
    answer = browser.get(link, follow=True)
    form = answer.redirect_chain[-1][0]
    browser.post(form, {"password1": "a long new password", "password2": "a long new password"})
    user.refresh_from_db()
    assert user.check_password("a long new password")
    visitor = Client()
    visitor.post("/account/login/", {"login": email, "password": "a long new password"})
    assert visitor.get(f"/{company.slug}/").status_code == 200


def test_an_invitation_link_works_once(outbox):
    company, email = make_open_company(), f"{unique('luis')}@example.com"
    post_invitation(company, office_of(company), email)
    link = re.search(r"https?://\S+", outbox[0].body)[0].removeprefix(settings.SITE_URL)
    first = Client()
    form = first.get(link, follow=True).redirect_chain[-1][0]
    first.post(form, {"password1": "a long new password", "password2": "a long new password"})
    second = Client().get(link, follow=True)
    assert b"password1" not in second.content


def test_somebody_with_an_account_elsewhere_is_told_to_sign_in(outbox):
    user = make_user()
    company = make_open_company()
    post_invitation(company, office_of(company), user.email)
    assert "/account/login/" in outbox[0].body
    assert "password/reset" not in outbox[0].body
    user.refresh_from_db()
    assert user.has_usable_password()


def test_the_person_is_added_and_the_office_told_when_the_mail_server_is_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "EMAIL_PORT", 1)
    monkeypatch.setattr(settings, "EMAIL_HOST", "127.0.0.1")
    company, email = make_open_company(), f"{unique('luis')}@example.com"
    client = office_of(company)
    answer = post_invitation(company, client, email)
    assert answer.status_code == 302
    assert place_of(company, email)
    assert b"did not take the invitation" in client.get(answer["Location"]).content


def test_nobody_is_invited_twice(outbox):
    company, email = make_open_company(), f"{unique('luis')}@example.com"
    client = office_of(company)
    post_invitation(company, client, email)
    answer = post_invitation(company, client, email.upper())
    assert answer.status_code == 422
    assert b"already works here" in answer.content
    assert len(outbox) == 1


def test_who_was_let_go_is_outside_at_once_and_inside_again_when_brought_back():
    company = make_open_company()
    place = make_staff(company, customers.view)
    browser, office = signed_in(place), office_of(company)
    assert browser.get(f"/{company.slug}/").status_code == 200
    assert office.post(f"/{company.slug}/settings/users/{place.pk}/let-go/", {}).status_code == 302
    assert browser.get(f"/{company.slug}/").status_code == 404
    assert office.post(f"/{company.slug}/settings/users/{place.pk}/bring-back/").status_code == 302
    assert browser.get(f"/{company.slug}/").status_code == 200


def test_the_last_administrator_cannot_be_let_go_or_moved():
    company = make_open_company()
    owner, office = owner_of(company), office_of(company)
    answer = office.post(f"/{company.slug}/settings/users/{owner.pk}/let-go/", {})
    assert answer.status_code == 422
    assert b"last administrator" in answer.content
    sales = group(company, "Sales")
    answer = office.post(f"/{company.slug}/settings/users/{owner.pk}/", {"group": sales.pk, "title": "Owner"})
    assert answer.status_code == 422
    assert owner_of(company).left_at is None


def test_one_of_two_administrators_may_leave():
    company = make_open_company()
    second = make_staff(company, administrator=True)
    with inside(company):
        actions.let_go(second, at=OPENED, by=owner_of(company))
    assert owner_of(company).left_at is None


def test_two_administrators_who_let_each_other_go_at_once_leave_one():
    company = make_open_company()
    first, second = owner_of(company), make_staff(company, administrator=True)
    both_read = threading.Barrier(2)
    refused = []

    def go(leaving, by):
        try:
            with inside(company):
                both_read.wait(timeout=10)
                actions.let_go(leaving, at=OPENED, by=by)
        except actions.LastAdministrator:
            refused.append(leaving)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with inside(company):
        left = Staff.objects.filter(group__is_administrator=True, left_at=None).count()
    assert (len(refused), left) == (1, 1)


def test_who_may_invite_cannot_make_an_administrator(outbox):
    company, email = make_open_company(), f"{unique('eve')}@example.com"
    clerk = office_of(company, users.view, users.create, users.modify)
    administrators = group(company, "Administrators")
    answer = post_invitation(company, clerk, email, group=administrators.pk)
    assert answer.status_code == 422
    assert not User.objects.filter(email=email).exists()
    assert outbox == []


def test_nobody_makes_an_administrator_of_themselves():
    company = make_open_company()
    clerk = make_staff(company, users.view, users.modify)
    administrators = group(company, "Administrators")
    answer = signed_in(clerk).post(
        f"/{company.slug}/settings/users/{clerk.pk}/", {"group": administrators.pk, "title": "Boss"}
    )
    assert answer.status_code == 422
    with inside(company):
        assert Staff.objects.get(pk=clerk.pk).group_id == clerk.group_id


def test_nobody_gives_their_own_group_a_grant_that_they_do_not_hold():
    company = make_open_company()
    clerk = make_staff(company, users.view, users.modify)
    answer = signed_in(clerk).post(
        f"/{company.slug}/settings/groups/{clerk.group_id}/",
        {"name": "Clerks", "grants": ["users.view", "users.modify", "payments.view"]},
    )
    assert answer.status_code == 422
    with inside(company):
        assert {str(grant) for grant in actions.held_by(company.groups.get(pk=clerk.group_id))} == {
            "users.view",
            "users.modify",
        }


def test_a_group_holds_what_was_ticked_and_nothing_that_no_room_declares():
    company = make_open_company()
    sales = group(company, "Sales")
    office = office_of(company)
    answer = office.post(
        f"/{company.slug}/settings/groups/{sales.pk}/",
        {"name": "Sales", "grants": ["leads.view", "processing.issue_credit", "launch.rockets"]},
    )
    assert answer.status_code == 302
    with inside(company):
        held = {str(grant) for grant in actions.held_by(company.groups.get(pk=sales.pk))}
    assert held == {"leads.view", "processing.issue_credit"}


def test_two_groups_cannot_have_one_name():
    company = make_open_company()
    answer = office_of(company).post(f"/{company.slug}/settings/groups/new/", {"name": "sales"})
    assert answer.status_code == 422
    assert "There is a group called" in answer.content.decode()


def test_the_administrators_keep_every_grant_whatever_is_posted():
    company = make_open_company()
    administrators = group(company, "Administrators")
    office = office_of(company)
    office.post(f"/{company.slug}/settings/groups/{administrators.pk}/", {"name": "Administrators", "grants": []})
    assert office.get(f"/{company.slug}/settings/users/").status_code == 200


def test_a_group_with_people_cannot_be_removed():
    company = make_open_company()
    place = make_staff(company, customers.view)
    office = office_of(company)
    office.post(f"/{company.slug}/settings/groups/{place.group_id}/remove/")
    with inside(company):
        assert company.groups.filter(pk=place.group_id).exists()
    sales = group(company, "Sales")
    office.post(f"/{company.slug}/settings/groups/{sales.pk}/remove/")
    with inside(company):
        assert not company.groups.filter(pk=sales.pk).exists()


def test_the_permission_matrix_says_what_each_page_takes():
    company = make_open_company()
    page = office_of(company).get(f"/{company.slug}/settings/permissions/").content.decode()
    assert "Users and groups: View" in page
    assert "Can Issue Credit" in page or "Payment Processing" in page


def test_nobody_signs_up_from_outside():
    answer = Client().get("/account/signup/")
    assert b'name="password1"' not in answer.content
