"""What does somebody see first? How the company stands."""

from django.http import HttpResponse

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.lib import clock
from alarmdesk.lib.pages import show
from alarmdesk.office.dashboard import Dashboard
from alarmdesk.office.run_words import Words


@staff(may=None)
def home(request: StaffRequest) -> HttpResponse:
    """The company's figures of today, and what waits for somebody."""
    now = clock.now()
    today = request.company.local_date(now)
    board = Dashboard(request.company, request.staff, request.may, now)
    night = board.last_night
    words = Words(night, url=at("office:run", pk=night.pk)) if night else None
    return show(request, "office/home.html", {"board": board, "today": today, "run_words": words})
