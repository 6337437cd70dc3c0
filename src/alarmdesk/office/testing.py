"""What do tests need of the office? A company that is open for business, and somebody signed in to it."""

from typing import Any

from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company, Staff, User
from alarmdesk.company.permissions import Grant
from alarmdesk.company.testing import OPENED, make_staff, make_user, unique
from alarmdesk.customers import merging
from alarmdesk.customers.models import Customer, Merge
from alarmdesk.office.merging import moving
from alarmdesk.office.opening import open_company


def make_open_company(owner: User | None = None, **fields: Any) -> Company:
    """A company with its groups, items and terms; its owner is an administrator."""
    fields = {"name": "Northgate Security", "slug": unique("northgate"), "time_zone": "America/Chicago", **fields}
    return open_company(at=OPENED, owner=owner or make_user(), **fields)


def owner_of(company: Company) -> Staff:
    """The first administrator of the company."""
    with inside(company):
        places = company.staff.select_related("user", "group").filter(group__is_administrator=True)
        return places.order_by("pk")[0]


def signed_in(place: Staff | User) -> Client:
    """A browser in which this person has signed in."""
    client = Client()
    client.force_login(place.user if isinstance(place, Staff) else place)
    return client


def office_of(company: Company, *grants: Grant) -> Client:
    """A browser of somebody whose group holds exactly these grants; of the owner where none is named."""
    return signed_in(make_staff(company, *grants) if grants else owner_of(company))


def make_merge(kept: Customer, gone: Customer, *of_gone: str) -> Merge:
    """Two records of the entered company made one, by somebody who has looked at both this very moment; `of_gone`
    are the codes of the fields of which the second record's stay.
    """
    kept, gone = (Customer.objects.get(pk=one.pk) for one in (kept, gone))
    return moving.merge(
        kept_id=kept.pk, gone_id=gone.pk, of_gone=frozenset(of_gone), shown_as=merging.shown_as(kept, gone),
        at=OPENED, by="Rosa Calderon",
    )  # fmt: skip
