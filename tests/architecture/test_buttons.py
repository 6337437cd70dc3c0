"""Does every page leave out what its reader may not do? Each grant is taken away alone, and the page is read again.

Nothing is listed by hand: what a page offers are its links, forms and htmx addresses, and what each takes is the mark
of the view behind it.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from alarmdesk.company.marks import Mark
from alarmdesk.company.permissions import Grant
from alarmdesk.company.testing import make_staff
from alarmdesk.office.permissions import all_grants
from alarmdesk.office.testing import office_of, signed_in
from tests.architecture.shop import Shop
from tests.architecture.test_doors import BY_NAME, STAFF, Door

LEADING = ("href", "action", "formaction", "hx-get", "hx-post", "data-url", "data-undo")
# what frames draw is the same on all pages of a kind: it is read on these
WITH_FRAME = {"office:home", "office:settings", "office:customer"}
FRAME = {"settings-nav", "record-head", "tabs", "column-side"}
Without = Callable[[Grant], Client]


class Offers(HTMLParser):
    """What a document leads to: every address in it, or in its main part without what frames draw there."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__()
        self.whole, self.is_main = whole, whole
        self.left_out, self.deep = "", 0
        self.paths: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.left_out:
            self.deep += tag == self.left_out
            return
        held = dict(attrs)
        self.is_main = self.is_main or tag == "main"
        if not self.whole and FRAME & set((held.get("class") or "").split()):
            self.left_out, self.deep = tag, 1
        elif self.is_main:
            self.paths |= {value for name, value in attrs if name in LEADING and value and value.startswith("/")}

    def handle_endtag(self, tag: str) -> None:
        if self.left_out:
            self.deep -= tag == self.left_out
            self.left_out = self.left_out if self.deep else ""
        elif tag == "main":
            self.is_main = self.whole


@cache
def mark_of(path: str) -> Mark | None:
    """Who may call what stands there; None for what is no view of ours."""
    try:
        return getattr(resolve(path).func, "mark", None)
    except Resolver404:
        return None


def offered(page: str, *, whole: bool = False) -> dict[Grant, set[str]]:
    """The addresses that a page leads to, by the grant that each takes."""
    reader = Offers(whole=whole)
    reader.feed(page)
    found: dict[Grant, set[str]] = {}
    for address in reader.paths:
        path = urlsplit(address).path
        mark = mark_of(path)
        if mark is not None and mark.who == "staff" and mark.may is not None:
            found.setdefault(mark.may, set()).add(path)
    return found


@pytest.fixture(scope="module")
def owner(shop: Shop) -> Client:
    return office_of(shop.company)


@pytest.fixture(scope="module")
def without(shop: Shop) -> Iterator[Without]:
    """`without(grant)`: the browser of somebody who may do everything else. Who may not see a thing may not change it
    either: where the grant is to view, all of its resource are missing.
    """

    @cache
    def somebody(grant: Grant) -> Client:
        missing = {one for one in all_grants() if one.resource == grant.resource} if grant.verb == "view" else {grant}
        return signed_in(make_staff(shop.company, *(all_grants() - missing)))

    yield somebody
    somebody.cache_clear()


def text_of(browser: Client, path: str) -> str:
    """The page, "" where there is none to be read: a verb, a file, a way on, or a refusal."""
    answer = browser.get(path)
    is_page = answer.status_code in {200, 422} and answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.content.decode() if is_page and not answer.streaming else ""


@pytest.mark.parametrize("door", [door for door in STAFF if door.mark.may], **BY_NAME)
def test_whoever_lacks_the_one_grant_is_refused_whatever_else_they_may(door: Door, shop: Shop, without: Without):
    assert door.mark.may is not None
    path, browser = door.path(shop.company.slug, shop), without(door.mark.may)
    got, posted = browser.get(path).status_code, browser.post(path).status_code
    assert {got, posted} <= {403, 405}, f"{path}: {got}, {posted}"
    assert 403 in {got, posted}


@pytest.mark.parametrize("door", STAFF, **BY_NAME)
def test_no_page_shows_a_button_to_whoever_may_not_press_it(door: Door, shop: Shop, owner: Client, without: Without):
    path, whole = door.path(shop.company.slug, shop), door.name in WITH_FRAME
    shown = offered(text_of(owner, path), whole=whole)
    wrong = {}
    for grant in sorted(set(shown) - {door.mark.may}, key=str):
        left = offered(text_of(without(grant), path), whole=whole).get(grant)
        if left:
            wrong[str(grant)] = sorted(re.sub(r"\d+", "…", each) for each in left)
    assert wrong == {}


def test_what_is_read_off_a_page_is_what_it_offers(shop: Shop, owner: Client):
    """Else the tests above would be empty."""
    slug = shop.company.slug
    page = text_of(owner, f"/{slug}/customers/{shop['customer'].pk}/")
    shown = {str(grant): paths for grant, paths in offered(page, whole=True).items()}
    assert f"/{slug}/customers/{shop['customer'].pk}/edit/" in shown["customers.modify"]
    assert f"/{slug}/customers/{shop['customer'].pk}/merge/" in shown["duplicates.merge"]
    assert len(shown) > 10
    whole = {str(grant) for grant in offered(text_of(owner, f"/{slug}/"), whole=True)}
    assert {"customers.create", "leads.view", "runs.view", "duplicates.view"} <= whole
