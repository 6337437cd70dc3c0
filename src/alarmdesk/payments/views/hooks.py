"""Where does the gateway tell us that something happened? At an address that only it knows. And what did it say?"""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, anyone, company_called, staff
from alarmdesk.company.models import Company
from alarmdesk.lib import clock
from alarmdesk.lib.limits import Limit
from alarmdesk.lib.lists import Chip, Column, Empty, Listing
from alarmdesk.lib.pages import go
from alarmdesk.payments import inbound, tasks
from alarmdesk.payments.gateways.port import Forged
from alarmdesk.payments.models import Gateway, InboundEvent
from alarmdesk.payments.permissions import gateways
from alarmdesk.payments.views.deposits import sections

LARGEST = 256 * 1024
BAD = Limit("bad-webhooks", most=30, seconds=60)
"""How many calls that lead nowhere or are forged one sender may make. Good ones are never turned away."""


@csrf_exempt
@anyone
def webhook(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Keep what the gateway says and answer at once; a job acts on it. Repeats are welcome, forgeries are not."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return HttpResponse("Too long.", status=413)
    try:
        company = company_called(slug)
        is_new = _kept(request, company, code, body)
    except (Forged, Http404) as trouble:
        if wait := BAD.wait(request.META.get("REMOTE_ADDR", ""), at=clock.now()):
            return HttpResponse("Too many calls.", status=429, headers={"Retry-After": str(wait)})
        if isinstance(trouble, Forged):
            return HttpResponse(str(trouble), status=400)
        raise
    if is_new:
        tasks.work_off_soon(company)
    return HttpResponse("ok\n", content_type="text/plain")


def _kept(request: HttpRequest, company: Company, code: str, body: bytes) -> bool:
    """Keep the webhook of the gateway with this code. Raises Http404, Forged."""
    with inside(company, actor=inbound.WEBHOOK), transaction.atomic():
        gateway = Gateway.objects.filter(webhook_code=code).exclude(webhook_code="").first()
        if gateway is None:
            raise Http404
        return inbound.keep(gateway, request.headers, body, at=clock.now())


class EventList(Listing):
    """What the gateway has told us by itself."""

    name, title = "events", "Webhooks"
    row = "payments/event_row.html"
    default_sort = "-received_at"
    columns = (
        Column("Received", "received_at"),
        Column("Event"),
        Column("Transaction"),
        Column("Tries", "tries", "end"),
        Column("State"),
    )
    chips = (
        Chip("failed", "Failed", lambda rows: rows.filter(state=InboundEvent.State.FAILED)),
        Chip("waiting", "Waiting", lambda rows: rows.filter(state=InboundEvent.State.RECEIVED)),
    )


@staff(may=gateways.view)
def events(request: StaffRequest) -> HttpResponse:
    """The webhooks that came, the latest first, and what became of them."""
    rows = InboundEvent.objects.filter(company=request.company).defer("body")
    empty = Empty(
        "No webhooks yet",
        "Enter the address from Settings, Processing gateway at your gateway; until then it is asked every night.",
        "webhook",
    )
    failed = rows.filter(state=InboundEvent.State.FAILED).count()
    context = {"sections": sections(request, "events"), "title": "Webhooks", "failed": failed}
    return EventList(request, rows, empty=empty).answer("payments/deposits.html", context)


@staff(may=gateways.modify)
def try_events_again(request: StaffRequest) -> HttpResponse:
    """Let the webhooks that failed be tried once more."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    count = inbound.try_again(InboundEvent.objects.filter(company=request.company), at=clock.now())
    if count:
        tasks.work_off_soon(request.company)
    return go(request, at("payments:events"), f"{count} webhook{'s' * (count != 1)} will be tried again.")
