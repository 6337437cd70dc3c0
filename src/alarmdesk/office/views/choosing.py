"""Which company does somebody go to after signing in? Straight in where there is one, else they choose."""

from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from alarmdesk.company.actions import companies_of, portals_of
from alarmdesk.company.marks import anyone, signed_in
from alarmdesk.company.models import Company, User
from alarmdesk.lib.pages import show
from alarmdesk.office.doors import door


@dataclass(frozen=True, slots=True)
class Place:
    """A company as a choice: to work in, or to look at one's own account."""

    company: Company
    url: str
    note: str

    @property
    def logo_url(self) -> str:
        return reverse("brand_logo", kwargs={"slug": self.company.slug}) if self.company.logo_type else ""


@anyone
def start(request: HttpRequest) -> HttpResponse:
    """The address without a path leads to the companies (and so to the sign-in for a stranger)."""
    return redirect("companies")


@signed_in
def companies(request: HttpRequest) -> HttpResponse:
    """The companies that one works in and the portals that one holds an account in; the only one at once."""
    user = cast("User", request.user)  # the mark let nobody else in
    places = [Place(company, door(company, "office:home"), "Office") for company in companies_of(user)]
    places += [
        Place(company, url, "Your account") for company in portals_of(user) if (url := door(company, "portal:home"))
    ]
    if len(places) == 1:
        return redirect(places[0].url)
    return show(request, "office/companies.html", {"places": places})
