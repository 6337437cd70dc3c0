"""Do the hosted fields turn a card or account into a one-use token, also under a strict policy in a real browser?"""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from simulators.client import World
from tests.simulators.shop import CARD, CHECK, PUBLIC_KEY, Transact, post, wire

FIELDS = {"cc": ("ccnumber", "ccexp", "cvv"), "ck": ("checkname", "checkaba", "checkaccount")}
PAGE = """<!doctype html><html lang="en"><title>Pay</title><script src="{sim}/token/Collect.js" data-theme="{theme}"
 data-tokenization-key="{key}"></script><script src="/pay.js" defer></script>
<body data-kind="{kind}"><div id="a"></div><div id="b"></div><div id="c"></div><button id="pay">Pay</button>
<output id="token"></output><output id="shown"></output><output id="ready"></output><output id="said"></output>"""
SCRIPT = """
const by = (id) => document.getElementById(id);
const names = {cc: ['ccnumber', 'ccexp', 'cvv'], ck: ['checkname', 'checkaba', 'checkaccount']};
const kind = document.body.dataset.kind;
const fields = Object.fromEntries(names[kind].map((name, at) => [name, {selector: '#' + 'abc'[at]}]));
CollectJS.configure({
  variant: 'inline', paymentType: kind, fields, timeoutDuration: 8000,
  fieldsAvailableCallback: () => { by('ready').textContent = 'ready'; },
  validationCallback: (field, ok, message) => { by('said').textContent += `${field} ${ok} ${message};`; },
  timeoutCallback: () => { by('said').textContent += 'timeout;'; },
  callback: (answer) => {
    by('token').textContent = answer.token;
    by('shown').textContent = JSON.stringify([answer.tokenType, answer.card, answer.check]);
  },
});
by('pay').addEventListener('click', () => CollectJS.startPaymentRequest());
"""


def create(world: World, *, payment_type: str = "cc", key: str = PUBLIC_KEY, **fields: str) -> dict[str, Any]:
    """Ask for a token as the frames do."""
    sent = {"tokenization_key": key, "payment_type": payment_type, "fields": fields}
    answer: dict[str, Any] = wire.post(f"{world.http}/token/create", json=sent).json()
    return answer


def test_a_token_works_once(world: World, transact: Transact) -> None:
    answer = create(world, **CARD)
    assert answer["tokenType"] == "inline"
    assert answer["card"] == {
        "number": "411111******1111", "bin": "411111", "exp": "1030", "type": "visa", "category": "unknown", "hash": "",
    }  # fmt: skip
    assert transact(type="sale", amount="10.00", payment_token=answer["token"])["cvvresponse"] == "M"
    again = transact(type="sale", amount="20.00", payment_token=answer["token"])
    assert again["responsetext"].startswith("Payment Token has already been used REFID:")


def test_a_refused_request_spends_the_token_too(world: World, transact: Transact) -> None:
    transact(type="sale", amount="10.00", **CARD)
    token = create(world, **CARD)["token"]
    assert transact(type="sale", amount="10.00", payment_token=token)["response_code"] == "430"
    assert "already been used" in transact(type="sale", amount="11.00", payment_token=token)["responsetext"]


def test_a_token_lives_fifteen_minutes(world: World, transact: Transact) -> None:
    first, second = create(world, **CARD)["token"], create(world, payment_type="ck", **CHECK)["token"]
    world.advance(15 * 60)
    assert transact(type="sale", amount="10.00", payment_token=first)["response"] == "1"
    world.advance(1)
    assert "expired" in transact(type="sale", amount="11.00", payment_token=second)["responsetext"]


def test_a_token_belongs_to_its_merchant(world: World) -> None:
    world.merchant("Rival", security_key="rival-key", tokenization_key="rival-public")
    token = create(world, key="rival-public", **CARD)["token"]
    assert "does not exist" in post(world, type="sale", amount="10.00", payment_token=token)["responsetext"]
    assert create(world, key="unknown", **CARD)["error"] == "Tokenization key not found"


