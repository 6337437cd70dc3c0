"""How does a mail look? The dealer's name or logo, the letter, one button; the same for every kind of letter.

Mail programs know no style sheets of ours: every rule stands in its tag, as attributes of plain tables. A letter comes
as paragraphs, tables and links (`texts.py`, the rooms' templates) and is dressed here, in one place; it has escaped
what people wrote, so a tag that is found is one of ours. A paragraph that is nothing but a link is the button, the
first one; any other link is a link. Where the reader's program is dark the style in the head turns the colours. What
people wrote may run from right to left: each paragraph finds its own direction.
"""

import re

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join, urlize
from django.utils.safestring import SafeString, mark_safe

from alarmdesk.company.models import Company
from alarmdesk.lib.colours import readable

TEXT, MUTED, LINE, PAGE, CARD = "#1d2129", "#5b6472", "#e2e5ea", "#f3f4f6", "#ffffff"
FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
DARK = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .m-page { background: #111418 !important; }
  .m-card { background: #1c2026 !important; border-left-color: #333a44 !important;
    border-right-color: #333a44 !important; border-bottom-color: #333a44 !important; }
  .m-text, .m-text td, .m-text th, .m-name { color: #e8eaee !important; border-color: #333a44 !important; }
  .m-link { color: #a9bbff !important; } .m-logo { background: #ffffff; padding: 6px; border-radius: 4px; }
}
"""
_BUTTON = re.compile(r'<p>\s*<a href="([^"]*)">([^<]*)</a>\s*</p>')
_WHOLE = re.compile(r"\s*<!doctype", re.IGNORECASE)


def framed(subject: str, text: str, html: str, company: Company) -> str:
    """The whole HTML of a mail of the company's: its letter in our layout. `html` is the letter's inner part, escaped
    where it was made; "" for a letter that was written as text alone.
    """
    if _WHOLE.match(html):
        return html  # was written, whole, before mails had a layout, and waits since
    colour = readable(company.colour)
    inner = dressed(mark_safe(html) if html else from_text(text), colour)  # noqa: S308  (see above)
    return _PAGE.format(
        title=escape(subject), dark=DARK, font=FONT, page=PAGE, card=CARD, line=LINE, text=TEXT,
        colour=colour, head=_head(company), inner=inner,
    )  # fmt: skip


def from_text(text: str) -> SafeString:
    """A letter of plain text as paragraphs, its addresses as links."""
    parts = (part for part in text.strip().split("\n\n") if part.strip())
    lines = (mark_safe(urlize(part.strip(), autoescape=True).replace("\n", "<br>")) for part in parts)  # noqa: S308  it escapes
    return format_html_join("\n", "<p>{}</p>", ((line,) for line in lines))


def dressed(inner: str, colour: str) -> str:
    """Our tags with their style. `colour` can be read on white, and white on it."""
    inner = _BUTTON.sub(
        '<p style="margin:24px 0;"><a style="display:inline-block;padding:12px 22px;border-radius:6px;font-weight:600;'
        f'text-decoration:none;background:{colour};color:#ffffff;" href="\\1">\\2</a></p>',
        inner,
        count=1,
    )
    cell = f"padding:8px 10px 8px 0;border-bottom:1px solid {LINE};vertical-align:top;"
    table = "margin:0 0 16px;border-collapse:collapse;"
    for tag, styled in (
        ("<p>", '<p dir="auto" style="margin:0 0 16px;">'),
        ('<a href="', f'<a class="m-link" style="color:{colour};" href="'),
        ("<th ", f'<th style="padding:8px 10px 8px 0;border-bottom:2px solid {LINE};font-size:13px;" '),
        ("<td>", f'<td dir="auto" style="{cell}">'),
        ("<td ", f'<td style="{cell}" '),
        ("<table>", f'<table width="100%" style="{table}">'),
        ("<table ", f'<table style="{table}" '),
    ):
        # what has just been dressed is left alone
        inner = re.sub(re.escape(tag) + "(?!dir=|style=|width=)", styled, inner)
    return inner


def _head(company: Company) -> SafeString:
    if not company.logo_type:
        return format_html(
            '<strong class="m-name" dir="auto" style="font-size:18px;color:{};">{}</strong>', TEXT, company.name
        )
    url = settings.SITE_URL + reverse("brand_logo", kwargs={"slug": company.slug})
    return format_html(
        '<img class="m-logo" src="{}" alt="{}" height="44" style="display:block;height:44px;max-width:240px;width:auto;'
        'border:0;font-size:18px;font-weight:600;color:{};">',
        url, company.name, TEXT,
    )  # fmt: skip


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>{title}</title><style>{dark}</style></head>
<body class="m-page" style="margin:0;padding:0;background:{page};">
<table role="presentation" class="m-page" width="100%" cellpadding="0" cellspacing="0" border="0"
 style="background:{page};"><tr><td align="center" style="padding:24px 12px;">
<table role="presentation" class="m-card" width="100%" cellpadding="0" cellspacing="0" border="0"
 style="max-width:600px;background:{card};border:1px solid {line};border-top:4px solid {colour};border-radius:8px;">
<tr><td align="left" style="padding:24px 28px 4px;font-family:{font};">{head}</td></tr>
<tr><td align="left" class="m-text" style="padding:16px 28px 12px;font-family:{font};font-size:15px;line-height:1.55;
color:{text};">
{inner}
</td></tr></table>
</td></tr></table>
</body></html>
"""
