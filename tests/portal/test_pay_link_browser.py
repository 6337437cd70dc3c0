"""In a real browser: somebody with a link pays by card and from a bank account, and no number ever reaches us."""

import logging
import os
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote_plus

import psycopg
import pytest
from psycopg import sql

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import unique
from alarmdesk.invoicing.testing import make_invoice
from alarmdesk.lib import clock
from alarmdesk.payments import letters
from alarmdesk.payments.testing import merchant_of
from alarmdesk.portal.pay_links import link_for, link_for_balance, withdraw
from simulators.nmi.rules import card_answering
from tests.house.looking import Eye
from tests.payments_pages.shop import Shop
from tests.payments_pages.signing_in import sign_in, type_into_frames

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

pytestmark = pytest.mark.browser
CARD, CODE = "4012888888881881", "738"
ROUTING, ACCOUNT = "490000018", "990077003311"


def link_to(shop: Shop) -> str:
    with inside(shop.company):
        return link_for(shop.invoice, today=shop.company.local_date(clock.now()))


def sales(shop: Shop, world: Any) -> list[str]:
    return [each["amount"] for each in world.statement(merchant_of(shop.company))["transactions"]]


def fill_card(page: "Page", number: str = CARD) -> None:
    type_into_frames(page, Card_number=number, Expiration_date="1030", Security_code=CODE)


def open_link(page: "Page", url: str) -> None:
    page.goto(url)
    page.locator("form[data-ready]").wait_for()


def test_a_card_pays_by_a_link_however_often_the_button_is_pressed(
    shop: Shop, page: "Page", site: str, world: Any
) -> None:
    from playwright.sync_api import expect

    open_link(page, link_to(shop))
    fill_card(page)
    page.get_by_role("button", name="Pay $39.95 now").dblclick()
    expect(page.get_by_role("heading", name="Thank you. $39.95 is paid.")).to_be_visible()
    assert sales(shop, world) == ["39.95"]
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name=f"Invoice {shop.invoice.number} is paid")).to_be_visible()
    assert sales(shop, world) == ["39.95"]


def test_a_refused_card_is_followed_by_a_good_one(shop: Shop, page: "Page", site: str, world: Any) -> None:
    from playwright.sync_api import expect

    open_link(page, link_to(shop))
    page.get_by_label("E-mail for the receipt").fill("aunt@example.net")
    fill_card(page, card_answering(202))
    page.get_by_role("button", name="Pay $39.95 now").click()
    expect(page.get_by_text("Insufficient funds.")).to_be_visible()
    expect(page.get_by_label("E-mail for the receipt")).to_have_value("aunt@example.net")
    page.locator("form[data-ready]").wait_for()
    fill_card(page)
    page.get_by_role("button", name="Pay $39.95 now").click()
    expect(page.get_by_text("A receipt goes to aunt@example.net.")).to_be_visible()
    assert sales(shop, world) == ["39.95"]


