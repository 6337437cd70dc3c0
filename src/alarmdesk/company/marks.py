"""Who may call this view? Every view carries exactly one mark; the front door turns an unmarked one away.

A mark admits (membership, grant), then calls the view inside the company, in one transaction. A neighbour's
company is 404, a missing grant 403. A view that talks to a gateway is marked `outside=True`: it is admitted the same
way, but called with no open transaction, and enters by itself for each step (architecture, sections 4, 5 and 7).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company, Staff, User
from alarmdesk.company.permissions import Grant

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Mark:
    """Who a view is for (`staff`, `account_holder`, `machine`, `anyone`) and the grant that it asks, if any."""

    who: str
    may: Grant | None = None


class StaffRequest(HttpRequest):
    """The request that a staff view gets: the company has been entered, the person may be here."""

    user: User
    company: Company
    staff: Staff
    grants: frozenset[Grant] | None
    htmx: Any

    def may(self, grant: Grant) -> bool:  # the real method is bound by `staff`
        raise NotImplementedError


def marked(mark: Mark, view: View) -> View:
    """Put a mark on a view. Raises ImproperlyConfigured on a second one."""
    if hasattr(view, "mark"):
        raise ImproperlyConfigured(f"{view.__name__} carries two marks.")
    view.mark = mark  # type: ignore[attr-defined]
    return view


def staff(*, may: Grant | None, outside: bool = False) -> Callable[[View], View]:
    """For staff of the company in the URL whose group holds the grant; `may=None` for any of its staff."""

    def decorate(view: View) -> View:
        @wraps(view)
        def admit(visitor: HttpRequest, company: str, **kwargs: Any) -> HttpResponseBase:
            if not visitor.user.is_authenticated:
                return redirect_to_login(visitor.get_full_path())
            request = cast("StaffRequest", visitor)
            place, grants = _place(request.user, company)
            if may is not None and grants is not None and may not in grants:
                raise PermissionDenied(f"Your group may not do this. An administrator can give it the grant “{may}”.")
            request.company, request.staff, request.grants = place.company, place, grants
            request.may = lambda grant: grants is None or grant in grants  # type: ignore[method-assign]
            if outside:
                return view(request, **kwargs)
            with inside(place.company, actor=place.actor()):
                return _rendered(view(request, **kwargs))

        return marked(Mark("staff", may), admit)

    return decorate


def anyone(view: View) -> View:
    """For everybody, signed in or not. The view enters a company by itself if it needs one."""

    @wraps(view)
    def admit(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return view(request, **kwargs)

    return marked(Mark("anyone"), admit)


def machine(view: View) -> View:
    """For programs that show a secret in the address. The view judges it, and enters the company by itself."""

    @wraps(view)
    def admit(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return view(request, **kwargs)

    return marked(Mark("machine"), admit)


def signed_in(view: View) -> View:
    """For everybody with an account, outside of any company: choosing one, for instance."""

    @wraps(view)
    def admit(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, **kwargs)

    return marked(Mark("signed_in"), admit)


def company_called(slug: str) -> Company:
    """The open company of that slug, or 404."""
    company = Company.objects.defer("logo").filter(slug=slug, closed_at=None).first()
    if company is None:
        raise Http404
    return company


def _place(user: User, slug: str) -> tuple[Staff, frozenset[Grant] | None]:
    """The user's place in the company and its grants. Raises Http404 for a company that is not theirs."""
    company = company_called(slug)
    with inside(company, actor=Actor("staff", user.get_full_name(), user.pk)):
        place = (
            Staff.objects.select_related("group", "user")
            .prefetch_related("group__grants")
            .filter(company=company, user=user, left_at=None)
            .first()
        )
        if place is None:
            raise Http404
        place.company = company
        return place, place.grants()


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    """Render a lazy template response while still inside the company."""
    if isinstance(response, HttpResponse) and hasattr(response, "render"):
        rendered: HttpResponseBase = response.render()
        return rendered
    return response
