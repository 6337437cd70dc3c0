"""How is a value, an icon, a pill or a button written in a template? (the tag library every template has built in)"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from django import template
from django.http import HttpRequest
from django.template import engines
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from alarmdesk.lib.charts import BarChart, Sparkline
from alarmdesk.lib.money import cents
from alarmdesk.lib.phones import shown

register = template.Library()

CURRENCY_SIGNS = {"USD": "$", "CAD": "$", "AUD": "$", "NZD": "$", "EUR": "€", "GBP": "£"}
PILL_KINDS = frozenset({"ok", "warn", "bad", "info", "plain"})
MINUS = "\N{MINUS SIGN}"  # read aloud as "minus"; a hyphen is skipped


class NoSuchIcon(LookupError):
    """The Lucide set of the installed wheel has no icon of this name (1.x renamed many)."""


@cache
def _icon_archive() -> ZipFile:
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))


@cache
def _icon_shapes(name: str) -> str:
    """The drawing inside the <svg>, as the wheel ships it, on one line."""
    try:
        source = _icon_archive().read(f"{name}.svg").decode()
    except KeyError:
        raise NoSuchIcon(f"Lucide has no icon {name!r}") from None
    inner = source[source.index(">", source.index("<svg")) + 1 : source.rindex("</svg>")]
    return re.sub(r"\s*\n\s*", "", inner).replace(" />", "/>")


@register.simple_tag
@cache
def icon(name: str, css: str = "") -> SafeString:
    """`{% icon "phone" %}`: a Lucide 1.x icon, inline, hidden from screen readers; CSS gives stroke and colour."""
    classes = f"icon {css}".strip()
    shapes = mark_safe(_icon_shapes(name))  # noqa: S308  a file of the wheel, not of a person
    return format_html('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', classes, shapes)


@register.filter
def money(value: Decimal | float | str | None, currency: str = "USD") -> str:
    """Decimal("1234.5") -> "$1,234.50", negatives as "−$5.00" (U+2212), None -> "". Rounds HALF_UP to cents."""
    if value is None or value == "":
        return ""
    try:
        amount = cents(Decimal(str(value)))
    except InvalidOperation:
        return str(value)
    sign = MINUS if amount < 0 else ""
    return f"{sign}{CURRENCY_SIGNS.get(currency, currency + ' ')}{abs(amount):,.2f}"


@register.filter
def percent(value: Decimal | float | None) -> str:
    """A number that already is a percentage: Decimal("8.5170") -> "8.517%"; None -> ""."""
    if value is None:
        return ""
    digits = f"{Decimal(str(value)):f}"
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) + "%"


@register.filter
def day(value: date | datetime | None) -> str:
    """A date -> "Nov 18, 2026"; an instant becomes the date it is in the current (the company's) time zone."""
    if not value:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value:%b} {value.day}, {value.year}"


@register.filter
def moment(value: datetime | None) -> str:
    """An aware instant -> "Nov 18, 2026, 10:30 AM CST", in the current (the company's) time zone."""
    if not value:
        return ""
    local = timezone.localtime(value)
    return f"{day(local)}, {clock_time(local)} {local:%Z}"


@register.filter
def clock_time(value: datetime | None) -> str:
    """An aware instant -> "10:30 AM" in the current time zone."""
    if not value:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"


@register.filter
def phone(value: str | None) -> str:
    """Such as "+19185550142" -> "(918) 555-0142"; foreign numbers international; unreadable ones as typed."""
    return shown(str(value)) if value else ""


