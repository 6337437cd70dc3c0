"""What does Ctrl+K find, in which groups? What the rooms declare, and the pages and New buttons of the navigation.

The rooms are listed here by hand, and nothing of them is known but their declarations (company/palette.py). Where
somebody was lately stands in a cookie of keys: what they are called, and whether they may still be seen, is asked again
each time.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import entered
from alarmdesk.company.marks import StaffRequest
from alarmdesk.company.palette import Asked, Findable, Hit
from alarmdesk.customers import palette as customers
from alarmdesk.customers.permissions import customers as customer_grants
from alarmdesk.invoicing import palette as invoicing
from alarmdesk.monitoring import palette as monitoring
from alarmdesk.office.navigation import commands
from alarmdesk.payments import palette as payments

SHOWN, ON_A_PAGE, RECENT = 6, 20, 6
LEAST_OF_MAIL = 3
COOKIE, MONTH = "recent", 30 * 24 * 3600


def find_holders(asked: Asked) -> Iterable[Hit]:
    """Whose account a portal user sees whose e-mail address begins so; an address is known by its @."""
    if len(asked.words) < LEAST_OF_MAIL or "@" not in asked.words or " " in asked.words:
        return []
    begins = Q(email__istartswith=asked.words) | Q(user__email__istartswith=asked.words)
    rows = entered().account_holders.filter(begins, ended_at=None).select_related("user", "customer").order_by("pk")
    found = [one for one in rows[: asked.most] if customers.may_see(asked, one.customer)]
    return [
        Hit(one.customer_id, one.customer.name, f"{one.user.email if one.user else one.email} in the portal")
        for one in found
    ]


HOLDERS = Findable("Portal users", customer_grants.view, "office:customer", find_holders, icon="key-round")
FINDABLE: tuple[Findable, ...] = (
    *customers.FINDABLE[:2],
    *monitoring.FINDABLE,
    HOLDERS,
    *invoicing.FINDABLE,
    *payments.FINDABLE,
    *customers.FINDABLE[2:],
)
# pages of which somebody may have been on one lately, in an order that never changes: a cookie holds the place
PAGES = tuple(dict.fromkeys(one.page for one in FINDABLE if one.recall is not None))


def groups(request: StaffRequest, words: str, *, most: int = SHOWN) -> list[dict[str, Any]]:
    """What the words lead to, group by group, without the empty ones; without words where one was, and the pages."""
    found = [recent(request)] if not words else [_group(request, one, words, most) for one in FINDABLE]
    found.append({"title": "Commands" if words else "Go to", "items": _commands(request, words)})
    return [group for group in found if group["items"]]


def _group(request: StaffRequest, noun: Findable, words: str, most: int) -> dict[str, Any]:
    if not request.may(noun.may):
        return {"items": []}
    hits = list(noun.find(Asked(words, most + 1, request.may)))
    items = [_item(noun, hit) for hit in hits[:most]]
    if len(hits) > most and noun.listed:
        url = f"{at(noun.listed)}?{urlencode({'q': words})}"
        items.append({"label": f"All {noun.title.lower()} for “{words}”", "url": url, "icon": "arrow-right"})
    return {"title": noun.title, "items": items}


def _item(noun: Findable, hit: Hit) -> dict[str, Any]:
    return {"label": hit.label, "note": hit.note, "url": at(noun.page, pk=hit.pk), "icon": noun.icon}


def _commands(request: StaffRequest, words: str) -> Sequence[dict[str, Any]]:
    wanted = words.lower()
    return [one for one in commands(request) if wanted in one["label"].lower()][: SHOWN if wanted else None]


# --- where somebody was lately


def remember(request: HttpRequest, answer: HttpResponse) -> None:
    """Note in the cookie that this page of a row was opened; other pages change nothing."""
    match = request.resolver_match
    if match is None or match.view_name not in PAGES or request.method != "GET" or answer.status_code != 200:
        return
    here = PAGES.index(match.view_name), int(match.kwargs["pk"])
    kept = [here, *(one for one in _kept(request) if one != here)][:RECENT]
    answer.set_cookie(
        COOKIE, "_".join(f"{page}-{pk}" for page, pk in kept), max_age=MONTH, path=f"/{match.kwargs['company']}/",
        secure=request.is_secure(), httponly=True, samesite="Lax",
    )  # fmt: skip


def recent(request: StaffRequest) -> dict[str, Any]:
    """The group of pages where the person was lately, the last one first: one question for each noun among them."""
    kept = _kept(request)
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for noun in FINDABLE:
        if noun.recall is None or not request.may(noun.may):
            continue
        place = PAGES.index(noun.page)
        if pks := [pk for page, pk in kept if page == place]:
            found |= {(place, hit.pk): _item(noun, hit) for hit in noun.recall(Asked("", RECENT, request.may), pks)}
    return {"title": "Recent", "items": [found[one] for one in kept if one in found]}


def _kept(request: HttpRequest) -> list[tuple[int, int]]:
    """What the cookie holds, as (place in PAGES, key); nonsense in it is nothing."""
    pairs = [pair.partition("-")[::2] for pair in request.COOKIES.get(COOKIE, "")[:300].split("_")]
    numbers = [(page, pk) for page, pk in pairs if all(one.isascii() and one.isdecimal() for one in (page, pk))]
    return [(int(page), int(pk)) for page, pk in numbers if len(page) < 3 and len(pk) < 18][:RECENT]


class Footprints:
    """The middleware that remembers where somebody was (`remember`)."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        answer = self.get_response(request)
        remember(request, answer)
        return answer
