"""Somebody is invited, comes in, sees one account only, and is shut out again."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from alarmdesk.company.actions import portals_of
from alarmdesk.company.entering import inside
from alarmdesk.company.models import User
from alarmdesk.company.testing import PASSWORD, make_staff, make_user, unique
from alarmdesk.customers.permissions import customers
from alarmdesk.invoicing.testing import make_billed_customer
from alarmdesk.lib import clock
from alarmdesk.portal import letters
from alarmdesk.portal.models import AccountHolder
from alarmdesk.portal.testing import make_holder
from tests.payments_pages.shop import Shop, make_shop, signed_in
from tests.portal.people import browser_of

NEW_PASSWORD = "a long enough secret"


def invite(shop: Shop, world: Any, email: str) -> str:
    """Rosa invites an address; the path of the link that arrives there."""
    office = signed_in(shop.rosa)
    assert office.post(shop.of_nora("portal/invite/"), {"email": email}).status_code == 302
    letters.deliver_all(shop.company, now=clock.now)
    text = world.mail(to=email)[-1]["text"]
    start = text.index(f"/{shop.company.slug}/portal/invitation/")
    return str(text[start:].split()[0])


def holder(shop: Shop) -> AccountHolder:
    with inside(shop.company):
        return AccountHolder.objects.select_related("user").get()


def test_a_stranger_makes_a_sign_in_and_comes_in(shop: Shop, world: Any) -> None:
    email = f"{unique('nora')}@example.com"
    link = invite(shop, world, email)
    stranger = Client()
    page = stranger.get(link)
    assert email in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"
    answer = stranger.post(link, {"name": "Nora Whitfield", "password": NEW_PASSWORD})
    assert answer.url.startswith("/account/login/")
    signed = stranger.post(answer.url, {"login": email, "password": NEW_PASSWORD}, follow=True)
    assert signed.redirect_chain[-1][0] == shop.url("portal/")
    assert "$39.95" in signed.content.decode()
    assert holder(shop).user.email == email
    assert [company.pk for company in portals_of(holder(shop).user)] == [shop.company.pk]


def test_who_has_a_sign_in_accepts_with_it(shop: Shop, world: Any) -> None:
    person = make_user(name="Nora Whitfield")
    link = invite(shop, world, person.email)
    browser = browser_of(person)
    assert f"signed in as <strong>{person.email}" in browser.get(link).content.decode()
    assert browser.post(link).url == shop.url("portal/")
    assert holder(shop).user == person
    assert browser.get(link).url == shop.url("portal/")


def test_no_page_tells_whether_an_address_has_a_sign_in(shop: Shop, world: Any) -> None:
    known = make_user(name="Omar Reyes")
    unknown = f"{unique('nobody')}@example.com"
    told = []
    for email in (known.email, unknown):
        link = invite(shop, world, email)
        browser = Client()
        page = browser.get(link).content.decode().replace(email, "X")
        answer = browser.post(link, {"name": "Somebody", "password": NEW_PASSWORD})
        said = browser.get(answer.url).content.decode().replace(email, "X").replace(link, "L")
        start = said.index("Now sign in with")
        form = page[page.index("<h1>") : page.index("</form>", page.index("<h1>"))]
        told.append((form.replace(link, "L").split("?next=")[0], answer.status_code, said[start : start + 160]))
    assert told[0] == told[1]
    assert User.objects.get(pk=known.pk).check_password(PASSWORD)
    with inside(shop.company):
        assert AccountHolder.objects.get(email=known.email).user is None


def test_an_account_that_merely_carries_the_address_does_not_get_in(shop: Shop, world: Any) -> None:
    known = make_user(name="Omar Reyes")
    link = invite(shop, world, known.email)
    Client().post(link, {"name": "Somebody", "password": NEW_PASSWORD})
    assert browser_of(known).get(shop.url("portal/")).status_code == 404


def test_a_link_is_good_for_seven_days(shop: Shop, world: Any) -> None:
    link = invite(shop, world, f"{unique('nora')}@example.com")
    with clock.hold(clock.now() + dt.timedelta(days=6, hours=23)):
        assert Client().get(link).status_code == 200
    with clock.hold(clock.now() + dt.timedelta(days=7, minutes=1)):
        late = Client().get(link)
        assert late.status_code == 410
        assert "This link is not good any more" in late.content.decode()


def test_a_newer_invitation_replaces_the_older(shop: Shop, world: Any) -> None:
    email = f"{unique('nora')}@example.com"
    old = invite(shop, world, email)
    new = invite(shop, world, email)
    assert (Client().get(old).status_code, Client().get(new).status_code) == (410, 200)
    with inside(shop.company):
        assert AccountHolder.objects.count() == 1


def test_a_link_works_once(shop: Shop, world: Any) -> None:
    link = invite(shop, world, f"{unique('nora')}@example.com")
    Client().post(link, {"name": "Nora", "password": NEW_PASSWORD})
    assert Client().get(link).status_code == 410
    assert browser_of(make_user()).post(link).status_code == 410


@pytest.mark.parametrize("changed", ["x", ""])
def test_a_link_that_was_meddled_with_leads_nowhere(shop: Shop, world: Any, changed: str) -> None:
    link = invite(shop, world, f"{unique('nora')}@example.com").rstrip("/")
    assert Client().get(f"{link[:-1]}{changed}/").status_code == 410


def test_a_link_opens_nothing_at_a_rival(shop: Shop, world: Any) -> None:
    link = invite(shop, world, f"{unique('nora')}@example.com")
    rival = make_shop(world)
    assert Client().get(link.replace(shop.company.slug, rival.company.slug)).status_code == 410


def test_no_copy_of_the_link_stays_with_the_dealer(shop: Shop, world: Any) -> None:
    email = f"{unique('nora')}@example.com"
    token = invite(shop, world, email).rstrip("/").rpartition("/")[2]
    with inside(shop.company):
        message = shop.company.messages.get(to=email)
        assert token not in str(vars(message))


def test_access_ends_at_once(shop: Shop) -> None:
    with inside(shop.company):
        held = make_holder(shop.nora)
    browser, office = browser_of(held.user), signed_in(shop.rosa)
    assert browser.get(shop.url("portal/")).status_code == 200
    assert held.email in office.get(shop.of_nora("portal/")).content.decode()
    assert office.post(shop.url(f"portal-access/{held.pk}/end/")).status_code == 302
    assert browser.get(shop.url("portal/")).status_code == 404


def test_the_portal_is_for_its_holders(shop: Shop, world: Any) -> None:
    with inside(shop.company):
        held = make_holder(shop.nora)
    rival = make_shop(world)
    assert browser_of(held.user).get(rival.url("portal/")).status_code == 404
    assert signed_in(shop.rosa).get(shop.url("portal/")).status_code == 404
    assert Client().get(shop.url("portal/")).url.startswith("/account/login/")
    assert browser_of(held.user).get(shop.url("")).status_code == 404


def test_who_holds_several_accounts_chooses(shop: Shop) -> None:
    with inside(shop.company):
        other = make_billed_customer(first_name="", last_name="", business_name="Whitfield Bakery")
        stranger = make_billed_customer(first_name="Omar", last_name="Reyes")
        held = make_holder(shop.nora)
        make_holder(other, held.user)
    browser = browser_of(held.user)
    assert browser.get(shop.url("portal/")).url == shop.url("portal/accounts/")
    assert "Whitfield Bakery" in browser.get(shop.url("portal/accounts/")).content.decode()
    browser.post(shop.url("portal/accounts/"), {"customer": other.pk})
    assert "Whitfield Bakery" in browser.get(shop.url("portal/")).content.decode()
    assert browser.post(shop.url("portal/accounts/"), {"customer": stranger.pk}).status_code == 404


def test_inviting_takes_a_grant_and_a_customer_of_ones_own(shop: Shop, world: Any) -> None:
    viewer = signed_in(make_staff(shop.company, customers.view))
    assert viewer.get(shop.of_nora("portal/")).status_code == 200
    assert viewer.post(shop.of_nora("portal/invite/"), {"email": "a@example.com"}).status_code == 403
    rival = make_shop(world)
    theirs = signed_in(rival.rosa)
    for path in (shop.of_nora("portal/"), rival.url(f"customers/{shop.nora.pk}/portal/")):
        assert theirs.get(path).status_code == 404