@register.filter
def initials(value: str | None) -> str:
    """Of "Hollis & Vance Dental" -> "HV", "Rosa Calderon" -> "RC", "" -> "?"."""
    words = [word for word in re.split(r"[\s\-]+", value or "") if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def tint(value: object) -> str:
    """One of the four soft avatar colours, always the same one for the same name."""
    return "tint-" + str(sum(str(value).encode()) % 4)


@register.filter
def undo_url(message: object) -> str:
    """The address that takes back what a django message tells, as `pages.go(..., undo=url)` left it, or ""."""
    tags = str(getattr(message, "extra_tags", "") or "")
    return tags.removeprefix("undo:") if tags.startswith("undo:") else ""


@register.simple_tag
def pill(kind: str, text: object) -> SafeString:
    """A soft status pill: kind is ok, warn, bad, info (these have a dot) or plain. Any other kind shows as plain."""
    return format_html('<span class="pill {}">{}</span>', kind if kind in PILL_KINDS else "plain", text)


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The visitor's choice: "light", "dark" or "" (follow the system). The server writes it: no flash."""
    chosen = _request(context).COOKIES.get("theme", "") if "request" in context else ""
    return chosen if chosen in {"light", "dark"} else ""


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """The current address's query with changes: `{% query page=2 q=None %}` -> "?show=open&page=2". None removes."""
    values = _request(context).GET.copy()
    for key, value in changes.items():
        values.pop(key, None)
        if value is not None and value != "":
            values[key] = str(value)
    return "?" + values.urlencode()


@register.simple_tag
def bar_chart(chart: BarChart) -> SafeString:
    """A server-drawn bar chart with its legend and "Show as a table"."""
    return _render("pieces/bar_chart.html", {"chart": chart})


@register.simple_tag
def sparkline(values: Iterable[Decimal | float | int]) -> SafeString:
    """A line of 70x20 without axes; decoration, so hidden from screen readers. Fewer than two values draw nothing."""
    line = Sparkline([float(value) for value in values])
    return _render("pieces/sparkline.html", {"line": line}) if line.is_drawable else mark_safe("")


@register.simple_tag
def dialog_link(
    url: str, label: str, icon: str = "", css: str = "btn", keys: str = "", *, only_icon: bool = False
) -> SafeString:
    """A link to a form: a dialog with JavaScript, a page of its own without. `keys="n i"` gives it a shortcut."""
    return _render(
        "pieces/dialog_link.html",
        {"url": url, "label": label, "icon_name": icon, "css": css, "keys": keys, "only_icon": only_icon},
    )


@register.simple_tag(takes_context=True)
def post_button(
    context: Context, url: str, label: str, icon: str = "", css: str = "btn", **hidden: object
) -> SafeString:
    """A one-button form that POSTs to `url`, with any further keywords as hidden fields. Double-click safe."""
    values = {"url": url, "label": label, "icon_name": icon, "css": css, "hidden": hidden}
    return _render("pieces/post_button.html", values, context)


@register.simple_block_tag(takes_context=True)
def menu(
    context: Context,
    content: str,
    name: object,
    label: str = "More",
    icon: str = "ellipsis",
    css: str = "btn icon-only",
    *,
    text: bool = False,
) -> SafeString:
    """A button that opens a list: `{% menu row.pk label="More" %}<li>…</li>{% endmenu %}`.

    `name` is unique on the page (ValueError when empty); `text=True` shows the label beside the icon.
    """
    if name in {"", None}:
        raise ValueError(f"The menu {label!r} has no name, so its button would open nothing")
    menu_id = "menu-" + str(name).removeprefix("menu-")
    values = {"content": content, "menu_id": menu_id, "label": label, "icon_name": icon, "css": css, "text": text}
    return _render("pieces/menu.html", values, context)


@register.simple_block_tag(takes_context=True)
def form_card(context: Context, content: str, title: str, **options: Any) -> SafeString:
    """A whole form, as dialog or page, whichever was asked for (see lib/pages.py and docs/recipes/add-a-page.md).

    Options: note (line below the title), submit ("Save"), icon, danger (bool), wide (bool), action (url, default: this
    page), form (default: the context's `form`; its errors show the banner), cancel_url, also and also_name (a second
    submit button and its name), leave ("Cancel"), foot (template included at the left of the buttons), guard (False: no
    unsaved-changes question), dirty (True: what is shown is not saved), amount (text that must be typed before the
    button works), part (True: the page has its own heading).
    A `version` in the context (lib/versions.py) goes along as a hidden field, and its warning stands above the form.
    """
    form, version = options.get("form", context.get("form")), context.get("version")
    is_overtaken = bool(version and version.is_overtaken)
    values = {
        "content": content,
        "title": title,
        "submit": "Save",
        "leave": "Cancel",
        "guard": True,
        **options,
        **({"submit": "Save anyway"} if is_overtaken else {}),
        "form": form,
        "version": version,
        "in_dialog": bool(context.get("in_dialog")),
        "has_errors": (bool(context.get("is_invalid")) and not is_overtaken)
        or bool(form is not None and getattr(form, "errors", None)),
        "is_multipart": bool(form is not None and hasattr(form, "is_multipart") and form.is_multipart()),
    }
    return _render("pieces/form_card.html", values, context)


@register.filter
def shown_actions(actions: Iterable[Any]) -> list[Any]:
    """The buttons a customer's header has room for: the first two, then the primary one."""
    listed = list(actions or [])
    main = [action for action in listed if _of(action, "primary")][:1]
    return [action for action in listed if action not in main][: 3 - len(main)] + main


@register.filter
def more_actions(actions: Iterable[Any]) -> list[Any]:
    """The buttons that go into the header's "More" menu."""
    listed = list(actions or [])
    shown = shown_actions(listed)
    return [action for action in listed if action not in shown]


@register.filter
def shortcut(keys: object) -> str:
    """The keys of an entry ("n i"), or "" when it has none; a template takes a dict's `.keys` for its method."""
    return keys if isinstance(keys, str) else ""


@register.filter
def as_json(value: object) -> str:
    """A value as JSON for an attribute (hx-vals, data-…); escaped by the template as any other text."""
    return json.dumps(value, default=str)


def _of(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def _request(context: Context) -> HttpRequest:
    request: HttpRequest = context["request"]
    return request


def _render(name: str, values: dict[str, Any], context: Context | None = None) -> SafeString:
    """The piece with only the values it is given; with `context` also the request, CSRF token and frame."""
    piece = engines["django"].engine.get_template(name)  # type: ignore[attr-defined]
    if context is None:
        return SafeString(piece.render(Context(values)))
    with context.push(**values):
        return SafeString(piece.render(context))
