"""Who works here? Invite, move to another group, let go, bring back."""

import logging

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Staff
from alarmdesk.company.permissions import users
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing, Rows
from alarmdesk.lib.pages import Confirm, go, show_confirm, show_form
from alarmdesk.lib.versions import Version
from alarmdesk.office import actions
from alarmdesk.office.accounts import send_invitation
from alarmdesk.office.forms import InviteForm, PlaceForm

logger = logging.getLogger(__name__)
UNSENT = "The mail server did not take the invitation. The person is added: send it again later from the list."


class PeopleList(Listing):
    name, title = "people", "Users"
    row = "office/person_row.html"
    search_label = "Find a person"
    default_sort = "user"
    has_menu = True
    columns = (
        Column("Name", "user__name"),
        Column("Group", "group__name"),
        Column("Since", "joined_at"),
        Column("Status"),
    )
    chips = (
        Chip("here", "Working here", lambda rows: rows.filter(left_at=None)),
        Chip("left", "Left", lambda rows: rows.exclude(left_at=None)),
    )

    def search(self, rows: Rows, words: str) -> Rows:
        return rows.filter(user__name__icontains=words) | rows.filter(user__email__icontains=words)


@staff(may=users.view)
def people(request: StaffRequest) -> HttpResponse:
    """The people of the company with their groups."""
    rows = request.company.staff.select_related("user", "group")
    listing = PeopleList(request, rows, empty=Empty("Nobody", "Invite the people you work with.", "users"))
    return listing.answer("office/people.html")


@staff(may=users.create, outside=True)
def invite(request: StaffRequest) -> HttpResponse:
    """Give somebody a place and mail the way in. The mail is sent after the commit, with no transaction open."""
    actor = request.staff.actor()
    added: Staff | None = None
    with inside(request.company, actor=actor):
        form = InviteForm(request.POST or None, company=request.company)
        if form.is_valid():
            try:
                added = actions.invite(**form.cleaned_data, at=clock.now(), by=request.staff)
            except (actions.AlreadyHere, actions.NotYours) as refusal:
                form.add_error(None, str(refusal))
        if added is None:
            return show_form(request, "office/invite.html", {"form": form}, invalid=form.is_bound)
    _mail(request, added)
    return go(request, _list(request), f"{added.user.get_full_name()} was invited")


@require_POST
@staff(may=users.create, outside=True)
def invite_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Mail the way in once more."""
    with inside(request.company, actor=request.staff.actor()):
        place = get_object_or_404(_places(request).filter(left_at=None), pk=pk)
    _mail(request, place)
    return go(request, _list(request), f"The invitation to {place.user.email} is on its way")


@staff(may=users.modify)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Another group or title."""
    places = _places(request)
    if request.method == "POST":
        places = places.select_for_update(of=("self",), no_key=True)
    place = get_object_or_404(places, pk=pk)
    initial = {"group": place.group, "title": place.title}
    form = PlaceForm(request.POST or None, company=request.company, initial=initial)
    version = Version({"": PlaceForm(company=request.company, initial=initial)}, request.POST)
    if version.changes:
        version.by = last_author(of_row("company_staff", place.pk))
    if form.is_valid() and not version.is_overtaken:
        try:
            actions.change_place(place, **form.cleaned_data, by=request.staff)
        except (actions.LastAdministrator, actions.NotYours) as refusal:
            form.add_error("group", str(refusal))
        else:
            return go(request, _list(request), f"{place} was changed")
    context = {"form": form, "place": place, "version": version}
    return show_form(request, "office/place.html", context, invalid=form.is_bound)


@staff(may=users.delete)
def let_go(request: StaffRequest, pk: int) -> HttpResponse:
    """Take somebody's place away, after asking."""
    place = get_object_or_404(_places(request).filter(left_at=None), pk=pk)
    form = Confirm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.let_go(place, at=clock.now(), by=request.staff)
        except (actions.LastAdministrator, actions.NotYours) as refusal:
            form.add_error(None, str(refusal))
        else:
            return go(request, _list(request), f"{place} has no access any more", undo=at("office:bring_back", pk=pk))
    return show_confirm(
        request,
        form,
        title=f"End the access of {place}",
        says=f"{place} can no longer open {request.company.name}. What they did stays in the history under their name. "
        "You can bring them back at any time.",
        action="End access",
        back=_list(request),
    )


@require_POST
@staff(may=users.delete)
def bring_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Give the place back to somebody who was let go."""
    place = get_object_or_404(_places(request).exclude(left_at=None), pk=pk)
    try:
        actions.bring_back(place, by=request.staff)
    except actions.NotYours as refusal:
        messages.error(request, str(refusal))
        return go(request, _list(request))
    return go(request, _list(request), f"{place} is back")


def _places(request: StaffRequest) -> Rows:
    return request.company.staff.select_related("user", "group")


def _list(request: StaffRequest) -> str:
    with inside(request.company, actor=request.staff.actor()):
        return at("office:users")


def _mail(request: StaffRequest, place: Staff) -> None:
    try:
        send_invitation(place.user, request.company, invited_by=request.user.get_full_name())
    except OSError:
        logger.exception("An invitation was not sent")
        messages.error(request, UNSENT)
