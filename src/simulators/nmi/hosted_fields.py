"""How do card numbers reach the gateway without touching the page of the dealer?

A look-alike of Collect.js in its inline mode: `/token/Collect.js` puts one iframe of this origin into each selector,
the iframes talk to each other by BroadcastChannel, one of them posts the values to `/token/create`, and the page gets
a token that works once, for 15 minutes. Docs: names of options and callbacks, the shape of the answer, the test
tokens. Ours: the addresses, the look, `theme`.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from simulators.nmi import vault
from simulators.nmi.accounts import Account, Form, Refused, read_card, read_check
from simulators.world import Universe

STATIC = Path(__file__).resolve().parent.parent / "static"
FIELD_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'"
FIELDS = {  # name: (label, autocomplete, inputmode, placeholder, longest)
    "ccnumber": ("Card number", "cc-number", "numeric", "1234 1234 1234 1234", 23),
    "ccexp": ("Expiration date", "cc-exp", "numeric", "MM / YY", 9),
    "cvv": ("Security code", "cc-csc", "numeric", "CVV", 4),
    "checkname": ("Name on the account", "name", "text", "Name on the account", 60),
    "checkaba": ("Routing number", "off", "numeric", "Routing number", 9),
    "checkaccount": ("Account number", "off", "numeric", "Account number", 17),
}
PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>{label}</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/static/field-colours.css">
<link rel="stylesheet" href="/static/field.css">
<script src="/static/field.js" defer></script></head>
<body><label class="hidden" for="field">{label}</label>
<input id="field" name="{name}" type="text" autocomplete="{autocomplete}" inputmode="{inputmode}"
 placeholder="{placeholder}" maxlength="{longest}" spellcheck="false" aria-required="true" aria-describedby="problem">
<span id="problem" class="hidden" role="status"></span></body></html>"""


def field_page(request: Request) -> Response:
    """The document inside one iframe: `field` names it, `theme` may be light or dark."""
    name = request.query_params.get("field", "")
    if name not in FIELDS:
        return HTMLResponse("Unknown field", status_code=404)
    label, autocomplete, inputmode, placeholder, longest = FIELDS[name]
    theme = request.query_params.get("theme", "")
    page = PAGE.format(
        name=name, label=escape(request.query_params.get("title") or label), autocomplete=autocomplete,
        inputmode=inputmode, placeholder=escape(request.query_params.get("placeholder") or placeholder),
        longest=longest, theme=theme if theme in ("light", "dark") else "system",
    )  # fmt: skip
    return HTMLResponse(page, headers={"Content-Security-Policy": FIELD_POLICY, "Cache-Control": "no-store"})


def collect_script(_request: Request) -> Response:
    """The script of the page."""
    text = (STATIC / "Collect.js").read_text(encoding="utf-8")
    return Response(text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


class TokenDesk:
    """POST /token/create: JSON {"tokenization_key", "payment_type": "cc" or "ck", "fields": {...}}."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe

    async def create(self, request: Request) -> Response:
        """The token and what may be shown of the account; 400 with an error and its field otherwise."""
        try:
            sent = json.loads(await request.body())
            form: Form = {str(name): str(value).strip() for name, value in sent["fields"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            return JSONResponse({"error": "Not understood"}, status_code=400)
        memory, now = self.universe.memory, self.universe.clock.now()
        merchant = memory.one("SELECT id FROM merchant WHERE tokenization_key = ?", str(sent.get("tokenization_key")))
        if merchant is None:
            return JSONResponse({"error": "Tokenization key not found"}, status_code=401)
        try:
            account = _read(memory.setting("salt"), sent.get("payment_type"), form, now)
        except Refused as refusal:
            return JSONResponse({"error": refusal.text}, status_code=400)
        token = vault.create_token(memory, merchant_id=merchant["id"], account=account, now=now)
        return JSONResponse(shown(token, account))


def _read(salt: str, payment_type: object, form: Form, now: int) -> Account:
    if payment_type == "ck":
        return read_check(salt, form)
    account = read_card(salt, form | {"ccnumber": form.get("ccnumber", "")})
    if account.is_expired(now):
        raise Refused("Card is expired")
    return account


def shown(token: str, account: Account) -> dict[str, object]:
    """What the callback of Collect.js gets (docs)."""
    is_card, stars = account.method == "card", "*" * (account.length - 10)
    card = {
        "number": f"{account.bin}{stars}{account.last4}", "bin": account.bin, "exp": account.exp,
        "type": account.brand, "category": "unknown", "hash": "",
    }  # fmt: skip
    check = {
        "name": account.name, "account": "*" * (account.length - 4) + account.last4, "aba": account.aba,
        "transit": "", "institution": "", "hash": "",
    }  # fmt: skip
    nothing = {"card": dict.fromkeys(card), "check": dict.fromkeys(check)}
    return {"tokenType": "inline", "token": token} | nothing | ({"card": card} if is_card else {"check": check})
