"""What does a dealer's own look consist of? A colour and a logo, served to whoever sees the dealer's pages."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition

from alarmdesk.company.marks import anyone, company_called
from alarmdesk.company.models import Company
from alarmdesk.office.branding import etag, stylesheet

MINUTES = 5 * 60


@anyone
def css(request: HttpRequest, slug: str) -> HttpResponse:
    """A style sheet with the dealer's colour, for the portal: no inline style is allowed anywhere."""
    answer = HttpResponse(stylesheet(company_called(slug).colour), content_type="text/css")
    patch_cache_control(answer, public=True, max_age=MINUTES)
    return answer


def _logo_etag(request: HttpRequest, slug: str) -> str | None:
    stored = Company.objects.filter(slug=slug, closed_at=None).values_list("logo", flat=True).first()
    return etag(bytes(stored)) if stored else None


@anyone
@condition(etag_func=_logo_etag)
def logo(request: HttpRequest, slug: str) -> HttpResponse:
    """The dealer's logo, as it was re-encoded when it was uploaded."""
    company = company_called(slug)
    if not company.logo:
        raise Http404
    answer = HttpResponse(bytes(company.logo), content_type=company.logo_type)
    answer["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(answer, public=True, max_age=MINUTES)
    return answer
