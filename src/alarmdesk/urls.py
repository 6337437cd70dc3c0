"""Which address leads where? Each room's own urls hang under the company's slug."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import include, path

from alarmdesk.company.marks import anyone
from alarmdesk.office.views import brand, choosing
from alarmdesk.payments.views.hooks import webhook
from alarmdesk.scheduling.views.calendars import feed

ROOMS = (
    "customers",
    "equipment",
    "monitoring",
    "credit",
    "scheduling",
    "invoicing",
    "payments",
    "portal",
    "office.ticketing",
    "office.importing",
    "office.exporting",
    "office",
)


@anyone
def healthz(request: HttpRequest) -> HttpResponse:
    """Is this process up? Answers without touching the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@anyone
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask here before they have read a page; the mark is a static file."""
    return HttpResponseRedirect(static("mark.svg"))


urlpatterns = [
    path("", choosing.start, name="start"),
    path("healthz", healthz, name="healthz"),
    path("favicon.ico", favicon, name="favicon"),
    path("account/", include("allauth.urls")),
    path("companies/", choosing.companies, name="companies"),
    path("companies/<slug:slug>/brand.css", brand.css, name="brand_css"),
    path("companies/<slug:slug>/logo", brand.logo, name="brand_logo"),
    path("calendars/<slug:slug>/<str:token>.ics", feed, name="calendar_feed"),
    path("hooks/<slug:slug>/<str:code>/", webhook, name="webhook"),
    *(path("<slug:company>/", include(f"alarmdesk.{room}.urls")) for room in ROOMS),
]