# --- what was typed into the gateway's fields is nowhere else


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """Every line that any logger writes meanwhile, at the finest level."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.name} {record.getMessage()} {record.args} {record.exc_info}")

    ear, root = Ear(), logging.getLogger()
    before = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    logging.getLogger("django").setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(ear)
    root.setLevel(before)
    logging.getLogger("django").setLevel(logging.NOTSET)


def everything_in_the_database() -> str:
    """Each row of each table of the whole database, walled or not, as text (as the owner of the tables)."""
    rows: list[str] = []
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        names = owner.execute("select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'm')"
                              " and c.relnamespace = 'public'::regnamespace").fetchall()  # fmt: skip
        for (name,) in names:
            table = sql.SQL("select t::text from {} t").format(sql.Identifier(name.strip('"')))
            rows += [row[0] or "" for row in owner.execute(table).fetchall()]
    return "\n".join(rows)


def spellings(number: str) -> list[str]:
    """A number as it may have been written: plain, in fours, with dashes."""
    fours = re.findall(r"\d{1,4}", number)
    return [number, " ".join(fours), "-".join(fours)]


def sent_to_us(page: "Page", site: str) -> list["Request"]:
    requests: list[Request] = []
    page.on("request", lambda request: request.url.startswith(site) and requests.append(request))
    return requests


def test_no_card_number_is_ever_seen_by_us(shop: Shop, page: "Page", site: str, world: Any, heard: list[str]) -> None:
    from playwright.sync_api import expect

    to, asked = f"{unique('aunt').lower()}@example.net", sent_to_us(page, site)
    refused = card_answering(202)
    open_link(page, link_to(shop))
    page.get_by_label("E-mail for the receipt").fill(to)
    fill_card(page, refused)
    page.get_by_role("button", name="Pay $39.95 now").click()
    expect(page.get_by_text("Insufficient funds.")).to_be_visible()
    shown = [page.content()]
    page.locator("form[data-ready]").wait_for()
    fill_card(page)
    page.get_by_role("button", name="Pay $39.95 now").click()
    expect(page.get_by_role("heading", name="Thank you. $39.95 is paid.")).to_be_visible()
    shown.append(page.content())
    nowhere(world, shop, asked, heard, shown, to=to, numbers=[CARD, refused], code=CODE)


def test_no_account_number_is_ever_seen_by_us(
    shop: Shop, page: "Page", site: str, world: Any, heard: list[str]
) -> None:
    from playwright.sync_api import expect

    to, asked = f"{unique('aunt').lower()}@example.net", sent_to_us(page, site)
    open_link(page, link_to(shop))
    page.get_by_role("link", name="Bank account").click()
    page.locator("form[data-ready]").wait_for()
    type_into_frames(page, Name_on_the_account="Ann Lee", Routing_number=ROUTING, Account_number=ACCOUNT)
    page.get_by_label("E-mail for the receipt").fill(to)
    page.get_by_label("I have read this and agree").check()
    page.get_by_role("button", name="Pay $39.95 now").click()
    expect(page.get_by_text("Your bank settles it within a few business days.")).to_be_visible()
    nowhere(world, shop, asked, heard, [page.content()], to=to, numbers=[ACCOUNT, ROUTING], code="")


def nowhere(
    world: Any, shop: Shop, asked: list["Request"], heard: list[str], shown: list[str], *,
    to: str, numbers: list[str], code: str,
) -> None:  # fmt: skip
    """The numbers stand in no request to us, no row, no line of a log, no mail and no page; what we do keep is found
    by the same search, so that it can find.
    """
    assert sales(shop, world) == ["39.95"]
    letters.deliver_all(shop.company, now=clock.now)
    mails = world.mail(to)
    told = {
        "requests": "\n".join(f"{one.url} {one.headers} {unquote_plus(one.post_data or '')}" for one in asked),
        "database": everything_in_the_database(),
        "log": "\n".join(heard),
        "mails": "\n".join(str(mail) for mail in mails),
        "pages": "\n".join(shown),
    }
    for place in ("requests", "database", "mails", "pages"):
        assert to in told[place], f"the search finds nothing in the {place}"
    assert "/pay/" in told["log"], "no line of a log was heard"
    for place, text in told.items():
        found = [number for number in numbers for spelling in spellings(number) if spelling in text]
        assert found == [], f"in the {place}"
    values = [value for one in asked for value in parse_qs(one.post_data or "").values()]
    assert values, "nothing was sent to us"
    assert code == "" or [code] not in values


# --- how it looks


def test_every_page_is_clean(shop: Shop, eye_of: Callable[..., Eye], world: Any) -> None:
    today = shop.company.local_date(clock.now())
    with inside(shop.company):
        second = make_invoice(shop.nora)
        withdrawn = link_for(second, today=today)
        withdraw(customer=shop.nora, invoice=second, at=clock.now(), by="Rosa")
        balance = link_for_balance(shop.nora, today=today)
    eye = eye_of()
    page = eye.page

    def judge(name: str) -> None:
        page.wait_for_load_state("networkidle")
        eye.judge(f"guest-{name}")

    for name, url in {
        "card": link_to(shop), "bank": f"{link_to(shop)}bank-account/", "balance": balance, "over": withdrawn,
        "cut": f"{link_to(shop)[:-9]}/",
    }.items():  # fmt: skip
        page.goto(url)
        judge(name)
    open_link(page, link_to(shop))
    fill_card(page, card_answering(202))
    page.get_by_role("button", name="Pay $39.95 now").click()
    page.get_by_text("Insufficient funds.").wait_for()
    judge("refused")
    page.locator("form[data-ready]").wait_for()
    fill_card(page)
    page.get_by_role("button", name="Pay $39.95 now").click()
    page.get_by_role("heading", name="Thank you. $39.95 is paid.").wait_for()
    judge("receipt")
    page.goto(link_to(shop))
    judge("paid")


def test_the_office_copies_and_withdraws_a_link(
    shop: Shop, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, shop.rosa.user, site)
    page.goto(shop.url(f"invoices/{shop.invoice.pk}/"))
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("link", name="Pay link").click()
    expect(page.get_by_role("heading", name=f"Pay link for Invoice {shop.invoice.number}")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == link_to(shop)
    page.get_by_role("link", name="Withdraw links").click()
    expect(page.get_by_role("heading", name="Withdraw pay links?")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Withdrawn. The links that were out do not work any more.")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="This pay link has ended")).to_be_visible()
