"""Does the payment element turn a card or account into a payment method, also under a strict policy in a browser?"""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from simulators.client import World
from tests.simulators.shop import wire
from tests.simulators.test_stripe import Till

PAGE = """<!doctype html><html lang="en"><title>Pay</title><script src="{sim}/v3/"></script>
<script src="/pay.js" defer></script><body data-kind="{kind}" data-secret="{secret}"><div id="place"></div>
<button id="pay">Pay</button><output id="ready"></output><output id="method"></output><output id="said"></output>"""
SCRIPT = """
const by = (id) => document.getElementById(id);
const { kind, secret } = document.body.dataset;
const stripe = Stripe('pk_test_shop');
const elements = stripe.elements({ mode: 'setup', currency: 'usd', paymentMethodTypes: [kind],
  paymentMethodCreation: 'manual', appearance: { theme: 'night' } });
const element = elements.create('payment');
element.on('ready', () => { by('ready').textContent = 'ready'; });
element.mount('#place');
by('pay').addEventListener('click', async () => {
  const { error } = await elements.submit();
  if (error) { by('said').textContent = error.message; return; }
  const made = await stripe.createPaymentMethod({ elements, params: { billing_details: { name: 'Ann Lee' } } });
  by('said').textContent = made.error ? made.error.message : JSON.stringify(made.paymentMethod);
  if (made.error) return;
  by('method').textContent = made.paymentMethod.id;
  if (!secret) return;
  const done = await stripe.confirmCardSetup(secret, { payment_method: made.paymentMethod.id });
  by('said').textContent = done.error ? done.error.message : done.setupIntent.status;
});
"""


class Dealer(http.server.BaseHTTPRequestHandler):
    """A page of another origin under the policy that AlarmDesk has."""

    def __init__(self, sim: str, *args: Any) -> None:
        self.sim = sim
        super().__init__(*args)

    def do_GET(self) -> None:
        _, kind, *secret = self.path.split("/")
        is_script = self.path == "/pay.js"
        text = SCRIPT if is_script else PAGE.format(sim=self.sim, kind=kind, secret="".join(secret))
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
def till(world: World) -> Till:
    world.merchant("Shop", security_key="sk_test_shop", tokenization_key="pk_test_shop")
    return Till(world)


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


def boxes(page: Page) -> FrameLocator:
    return page.frame_locator("#place iframe")


def test_numbers_need_the_publishable_key(till: Till) -> None:
    card = {"type": "card", "card[number]": "4242424242424242", "card[exp_month]": "10", "card[exp_year]": "2030"}
    address = f"{till.world.http}/v1/payment_methods"
    method = wire.post(address, data={"key": "pk_test_shop", **card}).json()
    assert (method["card"]["last4"], "number" in method["card"]) == ("4242", False)
    refused = wire.post(address, data=card, headers={"Authorization": "Bearer sk_test_shop"})
    assert refused.status_code == 402
    wrong = wire.post(address, data={"key": "pk_test_shop", **card, "card[number]": "4242424242424241"})
    assert (wrong.status_code, wrong.json()["error"]["type"]) == (402, "card_error")
    assert b"4242424242424242" not in b"".join(each.read_bytes() for each in till.world.state_dir.iterdir())


def test_frames_are_labelled_and_plain(till: Till) -> None:
    page = wire.get(f"{till.world.http}/v3/frame", params={"type": "card", "theme": "night"})
    assert '<label for="number">Card number</label>' in page.text
    assert 'data-theme="dark"' in page.text
    assert "style=" not in page.text
    assert wire.get(f"{till.world.http}/v3/frame", params={"type": "password"}).status_code == 404


@pytest.mark.browser
def test_a_card_is_typed_stored_and_charged(till: Till, dealer_page: Page) -> None:
    customer = till.client.customers.create({})
    intent = till.client.setup_intents.create({"customer": customer.id, "payment_method_types": ["card"]})
    dealer_page.goto(f"/card/{intent.client_secret}")
    expect(dealer_page.locator("#ready")).to_have_text("ready")
    boxes(dealer_page).get_by_label("Card number").press_sequentially("4242424242424241")
    boxes(dealer_page).get_by_label("Expiration date").press_sequentially("1030")
    boxes(dealer_page).get_by_label("Security code").press_sequentially("123")
    dealer_page.click("#pay")
    expect(dealer_page.locator("#said")).to_have_text("Your card number is invalid.")
    expect(boxes(dealer_page).get_by_label("Card number")).to_have_attribute("aria-invalid", "true")
    boxes(dealer_page).get_by_label("Card number").fill("4242 4242 4242 4242")
    dealer_page.click("#pay")
    expect(dealer_page.locator("#said")).to_have_text("succeeded")
    assert "4242424242424242" not in dealer_page.content()
    method = dealer_page.locator("#method").inner_text()
    assert till.charge((customer.id, method), 1000, "A1").status == "succeeded"
    height = dealer_page.locator("#place iframe").bounding_box()
    assert height is not None
    assert height["height"] > 100


@pytest.mark.browser
def test_a_bank_account_is_typed_and_debited(till: Till, dealer_page: Page) -> None:
    dealer_page.goto("/us_bank_account")
    boxes(dealer_page).get_by_label("Name on the account").press_sequentially("Ann Lee")
    boxes(dealer_page).get_by_label("Routing number").press_sequentially("110000000")
    boxes(dealer_page).get_by_label("Account number").press_sequentially("000123456789")
    dealer_page.click("#pay")
    expect(dealer_page.locator("#said")).to_contain_text('"last4":"6789"')
    assert "000123456789" not in dealer_page.content()
    stored = till.stored(dealer_page.locator("#method").inner_text(), kind="us_bank_account")
    assert till.charge(stored, 1000, "A1", kind="us_bank_account").status == "processing"
