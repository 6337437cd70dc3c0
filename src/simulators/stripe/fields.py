"""How do card numbers reach Stripe without touching the page of the dealer?

A look-alike of Stripe.js at `/v3/`, as far as a page that stores or charges a card or bank account needs it (docs:
`Stripe(key).elements({mode: "setup", currency, paymentMethodTypes, paymentMethodCreation: "manual", appearance})`,
`create("payment" or "card")`, `mount`, `on("ready" | "change")`, `elements.submit()`, `createPaymentMethod({elements,
params})` or `({type: "card", card, billing_details})`, `confirmCardSetup`). One iframe of this origin holds the boxes
and alone speaks with the API, under the publishable key. Ours: the addresses and the look. The real script also needs
its API's address in the page's `connect-src`; this one speaks from within its frame.
"""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from simulators.nmi.hosted_fields import FIELD_POLICY, STATIC

BOXES = {  # for each kind its boxes: name, label, autocomplete, inputmode, placeholder, longest
    "card": [
        ("number", "Card number", "cc-number", "numeric", "1234 1234 1234 1234", 23),
        ("exp", "Expiration date", "cc-exp", "numeric", "MM / YY", 9),
        ("cvc", "Security code", "cc-csc", "numeric", "CVC", 4),
    ],
    "us_bank_account": [
        ("name", "Name on the account", "name", "text", "", 60),
        ("routing_number", "Routing number", "off", "numeric", "", 9),
        ("account_number", "Account number", "off", "numeric", "", 17),
    ],
    "controller": [],
}
PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>Secure payment input frame</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/static/field-colours.css">
<link rel="stylesheet" href="/static/stripe-frame.css">
<script src="/static/stripe-frame.js" defer></script></head>
<body data-type="{kind}">{boxes}</body></html>"""
BOX = """<p><label for="{name}">{label}</label>
<input id="{name}" name="{name}" type="text" autocomplete="{autocomplete}" inputmode="{inputmode}"
 placeholder="{placeholder}" maxlength="{longest}" spellcheck="false" aria-required="true"
 aria-describedby="{name}-problem"><span class="problem" id="{name}-problem" role="status"></span></p>"""


def script(_request: Request) -> Response:
    """The script of the page."""
    text = (STATIC / "Stripe.js").read_text(encoding="utf-8")
    return Response(text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def frame(request: Request) -> Response:
    """The document inside the iframe: `type` names its boxes, `theme` may be stripe (light) or night (dark)."""
    kind = request.query_params.get("type", "")
    if kind not in BOXES:
        return HTMLResponse("Unknown element", status_code=404)
    names = ("name", "label", "autocomplete", "inputmode", "placeholder", "longest")
    boxes = [BOX.format(**dict(zip(names, map(escape, map(str, box)), strict=True))) for box in BOXES[kind]]
    theme = {"stripe": "light", "night": "dark"}.get(request.query_params.get("theme", ""), "system")
    page = PAGE.format(theme=theme, kind=kind, boxes="".join(boxes))
    return HTMLResponse(page, headers={"Content-Security-Policy": FIELD_POLICY, "Cache-Control": "no-store"})
