"""Where does a technician's own calendar program find the appointments? Under a secret address, without signing in."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.marks import StaffRequest, company_called, machine
from alarmdesk.lib import clock
from alarmdesk.lib.limits import Limit
from alarmdesk.lib.pages import go, show
from alarmdesk.scheduling.feed import calendar_of
from alarmdesk.scheduling.models import Technician
from alarmdesk.scheduling.technicians import NoFeed, feed_token, of_token, renew_feed

CALENDAR_PROGRAM = Actor("machine", "Calendar program")
BAD = Limit("bad-calendars", most=30, seconds=60)
"""How many addresses that lead nowhere one sender may try. Good ones are never turned away."""


@machine
def feed(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """The technician's appointments as iCalendar; 404 for whoever does not know the address."""
    now = clock.now()
    try:
        company = company_called(slug)
        with inside(company, actor=CALENDAR_PROGRAM):
            technician = of_token(token)
            content = calendar_of(technician, at=now)
    except (NoFeed, Http404):
        if wait := BAD.wait(request.META.get("REMOTE_ADDR", ""), at=now):
            return HttpResponse("Too many calls.", status=429, headers={"Retry-After": str(wait)})
        raise Http404 from None
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="appointments.ics"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def calendar_page(request: StaffRequest, technician: Technician, *, back: str, revoke: str) -> HttpResponse:
    """The page on which the address stands; POST gives out another one."""
    if request.method == "POST":
        was_there = technician.feed_since is not None
        renew_feed(technician, at=clock.now())
        says = "There is a new address; the one before does not work any more." if was_there else "Here is the address."
        return go(request, request.path, says)
    token = feed_token(technician)
    path = reverse("calendar_feed", kwargs={"slug": request.company.slug, "token": token}) if token else ""
    context = {
        "technician": technician, "url": f"{settings.SITE_URL}{path}" if path else "", "back": back,
        "revoke_url": revoke,
    }  # fmt: skip
    return show(request, "scheduling/calendar.html", context)
