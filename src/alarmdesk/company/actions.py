"""How do companies, places and groups come to be?"""

import datetime as dt
from collections.abc import Iterable

from django.db import connection

from alarmdesk.company.models import RESERVED_SLUGS, Company, Group, GroupGrant, Staff, User
from alarmdesk.company.permissions import Grant


class SlugTaken(ValueError):
    """Another company has the slug, or the house keeps it for itself."""


def found_company(*, name: str, slug: str, at: dt.datetime, **fields: object) -> Company:
    """A new company with nothing in it. Raises SlugTaken."""
    if slug in RESERVED_SLUGS or Company.objects.filter(slug=slug).exists():
        raise SlugTaken(f"“{slug}” is taken. Choose another short name.")
    return Company.objects.create(name=name, slug=slug, opened_at=at, **fields)


def found_group(
    *, name: str, grants: Iterable[Grant] = (), description: str = "", administrator: bool = False
) -> Group:
    """A new group of the entered company with its grants."""
    group = Group.objects.create(name=name, description=description, is_administrator=administrator)
    set_grants(group, grants)
    return group


def set_grants(group: Group, grants: Iterable[Grant]) -> None:
    """Let the group hold exactly these grants; what stays is not touched, so that History shows the difference."""
    wanted = {(grant.resource, grant.verb) for grant in grants}
    held = {(row.resource, row.verb): row for row in group.grants.all()}
    gone = [row.pk for key, row in held.items() if key not in wanted]
    GroupGrant.objects.filter(pk__in=gone).delete()
    GroupGrant.objects.bulk_create(
        GroupGrant(group=group, resource=resource, verb=verb) for resource, verb in sorted(wanted - set(held))
    )


def appoint(*, user: User, group: Group, title: str, at: dt.datetime) -> Staff:
    """Give a user a place in the entered company, or bring back one who had left."""
    place, _ = Staff.objects.update_or_create(
        user=user,
        defaults={"group": group, "title": title, "left_at": None},
        create_defaults={
            "group": group,
            "title": title,
            "joined_at": at,
        },
    )
    return place


def portals_of(user: User) -> list[Company]:
    """The open companies in whose portal the user holds an account, by name. Asked with nobody entered."""
    with connection.cursor() as cursor:
        cursor.execute("select alarmdesk_holdings(%s)", [user.pk])
        ids = [row[0] for row in cursor.fetchall()]
    return list(Company.objects.defer("logo").filter(pk__in=ids, closed_at=None).order_by("name"))


def sole_portal(user: User) -> Company | None:
    """The dealer whose customer the user is, where it is one and the user works nowhere: whose face letters and pages
    about signing in have. Asked with nobody entered.
    """
    portals = portals_of(user)
    return portals[0] if len(portals) == 1 and not companies_of(user) else None


def companies_of(user: User) -> list[Company]:
    """The open companies in which the user has a place, by name. Asked with nobody entered."""
    with connection.cursor() as cursor:
        cursor.execute("select alarmdesk_places(%s)", [user.pk])
        ids = [row[0] for row in cursor.fetchall()]
    return list(Company.objects.defer("logo").filter(pk__in=ids, closed_at=None).order_by("name"))