def test_a_wrong_account_gets_no_token(world: World) -> None:
    assert create(world, **CARD | {"ccnumber": "4111111111111112"}) == {"error": "Invalid Credit Card Number"}
    assert create(world, **CARD | {"ccexp": "1226"}) == {"error": "Card is expired"}
    assert create(world, payment_type="ck", **CHECK | {"checkaba": "123"}) == {"error": "Invalid ABA number"}
    assert wire.post(f"{world.http}/token/create", content=b"nonsense").status_code == 400


def test_field_pages_are_labelled_and_plain(world: World) -> None:
    page = wire.get(f"{world.http}/token/field", params={"field": "ccexp", "title": "<b>x", "theme": "dark"})
    assert '<label class="hidden" for="field">&lt;b&gt;x</label>' in page.text
    assert 'data-theme="dark"' in page.text
    assert "style=" not in page.text
    assert wire.get(f"{world.http}/token/field", params={"field": "password"}).status_code == 404
    assert "eval" not in wire.get(f"{world.http}/token/Collect.js").text


class Dealer(http.server.BaseHTTPRequestHandler):
    """A page of another origin under the policy that AlarmDesk has."""

    def __init__(self, sim: str, *args: Any) -> None:
        self.sim = sim
        super().__init__(*args)

    def do_GET(self) -> None:
        kind = "ck" if self.path.startswith("/ck") else "cc"
        is_script = self.path == "/pay.js"
        text = SCRIPT if is_script else PAGE.format(sim=self.sim, key=PUBLIC_KEY, kind=kind, theme="dark")
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_script else "text/html; charset=utf-8")
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'none'; script-src 'self' {self.sim}; style-src 'self'; frame-src {self.sim};"
            " connect-src 'self'; form-action 'self'",
        )
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def dealer_page(world: World, browser: Browser) -> Iterator[Page]:
    """A Chromium page at the dealer's origin; fails on any console error, a broken policy among them."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Dealer, world.http))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    errors: list[str] = []
    page = browser.new_page(base_url=f"http://127.0.0.1:{server.server_address[1]}")
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    server.shutdown()
    server.server_close()
    assert [error for error in errors if "favicon" not in error] == []


def fill(page: Page, **values: str) -> None:
    """Type into the frames by their labels."""
    for title, value in values.items():
        label = title.replace("_", " ")
        page.frame_locator(f'iframe[title="{label}"]').get_by_label(label).press_sequentially(value)


@pytest.mark.browser
def test_a_card_is_typed_and_paid_in_a_browser(world: World, dealer_page: Page) -> None:
    dealer_page.goto("/cc")
    expect(dealer_page.locator("#ready")).to_have_text("ready")
    fill(dealer_page, Card_number="4111111111111112", Expiration_date="1030", Security_code="999")
    dealer_page.click("#pay")
    expect(dealer_page.locator("#said")).to_contain_text("ccnumber false Card number is invalid;")
    expect(dealer_page.locator("#token")).to_have_text("")
    number = dealer_page.frame_locator('iframe[title="Card number"]').locator("input")
    expect(number).to_have_attribute("aria-invalid", "true")
    number.fill("4111 1111 1111 1111")
    dealer_page.click("#pay")
    expect(dealer_page.locator("#shown")).to_contain_text('"number":"411111******1111"')
    token = dealer_page.locator("#token").inner_text()
    assert post(world, type="sale", amount="10.00", payment_token=token)["response"] == "1"
    assert "4111111111111111" not in dealer_page.content()


@pytest.mark.browser
def test_a_bank_account_is_typed_and_paid_in_a_browser(world: World, dealer_page: Page) -> None:
    dealer_page.goto("/ck")
    fill(dealer_page, Name_on_the_account="Ann Lee", Routing_number="490000018", Account_number="24413815")
    dealer_page.click("#pay")
    expect(dealer_page.locator("#shown")).to_contain_text('"account":"****3815"')
    token = dealer_page.locator("#token").inner_text()
    post(world, type="sale", amount="10.00", payment_token=token)
    assert [each["method"] for each in world.statement("Shop")["transactions"]] == ["ach"]
