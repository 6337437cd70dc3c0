"""Which address leads where? Each room's own urls hang under the company's slug."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from alarmdesk.company.marks import anyone


@anyone
def healthz(request: HttpRequest) -> HttpResponse:
    """Is this process up? Answers without touching the database."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("account/", include("allauth.urls")),
]
