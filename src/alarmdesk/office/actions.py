"""How do people come to a company, change their place in it, and leave? And how do groups change?

Two rules hold for all of it: the last administrator stays, and nobody gives away a grant that they do not hold.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from alarmdesk.company.actions import appoint, found_group, set_grants
from alarmdesk.company.models import Group, Staff, User
from alarmdesk.company.permissions import Grant


class LastAdministrator(ValueError):
    """It would leave the company without an administrator."""


class NotYours(ValueError):
    """Somebody would give away what they do not hold themselves."""


class AlreadyHere(ValueError):
    """The person has a place in the company."""


class GroupTaken(ValueError):
    """Another group has the name."""


class GroupInUse(ValueError):
    """There are still people in the group."""


def invite(*, email: str, name: str, group: Group, title: str, at: dt.datetime, by: Staff) -> Staff:
    """Give a person a place, with a new account where the address has none (without a password, until the link in the
    invitation is used). Raises AlreadyHere, NotYours.
    """
    check_may_give(by, group)
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email=email, password=None, name=name)
    elif Staff.objects.filter(user=user, left_at=None).exists():
        raise AlreadyHere(f"{email} already works here.")
    return appoint(user=user, group=group, title=title, at=at)


def change_place(place: Staff, *, group: Group, title: str, by: Staff) -> None:
    """Put somebody into another group or give another title. Raises LastAdministrator, NotYours."""
    if group.pk != place.group_id:
        check_may_give(by, group)
        check_may_give(by, place.group)
        if not group.is_administrator:
            _keep_an_administrator(place)
    place.group, place.title = group, title
    place.save(update_fields=["group", "title"])


def let_go(place: Staff, *, at: dt.datetime, by: Staff) -> None:
    """The person may no longer come in; what they did stays theirs. Raises LastAdministrator, NotYours."""
    check_may_give(by, place.group)
    _keep_an_administrator(place)
    place.left_at = at
    place.save(update_fields=["left_at"])


def bring_back(place: Staff, *, by: Staff) -> None:
    """The person may come in again, into the group that they were in. Raises NotYours."""
    check_may_give(by, place.group)
    place.left_at = None
    place.save(update_fields=["left_at"])


def write_group(group: Group | None, *, name: str, description: str, grants: Iterable[Grant], by: Staff) -> Group:
    """A new group, or another name and other grants for one that is there. Raises GroupTaken, NotYours.

    Administrators hold every grant: theirs do not change.
    """
    wanted = frozenset(grants)
    held = by.grants()
    if held is not None and not (wanted ^ held_by(group)) <= held:
        raise NotYours("You can only give and take away what your own group may do.")
    try:
        with transaction.atomic():
            if group is None:
                return found_group(name=name, description=description, grants=wanted)
            group.name, group.description = name, description
            group.save(update_fields=["name", "description"])
            if not group.is_administrator:
                set_grants(group, wanted)
    except IntegrityError:
        raise GroupTaken(f"There is a group called “{name}” already.") from None
    return group


def dissolve(group: Group, *, by: Staff) -> None:
    """Remove a group that nobody is in. Raises GroupInUse, NotYours."""
    check_may_give(by, group)
    if group.is_administrator or group.members.exists():
        raise GroupInUse("People are or were in this group. Move them to another one first.")
    group.delete()


def check_may_give(by: Staff, group: Group) -> None:
    """Only who holds all that a group holds may put somebody into it or take somebody out. Raises NotYours."""
    held = by.grants()
    if held is None:
        return
    if group.is_administrator or not held_by(group) <= held:
        raise NotYours(f"“{group.name}” may do more than your own group. Ask an administrator.")


def held_by(group: Group | None) -> frozenset[Grant]:
    """The grants in the group's own rows (administrators hold every grant without rows)."""
    if group is None:
        return frozenset()
    return frozenset(Grant(row.resource, row.verb) for row in group.grants.all())


def _keep_an_administrator(leaving: Staff) -> None:
    """Two administrators who let each other go at the same moment queue up here: the rows are locked."""
    administrators = Staff.objects.filter(group__is_administrator=True, left_at=None).order_by("pk")
    ids = [place.pk for place in administrators.select_for_update(of=("self",))]
    if ids == [leaving.pk]:
        raise LastAdministrator("This is the last administrator. Make somebody else an administrator first.")
