"""Who comes in with a link? Anybody who has it, not too often, and only to what it is for.

The mark opens the link inside the company of its address and hands the view `request.link`; the view is called with no
transaction open, for it may talk to the gateway. What it answers is for no cache, no search engine and no third page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control

from alarmdesk.company.entering import inside
from alarmdesk.company.marks import Mark, View, company_called, marked
from alarmdesk.company.models import Company
from alarmdesk.lib import clock
from alarmdesk.lib.limits import Limit
from alarmdesk.lib.pages import show
from alarmdesk.portal.guests import GUEST
from alarmdesk.portal.pay_links import NoLink, Over, PayLink, opened

LOOKS_BY_ADDRESS = Limit("guest-looks-by-address", 120, 600)
LOOKS_BY_LINK = Limit("guest-looks-by-link", 120, 600)
# who tries cards that are not theirs does it here: a few tries are enough for a person
TRIES_BY_ADDRESS = Limit("guest-tries-by-address", 20, 3600)
TRIES_BY_LINK = Limit("guest-tries-by-link", 10, 3600)
TRIES_BY_LINK_A_DAY = Limit("guest-tries-by-link-a-day", 30, 86_400)


class GuestRequest(HttpRequest):
    """The request that a guest's view gets: the link is good, nobody has signed in."""

    company: Company
    portal_company: Company
    link: PayLink
    htmx: Any


def guest(view: Callable[..., HttpResponse]) -> View:
    """For whoever has a link that is good."""

    @wraps(view)
    def admit(request: Any, company: str, token: str, **kwargs: Any) -> HttpResponseBase:
        here = request.company = request.portal_company = company_called(company)
        return private(_answer(view, request, here, token, kwargs))

    return marked(Mark("anyone"), admit)


def private(answer: HttpResponse) -> HttpResponse:
    """For whoever asked and nobody else: not kept, not listed, not named to the next page. A page with a form of ours
    has said `same-origin`: no other site hears its address then either, but with `no-referrer` browsers would send the
    form with the origin `null`, which the check against forged requests refuses.
    """
    patch_cache_control(answer, private=True, no_store=True)
    answer.setdefault("Referrer-Policy", "no-referrer")
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def too_often(request: HttpRequest, token: str) -> int:
    """Count this request: the seconds to wait when it was one too many, else 0."""
    at, address = clock.now(), request.META.get("REMOTE_ADDR", "")
    waits = [LOOKS_BY_ADDRESS.wait(address, at=at), LOOKS_BY_LINK.wait(token, at=at)]
    if request.method == "POST":
        waits += [TRIES_BY_ADDRESS.wait(address, at=at)]
        waits += [limit.wait(token, at=at) for limit in (TRIES_BY_LINK, TRIES_BY_LINK_A_DAY)]
    return max(waits)


def wait_a_while(request: HttpRequest, seconds: int) -> HttpResponse:
    """The page that says so."""
    answer = show(request, "portal/guest/wait.html", {"minutes": -(-seconds // 60)}, 429)
    answer["Retry-After"] = str(seconds)
    return answer


def _answer(
    view: Callable[..., HttpResponse], request: Any, here: Company, token: str, kwargs: dict[str, Any]
) -> HttpResponse:
    with inside(here, actor=GUEST):
        if seconds := too_often(request, token):
            return wait_a_while(request, seconds)
        try:
            request.link = opened(token, today=here.local_date(clock.now()))
        except (NoLink, Over) as gone:
            is_over = isinstance(gone, Over)
            return show(request, "portal/guest/over.html", {"is_over": is_over}, 410 if is_over else 404)
    return view(request, **kwargs)
