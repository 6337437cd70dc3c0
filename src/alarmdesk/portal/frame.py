"""What stands around every page of the portal? The dealer's name, logo and colour, and the tabs of the account."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.forms import default_token_generator
from allauth.account.utils import url_str_to_user_pk
from allauth.account.views import INTERNAL_RESET_SESSION_KEY
from django.http import Http404, HttpRequest
from django.urls import resolve, reverse
from django.utils.functional import SimpleLazyObject

from alarmdesk.company.actions import sole_portal
from alarmdesk.company.marks import company_called
from alarmdesk.company.models import Company, User

TABS = (
    ("Invoices due", "portal:home", "due"),
    ("Paid", "portal:paid", "paid"),
    ("Receipts", "portal:receipts", "receipts"),
    ("Statements", "portal:statements", "statements"),
    ("Methods", "portal:methods", "methods"),
)


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context for frames/portal.html on pages that a holder sees, or that set `request.portal_company`; and for the
    sign-in on the way there.
    """
    company = getattr(request, "portal_company", None) or _on_the_way_to(request)
    if company is not None:
        return {"portal": SimpleLazyObject(lambda: {"company": drawn(company), "brand_css_url": brand_css(company)})}
    if getattr(request, "holder", None) is None:
        return {}
    return {"portal": SimpleLazyObject(lambda: _frame(request))}


def _on_the_way_to(request: HttpRequest) -> Company | None:
    """The dealer whose portal somebody signs in for: where `next` leads. A customer knows the dealer, not AlarmDesk."""
    if not request.path.startswith(reverse("account_login").removesuffix("login/")):
        return None
    if (choosing := _choosing_a_password(request)) is not None:
        return sole_portal(choosing)
    then = request.POST.get("next") or request.GET.get("next") or ""
    try:
        found = resolve(urlsplit(then).path)
        return company_called(found.kwargs["company"]) if found.app_names == ["portal"] else None
    except (ValueError, Http404):  # no address at all, no page of ours, no such dealer
        return None


def _choosing_a_password(request: HttpRequest) -> User | None:
    """Who chooses another password, by a link that is good: allauth keeps its key in the session then. A guess at
    an address tells nobody whose customer somebody is.
    """
    match = request.resolver_match
    if match is None or match.url_name != "account_reset_password_from_key":
        return None
    key = request.session.get(INTERNAL_RESET_SESSION_KEY, "")
    try:
        user = User.objects.filter(pk=url_str_to_user_pk(match.kwargs["uidb36"])).first()
    except ValueError:
        return None
    return user if user is not None and default_token_generator.check_token(user, key) else None


def drawn(company: Company) -> dict[str, str]:
    """The dealer as the frame draws it."""
    logo = reverse("brand_logo", kwargs={"slug": company.slug}) if company.logo_type else ""
    return {"name": company.name, "colour": company.colour, "logo_url": logo, "phone": company.phone}


def brand_css(company: Company) -> str:
    """The style sheet with the dealer's colour."""
    return reverse("brand_css", kwargs={"slug": company.slug})


def _frame(request: Any) -> dict[str, Any]:
    company = request.company
    tab = getattr(request, "tab", "")

    def url(name: str) -> str:
        return reverse(name, kwargs={"company": company.slug})

    links = [{"label": "Other account", "url": url("portal:accounts"), "icon": "arrow-left-right"}]
    tabs = [{"label": label, "url": url(name), "current": code == tab} for label, name, code in TABS]
    return {
        "company": drawn(company),
        "brand_css_url": brand_css(company),
        "home_url": url("portal:home"),
        "tabs": tabs,
        "person": {"name": request.user.get_full_name(), "links": links if len(request.holdings) > 1 else []},
    }
