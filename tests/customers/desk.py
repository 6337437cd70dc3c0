"""Somebody of a company's staff at a browser."""

from django.test import Client

from alarmdesk.company.models import Company, Staff
from alarmdesk.company.permissions import Grant
from alarmdesk.company.testing import make_staff


class Office:
    """A company, one of its staff, and their browser."""

    def __init__(self, company: Company, staff: Staff) -> None:
        self.company = company
        self.staff = staff
        self.client = Client()
        self.client.force_login(staff.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    def get(self, path, **kwargs):
        return self.client.get(f"/{self.company.slug}/{path}", **kwargs)

    def post(self, path, data=None, **kwargs):
        return self.client.post(f"/{self.company.slug}/{path}", data or {}, **kwargs)

    def colleague(self, *grants: Grant) -> "Office":
        return Office(self.company, make_staff(self.company, *grants))
