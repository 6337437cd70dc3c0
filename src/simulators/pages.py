"""What does a person see who opens the simulator in a browser?

Plain pages without script: what happened at the gateway, which faults are set, what time it is, which mail came.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from simulators import mail
from simulators.clock import iso
from simulators.nmi import settlement
from simulators.nmi.accounts import Account
from simulators.nmi.transact import cents
from simulators.stripe import settling
from simulators.world import Universe

LATEST = 100
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'"
# A message brings its own inline styles and pictures, but no script: there is none on these pages at all.
MAIL_POLICY = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; form-action 'self'"
LINKS = (("/", "Overview"), ("/transactions", "Transactions"), ("/mail", "Mail"))
TONES = {
    "complete": "ok", "pendingsettlement": "calm", "pending": "calm", "canceled": "muted", "failed": "bad",
}  # fmt: skip


class Pages:
    """The pages of one simulated world."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.memory = universe.memory

    def routes(self) -> list[Route]:
        """Where each page lives."""
        return [
            Route("/", self.overview),
            Route("/transactions", self.transactions),
            Route("/mail", self.mailbox),
            Route("/mail/{number:int}", self.message),
            Route("/mail/{number:int}/attachments/{position:int}", self.attachment),
        ]

    async def overview(self, _request: Request) -> Response:
        """Merchants, clock, faults and the newest transactions."""
        now = self.universe.clock.now()
        self._catch_up()
        clock = "real time" if self.universe.clock.is_real else "set by hand"
        merchants = self.memory.all(
            "SELECT m.*, (SELECT count(*) FROM txn t WHERE t.merchant_id = m.id) AS transactions,"
            " (SELECT count(*) FROM vault v WHERE v.merchant_id = m.id) AS entries FROM merchant m ORDER BY m.name"
        )
        rows = [
            [escape(row["name"]), str(row["transactions"]), str(row["entries"]), f"{row['cutoff']} UTC",
             f"{row['duplicate_seconds']} s"]
            for row in merchants
        ]  # fmt: skip
        faults = [
            [escape(spec["fault"]), escape(str(spec.get("match", {}))), str(spec["seen"]), str(spec["fired"])]
            for spec in self.universe.faults.listing()
        ]
        letters = self.memory.number("SELECT count(*) FROM mail")
        content = (
            f'<p class="lead">Clock: <strong>{iso(now)}</strong> ({clock}). <a href="/mail">{letters} messages</a>.</p>'
            + _section("Merchants", ("Name", "Transactions", "Vault entries", "Cut-off", "Duplicate window"), rows)
            + _section("Faults", ("Fault", "Match", "Seen", "Fired"), faults)
            + self._latest(10)
        )
        return _page("Overview", content)

    async def transactions(self, _request: Request) -> Response:
        """The newest transactions."""
        self._catch_up()
        return _page("Transactions", self._latest(LATEST))

    def _catch_up(self) -> None:
        settlement.settle_due(self.memory, self.universe.clock.now())
        settling.settle_due(self.memory, self.universe.clock.now())

    def _latest(self, limit: int) -> str:
        found = self.memory.all(
            "SELECT t.*, m.name FROM txn t JOIN merchant m ON m.id = t.merchant_id ORDER BY t.id DESC LIMIT ?", limit
        )
        rows = [
            [f"<code>{row['external_id'] or row['id']}</code>",
             iso(row["at"]), escape(row["name"]), escape(row["order_id"]), row["type"],
             f'<span class="money">{cents(row["amount"])}</span>', escape(Account.load(row["account"]).masked),
             f'<span class="pill {TONES.get(row["condition"], "calm")}">{row["condition"]}</span>',
             escape(row["text"])]
            for row in found
        ]  # fmt: skip
        heads = ("Id", "At", "Merchant", "Order", "Type", "Amount", "Account", "Condition", "Answer")
        return _section("Latest transactions", heads, rows)

    async def mailbox(self, request: Request) -> Response:
        """Messages, newest first; ?to= narrows by recipient."""
        to = request.query_params.get("to", "")
        rows = [
            [iso(row["at"]), escape(row["recipients"]),
             f'<a href="/mail/{row["id"]}">{escape(row["subject"]) or "(no subject)"}</a>', escape(row["sender"])]
            for row in mail.find(self.memory, to=to, limit=LATEST)
        ]  # fmt: skip
        search = (
            '<form class="search" method="get" action="/mail"><label for="to">Recipient</label>'
            f'<input id="to" name="to" type="search" value="{escape(to)}"><button>Search</button></form>'
        )
        return _page("Mail", search + _section("Messages", ("At", "To", "Subject", "From"), rows))

    async def message(self, request: Request) -> Response:
        """One message: both bodies, the HTML one in a sandboxed frame, and its attachments."""
        number = request.path_params["number"]
        row = self.memory.one("SELECT * FROM mail WHERE id = ?", number)
        if row is None:
            return _page("No such message", "<p>It may have been deleted.</p>", status=404)
        message = mail.parse(row["raw"])
        text, html = mail.body(message, "plain"), mail.body(message, "html")
        envelope = (("To", row["recipients"]), ("From", row["sender"]), ("At", iso(row["at"])))
        parts = [f"<p>{'<br>'.join(f'<strong>{name}</strong> {escape(value)}' for name, value in envelope)}</p>"]
        files = [
            f'<li><a href="/mail/{number}/attachments/{position}">{escape(name)}</a> ({len(data)} bytes)</li>'
            for position, (name, _, data) in enumerate(mail.attachments(message))
        ]
        if files:
            parts.append(f"<h2>Attachments</h2><ul>{''.join(files)}</ul>")
        if html:
            inside = escape('<base target="_blank">' + html)
            parts.append(
                '<h2>HTML</h2><iframe class="letter" title="The HTML part of the message"'
                f' sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="{inside}"></iframe>'
            )
        if text:
            parts.append(f'<h2>Text</h2><pre tabindex="0">{escape(text)}</pre>')
        return _page(str(row["subject"]) or "(no subject)", "".join(parts), policy=MAIL_POLICY)

    async def attachment(self, request: Request) -> Response:
        """The bytes of one attachment, to be saved."""
        row = self.memory.one("SELECT raw FROM mail WHERE id = ?", request.path_params["number"])
        files = mail.attachments(mail.parse(row["raw"])) if row is not None else []
        position = request.path_params["position"]
        if position >= len(files):
            return _page("No such attachment", "", status=404)
        name, kind, data = files[position]
        disposition = f"attachment; filename*=UTF-8''{quote(name)}"
        headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
        return Response(data, media_type=kind, headers=headers)


def _section(title: str, heads: tuple[str, ...], rows: list[list[str]]) -> str:
    """A titled table; the cells are HTML already."""
    if not rows:
        return f"<h2>{title}</h2><p class='muted'>None yet.</p>"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<h2>{title}</h2><div class="scroll" tabindex="0" role="region" aria-label="{title}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _page(title: str, content: str, *, status: int = 200, policy: str = POLICY) -> HTMLResponse:
    links = "".join(
        f'<a href="{address}"{" aria-current=page" if name == title else ""}>{name}</a>' for address, name in LINKS
    )
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)} - Simulated world</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/static/pages.css"></head><body>'
        f"<header><strong>Simulated world</strong><nav>{links}</nav><span>No real money, no real mail</span></header>"
        f"<main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )
    return HTMLResponse(document, status_code=status, headers={"Content-Security-Policy": policy})
