"""How is what a queue shows kept under a name (F24)?"""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import sent
from alarmdesk.customers.permissions import tickets
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show_form
from alarmdesk.office.ticketing.filters import FilterTaken, asked_in, delete_filter, save_filter
from alarmdesk.office.ticketing.forms import FilterForm


@staff(may=tickets.view)
def save(request: StaffRequest) -> HttpResponse:
    """Keep the filters of the queue, for oneself or for the team."""
    given = request.POST if request.method == "POST" else request.GET
    query = asked_in(given.get("query", "") if request.method == "POST" else given.urlencode())
    back = at("tickets:list") + (f"?{query}" if query else "")
    form = FilterForm(sent(request))
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        owner = None if said["is_team"] else request.user
        try:
            row = save_filter(name=said["name"], query=query, owner=owner, at=clock.now(), by=acting().name)
        except FilterTaken as refused:
            form.add_error("name", str(refused))
        else:
            return go(request, back, f"“{row}” is kept{' for the team' if owner is None else ''}.")
    context = {"form": form, "query": query, "back": back}
    return show_form(request, "office/tickets/filter_save.html", context, invalid=form.is_bound)


@staff(may=tickets.view)
def delete(request: StaffRequest, pk: int) -> HttpResponse:
    """Forget a filter: one's own, or the team's for who may change tickets."""
    return require_POST(_delete)(request, pk)


def _delete(request: StaffRequest, pk: int) -> HttpResponse:
    own = Q(owner=request.user) | Q(owner=None) if request.may(tickets.modify) else Q(owner=request.user)
    row = get_object_or_404(request.company.ticket_filters.filter(own), pk=pk)
    delete_filter(row)
    return go(request, at("tickets:list"), f"The filter “{row}” is forgotten.")
