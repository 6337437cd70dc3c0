"""What do tests need of the ground floor? A company of their own: the walls keep tests apart."""

import datetime as dt
import itertools
import secrets
from typing import Any

from alarmdesk.company.actions import appoint, found_company, found_group
from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company, Group, Staff, User
from alarmdesk.company.permissions import Grant

_count = itertools.count(1)
OPENED = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
PASSWORD = "correct horse battery"  # noqa: S105  (a test's)


def unique(word: str) -> str:
    """A word that no other test of any process uses."""
    return f"{word}-{secrets.token_hex(4)}{next(_count)}"


def make_bare_company(**fields: Any) -> Company:
    """A company with nothing in it."""
    fields = {"name": "Northgate Security", "at": OPENED, **fields}
    fields.setdefault("slug", unique("northgate"))
    return found_company(**fields)


def make_user(**fields: Any) -> User:
    fields = {"name": "Rosa Calderon", **fields}
    fields.setdefault("email", f"{unique('rosa')}@example.com")
    password = fields.pop("password", PASSWORD)
    user: User = User.objects.create_user(password=password, **fields)
    return user


def make_staff(company: Company, *grants: Grant, administrator: bool = False, **fields: Any) -> Staff:
    """A staff member of the company whose group holds exactly these grants."""
    user = fields.pop("user", None) or make_user(**fields)
    with inside(company):
        group: Group = found_group(name=unique("Group"), grants=grants, administrator=administrator)
        return appoint(user=user, group=group, title="Office manager", at=OPENED)
