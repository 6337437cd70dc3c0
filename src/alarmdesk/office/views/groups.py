"""What may each group do? Groups with their grants, and the pages that each grant opens."""

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Group
from alarmdesk.company.permissions import users
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.lib.versions import Version
from alarmdesk.office import actions
from alarmdesk.office.forms import GroupForm
from alarmdesk.office.matrix import matrix
from alarmdesk.office.permissions import VERBS, all_grants


@staff(may=users.view)
def groups(request: StaffRequest) -> HttpResponse:
    """The groups, who is in them and how much they may."""
    listed = request.company.groups.annotate(
        people=Count("members", filter=Q(members__left_at=None), distinct=True), held=Count("grants", distinct=True)
    ).order_by("-is_administrator", "name")
    return show(request, "office/groups.html", {"groups": listed, "all_grants": len(all_grants())})


@staff(may=users.create)
def new_group(request: StaffRequest) -> HttpResponse:
    """A new group with its grants."""
    return _write(request, None)


@staff(may=users.modify)
def group(request: StaffRequest, pk: int) -> HttpResponse:
    """A group's name and grants."""
    rows = request.company.groups.all()
    # to be saved, locked: of two who save at once the second must see the first
    rows = rows.select_for_update(no_key=True) if request.method == "POST" else rows
    return _write(request, get_object_or_404(rows, pk=pk))


def _version(request: StaffRequest, written: Group, shown: GroupForm) -> Version:
    """What the group's row and grants say now, against what the form had shown."""
    version = Version({"": shown}, request.POST, dict.fromkeys(shown.granted, "granted"))
    if version.changes:
        grants = Q(table="company_groupgrant") & (Q(new__group_id=written.pk) | Q(old__group_id=written.pk))
        version.by = last_author(of_row("company_group", written.pk) | grants)
    return version


def _write(request: StaffRequest, written: Group | None) -> HttpResponse:
    initial = {"name": written.name, "description": written.description} if written else None
    held = actions.held_by(written) if written else frozenset()
    form = GroupForm(request.POST or None, initial=initial, held=held)
    version = _version(request, written, GroupForm(initial=initial, held=held)) if written else None
    if form.is_valid() and not (version and version.is_overtaken):
        words = {name: form.cleaned_data[name] for name in ("name", "description")}
        try:
            actions.write_group(written, **words, grants=form.chosen, by=request.staff)
        except actions.GroupTaken as refusal:
            form.add_error("name", str(refusal))
        except actions.NotYours as refusal:
            form.add_error(None, str(refusal))
        else:
            return go(request, at("office:groups"), f"{words['name']} was saved")
    context = {"form": form, "group": written, "verbs": VERBS.values(), "version": version}
    return show_form(request, "office/group.html", context, invalid=form.is_bound)


@require_POST
@staff(may=users.delete)
def dissolve(request: StaffRequest, pk: int) -> HttpResponse:
    """Remove a group that nobody is in."""
    gone = get_object_or_404(request.company.groups, pk=pk)
    try:
        actions.dissolve(gone, by=request.staff)
    except (actions.GroupInUse, actions.NotYours) as refusal:
        return go(request, at("office:groups"), str(refusal))
    return go(request, at("office:groups"), f"{gone.name} was removed")


@staff(may=users.view)
def permissions(request: StaffRequest) -> HttpResponse:
    """Every page of the office, the grant that it takes, and the groups that hold it. Read off the pages themselves."""
    listed = list(request.company.groups.prefetch_related("grants").order_by("-is_administrator", "name"))
    return show(request, "office/permissions.html", {"groups": listed, "sections": matrix(listed)})
