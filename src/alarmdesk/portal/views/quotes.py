"""How does a customer or a lead answer a quote, without an account? On one page: read, sign or decline, once."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.marks import Mark, View, company_called, marked
from alarmdesk.company.models import Company
from alarmdesk.invoicing import documents, quotes
from alarmdesk.invoicing.models import QuoteAnswer
from alarmdesk.invoicing.quotes import NotAnswerable, Reader
from alarmdesk.invoicing.tasks import send_invoices
from alarmdesk.lib import clock
from alarmdesk.lib.pages import show
from alarmdesk.portal.forms import DeclineForm, SignForm
from alarmdesk.portal.pay_links import NoLink, Over
from alarmdesk.portal.quote_links import QuoteLink, link_for, newest, opened
from alarmdesk.portal.views.guest_door import private, too_often, wait_a_while

READER = Actor("guest", "Quote link")


class QuoteRequest(HttpRequest):
    """The request that these views get: the link is good, nobody has signed in."""

    company: Company
    portal_company: Company
    link: QuoteLink
    htmx: Any


def reader(view: Callable[[QuoteRequest], HttpResponse]) -> View:
    """For whoever has a link to a quote that is good; called inside the company."""

    @wraps(view)
    def admit(request: Any, company: str, token: str) -> HttpResponseBase:
        here = request.company = request.portal_company = company_called(company)
        with inside(here, actor=READER):
            if seconds := too_often(request, token):
                return private(wait_a_while(request, seconds))
            try:
                request.link = opened(token, today=here.local_date(clock.now()))
            except (NoLink, Over) as gone:
                is_over = isinstance(gone, Over)
                return private(show(request, "portal/quote/over.html", {"is_over": is_over}, 410 if is_over else 404))
            return private(view(request))

    return marked(Mark("anyone"), admit)


@reader
def page(request: QuoteRequest) -> HttpResponse:
    """The quote, with what can be done with it."""
    return _page(request, SignForm())


@reader
def accept(request: QuoteRequest) -> HttpResponse:
    """Sign."""
    if request.method != "POST":
        return HttpResponseRedirect(_url(request))
    form = SignForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    said, now = form.cleaned_data, clock.now()
    today = request.company.local_date(now)

    def sign() -> QuoteAnswer:
        return quotes.accept(
            request.link.quote, name=said["name"], signature=said["signature"], today=today, at=now,
            typed_signature=said["typed_signature"], reader=_reader(request),
        )  # fmt: skip

    return _answered(request, said["name"], sign)


@reader
def decline(request: QuoteRequest) -> HttpResponse:
    """Say no, and why."""
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        if _state(request)["closed"]:
            return HttpResponseRedirect(_url(request))
        context = {"form": form, "link": request.link, "back": _url(request)}
        return _own(show(request, "portal/quote/decline.html", context, 422 if form.is_bound else 200))
    said, now = form.cleaned_data, clock.now()
    today = request.company.local_date(now)

    def say_no() -> QuoteAnswer:
        return quotes.decline(
            request.link.quote, name=said["name"], reason=said["reason"], reader=_reader(request), today=today, at=now
        )

    return _answered(request, said["name"], say_no)


@reader
def pdf(request: QuoteRequest) -> HttpResponse:
    """The quote as PDF."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    quote = request.link.quote
    answer = HttpResponse(documents.pdf(quote, request.company), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{documents.file_name(quote)}"'
    return answer


def _answered(request: QuoteRequest, name: str, write: Callable[[], QuoteAnswer]) -> HttpResponse:
    """Write the answer in the name of who gave it; where it cannot be given any more the page says so."""
    try:
        with inside(request.company, actor=Actor("guest", name or READER.name)):
            write()
    except NotAnswerable:
        return HttpResponseRedirect(_url(request))
    send_invoices.defer(company_id=request.company.pk)
    return HttpResponseRedirect(_url(request))


def _page(request: QuoteRequest, form: SignForm) -> HttpResponse:
    quote = request.link.quote
    context = {
        "form": form,
        "link": request.link,
        "invoice": quote,
        "document": documents.facts(quote, request.company),
        "agreement": quotes.agreement(quote, request.company),
        **_state(request),
    }
    return _own(show(request, "portal/quote/page.html", context, 422 if form.is_bound else 200))


def _state(request: QuoteRequest) -> dict[str, Any]:
    """How the quote stands: its answer, a newer version's address, or why it cannot be answered."""
    quote, today = request.link.quote, request.company.local_date(clock.now())
    later = newest(quote)
    try:
        quotes.check_answerable(quote, today)
        closed = ""
    except NotAnswerable as gone:
        closed = str(gone)
    return {
        "answer": quotes.answer_of(quote),
        "newest": later,
        "newest_url": link_for(later, today=today) if later else "",
        "offer": quotes.offer_of(quote),
        "is_expired": quotes.is_expired(quote, today),
        "closed": closed,
    }


def _own(answer: HttpResponse) -> HttpResponse:
    """A page with a form: our own site hears its address, no other does (see guest_door.private)."""
    answer["Referrer-Policy"] = "same-origin"
    return answer


def _reader(request: QuoteRequest) -> Reader:
    return Reader(request.META.get("REMOTE_ADDR"), request.headers.get("User-Agent", "").replace("\0", ""))


def _url(request: QuoteRequest) -> str:
    return at("portal:quote", token=request.link.token)
